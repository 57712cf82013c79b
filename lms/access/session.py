"""Server-side sessions: a token in the browser, its hash in a table; leaving, sign-out and time end it."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import and_, bindparam, select, update

from lms import clock
from lms.access.models import Account, Role, RoleGrant, UserSession
from lms.db import ahead, db
from lms.organisation.models import Post, Unit
from lms.people.models import EmploymentForm, Person, Spell
from lms.web.guards import Reach

SEEN_EVERY = timedelta(minutes=1)
TOKEN_BYTES = 32


@dataclass(frozen=True)
class SignedIn:
    """The signed-in person as a plain value; error pages after a rollback need no query."""

    id: int
    name: str
    given_name: str
    staff_number: str
    unit_id: int
    unit_name: str
    vendor_id: int | None
    form: EmploymentForm
    post_name: str
    account_id: int
    session_id: int
    is_welcomed: bool
    locale: str
    size: str
    theme: str
    has_shortcuts: bool
    role: Role
    reaches: tuple[Reach, ...]
    seen_at: datetime
    viewer: "Eyes | None" = None

    @property
    def role_label(self) -> str:
        return self.role.label

    def has(self, *roles: Role) -> bool:
        """Whether the person holds any of these roles."""
        return any(reach.role in roles for reach in self.reaches)


@dataclass(frozen=True)
class Eyes:
    """Who really looks, in a session that shows the product as another person sees it; it can only read."""

    id: int
    name: str


@dataclass(frozen=True)
class LeanPerson:
    """Only who it is, for the route that saves answers."""

    id: int
    session_id: int
    seen_at: datetime
    is_welcomed: bool
    reaches: tuple[Reach, ...] = ()
    viewer: Eyes | None = None


def hash_token(token: str) -> str:
    """SHA-256 (hex) of a session token or an activation code."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A fresh session token, 256 bits, safe in a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


_HOLDS = (
    UserSession.token_hash == bindparam("token_hash"),
    UserSession.ended_at.is_(None),
    UserSession.expires_at > bindparam("now"),
    UserSession.seen_at > bindparam("since"),
    Account.is_disabled.is_(False),
    Spell.starts_on <= bindparam("today"),
    (Spell.ends_on.is_(None)) | (Spell.ends_on >= bindparam("today")),
)
# Built once: the hot path pays for running it alone.
_LEAN = (
    select(UserSession.id, UserSession.seen_at, Account.person_id, Account.welcomed_at, UserSession.viewing_id)
    .join(Account, Account.id == UserSession.account_id)
    .join(Spell, Spell.person_id == Account.person_id)
    .where(*_HOLDS)
    .limit(1)
)


def _values(token: str, idle: timedelta) -> dict[str, Any]:
    now = clock.now()
    return {"token_hash": hash_token(token), "now": now, "since": now - idle, "today": clock.today()}


def load_lean(token: str, *, idle: timedelta, writes: bool) -> LeanPerson | None:
    """The person behind a token with one query and no roles, in the transaction of the view that follows and writes
    or only reads; None, and that transaction ended, when the session has ended.
    """
    with ahead(writes=writes):
        row = db.session.connection().execute(_LEAN, _values(token, idle)).first()
    if row is None:
        db.session.rollback()  # gives the write lock back: no view will
        return None
    eyes = Eyes(row.person_id, "") if row.viewing_id is not None else None
    return LeanPerson(row.person_id, row.id, row.seen_at, row.welcomed_at is not None, viewer=eyes)


_WHO = (
    Person.id,
    Person.name,
    Person.given_name,
    Spell.staff_number,
    Spell.unit_id,
    Unit.name.label("unit_name"),
    Spell.vendor_id,
    Spell.form,
    Post.name.label("post_name"),
)
_FULL = (
    select(
        *_WHO,
        Account.id.label("account_id"),
        UserSession.id.label("session_id"),
        Account.welcomed_at,
        Account.locale,
        Account.size,
        Account.theme,
        Account.has_shortcuts,
        Account.active_role,
        UserSession.seen_at,
        UserSession.viewing_id,
        UserSession.viewing_until,
        Spell.id.label("spell_id"),
        RoleGrant.role,
        RoleGrant.scope,
        RoleGrant.unit_id.label("reach_unit_id"),
        RoleGrant.vendor_id.label("reach_vendor_id"),
    )
    .select_from(UserSession)
    .join(Account, Account.id == UserSession.account_id)
    .join(Person, Person.id == Account.person_id)
    .join(Spell, Spell.person_id == Person.id)
    .join(Unit, Unit.id == Spell.unit_id)
    .join(Post, Post.id == Spell.post_id)
    .outerjoin(RoleGrant, and_(RoleGrant.person_id == Person.id, RoleGrant.ended_at.is_(None)))
    .where(*_HOLDS)
    .order_by(Spell.starts_on.desc(), Spell.id, RoleGrant.id)
)


def load(token: str, *, idle: timedelta) -> SignedIn | None:
    """The person behind a token with roles, in one query; None when the session, the account or the job has ended."""
    rows = db.session.connection().execute(_FULL, _values(token, idle)).all()
    if not rows:
        return None
    row = rows[0]
    grants = [r for r in rows if r.role is not None and r.spell_id == row.spell_id]
    viewer = _signed_in(row, tuple(Reach(r.role, r.scope, r.reach_unit_id, r.reach_vendor_id) for r in grants))
    if row.viewing_id is not None and row.viewing_until > clock.now():
        return _seen_by(row, viewer)
    return viewer


def _signed_in(row: Any, reaches: tuple[Reach, ...]) -> SignedIn:
    held = [Role(reach.role) for reach in reaches]
    first = held[0] if held else Role.learner
    role = row.active_role if row.active_role in held else first
    return SignedIn(
        id=row.id,
        name=row.name,
        given_name=row.given_name,
        staff_number=row.staff_number,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        vendor_id=row.vendor_id,
        form=row.form,
        post_name=row.post_name,
        account_id=row.account_id,
        session_id=row.session_id,
        is_welcomed=row.welcomed_at is not None,
        locale=row.locale,
        size=row.size,
        theme=row.theme,
        has_shortcuts=row.has_shortcuts,
        role=role,
        reaches=reaches,
        seen_at=row.seen_at,
    )


_SEEN = (
    select(
        *_WHO,
    )
    .join(Spell, Spell.person_id == Person.id)
    .join(Unit, Unit.id == Spell.unit_id)
    .join(Post, Post.id == Spell.post_id)
    .where(
        Person.id == bindparam("person_id"),
        Spell.starts_on <= bindparam("today"),
        (Spell.ends_on.is_(None)) | (Spell.ends_on >= bindparam("today")),
    )
    .order_by(Spell.starts_on.desc())
    .limit(1)
)


def _seen_by(row: Any, viewer: SignedIn) -> SignedIn:
    """The person looked at, in the viewer's own session, size and language; the viewer again if they have left."""
    seen = db.session.execute(_SEEN, {"person_id": row.viewing_id, "today": clock.today()}).first()
    if seen is None:
        return viewer
    given = {**row._mapping, **seen._mapping, "active_role": None}  # noqa: SLF001 - SQLAlchemy's public name
    grants = db.session.execute(
        select(RoleGrant.role, RoleGrant.scope, RoleGrant.unit_id, RoleGrant.vendor_id)
        .where(RoleGrant.person_id == seen.id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    )
    reaches = tuple(Reach(g.role, g.scope, g.unit_id, g.vendor_id) for g in grants)
    return replace(_signed_in(SimpleNamespace(**given), reaches), viewer=Eyes(viewer.id, viewer.name))


def needs_touch(seen_at: datetime) -> bool:
    """Whether last-seen is old enough to be written again (at most once a minute)."""
    return clock.now() - seen_at >= SEEN_EVERY


def touch(session_id: int) -> None:
    """Note that the session was just used."""
    db.session.execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=clock.now()))


def open_session(account: Account, *, hours: int, device: str, address: str) -> str:
    """Start a session and return its token, which only the browser keeps."""
    now, token = clock.now(), new_token()
    db.session.add(
        UserSession(
            token_hash=hash_token(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
            device=device[:120],
            address=address[:45],
        )
    )
    return token


def end(session_ids: list[int], reason: str) -> None:
    """End these sessions now."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.id.in_(session_ids), UserSession.ended_at.is_(None))
        .values(ended_at=clock.now(), end_reason=reason)
    )


def end_all(account_id: int, reason: str, *, but: int | None = None) -> None:
    """End every session of an account, except perhaps the present one."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.account_id == account_id, UserSession.ended_at.is_(None), UserSession.id != (but or 0))
        .values(ended_at=clock.now(), end_reason=reason)
    )


def instant_of_minute(minute: int) -> datetime:
    """The instant at which a minute counted since 1970 begins."""
    return datetime.fromtimestamp(minute * 60, UTC)
