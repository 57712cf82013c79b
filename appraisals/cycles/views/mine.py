"""One's own appraisal: where it stands, the summary, the evidence, the grade, the signature, review and appeal."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import dossiers, queries, remedies
from appraisals.cycles.actions import contesting, moving, signing
from appraisals.cycles.forms import DisputeForm, SignForm, SummaryForm, TextForm
from appraisals.cycles.models import ClaimKind, GradeDecision, Participation
from appraisals.cycles.rules.claims import CLOSING_HOUR
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import FormStage, Stage
from appraisals.cycles.views import steps
from appraisals.cycles.views.explained import explained
from appraisals.cycles.views.frame import GRADE_TAGS, bp, grade_word
from appraisals.scores.rules import Node
from lms import clock
from lms.errors import Refused
from lms.web import guards
from lms.web.errors import sentence
from lms.web.shell import mark_section


@dataclass(frozen=True)
class Outcome:
    """The determined grade in its word, with who decided and why."""

    word: str
    tone: str
    decision: GradeDecision


def outcome(found: Participation) -> Outcome | None:
    """The grade of a participation once it is determined."""
    if Stage(found.cycle.state) not in {Stage.determined, Stage.publicity, Stage.final, Stage.archived}:
        return None
    final = next((one for one in queries.decisions(found.id) if one.is_final), None)
    if final is None:
        return None
    word = grade_word(found.form, found.cycle.kind, final.grade)
    return Outcome(word, {k.value: v for k, v in GRADE_TAGS.items()}.get(final.grade, ""), final)


@bp.get("/me/appraisals/<code>")
def mine(code: str) -> str:
    """The page."""
    return _page(code)


def own(code: str) -> Participation:
    """The signed-in person's own form in a cycle that has been published; 404 where they take no part."""
    cycle = guards.found(queries.cycle(code))
    guards.allow(cycle.state != Stage.plan_draft, seen=False)
    return guards.found(queries.participation(cycle.id, g.person.id))


def _page(code: str, **forms: Any) -> str:
    mark_section("home.me")
    found = own(code)
    cycle = found.cycle
    taken = dossiers.steps(found.id)
    standing = signing.standing(found)
    result = outcome(found)
    return render_template(
        "appraisals/mine.html",
        cycle=cycle,
        stage=Stage(cycle.state),
        found=found,
        steps=steps.own_stepper(cycle, queries.moves(cycle.id), taken),
        standing=standing,
        outcome=result,
        may_write=cycle.state == Stage.self_summary,
        due=steps.planned_day(cycle, Stage.self_summary),
        form=forms.get("form") or SummaryForm(data={"summary": found.draft or found.summary}),
        versions=dossiers.summaries(found.id),
        check=_check(found),
        dispute=forms.get("dispute") or dispute_form(found),
        sign=forms.get("sign") or SignForm(),
        may_sign=standing is FormStage.notified,
        signature=next((one for one in taken if one.to_stage == FormStage.signed), None),
        contests=_contests(found, result),
        contest=forms.get("contest") or TextForm(),
        contest_kind=forms.get("contest_kind"),
        cases=[(case, _(contesting.KIND_WORDS[case.claim.kind])) for case in dossiers.cases_by(g.person.id, cycle.id)],
        publicities=_publicities(found),
        own_opinions=_opinions(found, taken),
        has_form=bool(taken),
        **explained(found),
    )


def _opinions(found: Participation, taken: list[Any]) -> list[GradeDecision]:
    """What leaders wrote, once the result has been told."""
    if not taken:
        return []
    return [one for one in queries.decisions(found.id) if one.grade == queries.OPINION]


def _check(found: Participation) -> dict[str, Any] | None:
    """Whether the evidence may be looked through now, until when, and what was said already."""
    due = contesting.evidence_due_on(found)
    if due is None or found.score_id is None:
        return None
    is_stage = Stage(found.cycle.state) in contesting.CHECKING
    done = dossiers.evidence_check(found.id, found.score_id)
    is_open = is_stage and clock.now() < clock.local_instant(due, CLOSING_HOUR)
    return {"due": due, "is_open": is_open, "done": done} if is_open or done else None


def dispute_form(found: Participation) -> DisputeForm:
    """The form with the parts of this person's score to choose from."""
    form = DisputeForm(request.form if request.method == "POST" else None)
    node = Node.from_dict(found.score.tree) if found.score else None
    form.subject.choices = [
        (part.code, f"{_(dimension.label)} · {_(part.label)}")
        for dimension in (node.children if node else ())
        for part in dimension.children
    ]
    return form


def _contests(found: Participation, result: Outcome | None) -> list[dict[str, Any]]:
    """Review and appeal as they are open now: the word, the last day, where to send it."""
    if result is None:
        return []
    remedy = remedies.remedy(found.form, found.cycle.period_from)
    standing = signing.standing(found)
    ways = {FormStage.signed: (ClaimKind.review, ClaimKind.appeal), FormStage.review_decided: (ClaimKind.appeal,)}
    offered = []
    for kind in ways.get(standing, ()):
        if Grade(result.decision.grade) not in remedy.contestable:
            continue
        try:
            last: date = contesting.contest_until(kind, found)
        except Refused:
            continue
        if clock.now() < clock.local_instant(last, CLOSING_HOUR):
            offered.append({"kind": kind.value, "word": _(contesting.KIND_WORDS[kind]), "last": last})
    return offered


def _publicities(found: Participation) -> list[tuple[Any, bool]]:
    """Lists of the cycle that are public now, and whether the person is on them."""
    return [
        (one, any(row["participation_id"] == found.id for row in one.rows))
        for one, cycle in dossiers.running_publicities()
        if cycle.id == found.cycle_id
    ]


def _back(code: str, anchor: str = "") -> Answer:
    return redirect(url_for("appraisals.mine", code=code) + anchor, 303)


@bp.post("/me/appraisals/<code>/summary")
def summary(code: str) -> str | Answer | tuple[str, int]:
    """Hand in the own summary, or keep it as a draft."""
    found = own(code)
    form = SummaryForm.from_request()
    if request.form.get("as") == "draft":
        moving.save_draft(found, form.summary.data or "", g.person.id)
        flash(_("草稿已保存，还没有提交。"), "ok")
        return _back(code, "#summary")
    try:
        moving.save_summary(found, form.summary.data or "", g.person.id)
    except Refused as refused:
        form.summary.errors = [sentence(refused)]
        return _page(code, form=form), 422
    flash(_("个人总结已提交，收总结期间还可以改。"), "ok")
    return _back(code)


@bp.post("/me/appraisals/<code>/draft")
def draft(code: str) -> Answer:
    """Keep the draft while somebody writes; answers with the time it was kept, or with why it was not."""
    found = own(code)
    try:
        moving.save_draft(found, request.form.get("summary", ""), g.person.id)
    except Refused as refused:
        return make_response(sentence(refused), 409)
    return make_response(_("草稿 %(at)s 已保存", at=f"{clock.local(clock.now()):%H:%M}"))


@bp.post("/me/appraisals/<code>/evidence")
def confirm(code: str) -> Answer:
    """Say that the evidence is right."""
    contesting.confirm_evidence(own(code), g.person.id)
    flash(_("已确认证据无误。"), "ok")
    return _back(code)


@bp.post("/me/appraisals/<code>/disputes")
def dispute(code: str) -> str | Answer | tuple[str, int]:
    """Say which part of the evidence is wrong."""
    found = own(code)
    form = dispute_form(found)
    if not form.validate():
        return _page(code, dispute=form), 422
    try:
        claim = contesting.contest_evidence(found, g.person.id, form.subject.data, form.text.data)
    except Refused as refused:
        form.text.errors = [sentence(refused)]
        return _page(code, dispute=form), 422
    flash(_("核对请求已提交，进展在这里看。"), "ok")
    return redirect(url_for("appraisals.claim", claim_id=claim.id), 303)


@bp.post("/me/appraisals/<code>/signature")
def signature(code: str) -> str | Answer | tuple[str, int]:
    """Sign the form: agree, or disagree with the reason."""
    found = own(code)
    form = SignForm.from_request()
    if not form.validate():
        return _page(code, sign=form), 422
    try:
        signing.sign(found, g.person.id, agrees=form.answer.data == "agree", text=form.text.data or "")
    except Refused as refused:
        form.text.errors = [sentence(refused)]
        return _page(code, sign=form), 422
    flash(_("已签署。"), "ok")
    return _back(code)


@bp.post("/me/appraisals/<code>/contests/<kind>")
def contest(code: str, kind: str) -> str | Answer | tuple[str, int]:
    """Ask for a review of the grade, or appeal."""
    found = own(code)
    guards.allow(kind in {ClaimKind.review, ClaimKind.appeal}, seen=False)
    form = TextForm.from_request()
    if not form.validate():
        return _page(code, contest=form, contest_kind=kind), 422
    try:
        claim = contesting.contest_grade(ClaimKind(kind), found, g.person.id, form.text.data)
    except Refused as refused:
        form.text.errors = [sentence(refused)]
        return _page(code, contest=form, contest_kind=kind), 422
    flash(_("%(kind)s已提交，进展在这里看。", kind=_(contesting.KIND_WORDS[claim.kind])), "ok")
    return redirect(url_for("appraisals.claim", claim_id=claim.id), 303)
