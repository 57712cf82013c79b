"""What references open: one recorded value, a person's form, a cycle, a claim; each for whoever may see it."""

from flask import g, render_template, url_for
from flask_babel import gettext as _

from appraisals.cycles import dossiers, queries
from appraisals.cycles.actions import contesting
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.views.frame import bp, seen, sees_all
from appraisals.evidence import queries as evidence
from appraisals.evidence.models import MeasureRow
from appraisals.evidence.rules import plain
from lms.access import actions as record_access
from lms.access import queries as access
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.web import guards
from lms.web.guards import writes
from lms.web.links import Target
from lms.web.shell import mark_section


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


def cycle_link(ref_id: str) -> Target | None:
    """What a cycle opens: the board for those who work on it, one's own page for those who take part."""
    cycle = queries.cycle(ref_id)
    if cycle is None or g.get("person") is None:
        return None
    reaches = seen()
    if reaches and (sees_all(reaches) or cycle.state != Stage.plan_draft):
        return Target(cycle.title, url_for("appraisals.cycle", code=cycle.code))
    takes_part = cycle.state != Stage.plan_draft and queries.participation(cycle.id, g.person.id) is not None
    return Target(cycle.title, url_for("appraisals.mine", code=cycle.code) if takes_part else None)


def claim_link(ref_id: str) -> Target | None:
    """What a claim opens, for the claimant, whoever decides it, and those who see the person."""
    case = dossiers.case(int(ref_id)) if ref_id.isdecimal() else None
    if case is None:
        return None
    label = _(contesting.KIND_WORDS[case.claim.kind]) + f"·{case.claim.participation.cycle.title}"
    may = g.get("person") is not None and (
        case.claim.claimant_id == g.person.id
        or (case.assignment is not None and case.assignment.reviewer_id == g.person.id)
        or (case.claim.participation.person_id != g.person.id
            and queries.may_reach(case.claim.participation_id, seen()))
    )  # fmt: skip
    return Target(label, url_for("appraisals.claim", claim_id=case.claim.id) if may else None)
