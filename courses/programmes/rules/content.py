"""What is asked and when it is done: items with facts that still hold. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lms.errors import Refused

MONTHS = 12
MOST_ITEMS = 30

Key = tuple[str, str]


@dataclass(frozen=True)
class Fact:
    """Something completed or passed: what, when (instant), and on which local day."""

    key: Key
    at: datetime
    on: date


def months_later(day: date, months: int) -> date:
    """The same day that many months on; the last of the month where there is no such day (29 February)."""
    index = day.year * MONTHS + day.month - 1 + months
    year, month = divmod(index, MONTHS)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def still_holds(done_on: date, months: int | None, entered_on: date) -> bool:
    """Whether what was done before somebody came in counts: its validity (months, None: for ever) had not run out on the
    day they came in.
    """
    return months is None or months_later(done_on, months) > entered_on


def counted(
    facts: Iterable[Fact], months: Mapping[Key, int | None], entered_on: date, *, counts_earlier: bool
) -> dict[Key, Fact]:
    """The newest fact of each item that counts for somebody who came in on a day."""
    found: dict[Key, Fact] = {}
    for fact in facts:
        is_earlier = fact.on < entered_on
        if is_earlier and not (counts_earlier and still_holds(fact.on, months.get(fact.key), entered_on)):
            continue
        if fact.key not in found or fact.at > found[fact.key].at:
            found[fact.key] = fact
    return found


def needed_of(items: Collection[Key], needed: int | None) -> int:
    """How many items must be done."""
    return min(needed or len(items), len(items))


def completed_at(items: Collection[Key], needed: int | None, done: Mapping[Key, Fact]) -> datetime | None:
    """When the last item that was needed was done; None while something is missing."""
    times = sorted(done[key].at for key in items if key in done)
    least = needed_of(items, needed)
    return times[least - 1] if least and len(times) >= least else None


def check_items(items: Collection[Key], needed: int | None) -> None:
    """A programme asks for something, and for no more than it lists."""
    if not items:
        raise Refused("选至少一门课程或一场考试。")
    if len(items) > MOST_ITEMS:
        raise Refused("一项任务最多 {n} 项内容，分成几项任务。", n=MOST_ITEMS)
    if needed is not None and not 1 <= needed <= len(items):
        raise Refused("选了 {n} 项内容，「完成其中几项」要在 1 到 {n} 之间。", n=len(items))
