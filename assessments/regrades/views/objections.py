"""异议: raised on the result page, answered by trainers; and marking once more."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import queries as attempts
from assessments.attempts.models import Attempt
from assessments.exams import rules as exam_rules
from assessments.markers import actions as marking
from assessments.markers import queries as scripts
from assessments.regrades import actions, queries
from assessments.regrades.models import Objection
from assessments.regrades.views.frame import SECTION, STAFF, bp, may_rule, scope
from courses.catalogue.rules import shown_title
from lms import clock
from lms.errors import Refused
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.languages import locale
from lms.web.shell import mark_section

PAGE = 50
Page = str | Response | tuple[str, int]


def _own(attempt_id: int) -> Attempt:
    """One's own attempt whose questions may be seen; else there is nothing here."""
    mark_section("exams.index")
    attempt = guards.found(attempts.attempt(attempt_id, g.person.id))
    is_over = exam_rules.is_closed(attempt.exam, clock.now())
    guards.allow(exam_rules.may_review(attempt.terms["review"], is_over=is_over), seen=False)
    return attempt


@bp.route("/attempts/<int(max=2147483647):attempt_id>/objections/<int(max=9999):n>", methods=["GET", "POST"])
def object_to(attempt_id: int, n: int) -> Page:
    """对本题有异议: the question, one's answer, and why."""
    attempt = _own(attempt_id)
    asked, item = guards.found(queries.item_of(attempt.id, n))
    known = queries.objections_of(attempt.id).get(n)
    error, reason = "", request.form.get("reason", "")
    if request.method == "POST":
        try:
            actions.object_to(attempt, n, reason)
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("异议已经提交，答复会出现在成绩页，也会通知你。"), "ok")
            return redirect(url_for("attempts.result", attempt_id=attempt.id, _anchor="wrong"), 303)
    page = render_template(
        "assessments/regrades/object.html",
        attempt=attempt,
        title=shown_title(attempt.exam, locale()),
        n=n,
        stem=Markup(asked.version.stem_html),  # noqa: S704 - cleaned when it was stored
        item=item,
        known=known,
        reason=reason,
        error=error,
    )
    return (page, 422) if error else page


@bp.get("/training/objections")
@needs(*STAFF)
def objections() -> str:
    """Objections that wait for an answer, or that have one."""
    is_open = request.args.get("state") != "answered"
    page = min(max(1, request.args.get("page", 1, type=int)), 100_000)
    version_id = request.args.get("question", type=int)
    rows, total = queries.objections_page(scope(), is_open=is_open, version_id=version_id, page=page, limit=PAGE)

    def at(number: int) -> str:
        state = None if is_open else "answered"
        return url_for("regrades.objections", state=state, question=version_id, page=number)

    return render_template(
        "assessments/regrades/objections.html",
        rows=rows,
        total=total,
        is_open=is_open,
        version_id=version_id,
        first=(page - 1) * PAGE + 1,
        last=(page - 1) * PAGE + len(rows),
        previous=at(page - 1) if page > 1 else None,
        following=at(page + 1) if page * PAGE < total else None,
    )


def _objection(objection_id: int) -> Objection:
    mark_section(SECTION)
    found = guards.found(queries.objection(objection_id))
    reached = scope()
    if reached is not None:
        guards.allow(queries.is_by(found.id, reached), seen=False)
    return found


@bp.route("/training/objections/<int(max=2147483647):objection_id>", methods=["GET", "POST"])
@needs(*STAFF)
def objection(objection_id: int) -> Page:
    """One objection: the question with its key, what was answered, why it is doubted; and the answer to it."""
    found = _objection(objection_id)
    error, words = "", request.form.get("answer", "")
    if request.method == "POST":
        try:
            verdict = {"yes": True, "no": False}.get(request.form.get("verdict", ""))
            actions.answer(found, g.person.id, words, is_upheld=verdict)
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("已答复，提异议的人会收到通知。"), "ok")
            return redirect(url_for("regrades.objection", objection_id=found.id), 303)
    asked, item = guards.found(queries.item_of(found.attempt_id, found.position))
    version = asked.version
    right = [option["key"] for option in version.options if option["is_right"]] or [
        str(one) for one in version.accepted
    ]
    value = item.value or {}
    script = scripts.of_place(found.attempt_id, found.position) if found.is_upheld else None
    page = render_template(
        "assessments/regrades/objection.html",
        objection=found,
        question=found.version.question,
        title=shown_title(found.attempt.exam, locale()),
        stem=Markup(version.stem_html),  # noqa: S704 - cleaned when it was stored
        choices=[{"key": o["key"], "body": Markup(o["html"]), "state": "plain"} for o in version.options],  # noqa: S704
        right=_("、").join(right),
        given=_("、").join(value.get("chosen", ())) or str(value.get("text") or ""),
        item=item,
        is_own=found.person_id == g.person.id,
        may_rule=may_rule(),
        version=found.version,
        script=script,
        words=words,
        verdict=request.form.get("verdict", ""),
        error=error,
    )
    return (page, 422) if error else page


@bp.route("/training/objections/<int(max=2147483647):objection_id>/marks", methods=["GET", "POST"])
@needs(*STAFF)
def mark_again(objection_id: int) -> Page:
    """After an upheld objection to a mark: somebody else marks the answer once more."""
    found = _objection(objection_id)
    guards.allow(bool(found.is_upheld), seen=False)
    guards.allow(found.person_id != g.person.id)
    known = guards.found(scripts.of_place(found.attempt_id, found.position))
    script = guards.found(scripts.script(known.id))
    given = [request.form.get(f"points-{n}", "") for n in range(len(script.version.rubric))]
    comment, error = request.form.get("comment", ""), ""
    if request.method == "POST":
        try:
            marking.mark_again(script.id, g.person.id, given, comment, f"异议成立：{found.answer}")
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("已重新评分；分数变了的话，本人会收到通知。"), "ok")
            return redirect(url_for("regrades.objection", objection_id=found.id), 303)
    page = render_template(
        "assessments/regrades/mark_again.html",
        objection=found,
        script=script,
        stem=Markup(script.version.stem_html),  # noqa: S704 - cleaned when it was stored
        model_answer=str(script.version.accepted[0]) if script.version.accepted else "",
        rows=_rows(script.version.rubric, given),
        comment=comment,
        error=error,
    )
    return (page, 422) if error else page


def _rows(rubric: list[dict[str, Any]], given: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "n": n,
            "criterion": row["criterion"],
            "most": row["points"],
            "choices": [],
            "words": row["descriptors"],
            "value": given[n],
        }
        for n, row in enumerate(rubric)
    ]
