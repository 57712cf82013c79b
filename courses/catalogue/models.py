"""Courses, their units, lessons and the versions that learners keep."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class UnitKind(enum.StrEnum):
    """What closes a unit of a course: reading a lesson, or passing its exam."""

    lesson = "lesson"
    exam = "exam"


class Course(Model):
    """A course as the library has it now."""

    __tablename__ = "courses"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    track: Mapped[str] = mapped_column(String(1))
    hours_target: Mapped[Decimal]
    competencies: Mapped[list[Any]]
    is_mandatory: Mapped[bool] = mapped_column(default=False)
    validity_months: Mapped[int]
    owner: Mapped[str] = mapped_column(String(40), default="")
    summary_html: Mapped[str] = mapped_column(Text, default="")
    summary_text: Mapped[str] = mapped_column(Text, default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]

    units: Mapped[list["CourseUnit"]] = relationship(back_populates="course", order_by="CourseUnit.position")

    def __str__(self) -> str:
        return self.title


class CourseVersion(Model):
    """What a course consisted of when it changed: lesson versions and exam, for certificates and disputes."""

    __tablename__ = "course_versions"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    number: Mapped[int]
    contents: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class CourseUnit(Model):
    """A step of a course: a lesson, or its closing exam (known here only by code, title and minutes)."""

    __tablename__ = "course_units"
    __table_args__ = (Index("ix_course_units_course_id_position", "course_id", "position"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    code: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[UnitKind]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    minutes: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)

    course: Mapped[Course] = relationship(back_populates="units")


class LessonVersion(Model):
    """One published text of a lesson; somebody in mid-lesson keeps theirs."""

    __tablename__ = "lesson_versions"
    __table_args__ = (UniqueConstraint("unit_id", "number"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("course_units.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    minutes: Mapped[int]
    competencies: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    headings: Mapped[list[Any]]
    checks: Mapped[list[Any]]
    blocks: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]

    unit: Mapped[CourseUnit] = relationship()
