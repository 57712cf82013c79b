"""Verbs on accounts, sessions, codes and roles; hashing is done before they are called."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from lms import audit, clock
from lms.access import events, passwords, queries, rules, session
from lms.access.models import (
    AccessRecord,
    Account,
    ActivationCode,
    PasswordRecord,
    RateCount,
    Role,
    RoleGrant,
    Scope,
    UserSession,
)
from lms.access.queries import SignInFacts
from lms.access.rules import Tries
from lms.db import db, is_sqlite
from lms.errors import Refused
from lms.people.models import Person
from lms.people.queries import current_spell

KEEP_RATES_MINUTES = 24 * 60


class Viewer(Protocol):
    """Who looks at a record."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Attempt:
    """What became of a sign-in: a session's token, or the sentence to show."""

    token: str | None = None
    refused: Refused | None = None


# Counting --------------------------------------------------------------------------------------------------------


def this_minute() -> int:
    """Minutes since 1970."""
    return int(clock.now().timestamp()) // 60


def count_use(bucket: str, limit: int) -> bool:
    """Count one use in this minute, over all workers; False when the limit was used up before. Needs a writing view."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    statement = insert(RateCount).values(bucket=bucket[:80], minute=this_minute(), count=1)
    statement = statement.on_conflict_do_update(
        index_elements=["bucket", "minute"], set_={"count": RateCount.__table__.c.count + 1}
    )
    count: int = db.session.execute(statement.returning(RateCount.count)).scalar_one()
    return count <= limit


def old_rates() -> int:
    """How many counts are a day old and of no more use."""
    limit = this_minute() - KEEP_RATES_MINUTES
    return db.session.scalar(select(func.count()).select_from(RateCount).where(RateCount.minute < limit)) or 0


def forget_old_rates() -> None:
    """Delete counts older than a day."""
    db.session.execute(delete(RateCount).where(RateCount.minute < this_minute() - KEEP_RATES_MINUTES))


# Signing in ------------------------------------------------------------------------------------------------------


def absent_bucket(number: str) -> str:
    """Where failures for a number that nobody has are counted."""
    return queries.ABSENT + hashlib.sha256(number.encode()).hexdigest()[:60]


def absent_tries(number: str, lock_minutes: int) -> Tries:
    """The count for a number that nobody has, as if it were an account."""
    row = queries.absent_row(absent_bucket(number))
    if row is None:
        return Tries()
    since = session.instant_of_minute(row.minute)
    locked_until = rules.lock_end(since, lock_minutes) if row.count < 0 else None
    return Tries(abs(row.count), locked_until)


def _count_absent(number: str, limit: int, lock_minutes: int) -> Tries:
    """One more failure for a number that nobody has; a negative count means locked since that minute."""
    now, bucket = clock.now(), absent_bucket(number)
    before = absent_tries(number, lock_minutes)
    tries = rules.after_failure(before, now, limit, lock_minutes)
    row = queries.absent_row(bucket)
    if row is None:
        row = RateCount(bucket=bucket, minute=this_minute(), count=0)
        db.session.add(row)
    if tries != before:
        row.minute, row.count = this_minute(), -tries.failures if tries.locked_until else tries.failures
    db.session.flush()
    return tries


def refuse_sign_in(number: str, *, address: str, limit: int, lock_minutes: int) -> Refused:
    """Note a wrong password or number, lock at the limit, and say so; the caller returns its page so this is kept."""
    now = clock.now()
    count_use(f"sign_in:{address}", rules.ADDRESS_FAILURES_PER_MINUTE)
    facts = queries.facts_by_number(number)
    if facts is None:
        audit.record("sign_in.refused", "staff_number", number, number, address=address)
        return rules.failure(_count_absent(number, limit, lock_minutes), now, limit)
    account = _locked_row(facts.account_id)
    before = Tries(account.failures, account.locked_until)
    tries = rules.after_failure(before, now, limit, lock_minutes)
    account.failures, account.locked_until = tries.failures, tries.locked_until
    audit.record("sign_in.refused", "account", account.id, facts.name, address=address, failures=tries.failures)
    if tries.locked_until and tries != before:
        audit.record("account.lock", "account", account.id, facts.name, until=tries.locked_until, reason="密码错误次数")
        events.account_locked.send(facts.person_id, address=address)
    return rules.failure(tries, now, limit)


def knows_password(facts: SignInFacts | None, password: str) -> bool:
    """Whether it is this person's password and the account is not locked. It takes 35 ms: never inside a write."""
    is_right = passwords.is_right(facts.password_hash if facts else None, password)
    return facts is not None and is_right and not rules.is_locked(facts.tries, clock.now())


def sign_in(account_id: int, *, verified_hash: str, hours: int, device: str, address: str) -> Attempt:
    """Open a session for somebody whose password was right a moment ago, unless things changed since."""
    account = _locked_row(account_id)
    tries = Tries(account.failures, account.locked_until)
    if rules.is_locked(tries, clock.now()):
        return Attempt(refused=rules.failure(tries, clock.now(), account.failures))
    if account.password_hash != verified_hash:
        return Attempt(refused=Refused("密码刚刚改过，用新密码再登录一次。"))
    if account.is_disabled:
        return Attempt(refused=Refused("这个账号已停用。需要时联系安全管理员。"))
    account.failures, account.locked_until = 0, None
    token = session.open_session(account, hours=hours, device=device, address=address)
    name = _name(account)
    with audit.acting_as(account.person_id, name, address or "web"):
        audit.record("sign_in", "account", account.id, name, device=device)
    return Attempt(token=token)


def _locked_row(account_id: int) -> Account:
    return db.session.get_one(Account, account_id, with_for_update=not is_sqlite(), populate_existing=True)


def _name(account: Account) -> str:
    return db.session.scalar(select(Person.name).where(Person.id == account.person_id)) or ""


def sign_out(session_id: int) -> None:
    """End one's own present session."""
    session.end([session_id], "sign_out")
    audit.record("sign_out", "session", session_id)


def end_own_session(account_id: int, session_id: int) -> None:
    """End one of one's own sessions on another device."""
    row = db.session.get(UserSession, session_id)
    if row is None or row.account_id != account_id:
        raise Refused("这台设备已经退出了。")
    session.end([row.id], "ended_by_owner")
    audit.record("session.end", "session", row.id, row.device)


def end_other_sessions(account_id: int, keep: int) -> None:
    """End all of one's sessions but the present one."""
    session.end_all(account_id, "ended_by_owner", but=keep)
    audit.record("session.end_others", "account", account_id)


def end_sessions_of(person_id: int, reason: str) -> None:
    """End every session of a person, at once."""
    account = queries.account_of(person_id)
    if account is not None:
        session.end_all(account.id, reason)


# Passwords and codes ---------------------------------------------------------------------------------------------


def set_password(account: Account, new_hash: str, *, keep_session: int | None) -> None:
    """Put a new password in place of the old, end other sessions, use up codes. Rules were asked before hashing."""
    now = clock.now()
    if account.password_hash:
        db.session.add(PasswordRecord(account_id=account.id, password_hash=account.password_hash, replaced_at=now))
    account.password_hash, account.password_changed_at = new_hash, now
    account.failures, account.locked_until = 0, None
    for code in queries.open_codes(account.id, now):
        code.used_at = now
    session.end_all(account.id, "password_changed", but=keep_session)
    audit.record("password.change", "account", account.id, _name(account))


def open_accounts(person_ids: list[int]) -> None:
    """Accounts without a password for people who just joined, with the role 学员; a few statements for any number."""
    now, who = clock.now(), audit.actor().person_id
    db.session.execute(insert(Account), [{"person_id": person_id} for person_id in person_ids])
    db.session.execute(
        insert(RoleGrant),
        [
            {"person_id": i, "role": Role.learner, "scope": Scope.all, "granted_by": who, "granted_at": now}
            for i in person_ids
        ],
    )
    if len(person_ids) == 1:
        account = queries.account_of(person_ids[0])
        assert account is not None
        audit.record("account.open", "account", account.id, _name(account))


def close_accounts(person_ids: list[int]) -> None:
    """Remove the accounts of people who are taken back, with codes, sessions, the role 学员 and who looked at them."""
    accounts = select(Account.id).where(Account.person_id.in_(person_ids))
    for table in (ActivationCode, UserSession, PasswordRecord):
        db.session.execute(delete(table).where(table.account_id.in_(accounts)))
    for owned in (RoleGrant, AccessRecord, Account):
        db.session.execute(delete(owned).where(owned.person_id.in_(person_ids)))


def issue_code(account: Account, *, days: float, reason: str) -> str:
    """A fresh activation code (kept as SHA-256 only, so it is shown once); older open ones stop working."""
    now = clock.now()
    for old in queries.open_codes(account.id, now):
        old.expires_at = now
    code = "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))
    db.session.add(
        ActivationCode(
            account_id=account.id,
            code_hash=session.hash_token(code),
            created_at=now,
            expires_at=now + timedelta(days=days),
            issued_by=audit.actor().person_id,
            reason=reason[:120],
        )
    )
    audit.record("code.issue", "account", account.id, _name(account), reason=reason)
    return code


def sign_in_by_code(number: str, code: str, *, hours: int, device: str, address: str) -> Attempt:
    """Open a session that leads to a new password; the code is used up when the password is set."""
    facts = queries.facts_by_number(number)
    row = queries.code_by_hash(session.hash_token(code))
    matches = facts is not None and row is not None and row.account_id == facts.account_id
    try:
        rules.check_code(matches, row.expires_at if row else None, row.used_at if row else None, clock.now())
    except Refused as refused:
        count_use(f"sign_in:{address}", rules.ADDRESS_FAILURES_PER_MINUTE)
        audit.record("code.refused", "staff_number", number, number, address=address)
        return Attempt(refused=refused)
    assert facts is not None
    account = _locked_row(facts.account_id)
    if account.is_disabled:
        return Attempt(refused=Refused("这个账号已停用。需要时联系安全管理员。"))
    if current_spell(account.person_id, clock.today()) is None:
        return Attempt(refused=Refused("这个工号现在不在岗，账号已停用。需要时联系人事。"))
    account.welcomed_at = None
    token = session.open_session(account, hours=hours, device=device, address=address)
    with audit.acting_as(account.person_id, facts.name, address or "web"):
        audit.record("sign_in", "account", account.id, facts.name, device=device, by="code")
    return Attempt(token=token)


def finish_welcome(account: Account) -> None:
    """The first sign-in is over."""
    if account.password_hash is None or queries.open_codes(account.id, clock.now()):
        raise Refused("先设好密码，再继续。")
    account.welcomed_at = clock.now()
    audit.record("account.welcome", "account", account.id, _name(account))


def claim_setup() -> bool:
    """Whether set-up is still open; taking the claim row makes a second set-up at the same moment wait and find it closed."""
    count_use("setup", 1)
    return not queries.has_accounts()


# Accounts and roles ----------------------------------------------------------------------------------------------


def unlock(account: Account) -> None:
    """Let an account try again at once."""
    account.failures, account.locked_until = 0, None
    audit.record("account.unlock", "account", account.id, _name(account))


def disable(account: Account, reason: str) -> None:
    """Stop an account and end its sessions; the record stays."""
    rules.check_not_self(audit.actor().person_id, account.person_id)
    if account.is_disabled:
        raise Refused("这个账号已经停用。")
    held = [grant.role for grant in queries.grants_of(account.person_id)]
    if Role.security_admin in held:
        rules.check_may_end(Role.security_admin, len(queries.holders(Role.security_admin)))
    account.is_disabled = True
    session.end_all(account.id, "disabled")
    audit.record("account.disable", "account", account.id, _name(account), reason=reason)


def enable(account: Account) -> None:
    """Let a stopped account in again."""
    rules.check_not_self(audit.actor().person_id, account.person_id)
    account.is_disabled = False
    audit.record("account.enable", "account", account.id, _name(account))


def grant(person: Person, role: Role, scope: Scope, unit_id: int | None, vendor_id: int | None) -> RoleGrant:
    """Give a role with its reach; what excludes each other is refused."""
    rules.check_not_self(audit.actor().person_id, person.id)
    return first_grant(person, role, scope, unit_id, vendor_id)


def first_grant(
    person: Person, role: Role, scope: Scope = Scope.all, unit_id: int | None = None, vendor_id: int | None = None
) -> RoleGrant:
    """The same without somebody signed in, for set-up and the demo organisation."""
    rules.check_roles([held.role for held in queries.grants_of(person.id)], role)
    rules.check_scope(role, scope, unit_id, vendor_id)
    given = _grant(person.id, role, scope, unit_id, vendor_id)
    audit.record("role.grant", "person", person.id, person.name, role=role, scope=scope, unit=unit_id, vendor=vendor_id)
    return given


def _grant(person_id: int, role: Role, scope: Scope, unit_id: int | None, vendor_id: int | None) -> RoleGrant:
    given = RoleGrant(
        person_id=person_id,
        role=role,
        scope=scope,
        unit_id=unit_id if scope == Scope.own_unit else None,
        vendor_id=vendor_id if scope == Scope.own_vendor else None,
        granted_by=audit.actor().person_id,
        granted_at=clock.now(),
    )
    db.session.add(given)
    db.session.flush()
    return given


def end_grant(given: RoleGrant) -> None:
    """Take a role back; it stays on record with its end."""
    rules.check_not_self(audit.actor().person_id, given.person_id)
    if given.ended_at is not None:
        raise Refused("这个角色已经结束了。")
    rules.check_may_end(given.role, len(queries.holders(given.role)))
    given.ended_at = clock.now()
    account = queries.account_of(given.person_id)
    if account is not None and account.active_role == given.role:
        account.active_role = None
    name = queries.names([given.person_id]).get(given.person_id, "")
    audit.record("role.end", "person", given.person_id, name, role=given.role, scope=given.scope)


def switch_role(account: Account, role: Role) -> None:
    """Work under another of one's own roles; what one may do does not change, only what is shown first."""
    if role not in {held.role for held in queries.grants_of(account.person_id)}:
        raise Refused("你没有「{role}」这个身份。", role=role.label)
    account.active_role = role


def record_view(person_id: int, viewer: Viewer, page: str) -> None:
    """Note that somebody looked at another person's record, at most once an hour for each viewer and page."""
    if viewer.id == person_id:
        return
    now = clock.now()
    seen = db.session.scalar(
        select(AccessRecord.id).where(
            AccessRecord.person_id == person_id,
            AccessRecord.viewer_id == viewer.id,
            AccessRecord.page == page[:80],
            AccessRecord.at > now - rules.VIEW_AGAIN_AFTER,
        )
    )
    if seen is None:
        db.session.add(
            AccessRecord(
                person_id=person_id,
                viewer_id=viewer.id,
                viewer_label=viewer.name[:80],
                page=page[:80],
                viewed_as=getattr(viewer, "role_label", "")[:40],
                at=now,
            )
        )
