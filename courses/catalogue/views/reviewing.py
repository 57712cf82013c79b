"""From a draft to its learners: the checklist, sending to review, the reviewer's page, publishing."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from courses.catalogue import queries
from courses.catalogue.actions import drafts as actions
from courses.catalogue.actions.drafts import Ready
from courses.catalogue.comparing import compare
from courses.catalogue.forms import LONGEST_NOTE, LONGEST_REMARK, one_line
from courses.catalogue.models import CourseUnit, DraftState, LessonDraft
from courses.catalogue.views import frame
from courses.catalogue.views.frame import editors
from lms.db import after_refusal, reading
from lms.errors import Refused
from lms.web import errors, guards

Page = str | tuple[str, int] | Response


def _ready(code: str) -> tuple[CourseUnit, LessonDraft | None, Ready | None]:
    unit = frame.lesson(code)
    row = queries.draft(unit.id)
    return unit, row, actions.prepare(unit, row) if row else None


@editors
def publication(code: str) -> Page:
    """The checklist: every gap with the way to its line, and what may be done when there is none."""
    unit, row, ready = _ready(code)
    if row is None or ready is None:
        flash(_("这一节没有草稿，学员看到的就是最新的。"), "info")
        return redirect(url_for("courses.draft", code=code), 303)
    return _publication(unit, row, ready)


def _publication(unit: CourseUnit, row: LessonDraft, ready: Ready, problem: str = "", note: str | None = None) -> Page:
    is_author = g.person.id in row.author_ids
    html = render_template(
        "courses/catalogue/publication.html",
        unit=unit,
        draft=row,
        ready=ready,
        version=queries.current_version(unit.id),
        problem=problem,
        note=row.note if note is None else note,
        most=LONGEST_NOTE,
        is_in_review=row.state == DraftState.in_review,
        may_publish=not unit.course.needs_review or (row.state == DraftState.in_review and not is_author),
    )
    return (html, 409) if problem else html


@editors
def publish(code: str) -> Page:
    """Publish the draft that the checklist or the reviewer saw."""
    with reading():
        unit, row, ready = _ready(code)
    if row is None or ready is None:
        flash(_("这份草稿已经发布或放弃了。到版本历史里看看最新情况。"), "warn")
        return redirect(url_for("courses.lesson_versions", code=code), 303)
    unit = frame.lesson(code)
    note = one_line(request.form.get("note"))[:LONGEST_NOTE]
    try:
        version = actions.publish(unit, ready, request.form.get("revision", -1, type=int), note)
    except Refused as refused:
        with after_refusal():
            return _refused(code, refused, note)
    flash(_("第 %(n)s 版已发布。正在读旧版的人读完旧版，其他人从现在起读新版。", n=version.number), "ok")
    return redirect(url_for("courses.lesson_versions", code=code), 303)


def _refused(code: str, refused: Refused, note: str) -> Page:
    """The checklist again with what stood in the way; the note stays."""
    unit, row, ready = _ready(code)
    if row is None or ready is None:
        flash(errors.sentence(refused), "warn")
        return redirect(url_for("courses.lesson_versions", code=code), 303)
    return _publication(unit, row, ready, errors.sentence(refused), note)


@editors
def submit(code: str) -> Page:
    """Send the draft to review."""
    with reading():
        unit, row, ready = _ready(code)
    note = one_line(request.form.get("note"))[:LONGEST_NOTE]
    if row is None or ready is None:
        return redirect(url_for("courses.draft", code=code), 303)
    unit = frame.lesson(code)
    try:
        actions.submit(unit, ready, request.form.get("revision", -1, type=int), note)
    except Refused as refused:
        with after_refusal():
            return _refused(code, refused, note)
    flash(_("已送审，另一位培训师的工作台上会出现。审阅前可以收回。"), "ok")
    return redirect(url_for("courses.review", code=code), 303)


@editors
def review(code: str) -> Page:
    """What the reviewer reads: published and proposed side by side, the preview, and the checklist's remarks."""
    unit, row, ready = _ready(code)
    if row is None or ready is None or row.state != DraftState.in_review:
        flash(_("这一节现在没有等待审阅的草稿。"), "info")
        return redirect(url_for("courses.lesson_versions", code=code), 303)
    return _review(unit, row, ready)


def _review(unit: CourseUnit, row: LessonDraft, ready: Ready, problem: str = "", remark: str = "") -> Page:
    version = queries.current_version(unit.id)
    html = render_template(
        "courses/catalogue/review.html",
        unit=unit,
        draft=row,
        ready=ready,
        version=version,
        rows=compare(version.source if version else "", row.source),
        preview=Markup(ready.rendered.html),  # noqa: S704 - cleaned when it was rendered
        advice=[item for item in ready.items if item.state != "ok"],
        may_publish=not unit.course.needs_review or g.person.id not in row.author_ids,
        is_submitter=g.person.id == row.submitter_id,
        problem=problem,
        remark=remark,
        most=LONGEST_REMARK,
    )
    return (html, 409) if problem else html


@editors
def take_back(code: str) -> Response:
    """Take the draft back to go on writing."""
    actions.take_back(frame.lesson(code))
    flash(_("已收回送审，可以接着改。"), "ok")
    return redirect(url_for("courses.draft", code=code), 303)


@editors
def send_back(code: str) -> Page:
    """Give the draft back to its author with a remark."""
    unit = frame.lesson(code)
    remark = one_line(request.form.get("remark"))[:LONGEST_REMARK]
    try:
        actions.send_back(unit, request.form.get("revision", -1, type=int), remark)
    except Refused as refused:
        with after_refusal():
            unit, row, ready = _ready(code)
            if row is None or ready is None or row.state != DraftState.in_review:
                flash(errors.sentence(refused), "warn")
                return redirect(url_for("courses.lesson_versions", code=code), 303)
            return _review(unit, row, ready, errors.sentence(refused), remark)
    flash(_("已退回，作者会收到通知。"), "ok")
    return redirect(url_for("home.desk"), 303)


@editors
def rebase(code: str) -> Response:
    """The draft has been compared with the version that came meanwhile."""
    unit = frame.lesson(code)
    number = guards.found(request.form.get("number", type=int))
    try:
        actions.rebase(unit, number)
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    else:
        flash(_("好，草稿接在第 %(n)s 版后面。", n=number), "ok")
    return redirect(url_for("courses.publication", code=code), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/lessons/<code>/publication", "publication", publication)
    bp.add_url_rule("/training/lessons/<code>/publication", "publish_lesson", publish, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/review", "review", review)
    bp.add_url_rule("/training/lessons/<code>/review", "submit_lesson", submit, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/review/withdrawal", "take_back", take_back, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/review/return", "send_back", send_back, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/draft/base", "rebase_draft", rebase, methods=["POST"])
