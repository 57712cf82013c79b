"""The editor of a lesson: the text beside what learners would see, its saving, and the tools that work without script."""

from typing import Any

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from courses.catalogue import blocks, queries
from courses.catalogue.actions import drafts as actions
from courses.catalogue.actions import pictures as picture_actions
from courses.catalogue.comparing import compare
from courses.catalogue.forms import DraftForm, plain
from courses.catalogue.models import CourseUnit, DraftState, LessonDraft
from courses.catalogue.pictures import prepare
from courses.catalogue.rules import EditConflict, reading_minutes
from courses.catalogue.views import frame
from courses.catalogue.views.frame import editors
from lms.db import after_refusal, reading
from lms.errors import Refused
from lms.markdown.rendering import render
from lms.policies import queries as policies
from lms.web import errors

Page = str | tuple[str, int] | Response
MOST_RESULTS = 20


@editors
def draft(code: str) -> Page:
    """The editor, with the draft or else with what learners have now."""
    unit = frame.lesson(code)
    return _page(unit, DraftForm.of(actions.begun_text(unit), unit.saves))


def _page(unit: CourseUnit, form: DraftForm, status: int = 200, **values: Any) -> Page:
    row, version = queries.draft(unit.id), queries.current_version(unit.id)
    source = form.source.data or ""
    line = request.args.get("line", type=int)
    lines = source.split("\n")
    html = render_template(
        "courses/catalogue/editor.html",
        unit=unit,
        form=form,
        draft=row,
        version=version,
        is_in_review=row is not None and row.state == DraftState.in_review,
        preview=None if form.source.errors else _preview(source),
        blocks=blocks.BLOCKS,
        policy_block=blocks.citation("%REF%"),
        line=line if line and 0 < line <= len(lines) else None,
        line_text=lines[line - 1] if line and 0 < line <= len(lines) else "",
        **{
            "problem": "",
            "is_unsaved": False,
            "found": None,
            "policy_words": "",
            "alt": "",
            "alt_problem": "",
            **values,
        },
    )
    return (html, status) if status != 200 else html


def _preview(source: str) -> dict[str, Any]:
    """What would be stored of a text, by the same function, and how long it is."""
    rendered = render(source, cite=policies.registry().cite)
    return {
        "html": Markup(rendered.html),  # noqa: S704 - cleaned when it was rendered
        "characters": rendered.characters,
        "minutes": reading_minutes(rendered.characters, len(rendered.checks)),
    }


@editors
def preview(code: str) -> Response | tuple[Response, int]:
    """The fragment beside the editor, for a text that is not saved: {html, words}. Reads only."""
    source = plain(request.form.get("source"))
    with reading():
        frame.lesson(code)
        try:
            made = _preview(source)
        except Refused as refused:
            return jsonify(sentence=errors.sentence(refused)), 422
    words = _("%(n)s 字，约 %(m)s 分钟", n=made["characters"], m=made["minutes"])
    return jsonify(html=str(made["html"]), words=words)


@editors
def save(code: str) -> Page:
    """Save the draft: as JSON while one writes, else back to the editor, or on to the checklist."""
    form = DraftForm.from_request()  # a slow sender is waited for before anything is locked
    is_valid = form.validate()
    unit = frame.lesson(code)
    if not is_valid:
        with after_refusal():
            return _not_saved(unit, form, 422)
    over = request.form.get("over") == "1"
    try:
        if over and request.form.get("keep") == "theirs":
            return _set_aside(unit, form)
        return _saved(unit, actions.save(unit, form.text, form.revision.data, over=over))
    except EditConflict as conflict:
        with after_refusal():
            return _conflict(unit, form, conflict)
    except Refused as refused:
        with after_refusal():
            return _not_saved(unit, form, 409, errors.sentence(refused))


def _saved(unit: CourseUnit, kept: LessonDraft | None) -> Page:
    words = _("%(at)s 已保存", at=frame.wall(kept.edited_at)) if kept else _("和已发布的一样")
    if errors.wants_json():
        return jsonify(revision=unit.saves, words=words)
    if request.form.get("next") == "publication":
        return redirect(url_for("courses.publication", code=unit.code), 303)
    if kept:
        flash(words, "ok")
    else:
        flash(_("没有改动，和已发布的一样。"), "info")
    return redirect(url_for("courses.draft", code=unit.code), 303)


def _set_aside(unit: CourseUnit, form: DraftForm) -> Page:
    actions.set_aside(unit, form.text)
    flash(_("用了另一份；你的那一份存在版本历史的「换下的草稿」里。"), "ok")
    return redirect(url_for("courses.draft", code=unit.code), 303)


def _not_saved(unit: CourseUnit, form: DraftForm, status: int, problem: str = "") -> Page:
    """What stands in the way; the text stays in the page."""
    if errors.wants_json():
        return make_response(jsonify(sentence=problem or str(next(iter(form.errors.values()))[0])), status)
    return _page(unit, form, status, problem=problem, is_unsaved=True)


def _conflict(unit: CourseUnit, form: DraftForm, conflict: EditConflict) -> Page:
    """Both texts side by side; nothing is lost whichever is chosen."""
    row = queries.draft(unit.id)
    if errors.wants_json():
        return make_response(jsonify(sentence=errors.sentence(conflict), conflict=True), 409)
    theirs = actions.begun_text(unit)
    mine = form.text
    version = queries.current_version(unit.id)
    html = render_template(
        "courses/catalogue/conflict.html",
        unit=unit,
        form=form,
        draft=row,
        version=version,
        theirs=theirs,
        mine=mine,
        revision=unit.saves,
        rows=compare(theirs.source, mine.source),
    )
    return html, 409


@editors
def tools(code: str) -> Page:
    """What the menus do without script: insert a block, a citation or a picture, search policies, or draw the preview.
    The text comes back in the editor, not yet saved.
    """
    form = DraftForm.from_request()
    asked = request.form
    if asked.get("tool") == "picture" and form.validate():
        return _with_picture(code, form)
    with reading():
        unit = frame.lesson(code)
        if not form.validate():
            return _page(unit, form, 422, is_unsaved=True)
        if asked.get("tool") == "policies":
            words = asked.get("policy_words", "")[:80]
            found = policies.citable(words, MOST_RESULTS)
            return _page(unit, form, is_unsaved=True, found=found, policy_words=words)
        piece = blocks.citation(asked["cite"][:120]) if "cite" in asked else ""
        piece = piece or blocks.written(asked.get("block", ""), unit.code, form.source.data)
        if piece:
            form.source.data = blocks.appended(form.source.data, piece)
        return _page(unit, form, is_unsaved=True)


def _with_picture(code: str, form: DraftForm) -> Page:
    alt = request.form.get("alt", "")
    try:
        line = _uploaded(alt)
    except Refused as refused:
        with after_refusal():
            sentence = errors.sentence(refused)
            return _page(frame.lesson(code), form, 422, is_unsaved=True, alt=alt, alt_problem=sentence)
    form.source.data = blocks.appended(form.source.data, line)
    return _page(frame.lesson(code), form, is_unsaved=True)


def _uploaded(alt: str) -> str:
    """The line that shows the picture which came with this request."""
    words = picture_actions.check_alt(alt)
    sent = request.files.get("picture")
    prepared = prepare(sent.read() if sent else b"")
    return picture_actions.markdown(picture_actions.keep(prepared), words)


@editors
def upload() -> Response | tuple[Response, int]:
    """A picture from the editor's script: {markdown}, or a sentence."""
    try:
        return jsonify(markdown=_uploaded(request.form.get("alt", ""))), 201
    except Refused as refused:
        return jsonify(sentence=errors.sentence(refused)), 422


@editors
def policy_search() -> str:
    """The policies and clauses that hold some words, as buttons that insert them."""
    words = request.args.get("q", "").strip()[:80]
    return render_template("courses/catalogue/_policies.html", found=policies.citable(words, MOST_RESULTS), words=words)


@editors
def try_check(code: str, check: str) -> Response:  # noqa: ARG001 - the address is that of the learner's form
    """A 随堂一问 answered in the preview without script: nothing is noted."""
    frame.lesson(code)
    flash(_("这是预览，答案没有记下。"), "info")
    return redirect(url_for("courses.draft", code=code, _anchor="preview"), 303)


@editors
def discard(code: str) -> Response:
    """Give the draft up; its text is kept."""
    unit = frame.lesson(code)
    try:
        actions.discard(unit, request.form.get("revision", 0, type=int))
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
        return redirect(url_for("courses.draft", code=code), 303)
    flash(_("已放弃草稿，学员看到的没有变；草稿存在版本历史的「换下的草稿」里。"), "ok")
    return redirect(url_for("courses.edit_course", code=unit.course.code), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/lessons/<code>/draft", "draft", draft)
    bp.add_url_rule("/training/lessons/<code>/draft", "save_draft", save, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/draft/preview", "preview_draft", preview, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/draft/tools", "draft_tools", tools, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/draft/discard", "discard_draft", discard, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/checks/<check>", "try_check", try_check, methods=["POST"])
    bp.add_url_rule("/training/pictures", "upload_picture", upload, methods=["POST"])
    bp.add_url_rule("/training/policies", "policy_search", policy_search)
