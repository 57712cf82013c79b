"""Writes the demo's learning down as rows: lessons read, half read, answered, assigned."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from courses.catalogue.models import Course, CourseUnit, LessonVersion, UnitKind
from courses.hours import rules as hour_rules
from courses.hours.models import HourEntry, HourRule
from courses.progress.models import CheckAnswer, Enrolment, LessonReading, StudyDay, UnitCompletion
from lms import clock

ROWS = (LessonReading, UnitCompletion, HourEntry, CheckAnswer, StudyDay, Enrolment)


@dataclass(frozen=True)
class Learner:
    """Somebody who learns: since when, until when, how able and how steady."""

    person_id: int
    number: str
    starts_on: date
    ends_on: date
    skill: float
    stops_after: int
    took_two_last_year: bool
    took_a3_last_year: bool


@dataclass
class Book:
    """What will be written: rows by table, and the day on which the lessons of a course were done."""

    chance: random.Random
    today: date
    now: datetime
    lesson_rule: HourRule
    courses: dict[str, Course]
    versions: dict[int, LessonVersion]
    counted: dict[tuple[int, date], Decimal]
    rows: dict[type, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in ROWS})
    studied: dict[tuple[int, date], int] = field(default_factory=dict)
    ready: list[tuple[int, str, date]] = field(default_factory=list)

    def lessons(self, code: str) -> list[CourseUnit]:
        units = self.courses[code].units
        return [unit for unit in units if unit.kind == UnitKind.lesson and not unit.is_retired]

    def study(self, person_id: int, day: date, seconds: int) -> None:
        key = person_id, day
        self.studied[key] = self.studied.get(key, 0) + seconds


def hour(chance: random.Random, day: date) -> datetime:
    """An instant of that day at which people study: between shifts and in the evening."""
    return clock.local_instant(
        day, chance.choice((8, 9, 10, 12, 12, 13, 14, 16, 17, 19, 20, 20, 21)), chance.randint(0, 59)
    )


def read(book: Book, learner: Learner, unit: CourseUnit, end: datetime) -> None:
    """A lesson read to its end: reading, check answers, completion and the hours it earns by the rule."""
    chance, version, person_id = book.chance, book.versions[unit.id], learner.person_id
    seconds = int(version.minutes * 60 * chance.uniform(0.65, 1.5))
    begun = end - timedelta(seconds=seconds + chance.randint(5, 90))
    day = clock.local(end).date()
    book.study(person_id, day, seconds)
    again = clock.local(end).date() + timedelta(days=chance.randint(2, 20))
    beat_at = end
    if chance.random() < 0.3 and again <= learner.ends_on:  # looked up again before an exam
        extra = chance.randint(120, 420)
        book.study(person_id, again, extra)
        seconds, beat_at = seconds + extra, hour(chance, again)
    book.rows[LessonReading].append(
        _reading(
            person_id,
            unit,
            version,
            version.blocks,
            version.blocks,
            seconds,
            begun if beat_at == end else beat_at,
            beat_at,
        )
    )
    for check in version.checks:
        _check(book, person_id, version, check, end)
    book.rows[UnitCompletion].append(
        {
            "person_id": person_id, "unit_id": unit.id, "version_number": version.number, "source_kind": "lesson",
            "source_id": unit.code, "completed_at": end,
        }
    )  # fmt: skip
    _earn(book, person_id, unit, version, end)


def _earn(book: Book, person_id: int, unit: CourseUnit, version: LessonVersion, end: datetime) -> None:
    rule, day = book.lesson_rule, clock.local(end).date()
    before = book.counted.get((person_id, day), Decimal(0))
    earned = hour_rules.credit(version.minutes, rule.bands, rule.daily_maximum, before)
    book.counted[person_id, day] = before + earned.hours
    book.rows[HourEntry].append(
        {
            "person_id": person_id, "year": day.year, "occurred_on": day, "category": rule.category,
            "label": f"{unit.course.title}：{unit.title}"[:160], "minutes": version.minutes, "hours": earned.hours,
            "calculation": earned.calculation, "source_kind": "lesson", "source_id": unit.code, "rule_id": rule.id,
            "recorded_by": person_id, "recorded_at": end,
        }
    )  # fmt: skip


def half_read(book: Book, person_id: int, unit: CourseUnit, at: datetime, share: float) -> None:
    """A lesson in the middle: the paragraph, and the seconds up to there."""
    version = book.versions[unit.id]
    block = max(2, min(version.blocks - 1, round(version.blocks * share)))
    seconds = int(version.minutes * 60 * share)
    book.study(person_id, clock.local(at).date(), seconds)
    begun = at - timedelta(seconds=seconds + 20)
    book.rows[LessonReading].append(_reading(person_id, unit, version, block, block, seconds, begun, at))


def _reading(
    person_id: int,
    unit: CourseUnit,
    version: LessonVersion,
    block: int,
    furthest: int,
    seconds: int,
    opened_at: datetime,
    beat_at: datetime,
) -> dict[str, Any]:
    return {
        "person_id": person_id, "unit_id": unit.id, "version_id": version.id, "block": block,
        "furthest_block": furthest, "seconds": seconds, "opened_at": opened_at, "beat_at": beat_at,
    }  # fmt: skip


def _check(book: Book, person_id: int, version: LessonVersion, check: dict[str, Any], end: datetime) -> None:
    """A 随堂一问 answered, four times of five rightly."""
    options = check["options"]
    right = [place for place, option in enumerate(options) if option["is_right"]]
    chosen = (
        right
        if book.chance.random() < 0.8
        else [book.chance.choice([n for n in range(len(options)) if n not in right] or right)]
    )
    book.rows[CheckAnswer].append(
        {
            "person_id": person_id, "version_id": version.id, "check_code": check["id"], "chosen": chosen,
            "is_right": set(chosen) == set(right), "answered_at": end - timedelta(seconds=book.chance.randint(40, 200)),
        }
    )  # fmt: skip


def enrol(book: Book, learner: Learner, code: str, since: date) -> None:
    """Somebody took a course up."""
    book.rows[Enrolment].append(
        {
            "person_id": learner.person_id, "course_id": book.courses[code].id,
            "started_at": min(clock.local_instant(since, 8, 30), book.now),
        }
    )  # fmt: skip
