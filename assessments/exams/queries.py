"""Reads of exams, and of the extra time people have in them."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from assessments.exams.models import Exam, ExtraTime, ExtraTimeEnding
from assessments.exams.rules import NO_EXTRA, Extra
from assessments.papers.models import Paper
from courses.catalogue.models import CourseUnit
from lms.db import db, once

_TITLES = select(Exam).order_by(Exam.code)
_WITH_PAPER = joinedload(Exam.paper).selectinload(Paper.sections)


def exam(code: str) -> Exam | None:
    """An exam by its code, with paper and sections."""
    return db.session.scalar(select(Exam).where(Exam.code == code).options(_WITH_PAPER, joinedload(Exam.unit)))


def exams() -> list[Exam]:
    """All exams with paper and sections, by code."""
    return list(db.session.scalars(select(Exam).options(_WITH_PAPER, joinedload(Exam.unit)).order_by(Exam.code)))


def open_exams() -> list[Exam]:
    """The exams that are in the library now, with paper and sections, by code."""
    return list(
        db.session.scalars(
            select(Exam).where(Exam.is_open).options(_WITH_PAPER, joinedload(Exam.unit)).order_by(Exam.code)
        )
    )


def exams_of_course(course_id: int) -> list[Exam]:
    """The open exams that close a unit of a course."""
    return list(
        db.session.scalars(
            select(Exam)
            .join(CourseUnit, CourseUnit.id == Exam.unit_id)
            .where(CourseUnit.course_id == course_id, CourseUnit.is_retired.is_(False), Exam.is_open)
            .options(_WITH_PAPER)
            .order_by(Exam.code)
        )
    )


def exam_of_unit(unit_id: int) -> Exam | None:
    """The exam that closes a course unit."""
    return db.session.scalar(select(Exam).where(Exam.unit_id == unit_id))


def titles() -> list[Exam]:
    """Every exam without its paper, by code, for pages that name many; read once a page."""
    return once(("exams.titles",), lambda: list(db.session.scalars(_TITLES)))


def _extra_times() -> Select[ExtraTime]:
    return select(ExtraTime).options(joinedload(ExtraTime.ending), joinedload(ExtraTime.person))


def extra_on(person_id: int, day: date) -> Extra:
    """The extra time a person has on a day; where several hold, the newest."""
    row = db.session.execute(
        select(ExtraTime.percent, ExtraTime.minutes)
        .outerjoin(ExtraTimeEnding, ExtraTimeEnding.extra_time_id == ExtraTime.id)
        .where(
            ExtraTime.person_id == person_id,
            ExtraTime.starts_on <= day,
            ExtraTime.ends_on >= day,
            ExtraTimeEnding.id.is_(None),
        )
        .order_by(ExtraTime.id.desc())
        .limit(1)
    ).first()
    return Extra(row.percent, row.minutes) if row else NO_EXTRA


def extra_time(extra_time_id: int) -> ExtraTime | None:
    """One grant of extra time with its person and ending."""
    return db.session.scalar(_extra_times().where(ExtraTime.id == extra_time_id))


def extra_times(people: Select[int] | None, limit: int = 200) -> list[ExtraTime]:
    """Extra time granted to these people (None: anybody), newest first, ended ones too."""
    statement = _extra_times().order_by(ExtraTime.id.desc()).limit(limit)
    if people is not None:
        statement = statement.where(ExtraTime.person_id.in_(people))
    return list(db.session.scalars(statement))


def extra_times_of(person_ids: Iterable[int]) -> list[ExtraTime]:
    """Every grant to these people, newest first."""
    return list(
        db.session.scalars(
            _extra_times().where(ExtraTime.person_id.in_(list(person_ids))).order_by(ExtraTime.id.desc())
        )
    )
