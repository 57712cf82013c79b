"""催办 and 延期: whom, what it says, and the way back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from courses.programmes.actions import extending, reminding
from courses.programmes.forms import ExtensionForm, NudgeForm
from courses.programmes.models import MessageKind, Programme, Stage
from courses.programmes.queries import extensions, members, messages
from courses.programmes.queries.members import Row
from courses.programmes.views import board, frame
from lms import clock
from lms.errors import Refused
from lms.web import errors, guards
from lms.web.guards import Reach
from lms.web.shell import mark_section

NAMES_SHOWN = 30
Page = str | Response | tuple[str, int]


def _programme(programme_id: int) -> Programme:
    mark_section(frame.SECTION)
    found = frame.programme_or_404(programme_id)
    guards.allow(found.state is not Stage.draft, seen=False)
    return found


def _chosen(programme: Programme, reaches: tuple[Reach, ...]) -> list[Row]:
    """The people ticked, or everybody whom the filter of the address lists."""
    today, now = clock.today(), clock.now()
    if request.values.get("all"):
        choice, _query = board.wanted()
        rows, _total = members.listed(programme.id, reaches, choice, today, now, limit=None)
        return rows
    ids = [int(one) for one in request.values.getlist("person") if one.isascii() and one.isdigit() and len(one) < 12]
    return members.chosen(programme.id, reaches, ids, today, now) if ids else []


def _back(programme: Programme) -> str:
    _choice, query = board.wanted()
    return board.people_href(programme.id, query)


def _carried() -> list[tuple[str, str]]:
    """What the next press must send again: the people ticked, or the filter."""
    _choice, query = board.wanted()
    ticked = [("person", one) for one in request.values.getlist("person")]
    if request.values.get("all"):
        return [("all", "1"), *query.items()]
    return [*ticked, *query.items()]


@guards.needs(*frame.ROLES)
def nudge(programme_id: int) -> Page:
    """The message before it goes out, and who gets it; then send it."""
    programme = _programme(programme_id)
    reaches = frame.seen()
    rows = _chosen(programme, reaches)
    today = clock.today()
    told = {one for one, _mark in messages.told(programme.id, MessageKind.nudge, [today.isoformat()])}
    ready = [row for row in rows if not row.is_done and not row.is_gone and row.person_id not in told]
    form = NudgeForm.from_request()
    problem = ""
    if request.method == "POST" and form.validate():
        try:
            n, job = reminding.nudge(programme, [row.person_id for row in rows], reaches, form.body.data)
        except Refused as refused:
            problem = errors.sentence(refused)
        else:
            words = (
                _("正在催办 %(n)s 人，可以离开此页。", n=n) if job else _("已催办 %(n)s 人，站内和邮件都发了。", n=n)
            )
            flash(words, "ok")
            return redirect(_back(programme), 303)
    if request.method == "GET":
        due = min((row.due_at for row in ready), default=clock.now())
        form = NudgeForm(body=reminding.nudge_words(programme.title, due))
    html = render_template(
        "courses/programmes/nudge.html",
        programme=programme,
        form=form,
        problem=problem,
        ready=ready,
        names=ready[:NAMES_SHOWN],
        told=[row for row in rows if row.person_id in told],
        others=[row for row in rows if row.is_done or row.is_gone],
        carried=_carried(),
        back=_back(programme),
        units=frame.unit_names(),
    )
    return (html, 422) if request.method == "POST" else html


@guards.needs(*frame.ROLES)
def extend(programme_id: int) -> Page:
    """Until when and why, with everybody it is for; then write it down, all or none."""
    programme = _programme(programme_id)
    reaches = frame.extending(programme)
    guards.allow(bool(reaches))
    rows = _chosen(programme, reaches)
    form = ExtensionForm.from_request() if request.method == "POST" else ExtensionForm()
    problem = ""
    if request.method == "POST" and form.validate():
        try:
            ids = [row.person_id for row in rows]
            batch, n = extending.extend(programme, ids, reaches, form.until.data, form.reason.data)
        except Refused as refused:
            problem = errors.sentence(refused)
        else:
            undo = url_for("courses.programme_extension_undo", programme_id=programme.id, batch=batch)
            flash({"text": _("已给 %(n)s 人延期。", n=n), "undo": undo}, "ok")  # type: ignore[arg-type]
            return redirect(_back(programme), 303)
    html = render_template(
        "courses/programmes/extension.html",
        programme=programme,
        form=form,
        problem=problem,
        rows=rows,
        names=rows[:NAMES_SHOWN],
        carried=_carried(),
        back=_back(programme),
        units=frame.unit_names(),
        today=clock.today(),
    )
    return (html, 422) if request.method == "POST" else html


@guards.needs(*frame.ROLES)
def undo(programme_id: int, batch: str) -> Response:
    """The deadlines before an extension hold again."""
    programme = _programme(programme_id)
    reaches = frame.extending(programme)
    guards.allow(bool(reaches))
    made = [member.person_id for _e, member in extensions.extension_batch(batch) if member.programme_id == programme.id]
    inside = {row.person_id for row in members.chosen(programme.id, reaches, made, clock.today(), clock.now())}
    guards.allow(set(made) <= inside, seen=False)
    try:
        n = extending.take_back(programme, batch)
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    else:
        flash(_("已撤销 %(n)s 人的延期，原来的截止日期重新生效。", n=n), "ok")
    return redirect(url_for("courses.programme_people", programme_id=programme.id), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    both = ["GET", "POST"]
    at = "/training/programmes/<int:programme_id>"
    bp.add_url_rule(f"{at}/nudge", "programme_nudge", nudge, methods=both)
    bp.add_url_rule(f"{at}/extension", "programme_extend", extend, methods=both)
    bp.add_url_rule(f"{at}/extensions/<batch>/undo", "programme_extension_undo", undo, methods=["POST"])
