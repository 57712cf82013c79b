"""Reads about persons and their spells."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from lms.db import db
from lms.organisation.queries import unit_ids_below_any
from lms.people.models import EmploymentForm, Person, Spell
from lms.people.rules import Reach

PAGE = 50


def current_spells(day: date) -> Select[Spell]:
    """The spells that hold on a day."""
    return select(Spell).where(Spell.starts_on <= day, or_(Spell.ends_on.is_(None), Spell.ends_on >= day))


def spell_on(person_id: int, day: date) -> Spell | None:
    """The spell a person was in on a day, with unit, post and vendor."""
    return db.session.scalars(
        current_spells(day)
        .where(Spell.person_id == person_id)
        .options(joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor))
        .order_by(Spell.starts_on.desc())
        .limit(1)
    ).first()


def current_spell(person_id: int, day: date) -> Spell | None:
    """The spell a person is in on that day; None when they have left or not yet come."""
    return spell_on(person_id, day)


def spells_on(person_ids: Iterable[int], day: date) -> dict[int, Spell]:
    """The spells of many people on a day by person id, with unit, post and vendor."""
    found = db.session.scalars(
        current_spells(day)
        .where(Spell.person_id.in_(list(person_ids)))
        .options(joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor))
        .order_by(Spell.starts_on)
    )
    return {spell.person_id: spell for spell in found}


def latest_spell(person_id: int) -> Spell | None:
    """The newest spell of a person, whether or not it holds."""
    return db.session.scalars(
        select(Spell).where(Spell.person_id == person_id).order_by(Spell.starts_on.desc()).limit(1)
    ).first()


def spells_of(person_id: int) -> list[Spell]:
    """Every spell of a person, oldest first."""
    return list(db.session.scalars(select(Spell).where(Spell.person_id == person_id).order_by(Spell.starts_on)))


def person_with_spells(person_id: int) -> Person | None:
    """A person with every spell, its unit, post and vendor, in two queries."""
    return db.session.scalar(
        select(Person)
        .where(Person.id == person_id)
        .options(
            selectinload(Person.spells).options(
                joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor)
            )
        )
    )


def _covered(reaches: Iterable[Reach]) -> object:
    reaches = list(reaches)
    if any(reach.scope == "all" for reach in reaches):
        return true()
    units = unit_ids_below_any({r.unit_id for r in reaches if r.scope == "own_unit" and r.unit_id is not None})
    vendors = {r.vendor_id for r in reaches if r.scope == "own_vendor" and r.vendor_id is not None}
    return or_(Spell.unit_id.in_(units), Spell.vendor_id.in_(vendors))


def persons_in_scope(reaches: Iterable[Reach], day: date) -> Select[int]:
    """Ids of the persons working on a day whom these reaches cover: all, units with those below, vendors."""
    return current_spells(day).with_only_columns(Spell.person_id).where(_covered(reaches))  # type: ignore[arg-type]


def units_below(reaches: Iterable[Reach]) -> set[int]:
    """The units under the units that these reaches name."""
    return unit_ids_below_any({r.unit_id for r in reaches if r.scope == "own_unit" and r.unit_id is not None})


@dataclass(frozen=True)
class RosterFilter:
    """What of the roster is wanted; empty means everybody. state: working (default), left, coming, all."""

    words: str = ""
    unit_id: int | None = None
    form: EmploymentForm | None = None
    state: str = "working"


@dataclass(frozen=True)
class RosterRow:
    """A person in the list, with the spell that is shown."""

    person: Person
    spell: Spell


def _roster(reaches: Iterable[Reach], day: date, wanted: RosterFilter) -> Select[Spell]:
    newest = select(func.max(Spell.starts_on).label("starts_on"), Spell.person_id).group_by(Spell.person_id).subquery()
    statement = select(Spell).join(Person, Person.id == Spell.person_id).where(_covered(reaches))  # type: ignore[arg-type]
    if wanted.state == "working":
        statement = statement.where(Spell.starts_on <= day, or_(Spell.ends_on.is_(None), Spell.ends_on >= day))
    else:
        statement = statement.join(
            newest, and_(newest.c.person_id == Spell.person_id, newest.c.starts_on == Spell.starts_on)
        )
        if wanted.state == "left":
            statement = statement.where(Spell.ends_on < day)
        elif wanted.state == "coming":
            statement = statement.where(Spell.starts_on > day)
    if wanted.words:
        statement = statement.where(
            or_(
                Person.name.contains(wanted.words, autoescape=True),
                func.upper(Spell.staff_number).startswith(wanted.words.upper(), autoescape=True),
                Person.sort_key.startswith(wanted.words.lower(), autoescape=True),
            )
        )
    if wanted.unit_id:
        statement = statement.where(Spell.unit_id.in_(unit_ids_below_any({wanted.unit_id})))
    if wanted.form:
        statement = statement.where(Spell.form == wanted.form)
    return statement


def roster(
    reaches: Iterable[Reach], day: date, wanted: RosterFilter, *, page: int = 1, limit: int = PAGE
) -> tuple[list[RosterRow], int]:
    """One page of the people in scope by pinyin, and how many there are in all; a flat number of queries."""
    base = _roster(reaches, day, wanted)
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    found = db.session.scalars(
        base.options(joinedload(Spell.person), joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor))
        .order_by(Person.sort_key, Person.id)
        .offset((page - 1) * limit)
        .limit(limit)
    )
    return [RosterRow(spell.person, spell) for spell in found], total


def number_taken(staff_number: str) -> bool:
    """Whether a staff number belongs to somebody, now or ever."""
    return db.session.scalar(select(Spell.id).where(Spell.staff_number == staff_number)) is not None
