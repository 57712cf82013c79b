"""阅卷: the queue by exam, one answer a page with its rubric, an exam's marking terms. No page here knows a name."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Select
from werkzeug.wrappers import Response

from assessments.attempts.models import Attempt, AttemptStatus
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from assessments.markers import actions, queries, rules
from assessments.markers.models import Script, ScriptMark
from assessments.markers.rules import Terms
from courses.catalogue.rules import shown_title
from lms import clock
from lms.errors import Refused
from lms.people import queries as people
from lms.web import errors, guards, slots
from lms.web import links as link_kinds
from lms.web.guards import Visitor, needs
from lms.web.languages import locale
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import Card, NavItem

bp = Blueprint("marking", "assessments")
STAFF = ("trainer",)
SECTION = "marking.index"
MOST_BUTTONS = 10  # points that are offered one by one; above that a number is typed
Page = str | Response | tuple[str, int]


def scope() -> Select[Any] | None:
    """Whose answers the viewer may mark; None for everybody's."""
    reaches = guards.reaches(*STAFF)
    return None if any(one.scope == "all" for one in reaches) else people.persons_in_scope(reaches, clock.today())


@bp.get("/training/marking")
@needs(*STAFF)
def index() -> str:
    """Exams with answers that wait, the one that is due first on top."""
    return render_template(
        "assessments/markers/index.html", rows=queries.overview(g.person.id, scope()), today=clock.today()
    )


def _exam(code: str) -> Exam:
    mark_section(SECTION)
    return guards.found(exams.exam(code))


@bp.get("/training/marking/<code>")
@needs(*STAFF)
def exam(code: str) -> str:
    """An exam's queue: how many wait for me, my own marks, how marking is done."""
    found = _exam(code)
    following = queries.next_script(found.id, g.person.id, scope())
    return render_template(
        "assessments/markers/exam.html",
        exam=found,
        title=shown_title(found, locale()),
        left=queries.left(found.id, g.person.id, scope()),
        following=following,
        marks=queries.marked_by(found.id, g.person.id),
        terms=queries.terms(found.id),
        may_arrange=_may_arrange(),
    )


def _may_arrange() -> bool:
    return any(one.scope == "all" for one in guards.reaches(*STAFF))


@bp.route("/training/marking/<code>/terms", methods=["GET", "POST"])
@needs(*STAFF)
def terms(code: str) -> Page:
    """One marker or two, the difference that calls a third, the working days there are."""
    found = _exam(code)
    guards.allow(_may_arrange())
    if request.method == "GET":
        return _terms_page(found, queries.terms(found.id))
    asked = Terms(
        is_double=request.form.get("markers") == "2",
        threshold_percent=_whole("threshold"),
        working_days=_whole("days"),
    )
    try:
        actions.set_terms(found, asked, g.person.id)
    except Refused as refused:
        return _terms_page(found, asked, errors.sentence(refused)), 422
    flash(_("已保存，对以后交的卷生效。"), "ok")
    return redirect(url_for("marking.exam", code=code), 303)


def _whole(name: str) -> int:
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else -1


def _terms_page(found: Exam, shown: Terms, error: str = "") -> str:
    return render_template("assessments/markers/terms.html", exam=found, terms=shown, error=error)


def _script(code: str, script_id: int) -> Script:
    """A script in reach; one's own is not there for oneself."""
    mark_section(SECTION)
    script = guards.found(queries.script(script_id))
    guards.allow(script.exam.code == code, seen=False)
    allowed = scope()
    if allowed is not None:
        guards.allow(queries.is_among(script.id, allowed), seen=False)
    guards.allow(script.person_id != g.person.id)
    return script


@bp.route("/training/marking/<code>/<int(max=2147483647):script_id>", methods=["GET", "POST"])
@needs(*STAFF)
def script(code: str, script_id: int) -> Page:
    """One answer with its rubric; saving leads to the next."""
    found = _script(code, script_id)
    if request.method == "GET":
        if found.stage == rules.SETTLED or g.person.id in {one.marker_id for one in found.marks}:
            flash(_("这一份不用你再评分。"), "info")
            return redirect(url_for("marking.exam", code=code), 303)
        return _draw(found)
    given, comment = _given(found), request.form.get("comment", "")
    try:
        actions.mark(found.id, g.person.id, given, comment, wanted=request.form.get("round", 1, type=int))
    except Refused as refused:
        return _draw(found, given=given, comment=comment, error=errors.sentence(refused)), 422
    following = queries.next_script(found.exam_id, g.person.id, scope(), after=found.id)
    if following is None:
        flash(_("已保存。这场考试没有等你阅的卷了。"), "ok")
        return redirect(url_for("marking.exam", code=code), 303)
    flash(_("已保存，这是下一份。"), "ok")
    return redirect(url_for("marking.script", code=code, script_id=following.id), 303)


def _given(found: Script) -> list[str]:
    return [request.form.get(f"points-{n}", "") for n in range(len(found.version.rubric))]


@bp.route("/training/marking/<code>/marks/<int(max=2147483647):mark_id>", methods=["GET", "POST"])
@needs(*STAFF)
def change(code: str, mark_id: int) -> Page:
    """Change one's own mark, with the reason."""
    old = guards.found(queries.mark(mark_id))
    guards.allow(old.marker_id == g.person.id, seen=False)
    found = _script(code, old.script_id)
    values = [row["points"] for row in old.rows]
    if request.method == "GET":
        return _draw(found, given=values, comment=old.comment, old=old)
    given, comment, reason = _given(found), request.form.get("comment", ""), request.form.get("reason", "")
    try:
        actions.change(old.id, g.person.id, given, comment, reason)
    except Refused as refused:
        page = _draw(found, given=given, comment=comment, old=old, reason=reason, error=errors.sentence(refused))
        return page, 422
    flash(_("已改，原来的评分和理由留在记录里。"), "ok")
    return redirect(url_for("marking.exam", code=code), 303)


def _draw(
    found: Script, given: Sequence[str] = (), comment: str = "", *, old: ScriptMark | None = None, **more: Any
) -> str:
    return render_template(
        "assessments/markers/script.html",
        script=found,
        title=shown_title(found.exam, locale()),
        stem=Markup(found.version.stem_html),  # noqa: S704 - cleaned when it was stored
        model_answer=str(found.version.accepted[0]) if found.version.accepted else "",
        rows=rubric_rows(found, given),
        comment=comment,
        old=old,
        left=queries.left(found.exam_id, g.person.id, scope()),
        error=more.get("error", ""),
        reason=more.get("reason", ""),
    )


def rubric_rows(found: Script, given: Sequence[str]) -> list[dict[str, Any]]:
    """Each criterion with the points that can be given and what they look like."""
    rows = []
    for n, row in enumerate(found.version.rubric):
        words = {one["points"]: one["words"] for one in row["descriptors"]}
        most = float(row["points"])
        steps = {str(k) for k in range(int(most) + 1)} if most <= MOST_BUTTONS else set()
        choices = sorted({*steps, *words, str(row["points"])}, key=float, reverse=True) if most <= MOST_BUTTONS else []
        value = given[n] if n < len(given) else ""
        rows.append(
            {
                "n": n,
                "criterion": row["criterion"],
                "most": row["points"],
                "choices": [(one, words.get(one, "")) for one in choices],
                "words": row["descriptors"],
                "value": value,
            }
        )
    return rows


def navigation() -> list[NavItem]:
    """阅卷 for trainers."""
    return [NavItem("阅卷", SECTION, "signature", shell="staff", roles=frozenset(STAFF), order=32)]


def desk_card(person: Visitor) -> Card | None:
    """How many answers wait for this trainer."""
    if not guards.reaches(*STAFF):
        return None
    n, due_on = queries.waiting_count(person.id, scope())
    return (
        Card("assessments/markers/_desk.html", {"n": n, "due_on": due_on, "today": clock.today()}, order=25)
        if n
        else None
    )


def queue_link(code: str) -> Target | None:
    """An exam's marking queue, for trainers."""
    found = exams.exam(code)
    if found is None:
        return None
    href = url_for("marking.exam", code=code) if guards.reaches(*STAFF) else None
    return Target(_("阅卷：%(title)s", title=shown_title(found, locale())), href)


def result_comments(attempt: Attempt, *, is_own: bool) -> dict[int, Card]:  # noqa: ARG001 - the slot hands it on
    """What the marker wrote, under each written answer of the result page."""
    return {
        position: Card("assessments/markers/_comment.html", {"mark": mark}, order=10)
        for position, mark in queries.comments(attempt.id).items()
    }


def waiting_card(attempt: Attempt) -> Card | None:
    """On the result page of an attempt that waits: how many answers, and by which day."""
    scripts = queries.of_attempt(attempt.id)
    if attempt.status != AttemptStatus.awaiting or not scripts:
        return None
    due_on = max(one.due_on for one in scripts)
    return Card("assessments/markers/_waiting.html", {"n": len(scripts), "due_on": due_on})


def init_app(app: Flask) -> None:
    """Register pages, slots and links."""
    app.register_blueprint(bp)
    slots.fill(app, "navigation", navigation)
    slots.fill(app, "desk", desk_card)
    slots.fill(app, "result_lines", result_comments)
    slots.fill(app, "result_waiting", waiting_card)
    link_kinds.register(app, "marking", "阅卷", queue_link)
