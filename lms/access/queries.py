"""Reads about accounts, sessions, roles and the audit trail that more than one caller needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from lms.access.models import (
    AccessRecord,
    Account,
    ActivationCode,
    PasswordRecord,
    RateCount,
    Role,
    RoleGrant,
    UserSession,
)
from lms.access.rules import Tries
from lms.audit import AuditLine
from lms.db import db
from lms.organisation.models import Unit, Vendor
from lms.organisation.queries import unit_ids_below_any
from lms.people.models import Person, Spell
from lms.people.queries import current_spells, latest_spell, spell_on
from lms.people.rules import may_see

ABSENT = "absent:"


@dataclass(frozen=True)
class SignInFacts:
    """What sign-in needs of an account, as plain values that outlive the snapshot."""

    account_id: int
    person_id: int
    name: str
    email: str
    password_hash: str | None
    tries: Tries
    is_disabled: bool
    is_demo: bool


def facts_by_number(number: str) -> SignInFacts | None:
    """The account behind a staff number, whichever spell it belongs to."""
    row = db.session.execute(
        select(Account, Person.name, Person.email)
        .join(Person, Person.id == Account.person_id)
        .join(Spell, Spell.person_id == Person.id)
        .where(Spell.staff_number == number)
    ).first()
    if row is None:
        return None
    account: Account = row[0]
    tries = Tries(account.failures, account.locked_until)
    return SignInFacts(
        account.id,
        account.person_id,
        row[1],
        row[2],
        account.password_hash,
        tries,
        account.is_disabled,
        account.is_demo,
    )


def rate(bucket: str, minute: int) -> int:
    """How often something was counted in that minute (minutes since 1970)."""
    found = db.session.scalar(select(RateCount.count).where(RateCount.bucket == bucket, RateCount.minute == minute))
    return found or 0


def absent_row(bucket: str) -> RateCount | None:
    """The count kept for a staff number that nobody has."""
    return db.session.scalar(
        select(RateCount).where(RateCount.bucket == bucket).order_by(RateCount.minute.desc()).limit(1)
    )


def has_accounts() -> bool:
    """Whether anybody can sign in at all."""
    return db.session.scalar(select(Account.id).limit(1)) is not None


def account_of(person_id: int) -> Account | None:
    """The account of a person."""
    return db.session.scalar(select(Account).where(Account.person_id == person_id))


def in_use(person_ids: Iterable[int]) -> set[int]:
    """Which of these people have set a password or hold a role besides 学员."""
    ids = list(person_ids)
    signed = db.session.scalars(
        select(Account.person_id).where(Account.person_id.in_(ids), Account.password_changed_at.is_not(None))
    )
    trusted = db.session.scalars(
        select(RoleGrant.person_id).where(RoleGrant.person_id.in_(ids), RoleGrant.role != Role.learner)
    )
    return {*signed, *trusted}


def staff_numbers(person_id: int) -> list[str]:
    """Every staff number a person has had."""
    return list(db.session.scalars(select(Spell.staff_number).where(Spell.person_id == person_id)))


def recent_hashes(account_id: int, count: int) -> list[str]:
    """Hashes of the newest passwords, the present one first."""
    present = db.session.scalar(select(Account.password_hash).where(Account.id == account_id))
    old = db.session.scalars(
        select(PasswordRecord.password_hash)
        .where(PasswordRecord.account_id == account_id)
        .order_by(PasswordRecord.id.desc())
        .limit(max(0, count - 1))
    )
    return [*([present] if present else []), *old][:count]


def open_sessions(account_id: int, now: datetime) -> list[UserSession]:
    """Sessions of an account that have not ended, newest first."""
    return list(
        db.session.scalars(
            select(UserSession)
            .where(UserSession.account_id == account_id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
            .order_by(UserSession.seen_at.desc())
        )
    )


def code_by_hash(code_hash: str) -> ActivationCode | None:
    """The activation code with that hash."""
    return db.session.scalar(select(ActivationCode).where(ActivationCode.code_hash == code_hash))


def open_codes(account_id: int, now: datetime) -> list[ActivationCode]:
    """Codes of an account that can still be used."""
    return list(
        db.session.scalars(
            select(ActivationCode).where(
                ActivationCode.account_id == account_id,
                ActivationCode.used_at.is_(None),
                ActivationCode.expires_at > now,
            )
        )
    )


def grants_of(person_id: int, *, ended: bool = False) -> list[RoleGrant]:
    """A person's roles that hold now; with ended=True, all they ever had, newest first."""
    statement = select(RoleGrant).where(RoleGrant.person_id == person_id).order_by(RoleGrant.id.desc())
    return list(db.session.scalars(statement if ended else statement.where(RoleGrant.ended_at.is_(None))))


def holders(role: Role | str) -> list[int]:
    """Ids of the persons who hold a role now."""
    return list(
        db.session.scalars(
            select(RoleGrant.person_id).where(RoleGrant.role == Role(role), RoleGrant.ended_at.is_(None)).distinct()
        )
    )


def holders_over(role: Role | str, person_id: int, day: date) -> list[int]:
    """Ids of those who hold a role now and whose reach covers a person (by the present, else the newest spell)."""
    spell = spell_on(person_id, day) or latest_spell(person_id)
    grants = db.session.scalars(select(RoleGrant).where(RoleGrant.role == Role(role), RoleGrant.ended_at.is_(None)))
    found = []
    for grant in grants:
        below = unit_ids_below_any({grant.unit_id}) if grant.unit_id is not None else set()
        if grant.scope == "all" or (spell is not None and may_see([grant], spell, below=below)):
            found.append(grant.person_id)
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class GrantRow:
    """A role in force with the words a list needs."""

    grant_id: int
    person_id: int
    name: str
    staff_number: str
    role: Role
    reach: str
    granted_at: datetime


def reach_words(scope: str, unit: str | None, vendor: str | None) -> str:
    """全部, or the unit or vendor a role reaches."""
    return unit or vendor or ("全部" if scope == "all" else scope)


def grants(
    day: date, *, role: Role | None = None, words: str = "", before_id: int | None = None, limit: int = 50
) -> list[GrantRow]:
    """Roles in force (学员 only when asked for), newest first, with name, number and reach."""
    spells = current_spells(day).subquery()
    statement = (
        select(RoleGrant, Person.name, spells.c.staff_number, Unit.name, Vendor.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .outerjoin(spells, spells.c.person_id == Person.id)
        .outerjoin(Unit, Unit.id == RoleGrant.unit_id)
        .outerjoin(Vendor, Vendor.id == RoleGrant.vendor_id)
        .where(RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id.desc())
        .limit(limit)
    )
    statement = statement.where(RoleGrant.role == role) if role else statement.where(RoleGrant.role != Role.learner)
    if words:
        statement = statement.where(or_(Person.name.contains(words, autoescape=True), spells.c.staff_number == words))
    if before_id:
        statement = statement.where(RoleGrant.id < before_id)
    return [
        GrantRow(g.id, g.person_id, name, number or "", g.role, reach_words(g.scope, unit, vendor), g.granted_at)
        for g, name, number, unit, vendor in db.session.execute(statement)
    ]


@dataclass(frozen=True)
class AccountRow:
    """An account with the words a list needs; never anything of its password but its age."""

    account: Account
    name: str
    staff_number: str
    sessions: int


def accounts(
    day: date, now: datetime, *, state: str = "", words: str = "", after_id: int = 0, limit: int = 50
) -> list[AccountRow]:
    """Accounts by id: all, or those locked, disabled, or still waiting for their first sign-in."""
    spells = current_spells(day).subquery()
    living = (
        select(func.count())
        .select_from(UserSession)
        .where(UserSession.account_id == Account.id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
        .scalar_subquery()
    )
    statement = (
        select(Account, Person.name, spells.c.staff_number, living)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(spells, spells.c.person_id == Person.id)
        .where(Account.id > after_id)
        .order_by(Account.id)
        .limit(limit)
    )
    narrow = {
        "locked": Account.locked_until > now,
        "disabled": Account.is_disabled.is_(True),
        "waiting": Account.welcomed_at.is_(None),
    }.get(state)
    if narrow is not None:
        statement = statement.where(narrow)
    if words:
        statement = statement.where(or_(Person.name.contains(words, autoescape=True), spells.c.staff_number == words))
    return [AccountRow(a, name, number or "", n) for a, name, number, n in db.session.execute(statement)]


def views_of(person_id: int, limit: int = 20, *, skip: int = 0) -> list[AccessRecord]:
    """Who looked at a person's record, newest first."""
    return list(
        db.session.scalars(
            select(AccessRecord)
            .where(AccessRecord.person_id == person_id)
            .order_by(AccessRecord.at.desc(), AccessRecord.id.desc())
            .offset(skip)
            .limit(limit)
        )
    )


@dataclass(frozen=True)
class TrailFilter:
    """What of the audit trail is wanted; empty means everything."""

    who: str = ""
    verb: str = ""
    kind: str = ""
    ref_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def trail(wanted: TrailFilter) -> Select[AuditLine]:
    """Audit lines that match, newest first; the caller adds the page."""
    statement = select(AuditLine).order_by(AuditLine.id.desc())
    if wanted.who:
        statement = statement.where(AuditLine.actor_label.contains(wanted.who, autoescape=True))
    if wanted.verb:
        statement = statement.where(AuditLine.verb == wanted.verb)
    if wanted.kind:
        statement = statement.where(AuditLine.kind == wanted.kind)
    if wanted.ref_id:
        statement = statement.where(AuditLine.ref_id == wanted.ref_id)
    if wanted.since:
        statement = statement.where(AuditLine.at >= wanted.since)
    if wanted.until:
        statement = statement.where(AuditLine.at < wanted.until)
    return statement


def trail_words() -> tuple[list[str], list[str]]:
    """The verbs and the kinds that occur in the trail."""
    verbs = list(db.session.scalars(select(AuditLine.verb).distinct().order_by(AuditLine.verb)))
    kinds = list(db.session.scalars(select(AuditLine.kind).distinct().order_by(AuditLine.kind)))
    return verbs, kinds


def names(person_ids: Iterable[int]) -> dict[int, str]:
    """Names by person id."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(list(person_ids))))
    return {key: value for key, value in rows}  # noqa: C416 - rows are not tuples


def waiting_by_unit(in_scope: Select[int], day: date) -> dict[int, int]:
    """How many people in scope of each unit have no password yet."""
    spells = current_spells(day).subquery()
    rows = db.session.execute(
        select(spells.c.unit_id, func.count())
        .join(Account, Account.person_id == spells.c.person_id)
        .where(Account.person_id.in_(in_scope), Account.password_hash.is_(None), Account.is_disabled.is_(False))
        .group_by(spells.c.unit_id)
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are not tuples


def waiting_accounts(in_scope: Select[int], unit_id: int, day: date, limit: int) -> list[tuple[Spell, Account]]:
    """Spells and accounts of a unit's people in scope who have no password yet, by pinyin."""
    rows = db.session.execute(
        current_spells(day)
        .add_columns(Account)
        .join(Account, Account.person_id == Spell.person_id)
        .join(Person, Person.id == Spell.person_id)
        .options(joinedload(Spell.person), joinedload(Spell.unit))
        .where(
            Spell.unit_id == unit_id,
            Account.person_id.in_(in_scope),
            Account.password_hash.is_(None),
            Account.is_disabled.is_(False),
        )
        .order_by(Person.sort_key)
        .limit(limit)
    )
    return [(spell, account) for spell, account in rows]
