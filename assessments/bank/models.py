"""Questions, their versions and the working copy between two of them; an attempt keeps the version it was asked with."""

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


class DraftState(enum.StrEnum):
    """Where a working copy stands on its way to a version."""

    draft = "draft"
    in_review = "in_review"
    returned = "returned"


class Verb(enum.StrEnum):
    """What somebody did with a question."""

    sent = "sent"
    withdrawn = "withdrawn"
    returned = "returned"
    published = "published"
    discarded = "discarded"
    retired = "retired"
    restored = "restored"


class Question(Model):
    """A question by its code; what it says is in its versions. Only one with a current version is ever asked.

    edition counts every change and travels with the forms, so that nobody overwrites what they have not seen.
    library_digest: the text of questions.md that was taken over last; library_source: a newer one that was not, because
    somebody had changed the question on the page.
    """

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_course_code_is_retired", "course_code", "is_retired"),)

    code: Mapped[str] = mapped_column(String(60), unique=True)
    course_code: Mapped[str] = mapped_column(String(20))
    current_id: Mapped[int | None] = mapped_column(
        ForeignKey("question_versions.id", use_alter=True, name="fk_questions_current_id_question_versions")
    )
    is_retired: Mapped[bool] = mapped_column(default=False)
    retired_reason: Mapped[str] = mapped_column(String(200), default="")
    edition: Mapped[int] = mapped_column(default=0)
    library_digest: Mapped[str] = mapped_column(String(64), default="")
    library_source: Mapped[str] = mapped_column(Text, default="")

    current: Mapped["QuestionVersion | None"] = relationship(foreign_keys=[current_id], post_update=True)
    draft: Mapped["QuestionDraft | None"] = relationship(back_populates="question", cascade="all, delete-orphan")
    tags: Mapped[list["QuestionTag"]] = relationship(cascade="all, delete-orphan", order_by="QuestionTag.label")

    @property
    def is_asked(self) -> bool:
        """Whether papers may draw it."""
        return self.current_id is not None and not self.is_retired


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


class QuestionDraft(Model):
    """What is being written for a question, at most one a question; it becomes a version when another publishes it.

    content: the wording as JSON (see rules/wording.py); the other columns repeat of it what lists filter by.
    """

    __tablename__ = "question_drafts"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), unique=True)
    state: Mapped[DraftState] = mapped_column(index=True)
    type: Mapped[QuestionType]
    difficulty: Mapped[Difficulty]
    competency: Mapped[str] = mapped_column(String(10))
    topic: Mapped[str] = mapped_column(String(60))
    stem_text: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    author_ids: Mapped[list[Any]]
    saved_by: Mapped[str] = mapped_column(String(80))
    saved_at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(String(500), default="")

    question: Mapped[Question] = relationship(back_populates="draft")


class QuestionTag(Model):
    """A word to find a question by."""

    __tablename__ = "question_tags"
    __table_args__ = (UniqueConstraint("question_id", "label"), Index("ix_question_tags_label", "label"))

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    label: Mapped[str] = mapped_column(String(20))


class QuestionMove(Model):
    """Somebody sent, returned, published, retired or restored a question; never changed afterwards."""

    __tablename__ = "question_moves"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    verb: Mapped[Verb]
    version_number: Mapped[int | None]
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(80))
    comment: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
