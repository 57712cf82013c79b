"""Exams: when, how long, how often, what passes, what may be seen afterwards."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.papers.models import Paper
from courses.catalogue.models import CourseUnit
from lms.db import Model
from lms.people.models import Person


class Review(enum.StrEnum):
    """When questions and right answers may be seen after handing in."""

    immediate = "immediate"
    after_close = "after_close"
    topics_only = "topics_only"


class MultipleRule(enum.StrEnum):
    """How a multiple-choice answer earns points."""

    all_or_nothing = "all_or_nothing"
    half_for_subset = "half_for_subset"
    per_option = "per_option"


class Exam(Model):
    """An exam; unit_id is the course unit that a pass closes, none for an exam that stands alone."""

    __tablename__ = "exams"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 600", name="minutes"),
        CheckConstraint("attempts_allowed BETWEEN 1 AND 50", name="attempts"),
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="window"),
    )

    code: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("course_units.id"), unique=True)
    course_codes: Mapped[list[Any]]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    minutes: Mapped[int]
    attempts_allowed: Mapped[int]
    first_delay_hours: Mapped[int]
    later_delay_hours: Mapped[int]
    pass_mark: Mapped[Decimal]
    multiple_rule: Mapped[MultipleRule]
    review: Mapped[Review]
    instructions_html: Mapped[str] = mapped_column(Text, default="")
    certificate_title: Mapped[str] = mapped_column(String(60), default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    digest: Mapped[str] = mapped_column(String(64), default="")
    grace_minutes: Mapped[int] = mapped_column(default=10)

    paper: Mapped[Paper] = relationship()
    unit: Mapped[CourseUnit | None] = relationship()

    def __str__(self) -> str:
        return self.title


class ExtraTime(Model):
    """More time for a person in every exam between two days: a share of the time, or minutes. Ended by a row of its own."""

    __tablename__ = "extra_times"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("(percent > 0) <> (minutes > 0)", name="amount"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    percent: Mapped[int]
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    granted_by: Mapped[int]
    granted_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    ending: Mapped["ExtraTimeEnding | None"] = relationship(back_populates="extra_time")


class ExtraTimeEnding(Model):
    """Extra time was ended before its last day: by whom, when, why."""

    __tablename__ = "extra_time_endings"

    extra_time_id: Mapped[int] = mapped_column(ForeignKey("extra_times.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(300))
    ended_by: Mapped[int]
    ended_at: Mapped[datetime]

    extra_time: Mapped[ExtraTime] = relationship(back_populates="ending")
