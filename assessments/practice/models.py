"""Answers given in practice; never changed, and never part of an appraisal."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.bank.models import QuestionVersion
from lms.db import Model


class PracticeAnswer(Model):
    """One answer. daily_on is the day whose 每日一题 it was; set_key names the handful practised together."""

    __tablename__ = "practice_answers"
    __table_args__ = (
        Index("uq_practice_answers_person_daily_on", "person_id", "daily_on", unique=True),
        Index("uq_practice_answers_person_set_question", "person_id", "set_key", "question_id", unique=True),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    daily_on: Mapped[date | None]
    set_key: Mapped[str] = mapped_column(String(40))
    value: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(10))
    answered_on: Mapped[date]
    answered_at: Mapped[datetime]

    version: Mapped[QuestionVersion] = relationship()
