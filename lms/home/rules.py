"""What a person sees first: the greeting, the order of tasks, how a deadline reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

MINUTE_CHOICES = (3, 8, 15)
DEFAULT_MINUTES = 8
NOON, EVENING = 12, 18
SOON_DAYS = 7


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
