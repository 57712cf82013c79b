"""The learner's exams: the list, 考试说明, the start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import actions as attempts
from assessments.attempts import queries as attempt_queries
from assessments.exams import queries, rules
from assessments.exams.models import Exam, MultipleRule, Review
from courses.catalogue.rules import shown_title
from lms import clock
from lms.web import guards
from lms.web.languages import locale
from lms.web.shell import mark_section

SECTION = "exams.index"
REVIEW_WORDS = {
    Review.immediate: "交卷后立即可以看题目、答案和解析",
    Review.after_close: "考试窗口关闭后可以看题目、答案和解析",
    Review.topics_only: "只看各能力得分，不公布题目和答案",
}
RULE_WORDS = {
    MultipleRule.all_or_nothing: "多选题全部选对才得分",
    MultipleRule.half_for_subset: "多选题少选得一半分，有错选不得分",
    MultipleRule.per_option: "多选题按选项计分，错选倒扣到零为止",
}
STATES = {
    "running": ("作答中", "warn"),
    "passed": ("已通过", "ok"),
    "closed": ("已关闭", ""),
    "not_yet": ("还没开放", ""),
    "used_up": ("机会已用完", ""),
    "waiting": ("等待再考", "info"),
    "ready": ("可以考", "brand"),
}


@dataclass(frozen=True)
class Row:
    """An exam as one person stands with it."""

    exam: Exam
    title: str
    standing: rules.Standing
    words: str
    tone: str
    best: Any
    attempt_id: int | None

    @property
    def next_at(self) -> datetime | None:
        return self.standing.next_at


def rows_for(person_id: int) -> list[Row]:
    """Every exam with the person's standing, in a fixed number of queries."""
    everything = queries.exams()
    made = attempt_queries.sittings(person_id, [exam.id for exam in everything])
    best = attempt_queries.best_scores(person_id)
    running = attempt_queries.open_attempts(person_id)
    now = clock.now()
    rows = []
    for exam in everything:
        standing = rules.standing(exam, made.get(exam.id, []), now)
        words, tone = STATES[standing.state]
        rows.append(
            Row(exam, shown_title(exam, locale()), standing, words, tone, best.get(exam.id), running.get(exam.id))
        )
    return rows


def index() -> str:
    """Every exam, what is open first."""
    order = ("running", "ready", "waiting", "not_yet", "used_up", "passed", "closed")
    rows = [row for row in rows_for(g.person.id) if row.exam.is_open or row.best is not None]
    rows.sort(key=lambda row: order.index(row.standing.state))
    return render_template("assessments/exams/index.html", rows=rows)


def _exam(code: str) -> Exam:
    return guards.found(queries.exam(code))


def exam(code: str, error: str = "") -> str:
    """考试说明: how long from now, how often, what is asked, what happens offline."""
    mark_section(SECTION)
    found = _exam(code)
    made = attempt_queries.sittings(g.person.id, [found.id]).get(found.id, [])
    now = clock.now()
    standing = rules.standing(found, made, now)
    return render_template(
        "assessments/exams/exam.html",
        exam=found,
        title=shown_title(found, locale()),
        standing=standing,
        state_words=STATES[standing.state],
        minutes=rules.minutes_from(found, now),
        question_count=sum(section.count for section in found.paper.sections),
        instructions=Markup(found.instructions_html),  # noqa: S704 - cleaned when it was stored
        review=REVIEW_WORDS[found.review],
        multiple=RULE_WORDS[found.multiple_rule],
        running=attempt_queries.open_attempt(g.person.id, found.id),
        history=attempt_queries.attempts_of(g.person.id, found.id),
        error=error,
    )


def start(code: str) -> Response | tuple[str, int]:
    """Open an attempt; the tick that one is offline is asked for, an attempt under way is resumed."""
    found = _exam(code)
    running = attempt_queries.open_attempt(g.person.id, found.id)
    if running is not None:
        return redirect(url_for("attempts.question", attempt_id=running.id, n=1), 303)
    if not request.form.get("ready"):
        return exam(code, _("勾选「我已安排离线时段」后再开始；还没有开始，没有用掉机会。")), 422
    if not any(reach.role == "learner" for reach in g.person.reaches):
        abort(403)
    attempt = attempts.start(found, g.person.id, str(g.person.session_id))
    flash(_("考试已开始，每次改动都会自动保存。"), "info")
    return redirect(url_for("attempts.question", attempt_id=attempt.id, n=1), 303)


def register(bp: Blueprint) -> None:
    """The addresses."""
    bp.get("/exams", endpoint="index")(index)
    bp.get("/exams/<code>", endpoint="exam")(exam)
    bp.post("/exams/<code>/attempts", endpoint="start")(start)
