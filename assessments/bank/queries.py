"""Reads of the question bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, select
from sqlalchemy.orm import joinedload, selectinload

from assessments.bank.models import (
    Difficulty,
    DraftState,
    Question,
    QuestionDraft,
    QuestionMove,
    QuestionTag,
    QuestionType,
    QuestionVersion,
)
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
    """Questions with their current versions and working copies."""
    found = db.session.scalars(
        select(Question)
        .where(Question.code.in_(list(codes)))
        .options(joinedload(Question.current), joinedload(Question.draft))
    )
    return {question.code: question for question in found}


def of_course(course_code: str) -> list[Question]:
    """Every question of a course, retired ones too."""
    return list(
        db.session.scalars(
            select(Question)
            .where(Question.course_code == course_code)
            .options(joinedload(Question.current), joinedload(Question.draft))
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


HARDNESS = {Difficulty.easy: 1, Difficulty.medium: 2, Difficulty.hard: 3}


@dataclass(frozen=True)
class BankFilter:
    """What of the bank is wanted; empty means everything in use. state: published, writing, draft, in_review, returned, retired or
    library (the file has another text). validity: lapsed. policy: a reference. tag: a label.
    """

    words: str = ""
    course: str = ""
    type: str = ""
    topic: str = ""
    difficulty: str = ""
    competency: str = ""
    state: str = ""
    validity: str = ""
    policy: str = ""
    tag: str = ""
    sort: str = ""

    @property
    def is_any(self) -> bool:
        return any(value for name, value in vars(self).items() if name != "sort")


# A list shows what is being written where something is, else what is published.
latest_type: ColumnElement[Any] = func.coalesce(QuestionDraft.type, QuestionVersion.type)
latest_topic: ColumnElement[Any] = func.coalesce(QuestionDraft.topic, QuestionVersion.topic)
latest_difficulty: ColumnElement[Any] = func.coalesce(QuestionDraft.difficulty, QuestionVersion.difficulty)
latest_competency: ColumnElement[Any] = func.coalesce(QuestionDraft.competency, QuestionVersion.competency)
latest_stem: ColumnElement[Any] = func.coalesce(QuestionDraft.stem_text, QuestionVersion.stem_text)
latest_changed: ColumnElement[Any] = func.coalesce(QuestionDraft.saved_at, QuestionVersion.published_at)


def _in_state(state: str) -> list[ColumnElement[bool]]:
    if state == "retired":
        return [Question.is_retired.is_(True)]
    in_use: list[ColumnElement[bool]] = [Question.is_retired.is_(False)]
    if state == "published":
        return [*in_use, Question.current_id.is_not(None)]
    if state in set(DraftState):
        return [*in_use, QuestionDraft.state == DraftState(state)]
    if state == "writing":
        return [*in_use, QuestionDraft.state.in_([DraftState.draft, DraftState.returned])]
    return [*in_use, Question.library_source != ""] if state == "library" else in_use


def _wanted(wanted: BankFilter, day: date) -> Select[Question]:
    statement = (
        select(Question)
        .outerjoin(QuestionVersion, QuestionVersion.id == Question.current_id)
        .outerjoin(QuestionDraft, QuestionDraft.question_id == Question.id)
        .where(*_in_state(wanted.state))
    )
    conditions = (
        (wanted.course, Question.course_code == wanted.course),
        (wanted.topic, latest_topic == wanted.topic),
        (wanted.type in set(QuestionType), latest_type == wanted.type),
        (wanted.difficulty in set(Difficulty), latest_difficulty == wanted.difficulty),
        (wanted.competency, latest_competency == wanted.competency),
        (wanted.tag, Question.tags.any(QuestionTag.label == wanted.tag)),
    )
    for value, condition in conditions:
        if value:
            statement = statement.where(condition)
    for word in wanted.words.split()[:6]:
        statement = statement.where(
            latest_stem.contains(word, autoescape=True)
            | Question.code.startswith(word, autoescape=True)
            | latest_topic.contains(word, autoescape=True)
        )
    if wanted.validity == "lapsed":
        statement = statement.where(Question.code.in_(citing(one.id for one in lapsed_documents(day))))
    if wanted.policy:
        found = policies.document(wanted.policy)
        statement = statement.where(Question.code.in_(citing([found.id] if found else [])))
    return statement


def _order(sort: str) -> list[Any]:
    if sort == "-changed":
        return [latest_changed.desc(), Question.code]
    if sort == "topic":
        return [latest_topic, Question.code]
    if sort == "difficulty":
        return [case(*((latest_difficulty == kind, rank) for kind, rank in HARDNESS.items()), else_=0), Question.code]
    return [Question.code]


def page_of_bank(wanted: BankFilter, day: date, page: int, limit: int) -> tuple[list[Question], int]:
    """One page of the questions that are wanted, with versions, working copies and tags, and how many there are in all."""
    statement = _wanted(wanted, day)
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = db.session.scalars(
        statement.options(joinedload(Question.current), joinedload(Question.draft), selectinload(Question.tags))
        .order_by(*_order(wanted.sort))
        .limit(limit)
        .offset((page - 1) * limit)
    )
    return list(rows), total


def all_of_bank(wanted: BankFilter, day: date, limit: int) -> list[Question]:
    """Every question that is wanted, at most limit of them, for a sheet."""
    return page_of_bank(wanted, day, 1, limit)[0]


def question(code: str, *, to_change: bool = False) -> Question | None:
    """A question with version, working copy and tags; to change it, its row is held until the commit."""
    statement = (
        select(Question)
        .where(Question.code == code)
        .options(joinedload(Question.current), joinedload(Question.draft), selectinload(Question.tags))
    )
    if to_change:
        statement = statement.with_for_update(of=Question).execution_options(populate_existing=True)
    return db.session.scalar(statement)


@dataclass(frozen=True)
class BankCounts:
    """How many questions stand where."""

    published: int = 0
    writing: int = 0
    in_review: int = 0
    retired: int = 0
    from_file: int = 0


def bank_counts() -> BankCounts:
    """Questions that are asked, being written, in review, retired; and those of which the file has another text."""
    in_use = Question.is_retired.is_(False)

    def n(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = db.session.execute(
        select(
            n(in_use & Question.current_id.is_not(None)),
            n(in_use & QuestionDraft.state.in_([DraftState.draft, DraftState.returned])),
            n(in_use & (QuestionDraft.state == DraftState.in_review)),
            n(Question.is_retired.is_(True)),
            n(in_use & (Question.library_source != "")),
        ).outerjoin(QuestionDraft, QuestionDraft.question_id == Question.id)
    ).one()
    return BankCounts(*(int(value) for value in row))


def tags() -> list[str]:
    """Every tag there is."""
    return list(db.session.scalars(select(QuestionTag.label).distinct().order_by(QuestionTag.label)))


def moves(question_id: int) -> list[QuestionMove]:
    """What was done with a question, newest first."""
    return list(
        db.session.scalars(
            select(QuestionMove)
            .where(QuestionMove.question_id == question_id)
            .order_by(QuestionMove.id.desc())
            .limit(50)
        )
    )


def stems() -> dict[str, str]:
    """{code: stem} of every question in use, what is being written before what is published, to find equal ones."""
    rows = db.session.execute(
        select(Question.code, latest_stem)
        .outerjoin(QuestionVersion, QuestionVersion.id == Question.current_id)
        .outerjoin(QuestionDraft, QuestionDraft.question_id == Question.id)
        .where(Question.is_retired.is_(False))
        .order_by(Question.code)
    )
    return {code: stem or "" for code, stem in rows}


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


def code_of(question_id: int) -> str | None:
    """The code of a question."""
    return db.session.scalar(select(Question.code).where(Question.id == question_id))
