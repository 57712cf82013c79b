"""Reads of exams."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.exams.models import Exam
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
