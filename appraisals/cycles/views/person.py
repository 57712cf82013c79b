"""「为什么是这个分数」: one person in a cycle, for whoever may see them; their grade, opinions, raw rows."""

from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import dossiers, gradings, queries, seating
from appraisals.cycles.actions import grading
from appraisals.cycles.forms import GradeForm, OpinionForm
from appraisals.cycles.models import Cycle, GradeDecision, Participation
from appraisals.cycles.rules import deciders
from appraisals.cycles.rules.grades import LOW_GRADES, Grade
from appraisals.cycles.rules.stages import Actor, Decider, FormStage, Stage
from appraisals.cycles.views.explained import explained
from appraisals.cycles.views.frame import (
    GRADE_TAGS,
    bp,
    cycle_or_404,
    grade_choices,
    grade_word,
    held,
    participation_or_404,
    seen,
)
from appraisals.cycles.views.papers import may_witness
from lms.access import actions as access
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import writes
from lms.web.shell import mark_section

PRINTED = frozenset({Stage.determined, Stage.publicity, Stage.final, Stage.archived})


@bp.get("/appraisals/<code>/people/<int:person_id>")
@writes
def participation(code: str, person_id: int) -> str | Answer:
    """The page; opening somebody else's is noted in 谁看过我的记录. One's own is on 我的档案, without drafts."""
    if person_id == g.person.id:
        return redirect(url_for("appraisals.mine", code=code), 303)
    return _page(code, person_id)


def _page(code: str, person_id: int, opinion: OpinionForm | None = None) -> str:
    mark_section("appraisals.cycles")
    cycle = cycle_or_404(code)
    found = participation_or_404(cycle, person_id)
    access.record_view(person_id, g.person, cycle.title)
    decisions = queries.decisions(found.id)
    return render_template(
        "appraisals/participation.html",
        cycle=cycle,
        stage=Stage(cycle.state),
        found=found,
        spell=found.spell,
        decision=queries.latest_decision(found.id),
        decisions=[(one, grade_word(found.form, cycle.kind, one.grade)) for one in decisions],
        advice=_advice(cycle, found),
        may_decide=_decider(found) is not None and cycle.state == Stage.grading and found.grade_mode == "grade",
        may_say=_may_say(cycle, found),
        opinion=opinion or OpinionForm(),
        form=_grade_form(cycle, found),
        grade_word=grade_word,
        tags=GRADE_TAGS,
        may_print=bool(held()) and Stage(cycle.state) in PRINTED,
        form_steps=[(one, _(FormStage(one.to_stage).label)) for one in dossiers.steps(found.id)],
        may_witness=may_witness(found),
        is_vendor=found.form in VENDOR_FORMS,
        **explained(found),
    )


def _decider(found: Participation) -> Decider | None:
    """As whom the signed-in person decides on somebody; None where they may not, as for themselves."""
    person = g.person
    if person.id == found.person_id:
        return None
    return deciders.proposer(person.id, person.name, person.reaches, found.form, found.spell.vendor_id)


def _may_say(cycle: Cycle, found: Participation) -> bool:
    """Line leaders, HR and committee say what they think while grades are open; nobody about themselves."""
    open_now = Stage(cycle.state) in {Stage.evidence_locked, Stage.peer_survey, Stage.grading}
    return open_now and found.person_id != g.person.id and bool(seen())


def _advice(cycle: Cycle, found: Participation) -> dict[str, Any] | None:
    """What the rules would propose in the person's pool, with every reason; advice, never a grade."""
    if Stage(cycle.state) not in {Stage.grading, Stage.determined} or found.score is None:
        return None
    quota = queries.pools(cycle.id)[found.pool]
    bands = queries.terms_on(cycle.period_from)[found.form].bands[cycle.kind]
    votes = {key: one.votes for key, one in gradings.votes(cycle.id).items()}
    advice = seating.advice(found, quota.percent, bands, votes)
    item = advice.item
    reasons = [_(reason.sentence).format(**reason.values) for reason in item.reasons]
    word = grade_word(found.form, cycle.kind, item.grade) if item.grade else _("不建议")
    return {"word": word, "reasons": reasons, "pool": quota.label, "size": advice.size, "seats": advice.seats}


def _grade_form(cycle: Cycle, found: Participation) -> GradeForm:
    form = GradeForm(request.form if request.method == "POST" else request.args)
    form.grade.choices = grade_choices(found.form, cycle.kind)
    return form


@bp.route("/appraisals/<code>/people/<int:person_id>/grade", methods=["GET", "POST"])
def grade(code: str, person_id: int) -> str | Answer | tuple[str, int]:
    """Propose a grade: from the list, from the person's page, or from this one, which asks for the reason."""
    mark_section("appraisals.cycles")
    cycle = cycle_or_404(code)
    found = participation_or_404(cycle, person_id)
    guards.allow(person_id != g.person.id)
    form = _grade_form(cycle, found)
    before = queries.latest_decision(found.id)
    if request.method != "POST":
        if not form.grade.data or form.grade.data == "None":
            form.grade.data = before.grade if before else None
        return _ask(cycle, found, form, before)
    if not form.validate():
        return _answer(cycle, found, form, before)
    if request.headers.get("HX-Request") and not form.reason.data and _wants_reason(before, form.grade.data):
        return _answer(cycle, found, form, before)
    try:
        grading.decide_grade(
            found,
            Grade(form.grade.data),
            form.reason.data or "",
            _decider(found),
            seen=request.form.get("seen", type=int),
        )
    except Refused as refused:
        form.reason.errors = [sentence(refused)]
        return _answer(cycle, found, form, before)
    word = grade_word(found.form, cycle.kind, form.grade.data)
    flash(_("%(name)s的等次：%(grade)s。", name=found.person.name, grade=word), "ok")
    if request.headers.get("HX-Request"):
        answer = make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    back = url_for("appraisals.participation", code=code, person_id=person_id)
    return redirect(
        f"{url_for('appraisals.cycle', code=code)}#list" if request.form.get("from") == "list" else back, 303
    )


def _wants_reason(before: GradeDecision | None, grade: str) -> bool:
    """A change, and the two lower grades, need a reason: ask for it before anything is said to be wrong."""
    return (before is not None and before.grade != grade) or Grade(grade) in LOW_GRADES


def _answer(cycle: Cycle, found: Participation, form: GradeForm, before: GradeDecision | None) -> str | tuple[str, int]:
    """The form again: as the cell of the list when the list asked, else as the page."""
    if request.headers.get("HX-Request"):
        return _ask(cycle, found, form, before, template="appraisals/_grade_cell.html")
    return _ask(cycle, found, form, before), 422


def _ask(
    cycle: Cycle,
    found: Participation,
    form: GradeForm,
    before: GradeDecision | None,
    template: str = "appraisals/grade.html",
) -> str:
    wanted = form.grade.data if form.grade.data in dict(form.grade.choices) else None
    return render_template(
        template,
        cycle=cycle,
        found=found,
        form=form,
        before=grade_word(found.form, cycle.kind, before.grade) if before else None,
        wanted=grade_word(found.form, cycle.kind, wanted) if wanted else None,
        needs=wanted is not None and _wants_reason(before, wanted),
        seen=request.form.get("seen", before.id if before else 0, type=int),
        is_from_list=(request.form.get("from") or request.args.get("from")) == "list",
    )


@bp.post("/appraisals/<code>/people/<int:person_id>/opinions")
def opinion(code: str, person_id: int) -> str | Answer | tuple[str, int]:
    """Note an opinion for whoever decides."""
    cycle = cycle_or_404(code)
    found = participation_or_404(cycle, person_id)
    guards.allow(_may_say(cycle, found))
    form = OpinionForm.from_request()
    if not form.validate():
        return _page(code, person_id, form), 422
    parts = held()
    author = Decider(g.person.id, g.person.name, parts[0] if parts else Actor.line_leader)
    grading.record_opinion(found, form.opinion.data, author)
    flash(_("意见已保存，决定等次的人可以看到。"), "ok")
    return redirect(url_for("appraisals.participation", code=code, person_id=person_id), 303)
