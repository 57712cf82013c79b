"""考试统计: item table, scatter, score histogram, pass rates; and the figures of a question on its page in the bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select

from assessments.bank.models import QuestionVersion
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from assessments.statistics import queries
from assessments.statistics.queries import Known, Named, UnitRate
from assessments.statistics.rules import items as rules
from assessments.statistics.rules import papers as paper_rules
from assessments.statistics.rules.items import VERDICTS, Figures
from courses.catalogue.rules import shown_title
from lms import clock
from lms.people import queries as people
from lms.web import guards, slots
from lms.web.guards import needs
from lms.web.languages import locale
from lms.web.shell import mark_section
from lms.web.slots import Card

bp = Blueprint("statistics", "assessments")
STAFF = ("trainer", "hr")
AT_ONCE = 150  # first attempts that are worked out while the page is made; more are kept by the sweep
BANDS = 10
STEM = 46  # characters of a stem in the table
QUADRANTS = {
    "sound": lazy_gettext("正常"),
    "easy": lazy_gettext("容易，分不出高低"),
    "hard": lazy_gettext("难，但分得出高低"),
    "suspect": lazy_gettext("难，又分不出高低"),
}
TONES = {
    "key": "danger",
    "negative": "danger",
    "hard": "warn",
    "easy": "warn",
    "flat": "warn",
    "few": "",
    "fair": "ok",
    "good": "ok",
}
VERDICT_WORDS = {
    "few": lazy_gettext("作答太少"),
    "key": lazy_gettext("疑似答案有误"),
    "negative": lazy_gettext("方向相反"),
    "hard": lazy_gettext("太难"),
    "easy": lazy_gettext("太容易"),
    "flat": lazy_gettext("区分度偏低"),
    "fair": lazy_gettext("够用"),
    "good": lazy_gettext("好"),
}
SORTS = ("place", "facility", "discrimination")


def percent(value: float | None) -> str:
    """A share as a whole percent; a dash for none."""
    return "—" if value is None else f"{value * 100:.0f}%"


def number(value: float | None, places: int = 1) -> str:
    """A figure to so many places; a dash for none."""
    return "—" if value is None else f"{value:.{places}f}".replace("-", "−")


def hundredths(value: float | None) -> str:
    """A correlation to two places, with a true minus; a dash for none."""
    return number(value, 2)


def sentence(one: Figures) -> str:
    """The verdict as one sentence with its numbers."""
    return _(VERDICTS[one.verdict]).format(
        n=one.n,
        least=rules.LEAST_N,
        key=one.suspect,
        facility=f"{(one.facility or 0) * 100:.0f}",
        discrimination=hundredths(one.discrimination),
    )


@dataclass(frozen=True)
class Line:
    """A question in the item table."""

    named: Named
    slot: int
    figures: Figures
    note: Card | None

    @property
    def stem(self) -> str:
        return self.named.stem[:STEM] + ("…" if len(self.named.stem) > STEM else "")

    @property
    def facility(self) -> str:
        return percent(self.figures.facility)

    @property
    def discrimination(self) -> str:
        return hundredths(self.figures.discrimination)

    @property
    def weight(self) -> str:
        one = self.figures
        return "—" if one.weight_percent is None else f"{one.weight_percent:.1f}%"

    @property
    def intended(self) -> str:
        one = self.figures
        return "—" if one.intended_percent is None else f"{one.intended_percent:.1f}%"

    @property
    def verdict(self) -> tuple[str, str]:
        return str(VERDICT_WORDS[self.figures.verdict]), TONES[self.figures.verdict]

    @property
    def sentence(self) -> str:
        return sentence(self.figures)

    @property
    def picks(self) -> list[dict[str, Any]]:
        return pick_rows(self.figures)


def pick_rows(one: Figures) -> list[dict[str, Any]]:
    """The distractor table: share of all, of the best and of the weakest."""
    return [
        {
            "key": pick.key,
            "right": pick.is_right,
            "percent": round(pick.share * 100),
            "upper": percent(pick.upper),
            "lower": percent(pick.lower),
        }
        for pick in one.picks
    ]


def known_of(exam_id: int) -> tuple[Known | None, bool]:
    """(figures, are they of this moment): worked out here for few people, else as the sweep kept them last."""
    kept = queries.kept(exam_id)
    if kept and kept[0].digest == queries.digest(exam_id):
        return kept[1], True
    if queries.people_counted(exam_id) <= AT_ONCE:
        return queries.work_out(exam_id), True
    return (kept[1] if kept else None), False


def _scope() -> Select[int] | None:
    reaches = guards.reaches(*STAFF)
    return None if any(one.scope == "all" for one in reaches) else people.persons_in_scope(reaches, clock.today())


@bp.get("/training/exams/<code>/statistics")
@needs(*STAFF)
def exam(code: str) -> str:
    """What the answers say about an exam and its questions."""
    mark_section("attempts.exam_list")
    found = guards.found(exams.exam(code))
    known, is_fresh = known_of(found.id)
    scope = _scope()
    bars = queries.scores(found.id, scope)
    rates = queries.by_unit(found.id, clock.today(), scope)
    lines = _lines(found, known) if known else []
    return render_template(
        "assessments/statistics/exam.html",
        exam=found,
        title=shown_title(found, locale()),
        paper=known.paper if known else None,
        paper_verdicts=_paper_verdicts(known) if known else [],
        lines=lines,
        sort=_sort(),
        sorts=[
            {"label": label, "href": url_for("statistics.exam", code=code, sort=key), "current": key == _sort()}
            for key, label in zip(SORTS, (_("按题号"), _("按正确率"), _("按区分度")), strict=True)
        ],
        points=_points(lines),
        quadrants=QUADRANTS,
        weak=rules.WEAK,
        least=rules.LEAST_N,
        average=rules.AVERAGE_FROM,
        n=sum(one.n for one in bars),
        bins=_bins(bars, found),
        pass_at=_pass_at(found),
        rates=_rates(rates),
        hidden=sum(1 for one in rates if not _is_shown(one)),
        made_at=known.made_at if known else None,
        is_fresh=is_fresh,
        hundredths=hundredths,
    )


def _sort() -> str:
    given = request.args.get("sort", "")
    return given if given in SORTS else "place"


def _lines(found: Exam, known: Known) -> list[Line]:
    names = queries.named(known.items)
    notes: dict[int, Card] = {}
    for more in slots.gather("item_notes", found, list(known.items)):
        notes |= more
    lines = [
        Line(names[version_id], slot, one, notes.get(version_id)) for version_id, (slot, one) in known.items.items()
    ]
    keys = {
        "place": lambda line: (line.slot, line.named.code),
        "facility": lambda line: (line.figures.facility or 0, line.slot),
        "discrimination": lambda line: (
            -2 if line.figures.discrimination is None else line.figures.discrimination,
            line.slot,
        ),
    }
    return sorted(lines, key=keys[_sort()])


def _points(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Questions with enough answers, placed in the scatter of 400 by 260."""
    found = []
    for line in lines:
        f, d = line.figures.facility, line.figures.discrimination
        if f is None or d is None or line.figures.n < rules.LEAST_N:
            continue
        found.append(
            {
                "x": 40 + f * 350,
                "y": 20 + (1 - (max(-0.2, min(0.8, d)) + 0.2)) * 210,
                "label": line.named.code,
                "f": line.facility,
                "d": line.discrimination,
                "kind": rules.quadrant(f, d),
            }
        )
    return found


def _bins(bars: Iterable[queries.Score], found: Exam) -> list[dict[str, Any]]:
    counts = [0] * BANDS
    for one in bars:
        counts[min(BANDS - 1, int(one.score // (100 // BANDS)))] += one.n
    step = 100 // BANDS
    return [
        {"label": f"{k * step}", "n": n, "kind": 4 if (k + 1) * step > found.pass_mark else 2}
        for k, n in enumerate(counts)
    ]


def _pass_at(found: Exam) -> float:
    return float(found.pass_mark * BANDS / 100)


def _is_shown(one: UnitRate) -> bool:
    return one.n >= rules.LEAST_SHOWN or bool(guards.reaches("hr"))


def _rates(rates: Iterable[UnitRate]) -> list[dict[str, Any]]:
    """A dot a unit; groups of fewer than five are shown to HR alone."""
    return [
        {"label": one.unit.name, "n": one.n, "passed": one.passed, "percent": one.percent}
        for one in rates
        if _is_shown(one)
    ]


def _paper_verdicts(known: Known) -> list[tuple[str, str, str, str]]:
    """(label, value, what it means, tone) of the paper's figures."""
    one = known.paper
    few = _("不到 %(n)s 人，只作参考", n=rules.LEAST_N) if one.n < rules.LEAST_N else ""
    rows = [
        (_("平均分"), number(one.mean), few or _aim(one.mean, 50, 75), ""),
        (_("中位数"), number(one.median), "", ""),
        (_("标准差"), number(one.sd), few or _aim(one.sd, 12, 18), ""),
    ]
    if one.cic is None:
        rows.append((_("信度 α"), "—", _("题目或人数不够，或者每人的题数不同，算不出"), ""))
        return rows
    if one.cic > paper_rules.RELIABLE:
        words, tone = _("好：再考一次，名次大体不变"), "ok"
    elif one.cic >= paper_rules.UNRELIABLE:
        words, tone = _("可以接受"), ""
    else:
        words, tone = _("偏低：分数里偶然的成分多，临界的人要谨慎"), "warn"
    rows.append((_("信度 α"), hundredths(one.cic / 100), few or words, "" if few else tone))
    rows.append((_("误差率"), f"{number(one.error_ratio, 0)}%", _("分数差异中由偶然造成的部分"), ""))
    rows.append((_("标准误"), _("%(n)s 分", n=number(one.se)), _("合格线上下这么多分以内，通过与否有偶然性"), ""))
    return rows


def _aim(value: float | None, low: int, high: int) -> str:
    return "" if value is None else _("合适的范围是 %(low)s 至 %(high)s", low=low, high=high)


@dataclass(frozen=True)
class BankFigures:
    """What the bank's list and pane ask for."""

    n: int
    facility: Decimal | None
    discrimination: Decimal | None
    picks: dict[str, int]
    exposure: int
    verdict: str


def bank_figures(version_ids: Iterable[int], _opened: int | None = None) -> dict[int, BankFigures]:
    """The kept figures of many wordings, for the bank's pages."""
    return {
        version_id: BankFigures(
            one.n,
            None if one.facility is None else Decimal(f"{one.facility:.4f}"),
            None if one.discrimination is None else Decimal(f"{one.discrimination:.4f}"),
            {pick.key: pick.n for pick in one.picks},
            one.n,
            sentence(one),
        )
        for version_id, one in queries.of_versions(version_ids).items()
    }


def question_card(version: QuestionVersion) -> Card:
    """The way from a question's page in the bank to the figures of its exam."""
    found = queries.main_exam(version.id)
    known = known_of(found.id)[0] if found else None
    one = known.items.get(version.id, (0, None))[1] if known else None
    return Card("assessments/statistics/_question.html", {"blanks": one.blanks if one else 0, "exam": found}, order=10)


def exam_links(found: Exam) -> Card:
    """The way to an exam's statistics from its attempts."""
    return Card("assessments/statistics/_link.html", {"href": url_for("statistics.exam", code=found.code)}, order=10)


def init_app(app: Flask) -> None:
    """Register the page and what it lends to others."""
    app.register_blueprint(bp)
    slots.fill(app, "question_page", question_card)
    slots.fill(app, "question_figures", bank_figures)
    slots.fill(app, "exam_actions", exam_links)
