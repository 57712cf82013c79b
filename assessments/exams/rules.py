"""When an exam may be started, until when it runs, what may be seen afterwards. `now` is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from lms.errors import Refused

MINIMUM_MINUTES = 1
LONGEST_DELAY = 8_760  # hours, a year
LONGEST_GRACE = 60  # minutes
EXTRA_PERCENTS = (25, 50)
MOST_EXTRA_MINUTES = 240
SHORTEST_REASON, LONGEST_REASON = 4, 300
NOT_NOW = {
    "running": "你有一次作答还没交卷，请先回到那一次。",
    "marking": "上一次作答还在阅卷。成绩出来以后，再看要不要再考。",
    "passed": "你已经通过这场考试，不需要再考。",
    "closed": "这场考试已经关闭。需要补考请联系培训科。",
    "not_yet": "这场考试还没有开放。",
    "used_up": "机会已经用完。需要补考请联系培训科。",
    "waiting": "离上次交卷时间还短，到时间后可以再考。",
}


class Terms(Protocol):
    """An exam's terms."""

    @property
    def is_open(self) -> bool: ...
    @property
    def opens_at(self) -> datetime | None: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def minutes(self) -> int: ...
    @property
    def attempts_allowed(self) -> int: ...
    @property
    def first_delay_hours(self) -> int: ...
    @property
    def later_delay_hours(self) -> int: ...


@dataclass(frozen=True)
class Sitting:
    """An earlier attempt as far as a new one depends on it; voided ones are not among them."""

    number: int
    is_open: bool
    handed_in_at: datetime | None
    is_passed: bool
    is_waiting: bool = False  # for a marker


@dataclass(frozen=True)
class Standing:
    """Where a person stands with an exam: state and when the next attempt opens."""

    state: str
    attempts_left: int
    next_at: datetime | None = None


@dataclass(frozen=True)
class Extra:
    """More time for one person: percent of the time there is, or minutes on top of it."""

    percent: int = 0
    minutes: int = 0


NO_EXTRA = Extra()


def next_attempt_at(terms: Terms, sittings: Sequence[Sitting]) -> datetime | None:
    """When the next attempt opens after the last handed-in one; None when at once."""
    closed = [s.handed_in_at for s in sittings if s.handed_in_at is not None]
    if not closed:
        return None
    hours = terms.first_delay_hours if len(closed) == 1 else terms.later_delay_hours
    return max(closed) + timedelta(hours=hours)


def counting(sittings: Sequence[Sitting], *, may_renew: bool) -> list[Sitting]:
    """The sittings that bear on a new one: where a pass may be renewed, only those after it."""
    passed = [sitting.number for sitting in sittings if sitting.is_passed]
    after = max(passed) if passed and may_renew else 0
    return [sitting for sitting in sittings if sitting.number > after]


def standing(terms: Terms, sittings: Sequence[Sitting], now: datetime, *, may_renew: bool = False) -> Standing:
    """One of: running, passed, marking, closed, not_yet, used_up, waiting, ready.

    may_renew: what a pass once gave runs out.
    """
    sittings = counting(sittings, may_renew=may_renew)
    left = max(0, terms.attempts_allowed - len(sittings))
    following = next_attempt_at(terms, sittings)
    states = (
        ("running", any(s.is_open for s in sittings), None),
        ("passed", any(s.is_passed for s in sittings), None),
        ("marking", any(s.is_waiting for s in sittings), None),
        ("closed", is_closed(terms, now), None),
        ("not_yet", terms.opens_at is not None and now < terms.opens_at, terms.opens_at),
        ("used_up", not left, None),
        ("waiting", following is not None and now < following, following),
    )
    return next((Standing(state, left, at) for state, holds, at in states if holds), Standing("ready", left))


def is_closed(terms: Terms, now: datetime) -> bool:
    """Whether the exam is over for everybody: taken out of the library, or its window has closed."""
    return not terms.is_open or (terms.closes_at is not None and now >= terms.closes_at)


def check_may_start(terms: Terms, sittings: Sequence[Sitting], now: datetime, *, may_renew: bool = False) -> None:
    """Refuse a start outside the window, too soon, too often, after a pass, or with one under way."""
    found = standing(terms, sittings, now, may_renew=may_renew)
    if found.state == "ready":
        if (deadline(terms, now) - now) < timedelta(minutes=MINIMUM_MINUTES):
            raise Refused("考试窗口马上关闭，剩下的时间不够作答，没有开始，也没有用掉机会。")
        return
    raise Refused(NOT_NOW[found.state])


def deadline(terms: Terms, started_at: datetime, extra: Extra = NO_EXTRA) -> datetime:
    """The server's deadline: start plus minutes, never after the window closes; extra time comes on top of what that
    leaves, so it may end after the window.
    """
    end = started_at + timedelta(minutes=terms.minutes)
    if terms.closes_at is not None:
        end = min(end, terms.closes_at)
    return end + (end - started_at) * extra.percent / 100 + timedelta(minutes=extra.minutes)


def minutes_from(terms: Terms, now: datetime, extra: Extra = NO_EXTRA) -> int:
    """Whole minutes one has when starting now."""
    return max(0, int((deadline(terms, now, extra) - now) / timedelta(minutes=1)))


def check_extra(percent: int, minutes: int, starts_on: date, ends_on: date, today: date) -> None:
    """Refuse extra time that is not one of a share and minutes, or whose days cannot hold."""
    if bool(percent) == bool(minutes):
        raise Refused("加时按比例或按分钟，二选一。")
    if percent and percent not in EXTRA_PERCENTS:
        raise Refused("按比例加时只能是 1.25 倍或 1.5 倍。")
    if minutes and not 1 <= minutes <= MOST_EXTRA_MINUTES:
        raise Refused("加时应在 1 到 {most} 分钟之间，现在是 {n}。", most=MOST_EXTRA_MINUTES, n=minutes)
    if ends_on < starts_on:
        raise Refused("加时的最后一天应不早于第一天。")
    if ends_on < today:
        raise Refused("加时的最后一天已经过去，没有保存。")


def check_reason(reason: str) -> str:
    """The trimmed reason; refuse one that says nothing."""
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise Refused("写清理由（至少 {n} 个字），本人会看到。", n=SHORTEST_REASON)
    return reason[:LONGEST_REASON]


def may_review(review: str, *, is_over: bool) -> bool:
    """Whether questions with their right answers may be shown; after_close waits until the exam is over for all."""
    return review == "immediate" or (review == "after_close" and is_over)


def check_publishable(terms: Terms, estimated_minutes: int, now: datetime) -> None:
    """Refuse to open an exam nobody could sit: its window is over, or shorter than its time; or its time is too short
    for the questions (estimated_minutes).
    """
    if terms.closes_at is not None:
        if terms.closes_at <= now:
            raise Refused("关闭时间已经过去，没有开放。把关闭时间改到以后。")
        if terms.closes_at - max(terms.opens_at or now, now) < timedelta(minutes=terms.minutes):
            raise Refused("开放的时段不够 {n} 分钟，没有人能用满时间。延长时段，或缩短限时。", n=terms.minutes)
    if terms.minutes * 2 < estimated_minutes:
        raise Refused(
            "这套题估计要 {estimate} 分钟，限时只有 {n} 分钟。延长限时，或减少题目。",
            estimate=estimated_minutes,
            n=terms.minutes,
        )


def check_terms(terms: Terms, pass_mark: Decimal) -> None:
    """Refuse terms that cannot work."""
    if not 0 < pass_mark <= 100:
        raise Refused("合格线应在 1 到 100 分之间，现在是 {mark}。", mark=f"{pass_mark.normalize():f}")
    for value, lowest, highest, sentence in (
        (terms.minutes, 1, 600, "时长应在 1 到 600 分钟之间，现在是 {n}。"),
        (terms.attempts_allowed, 1, 50, "次数应在 1 到 50 之间，现在是 {n}。"),
        (terms.first_delay_hours, 0, LONGEST_DELAY, "间隔应在 0 到 8760 小时（一年）之间，现在是 {n}。"),
        (terms.later_delay_hours, 0, LONGEST_DELAY, "间隔应在 0 到 8760 小时（一年）之间，现在是 {n}。"),
    ):
        if not lowest <= value <= highest:
            raise Refused(sentence, n=value)
    if terms.opens_at and terms.closes_at and terms.opens_at >= terms.closes_at:
        raise Refused("考试的开放时间应早于关闭时间。")
