"""Keep papers: each change is a version of its own, so what attempts were drawn from stays as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from assessments.bank import queries as bank
from assessments.bank.models import QuestionType
from assessments.papers import queries, rules
from assessments.papers.models import Paper, PaperItem, PaperKind, PaperSection, RowKind
from lms import audit, clock
from lms.db import db
from lms.errors import Refused


@dataclass(frozen=True)
class Section:
    """A section as it is to be kept; picks: (row, count) of a blueprint, the rest of count is free."""

    title: str
    type: QuestionType | None
    count: int
    points: Decimal
    topics: tuple[str, ...] = ()
    minimum: Decimal | None = None
    picks: tuple[tuple[str, int], ...] = field(default=())


def set_paper(
    code: str,
    title: str,
    course_codes: Sequence[str],
    cells: Sequence[rules.Cell],
    fixed: Sequence[Sequence[str]] | None = None,
) -> Paper:
    """The paper a file describes; refuses points that are not 100 and cells the bank cannot fill. A version that says
    the same already is used again.

    fixed: question codes per section for a paper that asks everybody the same; None for one drawn by seed.
    """
    rules.check_cells(cells)
    if fixed is None:
        rules.check_feasible(cells, bank.candidates(course_codes))
    sections = [
        Section(cell.title, QuestionType(cell.type) if cell.type else None, cell.count, cell.points, cell.topics, cell.minimum)
        for cell in cells
    ]  # fmt: skip
    questions = None if fixed is None else _questions(cells, fixed)
    for known in queries.versions(code):
        if _says(known, title, course_codes, sections, questions):
            return known
    made = _keep(code, title, course_codes, sections, RowKind.topic)
    made.locked_at = clock.now()
    if questions is not None:
        made.kind = PaperKind.fixed
        db.session.add_all(
            PaperItem(section_id=section.id, question_id=question_id, position=position)
            for section, ids in zip(made.sections, questions, strict=True)
            for position, question_id in enumerate(ids, 1)
        )
        db.session.flush()
    return made


def save_blueprint(
    family: str, title: str, course_codes: Sequence[str], sections: Sequence[Section], rows: RowKind
) -> Paper:
    """Keep a blueprint as a new version, finished or not; the same again is the version there is."""
    if not sections:
        raise Refused("蓝图里还没有题数，没有保存。先在格子里填要抽的题数。")
    known = queries.paper(family)
    if known is not None and known.row_kind == rows and _says(known, title, course_codes, sections, None):
        return known
    made = _keep(family, title, course_codes, sections, rows)
    audit.record("paper.save", "paper", made.code, title, version=made.version)
    return made


def copy(paper: Paper, family: str, title: str) -> Paper:
    """The first version of another paper, drawn as this one is."""
    sections = [
        Section(
            one.title, one.type, one.count, one.points, tuple(one.topics), one.minimum,
            tuple((row, count) for row, count in one.picks),
        )
        for one in paper.sections
    ]  # fmt: skip
    return save_blueprint(family, title, paper.course_codes, sections, paper.row_kind)


def _keep(family: str, title: str, course_codes: Sequence[str], sections: Sequence[Section], rows: RowKind) -> Paper:
    before = queries.versions(family)
    number = before[0].version + 1 if before else 1
    made = Paper(
        code=family if number == 1 else f"@{before[-1].id}.{number}",  # no exam's code begins so
        family=family,
        version=number,
        title=title,
        kind=PaperKind.drawn,
        row_kind=rows,
        course_codes=list(course_codes),
    )
    made.sections = [
        PaperSection(
            position=position,
            title=section.title,
            type=section.type,
            topics=list(section.topics),
            count=section.count,
            points=section.points,
            minimum=section.minimum,
            picks=[list(pick) for pick in section.picks],
        )
        for position, section in enumerate(sections, 1)
    ]
    db.session.add(made)
    db.session.flush()
    return made


def _says(
    known: Paper, title: str, course_codes: Sequence[str], sections: Sequence[Section], fixed: list[list[int]] | None
) -> bool:
    """Whether a version says exactly this."""
    if (known.title, known.course_codes, known.kind == PaperKind.fixed) != (
        title,
        list(course_codes),
        fixed is not None,
    ):
        return False
    there: list[Any] = [_plain(section) for section in known.sections]
    if there != [_plain(section) for section in sections]:
        return False
    return fixed is None or fixed == [[item.question_id for item in section.items] for section in known.sections]


def _plain(section: Section | PaperSection) -> tuple[Any, ...]:
    picks = [list(pick) for pick in section.picks or ()]
    return (
        section.title, section.type, section.count, section.points, list(section.topics), section.minimum, picks,
    )  # fmt: skip


def _questions(cells: Sequence[rules.Cell], fixed: Sequence[Sequence[str]]) -> list[list[int]]:
    """Ids of the listed questions per section; refuses a wrong number, one that is not there, one listed twice."""
    known = bank.questions_by_code(code for codes in fixed for code in codes)
    asked: set[str] = set()
    for cell, codes in zip(cells, fixed, strict=True):
        if len(codes) != cell.count:
            raise Refused("「{title}」应有 {count} 题，列了 {n} 题。", title=cell.title, count=cell.count, n=len(codes))
        for code in codes:
            if code not in known or not known[code].is_asked:
                raise Refused("题库里没有题目 {code}。", code=code)
            if code in asked:
                raise Refused("题目 {code} 在试卷里列了两次。", code=code)
            asked.add(code)
    return [[known[code].id for code in codes] for codes in fixed]
