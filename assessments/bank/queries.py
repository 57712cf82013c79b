"""Reads of the question bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, false, func, select
from sqlalchemy.orm import joinedload

from assessments.bank.models import Difficulty, Question, QuestionType, QuestionVersion
from lms.db import db
from lms.policies import queries as policies
from lms.policies import rules as policy_rules
from lms.policies.models import Citation, PolicyDocument


@dataclass(frozen=True)
class Candidate:
    """A question that may be drawn: its version now, type, topic, course."""

    question_id: int
    version_id: int
    type: QuestionType
    topic: str
    course_code: str
    competency: str = ""


def candidates(course_codes: Iterable[str]) -> list[Candidate]:
    """Every live question of these courses, by id, so that a seed gives the same draw everywhere."""
    rows = db.session.execute(
        select(
            Question.id,
            QuestionVersion.id.label("version_id"),
            QuestionVersion.type,
            QuestionVersion.topic,
            Question.course_code,
            QuestionVersion.competency,
        )
        .join(QuestionVersion, QuestionVersion.id == Question.current_id)
        .where(Question.course_code.in_(list(course_codes)), Question.is_retired.is_(False))
        .order_by(Question.code)
    )
    return [Candidate(r.id, r.version_id, r.type, r.topic, r.course_code, r.competency) for r in rows]


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


def documents_cited(refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """{reference: (policy code, number)} of the policies among these references, in one query."""
    rows = db.session.execute(
        select(PolicyDocument.ref, PolicyDocument.code, PolicyDocument.number).where(PolicyDocument.ref.in_(set(refs)))
    )
    return {ref: (code, number) for ref, code, number in rows}


def lapsed_documents(day: date) -> list[PolicyDocument]:
    """Policies of which no text holds on a day."""
    found = []
    for document in policies.documents():
        version = policies.current_version(document)
        if not policy_rules.holds(version.status, version.effective_on, day):
            found.append(document)
    return found


def citing(document_ids: Iterable[int]) -> Select[str]:
    """Codes of the questions that cite any of these policies."""
    ids = list(document_ids)
    return select(Citation.ref_id).where(Citation.kind == "question", Citation.document_id.in_(ids) if ids else false())


@dataclass(frozen=True)
class BankFilter:
    """What of the bank is wanted; empty means everything in use. state: retired. validity: lapsed."""

    words: str = ""
    course: str = ""
    type: str = ""
    topic: str = ""
    difficulty: str = ""
    state: str = ""
    validity: str = ""

    @property
    def is_any(self) -> bool:
        return any((self.words, self.course, self.type, self.topic, self.difficulty, self.state, self.validity))


def page_of_bank(wanted: BankFilter, day: date, page: int, limit: int) -> tuple[list[Question], int]:
    """One page of the questions that are wanted, by code, and how many there are in all."""
    statement = (
        select(Question)
        .join(QuestionVersion, QuestionVersion.id == Question.current_id)
        .where(Question.is_retired.is_(wanted.state == "retired"))
    )
    for value, condition in (
        (wanted.course, Question.course_code == wanted.course),
        (wanted.topic, QuestionVersion.topic == wanted.topic),
        (wanted.type in set(QuestionType), QuestionVersion.type == wanted.type),
        (wanted.difficulty in set(Difficulty), QuestionVersion.difficulty == wanted.difficulty),
    ):
        if value:
            statement = statement.where(condition)
    for word in wanted.words.split()[:6]:
        statement = statement.where(
            QuestionVersion.stem_text.contains(word, autoescape=True) | Question.code.startswith(word, autoescape=True)
        )
    if wanted.validity == "lapsed":
        statement = statement.where(Question.code.in_(citing(one.id for one in lapsed_documents(day))))
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = db.session.scalars(
        statement.options(joinedload(Question.current)).order_by(Question.code).limit(limit).offset((page - 1) * limit)
    )
    return list(rows), total


def topics() -> list[str]:
    """The topics of the questions in use."""
    return list(
        db.session.scalars(
            select(QuestionVersion.topic)
            .join(Question, and_(Question.current_id == QuestionVersion.id, Question.is_retired.is_(False)))
            .distinct()
            .order_by(QuestionVersion.topic)
        )
    )


def versions(question_id: int) -> list[QuestionVersion]:
    """Every wording of a question, newest first."""
    return list(
        db.session.scalars(
            select(QuestionVersion)
            .where(QuestionVersion.question_id == question_id)
            .order_by(QuestionVersion.number.desc())
        )
    )


def titles() -> dict[str, str]:
    """{code: beginning of the stem} of every question, for pages that name many."""
    rows = db.session.execute(
        select(Question.code, func.substr(QuestionVersion.stem_text, 1, 40)).join(
            QuestionVersion, QuestionVersion.id == Question.current_id
        )
    )
    return {code: " ".join(words.split()) for code, words in rows}
