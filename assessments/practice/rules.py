"""Which question a day draws, and when a mistake has left the book. Values in, values out."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from lms.errors import Refused

RIGHT_DAYS = 2  # right answers on so many different days, and the mistake leaves the book
SET_SIZE = 5
AGAIN_AFTER_DAYS = 90  # a 每日一题 is not drawn again within so many days while there are others
DAILY_TYPES = ("single", "multiple", "true_false")
LOST = frozenset({"wrong", "partly"})


class Event(Protocol):
    """One answer to a question, in an exam or in practice."""

    @property
    def at(self) -> datetime: ...
    @property
    def day(self) -> date: ...
    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True)
class Standing:
    """Whether a question is in the book, when it last came in, and on how many days it has been right since."""

    is_in: bool
    came_at: datetime | None
    right_days: int


def daily_place(person_id: int, day: date, count: int) -> int:
    """Which of `count` questions (0 …) a person gets on a day: the same all day, another for each person and day."""
    digest = hashlib.sha256(f"{person_id}:{day.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def standing(events: Iterable[Event]) -> Standing:
    """A wrong or partly right answer brings a question in; right answers on two different days take it out again.

    Another mistake on the way starts the count anew; a blank answer neither brings in nor takes out.
    """
    is_in, came_at, days = False, None, set[date]()
    for event in sorted(events, key=lambda one: one.at):
        if event.verdict in LOST:
            is_in, came_at = True, event.at
            days.clear()
        elif event.verdict == "right" and is_in:
            days.add(event.day)
            is_in = len(days) < RIGHT_DAYS
    return Standing(is_in, came_at, len(days))


def check_daily(answered: bool, drawn: int | None, given: int, *, is_blank: bool) -> None:
    """Refuse a second answer on a day, an answer to another question than the day's, or none at all."""
    if answered:
        raise Refused("今天的每日一题已经答过了，明天再来。")
    if drawn is None or drawn != given:
        raise Refused("今天的题换了一道，这次没有记。答下面这一道。")
    if is_blank:
        raise Refused("先选一个答案。")


def check_set(values: Sequence[bool]) -> None:
    """Refuse a set in which nothing was answered."""
    if not any(values):
        raise Refused("还没有作答。至少答一题再提交。")
