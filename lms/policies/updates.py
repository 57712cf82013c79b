"""Reads of policy updates: what concerns a person, who has read, who has not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import joinedload

from lms.access.models import Role, RoleGrant
from lms.db import db, once
from lms.people.models import Person, Spell
from lms.people.queries import current_spells, persons_in_scope
from lms.people.rules import Reach
from lms.policies.models import PolicyReceipt, PolicyUpdate, PolicyUpdateUnit

SHOWN_DAYS = 400  # an update older than that is history: found in the library, no longer a task
PAGE = 50


@dataclass(frozen=True)
class OwnUpdate:
    """An update that concerns a person, and when they confirmed it."""

    update: PolicyUpdate
    confirmed_at: datetime | None


def _in_audience(unit_id: object) -> ColumnElement[bool]:
    """Whether an update is for everybody or for that unit."""
    named = exists().where(PolicyUpdateUnit.update_id == PolicyUpdate.id, PolicyUpdateUnit.unit_id == unit_id)
    return or_(PolicyUpdate.is_for_all, named)


_PERSON, _TODAY = bindparam("person_id", type_=Integer), bindparam("today", type_=Date)
_OWN = (
    select(PolicyUpdate, PolicyReceipt.confirmed_at)
    .join(Spell, and_(Spell.person_id == _PERSON, Spell.starts_on <= PolicyUpdate.due_on))
    .outerjoin(PolicyReceipt, and_(PolicyReceipt.update_id == PolicyUpdate.id, PolicyReceipt.person_id == _PERSON))
    .where(
        Spell.starts_on <= _TODAY,
        or_(Spell.ends_on.is_(None), Spell.ends_on >= _TODAY),
        PolicyUpdate.withdrawn_at.is_(None),
        PolicyUpdate.due_on >= bindparam("first"),
        _in_audience(Spell.unit_id),
    )
    .options(joinedload(PolicyUpdate.document))
    .order_by(PolicyUpdate.published_at.desc(), PolicyUpdate.id.desc())
)


def of_person(person_id: int, today: date) -> list[OwnUpdate]:
    """The updates of the last year or so that concern a person in their present unit, newest first; one query a page.

    Who joined after an update was due learns it in training, not from a list of old news.
    """
    return once(("policies.updates", person_id), lambda: _of_person(person_id, today))


def _of_person(person_id: int, today: date) -> list[OwnUpdate]:
    first = today - timedelta(days=SHOWN_DAYS)
    rows = db.session.execute(_OWN, {"person_id": person_id, "today": today, "first": first})
    return [OwnUpdate(update, confirmed_at) for update, confirmed_at in rows]


def update(update_id: int) -> PolicyUpdate | None:
    """One update with its document."""
    return db.session.scalar(
        select(PolicyUpdate).where(PolicyUpdate.id == update_id).options(joinedload(PolicyUpdate.document))
    )


def of_document(document_id: int) -> list[PolicyUpdate]:
    """The updates of a policy, newest first."""
    return list(
        db.session.scalars(
            select(PolicyUpdate)
            .where(PolicyUpdate.document_id == document_id)
            .order_by(PolicyUpdate.published_at.desc(), PolicyUpdate.id.desc())
        )
    )


def receipt(update_id: int, person_id: int) -> PolicyReceipt | None:
    """A person's receipt for an update."""
    return db.session.scalar(
        select(PolicyReceipt).where(PolicyReceipt.update_id == update_id, PolicyReceipt.person_id == person_id)
    )


def receipts_of(person_id: int) -> list[tuple[PolicyReceipt, PolicyUpdate]]:
    """Everything a person has confirmed, newest first."""
    rows = db.session.execute(
        select(PolicyReceipt, PolicyUpdate)
        .join(PolicyUpdate, PolicyUpdate.id == PolicyReceipt.update_id)
        .where(PolicyReceipt.person_id == person_id)
        .order_by(PolicyReceipt.id.desc())
    )
    return [(receipt, found) for receipt, found in rows]


def unit_ids(update_id: int) -> list[int]:
    """Ids of the units an update is for."""
    return list(db.session.scalars(select(PolicyUpdateUnit.unit_id).where(PolicyUpdateUnit.update_id == update_id)))


def concerned(found: PolicyUpdate, today: date) -> Select[int]:
    """Ids of the learners at work today whom an update concerns."""
    learners = select(RoleGrant.person_id).where(RoleGrant.role == Role.learner, RoleGrant.ended_at.is_(None))
    statement = (
        current_spells(today)
        .with_only_columns(Spell.person_id)
        .where(Spell.starts_on <= found.due_on, Spell.person_id.in_(learners))
    )
    if not found.is_for_all:
        units = select(PolicyUpdateUnit.unit_id).where(PolicyUpdateUnit.update_id == found.id)
        statement = statement.where(Spell.unit_id.in_(units))
    return statement


@dataclass(frozen=True)
class UnitCount:
    """How many of a unit's people have confirmed."""

    unit_id: int
    read: int
    total: int


def counts_by_unit(found: PolicyUpdate, reaches: Iterable[Reach], today: date) -> list[UnitCount]:
    """How many people of each unit in reach have confirmed, in one query."""
    rows = db.session.execute(
        current_spells(today)
        .with_only_columns(Spell.unit_id, func.count(PolicyReceipt.id), func.count())
        .outerjoin(PolicyReceipt, and_(PolicyReceipt.update_id == found.id, PolicyReceipt.person_id == Spell.person_id))
        .where(Spell.person_id.in_(concerned(found, today)), Spell.person_id.in_(persons_in_scope(reaches, today)))
        .group_by(Spell.unit_id)
    )
    return [UnitCount(unit_id, read, total) for unit_id, read, total in rows]


def read_counts(update_ids: Iterable[int], reaches: Iterable[Reach], today: date) -> dict[int, int]:
    """How many people in reach have confirmed each of these updates, in one query."""
    rows = db.session.execute(
        select(PolicyReceipt.update_id, func.count())
        .where(
            PolicyReceipt.update_id.in_(list(update_ids)), PolicyReceipt.person_id.in_(persons_in_scope(reaches, today))
        )
        .group_by(PolicyReceipt.update_id)
    )
    return {update_id: n for update_id, n in rows}  # noqa: C416 - rows are not tuples


@dataclass(frozen=True)
class Reader:
    """Somebody an update concerns."""

    person_id: int
    name: str
    staff_number: str
    unit_name: str
    confirmed_at: datetime | None


def readers(
    found: PolicyUpdate,
    reaches: Iterable[Reach],
    today: date,
    *,
    unit_id: int | None = None,
    state: str = "unread",
    after: int = 0,
    limit: int = PAGE,
) -> list[Reader]:
    """Those whom an update concerns and the reaches cover, by person; state: unread, read, all."""
    statement = (
        current_spells(today)
        .join(Person, Person.id == Spell.person_id)
        .outerjoin(PolicyReceipt, and_(PolicyReceipt.update_id == found.id, PolicyReceipt.person_id == Spell.person_id))
        .add_columns(Person.name, PolicyReceipt.confirmed_at)
        .where(
            Spell.person_id > after,
            Spell.person_id.in_(concerned(found, today)),
            Spell.person_id.in_(persons_in_scope(reaches, today)),
        )
        .options(joinedload(Spell.unit))
        .order_by(Spell.person_id)
        .limit(limit)
    )
    if unit_id is not None:
        statement = statement.where(Spell.unit_id == unit_id)
    if state == "unread":
        statement = statement.where(PolicyReceipt.id.is_(None))
    elif state == "read":
        statement = statement.where(PolicyReceipt.id.is_not(None))
    return [
        Reader(spell.person_id, name, spell.staff_number, spell.unit.name, confirmed_at)
        for spell, name, confirmed_at in db.session.execute(statement)
    ]


def all_updates(page: int, limit: int = PAGE) -> list[PolicyUpdate]:
    """A page of all updates and one more, newest first."""
    return list(
        db.session.scalars(
            select(PolicyUpdate)
            .options(joinedload(PolicyUpdate.document))
            .order_by(PolicyUpdate.published_at.desc(), PolicyUpdate.id.desc())
            .offset((page - 1) * limit)
            .limit(limit + 1)
        )
    )
