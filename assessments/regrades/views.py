"""改判 with its dry run, and 异议: raised on the result page, answered by trainers."""

from datetime import date
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Select
from werkzeug.wrappers import Response

from assessments.attempts import queries as attempts
from assessments.attempts.models import Attempt
from assessments.bank.models import QuestionVersion
from assessments.exams import queries as exams
from assessments.exams import rules as exam_rules
from assessments.exams.models import Exam
from assessments.markers import actions as marking
from assessments.markers import queries as scripts
from assessments.marking.rules import Ruling
from assessments.regrades import actions, queries, rules
from assessments.regrades.models import Objection
from assessments.regrades.queries import Scope
from courses.catalogue.rules import shown_title
from lms import clock
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Job
from lms.people import queries as people
from lms.web import errors, guards, slots
from lms.web import links as link_kinds
from lms.web.guards import Visitor, needs
from lms.web.languages import locale
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import Card, NavItem

bp = Blueprint("regrades", "assessments")
STAFF = ("trainer",)
SECTION = "regrades.objections"
LISTED = 300  # names on the dry run; all of them are counted
PAGE = 50
Page = str | Response | tuple[str, int]


def _may_rule() -> bool:
    """A ruling reaches everybody who was asked the item, so only who works for everybody decides it."""
    return any(one.scope == "all" for one in guards.reaches(*STAFF))


def _version(code: str) -> QuestionVersion:
    """The wording named by ?v=, or the newest."""
    mark_section("exams.questions")
    versions = queries.versions_of(code)
    number = request.values.get("v", type=int)
    return guards.found(next((one for one in versions if number in (None, one.number)), None))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refused("日期写成 2026-11-24 这样。") from None


def _asked(version: QuestionVersion) -> tuple[Scope, Ruling, str]:
    """What the form asks for, read and checked."""
    values = request.values
    keys = values.getlist("keys") if version.options else values.get("texts", "").replace("｜", "|").split("|")
    exam = exams.exam(values["exam"]) if values.get("exam") else None
    ruling = rules.read_ruling(version, values.get("kind", ""), keys)
    reason = rules.checked_reason(values.get("reason", ""))
    return Scope(version.id, exam.id if exam else None, _day(values.get("since", ""))), ruling, reason


@bp.get("/training/questions/<code>/ruling")
@needs(*STAFF)
def ruling_form(code: str) -> str:
    """Choose how a faulty item is marked, for whom, why."""
    guards.allow(_may_rule())
    return _form(_version(code))


def _form(version: QuestionVersion, error: str = "") -> str:
    asked_in = queries.exams_asking(version.id)
    return render_template(
        "assessments/regrades/form.html",
        version=version,
        question=version.question,
        stem=Markup(version.stem_html),  # noqa: S704 - cleaned when it was stored
        options=[{**one, "body": Markup(one["html"])} for one in version.options],  # noqa: S704
        kinds=[(kind, _(label)) for kind, label in rules.KINDS.items() if _fits(version, kind)],
        exams=[("", _("全部考试")), *((one.code, shown_title(one, locale())) for one in asked_in)],
        versions=queries.versions_of(version.question.code),
        values=request.values,
        chosen=request.values.getlist("keys"),
        error=error,
        earlier=queries.rulings_on([version.id]),
        kind_words=rules.KINDS,
    )


def _fits(version: QuestionVersion, kind: str) -> bool:
    return str(version.type) != "short_answer" or kind in rules.BY_HAND


@bp.get("/training/questions/<code>/ruling/preview")
@needs(*STAFF)
def preview(code: str) -> Page:
    """The dry run: who changes, before and after; nothing is written."""
    guards.allow(_may_rule())
    version = _version(code)
    try:
        scope, ruling, reason = _asked(version)
    except Refused as refused:
        return _form(version, errors.sentence(refused)), 422
    return _preview_page(version, queries.preview(scope, ruling), ruling, reason)


def _preview_page(
    version: QuestionVersion, found: queries.Preview, ruling: Ruling, reason: str, error: str = ""
) -> str:
    return render_template(
        "assessments/regrades/preview.html",
        version=version,
        question=version.question,
        found=found,
        shown=found.changes[:LISTED],
        ruling=ruling,
        kind=_(rules.KINDS[ruling.kind]),
        reason=reason,
        fields=[(key, value) for key, value in request.values.items(multi=True) if key != "seen"],
        seen=_seen(found),
        error=error,
    )


def _seen(found: queries.Preview) -> str:
    """The numbers somebody has looked at, so that they confirm these and no others."""
    return "-".join(str(one) for one in found.forecast.values())


@bp.post("/training/questions/<code>/ruling")
@needs(*STAFF)
def decide(code: str) -> Page:
    """Confirm what the dry run has shown; if it has changed meanwhile, it is shown again."""
    with reading():  # the dry run is worked out again before anything is held for writing
        guards.allow(_may_rule())
        version = _version(code)
        try:
            scope, ruling, reason = _asked(version)
        except Refused as refused:
            return _form(version, errors.sentence(refused)), 422
        found = queries.preview(scope, ruling)
        if request.form.get("seen") != _seen(found):
            words = _("刚才有人交卷或改判，名单变了。看过新的名单再确认。")
            return _preview_page(version, found, ruling, reason, words), 422
    try:
        made = actions.decide(scope, ruling, reason, g.person.id, found.forecast)
    except Refused as refused:
        return _preview_page(_version(code), found, ruling, reason, errors.sentence(refused)), 422
    flash(_("已确认。成绩变了的人会收到通知。"), "ok")
    return redirect(url_for("regrades.ruling", ruling_id=made.id), 303)


@bp.get("/training/rulings/<int(max=2147483647):ruling_id>")
@needs(*STAFF)
def ruling(ruling_id: int) -> str:
    """A ruling: what was decided and why, how far its job is, what it has changed."""
    mark_section("exams.questions")
    found = guards.found(queries.ruling(ruling_id))
    job = db.session.get(Job, found.job_id) if found.job_id else None
    return render_template(
        "assessments/regrades/ruling.html",
        ruling=found,
        question=found.version.question,
        kind=_(rules.KINDS[found.kind]),
        keys=_("、").join(found.keys),
        job=job,
        may_withdraw=bool(job and job.status == "queued" and found.withdrawn_at is None and _may_rule()),
        results=queries.regraded(found.id),
    )


@bp.post("/training/rulings/<int(max=2147483647):ruling_id>/withdrawal")
@needs(*STAFF)
def withdraw(ruling_id: int) -> Response:
    """Take a ruling back that has not begun."""
    guards.allow(_may_rule())
    found = guards.found(queries.ruling(ruling_id))
    try:
        actions.withdraw(found)
        flash(_("改判已取消，没有改动成绩。"), "ok")
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    return redirect(url_for("regrades.ruling", ruling_id=ruling_id), 303)


# Objections ------------------------------------------------------------------------------------------------------


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


def _scope() -> Select[Any] | None:
    reaches = guards.reaches(*STAFF)
    return None if any(one.scope == "all" for one in reaches) else people.persons_in_scope(reaches, clock.today())


@bp.get("/training/objections")
@needs(*STAFF)
def objections() -> str:
    """Objections that wait for an answer, or that have one."""
    is_open = request.args.get("state") != "answered"
    page = min(max(1, request.args.get("page", 1, type=int)), 100_000)
    version_id = request.args.get("question", type=int)
    rows, total = queries.objections_page(_scope(), is_open=is_open, version_id=version_id, page=page, limit=PAGE)

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
    reached = _scope()
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
        may_rule=_may_rule(),
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


# What others show ------------------------------------------------------------------------------------------------


def result_objections(attempt: Attempt, *, is_own: bool) -> dict[int, Card]:
    """Under each question of the result page: the way to object, or the objection with its answer."""
    if attempt.status != "handed_in":
        return {}
    known = queries.objections_of(attempt.id)
    places = attempts.places(attempt.id) if is_own else []
    positions = {one.position for one in places} | set(known)
    return {
        position: Card("assessments/regrades/_objection.html", {"known": known.get(position), "n": position}, order=30)
        for position in positions
    }


def item_notes(exam: Exam, version_ids: list[int]) -> dict[int, Card]:
    """In the item table: objections to a question and the way to 改判."""
    counts = queries.objection_counts(version_ids)
    named = {one.id: one for one in queries.versions(version_ids)}
    return {
        version_id: Card(
            "assessments/regrades/_note.html",
            {
                "n": counts.get(version_id, 0),
                "version_id": version_id,
                "code": named[version_id].question.code,
                "number": named[version_id].number,
                "exam": exam.code,
                "may_rule": _may_rule(),
            },
        )
        for version_id in version_ids
    }


def question_card(version: QuestionVersion) -> Card:
    """On a question's page in the bank: rulings on this wording and the way to a new one."""
    values = {
        "rulings": queries.rulings_on([version.id]),
        "kinds": rules.KINDS,
        "code": version.question.code,
        "number": version.number,
        "may_rule": _may_rule(),
    }
    return Card("assessments/regrades/_question.html", values, order=40)


def desk_card(_person: Visitor) -> Card | None:
    """Objections that wait."""
    if not guards.reaches(*STAFF):
        return None
    n = queries.objections_page(_scope(), is_open=True, limit=1)[1]
    return Card("assessments/regrades/_desk.html", {"n": n}, order=26) if n else None


def navigation() -> list[NavItem]:
    """异议 for trainers."""
    return [NavItem("异议", SECTION, "message-square-quote", shell="staff", roles=frozenset(STAFF), order=33)]


def ruling_link(ref_id: str) -> Target | None:
    """A ruling, for trainers."""
    found = queries.ruling(int(ref_id)) if ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 10 else None
    if found is None:
        return None
    href = url_for("regrades.ruling", ruling_id=found.id) if guards.reaches(*STAFF) else None
    return Target(_("改判 %(code)s", code=found.version.question.code), href)


def objection_link(ref_id: str) -> Target | None:
    """An objection, for trainers."""
    href = None
    if guards.reaches(*STAFF) and ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 10:
        href = url_for("regrades.objection", objection_id=int(ref_id))
    return Target(_("异议 %(n)s", n=ref_id), href)


def init_app(app: Flask) -> None:
    """Register pages, slots and links."""
    app.register_blueprint(bp)
    for slot, filler in (
        ("navigation", navigation),
        ("desk", desk_card),
        ("result_lines", result_objections),
        ("item_notes", item_notes),
        ("question_page", question_card),
    ):
        slots.fill(app, slot, filler)
    link_kinds.register(app, "ruling", "改判", ruling_link)
    link_kinds.register(app, "objection", "异议", objection_link)
