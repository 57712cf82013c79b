"""Who is in a programme and how far they are. Figures in one query each, whatever the number."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, inspect, or_, select
from sqlalchemy.orm import joinedload

from courses.hours.queries import chunks
from courses.programmes.models import (
    Programme,
    ProgrammeCompletion,
    ProgrammeExtension,
    ProgrammeItem,
    ProgrammeLeaving,
    ProgrammeMember,
    Reason,
    Stage,
)
from courses.programmes.rules.board import Count
from lms.db import db, plain_rows
from lms.organisation.models import Unit
from lms.organisation.queries import unit_ids_below_any
from lms.people.models import EmploymentForm, Person, Spell
from lms.people.rules import Reach

PAGE = 50
STATES = ("open", "late", "done", "extended", "all", "gone")

Extended = inspect(ProgrammeExtension).local_table.alias("extended")  # the newest of each member, see member_rows
_newest = (
    select(func.max(ProgrammeExtension.id))
    .where(ProgrammeExtension.member_id == ProgrammeMember.id)
    .correlate(ProgrammeMember)
    .scalar_subquery()
)
due_at: ColumnElement[datetime] = func.coalesce(Extended.c.due_at, ProgrammeMember.due_at)
_is_open = ProgrammeLeaving.id.is_(None)
_is_done = ProgrammeCompletion.id.is_not(None)


def member_rows(*columns: Any) -> Select[Any]:
    """Members with what was decided for them since: left, extended, done."""
    return (
        select(*columns)
        .select_from(ProgrammeMember)
        .outerjoin(ProgrammeLeaving, ProgrammeLeaving.member_id == ProgrammeMember.id)
        .outerjoin(Extended, and_(Extended.c.member_id == ProgrammeMember.id, Extended.c.id == _newest))
        .outerjoin(
            ProgrammeCompletion,
            and_(
                ProgrammeCompletion.programme_id == ProgrammeMember.programme_id,
                ProgrammeCompletion.person_id == ProgrammeMember.person_id,
            ),
        )
    )


def _working(statement: Select[Any], day: date) -> Select[Any]:
    return statement.join(
        Spell,
        and_(
            Spell.person_id == ProgrammeMember.person_id,
            Spell.starts_on <= day,
            or_(Spell.ends_on.is_(None), Spell.ends_on >= day),
        ),
    )


def _within(reaches: Iterable[Reach]) -> ColumnElement[bool] | None:
    """Spells that these reaches cover; None for all."""
    reaches = list(reaches)
    if any(reach.scope == "all" for reach in reaches):
        return None
    units = unit_ids_below_any({r.unit_id for r in reaches if r.scope == "own_unit" and r.unit_id is not None})
    vendors = {r.vendor_id for r in reaches if r.scope == "own_vendor" and r.vendor_id is not None}
    return or_(Spell.unit_id.in_(units), Spell.vendor_id.in_(vendors))


def _reached(statement: Select[Any], reaches: Iterable[Reach]) -> Select[Any]:
    within = _within(reaches)
    return statement if within is None else statement.where(within)


def counts(
    programme_ids: Collection[int], reaches: Iterable[Reach], day: date, now: datetime
) -> dict[int, dict[tuple[int, EmploymentForm], Count]]:
    """{programme: {(unit, form): Count}} of the people asked now whom these reaches cover; one query."""
    late = and_(ProgrammeCompletion.id.is_(None), due_at < now)
    statement = _working(
        member_rows(
            ProgrammeMember.programme_id,
            Spell.unit_id,
            Spell.form,
            func.count(),
            func.sum(case((_is_done, 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
        ),
        day,
    )
    rows = db.session.execute(
        _reached(statement, reaches)
        .where(ProgrammeMember.programme_id.in_(list(programme_ids)), _is_open)
        .group_by(ProgrammeMember.programme_id, Spell.unit_id, Spell.form)
    )
    found: dict[int, dict[tuple[int, EmploymentForm], Count]] = {one: {} for one in programme_ids}
    for programme_id, unit_id, form, asked, done, is_late in rows:
        found[programme_id][unit_id, form] = Count(asked, int(done), int(is_late))
    return found


def completed_days(programme_id: int, reaches: Iterable[Reach], day: date) -> dict[date, int]:
    """{local day: how many of the people asked now were done on it}."""
    statement = _working(member_rows(ProgrammeCompletion.completed_on, func.count()), day)
    rows = db.session.execute(
        _reached(statement, reaches)
        .where(ProgrammeMember.programme_id == programme_id, _is_open, _is_done)
        .group_by(ProgrammeCompletion.completed_on)
    )
    return {on: n for on, n in rows}  # noqa: C416 - rows are not tuples


@dataclass(frozen=True)
class Wanted:
    """Which members are listed; empty means all. state: open, late, done, extended, all, gone."""

    unit_id: int | None = None
    form: EmploymentForm | None = None
    state: str = "open"
    words: str = ""


class Row(NamedTuple):
    """A member as listed."""

    member_id: int
    person_id: int
    name: str
    staff_number: str
    unit_id: int
    form: EmploymentForm
    due_at: datetime
    joined_at: datetime
    reason: Reason
    completed_at: datetime | None
    left_at: datetime | None
    left_reason: Reason | None
    extended_id: int | None
    extension: str | None

    @property
    def is_done(self) -> bool:
        return self.completed_at is not None

    @property
    def is_gone(self) -> bool:
        return self.left_at is not None


_COLUMNS = (
    ProgrammeMember.id, Person.id, Person.name, Spell.staff_number, Spell.unit_id, Spell.form, due_at,
    ProgrammeMember.joined_at, ProgrammeMember.reason, ProgrammeCompletion.completed_at, ProgrammeLeaving.left_at,
    ProgrammeLeaving.reason, Extended.c.id, Extended.c.reason,
)  # fmt: skip


def line_below(unit_id: int) -> set[int]:
    """A unit with those below it along the functional line, as the rows of the matrix add them up."""
    children: dict[int | None, list[int]] = {}
    for child, parent in db.session.execute(select(Unit.id, Unit.line_parent_id)):
        children.setdefault(parent, []).append(child)
    found, waiting = {unit_id}, [unit_id]
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return found


def _rows(programme_id: int, reaches: Iterable[Reach], wanted: Wanted, day: date, now: datetime) -> Select[Any]:
    statement = member_rows(*_COLUMNS).join(Person, Person.id == ProgrammeMember.person_id)
    if wanted.state == "gone":
        last = (
            select(Spell.person_id, func.max(Spell.starts_on).label("starts_on"))
            .where(Spell.starts_on <= day)
            .group_by(Spell.person_id)
            .subquery()
        )
        statement = statement.join(Spell, Spell.person_id == ProgrammeMember.person_id).join(
            last, and_(last.c.person_id == Spell.person_id, last.c.starts_on == Spell.starts_on)
        )
        statement = statement.where(ProgrammeLeaving.id.is_not(None))
    else:
        statement = _working(statement, day).where(_is_open)
    statement = _reached(statement, reaches).where(ProgrammeMember.programme_id == programme_id)
    conditions = {
        "open": ProgrammeCompletion.id.is_(None),
        "late": and_(ProgrammeCompletion.id.is_(None), due_at < now),
        "done": _is_done,
        "extended": Extended.c.id.is_not(None) & (Extended.c.due_at != ProgrammeMember.due_at),
    }
    if wanted.state in conditions:
        statement = statement.where(conditions[wanted.state])
    if wanted.unit_id:
        statement = statement.where(Spell.unit_id.in_(line_below(wanted.unit_id)))
    if wanted.form:
        statement = statement.where(Spell.form == wanted.form)
    if wanted.words:
        statement = statement.where(
            or_(
                Person.name.contains(wanted.words, autoescape=True),
                func.upper(Spell.staff_number).startswith(wanted.words.upper(), autoescape=True),
                Person.sort_key.startswith(wanted.words.lower(), autoescape=True),
            )
        )
    return statement


def listed(
    programme_id: int,
    reaches: Iterable[Reach],
    wanted: Wanted,
    day: date,
    now: datetime,
    *,
    page: int = 1,
    limit: int | None = PAGE,
    total: int | None = None,
) -> tuple[list[Row], int]:
    """One page of the members wanted, the nearest deadline first, and how many there are in all, unless that is known."""
    statement = _rows(programme_id, list(reaches), wanted, day, now)
    if total is None:
        total = db.session.scalar(statement.with_only_columns(func.count()).order_by(None)) or 0
    statement = statement.order_by(due_at, Person.sort_key, ProgrammeMember.id)
    if limit is not None:
        statement = statement.offset((page - 1) * limit).limit(limit)
    return [Row(*row) for row in plain_rows(statement)], total


def latest(
    programme_ids: Collection[int], reaches: Iterable[Reach], day: date, now: datetime, *, limit: int
) -> list[tuple[int, Row]]:
    """(programme, row) of the people who are late in these programmes, the longest first."""
    statement = member_rows(ProgrammeMember.programme_id, *_COLUMNS).join(
        Person, Person.id == ProgrammeMember.person_id
    )
    rows = db.session.execute(
        _reached(_working(statement, day), reaches)
        .where(ProgrammeMember.programme_id.in_(list(programme_ids)), _is_open)
        .where(ProgrammeCompletion.id.is_(None), due_at < now)
        .order_by(due_at, Person.sort_key, ProgrammeMember.id)
        .limit(limit)
    )
    return [(row[0], Row(*row[1:])) for row in rows]


def chosen(
    programme_id: int, reaches: Iterable[Reach], person_ids: Collection[int], day: date, now: datetime
) -> list[Row]:
    """These people's rows, those who are no longer asked too; nobody outside the reaches."""
    found: dict[int, Row] = {}
    reaches = list(reaches)
    for portion in chunks(person_ids):
        for state in ("gone", "all"):
            statement = _rows(programme_id, reaches, Wanted(state=state), day, now)
            rows = db.session.execute(
                statement.where(ProgrammeMember.person_id.in_(portion)).order_by(Person.sort_key, ProgrammeMember.id)
            )
            found.update({row.person_id: row for row in map(Row._make, rows)})
    return list(found.values())


@dataclass(frozen=True)
class Own:
    """A programme as one person has it."""

    programme: Programme
    member_id: int
    joined_at: datetime
    due_at: datetime
    extension: str | None
    completed_at: datetime | None
    left_at: datetime | None
    left_reason: Reason | None


_OWN = (
    member_rows(
        Programme,
        ProgrammeMember.id,
        ProgrammeMember.joined_at,
        due_at,
        Extended.c.reason,
        ProgrammeCompletion.completed_at,
        ProgrammeLeaving.left_at,
        ProgrammeLeaving.reason,
    )
    .join(Programme, Programme.id == ProgrammeMember.programme_id)
    .where(ProgrammeMember.person_id == bindparam("person_id"))
    .order_by(ProgrammeMember.number)
    .options(joinedload(Programme.items))
)
_RUNNING = _OWN.where(Programme.state == Stage.published, _is_open, ~_is_done)


def of_person(person_id: int, *, running: bool = False) -> list[Own]:
    """The published programmes a person is or was in, the newest stay of each, nearest deadline first; running leaves
    out what is closed, done or no longer asked.
    """
    rows = db.session.execute(_RUNNING if running else _OWN, {"person_id": person_id})
    newest = {row[0].id: Own(*row) for row in rows.unique()}
    return sorted(newest.values(), key=lambda own: (own.due_at, own.programme.id))


def asking_for(person_id: int, keys: Collection[tuple[str, str]], *, is_done: bool) -> list[Own]:
    """The running programmes of a person that ask for one of these, done or not; one query, mostly empty."""
    asks = or_(*(and_(ProgrammeItem.kind == kind, ProgrammeItem.ref_id == ref) for kind, ref in keys))
    ids = db.session.scalars(
        member_rows(ProgrammeMember.programme_id)
        .join(Programme, Programme.id == ProgrammeMember.programme_id)
        .join(ProgrammeItem, ProgrammeItem.programme_id == Programme.id)
        .where(
            ProgrammeMember.person_id == person_id,
            Programme.state == Stage.published,
            _is_open,
            ProgrammeCompletion.id.is_not(None) if is_done else ProgrammeCompletion.id.is_(None),
            asks,
        )
    ).all()
    return [own for own in of_person(person_id, running=not is_done) if own.programme.id in ids] if ids else []


def has_any(programme_id: int, reaches: Iterable[Reach]) -> bool:
    """Whether anybody these reaches cover is or was in a programme."""
    statement = (
        select(ProgrammeMember.id)
        .join(Spell, Spell.person_id == ProgrammeMember.person_id)
        .where(ProgrammeMember.programme_id == programme_id)
    )
    return db.session.scalar(_reached(statement, reaches).limit(1)) is not None


def open_members(programme_id: int) -> dict[int, int]:
    """{person: member id} of those asked now."""
    rows = db.session.execute(
        select(ProgrammeMember.person_id, ProgrammeMember.id)
        .outerjoin(ProgrammeLeaving, ProgrammeLeaving.member_id == ProgrammeMember.id)
        .where(ProgrammeMember.programme_id == programme_id, _is_open)
    )
    return {person_id: member_id for person_id, member_id in rows}  # noqa: C416 - rows are not tuples


def stays(programme_id: int) -> dict[int, int]:
    """{person: how many times they have come in}, of those who have left."""
    rows = db.session.execute(
        select(ProgrammeMember.person_id, func.max(ProgrammeMember.number))
        .join(ProgrammeLeaving, ProgrammeLeaving.member_id == ProgrammeMember.id)
        .where(ProgrammeMember.programme_id == programme_id)
        .group_by(ProgrammeMember.person_id)
    )
    return {person_id: number for person_id, number in rows}  # noqa: C416 - rows are not tuples


def to_remind(programme_id: int, until: datetime) -> list[tuple[int, datetime, datetime]]:
    """(person, deadline, came in) of those asked and not done whose deadline lies before an instant."""
    rows = db.session.execute(
        member_rows(ProgrammeMember.person_id, due_at, ProgrammeMember.joined_at)
        .where(ProgrammeMember.programme_id == programme_id, _is_open, ProgrammeCompletion.id.is_(None))
        .where(due_at < until)
        .order_by(ProgrammeMember.person_id)
    )
    return [(person_id, due, joined) for person_id, due, joined in rows]


def undone(programme_id: int) -> list[tuple[int, datetime]]:
    """(person, came in) of those asked and not done."""
    rows = db.session.execute(
        member_rows(ProgrammeMember.person_id, ProgrammeMember.joined_at)
        .where(ProgrammeMember.programme_id == programme_id, _is_open, ProgrammeCompletion.id.is_(None))
        .order_by(ProgrammeMember.person_id)
    )
    return [(person_id, joined) for person_id, joined in rows]
