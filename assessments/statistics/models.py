"""Figures of an exam as they were last worked out."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model


class ExamFigures(Model):
    """What the attempts at an exam say about it; digest names the set of results it was worked out from."""

    __tablename__ = "exam_figures"

    exam_id: Mapped[int] = mapped_column(ForeignKey("exams.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    figures: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
