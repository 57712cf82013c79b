"""Reads of awards; lists of any length in a number of queries that does not grow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased, joinedload

from assessments.attempts.models import Attempt
from certificates.awards import rules
from certificates.awards.models import Award, AwardStatus, PassProposal, Revocation
from certificates.awards.rules import State
from courses.hours.queries import chunks
from lms import clock
from lms.db import db, plain_rows
from lms.people import queries as people
from lms.people.models import Person
from lms.people.rules import Reach

PAGE = 50
ATTEMPT, HELD = "attempt", "award"  # kinds of source: an exam's result, an award that had to wait
_DAY, _PERSON = bindparam("day", type_=Date), bindparam("person_id", type_=Integer)
Newer, Made, Withdrawn = aliased(Award), aliased(Award), aliased(Revocation)


def _is_revoked() -> ColumnElement[bool]:
    return exists().where(Revocation.award_id == Award.id)


def _is_replaced() -> ColumnElement[bool]:
    return exists().where(Made.released_from_id == Award.id)


def _has_newer(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """A certificate of the same subject, issued later and not withdrawn, stands in its place."""
    return exists().where(
        Newer.person_id == Award.person_id,
        Newer.subject == Award.subject,
        Newer.status == AwardStatus.issued,
        Newer.issued_on <= day,
        or_(Newer.issued_on > Award.issued_on, and_(Newer.issued_on == Award.issued_on, Newer.id > Award.id)),
        ~exists().where(Withdrawn.award_id == Newer.id),
    )


def _in_force(day: date | BindParameter[date]) -> ColumnElement[bool]:
    return and_(
        Award.status == AwardStatus.issued,
        Award.issued_on <= day,
        or_(Award.valid_until.is_(None), Award.valid_until >= day),
        ~_is_revoked(),
        ~_has_newer(day),
    )


@dataclass(frozen=True)
class AwardRow:
    """An award and where it stands on the day asked for; days_left is None without an end."""

    award: Award
    state: State
    days_left: int | None

    @property
    def is_off(self) -> bool:
        """Nothing can be proved with it any more."""
        return self.state in {State.expired, State.superseded, State.revoked}

    @property
    def is_issued(self) -> bool:
        return self.award.status == AwardStatus.issued


def _rows(statement: Select[Any], day: date) -> list[AwardRow]:
    return _told(db.session.execute(_with_standing(statement), {"day": day}), day)


def _with_standing(statement: Select[Any]) -> Select[Any]:
    return statement.add_columns(_has_newer(_DAY), _is_replaced()).options(joinedload(Award.revocation))


def _told(found: Iterable[Any], day: date) -> list[AwardRow]:
    return [_row(award, day, has_newer=newer, is_replaced=made) for award, newer, made in found]


def _row(award: Award, day: date, *, has_newer: bool, is_replaced: bool) -> AwardRow:
    facts = rules.Facts(
        is_held=award.status == AwardStatus.held,
        is_revoked=award.revocation is not None,
        is_replaced=is_replaced,
        has_newer=has_newer,
        valid_until=award.valid_until,
    )
    return AwardRow(award, rules.state(facts, day), rules.days_left(award.valid_until, day))


def number_taken(number: str) -> bool:
    """Whether a number is in use."""
    return db.session.scalar(select(Award.id).where(Award.number == number)) is not None


def by_number(number: str, day: date) -> AwardRow | None:
    """The award of that very number."""
    return next(iter(_rows(select(Award).where(Award.number == number), day)), None)


def by_id(award_id: int, day: date) -> AwardRow | None:
    """One award."""
    return next(iter(_rows(select(Award).where(Award.id == award_id), day)), None)


def of_source(kind: str, ref_id: object) -> Award | None:
    """The award that a result or completion has led to; held ones too."""
    return db.session.scalar(select(Award).where(Award.source_kind == kind, Award.source_id == str(ref_id)))


def made_from(award_id: int) -> Award | None:
    """The certificate made from a held award."""
    return db.session.scalar(select(Award).where(Award.released_from_id == award_id))


_OWN = _with_standing(select(Award).where(Award.person_id == _PERSON).order_by(Award.id.desc()))


def awards_of(person_id: int, day: date) -> list[AwardRow]:
    """A person's awards: those in force by their last day, held ones first, then the rest, newest first.

    Held awards that a certificate has been made from are left out.
    """
    rows = _told(db.session.execute(_OWN, {"person_id": person_id, "day": day}), day)
    order = {State.held: 0, State.expiring: 1, State.valid: 1}
    shown = [row for row in rows if row.state != State.replaced]
    return sorted(
        shown,
        key=lambda row: (order.get(row.state, 2), (row.award.valid_until or date.max) if not row.is_off else date.max),
    )


def valid_awards(person_ids: Iterable[int], day: date) -> list[Award]:
    """The certificates of these people that are in force on a day: not withdrawn, not run out, not renewed."""
    found: list[Award] = []
    for portion in chunks(person_ids):
        found += db.session.scalars(
            select(Award).where(Award.person_id.in_(portion), _in_force(day)).order_by(Award.id)
        )
    return found


def _ending(day: date, days: int) -> ColumnElement[bool]:
    return and_(_in_force(day), Award.valid_until.between(day, day + timedelta(days=days)))


_RENEWABLE = select(Award.subject).where(
    Award.person_id == _PERSON,
    Award.source_kind.in_((ATTEMPT, HELD)),
    Award.status == AwardStatus.issued,
    Award.valid_until <= bindparam("last"),
    ~_is_revoked(),
    ~_has_newer(_DAY),
)


def renewable_exams(person_id: int) -> list[str]:
    """Codes of the exams whose certificate a person may renew by sitting again: it runs out soon, or has run out."""
    day = clock.today()
    last = day + timedelta(days=rules.EXPIRING_DAYS)
    return list(plain_rows(_RENEWABLE, person_id=person_id, day=day, last=last).scalars())


def expiring(days: int, day: date | None = None, reaches: Sequence[Reach] | None = None) -> list[Award]:
    """Certificates in force whose last day lies within that many days of a day (today), the nearest first."""
    day = day or clock.today()
    statement = select(Award).where(_ending(day, days), _covered(reaches, day))
    return list(db.session.scalars(statement.order_by(Award.valid_until, Award.id)))


def expiring_counts(day: date, reaches: Sequence[Reach]) -> dict[int, int]:
    """How many certificates end within 7, 30 and 60 days, each counted in every wider one."""
    rows = db.session.scalars(
        select(Award.valid_until).where(_ending(day, max(rules.REMINDER_DAYS)), _covered(reaches, day))
    ).all()
    lefts = [(until - day).days for until in rows if until is not None]
    return {days: sum(left <= days for left in lefts) for days in rules.REMINDER_DAYS}


def ending_counts(day: date, reaches: Sequence[Reach], within: Sequence[int]) -> dict[int, int]:
    """How many certificates in force end within so many days, each counted in every wider one; one query."""
    untils = db.session.scalars(
        select(Award.valid_until).where(_ending(day, max(within)), _covered(reaches, day))
    ).all()
    lefts = [(until - day).days for until in untils if until is not None]
    return {days: sum(left <= days for left in lefts) for days in within}


def _covered(reaches: Sequence[Reach] | None, day: date) -> ColumnElement[bool]:
    """Awards of people whom these reaches cover; a reach over everybody also covers those who have left."""
    if reaches is None or any(reach.scope == "all" for reach in reaches):
        return ~false()
    return Award.person_id.in_(people.persons_in_scope(reaches, day))


def _is_held() -> ColumnElement[bool]:
    return and_(Award.status == AwardStatus.held, ~_is_revoked(), ~_is_replaced())


def held(day: date, reaches: Sequence[Reach], limit: int = PAGE) -> list[Award]:
    """Awards that wait for a certificate, the oldest first."""
    return list(
        db.session.scalars(select(Award).where(_is_held(), _covered(reaches, day)).order_by(Award.id).limit(limit))
    )


def held_count(day: date, reaches: Sequence[Reach]) -> int:
    """How many awards wait for a certificate."""
    return db.session.scalar(select(func.count()).select_from(Award).where(_is_held(), _covered(reaches, day))) or 0


@dataclass(frozen=True)
class RegisterFilter:
    """What of the register is wanted; empty means every certificate."""

    words: str = ""
    state: State | None = None
    unit: str = ""
    title: str = ""
    within: int | None = None  # days until the last one


def _in_state(state: State, day: date) -> ColumnElement[bool]:
    soon = day + timedelta(days=rules.EXPIRING_DAYS)
    issued = and_(Award.status == AwardStatus.issued, ~_is_revoked())
    current = and_(issued, ~_has_newer(day))
    return {
        State.revoked: _is_revoked(),
        State.held: _is_held(),
        State.replaced: and_(Award.status == AwardStatus.held, ~_is_revoked(), _is_replaced()),
        State.superseded: and_(issued, _has_newer(day)),
        State.expired: and_(current, Award.valid_until < day),
        State.expiring: and_(current, Award.valid_until.between(day, soon)),
        State.valid: and_(current, or_(Award.valid_until.is_(None), Award.valid_until > soon)),
    }[state]


def _register(reaches: Sequence[Reach], day: date, wanted: RegisterFilter) -> Select[Any]:
    statement = select(Award).where(_covered(reaches, day))
    if wanted.state is None:
        statement = statement.where(or_(Award.status == AwardStatus.issued, _is_held(), _is_revoked()))
    else:
        statement = statement.where(_in_state(wanted.state, day))
    if wanted.within is not None:
        statement = statement.where(_ending(day, wanted.within))
    if wanted.unit:
        statement = statement.where(Award.unit_name == wanted.unit)
    if wanted.title:
        statement = statement.where(Award.title == wanted.title)
    if wanted.words:
        number = rules.normal_number(wanted.words)
        name = Person.name.contains(wanted.words, autoescape=True) | Person.sort_key.startswith(
            wanted.words.lower(), autoescape=True
        )
        holders = select(Person.id).where(name)
        statement = statement.where(
            or_(
                Award.person_id.in_(holders),
                Award.holder_name.contains(wanted.words, autoescape=True),
                Award.number == (number or wanted.words),
            )
        )
    return statement


def register(
    reaches: Sequence[Reach], day: date, wanted: RegisterFilter, *, page: int = 1, limit: int = PAGE
) -> tuple[list[AwardRow], int]:
    """One page of the register, newest first, and how many there are in all; a flat number of queries."""
    base = _register(reaches, day, wanted).with_only_columns(Award.id)
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    newest = (Award.issued_on.desc(), Award.id.desc())
    # The page first: where a certificate stands would else be worked out for every one there is.
    ids = db.session.scalars(base.order_by(*newest).offset((page - 1) * limit).limit(limit)).all()
    return _rows(select(Award).where(Award.id.in_(ids)).order_by(*newest), day), total


@dataclass(frozen=True)
class PdfRow:
    """What a bundle needs of a certificate."""

    id: int
    number: str
    holder_name: str
    unit_name: str
    title: str
    pdf_hash: str


def _printable(reaches: Sequence[Reach], day: date, wanted: RegisterFilter) -> Select[Award]:
    return _register(reaches, day, wanted).where(Award.status == AwardStatus.issued, ~_is_revoked())


def pdf_extent(reaches: Sequence[Reach], day: date, wanted: RegisterFilter) -> tuple[int, int]:
    """How many certificates of a filter have a PDF and have not been withdrawn, and the highest id among them."""
    found = _printable(reaches, day, wanted).subquery()
    total, last = db.session.execute(select(func.count(), func.max(found.c.id)).select_from(found)).one()
    return total, last or 0


def pdfs(
    reaches: Sequence[Reach], day: date, wanted: RegisterFilter, *, after_id: int, last_id: int, limit: int
) -> list[PdfRow]:
    """The next of them by id."""
    rows = db.session.execute(
        _printable(reaches, day, wanted)
        .with_only_columns(Award.id, Award.number, Award.holder_name, Award.unit_name, Award.title, Award.pdf_hash)
        .where(Award.id > after_id, Award.id <= last_id)
        .order_by(Award.id)
        .limit(limit)
    )
    return [PdfRow(*row) for row in rows]  # type: ignore[arg-type]  # an issued one has its hash


def register_choices(reaches: Sequence[Reach], day: date) -> tuple[list[str], list[str]]:
    """The units and the titles that occur, for the filters."""
    units = db.session.scalars(
        select(Award.unit_name)
        .where(_covered(reaches, day), Award.unit_name != "")
        .distinct()
        .order_by(Award.unit_name)
    )
    titles = db.session.scalars(select(Award.title).where(_covered(reaches, day)).distinct().order_by(Award.title))
    return list(units), list(titles)


def proposals(reaches: Iterable[Reach], day: date, *, is_open: bool, limit: int = 100) -> list[PassProposal]:
    """Proposals about the people in reach that wait for a decision, oldest first; or the decided ones, newest first."""
    open_now = PassProposal.decided_at.is_(None)
    statement = select(PassProposal).where(open_now if is_open else ~open_now)
    statement = statement.where(*_about(reaches, day))
    order = PassProposal.id if is_open else PassProposal.id.desc()
    return list(
        db.session.scalars(
            statement.options(
                joinedload(PassProposal.person),
                joinedload(PassProposal.result),
                joinedload(PassProposal.attempt).joinedload(Attempt.exam),
            )
            .order_by(order)
            .limit(limit)
        )
    )


def held_proposal(proposal_id: int) -> PassProposal | None:
    """A proposal whose row nobody else changes until this transaction ends."""
    return db.session.scalar(
        select(PassProposal)
        .where(PassProposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _about(reaches: Iterable[Reach], day: date) -> list[ColumnElement[bool]]:
    reached = list(reaches)
    if any(one.scope == "all" for one in reached):
        return []
    return [PassProposal.person_id.in_(people.persons_in_scope(reached, day))]


def proposal_in_reach(proposal_id: int, reaches: Iterable[Reach], day: date) -> PassProposal | None:
    """A proposal about somebody whom these reaches cover."""
    return db.session.scalar(select(PassProposal).where(PassProposal.id == proposal_id, *_about(reaches, day)))


def open_proposals(reaches: Iterable[Reach], day: date) -> int:
    """How many proposals in reach wait."""
    wanted = [PassProposal.decided_at.is_(None), *_about(reaches, day)]
    return db.session.scalar(select(func.count()).select_from(PassProposal).where(*wanted)) or 0
