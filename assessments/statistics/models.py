"""Figures as they were last worked out: a cache that can be thrown away, never a fact."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model


class ExamFigures(Model):
    """What the attempts at an exam say of its paper; digest names the set of results it was worked out from."""

    __tablename__ = "exam_figures"

    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    paper: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class ItemFigures(Model):
    """What they say of one wording of a question."""

    __tablename__ = "item_figures"
    __table_args__ = (UniqueConstraint("exam_id", "version_id"),)

    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    n: Mapped[int]
    slot: Mapped[int]
    figures: Mapped[dict[str, Any]]
