"""Attempts: the questions asked, every saved answer, the result."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.bank.models import QuestionVersion
from assessments.exams.models import Exam
from lms.db import Model


class AttemptStatus(enum.StrEnum):
    """Where an attempt stands."""

    open = "open"
    awaiting = "awaiting"  # handed in, with answers that a person has to mark
    handed_in = "handed_in"
    voided = "voided"


class HandedInBy(enum.StrEnum):
    """Who closed the attempt."""

    person = "person"
    deadline = "deadline"


class Attempt(Model):
    """One sitting. deadline_at is the server's; terms are the exam's rules as they were at the start; result_id is the
    grade that counts, the newest of those it has been given.

    grace_until: how long after the deadline answers given before it may still arrive; None where no page keeps any.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("exam_id", "person_id", "number"),
        Index("ix_attempts_status_deadline_at", "status", "deadline_at"),
        Index("ix_attempts_person_id_exam_id", "person_id", "exam_id"),
        CheckConstraint("(status = 'open') = (handed_in_at IS NULL)", name="handed_in"),
    )

    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    number: Mapped[int]
    seed: Mapped[int]
    status: Mapped[AttemptStatus] = mapped_column(default=AttemptStatus.open)
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    grace_until: Mapped[datetime | None]
    epoch: Mapped[int] = mapped_column(default=1)
    device: Mapped[str] = mapped_column(String(64), default="")
    handed_in_at: Mapped[datetime | None]
    handed_in_by: Mapped[HandedInBy | None]
    terms: Mapped[dict[str, Any]]
    result_id: Mapped[int | None] = mapped_column(
        ForeignKey("results.id", use_alter=True, name="fk_attempts_result_id_results"), index=True
    )

    exam: Mapped[Exam] = relationship()
    questions: Mapped[list["AttemptQuestion"]] = relationship(
        back_populates="attempt", order_by="AttemptQuestion.position"
    )


class AttemptQuestion(Model):
    """A question as asked in this attempt: its version, the order of its options, its points."""

    __tablename__ = "attempt_questions"
    __table_args__ = (UniqueConstraint("attempt_id", "position"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    position: Mapped[int]
    section: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    option_order: Mapped[list[Any]]
    points: Mapped[Decimal]

    attempt: Mapped[Attempt] = relationship(back_populates="questions")
    version: Mapped[QuestionVersion] = relationship()


class Answer(Model):
    """One save of one question; never changed. The newest (epoch, seq) counts.

    saved_at is when it arrived; given_at when the page says it was given, as far as that can be true.
    """

    __tablename__ = "answers"
    __table_args__ = (
        Index("uq_answers_attempt_position_epoch_seq", "attempt_id", "position", "epoch", "seq", unique=True),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    position: Mapped[int]
    epoch: Mapped[int]
    seq: Mapped[int]
    value: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    given_at: Mapped[datetime | None]


class Result(Model):
    """A grade of an attempt, with points per section and per ability; never changed. A correction is the next number
    with what caused it; `Attempt.result_id` says which one counts.
    """

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        Index("ix_results_person_id_graded_at", "person_id", "graded_at"),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    number: Mapped[int] = mapped_column(default=1)
    cause_kind: Mapped[str] = mapped_column(String(20), default="")
    cause_id: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"), index=True)
    score: Mapped[Decimal]
    full_points: Mapped[Decimal]
    is_passed: Mapped[bool]
    sections: Mapped[list[Any]]
    abilities: Mapped[list[Any]]
    right_count: Mapped[int]
    question_count: Mapped[int]
    reasons: Mapped[list[Any]]
    graded_at: Mapped[datetime]

    attempt: Mapped[Attempt] = relationship(foreign_keys=[attempt_id])
    items: Mapped[list["ResultItem"]] = relationship(back_populates="result", order_by="ResultItem.position")


class ResultItem(Model):
    """What one question earned: the answer that counted, its points, the verdict (right, partly, wrong, blank, removed).
    hand_points: what a person gave, kept through every later grading.
    """

    __tablename__ = "result_items"
    __table_args__ = (UniqueConstraint("result_id", "position"),)

    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"))
    position: Mapped[int]
    value: Mapped[dict[str, Any] | None]
    points: Mapped[Decimal]
    full_points: Mapped[Decimal]
    verdict: Mapped[str] = mapped_column(String(10))
    hand_points: Mapped[Decimal | None]

    result: Mapped[Result] = relationship(back_populates="items")


class AttemptVoiding(Model):
    """An attempt was declared void, by whom and why; it no longer counts."""

    __tablename__ = "attempt_voidings"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(300))
    voided_by: Mapped[int]
    voided_at: Mapped[datetime]


class AttemptExtension(Model):
    """Minutes added to a running attempt, by whom and why; deadline_at is the deadline that came of it."""

    __tablename__ = "attempt_extensions"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    granted_by: Mapped[int]
    granted_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
