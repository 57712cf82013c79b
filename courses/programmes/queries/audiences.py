"""Everybody who works, as the audience rule sees them; and names for a few of them."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import String, select, type_coerce

from courses.programmes.models import Programme
from courses.programmes.rules.audience import Audience, Below, Post, Scope
from lms.db import db
from lms.organisation.models import Unit
from lms.people import queries as people
from lms.people.models import Person, Spell


def working(day: date) -> list[Post]:
    """Everybody in a spell on that day, as values, by pinyin; one query whatever their number."""
    rows = db.session.execute(
        people.current_spells(day)
        .with_only_columns(
            Spell.person_id,
            Spell.unit_id,
            Spell.vendor_id,
            type_coerce(Spell.form, String),
            Spell.post_id,
            Spell.starts_on,
        )
        .join(Person, Person.id == Spell.person_id)
        .order_by(Person.sort_key, Person.id)
    )
    return [Post._make(row) for row in rows]


def below() -> Below:
    """A function that gives units with all those below them, along line and territory; reads the tree once."""
    children: dict[int, set[int]] = {}
    for child, line, territory in db.session.execute(select(Unit.id, Unit.line_parent_id, Unit.territory_id)):
        for parent in (line, territory):
            if parent is not None:
                children.setdefault(parent, set()).add(child)

    def under(units: frozenset[int]) -> frozenset[int]:
        found, waiting = set(units), list(units)
        while waiting:
            fresh = children.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return frozenset(found)

    return under


def audience_of(programme: Programme) -> Audience:
    """The rule of a programme with the people named in and out."""
    return Audience.from_json(
        programme.audience,
        (one.person_id for one in programme.named if one.is_in),
        (one.person_id for one in programme.named if not one.is_in),
    )


def scope_stored(stored: Mapping[str, Any]) -> Scope | None:
    """How far a stored rule may go, without the people named."""
    return Audience.from_json(stored).scope


def names(person_ids: Collection[int], day: date) -> list[tuple[int, str, str, str]]:
    """(person id, name, staff number, unit) of a few people who work on a day, by pinyin."""
    rows = db.session.execute(
        people.current_spells(day)
        .with_only_columns(Person.id, Person.name, Spell.staff_number, Unit.name)
        .join(Person, Person.id == Spell.person_id)
        .join(Unit, Unit.id == Spell.unit_id)
        .where(Person.id.in_(list(person_ids)))
        .order_by(Person.sort_key, Person.id)
    )
    return [(person_id, name, number, unit) for person_id, name, number, unit in rows]


def by_numbers(numbers: Collection[str], day: date) -> dict[str, int]:
    """{staff number: person} of those who work on a day."""
    rows = db.session.execute(
        people.current_spells(day)
        .with_only_columns(Spell.staff_number, Spell.person_id)
        .where(Spell.staff_number.in_(list(numbers)))
    )
    return {number: person_id for number, person_id in rows}  # noqa: C416 - rows are not tuples
