"""Reads of exams."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from assessments.exams.models import Exam
from assessments.papers.models import Paper, PaperSection
from lms.db import db

_WITH_PAPER = joinedload(Exam.paper).selectinload(Paper.sections)


def exam(code: str) -> Exam | None:
    """An exam by its code, with paper and sections."""
    return db.session.scalar(select(Exam).where(Exam.code == code).options(_WITH_PAPER, joinedload(Exam.unit)))


def exams() -> list[Exam]:
    """All exams with paper and sections, by code."""
    return list(db.session.scalars(select(Exam).options(_WITH_PAPER, joinedload(Exam.unit)).order_by(Exam.code)))


def exam_of_unit(unit_id: int) -> Exam | None:
    """The exam that closes a course unit."""
    return db.session.scalar(select(Exam).where(Exam.unit_id == unit_id))


def fixed_questions(paper_id: int) -> dict[int, list[int]]:
    """Question version ids of a fixed paper, by section position, as they are now."""
    sections = db.session.scalars(
        select(PaperSection)
        .where(PaperSection.paper_id == paper_id)
        .options(selectinload(PaperSection.items))
        .order_by(PaperSection.position)
    )
    return {s.position: [item.question.current_id for item in s.items if item.question.current_id] for s in sections}
