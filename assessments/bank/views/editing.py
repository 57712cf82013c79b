"""Write a question: the steps on the form, saving, a new one, a copy."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.bank import forms, source
from assessments.bank.actions import editing, reviewing
from assessments.bank.actions.reviewing import Ready
from assessments.bank.forms import Editor
from assessments.bank.models import Question
from assessments.bank.rules import states, wording
from assessments.bank.views import listing, panes
from assessments.bank.views.frame import STAFF, address, prepared, query_of, question_or_404, wanted_filter
from courses.catalogue import queries as catalogue
from lms.db import reading
from lms.errors import Refused
from lms.policies import queries as policies
from lms.web import errors
from lms.web.guards import needs
from lms.web.shell import mark_section

UNPROCESSABLE, CONFLICT = 422, 409


def _wish() -> tuple[str, str]:
    """What the pressed button asks for, and of which thing: 「up:2」 is (up, 2)."""
    name, _colon, argument = request.form.get("do", "save").partition(":")
    return name, argument


@needs(*STAFF)
def write(code: str) -> str | Response | tuple[str, int]:
    """The editor of a question was sent: a step that saves nothing, or save, or save and send to review."""
    name, argument = _wish()
    shown = forms.sent(request.form, code)
    if name in forms.STEPS:
        with reading():
            question = question_or_404(code)
            forms.step(shown, name, argument)
            return listing.bank_page(question, "prev" if name == "preview" else "edit", shown)
    shown.errors += wording.faults(forms.finished(shown))
    _check_tags(shown)
    ready = prepared(code, shown.draft) if name == "send" and not shown.errors else None
    question = question_or_404(code, to_change=True)
    if shown.errors:
        return listing.bank_page(question, "edit", shown), UNPROCESSABLE
    return _keep(question, shown, ready)


def _keep(question: Question, shown: Editor, ready: Ready | None) -> str | Response | tuple[str, int]:
    """Save; and with a wording that was looked through for it, send to review."""
    try:
        kept = editing.save(question, shown.draft, shown.edition)
    except Refused as refused:
        if question.edition == shown.edition:
            return listing.bank_page(question, "edit", shown, refused=errors.sentence(refused)), CONFLICT
        shown.edition = question.edition
        conflict = {"by": question.draft.saved_by if question.draft else "", "theirs": source.latest_wording(question)}
        return listing.bank_page(question, "edit", shown, conflict=conflict), CONFLICT
    editing.set_tags(question, states.tags_in(shown.tags))
    if ready is None:
        words = _("已保存草稿，发布以后才会抽到。") if kept else _("和已发布的内容一样，没有新的草稿。")
        flash(words, "ok")
        return redirect(address(question), 303)
    shown.edition, shown.errors = question.edition, ready.gaps
    try:
        reviewing.send(question, question.edition, len(ready.gaps))
    except Refused as refused:
        page = listing.bank_page(question, "edit", shown, refused=errors.sentence(refused))
        return page, UNPROCESSABLE if ready.gaps else CONFLICT
    flash(_("已送审，由另一位培训师审核后发布。"), "ok")
    return redirect(address(question), 303)


def _check_tags(shown: Editor) -> None:
    try:
        states.tags_in(shown.tags)
    except Refused as refused:
        shown.errors.append(("tags", refused))


def _new_page(shown: Editor, **more: Any) -> str:
    mark_section("exams.questions")
    registry = policies.registry()
    return render_template(
        "assessments/bank/new.html",
        editor=shown,
        sent=more,
        question=None,
        may_edit=True,
        query=query_of(wanted_filter()),
        **listing.choices(),
        **panes.beside(shown, shown.course_code, registry),
    )


@needs(*STAFF)
def new() -> str | Response | tuple[str, int]:
    """A question that is not there yet: the empty editor, its steps, and the first save."""
    courses = catalogue.open_courses()
    if request.method == "GET":
        chosen = next((one for one in courses if one.code == wanted_filter().course), courses[0] if courses else None)
        first = chosen.competencies[0] if chosen and chosen.competencies else "K3"
        return _new_page(forms.blank(chosen.code if chosen else "", first))
    name, argument = _wish()
    shown = forms.sent(request.form, "")
    if name in forms.STEPS:
        with reading():
            forms.step(shown, name, argument)
            return _new_page(shown)
    shown.errors += wording.faults(forms.finished(shown))
    if not shown.draft.stem:
        shown.errors.append(("stem", Refused("先写题干，再保存。")))
    if shown.course_code not in {one.code for one in courses}:
        shown.errors.append(("course", Refused("选一门课，题目归在它的题库里。")))
    _check_tags(shown)
    if shown.errors:
        return _new_page(shown), UNPROCESSABLE
    question = editing.begin(shown.course_code, shown.draft, states.tags_in(shown.tags))
    flash(_("已建 %(code)s，现在是草稿。", code=question.code), "ok")
    return redirect(url_for("exams.question", code=question.code), 303)


@needs(*STAFF)
def copy(code: str) -> Response:
    """A new draft that says the same."""
    made = editing.copy(question_or_404(code))
    flash(_("已复制成 %(code)s，现在是草稿。", code=made.code), "ok")
    return redirect(address(made), 303)


@needs(*STAFF)
def adopt(code: str) -> Response:
    """Take the library's newer text into the working copy, to be reviewed like any other."""
    question = question_or_404(code, to_change=True)
    offered = next(iter(source.parse(question.library_source)[0]), None)
    if offered is None:
        raise Refused("课程库里没有等着采用的写法。")
    editing.save(question, offered, request.form.get("edition", -1, type=int))
    flash(_("课程库的写法已放进草稿，送审发布后生效。"), "ok")
    return redirect(address(question), 303)


@needs(*STAFF)
def preview() -> Response:
    """The question as an agent sees it, for the preview that follows the typing; saves nothing."""
    with reading():
        shown = forms.sent(request.form, "")
        html = render_template(
            "assessments/bank/_phone.html", preview=panes.preview(shown.draft, policies.registry()), editor=shown
        )
    return make_response(html)


def register(bp: Blueprint) -> None:
    """Put the verbs at their addresses."""
    bp.add_url_rule("/training/questions/<code>", "question_write", write, methods=["POST"])
    bp.add_url_rule("/training/bank/new", "question_new", new, methods=["GET", "POST"])
    bp.add_url_rule("/training/bank/preview", "question_preview", preview, methods=["POST"])
    bp.add_url_rule("/training/questions/<code>/copy", "question_copy", copy, methods=["POST"])
    bp.add_url_rule("/training/questions/<code>/library", "question_adopt", adopt, methods=["POST"])
