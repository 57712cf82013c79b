"""Who learns what: enrolments, where a reader stopped, completed units and courses."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.catalogue.models import Course, CourseUnit, LessonVersion
from lms.db import Model


class Enrolment(Model):
    """A person has taken up a course. By when it is asked, if it is, stands in programmes."""

    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("person_id", "course_id"),
        Index("ix_enrolments_course_id", "course_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    started_at: Mapped[datetime]

    course: Mapped[Course] = relationship()


class LessonReading(Model):
    """Where a reader is in a lesson: their version, the paragraph, and seconds the server has credited."""

    __tablename__ = "lesson_readings"
    __table_args__ = (UniqueConstraint("person_id", "unit_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("course_units.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("lesson_versions.id"))
    block: Mapped[int] = mapped_column(default=1)
    furthest_block: Mapped[int] = mapped_column(default=1)
    seconds: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    beat_at: Mapped[datetime]

    version: Mapped[LessonVersion] = relationship()


class StudyDay(Model):
    """Seconds a person studied on a local day, for the week's bars."""

    __tablename__ = "study_days"
    __table_args__ = (UniqueConstraint("person_id", "day"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    day: Mapped[date]
    seconds: Mapped[int] = mapped_column(default=0)


class CheckAnswer(Model):
    """An answer to a 随堂一问; not scored."""

    __tablename__ = "check_answers"
    __table_args__ = (Index("ix_check_answers_person_id_check", "person_id", "check_code"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("lesson_versions.id"))
    check_code: Mapped[str] = mapped_column(String(80))
    chosen: Mapped[list[Any]]
    is_right: Mapped[bool]
    answered_at: Mapped[datetime]


class UnitCompletion(Model):
    """A unit of a course is done, and what proves it. What was withdrawn stays as a line and counts no more."""

    __tablename__ = "unit_completions"
    __table_args__ = (
        Index(
            "uq_unit_completions_valid", "person_id", "unit_id", unique=True,
            sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_unit_completions_unit_id", "unit_id"),
    )  # fmt: skip

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("course_units.id"))
    version_number: Mapped[int | None]
    source_kind: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[str] = mapped_column(String(60))
    completed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None]
    withdrawn_reason: Mapped[str] = mapped_column(String(300), default="")

    unit: Mapped[CourseUnit] = relationship()


class CourseCompletion(Model):
    """A course is done, in which version. What was withdrawn stays as a line and counts no more."""

    __tablename__ = "course_completions"
    __table_args__ = (
        Index(
            "uq_course_completions_valid", "person_id", "course_id", "course_version", unique=True,
            sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_course_completions_course_id", "course_id"),
    )  # fmt: skip

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    course_version: Mapped[int]
    completed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None]
    withdrawn_reason: Mapped[str] = mapped_column(String(300), default="")

    course: Mapped[Course] = relationship()
