"""Reads of the question bank."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from assessments.bank.models import Question, QuestionType, QuestionVersion
from lms.db import db


@dataclass(frozen=True)
class Candidate:
    """A question that may be drawn: its version now, type, topic, course."""

    question_id: int
    version_id: int
    type: QuestionType
    topic: str
    course_code: str


def candidates(course_codes: Iterable[str]) -> list[Candidate]:
    """Every live question of these courses, by id, so that a seed gives the same draw everywhere."""
    rows = db.session.execute(
        select(
            Question.id,
            QuestionVersion.id.label("version_id"),
            QuestionVersion.type,
            QuestionVersion.topic,
            Question.course_code,
        )
        .join(QuestionVersion, QuestionVersion.id == Question.current_id)
        .where(Question.course_code.in_(list(course_codes)), Question.is_retired.is_(False))
        .order_by(Question.code)
    )
    return [Candidate(r.id, r.version_id, r.type, r.topic, r.course_code) for r in rows]


def questions_by_code(codes: Iterable[str]) -> dict[str, Question]:
    """Questions with their current versions."""
    found = db.session.scalars(
        select(Question).where(Question.code.in_(list(codes))).options(joinedload(Question.current))
    )
    return {question.code: question for question in found}


def of_course(course_code: str) -> list[Question]:
    """Every question of a course, retired ones too."""
    return list(
        db.session.scalars(
            select(Question)
            .where(Question.course_code == course_code)
            .options(joinedload(Question.current))
            .order_by(Question.code)
        )
    )


def counts() -> dict[tuple[str, QuestionType], int]:
    """Live questions per course and type."""
    rows = db.session.execute(
        select(Question.course_code, QuestionVersion.type, func.count())
        .join(QuestionVersion, QuestionVersion.id == Question.current_id)
        .where(Question.is_retired.is_(False))
        .group_by(Question.course_code, QuestionVersion.type)
    )
    return {(course, kind): n for course, kind, n in rows}
