"""The learner's exams: the list, 考试说明, the start."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import actions, queries
from assessments.attempts.models import Attempt
from assessments.attempts.views.sitting import extra_words
from assessments.exams import queries as exams
from assessments.exams import rules
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.exams.rules import Standing
from courses.catalogue.rules import shown_title
from lms import clock
from lms.web import guards, slots
from lms.web.languages import locale
from lms.web.shell import mark_section

SECTION = "exams.index"
STATES = {
    "running": (lazy_gettext("作答中"), "warn"),
    "ready": (lazy_gettext("可以考"), "brand"),
    "waiting": (lazy_gettext("等待再考"), "info"),
    "not_yet": (lazy_gettext("还没开放"), ""),
    "used_up": (lazy_gettext("机会已用完"), ""),
    "marking": (lazy_gettext("等待阅卷"), "info"),
    "passed": (lazy_gettext("已通过"), "ok"),
    "closed": (lazy_gettext("已关闭"), ""),
}
REVIEW_WORDS = {
    Review.immediate: lazy_gettext("交卷后立即可以看题目、答案和解析"),
    Review.after_close: lazy_gettext("考试窗口关闭后可以看题目、答案和解析"),
    Review.topics_only: lazy_gettext("只看各能力得分，不公布题目和答案"),
}
RULE_WORDS = {
    MultipleRule.all_or_nothing: lazy_gettext("多选题全部选对才得分"),
    MultipleRule.half_for_subset: lazy_gettext("多选题少选得一半分，有错选不得分"),
    MultipleRule.per_option: lazy_gettext("多选题按选项计分，错选倒扣到零为止"),
}


@dataclass(frozen=True)
class Row:
    """An exam as one person stands with it."""

    exam: Exam
    title: str
    standing: Standing
    best: Decimal | None
    running: Attempt | None
    is_renewal: bool = False

    @property
    def words(self) -> tuple[str, str]:
        """The state in words, and its tone."""
        words, tone = STATES[self.standing.state]
        return str(words), tone


def renewable_exams(person_id: int) -> frozenset[str]:
    """Codes of the exams whose pass the person may renew, as packages above say (a certificate that runs out)."""
    return frozenset(slots.gather("renewable_exams", person_id))


def rows_for(person_id: int, found: Iterable[Exam]) -> list[Row]:
    """These exams as a person stands with them, in three queries."""
    known = list(found)
    ids = [exam.id for exam in known]
    made, now = queries.sittings(person_id, ids), clock.now()
    best, running = queries.best_scores(person_id), queries.open_attempts(person_id)
    renewable = renewable_exams(person_id) if any(s.is_passed for one in made.values() for s in one) else frozenset()
    return [
        Row(
            exam,
            shown_title(exam, locale()),
            rules.standing(exam, made.get(exam.id, []), now, may_renew=exam.code in renewable),
            best.get(exam.id),
            running.get(exam.id),
            exam.code in renewable,
        )
        for exam in known
    ]


def index() -> str:
    """What can be sat, what can be sat later, and what is over; an exam that was closed shows to those who sat it."""
    rows = rows_for(g.person.id, exams.exams())
    order = list(STATES)
    shown = [row for row in rows if row.exam.is_open or row.running or row.best is not None]
    shown.sort(key=lambda row: (order.index(row.standing.state), row.exam.unit_id is not None, row.exam.code))
    return render_template("assessments/exams/index.html", rows=shown)


def _exam(code: str) -> Exam:
    mark_section(SECTION)
    return guards.found(exams.exam(code))


def exam(code: str) -> str:
    """考试说明: how long from now, how often, what is asked, what happens offline."""
    return _page(_exam(code))


def _page(found: Exam, error: str = "") -> str:
    row, now = rows_for(g.person.id, [found])[0], clock.now()
    history = queries.attempts_of(g.person.id, found.id)
    guards.allow(found.is_open or bool(history), seen=False)
    extra = exams.extra_on(g.person.id, clock.today())
    return render_template(
        "assessments/exams/exam.html",
        exam=found,
        row=row,
        title=row.title,
        standing=row.standing,
        minutes=rules.minutes_from(found, now, extra),
        is_shortened=rules.minutes_from(found, now) < found.minutes,
        extra_words=extra_words((extra.percent, extra.minutes)),
        question_count=sum(section.count for section in found.paper.sections),
        instructions=Markup(found.instructions_html),  # noqa: S704 - cleaned when it was stored
        review=REVIEW_WORDS[found.review],
        multiple=RULE_WORDS[found.multiple_rule],
        server_ms=round(now.timestamp() * 1000),
        history=history,
        error=error,
    )


def start(code: str) -> Response | tuple[str, int]:
    """Open an attempt; the tick that one is offline is asked for, an attempt under way is gone on with."""
    found = _exam(code)
    if not guards.reaches("learner"):
        abort(403)
    running = queries.open_attempt(g.person.id, found.id)
    if running is None and not request.form.get("ready"):
        return _page(found, _("勾选「我已安排离线时段」后再开始；还没有开始，没有用掉机会。")), 422
    if running is None:
        running = actions.start(
            found,
            g.person.id,
            str(g.person.session_id),
            may_renew=found.code in renewable_exams(g.person.id),
            keeps_answers=request.form.get("keeps") == "1",
        )
    return redirect(url_for("attempts.question", attempt_id=running.id, n=1), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/exams", "index", index)
    bp.add_url_rule("/exams/<code>", "exam", exam)
    bp.add_url_rule("/exams/<code>/attempts", "start", start, methods=["POST"])
