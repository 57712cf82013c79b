"""Working days with 调休 as dated rows: every period of n working days asks here."""

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import datafiles
from lms.db import Model, db
from lms.errors import Refused

DATA = Path(__file__).parent / "calendar.yaml"
SATURDAY = 5


class CalendarDay(Model):
    """A day that is not what its weekday says: a holiday, or a weekend day that is worked."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(unique=True)
    is_working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(120))
    is_confirmed: Mapped[bool] = mapped_column(default=False)


def exceptions(first: date, last: date) -> dict[date, bool]:
    """Days between two days whose working state differs from the weekday's: day → is it worked."""
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.is_working).where(CalendarDay.day.between(first, last))
    )
    return {day: worked for day, worked in rows}  # noqa: C416 - rows are not tuples


def notes(first: date, last: date) -> dict[date, tuple[bool, str]]:
    """The same with the reason: day → (is it worked, 春节 or 春节调休)."""
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.is_working, CalendarDay.note).where(CalendarDay.day.between(first, last))
    )
    return {day: (worked, note) for day, worked, note in rows}


def is_working(day: date, known: dict[date, bool]) -> bool:
    """Whether a day is worked, given the known exceptions."""
    return known.get(day, day.weekday() < SATURDAY)


def add_working_days(start: date, count: int) -> date:
    """The day on which the n-th working day after start falls; start itself is not counted."""
    if count < 0:
        raise Refused("工作日天数不能是负数。")
    known = exceptions(start, start + timedelta(days=count * 3 + 30))
    day, left = start, count
    while left:
        day += timedelta(days=1)
        left -= is_working(day, known)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after start up to and with end."""
    known = exceptions(start, end)
    return sum(is_working(start + timedelta(days=n), known) for n in range(1, (end - start).days + 1))


def load_shipped() -> int:
    """Add the shipped days that are missing; a day somebody has changed stays as it is. Returns rows added."""
    data = datafiles.read(DATA)
    present = set(db.session.scalars(select(CalendarDay.day)))
    added = 0
    for year in data["years"]:
        for kind, worked in (("rest", False), ("worked", True)):
            for note, days in year[kind].items():
                for day in days:
                    if day not in present:
                        db.session.add(CalendarDay(day=day, is_working=worked, note=note, source=year["source"]))
                        added += 1
    return added
