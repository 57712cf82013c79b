"""Reads of courses, units and lesson versions."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from courses.catalogue.models import Course, CourseUnit, CourseVersion, LessonVersion, UnitKind
from lms.db import db


def course(code: str) -> Course | None:
    """A course by its code, with its units."""
    return db.session.scalar(select(Course).where(Course.code == code).options(selectinload(Course.units)))


def courses() -> Sequence[Course]:
    """Every course there ever was, with units, by code."""
    return db.session.scalars(select(Course).options(selectinload(Course.units)).order_by(Course.code)).all()


def open_courses() -> Sequence[Course]:
    """The courses of the library as it is now, with units, by code."""
    return db.session.scalars(
        select(Course).where(Course.is_open).options(selectinload(Course.units)).order_by(Course.code)
    ).all()


def unit(code: str) -> CourseUnit | None:
    """A unit by its code, with its course and the units beside it."""
    return db.session.scalar(
        select(CourseUnit)
        .where(CourseUnit.code == code)
        .options(joinedload(CourseUnit.course).selectinload(Course.units))
    )


def units_by_code(codes: Iterable[str]) -> dict[str, CourseUnit]:
    """Units by code, with their course."""
    found = db.session.scalars(
        select(CourseUnit).where(CourseUnit.code.in_(list(codes))).options(joinedload(CourseUnit.course))
    )
    return {one.code: one for one in found}


def lesson_version(version_id: int) -> LessonVersion | None:
    """One published text of a lesson."""
    return db.session.get(LessonVersion, version_id)


def current_version(unit_id: int) -> LessonVersion | None:
    """The newest text of a lesson."""
    return db.session.scalar(
        select(LessonVersion).where(LessonVersion.unit_id == unit_id).order_by(LessonVersion.number.desc()).limit(1)
    )


def current_versions(unit_ids: Iterable[int]) -> dict[int, LessonVersion]:
    """The newest text of each of these lessons by unit id, in one query."""
    newest = (
        select(LessonVersion.unit_id, func.max(LessonVersion.number).label("number"))
        .where(LessonVersion.unit_id.in_(list(unit_ids)))
        .group_by(LessonVersion.unit_id)
        .subquery()
    )
    found = db.session.scalars(
        select(LessonVersion).join(
            newest, (newest.c.unit_id == LessonVersion.unit_id) & (newest.c.number == LessonVersion.number)
        )
    )
    return {version.unit_id: version for version in found}


def current_lesson_versions(course_ids: Iterable[int]) -> dict[int, LessonVersion]:
    """The newest text of every lesson of these courses by unit id."""
    ids = db.session.scalars(
        select(CourseUnit.id).where(
            CourseUnit.course_id.in_(list(course_ids)),
            CourseUnit.kind == UnitKind.lesson,
            CourseUnit.is_retired.is_(False),
        )
    ).all()
    return current_versions(ids)


def course_version(course_id: int, number: int) -> CourseVersion | None:
    """What a course consisted of in one of its versions."""
    return db.session.scalar(
        select(CourseVersion).where(CourseVersion.course_id == course_id, CourseVersion.number == number)
    )
