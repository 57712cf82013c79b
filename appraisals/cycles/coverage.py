"""How far the imported values of a cycle have come: by measure, in a flat number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from appraisals.cycles.models import Cycle, Participation
from appraisals.cycles.queries import in_reach
from appraisals.evidence import queries as evidence
from appraisals.evidence import rules as readings
from appraisals.evidence.models import Measure, MeasureRow
from appraisals.scores import queries as scores
from appraisals.scores.rules import Scheme
from lms.db import db
from lms.imports.models import Import
from lms.organisation.models import Unit
from lms.people.models import Person, Spell
from lms.people.rules import Reach

PAGE = 20
Counted = dict[tuple[int, str], tuple[int, int, datetime]]


@dataclass(frozen=True)
class Coverage:
    """One measure: whom it concerns, how many of them have a value in the period, when the last one arrived."""

    code: str
    label: str
    part: str
    works: frozenset[str]
    people: int
    covered: int
    rows: int
    latest: datetime | None
    is_confirmed: bool

    @property
    def missing(self) -> int:
        """How many it concerns have no value."""
        return max(0, self.people - self.covered)


def _parts(cycle: Cycle) -> dict[str, set[str]]:
    """The parts of the schemes in force, with the kinds of work that have them."""
    found: dict[str, set[str]] = {}
    for (_form, work), row in scores.rows_on(cycle.period_from).items():
        for dimension in Scheme.from_dict(row.weights["scheme"]).dimensions:
            for part in dimension.below():
                found.setdefault(part.code, set()).add(work)
    return found


def counted(cycle: Cycle, reaches: Iterable[Reach]) -> Counted:
    """{(measure, work): (people with a value, values, when the last arrived)}. For everybody it is kept as long as no
    value and nobody has come or gone: a year of 20,000 people is over a million values, a second and a half.
    """
    known = list(reaches)
    if not any(reach.scope == "all" for reach in known):
        return _count(cycle, known)
    kept: dict[int, tuple[object, Counted]] = current_app.extensions.setdefault("appraisals.coverage", {})
    mark = _mark(cycle)
    if cycle.id not in kept or kept[cycle.id][0] != mark:
        kept[cycle.id] = (mark, _count(cycle, known))
    return kept[cycle.id][1]


def _mark(cycle: Cycle) -> object:
    """Changes with every value that is added, every import that is written or undone (nothing else takes values away),
    everybody who takes part or not, and with the period.
    """
    newest = db.session.scalar(select(func.max(MeasureRow.id)))
    stages = db.session.execute(select(Import.stage, func.count()).group_by(Import.stage).order_by(Import.stage))
    people = select(func.max(Participation.id), func.count()).where(Participation.cycle_id == cycle.id)
    known = (newest, *map(tuple, stages), *db.session.execute(people).one())
    return known, cycle.period_from, cycle.period_to


def _count(cycle: Cycle, reaches: list[Reach]) -> Counted:
    rows = db.session.execute(
        select(
            MeasureRow.measure_id, Participation.work, func.count(MeasureRow.person_id.distinct()), func.count(),
            func.max(MeasureRow.recorded_at),
        )
        .join(Participation, Participation.person_id == MeasureRow.person_id)
        .where(
            Participation.cycle_id == cycle.id,
            MeasureRow.period_from <= cycle.period_to,
            MeasureRow.period_to >= cycle.period_from,
            in_reach(reaches),
        )
        .group_by(MeasureRow.measure_id, Participation.work)
    )  # fmt: skip
    return {(measure_id, work): (covered, n, latest) for measure_id, work, covered, n, latest in rows}


def by_measure(cycle: Cycle, reaches: Iterable[Reach]) -> list[Coverage]:
    """Every measure that scores in this cycle."""
    known = list(reaches)
    parts = _parts(cycle)
    counts = db.session.execute(
        select(Participation.work, func.count())
        .where(Participation.cycle_id == cycle.id, in_reach(known))
        .group_by(Participation.work)
    )
    people = {work: n for work, n in counts}  # noqa: C416 - rows are not tuples
    values = counted(cycle, known)
    confirmed = evidence.confirmed_targets(cycle.period_from)
    found = []
    for measure in evidence.measures():
        part = readings.reading(measure.code).part
        works = frozenset(parts.get(part or "", ()))
        if part is None or not works:
            continue
        hits = [values[measure.id, work] for work in works if (measure.id, work) in values]
        found.append(
            Coverage(
                code=measure.code,
                label=measure.label,
                part=part,
                works=works,
                people=sum(people.get(work, 0) for work in works),
                covered=sum(covered for covered, _, _ in hits),
                rows=sum(rows for _, rows, _ in hits),
                latest=max((latest for _, _, latest in hits), default=None),
                is_confirmed=not measure.is_rate or part in confirmed,
            )
        )
    return found


def without(cycle: Cycle, reaches: Iterable[Reach], wanted: Coverage, page: int) -> list[tuple[int, str, str, str]]:
    """A page of those who lack a value of a measure: person, name, staff number, unit."""
    present = (
        select(MeasureRow.person_id)
        .join(Measure, Measure.id == MeasureRow.measure_id)
        .where(
            Measure.code == wanted.code,
            MeasureRow.period_from <= cycle.period_to,
            MeasureRow.period_to >= cycle.period_from,
        )
    )
    rows = db.session.execute(
        select(Participation.person_id, Person.name, Spell.staff_number, Unit.name)
        .join(Person, Person.id == Participation.person_id)
        .join(Spell, Spell.id == Participation.spell_id)
        .join(Unit, Unit.id == Participation.unit_id)
        .where(
            Participation.cycle_id == cycle.id,
            Participation.work.in_(wanted.works),
            Participation.person_id.not_in(present),
            in_reach(reaches),
        )
        .order_by(Participation.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return [(a, b, c, d) for a, b, c, d in rows]
