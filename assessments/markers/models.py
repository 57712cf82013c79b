"""The marking queue: a script is one written answer; marks are rows that never change."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.attempts.models import Attempt
from assessments.bank.models import QuestionVersion
from assessments.exams.models import Exam
from lms.db import Model


class MarkingTerms(Model):
    """How an exam's written answers are marked: twice or once, from which difference a third mark decides (in percent of
    the question's points), within how many working days. An exam without a row is marked once, within five.
    """

    __tablename__ = "marking_terms"
    __table_args__ = (
        CheckConstraint("threshold_percent BETWEEN 0 AND 100", name="threshold"),
        CheckConstraint("working_days BETWEEN 1 AND 60", name="days"),
    )

    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"), unique=True)
    is_double: Mapped[bool]
    threshold_percent: Mapped[int]
    working_days: Mapped[int]
    changed_by: Mapped[int | None]
    changed_at: Mapped[datetime]


class Script(Model):
    """One written answer that a person has to mark, known to markers by its own number alone. stage: the round that is
    wanted next, 0 once points are settled.
    """

    __tablename__ = "scripts"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        Index("ix_scripts_exam_id_stage", "exam_id", "stage"),
        CheckConstraint("(stage = 0) = (points IS NOT NULL)", name="settled"),
    )

    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    position: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    text: Mapped[str] = mapped_column(Text)
    full_points: Mapped[Decimal]
    is_double: Mapped[bool]
    threshold_percent: Mapped[int]
    due_on: Mapped[date]
    stage: Mapped[int] = mapped_column(default=1)
    points: Mapped[Decimal | None]
    handed_in_at: Mapped[datetime]

    exam: Mapped[Exam] = relationship()
    attempt: Mapped[Attempt] = relationship()
    version: Mapped[QuestionVersion] = relationship()
    marks: Mapped[list["ScriptMark"]] = relationship(back_populates="script", order_by="ScriptMark.id")


class ScriptMark(Model):
    """A mark by one person in one round: points for each criterion of the rubric; number counts that person's changes.
    A change is the next number with its reason.
    """

    __tablename__ = "script_marks"
    __table_args__ = (UniqueConstraint("script_id", "round", "number"),)

    script_id: Mapped[int] = mapped_column(ForeignKey("scripts.id"))
    round: Mapped[int]
    number: Mapped[int]
    marker_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    rows: Mapped[list[Any]]
    points: Mapped[Decimal]
    comment: Mapped[str] = mapped_column(String(500), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    marked_at: Mapped[datetime]

    script: Mapped[Script] = relationship(back_populates="marks")
