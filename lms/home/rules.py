"""What a person sees first: the greeting, the order of tasks, how a deadline reads; months and their days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

MINUTE_CHOICES = (3, 8, 15)
DEFAULT_MINUTES = 8
NOON, EVENING = 12, 18
SOON_DAYS = 7
EARLIEST, LATEST = 2000, 2100  # the years a calendar can be turned to
KINDS = ("course", "exam", "certificate", "appraisal", "policy", "other")
ICS_LINE = 75  # octets a line may hold, RFC 5545 §3.1


class Timed(Protocol):
    """A task as far as its place in the list goes."""

    @property
    def due_at(self) -> datetime | None: ...
    @property
    def minutes(self) -> int | None: ...
    @property
    def is_mandatory(self) -> bool: ...


@dataclass(frozen=True)
class Deadline:
    """How a deadline is told: a state (late, today, soon, later, none), days from today (negative: late)."""

    state: str
    days: int | None


def greeting(hour: int) -> str:
    """上午好 before noon, 下午好 until six, then 晚上好; before five it is still the night shift."""
    if hour < 5 or hour >= EVENING:
        return "晚上好"
    return "上午好" if hour < NOON else "下午好"


def deadline(due: datetime | None, now: datetime, today: date, due_day: date | None) -> Deadline:
    """Whether a deadline has passed, is today, or how many days are left."""
    if due is None or due_day is None:
        return Deadline("none", None)
    days = (due_day - today).days
    if due < now:
        return Deadline("late", min(days, 0))
    if days == 0:
        return Deadline("today", 0)
    return Deadline("soon" if days <= SOON_DAYS else "later", days)


def fits(task: Timed, minutes: int) -> bool:
    """Whether a task can be done in that many minutes; the longest choice fits everything that has a length."""
    return task.minutes is not None and (task.minutes <= minutes or minutes >= MINUTE_CHOICES[-1])


def ordered(tasks: Iterable[Timed], minutes: int, now: datetime) -> list[Timed]:
    """Late first, then by day; within a day what fits the free minutes moves up; undated last, mandatory first."""

    def key(task: Timed) -> tuple[int, date, bool, bool, int]:
        if task.due_at is None:
            return 1, date.max, not task.is_mandatory, not fits(task, minutes), task.minutes or 0
        late = task.due_at < now
        return (
            -1 if late else 0,
            task.due_at.date(),
            not fits(task, minutes),
            not task.is_mandatory,
            task.minutes or 0,
        )

    return sorted(tasks, key=key)


def month_of(text: str, today: date) -> date:
    """The first day of the month written as 2026-11; anything else is the present month."""
    year, _, month = text.partition("-")
    is_written = len(text) <= 7 and all(part.isascii() and part.isdigit() for part in (year, month))
    if is_written and EARLIEST <= int(year) <= LATEST and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return today.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def previous_month(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def weeks(first: date) -> list[list[date]]:
    """The weeks of a month, Monday first, filled up with days of the months beside it."""
    day = first - timedelta(days=first.weekday())
    found = []
    while day < next_month(first):
        found.append([day + timedelta(days=n) for n in range(7)])
        day += timedelta(days=7)
    return found


class Dated(Protocol):
    """An entry of the calendar as far as a calendar file goes."""

    @property
    def day(self) -> date: ...
    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def href(self) -> str | None: ...
    @property
    def at(self) -> datetime | None: ...


def calendar_file(entries: Iterable[Dated], base: str, stamp: datetime) -> str:
    """The entries as an iCalendar file (RFC 5545): a deadline is an instant, the rest are whole days."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hotline-academy//calendar//ZH", "CALSCALE:GREGORIAN"]
    for number, one in enumerate(entries):
        lines += ["BEGIN:VEVENT", f"UID:{one.kind}-{one.day:%Y%m%d}-{number}@hotline-academy", f"DTSTAMP:{_utc(stamp)}"]
        if one.at is not None:
            lines.append(f"DTSTART:{_utc(one.at)}")
        else:
            end = one.day + timedelta(days=1)
            lines += [f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"]
        lines.append(f"SUMMARY:{_ics_text(one.title)}")
        if one.href:
            lines.append(f"URL:{base}{one.href}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _ics_text(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _folded(line: str) -> list[str]:
    """A line in pieces of at most 75 octets, never cutting a character; each piece after the first begins with a space."""
    pieces, piece = [], ""
    for sign in line:
        if len((piece + sign).encode()) > ICS_LINE:
            pieces.append(piece)
            piece = " "
        piece += sign
    return [*pieces, piece]
