"""Decisions about sign-in, passwords, codes and roles: pure, every limit is an argument."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lms.access.models import ADMINISTRATORS, Role, Scope
from lms.errors import Refused

PASSWORD_HISTORY = 5  # 等保三级 assessor habit, domain.md §5
PASSWORD_MAX_LENGTH = 128
ADDRESS_FAILURES_PER_MINUTE = 30  # failed sign-ins from one address; a whole office may share it
MAIL_CODE_HOURS = 2
VIEW_AGAIN_AFTER = timedelta(hours=1)
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is misread on a printed slip
CODE_LENGTH = 12
MINIMUM_PART_OF_NUMBER = 4
GUARDED = ADMINISTRATORS | {Role.hr, Role.committee}  # their codes come from the security administrator only
ENDS = "0123456789!@#$%^&*().,_-+=?~ "  # what people put round a word: "Password@123" is still "password"


@dataclass(frozen=True)
class PasswordPolicy:
    """What a password must be: characters at least, kinds of character, how many old ones are barred."""

    min_length: int = 10
    classes: int = 3
    history: int = PASSWORD_HISTORY


@dataclass(frozen=True)
class Tries:
    """Failed sign-ins in a row, and until when no more are taken."""

    failures: int = 0
    locked_until: datetime | None = None


def normal_number(text: str) -> str:
    """A staff number as people type it: full-width digits, small letters and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()[:30]


def normal_code(text: str) -> str:
    """An activation code without the dashes and spaces of its slip."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())[:40]


def shown_code(code: str) -> str:
    """A code in groups of four, as printed on slips."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_locked(tries: Tries, now: datetime) -> bool:
    """Whether sign-in is refused whatever the password."""
    return tries.locked_until is not None and now < tries.locked_until


def lock_end(now: datetime, lock_minutes: int) -> datetime:
    """When a lock that begins now ends: that many minutes after the present minute is over."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=lock_minutes + 1)


def after_failure(tries: Tries, now: datetime, limit: int, lock_minutes: int) -> Tries:
    """One more wrong password; at the limit it locks, and an expired lock begins a new count."""
    if is_locked(tries, now):
        return tries
    failures = (0 if tries.locked_until else min(tries.failures, limit - 1)) + 1
    locked_until = lock_end(now, lock_minutes) if failures >= limit else None
    return Tries(failures, locked_until)


def failure(tries: Tries, now: datetime, limit: int) -> Refused:
    """What is said after a failure: the same whether or not the number exists."""
    if tries.locked_until and is_locked(tries, now):
        minutes = max(1, int((tries.locked_until - now).total_seconds()) // 60)
        return Refused("试的次数太多，这个工号锁定 {n} 分钟。可以到时再试，或请班组长、人事发一个激活码。", n=minutes)
    return Refused("工号或密码不对，还可以试 {n} 次", n=max(1, limit - tries.failures))


def character_classes(password: str) -> int:
    """How many of the four kinds it has: small letters, capitals, digits, anything else."""
    kinds = (
        any(c.isascii() and c.islower() for c in password),
        any(c.isascii() and c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not (c.isascii() and c.isalnum()) and not c.isdigit() for c in password),
    )
    return sum(kinds)


def password_rules(policy: PasswordPolicy) -> list[tuple[str, dict[str, Any]]]:
    """The rules as sentences, shown before anything is typed."""
    return [
        ("至少 {n} 个字符", {"n": policy.min_length}),
        ("大写字母、小写字母、数字、符号四类中至少 {n} 类", {"n": policy.classes}),
        ("不包含工号，也不是常见密码", {}),
        ("与最近 {n} 次用过的不同", {"n": policy.history}),
    ]


def check_password(password: str, policy: PasswordPolicy, numbers: Iterable[str], common: frozenset[str]) -> None:
    """Refuse a password that breaks a rule; the sentence says which and what to change."""
    if len(password) < policy.min_length:
        raise Refused("密码只有 {n} 个字符，至少要 {least} 个。", n=len(password), least=policy.min_length)
    if len(password) > PASSWORD_MAX_LENGTH:
        raise Refused("密码最多 {most} 个字符，缩短一些。", most=PASSWORD_MAX_LENGTH)
    if character_classes(password) < policy.classes:
        raise Refused("密码要包含大写字母、小写字母、数字、符号中的 {n} 类，再加一类。", n=policy.classes)
    folded = unicodedata.normalize("NFKC", password).casefold()
    for number in numbers:
        if len(number) >= MINIMUM_PART_OF_NUMBER and number.casefold() in folded:
            raise Refused("密码里有你的工号，换一个别人猜不到的。")
    if {folded, folded.rstrip(ENDS), folded.strip(ENDS)} & common:
        raise Refused("这个密码太常见，换一个别人猜不到的。")
    if len(set(folded)) <= 3:
        raise Refused("密码里重复的字符太多，换一个别人猜不到的。")


def check_not_used_before(was_used: bool, history: int) -> None:
    """The newest passwords are not taken again."""
    if was_used:
        raise Refused("这个密码最近 {n} 次里用过，换一个新的。", n=history)


def check_code(is_known: bool, expires_at: datetime | None, used_at: datetime | None, now: datetime) -> None:
    """A code holds once and until it expires; an unknown number and a wrong code sound the same."""
    if not is_known or expires_at is None:
        raise Refused("工号或激活码不对。核对纸条上的字母和数字，或请班组长、人事再发一个。")
    if used_at is not None:
        raise Refused("这个激活码已经用过。忘了密码的话，请班组长或人事再发一个。")
    if now >= expires_at:
        raise Refused("这个激活码已经过期，请班组长或人事再发一个。")


def local_path(target: str | None) -> str:
    """Where to go after sign-in: a path of ours, else the first page. Never another site."""
    path = target or ""
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if is_local and path.isprintable() and " " not in path else "/"


def starts_at_desk(held: Iterable[Role]) -> bool:
    """Whether somebody's day begins at 工作台: the three administrators."""
    return not ADMINISTRATORS.isdisjoint(held)


def check_roles(held: Iterable[Role], new: Role) -> None:
    """三员分立: an administrator holds one of the three and besides it at most 学员; nobody who scores others runs the system."""
    present = frozenset(held)
    if new in present:
        raise Refused("已经有「{role}」这个角色。先结束原来的，再按新的范围授予。", role=new.label)
    others = present - {Role.learner}
    if new in ADMINISTRATORS and others:
        named = "、".join(role.label for role in sorted(others))
        raise Refused("系统、安全、审计管理员互斥，也不能兼任业务角色。先结束：{roles}。", roles=named)
    if new != Role.learner and present & ADMINISTRATORS:
        named = "、".join(role.label for role in sorted(present & ADMINISTRATORS))
        raise Refused("{roles}不能兼任其他角色（三员分立）。", roles=named)


def check_scope(role: Role, scope: Scope, unit_id: int | None, vendor_id: int | None) -> None:
    """A scope names what it covers; administrators and learners have no narrower reach."""
    if role in ADMINISTRATORS | {Role.learner} and scope != Scope.all:
        raise Refused("「{role}」的范围只能是全部。", role=role.label)
    if scope == Scope.own_unit and unit_id is None:
        raise Refused("范围是本单位时，选择是哪个单位。")
    if scope == Scope.own_vendor and vendor_id is None:
        raise Refused("范围是本公司时，选择是哪家公司。")


def check_not_self(actor_id: int | None, person_id: int) -> None:
    """Nobody gives or takes their own rights."""
    if actor_id == person_id:
        raise Refused("不能改自己的角色和账号状态，请另一位安全管理员来做。")


def check_may_end(role: Role, holders: int) -> None:
    """The last security administrator stays, or nobody could grant roles any more."""
    if role == Role.security_admin and holders <= 1:
        raise Refused("这是唯一的安全管理员。先授予另一位，再结束这一位。")


def check_two_people(first_number: str, second_number: str, first_name: str, second_name: str) -> None:
    """At set-up the system and the security administrator are two different people."""
    if first_number == second_number or first_name == second_name:
        raise Refused("系统管理员和安全管理员须是两个不同的人。")


BROWSERS = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("360", "360 浏览器"), ("UOS", "UOS 浏览器"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def device_words(agent: str) -> str:
    """A browser's own description in a few words, as in Chrome · Windows."""
    found = [next((label for part, label in known if part in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(word for word in found if word) or (agent.split("/", maxsplit=1)[0][:40] or "未知设备")


LOOK_MINUTES = 30  # how long one may look before asking again
SEEN_ROLES = frozenset({Role.learner, Role.trainer, Role.line_leader})


def check_may_look(viewer_id: int, person_id: int, held: Iterable[Role], reason: str) -> str:
    """The trimmed reason; refuse looking as oneself, as anybody with more than teaching rights, or without a reason."""
    reason = " ".join(reason.split())
    if viewer_id == person_id:
        raise Refused("这是你自己，不用换视角。")
    if frozenset(held) - SEEN_ROLES:
        raise Refused("只能查看学员、培训师和班组长的视角；人事、委员会和管理员看到的内容另有权限。")
    if len(reason) < 4:
        raise Refused("写清查看的理由（至少 4 个字），本人会在「谁看过我的记录」里看到。")
    return reason[:120]


def may_recover_by_mail(held: Iterable[Role]) -> bool:
    """Whether a forgotten password may be replaced by mail: HR can correct addresses, so not for HR and above."""
    return not frozenset(held) & GUARDED


def may_issue(issuer: Iterable[str], target: Iterable[Role], *, is_self: bool) -> bool:
    """Who may issue a code, which is as good as a password: never for oneself, never for somebody with more rights.

    Line leaders for learners and trainers, HR for everybody but HR, committee and administrators, who get theirs
    from the security administrator.
    """
    roles, held = frozenset(issuer), frozenset(target)
    if is_self:
        return False
    if Role.security_admin in roles:
        return True
    if Role.hr in roles:
        return not held & GUARDED
    return Role.line_leader in roles and not held & (GUARDED | {Role.line_leader})


def check_may_issue(issuer: Iterable[str], target: Iterable[Role], *, is_self: bool) -> None:
    """The same, refusing with what to do instead."""
    if not may_issue(issuer, target, is_self=is_self):
        raise Refused("你不能给这位发激活码：对方的权限不低于你，或者就是你自己。请安全管理员来发。")
