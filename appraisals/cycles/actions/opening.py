"""Open a cycle: who takes part, in which pool, graded or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert

from appraisals.cycles import queries, roster
from appraisals.cycles.models import Cycle, CycleKind, Participation, PoolQuota
from appraisals.cycles.rules import grades, planning, seats
from appraisals.cycles.rules.grades import ModeFacts
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.rules.terms import Terms
from appraisals.scores import actions as scores
from lms import audit, clock
from lms.db import db, reading
from lms.errors import Refused
from lms.organisation.models import Unit, UnitKind
from lms.people.models import VENDOR_FORMS, EmploymentForm, Spell

POOL_WORDS = {
    EmploymentForm.civil_servant: "公务员",
    EmploymentForm.institution: "事业编制",
    EmploymentForm.direct_contract: "编外合同",
}
HOME_KINDS = {EmploymentForm.civil_servant: UnitKind.organ}


@dataclass(frozen=True)
class SpecialCase:
    """What HR knows of a person that no other record says (人社部发〔2023〕6号第37、42、43条)."""

    is_first_job: bool = False
    is_under_investigation: bool = False
    is_under_discipline: bool = False


ORDINARY = SpecialCase()


def open_cycle(
    code: str,
    title: str,
    kind: CycleKind,
    period_from: date,
    period_to: date,
    *,
    grading_due_on: date | None = None,
    special: Mapping[int, SpecialCase] | None = None,
    signers: int = 1,
    plan: Mapping[Stage, date] | None = None,
) -> Cycle:
    """Open a cycle in 方案起草 with everybody employed in its period, each in the pool of their employer.

    Refused: a code in use, a reversed period, weights that do not sum to 100 (the dimension is named), a form without terms.
    """
    kind = CycleKind(kind)
    if queries.cycle(code) is not None:
        raise Refused("已经有代码为「{code}」的考核周期。没有新建，请换一个代码。", code=code)
    if period_to <= period_from:
        raise Refused("考核周期的起止日期反了。没有新建，请改正。")
    if signers not in {1, 2}:
        raise Refused("签批由一位或者两位完成。没有新建，请改正。")
    planning.check_plan(plan or {}, period_from)
    with reading():  # thousands of people are looked at before the write lock is taken
        scores.schemes_on(period_from)
        people, quotas = _taking_part(kind, period_from, period_to, special or {})
    if not people:
        raise Refused("这段时间没有在岗的人。没有新建，请核对起止日期和花名册。")
    cycle = Cycle(
        code=code,
        title=title,
        kind=kind,
        period_from=period_from,
        period_to=period_to,
        state=Stage.plan_draft.value,
        grading_due_on=grading_due_on,
        signers=signers,
        plan={stage.value: day.isoformat() for stage, day in (plan or {}).items()},
        created_by=audit.actor().person_id,
        created_at=clock.now(),
    )
    db.session.add(cycle)
    db.session.flush()
    db.session.execute(insert(Participation), [{**row, "cycle_id": cycle.id} for row in people])
    db.session.execute(insert(PoolQuota), [{**row, "cycle_id": cycle.id} for row in quotas])
    audit.record("cycle.open", "cycle", code, title, people=len(people), period=f"{period_from}–{period_to}")
    return cycle


Rows = list[dict[str, Any]]


def _taking_part(
    kind: CycleKind, period_from: date, period_to: date, special: Mapping[int, SpecialCase]
) -> tuple[Rows, Rows]:
    """A participation for each person and a quota for each pool, as rows still without their cycle; the number of
    queries does not depend on how many people there are.
    """
    terms: Mapping[EmploymentForm, Terms] = queries.terms_on(period_from)
    spells = roster.spells_in(period_from, period_to, clock.today())
    people: Rows = []
    homes = roster.homes()
    since = roster.since(spell.person_id for spell in spells)
    labels: dict[str, tuple[str, int]] = {}
    for spell in spells:
        form, home = spell.form, homes[spell.unit_id, HOME_KINDS.get(spell.form, UnitKind.institution)]
        pool = seats.pool_key(form, home.id, spell.vendor_id)
        labels[pool] = (_pool_label(spell, home), terms[form].percent(kind))
        case = special.get(spell.person_id, ORDINARY)
        days = (period_to - since[spell.person_id, spell.unit_id]).days + 1
        facts = ModeFacts(
            form,
            days,
            is_first_job=case.is_first_job,
            is_under_investigation=case.is_under_investigation,
            is_under_discipline=case.is_under_discipline,
        )
        decision = grades.grade_mode(facts, half_year_days=terms[form].half_year_days)
        people.append(
            {
                "person_id": spell.person_id,
                "spell_id": spell.id,
                "unit_id": spell.unit_id,
                "form": form,
                "work": "agent" if spell.post.is_front_line else "office",
                "pool": pool,
                "grade_mode": decision.mode.value,
                "grade_mode_reason": str(decision.reason or "")[:200],
                "dimensions": {},
                "gates": [],
            }
        )
    quotas = [
        {"pool": pool, "label": label[:80], "percent": percent} for pool, (label, percent) in sorted(labels.items())
    ]
    return people, quotas


def _pool_label(spell: Spell, home: Unit) -> str:
    """The words of a pool: the organ or institution with the form, or the vendor whose contract it is."""
    if spell.form in VENDOR_FORMS and spell.vendor is not None:
        return spell.vendor.name
    return f"{home.name}·{POOL_WORDS[spell.form]}"
