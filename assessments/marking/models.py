"""Rulings: how an item that was found faulty is marked from then on."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.bank.models import QuestionVersion
from assessments.exams.models import Exam
from lms.db import Model


class KeyRuling(Model):
    """A wording of a question is marked otherwise: kind and keys as `rules.Ruling`, in one exam or in all, for attempts
    handed in from a day on. The newest that fits counts; one that was withdrawn never does.
    """

    __tablename__ = "key_rulings"

    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    exam_id: Mapped[int | None] = mapped_column(ForeignKey("exams.id"))
    since: Mapped[date | None]
    kind: Mapped[str] = mapped_column(String(10))
    keys: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(300))
    forecast: Mapped[dict[str, Any]]
    job_id: Mapped[int | None]
    decided_by: Mapped[int]
    decided_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    version: Mapped[QuestionVersion] = relationship()
    exam: Mapped[Exam | None] = relationship()
