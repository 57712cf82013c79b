"""监考看板: how an exam goes right now, and more time for who needs it."""

from collections import Counter
from datetime import datetime, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from assessments.attempts import actions, board, queries
from assessments.attempts.models import Attempt, AttemptExtension, AttemptStatus
from assessments.attempts.views.results import may_see
from assessments.attempts.views.staff import READERS, SECTION, STAFF, scope
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.people import queries as people
from lms.people.models import Person
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.shell import mark_section

PAGE = 50
REFRESH_SECONDS = 20
RECENT = timedelta(hours=12)
USUAL_EXTENSION = 10
STATES = {
    "working": (lazy_gettext("作答中"), "info"),
    "lost": (lazy_gettext("失去联系"), "warn"),
    "late": (lazy_gettext("等待补传"), "warn"),
    "done": (lazy_gettext("已交卷"), "ok"),
    "waiting": (lazy_gettext("未开始"), ""),
}
Page = str | Response | tuple[str, int]


def _since(exam: Exam) -> datetime:
    """From when on attempts belong to this sitting: the opening of the window, else the last twelve hours."""
    recent = clock.now() - RECENT
    return exam.opens_at if exam.opens_at is not None and exam.closes_at is not None else recent


@needs(*READERS)
def show(code: str) -> str:
    """Everybody in reach: working, out of contact, waiting for late answers, done, not begun."""
    mark_section(SECTION)
    exam = guards.found(exams.exam(code))
    now, since, seen = clock.now(), _since(exam), scope()
    everybody = board.watched(exam.id, seen, since, now)
    idle = board.not_begun(exam, seen, since, people.current_spells(clock.today()))
    counts = Counter(one.state for one in everybody)
    counts["waiting"] = db.session.scalar(select(func.count()).select_from(idle.order_by(None).subquery())) or 0
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    found = [one for one in everybody if state in {"", one.state}]
    shown = [] if state == "waiting" else found[(page - 1) * PAGE : page * PAGE]
    total = counts["waiting"] if state == "waiting" else len(found)
    waiting = list(db.session.scalars(idle.limit(PAGE).offset((page - 1) * PAGE))) if state == "waiting" else []
    ids = {one.attempt.person_id for one in shown} | {one.id for one in waiting}

    def at(number: int) -> str:
        return url_for("attempts.board", code=code, state=state or None, page=number)

    return render_template(
        "assessments/attempts/board.html",
        exam=exam,
        now=now,
        state=state,
        states=STATES,
        counts=counts,
        rows=shown,
        waiting=waiting,
        work=board.work([one.attempt.id for one in shown]),
        added=_added([one.attempt.id for one in shown]),
        spells=people.spells_on(ids, clock.today()),
        total=total,
        first=(page - 1) * PAGE + 1,
        last=(page - 1) * PAGE + len(shown or waiting),
        previous=at(page - 1) if page > 1 else None,
        following=at(page + 1) if page * PAGE < total else None,
        may_extend=bool(guards.reaches(*STAFF)),
        refresh=REFRESH_SECONDS,
    )


def _added(attempt_ids: list[int]) -> dict[int, int]:
    """Minutes added to each of these attempts."""
    rows = db.session.execute(
        select(AttemptExtension.attempt_id, func.sum(AttemptExtension.minutes))
        .where(AttemptExtension.attempt_id.in_(attempt_ids))
        .group_by(AttemptExtension.attempt_id)
    )
    return {attempt_id: int(minutes) for attempt_id, minutes in rows}


@needs(*STAFF)
def extend(attempt_id: int) -> Page:
    """Give a running attempt more minutes, with a reason the person sees; nobody extends their own."""
    mark_section(SECTION)
    attempt = guards.found(queries.attempt(attempt_id))
    guards.allow(may_see(attempt.person_id), seen=False)
    guards.allow(attempt.person_id != g.person.id)
    if request.method == "GET":
        return _extend_page(attempt, str(USUAL_EXTENSION), "")
    written, reason = request.form.get("minutes", "").strip()[:6], request.form.get("reason", "")
    minutes = int(written) if written.isascii() and written.isdigit() else 0
    try:
        actions.extend(attempt, minutes, reason, g.person.id)
    except Refused as refused:
        return _extend_page(attempt, written, reason, errors.sentence(refused)), 422
    flash(_("已加 %(n)s 分钟，作答页面一分钟内会知道。", n=minutes), "ok")
    return redirect(url_for("attempts.board", code=attempt.exam.code), 303)


def _extend_page(attempt: Attempt, minutes: str, reason: str, error: str = "") -> str:
    return render_template(
        "assessments/attempts/extend.html",
        attempt=attempt,
        name=db.session.get_one(Person, attempt.person_id).name,
        minutes=minutes,
        reason=reason,
        error=error,
        is_open=attempt.status == AttemptStatus.open,
    )


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/exams/<code>/board", "board", show)
    one = "/training/attempts/<int(max=2147483647):attempt_id>/extension"
    bp.add_url_rule(one, "extend", extend, methods=["GET", "POST"])
