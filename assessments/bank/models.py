"""Questions and their versions; an attempt keeps the version it was asked with."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class QuestionType(enum.StrEnum):
    """How a question is answered."""

    single = "single"
    multiple = "multiple"
    true_false = "true_false"
    fill_in = "fill_in"
    numeric = "numeric"
    short_answer = "short_answer"

    @property
    def label(self) -> str:
        return TYPE_LABELS[self]


TYPE_LABELS = {
    QuestionType.single: "单选题",
    QuestionType.multiple: "多选题",
    QuestionType.true_false: "判断题",
    QuestionType.fill_in: "填空题",
    QuestionType.numeric: "数值题",
    QuestionType.short_answer: "简答题",
}


class Difficulty(enum.StrEnum):
    """How hard the author thinks a question is."""

    easy = "easy"
    medium = "medium"
    hard = "hard"


class Question(Model):
    """A question by its code; what it says is in its versions."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_course_code_is_retired", "course_code", "is_retired"),)

    code: Mapped[str] = mapped_column(String(60), unique=True)
    course_code: Mapped[str] = mapped_column(String(20))
    current_id: Mapped[int | None] = mapped_column(
        ForeignKey("question_versions.id", use_alter=True, name="fk_questions_current_id_question_versions")
    )
    is_retired: Mapped[bool] = mapped_column(default=False)

    current: Mapped["QuestionVersion | None"] = relationship(foreign_keys=[current_id], post_update=True)


class QuestionVersion(Model):
    """One wording of a question. options: [{key, html, is_right, is_pinned}]; accepted: texts or numbers that are right,
    for a short answer the one model answer; rubric: [{criterion, points, descriptors: [{points, words}]}].
    """

    __tablename__ = "question_versions"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    number: Mapped[int]
    type: Mapped[QuestionType]
    difficulty: Mapped[Difficulty]
    competency: Mapped[str] = mapped_column(String(10))
    topic: Mapped[str] = mapped_column(String(60))
    lesson_code: Mapped[str] = mapped_column(String(60), default="")
    basis: Mapped[list[Any]]
    stem_html: Mapped[str] = mapped_column(Text)
    stem_text: Mapped[str] = mapped_column(Text)
    options: Mapped[list[Any]]
    accepted: Mapped[list[Any]]
    tolerance: Mapped[Decimal | None]
    unit_label: Mapped[str] = mapped_column(String(20), default="")
    rubric: Mapped[list[Any]] = mapped_column(default=list)
    explanation_html: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]

    question: Mapped[Question] = relationship(foreign_keys=[question_id])
