"""When a programme is due, when people are reminded, what an extension must satisfy. Pure: days in, days out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lms.errors import Refused

DUE_HOUR = 18  # local; without shift data deadlines end at six
REMIND_HOUR = 9  # local; reminders go out in the morning, never at night
LONGEST_DAYS = 730
MOST_REMINDERS = 6
LEAST_REASON = 4

IsWorking = Callable[[date], bool]


@dataclass(frozen=True)
class Due:
    """By when: a fixed day, or days (calendar or working) after the later of hire and entry. Who comes in late to a
    fixed day has at least least_days.
    """

    on: date | None = None
    days: int | None = None
    in_workdays: bool = False
    least_days: int = 0


def due_on(due: Due, hired_on: date, entered_on: date, is_working: IsWorking, *, is_late: bool = False) -> date:
    """The last day for somebody hired and entered on these days; is_late: they came in after publication."""
    if due.on is not None:
        return max(due.on, entered_on + timedelta(days=due.least_days)) if is_late else due.on
    assert due.days is not None
    base = max(hired_on, entered_on)
    return workday_after(base, due.days, is_working) if due.in_workdays else base + timedelta(days=due.days)


def workday_after(start: date, count: int, is_working: IsWorking) -> date:
    """The day on which the count-th working day after start falls; start itself is not counted."""
    day, left = start, count
    while left > 0:
        day += timedelta(days=1)
        left -= is_working(day)
    return day


def check_due(due: Due, today: date) -> None:
    """A deadline is given once, and lies ahead."""
    if (due.on is None) == (due.days is None):
        raise Refused("截止只能选一种：一个日期，或若干天以内。")
    if due.on is not None and due.on < today:
        raise Refused("截止日期已经过去，换一个今天或以后的日期。")
    if due.on is not None and due.on > today + timedelta(days=LONGEST_DAYS):
        raise Refused("截止日期太远，最多两年以内。")
    if due.days is not None and not 1 <= due.days <= LONGEST_DAYS:
        raise Refused("天数在 1 到 {most} 之间。", most=LONGEST_DAYS)


def check_reminders(before: Sequence[int], after: Sequence[int]) -> None:
    """Days before and after a deadline on which people are reminded."""
    if len(before) + len(after) > MOST_REMINDERS:
        raise Refused("提醒最多 {most} 次，去掉几次。", most=MOST_REMINDERS)
    if any(not 0 <= days <= 90 for days in before) or any(not 1 <= days <= 90 for days in after):
        raise Refused("提醒的天数在 1 到 90 之间。")


def occasion(due: date, today: date, before: Iterable[int], after: Iterable[int], entered_on: date) -> int | None:
    """Which reminder is due today for a deadline: days to it (negative: days late), or None.

    Only the latest occasion that has come counts, so a server that was off for days sends one message, not three.
    Whoever came in on that day or later has just been told.
    """
    left = (due - today).days
    if left >= 0:
        come = [days for days in before if days >= left]
        step = min(come, default=None)
    else:
        gone = [-days for days in after if days <= -left]
        step = min(gone, default=None)
    if step is None or entered_on >= due - timedelta(days=step):
        return None
    return step


def parsed_days(text: str) -> list[int]:
    """Numbers of days as people type them: 7、1 or 7, 1; the largest first."""
    parts = [part for part in text.replace("、", ",").replace("，", ",").replace(" ", ",").split(",") if part]
    if any(not (part.isascii() and part.isdigit() and len(part) < 4) for part in parts):
        raise Refused("提醒的天数写成数字，用顿号隔开，例如 7、1。")
    return sorted({int(part) for part in parts}, reverse=True)


def check_extension(until: date, reason: str, today: date, *, due: date) -> None:
    """An extension ends later than what it replaces, ahead of today, and says why."""
    if len("".join(reason.split())) < LEAST_REASON:
        raise Refused("写明延期的理由，至少 {n} 个字。", n=LEAST_REASON)
    if until <= today:
        raise Refused("延到今天以后的一天。")
    if until <= due:
        raise Refused("新的截止日期要晚于原来的 {day}。", day=due.isoformat())
    if until > today + timedelta(days=LONGEST_DAYS):
        raise Refused("截止日期太远，最多两年以内。")


def check_may_extend(name: str, *, is_done: bool, has_left: bool) -> None:
    """Only somebody who is asked and not done gets more time."""
    if has_left:
        raise Refused("{name}已经不在这项任务里（离岗、调动或被排除），不能延期。没有改动任何人。", name=name)
    if is_done:
        raise Refused("{name}已经完成，不需要延期。没有改动任何人。", name=name)
