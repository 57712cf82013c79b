"""Reads of learning: where a person stands in their courses, and what many people have completed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import joinedload

from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, CourseUnit, LessonVersion, UnitKind
from courses.hours.queries import chunks
from courses.progress import rules
from courses.progress.models import (
    CheckAnswer,
    CourseCompletion,
    Enrolment,
    LessonReading,
    StudyDay,
    UnitCompletion,
)
from lms.db import db, once, plain_rows


@dataclass(frozen=True)
class Step:
    """A unit of a course as one learner has it. state: done, now, todo."""

    unit: CourseUnit
    number: int
    state: str
    percent: int
    minutes_left: int

    @property
    def is_lesson(self) -> bool:
        return self.unit.kind == UnitKind.lesson


@dataclass(frozen=True)
class CourseStanding:
    """Where a learner stands in a course."""

    course: Course
    enrolment: Enrolment | None
    steps: tuple[Step, ...]
    completed_at: datetime | None
    read_at: datetime | None

    @property
    def done(self) -> int:
        return sum(step.state == "done" for step in self.steps)

    @property
    def is_done(self) -> bool:
        return bool(self.steps) and self.done == len(self.steps)

    @property
    def has_begun(self) -> bool:
        return any(step.state != "todo" for step in self.steps)

    @property
    def minutes(self) -> int:
        return sum(step.unit.minutes for step in self.steps)

    @property
    def minutes_left(self) -> int:
        return sum(step.minutes_left for step in self.steps)

    @property
    def next_step(self) -> Step | None:
        """The unit to go on with: the one being read, else the first that is not done."""
        waiting = [step for step in self.steps if step.state != "done"]
        return next((step for step in waiting if step.state == "now"), waiting[0] if waiting else None)

    @property
    def segments(self) -> list[tuple[int, str, int]]:
        """(minutes, state, percent) of each unit, for the progress bar."""
        return [(step.unit.minutes, step.state, step.percent) for step in self.steps]


@dataclass(frozen=True)
class Facts:
    """What is known of one person's learning, read in a fixed number of queries."""

    enrolments: dict[int, Enrolment]
    done: frozenset[int]
    readings: dict[int, tuple[int, int, datetime]]
    completed: dict[int, datetime]


_PERSON: BindParameter[int] = bindparam("person_id")
# Built once: 今日 and every lesson ask them.
_ENROLMENTS = select(Enrolment).where(Enrolment.person_id == _PERSON)
_DONE = select(UnitCompletion.unit_id).where(UnitCompletion.person_id == _PERSON, UnitCompletion.withdrawn_at.is_(None))
_READINGS = (
    select(LessonReading.unit_id, LessonReading.furthest_block, LessonVersion.blocks, LessonReading.beat_at)
    .join(LessonVersion, LessonVersion.id == LessonReading.version_id)
    .where(LessonReading.person_id == _PERSON)
)
_COMPLETED = (
    select(CourseCompletion.course_id, func.max(CourseCompletion.completed_at))
    .where(CourseCompletion.person_id == _PERSON, CourseCompletion.withdrawn_at.is_(None))
    .group_by(CourseCompletion.course_id)
)
_STUDIED = select(StudyDay.day, StudyDay.seconds).where(
    StudyDay.person_id == _PERSON, StudyDay.day.between(bindparam("first"), bindparam("last"))
)


def _facts(person_id: int) -> Facts:
    enrolments = db.session.scalars(_ENROLMENTS, {"person_id": person_id})
    done = plain_rows(_DONE, person_id=person_id).scalars()
    readings = plain_rows(_READINGS, person_id=person_id)
    completed = plain_rows(_COMPLETED, person_id=person_id)
    return Facts(
        {one.course_id: one for one in enrolments},
        frozenset(done),
        {unit_id: (furthest, blocks, beat_at) for unit_id, furthest, blocks, beat_at in readings},
        {course_id: completed_at for course_id, completed_at in completed},  # noqa: C416 - rows are not tuples
    )


def _standing(course: Course, facts: Facts) -> CourseStanding:
    steps = []
    units = [unit for unit in course.units if not unit.is_retired]
    for number, unit in enumerate(units, start=1):
        furthest, blocks, _ = facts.readings.get(unit.id, (1, 1, None))
        if unit.id in facts.done:
            steps.append(Step(unit, number, "done", 100, 0))
        elif unit.id in facts.readings:
            left = rules.minutes_left(unit.minutes, furthest, blocks)
            steps.append(Step(unit, number, "now", rules.percent(furthest, blocks), left))
        else:
            steps.append(Step(unit, number, "todo", 0, unit.minutes))
    beats = [facts.readings[unit.id][2] for unit in units if unit.id in facts.readings]
    return CourseStanding(
        course,
        facts.enrolments.get(course.id),
        tuple(steps),
        facts.completed.get(course.id),
        max(beats, default=None),
    )


def standings(person_id: int) -> list[CourseStanding]:
    """Every open course as this person has it, enrolled or not, by code; six queries, made once a page."""
    return once(("progress.standings", person_id), lambda: _standings(person_id))


def _standings(person_id: int) -> list[CourseStanding]:
    facts = _facts(person_id)
    return [_standing(course, facts) for course in catalogue.open_courses()]


def standing(person_id: int, dues: Mapping[str, datetime] | None = None) -> list[CourseStanding]:
    """The open courses a person has taken up or is asked to take (dues: course code → by when): the nearest deadline
    first, then the one read last.
    """
    dues = dues or {}
    far = datetime.max.replace(tzinfo=UTC)
    taken = [one for one in standings(person_id) if one.enrolment or one.has_begun or one.course.code in dues]
    return sorted(
        taken,
        key=lambda one: (
            one.is_done,
            dues.get(one.course.code, far),
            -(one.read_at.timestamp() if one.read_at else 0),
            one.course.code,
        ),
    )


def course_standing(person_id: int, course: Course) -> CourseStanding:
    """One course as this person has it."""
    return _standing(course, _facts(person_id))


def reading(person_id: int, unit_id: int) -> LessonReading | None:
    """Where a person is in a lesson, with the text they are in."""
    return db.session.scalar(
        select(LessonReading)
        .where(LessonReading.person_id == person_id, LessonReading.unit_id == unit_id)
        .options(joinedload(LessonReading.version))
    )


def reading_by_code(person_id: int, code: str) -> LessonReading | None:
    """The same by the unit's code, in one query."""
    return db.session.scalar(
        select(LessonReading)
        .join(CourseUnit, CourseUnit.id == LessonReading.unit_id)
        .where(LessonReading.person_id == person_id, CourseUnit.code == code)
        .options(joinedload(LessonReading.version))
    )


def last_sign(person_id: int) -> datetime | None:
    """When a person last gave a sign of life in any lesson, so that two tabs share the time."""
    return db.session.scalar(select(func.max(LessonReading.beat_at)).where(LessonReading.person_id == person_id))


def study_day(person_id: int, day: date) -> StudyDay | None:
    """What a person studied on a local day."""
    return db.session.scalar(select(StudyDay).where(StudyDay.person_id == person_id, StudyDay.day == day))


def study_seconds(person_id: int, first: date, last: date) -> dict[date, int]:
    """Seconds studied on each local day between two days; days without any are left out."""
    found = plain_rows(_STUDIED, person_id=person_id, first=first, last=last)
    return {day: seconds for day, seconds in found}  # noqa: C416 - rows are not tuples


def check_answers(person_id: int, version_id: int) -> dict[str, CheckAnswer]:
    """The newest answer of a person to each 随堂一问 of a lesson's version."""
    rows = db.session.scalars(
        select(CheckAnswer)
        .where(CheckAnswer.person_id == person_id, CheckAnswer.version_id == version_id)
        .order_by(CheckAnswer.id)
    )
    return {row.check_code: row for row in rows}


def unit_completion(person_id: int, unit_id: int) -> UnitCompletion | None:
    """Whether and how a person has done a unit."""
    return db.session.scalar(
        select(UnitCompletion).where(
            UnitCompletion.person_id == person_id,
            UnitCompletion.unit_id == unit_id,
            UnitCompletion.withdrawn_at.is_(None),
        )
    )


def units_done(person_id: int, course_id: int) -> set[int]:
    """Ids of a course's units that a person has done."""
    return set(
        db.session.scalars(
            select(UnitCompletion.unit_id)
            .join(CourseUnit, CourseUnit.id == UnitCompletion.unit_id)
            .where(
                UnitCompletion.person_id == person_id,
                UnitCompletion.withdrawn_at.is_(None),
                CourseUnit.course_id == course_id,
            )
        )
    )


def newest_completion(person_id: int, unit_ids: Iterable[int]) -> datetime | None:
    """When the last of these units was done."""
    return db.session.scalar(
        select(func.max(UnitCompletion.completed_at)).where(
            UnitCompletion.person_id == person_id,
            UnitCompletion.unit_id.in_(list(unit_ids)),
            UnitCompletion.withdrawn_at.is_(None),
        )
    )


def enrolment(person_id: int, course_id: int) -> Enrolment | None:
    """Whether a person has taken up a course."""
    return db.session.scalar(
        select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.course_id == course_id)
    )


def course_completions(person_id: int, course_id: int) -> Sequence[CourseCompletion]:
    """Every time a person completed a course, oldest first; withdrawn ones are left out."""
    return db.session.scalars(
        select(CourseCompletion)
        .where(
            CourseCompletion.person_id == person_id,
            CourseCompletion.course_id == course_id,
            CourseCompletion.withdrawn_at.is_(None),
        )
        .order_by(CourseCompletion.id)
    ).all()


_LAST_COMPLETED = (
    select(CourseCompletion.person_id, Course.code, func.max(CourseCompletion.completed_at))
    .join(Course, Course.id == CourseCompletion.course_id)
    .where(
        CourseCompletion.person_id.in_(bindparam("person_ids", expanding=True)), CourseCompletion.withdrawn_at.is_(None)
    )
    .group_by(CourseCompletion.person_id, Course.code)
)


def completed_courses(
    person_ids: Iterable[int], course_codes: Iterable[str] | None = None, until: datetime | None = None
) -> dict[int, dict[str, datetime]]:
    """{person: {course code: when last completed}}, nobody left out; until (an instant) is counted."""
    wanted = frozenset(course_codes) if course_codes is not None else None
    found: dict[int, dict[str, datetime]] = {}
    for portion in chunks(person_ids):
        found.update({person_id: {} for person_id in portion})
        statement = _LAST_COMPLETED
        if until is not None:
            statement = statement.where(CourseCompletion.completed_at <= until)
        for person_id, code, completed_at in plain_rows(statement, person_ids=portion):
            if wanted is None or code in wanted:
                found[person_id][code] = completed_at
    return found


def mandatory_done(person_ids: Iterable[int], until: datetime | None = None) -> dict[int, tuple[int, int]]:
    """{person: (mandatory courses completed, mandatory courses there are)}, nobody left out."""
    codes = db.session.scalars(select(Course.code).where(Course.is_open, Course.is_mandatory)).all()
    done = completed_courses(person_ids, codes, until)
    return {person_id: (len(courses), len(codes)) for person_id, courses in done.items()}


def readers_by_version(unit_id: int) -> dict[int, int]:
    """{version number: people} who completed a lesson in that version or are reading it now, in two queries."""
    read = (
        select(UnitCompletion.version_number.label("number"), UnitCompletion.person_id)
        .where(UnitCompletion.unit_id == unit_id, UnitCompletion.version_number.is_not(None))
        .union(
            select(LessonVersion.number, LessonReading.person_id)
            .join(LessonVersion, LessonVersion.id == LessonReading.version_id)
            .where(LessonReading.unit_id == unit_id)
        )
        .subquery()
    )
    rows = db.session.execute(select(read.c.number, func.count()).group_by(read.c.number))
    return {number: n for number, n in rows}  # noqa: C416 - rows are not tuples
