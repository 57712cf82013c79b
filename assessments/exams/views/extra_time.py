"""个人加时: who has more time in exams, until when and why; HR grants and ends it."""

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response

from assessments.exams import queries
from assessments.exams.actions import extra_time
from assessments.exams.forms import ExtraTimeForm
from assessments.exams.models import ExtraTime
from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.people import queries as people
from lms.people.models import Spell
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.shell import mark_section

SECTION = "attempts.exam_list"
USUAL_DAYS = 365
Page = str | Response | tuple[str, int]


def _scope() -> Select[int] | None:
    """Whose extra time the viewer decides on; None for everybody's."""
    reaches = guards.reaches("hr")
    if any(reach.scope == "all" for reach in reaches):
        return None
    return people.persons_in_scope(reaches, clock.today())


def _reaches(person_id: int) -> bool:
    scope = _scope()
    return scope is None or db.session.scalar(scope.where(Spell.person_id == person_id).limit(1)) is not None


@needs("hr")
def extra_times() -> str:
    """Every grant in reach, those that hold first, and the form for a new one."""
    mark_section(SECTION)
    day = clock.today()
    values = {"starts_on": day, "ends_on": day + timedelta(days=USUAL_DAYS)}
    return _page(ExtraTimeForm(None, data={"staff_number": request.args.get("for", "")[:30], **values}))


def _page(form: ExtraTimeForm, error: str = "") -> str:
    day, rows = clock.today(), queries.extra_times(_scope())
    rows.sort(key=lambda one: not holds(one))
    return render_template(
        "assessments/exams/extra_times.html",
        rows=[(one, holds(one)) for one in rows],
        spells=people.spells_on({one.person_id for one in rows}, day),
        form=form,
        error=error,
    )


def holds(one: ExtraTime) -> bool:
    """Whether it holds today or will."""
    return one.ending is None and clock.today() <= one.ends_on


def _person_of(number: str) -> int:
    """Who bears a staff number today, if the viewer's reach covers them."""
    spell = db.session.scalar(people.current_spells(clock.today()).where(Spell.staff_number == number.upper()))
    if spell is None or not _reaches(spell.person_id):
        raise Refused("你的范围内没有工号 {number} 的在岗人员。", number=number)
    return spell.person_id


@needs("hr")
def grant() -> Page:
    """Give a person in reach more time."""
    mark_section(SECTION)
    form, error = ExtraTimeForm.from_request(), ""
    if form.validate():
        try:
            person_id = _person_of(form.staff_number.data)
            extra_time.grant(person_id, granted_by=g.person.id, **form.wanted)
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("已加时，本人会收到通知。正在进行的作答不变，要延长到监考看板。"), "ok")
            return redirect(url_for("exams.extra_times"), 303)
    return _page(form, error), 422


@needs("hr")
def end(extra_time_id: int) -> Page:
    """End extra time before its last day, with a reason."""
    mark_section(SECTION)
    found = guards.found(queries.extra_time(extra_time_id))
    guards.allow(_reaches(found.person_id), seen=False)
    if request.method == "GET":
        return render_template("assessments/exams/end_extra_time.html", one=found, error="", reason="")
    reason = request.form.get("reason", "")
    try:
        extra_time.end(found, reason, g.person.id)
    except Refused as refused:
        sentence = errors.sentence(refused)
        return render_template("assessments/exams/end_extra_time.html", one=found, error=sentence, reason=reason), 422
    flash(_("加时已结束，记录保留。"), "ok")
    return redirect(url_for("exams.extra_times"), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/extra-time", "extra_times", extra_times)
    bp.add_url_rule("/training/extra-time", "grant_extra_time", grant, methods=["POST"])
    one = "/training/extra-time/<int(max=2147483647):extra_time_id>/ending"
    bp.add_url_rule(one, "end_extra_time", end, methods=["GET", "POST"])
