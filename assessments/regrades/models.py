"""Objections: somebody doubts an item they were asked, and gets an answer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.attempts.models import Attempt
from assessments.bank.models import QuestionVersion
from lms.db import Model


class Objection(Model):
    """对本题有异议: once an item and attempt, with its reason; answered once, upheld or not."""

    __tablename__ = "objections"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        Index("ix_objections_version_id", "version_id"),
        CheckConstraint("(answered_at IS NULL) = (is_upheld IS NULL)", name="answered"),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    position: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    reason: Mapped[str] = mapped_column(String(500))
    raised_at: Mapped[datetime]
    is_upheld: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[int | None]
    answered_at: Mapped[datetime | None]

    attempt: Mapped[Attempt] = relationship()
    version: Mapped[QuestionVersion] = relationship()
