"""Reads of the ledger and its rules; for many people at once, in a number of queries that does not grow."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from sqlalchemy import func, select

from courses.catalogue.models import CourseUnit, UnitKind
from courses.hours import rules
from courses.hours.models import HourEntry, HourRequirement, HourRule
from lms.db import db
from lms.people import queries as people
from lms.people.models import EmploymentForm

CHUNK = 5_000  # values in one IN (…), safe on both databases


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Ids in portions that one statement can carry."""
    left = iter(ids)
    while portion := list(islice(left, CHUNK)):
        yield portion


def rule(activity: str, day: date) -> HourRule | None:
    """The rule for an activity that holds on a day."""
    return rules.in_force(db.session.scalars(select(HourRule).where(HourRule.activity == activity)), day)


def rules_on(day: date) -> dict[str, HourRule]:
    """The rules that hold on a day by activity, in one query."""
    by_activity: dict[str, list[HourRule]] = {}
    for row in db.session.scalars(select(HourRule)):
        by_activity.setdefault(row.activity, []).append(row)
    holding = {activity: rules.in_force(rows, day) for activity, rows in by_activity.items()}
    return {activity: row for activity, row in holding.items() if row is not None}


def requirement(form: EmploymentForm, day: date) -> HourRequirement | None:
    """What a form of employment asks for in the year of a day."""
    rows = db.session.scalars(select(HourRequirement).where(HourRequirement.form == form))
    return rules.in_force(rows, day)


def required_hours(form: EmploymentForm, day: date) -> Decimal:
    """Hours that a person of that form should reach in the year of a day; 0 where no rule says so."""
    found = requirement(form, day)
    return found.hours if found else rules.NONE


def requirements_on(day: date) -> dict[EmploymentForm, Decimal]:
    """What each form of employment asks for in the year of a day, in one query."""
    by_form: dict[EmploymentForm, list[HourRequirement]] = {}
    for row in db.session.scalars(select(HourRequirement)):
        by_form.setdefault(row.form, []).append(row)
    holding = {form: rules.in_force(rows, day) for form, rows in by_form.items()}
    return {form: row.hours for form, row in holding.items() if row is not None}


def hours_done(person_ids: Iterable[int], date_from: date, date_to: date) -> dict[int, Decimal]:
    """Hours of each of these people between two days, both counted; reversals are taken off. Nobody is left out."""
    done: dict[int, Decimal] = {}
    for portion in chunks(person_ids):
        done.update(dict.fromkeys(portion, rules.NONE))
        rows = db.session.execute(
            select(HourEntry.person_id, func.sum(HourEntry.hours))
            .where(HourEntry.person_id.in_(portion), HourEntry.occurred_on.between(date_from, date_to))
            .group_by(HourEntry.person_id)
        )
        done.update({person_id: Decimal(total) for person_id, total in rows})
    return done


def entries(person_id: int, year: int) -> Sequence[HourEntry]:
    """A person's lines of a year, newest first."""
    return db.session.scalars(
        select(HourEntry)
        .where(HourEntry.person_id == person_id, HourEntry.year == year)
        .order_by(HourEntry.occurred_on.desc(), HourEntry.id.desc())
    ).all()


def years(person_id: int) -> list[int]:
    """The years in which a person has lines, newest first."""
    return list(
        db.session.scalars(
            select(HourEntry.year).where(HourEntry.person_id == person_id).distinct().order_by(HourEntry.year.desc())
        )
    )


def entry(entry_id: int) -> HourEntry | None:
    """One line."""
    return db.session.get(HourEntry, entry_id)


def counted_on(person_id: int, day: date) -> Decimal:
    """Hours already in a person's ledger for a day."""
    total = db.session.scalar(
        select(func.sum(HourEntry.hours)).where(HourEntry.person_id == person_id, HourEntry.occurred_on == day)
    )
    return Decimal(total or 0)


def entry_of(person_id: int, kind: str, ref_id: str) -> HourEntry | None:
    """The line that a source has given already."""
    return db.session.scalar(
        select(HourEntry).where(
            HourEntry.person_id == person_id, HourEntry.source_kind == kind, HourEntry.source_id == ref_id
        )
    )


def reversal_of(entry_id: int) -> HourEntry | None:
    """The line that took another one back."""
    return db.session.scalar(select(HourEntry).where(HourEntry.reversal_of_id == entry_id))


@dataclass(frozen=True)
class Ledger:
    """A person's year: lines, sum, and what their form of employment asks for."""

    year: int
    lines: Sequence[HourEntry]
    total: Decimal
    requirement: HourRequirement | None

    @property
    def percent(self) -> int:
        """Share of the requirement in whole percent, at most 100."""
        if self.requirement is None or not self.requirement.hours:
            return 0
        return min(100, int(self.total * 100 / self.requirement.hours))

    @property
    def missing(self) -> Decimal:
        """Hours still wanted this year."""
        return max(rules.NONE, self.requirement.hours - self.total) if self.requirement else rules.NONE


def ledger(person_id: int, year: int, today: date) -> Ledger:
    """The ledger of a year against the form of employment on its last day, or today in the running year."""
    lines = entries(person_id, year)
    day = min(today, date(year, 12, 31)) if year <= today.year else today
    spell = people.spell_on(person_id, day)
    wanted = requirement(spell.form, day) if spell else None
    return Ledger(year, lines, sum((line.hours for line in lines), rules.NONE), wanted)


@dataclass(frozen=True)
class UnitHours:
    """What a course's units count: the sum, and the parts (hours each, how many, which activity)."""

    total: Decimal
    parts: tuple[tuple[Decimal, int, str], ...]


def unit_hours(units: Iterable[CourseUnit], by_activity: dict[str, HourRule]) -> UnitHours:
    """What these units are worth by today's rules; makes no query."""
    counts: dict[tuple[str, Decimal], int] = {}
    for unit in units:
        activity = "lesson" if unit.kind == UnitKind.lesson else "exam"
        found = by_activity.get(activity)
        hours = rules.hours_for(unit.minutes, found.bands) if found else rules.NONE
        counts[activity, hours] = counts.get((activity, hours), 0) + 1
    parts = tuple((hours, n, activity) for (activity, hours), n in counts.items())
    return UnitHours(sum((hours * n for hours, n, _ in parts), rules.NONE), parts)
