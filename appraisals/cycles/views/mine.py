"""One's own appraisal: the same tree, the summary while it is collected, the grade once it is determined; raw rows."""

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import queries
from appraisals.cycles.actions import moving
from appraisals.cycles.forms import SummaryForm
from appraisals.cycles.models import GradeDecision, Participation
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.views import steps
from appraisals.cycles.views.frame import GRADE_TAGS, bp, grade_word, seen
from appraisals.cycles.views.person import explained
from appraisals.evidence import queries as evidence
from appraisals.evidence.models import MeasureRow
from appraisals.evidence.rules import plain
from lms.access import actions as record_access
from lms.access import queries as access
from lms.errors import Refused
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import writes
from lms.web.links import Target
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


def _own(code: str) -> Participation:
    cycle = guards.found(queries.cycle(code))
    guards.allow(cycle.state != Stage.plan_draft, seen=False)
    return guards.found(queries.participation(cycle.id, g.person.id))


def _page(code: str, form: SummaryForm | None = None) -> str:
    mark_section("home.me")
    found = _own(code)
    cycle = found.cycle
    return render_template(
        "appraisals/mine.html",
        cycle=cycle,
        stage=Stage(cycle.state),
        found=found,
        steps=steps.stepper(cycle, queries.moves(cycle.id), []),
        outcome=outcome(found),
        may_write=cycle.state == Stage.self_summary,
        form=form or SummaryForm(data={"summary": found.summary}),
        **explained(found),
    )


@bp.post("/me/appraisals/<code>/summary")
def summary(code: str) -> str | Answer | tuple[str, int]:
    """Keep the own summary."""
    found = _own(code)
    form = SummaryForm.from_request()
    try:
        moving.save_summary(found, form.summary.data or "", g.person.id)
    except Refused as refused:
        form.summary.errors = [sentence(refused)]
        return _page(code, form), 422
    flash(_("个人总结已保存，收总结期间还可以改。"), "ok")
    return redirect(url_for("appraisals.mine", code=code), 303)


@bp.get("/appraisals/measures/<int:row_id>")
@writes
def measure(row_id: int) -> str:
    """One recorded value: what it measures, where it comes from, what it replaced; for the person and those above."""
    row = guards.found(evidence.measure_row(row_id))
    guards.allow(_may_see(row), seen=False)
    mark_section("home.me" if row.person_id == g.person.id else "appraisals.cycles")
    record_access.record_view(row.person_id, g.person, _("考核指标数据"))
    newer = evidence.replacement(row.id)
    person = guards.found(people.person_with_spells(row.person_id))
    older = evidence.history(row)[1:]
    recorders = access.names([one.recorded_by for one in (row, *older) if one.recorded_by is not None])
    return render_template(
        "appraisals/measure.html",
        row=row,
        newer=newer,
        older=older,
        name=person.name,
        recorders=recorders,
        target=evidence.targets_on(row.period_from).get(row.measure.code),
        is_own=row.person_id == g.person.id,
    )


def _may_see(row: MeasureRow) -> bool:
    """The person, or somebody whose reach covers the spell they were in at the end of the row's period."""
    if row.person_id == g.person.id:
        return True
    reaches = seen()
    spell = people.spell_on(row.person_id, row.period_to) or people.latest_spell(row.person_id)
    return spell is not None and people_rules.may_see(reaches, spell, below=people.units_below(reaches))


def measure_link(ref_id: str) -> Target | None:
    """What a recorded value opens."""
    row = evidence.measure_row(int(ref_id)) if ref_id.isdecimal() else None
    if row is None:
        return None
    label = _("%(label)s %(value)s%(unit)s，%(from)s 至 %(to)s", label=_(row.measure.label), value=plain(row.value),
              unit=_(row.measure.unit_label), **{"from": row.period_from.isoformat(), "to": row.period_to.isoformat()})  # fmt: skip
    return Target(label, url_for("appraisals.measure", row_id=row.id))


def participation_link(ref_id: str) -> Target | None:
    """What a participation opens: one's own page, or the person's for whoever may see it."""
    found = queries.participation_by_id(int(ref_id)) if ref_id.isdecimal() else None
    if found is None:
        return None
    label = f"{found.cycle.title}·{found.person.name}"
    if g.get("person") is not None and g.person.id == found.person_id:
        return Target(label, url_for("appraisals.mine", code=found.cycle.code))
    may = queries.may_reach(found.id, seen())
    address = url_for("appraisals.participation", code=found.cycle.code, person_id=found.person_id) if may else None
    return Target(label, address)
