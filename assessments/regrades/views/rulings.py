"""改判: choose, look at the dry run, confirm; the page of a ruling with its job."""

from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.bank.models import QuestionVersion
from assessments.exams import queries as exams
from assessments.marking.rules import Ruling
from assessments.regrades import actions, queries, rules
from assessments.regrades.queries import Scope
from assessments.regrades.views.frame import STAFF, bp, may_rule
from courses.catalogue.rules import shown_title
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Job
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.languages import locale
from lms.web.shell import mark_section

LISTED = 300  # names on the dry run; all of them are counted
Page = str | Response | tuple[str, int]


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
    guards.allow(may_rule())
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
    guards.allow(may_rule())
    version = _version(code)
    try:
        about, ruling, reason = _asked(version)
    except Refused as refused:
        return _form(version, errors.sentence(refused)), 422
    return _preview_page(version, queries.preview(about, ruling), ruling, reason)


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
        guards.allow(may_rule())
        version = _version(code)
        try:
            about, ruling, reason = _asked(version)
        except Refused as refused:
            return _form(version, errors.sentence(refused)), 422
        found = queries.preview(about, ruling)
        if request.form.get("seen") != _seen(found):
            words = _("刚才有人交卷或改判，名单变了。看过新的名单再确认。")
            return _preview_page(version, found, ruling, reason, words), 422
    try:
        made = actions.decide(about, ruling, reason, g.person.id, found.forecast)
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
        may_withdraw=bool(job and job.status == "queued" and found.withdrawn_at is None and may_rule()),
        results=queries.regraded(found.id),
    )


@bp.post("/training/rulings/<int(max=2147483647):ruling_id>/withdrawal")
@needs(*STAFF)
def withdraw(ruling_id: int) -> Response:
    """Take a ruling back that has not begun."""
    guards.allow(may_rule())
    found = guards.found(queries.ruling(ruling_id))
    try:
        actions.withdraw(found)
        flash(_("改判已取消，没有改动成绩。"), "ok")
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    return redirect(url_for("regrades.ruling", ruling_id=ruling_id), 303)
