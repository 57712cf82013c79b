"""Claims: all of a cycle for HR, one for those it concerns; who decides it, what became of it, who stands aside."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import dossiers, queries
from appraisals.cycles.actions import contesting
from appraisals.cycles.dossiers import Case
from appraisals.cycles.forms import AssignForm, DecisionForm, RecusalForm
from appraisals.cycles.models import ClaimKind, Cycle, Participation
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Decider
from appraisals.cycles.views.frame import bp, cycle_or_404, grade_choices, grade_word, held, seen
from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS, Person
from lms.web import guards
from lms.web.errors import sentence
from lms.web.shell import mark_section

KINDS = {kind.value: word for kind, word in contesting.KIND_WORDS.items()}


@bp.get("/appraisals/<code>/claims")
def claims(code: str) -> str:
    """The claims of a cycle within one's reach, and its recusal list."""
    mark_section("appraisals.cycles")
    return _list(cycle_or_404(code))


def _list(cycle: Cycle, form: RecusalForm | None = None) -> str:
    guards.allow(bool(held()))
    cases = dossiers.cases_in(cycle.id, guards.reaches("hr", "committee"))
    cases.sort(key=lambda case: not case.is_open)
    return render_template(
        "appraisals/claims.html",
        cycle=cycle,
        cases=[
            (case, _(KINDS[case.claim.kind])) for case in cases if case.claim.participation.person_id != g.person.id
        ],
        today=clock.today(),
        recusals=_recusals(cycle),
        form=form or RecusalForm(),
        may_recuse=bool(held(Actor.hr, Actor.committee)),
    )


def _recusals(cycle: Cycle) -> list[tuple[object, str]]:
    """The recusal list, as far as one's reach goes; the centre sees all of it."""
    if not held(Actor.hr, Actor.committee):
        return []
    rows = dossiers.recusals(cycle.id)
    names = queries.names_of([row.participation_id for row in rows if row.participation_id is not None])
    return [(row, names.get(row.participation_id or 0, _("所有人"))) for row in rows]


@bp.post("/appraisals/<code>/recusals")
def recuse(code: str) -> str | Answer | tuple[str, int]:
    """Put somebody on the recusal list."""
    mark_section("appraisals.cycles")
    cycle = cycle_or_404(code)
    guards.allow(bool(held(Actor.hr, Actor.committee)))
    form = RecusalForm.from_request()
    if not form.validate():
        return _list(cycle, form), 422
    person = dossiers.person_by_number(form.number.data)
    if person is None:
        form.number.errors = [_("没有工号为「%(number)s」的人。", number=form.number.data)]
        return _list(cycle, form), 422
    about: Participation | None = None
    if form.about.data:
        concerned = dossiers.person_by_number(form.about.data)
        about = queries.participation(cycle.id, concerned.id) if concerned else None
        if about is None:
            form.about.errors = [_("这个周期里没有工号为「%(number)s」的人。", number=form.about.data)]
            return _list(cycle, form), 422
    contesting.recuse(cycle, person, about, form.reason.data)
    flash(_("%(name)s已记入回避名单。", name=person.name), "ok")
    return redirect(url_for("appraisals.claims", code=code) + "#recusals", 303)


def _case(claim_id: int) -> Case:
    """The claim, for the claimant, whoever is asked to decide it, and HR and committee within their reach."""
    case = guards.found(dossiers.case(claim_id))
    guards.allow(_is_party(case) or _is_reviewer(case) or _oversees(case), seen=False)
    return case


def _is_party(case: Case) -> bool:
    return bool(case.claim.claimant_id == g.person.id)


def _is_reviewer(case: Case) -> bool:
    return case.assignment is not None and case.assignment.reviewer_id == g.person.id


def _oversees(case: Case) -> bool:
    """HR and committee within reach; never about themselves."""
    about = case.claim.participation
    return about.person_id != g.person.id and queries.may_reach(about.id, guards.reaches("hr", "committee"))


def _assigner(case: Case) -> Decider | None:
    """As whom the signed-in person may name the reviewer; None where they may not."""
    if not case.is_open or not _oversees(case):
        return None
    vendor_id = case.claim.participation.spell.vendor_id
    for actor in held():
        decider = Decider(g.person.id, g.person.name, actor, vendor_id if actor is Actor.vendor_hr else None)
        try:
            contesting.check_assigner(case.claim.participation, decider, case.claim.kind)
        except Refused:
            continue
        return decider
    return None


@bp.get("/claims/<int:claim_id>")
def claim(claim_id: int) -> str:
    """One claim."""
    return _page(_case(claim_id))


def _decision_form(case: Case) -> DecisionForm:
    form = DecisionForm(request.form if request.method == "POST" else None)
    about = case.claim.participation
    form.grade.choices = [("", _("不改等次")), *grade_choices(about.form, about.cycle.kind)]
    return form


def _page(case: Case, assign: AssignForm | None = None, decide: DecisionForm | None = None) -> str:
    about = case.claim.participation
    cycle = about.cycle
    is_staff = _oversees(case) or _is_reviewer(case)
    mark_section("appraisals.cycles" if is_staff and seen() else "home.me")
    decision = case.decision
    latest = queries.latest_decision(about.id)
    return render_template(
        "appraisals/claim.html",
        case=case,
        claim=case.claim,
        about=about,
        cycle=cycle,
        kind=_(KINDS[case.claim.kind]),
        is_staff=is_staff,
        is_own=about.person_id == g.person.id,
        may_open=about.person_id != g.person.id and queries.may_reach(about.id, seen()),
        changes=case.claim.kind in {ClaimKind.review, ClaimKind.appeal},
        now_word=grade_word(about.form, cycle.kind, latest.grade if latest and latest.is_final else None),
        new_word=grade_word(about.form, cycle.kind, decision.grade) if decision and decision.grade else None,
        may_assign=_assigner(case) is not None,
        may_decide=case.is_open and _is_reviewer(case),
        assign=assign or AssignForm(),
        decide=decide or _decision_form(case),
        is_vendor=about.form in VENDOR_FORMS,
        is_late=case.is_open and case.claim.answer_due_on is not None and case.claim.answer_due_on < clock.today(),
    )


@bp.post("/claims/<int:claim_id>/assignment")
def assign(claim_id: int) -> str | Answer | tuple[str, int]:
    """Name who decides."""
    case = _case(claim_id)
    assigner = _assigner(case)
    guards.allow(assigner is not None)
    assert assigner is not None
    form = AssignForm.from_request()
    if not form.validate():
        return _page(case, assign=form), 422
    reviewer = dossiers.person_by_number(form.number.data)
    if reviewer is None:
        form.number.errors = [_("没有工号为「%(number)s」的人。", number=form.number.data)]
        return _page(case, assign=form), 422
    try:
        contesting.assign(case, reviewer, assigner)
    except Refused as refused:
        form.number.errors = [sentence(refused)]
        return _page(case, assign=form), 422
    flash(_("已请%(name)s处理。", name=reviewer.name), "ok")
    return redirect(url_for("appraisals.claim", claim_id=claim_id), 303)


@bp.post("/claims/<int:claim_id>/decision")
def decide(claim_id: int) -> str | Answer | tuple[str, int]:
    """Decide the claim."""
    case = _case(claim_id)
    guards.allow(_is_reviewer(case))
    form = _decision_form(case)
    if not form.validate():
        return _page(case, decide=form), 422
    grade = Grade(form.grade.data) if form.grade.data else None
    try:
        contesting.decide(
            case, db.session.get_one(Person, g.person.id),
            is_upheld=form.outcome.data == "upheld", text=form.text.data, grade=grade,
        )  # fmt: skip
    except Refused as refused:
        form.text.errors = [sentence(refused)]
        return _page(case, decide=form), 422
    flash(_("决定已保存，当事人会收到通知。"), "ok")
    return redirect(url_for("appraisals.claim", claim_id=claim_id), 303)
