"""The blueprint as a table: rows are topics or competencies, columns types of question, cells numbers to draw."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from assessments.bank.models import TYPE_LABELS, QuestionType
from assessments.bank.queries import Candidate
from assessments.papers.actions import Section
from assessments.papers.models import Paper, RowKind
from courses.catalogue.rules import COMPETENCIES

FREE = ""  # the row of questions of any topic
MOST = 500
USUAL_POINTS = {QuestionType.multiple: Decimal(4)}
Errors = list[tuple[str, str]]


@dataclass(frozen=True)
class Cell:
    """How many questions a row gets of a type, as written; how many there are."""

    name: str
    value: str
    available: int
    is_short: bool


@dataclass(frozen=True)
class Row:
    """A row of the matrix."""

    key: str
    label: str
    cells: list[Cell]
    total: int


@dataclass(frozen=True)
class Column:
    """A type of question with its points each and least points, as written."""

    type: QuestionType
    label: str
    points: str
    least: str
    total: int
    available: int
    is_short: bool


@dataclass(frozen=True)
class Written:
    """A matrix as text from a paper or a form: {(row, type): count}, points and least points per type."""

    rows: RowKind
    course_codes: tuple[str, ...]
    counts: dict[tuple[str, str], str]
    points: dict[str, str]
    least: dict[str, str]
    keys: tuple[str, ...] = ()


def of_paper(paper: Paper, rows: RowKind) -> Written:
    """What a paper says; in rows of the other kind everything is free."""
    counts: Counter[tuple[str, str]] = Counter()
    points: dict[str, str] = {}
    least: dict[str, str] = {}
    for section in paper.sections:
        kind = str(section.type or QuestionType.single)
        picks = section.picks if rows == paper.row_kind else []
        free = section.count - sum(n for _row, n in picks)
        if rows == RowKind.topic and not picks and len(section.topics) == 1:
            picks, free = [[section.topics[0], section.count]], 0
        for row, n in picks:
            counts[row, kind] += n
        if free:
            counts[FREE, kind] += free
        points.setdefault(kind, _plain(section.points))
        if section.minimum is not None:
            least.setdefault(kind, _plain(section.minimum))
    words = {key: str(n) for key, n in counts.items()}
    return Written(rows, tuple(paper.course_codes), words, points, least)


def of_form(form: MultiDict[str, str], known_courses: Sequence[str]) -> Written:
    """What was filled in; the rows are those that the form had."""
    rows = RowKind.competency if form.get("rows") == RowKind.competency else RowKind.topic
    keys = tuple(form.getlist("row"))[:MOST]
    counts = {
        (key, kind): form.get(f"n-{kind}-{place}", "").strip()[:6]
        for place, key in enumerate(keys)
        for kind in map(str, QuestionType)
    }
    return Written(
        rows=rows,
        course_codes=tuple(code for code in known_courses if code in form.getlist("courses")),
        counts={where: text for where, text in counts.items() if text},
        points={kind: form.get(f"points-{kind}", "").strip()[:8] for kind in map(str, QuestionType)},
        least={kind: form.get(f"least-{kind}", "").strip()[:8] for kind in map(str, QuestionType)},
        keys=keys,
    )


def read(written: Written) -> tuple[list[Section], Errors]:
    """The sections that were written, and what is wrong with the rest: (anchor, sentence)."""
    wrong: Errors = []
    sections: list[Section] = []
    if not written.course_codes:
        wrong.append(("#courses", _("至少勾选一门课，题目从它的题库抽。")))
    for kind in QuestionType:
        picks: list[tuple[str, int]] = []
        for (row, of_kind), text in written.counts.items():
            if of_kind != kind:
                continue
            n = _whole(text)
            if n is None:
                where = f"{row_label(row, written.rows)} × {_(TYPE_LABELS[kind])}"
                wrong.append(("#matrix", _("%(cell)s 填 0 到 %(most)s 之间的整数。", cell=where, most=MOST)))
            elif n:
                picks.append((row, n))
        count = sum(n for _row, n in picks)
        if not count:
            continue
        label = _(TYPE_LABELS[kind])
        points = _number(written.points.get(kind, ""))
        least = _number(text) if (text := written.least.get(kind, "")) else None
        if points is None or not 0 < points <= 100:
            wrong.append((f"#points-{kind}", _("%(type)s每题的分值填大于 0 的数，例如 2。", type=label)))
            continue
        if text and (least is None or not 0 <= least <= count * points):
            sentence = _("%(type)s的最低分填 0 到 %(most)s 之间的数，或留空。", type=label, most=_plain(count * points))
            wrong.append((f"#least-{kind}", sentence))
            continue
        chosen = tuple((row, n) for row, n in picks if row != FREE)
        sections.append(Section(TYPE_LABELS[kind], kind, count, points, (), least, chosen))
    return sections, wrong


def row_keys(written: Written, pool: Sequence[Candidate]) -> list[str]:
    """The rows to show: what the bank has, what was written, and the free row at the end."""
    is_topic = written.rows == RowKind.topic
    there = {one.topic if is_topic else one.competency for one in pool} | {row for row, _kind in written.counts}
    order = sorted(there - {FREE}) if is_topic else [key for key in COMPETENCIES if key in there]
    return [*order, FREE]


def row_label(key: str, rows: RowKind) -> str:
    """A row in words."""
    if key == FREE:
        return _("不限考点") if rows == RowKind.topic else _("不限能力")
    return key if rows == RowKind.topic else f"{key} {_(COMPETENCIES.get(key, key))}"


def drawn_up(written: Written, pool: Sequence[Candidate]) -> tuple[list[Row], list[Column]]:
    """The table with what the bank has: a cell is short where it wants more than there is."""
    is_topic = written.rows == RowKind.topic
    there = Counter((one.topic if is_topic else one.competency, str(one.type)) for one in pool)
    of_type = Counter(str(one.type) for one in pool)
    kinds = [kind for kind in QuestionType if of_type[kind] or any(k == kind for _row, k in written.counts)]
    wanted = {where: _whole(text) or 0 for where, text in written.counts.items()}
    named = {kind: sum(n for (row, k), n in wanted.items() if k == kind and row != FREE) for kind in kinds}
    rows = []
    for place, key in enumerate(row_keys(written, pool)):
        cells = []
        for kind in kinds:
            has = max(0, of_type[kind] - named[kind]) if key == FREE else there[key, kind]
            n = wanted.get((key, kind), 0)
            cells.append(Cell(f"n-{kind}-{place}", written.counts.get((key, str(kind)), ""), has, n > has))
        total = sum(n for (row, _kind), n in wanted.items() if row == key)
        rows.append(Row(key, row_label(key, written.rows), cells, total))
    columns = []
    for kind in kinds:
        total = named[kind] + wanted.get((FREE, kind), 0)
        usual = _plain(USUAL_POINTS.get(kind, Decimal(2)))
        points = written.points.get(kind) or usual
        least = written.least.get(kind, "")
        columns.append(Column(kind, _(TYPE_LABELS[kind]), points, least, total, of_type[kind], total > of_type[kind]))
    return rows, columns


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MOST else None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    exponent: Any = number.as_tuple().exponent
    return number if number.is_finite() and -2 <= exponent <= 0 else None


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
