"""Who was in post when, and which house a unit belongs to: what opening a cycle reads."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from lms.db import db
from lms.organisation.models import Post, Unit, UnitKind
from lms.people.models import EmploymentForm, Spell


def spells_in(period_from: date, period_to: date, day: date) -> list[Spell]:
    """Each person's newest spell that touches a period and still holds at its end (or on the day, when that is earlier)."""
    rows = db.session.scalars(
        select(Spell)
        .join(Post, Post.id == Spell.post_id)
        .join(Unit, Unit.id == Spell.unit_id)
        .where(*_takes_part(period_from, period_to, day))
        .options(joinedload(Spell.post), joinedload(Spell.unit), joinedload(Spell.vendor), joinedload(Spell.person))
        .order_by(Spell.starts_on)
    )
    newest = {spell.person_id: spell for spell in rows}
    return sorted(newest.values(), key=lambda spell: spell.id)


def headcounts(period_from: date, period_to: date, day: date) -> dict[EmploymentForm, int]:
    """How many would take part in a cycle of these days, by form of employment; unit leaders are appraised elsewhere."""
    rows = db.session.execute(
        select(Spell.form, func.count(Spell.person_id.distinct()))
        .join(Post, Post.id == Spell.post_id)
        .join(Unit, Unit.id == Spell.unit_id)
        .where(*_takes_part(period_from, period_to, day))
        .group_by(Spell.form)
    )
    return {form: n for form, n in rows}  # noqa: C416 - rows are not tuples


def _takes_part(period_from: date, period_to: date, day: date) -> list[ColumnElement[bool]]:
    last = min(period_to, day)
    return [
        Spell.starts_on <= period_to,
        or_(Spell.ends_on.is_(None), Spell.ends_on >= max(period_from, last)),
        ~(Post.is_leader & Unit.kind.in_([UnitKind.organ, UnitKind.institution])),
    ]


def since(person_ids: Iterable[int]) -> dict[tuple[int, int], date]:
    """The first day of each person in each unit they have worked in."""
    rows = db.session.execute(
        select(Spell.person_id, Spell.unit_id, func.min(Spell.starts_on))
        .where(Spell.person_id.in_(list(person_ids)))
        .group_by(Spell.person_id, Spell.unit_id)
    )
    return {(person_id, unit_id): day for person_id, unit_id, day in rows}


def homes() -> dict[tuple[int, UnitKind], Unit]:
    """For each unit the nearest organ and the nearest institution up the functional line; where there is none of the
    kind, the nearest of either, else the unit itself.
    """
    units = {unit.id: unit for unit in db.session.scalars(select(Unit))}
    found: dict[tuple[int, UnitKind], Unit] = {}
    for unit in units.values():
        line = [unit]
        while (parent := units.get(line[-1].line_parent_id or 0)) is not None and parent not in line:
            line.append(parent)
        either = next((one for one in line if one.kind in {UnitKind.organ, UnitKind.institution}), unit)
        for kind in (UnitKind.organ, UnitKind.institution):
            found[unit.id, kind] = next((one for one in line if one.kind == kind), either)
    return found
