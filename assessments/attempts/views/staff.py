"""The staff side of exams: the list, attempts with voiding, terms."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateTimeLocalField, DecimalField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from assessments.attempts import actions, queries
from assessments.attempts.models import Attempt, AttemptStatus
from assessments.exams import actions as exam_actions
from assessments.exams import queries as exams
from assessments.exams.models import Exam, Review
from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.people.models import Person
from lms.web import errors, guards
from lms.web.forms import BaseForm
from lms.web.guards import needs
from lms.web.shell import mark_section

SECTION = "attempts.exam_list"
STAFF = ("trainer", "hr")
PAGE = 50
REVIEWS = [
    (Review.immediate.value, lazy_gettext("交卷后立即")),
    (Review.after_close.value, lazy_gettext("考试窗口关闭后")),
    (Review.topics_only.value, lazy_gettext("仅知识点")),
]


def _number(label: str, lowest: int, highest: int) -> IntegerField:
    words = lazy_gettext("填 %(low)s 到 %(high)s 之间的整数。", low=lowest, high=highest)
    return IntegerField(
        lazy_gettext(label), [InputRequired(words), NumberRange(lowest, highest, message=words)]
    )


class TermsForm(BaseForm):
    """Window and terms of an exam; times are local."""

    opens_at = DateTimeLocalField(lazy_gettext("开放时间"), [Optional()], format="%Y-%m-%dT%H:%M")
    closes_at = DateTimeLocalField(lazy_gettext("关闭时间"), [Optional()], format="%Y-%m-%dT%H:%M")
    minutes = _number("限时（分钟）", 1, 600)
    attempts = _number("机会（次）", 1, 50)
    first_delay_hours = _number("第一次未通过后隔多久（小时）", 0, 8760)
    later_delay_hours = _number("以后每次隔多久（小时）", 0, 8760)
    pass_mark = DecimalField(
        lazy_gettext("合格线（分）"),
        [InputRequired(lazy_gettext("填 1 到 100 之间的数。")), NumberRange(1, 100, lazy_gettext("填 1 到 100 之间的数。"))],
    )
    review = SelectField(lazy_gettext("交卷后可看"), choices=REVIEWS)
    is_open = BooleanField(lazy_gettext("开放这场考试"))


@needs(*STAFF)
def exam_list() -> str:
    """Every exam with how many started, passed, and are sitting now."""
    everything = exams.exams()
    return render_template(
        "assessments/attempts/exams.html",
        exams=everything,
        counts=queries.exam_counts(exam.id for exam in everything),
    )


def _exam(code: str) -> Exam:
    mark_section(SECTION)
    return guards.found(exams.exam(code))


@needs(*STAFF, "line_leader")
def attempt_list(code: str) -> str:
    """Attempts at an exam of the people in reach, newest first."""
    exam = _exam(code)
    before = request.args.get("before", type=int)
    rows = queries.attempts_page(exam.id, PAGE + 1, before)
    following = url_for("attempts.attempt_list", code=code, before=rows[PAGE - 1][0].id) if len(rows) > PAGE else None
    shown = rows[:PAGE]
    names, visible = _names([attempt for attempt, _result in shown])
    counts = queries.exam_counts([exam.id])[exam.id]
    return render_template(
        "assessments/attempts/exam.html",
        exam=exam,
        rows=[(attempt, result) for attempt, result in shown if attempt.person_id in visible],
        names=names,
        counts=counts,
        following=following,
        may_void=bool(guards.reaches(*STAFF)),
    )


def _names(attempts: list[Attempt]) -> tuple[dict[int, Any], set[int]]:
    """Names and spells of the people, and who of them is in the viewer's reach."""
    ids = {attempt.person_id for attempt in attempts}
    persons = {p.id: p for p in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    spells = people.spells_on(ids, clock.today())
    reaches = guards.reaches(*STAFF, "line_leader")
    below = people.units_below(reaches)
    visible = {
        person_id
        for person_id in ids
        if any(reach.scope == "all" for reach in reaches)
        or (person_id in spells and people_rules.may_see(reaches, spells[person_id], below=below))
    }
    return {person_id: (persons[person_id], spells.get(person_id)) for person_id in ids}, visible


@needs(*STAFF)
def terms(code: str) -> str | Response | tuple[str, int]:
    """Change window and terms."""
    exam = _exam(code)
    if request.method == "GET":
        form = TermsForm(None, data=_form_values(exam))
        return render_template("assessments/attempts/terms.html", exam=exam, form=form, error="")
    form = TermsForm.from_request()
    error = ""
    if form.validate():
        try:
            exam_actions.change_terms(
                exam,
                opens_at=_instant(form.opens_at.data),
                closes_at=_instant(form.closes_at.data),
                minutes=form.minutes.data,
                attempts=form.attempts.data,
                first_delay_hours=form.first_delay_hours.data,
                later_delay_hours=form.later_delay_hours.data,
                pass_mark=form.pass_mark.data,
                review=Review(form.review.data),
                is_open=form.is_open.data,
            )
        except Refused as refused:
            db.session.rollback()
            exam = _exam(code)
            error = errors.sentence(refused)
        else:
            flash(_("已保存。正在作答的人按开始时的规定继续。"), "ok")
            return redirect(url_for("attempts.attempt_list", code=code), 303)
    return render_template("assessments/attempts/terms.html", exam=exam, form=form, error=error), 422


def _form_values(exam: Exam) -> dict[str, Any]:
    return {
        "opens_at": clock.local(exam.opens_at).replace(tzinfo=None) if exam.opens_at else None,
        "closes_at": clock.local(exam.closes_at).replace(tzinfo=None) if exam.closes_at else None,
        "minutes": exam.minutes,
        "attempts": exam.attempts_allowed,
        "first_delay_hours": exam.first_delay_hours,
        "later_delay_hours": exam.later_delay_hours,
        "pass_mark": exam.pass_mark,
        "review": exam.review.value,
        "is_open": exam.is_open,
    }


def _instant(wall: datetime | None) -> datetime | None:
    """A local wall-clock time from a form as an instant."""
    if wall is None:
        return None
    return clock.local_instant(wall.date()) + timedelta(hours=wall.hour, minutes=wall.minute)


@needs(*STAFF)
def void(attempt_id: int) -> str | Response | tuple[str, int]:
    """Declare an attempt void, with a reason the person sees."""
    mark_section(SECTION)
    attempt = guards.found(queries.attempt(attempt_id))
    names, visible = _names([attempt])
    guards.allow(attempt.person_id in visible, seen=False)
    guards.allow(attempt.person_id != g.person.id)
    error, reason = "", request.form.get("reason", "")
    if request.method == "POST":
        try:
            actions.void(attempt, reason, g.person.id)
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("这次作答已作废，本人会在成绩页看到理由。"), "ok")
            return redirect(url_for("attempts.attempt_list", code=attempt.exam.code), 303)
    page = render_template(
        "assessments/attempts/void.html",
        attempt=attempt,
        person_name=names[attempt.person_id][0].name,
        error=error,
        reason=reason,
        is_void=attempt.status == AttemptStatus.voided,
    )
    return (page, 422) if error else page


def register(bp: Blueprint) -> None:
    """The addresses."""
    bp.get("/training/exams", endpoint="exam_list")(exam_list)
    bp.get("/training/exams/<code>", endpoint="attempt_list")(attempt_list)
    bp.route("/training/exams/<code>/terms", methods=["GET", "POST"], endpoint="terms")(terms)
    bp.route("/training/attempts/<int:attempt_id>/voiding", methods=["GET", "POST"], endpoint="void")(void)
