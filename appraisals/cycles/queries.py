"""Reads of cycles: who is in them, where they stand, the people of the board in one query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from appraisals.cycles.models import Cycle, CycleKind, CycleMove, GradeDecision, Participation, PoolQuota
from appraisals.cycles.rules import terms
from appraisals.cycles.rules.board import BoardRow
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.rules.terms import Terms
from appraisals.scores import queries as scores
from lms.db import db, once
from lms.organisation.models import Unit
from lms.organisation.queries import unit_ids_below_any
from lms.people.models import EmploymentForm, Person, Spell
from lms.people.rules import Reach


@dataclass(frozen=True)
class Everywhere:
    """The reach of the house itself: rules that count a whole pool look at everybody."""

    scope: str = "all"
    unit_id: int | None = None
    vendor_id: int | None = None


OPINION = "opinion"
WITHDRAWN = "withdrawn"  # a grade that was taken back before any other was given
EVERYBODY = Everywhere()
OPEN_STATES = ("plan_published", "self_summary", "evidence_locked", "peer_survey", "grading", "determined", "publicity")


def cycle(code: str) -> Cycle | None:
    """A cycle by its code."""
    return db.session.scalar(select(Cycle).where(Cycle.code == code))


def cycles() -> list[Cycle]:
    """All cycles, the newest period first."""
    return list(db.session.scalars(select(Cycle).order_by(Cycle.period_to.desc(), Cycle.id.desc())))


def headcounts(cycle_ids: Iterable[int], reaches: Iterable[Reach]) -> dict[int, int]:
    """How many take part in each cycle, as far as the reaches go."""
    rows = db.session.execute(
        select(Participation.cycle_id, func.count())
        .join(Spell, Spell.id == Participation.spell_id)
        .where(Participation.cycle_id.in_(list(cycle_ids)), in_reach(reaches))
        .group_by(Participation.cycle_id)
    )
    return {cycle_id: n for cycle_id, n in rows}  # noqa: C416 - rows are not tuples


def undecided(cycle_ids: Iterable[int], reaches: Iterable[Reach]) -> dict[int, int]:
    """How many who get a grade have none yet, by cycle."""
    graded = select(GradeDecision.participation_id).where(
        GradeDecision.id.in_(newest_decisions()), GradeDecision.grade != WITHDRAWN
    )
    rows = db.session.execute(
        select(Participation.cycle_id, func.count())
        .join(Spell, Spell.id == Participation.spell_id)
        .where(
            Participation.cycle_id.in_(list(cycle_ids)),
            Participation.grade_mode == "grade",
            Participation.id.not_in(graded),
            in_reach(reaches),
        )
        .group_by(Participation.cycle_id)
    )
    return {cycle_id: n for cycle_id, n in rows}  # noqa: C416 - rows are not tuples


def in_reach(reaches: Iterable[Reach]) -> ColumnElement[bool]:
    """Participations that the reaches cover, by the unit and vendor they had then: all, units with those below, vendors;
    the statement it is put into need not join the spells.
    """
    known = list(reaches)
    if any(reach.scope == "all" for reach in known):
        return true()
    units = unit_ids_below_any({r.unit_id for r in known if r.scope == "own_unit" and r.unit_id is not None})
    vendors = {r.vendor_id for r in known if r.scope == "own_vendor" and r.vendor_id is not None}
    if not units and not vendors:
        return false()
    of_vendors = select(Spell.id).where(Spell.vendor_id.in_(vendors)).correlate(None)
    return or_(Participation.unit_id.in_(units), Participation.spell_id.in_(of_vendors))


def terms_on(day: date) -> dict[EmploymentForm, Terms]:
    """The numbers (seats, bands, days) of each form that hold on a day; refuses a form without any."""
    rows = [Terms.from_dict(row.weights["terms"]) for row in scores.scheme_rows()]
    return {form: terms.in_force(rows, form, day) for form in EmploymentForm}


def newest_decisions(*, is_final: bool | None = None) -> Any:
    """Ids of the newest grade of each participation; opinions are no grades."""
    statement = select(func.max(GradeDecision.id)).where(GradeDecision.grade != OPINION)
    if is_final is not None:
        statement = statement.where(GradeDecision.is_final.is_(is_final))
    return statement.group_by(GradeDecision.participation_id)


def board(cycle_id: int, reaches: Iterable[Reach]) -> list[BoardRow]:
    """Everybody of a cycle within the reaches, with score and newest grade, in one query; best score first."""
    newest = newest_decisions()
    statement: Any = (
        select(
            Participation.id, Participation.person_id, Person.name, Person.sort_key, Spell.staff_number,
            Spell.vendor_id, Participation.unit_id, Unit.name.label("unit_name"), Unit.position, Participation.form,
            Participation.work, Participation.pool, Participation.grade_mode, Participation.grade_mode_reason,
            Participation.total, Participation.dimensions, Participation.gates, Participation.summary_at,
            Participation.score_id, GradeDecision.grade, GradeDecision.is_final, GradeDecision.decided_by,
            GradeDecision.decider_label, GradeDecision.reason,
        )
        .join(Person, Person.id == Participation.person_id)
        .join(Spell, Spell.id == Participation.spell_id)
        .join(Unit, Unit.id == Participation.unit_id)
        .outerjoin(
            GradeDecision, (GradeDecision.participation_id == Participation.id) & GradeDecision.id.in_(newest)
        )
        .where(Participation.cycle_id == cycle_id, in_reach(reaches))
        .order_by(Participation.total.is_(None), Participation.total.desc(), Participation.id)
    )  # fmt: skip
    rows = (BoardRow(*row) for row in db.session.execute(statement))
    return [replace(row, grade=None, is_final=None) if row.grade == WITHDRAWN else row for row in rows]


def participation(cycle_id: int, person_id: int) -> Participation | None:
    """One person in a cycle, with unit, post, vendor and score."""
    return db.session.scalar(
        select(Participation)
        .where(Participation.cycle_id == cycle_id, Participation.person_id == person_id)
        .options(
            joinedload(Participation.person),
            joinedload(Participation.unit),
            joinedload(Participation.cycle),
            joinedload(Participation.score),
            joinedload(Participation.spell).options(joinedload(Spell.post), joinedload(Spell.vendor)),
        )
    )


def participation_by_id(participation_id: int) -> Participation | None:
    """A participation with its cycle and person."""
    return db.session.scalar(
        select(Participation)
        .where(Participation.id == participation_id)
        .options(joinedload(Participation.cycle), joinedload(Participation.person))
    )


def locked_state(participation: Participation) -> Stage:
    """The stage of a person's cycle as it is now; until the transaction ends it stays so, and nobody else grades them."""
    state = db.session.execute(
        select(Cycle.state).where(Cycle.id == participation.cycle_id).with_for_update(read=True)
    ).scalar_one()
    db.session.execute(select(Participation.id).where(Participation.id == participation.id).with_for_update())
    return Stage(state)


def participations(cycle_id: int, ids: Sequence[int] | None = None) -> list[Participation]:
    """The people of a cycle with their spells, by id."""
    statement = (
        select(Participation)
        .where(Participation.cycle_id == cycle_id)
        .options(joinedload(Participation.spell))
        .order_by(Participation.id)
    )
    return list(db.session.scalars(statement.where(Participation.id.in_(ids)) if ids is not None else statement))


def participation_ids(cycle_id: int) -> list[int]:
    """Ids of everybody in a cycle, in order."""
    return list(
        db.session.scalars(
            select(Participation.id).where(Participation.cycle_id == cycle_id).order_by(Participation.id)
        )
    )


def person_ids(ids: Iterable[int]) -> list[int]:
    """The persons of some participations."""
    return list(db.session.scalars(select(Participation.person_id).where(Participation.id.in_(list(ids)))))


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """The names of some participations."""
    rows = db.session.execute(
        select(Participation.id, Person.name)
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.id.in_(list(ids)))
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are not tuples


def may_reach(participation_id: int, reaches: Iterable[Reach]) -> bool:
    """Whether the reaches cover a participation."""
    return (
        db.session.scalar(
            select(Participation.id)
            .join(Spell, Spell.id == Participation.spell_id)
            .where(Participation.id == participation_id, in_reach(reaches))
        )
        is not None
    )


def reached(ids: Iterable[int], reaches: Iterable[Reach]) -> int:
    """How many of these participations the reaches cover."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Participation)
            .join(Spell, Spell.id == Participation.spell_id)
            .where(Participation.id.in_(list(ids)), in_reach(reaches))
        )
        or 0
    )


_OWN = (
    select(Participation)
    .join(Cycle, Cycle.id == Participation.cycle_id)
    .where(Participation.person_id == bindparam("person_id"), Cycle.state != "plan_draft")
    .options(joinedload(Participation.cycle), joinedload(Participation.score))
    .order_by(Cycle.period_to.desc(), Cycle.id.desc())
)


def of_person(person_id: int) -> list[Participation]:
    """A person's cycles that have been published, with their scores, newest first; read once a page."""
    return once(("cycles.of_person", person_id), lambda: _of_person(person_id))


def _of_person(person_id: int) -> list[Participation]:
    return list(db.session.scalars(_OWN, {"person_id": person_id}))


def decisions(participation_id: int) -> list[GradeDecision]:
    """Every grade and opinion of a participation, newest first."""
    return list(
        db.session.scalars(
            select(GradeDecision)
            .where(GradeDecision.participation_id == participation_id)
            .order_by(GradeDecision.id.desc())
        )
    )


def latest_decision(participation_id: int) -> GradeDecision | None:
    """The newest grade of a participation; None where there is none, or it was taken back."""
    found = newest_row(participation_id)
    return None if found is None or found.grade == WITHDRAWN else found


def newest_row(participation_id: int) -> GradeDecision | None:
    """The newest row on a grade, a withdrawal among them."""
    return db.session.scalar(
        select(GradeDecision)
        .where(GradeDecision.participation_id == participation_id, GradeDecision.grade != OPINION)
        .order_by(GradeDecision.id.desc())
        .limit(1)
    )


def before(given: GradeDecision) -> GradeDecision | None:
    """The grade that stood before a row; a withdrawal is none."""
    found = db.session.scalar(
        select(GradeDecision)
        .where(
            GradeDecision.participation_id == given.participation_id,
            GradeDecision.grade != OPINION,
            GradeDecision.id < given.id,
        )
        .order_by(GradeDecision.id.desc())
        .limit(1)
    )
    return None if found is None or found.grade == WITHDRAWN else found


def final_grades(participation_ids: Iterable[int]) -> dict[int, Grade]:
    """The newest determined grade of each participation."""
    rows = db.session.execute(
        select(GradeDecision.participation_id, GradeDecision.grade).where(
            GradeDecision.participation_id.in_(list(participation_ids)),
            GradeDecision.id.in_(newest_decisions(is_final=True)),
        )
    )
    return {participation_id: Grade(grade) for participation_id, grade in rows}


def regular_grades(person_ids: Iterable[int], year: int) -> dict[int, tuple[Grade, ...]]:
    """The determined quarterly grades of these people in a year, oldest first."""
    rows = db.session.execute(
        select(Participation.person_id, GradeDecision.grade)
        .join(Cycle, Cycle.id == Participation.cycle_id)
        .join(GradeDecision, GradeDecision.participation_id == Participation.id)
        .where(
            Participation.person_id.in_(list(person_ids)),
            Cycle.kind == CycleKind.quarterly,
            Cycle.period_from >= date(year, 1, 1),
            Cycle.period_to <= date(year, 12, 31),
            GradeDecision.id.in_(newest_decisions(is_final=True)),
        )
        .order_by(Cycle.period_to)
    )
    found: dict[int, tuple[Grade, ...]] = {}
    for person_id, grade in rows:
        found[person_id] = (*found.get(person_id, ()), Grade(grade))
    return found


def moves(cycle_id: int) -> list[CycleMove]:
    """The steps of a cycle, oldest first."""
    return list(db.session.scalars(select(CycleMove).where(CycleMove.cycle_id == cycle_id).order_by(CycleMove.id)))


@dataclass(frozen=True)
class Change:
    """A recent grade decision with the name of the person it is about."""

    person_id: int
    name: str
    form: EmploymentForm
    grade: str
    reason: str
    decider_label: str
    decided_at: datetime


def changes(
    cycle_id: int, reaches: Iterable[Reach], *, but: int, limit: int = 6, offset: int = 0
) -> tuple[list[Change], int]:
    """The newest decisions within the reaches, but on one person who looks (not the copies that determination makes), and how many there are."""
    # A condition and not a join: the newest decisions are mostly of this cycle, so the walk back from them ends at once.
    about = exists().where(
        Participation.id == GradeDecision.participation_id, Participation.cycle_id == cycle_id,
        Participation.person_id != but, in_reach(reaches),
    )  # fmt: skip
    total = db.session.scalar(
        select(func.count())
        .select_from(GradeDecision)
        .join(Participation, Participation.id == GradeDecision.participation_id)
        .where(
            Participation.cycle_id == cycle_id, Participation.person_id != but, GradeDecision.is_final.is_(False),
            in_reach(reaches),
        )
    )  # fmt: skip
    newest = select(GradeDecision.id).where(GradeDecision.is_final.is_(False), about)
    ids = list(db.session.scalars(newest.order_by(GradeDecision.id.desc()).limit(limit).offset(offset)))
    rows = db.session.execute(
        select(
            Participation.person_id, Person.name, Participation.form, GradeDecision.grade, GradeDecision.reason,
            GradeDecision.decider_label, GradeDecision.decided_at,
        )
        .join(Participation, Participation.id == GradeDecision.participation_id)
        .join(Person, Person.id == Participation.person_id)
        .where(GradeDecision.id.in_(ids))
        .order_by(GradeDecision.id.desc())
    )  # fmt: skip
    return [Change(*row) for row in rows], total or 0


def pools(cycle_id: int) -> dict[str, PoolQuota]:
    """The pools of a cycle by key."""
    rows = db.session.scalars(select(PoolQuota).where(PoolQuota.cycle_id == cycle_id).order_by(PoolQuota.id))
    return {pool.pool: pool for pool in rows}
