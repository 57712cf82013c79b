"""Reads of programmes themselves, of what people have left to do, and of the defaults of a day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from courses.catalogue.models import Course, CourseUnit, UnitKind
from courses.hours.queries import chunks
from courses.programmes.models import Programme, ProgrammeDefaults, ProgrammeItem, Stage
from courses.progress.models import LessonReading, UnitCompletion
from lms.db import db


def programme(programme_id: int) -> Programme | None:
    """A programme with its items and the people named."""
    return db.session.scalar(
        select(Programme)
        .where(Programme.id == programme_id)
        .options(selectinload(Programme.items), selectinload(Programme.named))
    )


def programmes(states: Collection[Stage]) -> Sequence[Programme]:
    """Programmes in these stages with items, the newest first."""
    return db.session.scalars(
        select(Programme)
        .where(Programme.state.in_(list(states)))
        .options(selectinload(Programme.items))
        .order_by(Programme.id.desc())
    ).all()


def running_ids() -> list[int]:
    """The published programmes, oldest first."""
    return list(
        db.session.scalars(select(Programme.id).where(Programme.state == Stage.published).order_by(Programme.id))
    )


def asking_for(kind: str, ref_id: str) -> Sequence[Programme]:
    """The published programmes that ask for something, newest first."""
    return db.session.scalars(
        select(Programme)
        .join(ProgrammeItem, ProgrammeItem.programme_id == Programme.id)
        .where(Programme.state == Stage.published, ProgrammeItem.kind == kind, ProgrammeItem.ref_id == ref_id)
        .order_by(Programme.id.desc())
    ).all()


def defaults(day: date) -> ProgrammeDefaults | None:
    """What a new programme starts with on a day."""
    return db.session.scalar(
        select(ProgrammeDefaults)
        .where(ProgrammeDefaults.valid_from <= day)
        .order_by(ProgrammeDefaults.valid_from.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Left:
    """What a person still has to do of courses: lessons, their minutes, exams; and when they last read."""

    lessons: int
    minutes: int
    exams: int
    last_at: datetime | None


def left(codes: Collection[str], person_ids: Collection[int], done: Mapping[int, Collection[str]]) -> dict[int, Left]:
    """What each of these people has left of these courses, those in `done` taken off; four queries. A course whose units
    are all done but which no longer counts leaves its exam to be passed again.
    """
    rows = db.session.execute(
        select(Course.code, CourseUnit.id, CourseUnit.kind, CourseUnit.minutes)
        .join(Course, Course.id == CourseUnit.course_id)
        .where(Course.code.in_(list(codes)), CourseUnit.is_retired.is_(False))
    ).all()
    units: dict[str, list[tuple[int, UnitKind, int]]] = {}
    for code, unit_id, kind, minutes in rows:
        units.setdefault(code, []).append((unit_id, kind, minutes))
    unit_ids = [row[1] for row in rows]
    finished: dict[int, set[int]] = {}
    for portion in chunks(person_ids):
        for person_id, unit_id in db.session.execute(
            select(UnitCompletion.person_id, UnitCompletion.unit_id).where(
                UnitCompletion.person_id.in_(portion),
                UnitCompletion.unit_id.in_(unit_ids),
                UnitCompletion.withdrawn_at.is_(None),
            )
        ):
            finished.setdefault(person_id, set()).add(unit_id)
    seen = last_activity(person_ids)
    found = {}
    for person_id in person_ids:
        lessons = minutes = exams = 0
        for code, steps in units.items():
            if code in done.get(person_id, ()):
                continue
            open_steps = [step for step in steps if step[0] not in finished.get(person_id, set())]
            for _unit, kind, length in open_steps or [step for step in steps if step[1] == UnitKind.exam]:
                lessons += kind == UnitKind.lesson
                exams += kind == UnitKind.exam
                minutes += length
        found[person_id] = Left(lessons, minutes, exams, seen.get(person_id))
    return found


def last_activity(person_ids: Collection[int]) -> dict[int, datetime]:
    """{person: when they last gave a sign of life in a lesson}."""
    found: dict[int, datetime] = {}
    for portion in chunks(person_ids):
        rows = db.session.execute(
            select(LessonReading.person_id, func.max(LessonReading.beat_at))
            .where(LessonReading.person_id.in_(portion))
            .group_by(LessonReading.person_id)
        )
        found.update({person_id: at for person_id, at in rows})  # noqa: C416 - rows are not tuples
    return found
