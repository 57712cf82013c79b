"""Papers: fixed lists of questions, or cells from which questions are drawn by seed."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.bank.models import Question, QuestionType
from lms.db import Model


class PaperKind(enum.StrEnum):
    """Everybody the same questions, or each their own draw."""

    fixed = "fixed"
    drawn = "drawn"


class RowKind(enum.StrEnum):
    """What the rows of a blueprint are."""

    topic = "topic"
    competency = "competency"


class Paper(Model):
    """One version of a paper: kind, courses whose bank it draws from, sections. Never changed once it is kept; family
    is the code that its versions share, locked_at when it was released for exams.
    """

    __tablename__ = "papers"
    __table_args__ = (Index("uq_papers_family_version", "family", "version", unique=True),)

    code: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(80))
    kind: Mapped[PaperKind]
    course_codes: Mapped[list[Any]]
    has_shuffled_options: Mapped[bool] = mapped_column(default=True)
    family: Mapped[str] = mapped_column(String(60), default=lambda context: context.get_current_parameters()["code"])
    version: Mapped[int] = mapped_column(default=1)
    row_kind: Mapped[RowKind] = mapped_column(default=RowKind.topic)
    locked_at: Mapped[datetime | None]

    sections: Mapped[list["PaperSection"]] = relationship(back_populates="paper", order_by="PaperSection.position")


class PaperSection(Model):
    """A section: how many questions of which kind, points each, the least that must be reached.

    picks: [[row, count]] of the blueprint, a row being a topic or a competency; the rest of count is free.
    """

    __tablename__ = "paper_sections"
    __table_args__ = (UniqueConstraint("paper_id", "position"), CheckConstraint("count > 0", name="count"))

    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(60))
    type: Mapped[QuestionType | None]
    topics: Mapped[list[Any]]
    count: Mapped[int]
    points: Mapped[Decimal]
    minimum: Mapped[Decimal | None]
    picks: Mapped[list[Any]] = mapped_column(default=list)

    paper: Mapped[Paper] = relationship(back_populates="sections")
    items: Mapped[list["PaperItem"]] = relationship(back_populates="section", order_by="PaperItem.position")


class PaperItem(Model):
    """A question of a fixed paper; the version asked is the one current when an attempt starts."""

    __tablename__ = "paper_items"
    __table_args__ = (UniqueConstraint("section_id", "question_id"),)

    section_id: Mapped[int] = mapped_column(ForeignKey("paper_sections.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    position: Mapped[int]

    section: Mapped[PaperSection] = relationship(back_populates="items")
    question: Mapped[Question] = relationship()
