"""The staff side of exams: how many sat them, each attempt in reach with voiding."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response

from assessments.attempts import actions, queries, statistics
from assessments.attempts.models import Attempt, AttemptStatus
from assessments.attempts.statistics import Counts
from assessments.attempts.views.results import may_see
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.people import queries as people
from lms.people.models import Person
from lms.web import errors, guards, slots
from lms.web.guards import needs
from lms.web.shell import mark_section

SECTION = "attempts.exam_list"
STAFF = ("trainer", "hr")
READERS = (*STAFF, "line_leader")
PAGE = 50
Page = str | Response | tuple[str, int]


def scope() -> Select[int] | None:
    """Whose attempts the viewer may see; None for everybody's."""
    reaches = guards.reaches(*READERS)
    if any(reach.scope == "all" for reach in reaches):
        return None
    return people.persons_in_scope(reaches, clock.today())


def may_arrange() -> bool:
    """Terms hold for everybody, so only who works for everybody changes them."""
    return any(reach.scope == "all" for reach in guards.reaches(*STAFF))


@needs(*READERS)
def exam_list() -> str:
    """Every exam with how many of the viewer's people have begun, passed, and are sitting now."""
    everything = exams.exams()
    counts = statistics.exam_counts([exam.id for exam in everything], scope())
    return render_template(
        "assessments/attempts/exams.html",
        rows=[(exam, counts.get(exam.id, Counts())) for exam in everything],
        may_arrange=may_arrange(),
        may_extra=bool(guards.reaches("hr")),
    )


def _exam(code: str) -> Exam:
    mark_section(SECTION)
    return guards.found(exams.exam(code))


@needs(*READERS)
def attempt_list(code: str) -> str:
    """Attempts at an exam of the people in reach, newest first."""
    exam, people_seen = _exam(code), scope()
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()[:40]
    page = min(max(1, request.args.get("page", 1, type=int)), 100_000)
    rows, total = statistics.attempts_page(exam.id, people_seen, state=state, words=words, page=page, limit=PAGE)

    def at(number: int) -> str:
        return url_for("attempts.attempt_list", code=code, state=state or None, q=words or None, page=number)

    return render_template(
        "assessments/attempts/exam.html",
        exam=exam,
        rows=rows,
        spells=people.spells_on({row.attempt.person_id for row in rows}, clock.today()),
        counts=statistics.exam_counts([exam.id], people_seen).get(exam.id, Counts()),
        total=total,
        first=(page - 1) * PAGE + 1,
        last=(page - 1) * PAGE + len(rows),
        previous=at(page - 1) if page > 1 else None,
        following=at(page + 1) if page * PAGE < total else None,
        state=state,
        words=words,
        may_void=bool(guards.reaches(*STAFF)),
        may_arrange=may_arrange(),
        actions=slots.cards("exam_actions", exam) if guards.reaches(*STAFF) else [],
    )


@needs(*STAFF)
def void(attempt_id: int) -> Page:
    """Declare an attempt void, with a reason the person sees; nobody voids their own."""
    mark_section(SECTION)
    attempt = guards.found(queries.attempt(attempt_id))
    guards.allow(may_see(attempt.person_id), seen=False)
    guards.allow(attempt.person_id != g.person.id)
    if request.method == "GET":
        return _void_page(attempt)
    reason = request.form.get("reason", "")
    try:
        actions.void(attempt, reason, g.person.id)
    except Refused as refused:
        return _void_page(attempt, reason, errors.sentence(refused)), 422
    flash(_("这次作答已作废，本人会在成绩页看到理由。"), "ok")
    return redirect(url_for("attempts.attempt_list", code=attempt.exam.code), 303)


def _void_page(attempt: Attempt, reason: str = "", error: str = "") -> str:
    return render_template(
        "assessments/attempts/void.html",
        attempt=attempt,
        name=db.session.get_one(Person, attempt.person_id).name,
        error=error,
        reason=reason,
        is_void=attempt.status == AttemptStatus.voided,
    )


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/exams", "exam_list", exam_list)
    bp.add_url_rule("/training/exams/<code>", "attempt_list", attempt_list)
    one = "/training/attempts/<int(max=2147483647):attempt_id>/voiding"
    bp.add_url_rule(one, "void", void, methods=["GET", "POST"])
