"""Reads of attempts, answers and results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, and_, bindparam, func, select
from sqlalchemy.orm import joinedload, selectinload

from assessments.attempts.models import (
    Answer,
    Attempt,
    AttemptExtension,
    AttemptQuestion,
    AttemptStatus,
    AttemptVoiding,
    Result,
)
from assessments.bank.models import QuestionVersion
from assessments.exams.models import Exam
from assessments.exams.rules import Sitting
from courses.hours.queries import chunks
from lms import clock
from lms.db import db, once, plain_rows

CURRENT = Result.id == Attempt.result_id  # joins an attempt with the result that counts

# Built once: 今日, an exam's page or the result page asks them of everybody.
_PERSON, _ID = bindparam("person_id", type_=Integer), bindparam("attempt_id", type_=Integer)
_ATTEMPT = select(Attempt).where(Attempt.id == _ID).options(joinedload(Attempt.exam))
_HISTORY = (
    select(Attempt, Result)
    .outerjoin(Result, CURRENT)
    .where(Attempt.person_id == _PERSON, Attempt.exam_id == bindparam("exam_id"))
    .order_by(Attempt.number.desc())
)
_QUESTIONS = (
    select(AttemptQuestion)
    .where(AttemptQuestion.attempt_id == _ID)
    .options(joinedload(AttemptQuestion.version).joinedload(QuestionVersion.question))
    .order_by(AttemptQuestion.position)
)
_PLACES = (
    select(AttemptQuestion.position, AttemptQuestion.section, AttemptQuestion.points)
    .where(AttemptQuestion.attempt_id == _ID)
    .order_by(AttemptQuestion.position)
)
_EXTENSIONS = select(AttemptExtension).where(AttemptExtension.attempt_id == _ID).order_by(AttemptExtension.id)
_RESULT = (
    select(Result)
    .join(Attempt, CURRENT)
    .where(Attempt.id == _ID)
    .options(selectinload(Result.items), joinedload(Result.attempt).joinedload(Attempt.exam))
)
_SITTINGS = (
    select(Attempt.exam_id, Attempt.number, Attempt.status, Attempt.handed_in_at, Result.is_passed)
    .outerjoin(Result, CURRENT)
    .where(
        Attempt.person_id == _PERSON,
        Attempt.exam_id.in_(bindparam("exam_ids", expanding=True)),
        Attempt.status != AttemptStatus.voided,
    )
    .order_by(Attempt.number)
)
_BEST = (
    select(Result.exam_id, func.max(Result.score))
    .join(Attempt, and_(CURRENT, Attempt.status == AttemptStatus.handed_in))
    .where(Result.person_id == _PERSON)
    .group_by(Result.exam_id)
)
_UNDER_WAY = select(Attempt).where(Attempt.person_id == _PERSON, Attempt.status == AttemptStatus.open)


def attempt(attempt_id: int, person_id: int | None = None) -> Attempt | None:
    """An attempt with its exam, of that person (None: of anybody)."""
    found = db.session.scalar(_ATTEMPT, {"attempt_id": attempt_id})
    return found if found is None or person_id in {None, found.person_id} else None


def locked(attempt_id: int) -> Attempt | None:
    """An attempt whose row nobody else changes until this transaction ends."""
    return db.session.scalar(
        select(Attempt).where(Attempt.id == attempt_id).with_for_update().execution_options(populate_existing=True)
    )


def sittings(person_id: int, exam_ids: Iterable[int]) -> dict[int, list[Sitting]]:
    """A person's attempts that count, by exam, in order; voided ones are left out; read once a page."""
    ids = list(exam_ids)
    return once(("attempts.sittings", person_id, *ids), lambda: _sittings(person_id, ids))


def _sittings(person_id: int, exam_ids: list[int]) -> dict[int, list[Sitting]]:
    rows = plain_rows(_SITTINGS, person_id=person_id, exam_ids=exam_ids)
    found: dict[int, list[Sitting]] = {}
    for r in rows:
        found.setdefault(r.exam_id, []).append(
            Sitting(
                r.number,
                r.status == AttemptStatus.open,
                r.handed_in_at,
                bool(r.is_passed),
                r.status == AttemptStatus.awaiting,
            )
        )
    return found


def attempts_of(person_id: int, exam_id: int) -> list[tuple[Attempt, Result | None]]:
    """A person's attempts at an exam with their results, newest first, voided ones too."""
    return [(a, r) for a, r in db.session.execute(_HISTORY, {"person_id": person_id, "exam_id": exam_id})]


def open_attempt(person_id: int, exam_id: int) -> Attempt | None:
    """The attempt under way."""
    return db.session.scalar(
        select(Attempt).where(
            Attempt.person_id == person_id, Attempt.exam_id == exam_id, Attempt.status == AttemptStatus.open
        )
    )


def highest_number(person_id: int, exam_id: int) -> int:
    """The number of the last attempt, voided ones included; 0 when there is none."""
    return (
        db.session.scalar(
            select(func.max(Attempt.number)).where(Attempt.person_id == person_id, Attempt.exam_id == exam_id)
        )
        or 0
    )


def questions_seen(person_id: int, exam_id: int) -> frozenset[int]:
    """Ids of questions this person was asked in earlier attempts at the exam."""
    return frozenset(
        db.session.scalars(
            select(QuestionVersion.question_id)
            .join(AttemptQuestion, AttemptQuestion.version_id == QuestionVersion.id)
            .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
            .where(Attempt.person_id == person_id, Attempt.exam_id == exam_id)
        )
    )


def questions(attempt_id: int, positions: Iterable[int] | None = None) -> list[AttemptQuestion]:
    """The questions of an attempt with their versions, in order; only those at some positions where given."""
    statement = _QUESTIONS
    if positions is not None:
        statement = statement.where(AttemptQuestion.position.in_(list(positions)))
    return list(db.session.scalars(statement, {"attempt_id": attempt_id}))


@dataclass(frozen=True)
class Place:
    """A question's place in the paper, without its text."""

    position: int
    section: int
    points: Any


def places(attempt_id: int) -> list[Place]:
    """Where each question stands, for the navigator."""
    rows = plain_rows(_PLACES, attempt_id=attempt_id)
    return [Place(r.position, r.section, r.points) for r in rows]


def question_at(attempt_id: int, position: int) -> AttemptQuestion | None:
    """One question of an attempt with its version."""
    return db.session.scalar(
        select(AttemptQuestion)
        .where(AttemptQuestion.attempt_id == attempt_id, AttemptQuestion.position == position)
        .options(joinedload(AttemptQuestion.version))
    )


@dataclass(frozen=True)
class Saved:
    """The answer that counts for a question: what, and when it was saved."""

    value: dict[str, Any]
    epoch: int
    seq: int
    saved_at: datetime
    given_at: datetime | None = None


_BY_NEWEST = func.row_number().over(partition_by=Answer.position, order_by=(Answer.epoch.desc(), Answer.seq.desc()))
_RANKED = (
    select(
        Answer.position, Answer.value, Answer.epoch, Answer.seq, Answer.saved_at, Answer.given_at,
        _BY_NEWEST.label("place"),
    )
    .where(Answer.attempt_id == bindparam("attempt_id"))
    .subquery()
)  # fmt: skip
_LATEST = select(_RANKED).where(_RANKED.c.place == 1).order_by(_RANKED.c.position)  # built once


def latest_answers(attempt_id: int) -> dict[int, Saved]:
    """The newest saved answer of each question, by position: highest (epoch, seq)."""
    rows = db.session.execute(_LATEST, {"attempt_id": attempt_id})
    return {r.position: Saved(r.value, r.epoch, r.seq, r.saved_at, r.given_at) for r in rows}


def newest_answer(attempt_id: int, position: int) -> Saved | None:
    """The newest saved answer of one question."""
    row = db.session.execute(
        select(Answer.value, Answer.epoch, Answer.seq, Answer.saved_at, Answer.given_at)
        .where(Answer.attempt_id == attempt_id, Answer.position == position)
        .order_by(Answer.epoch.desc(), Answer.seq.desc())
        .limit(1)
    ).first()
    return Saved(row.value, row.epoch, row.seq, row.saved_at, row.given_at) if row else None


def last_given_at(attempt_id: int) -> datetime | None:
    """When the answer that was given last was given, by its stamp, else by its arrival."""
    return db.session.scalar(
        select(func.max(func.coalesce(Answer.given_at, Answer.saved_at))).where(Answer.attempt_id == attempt_id)
    )


def late_answers(attempt_id: int, deadline_at: datetime) -> int:
    """How many questions have answers that arrived after the deadline, in the grace."""
    return (
        db.session.scalar(
            select(func.count(func.distinct(Answer.position))).where(
                Answer.attempt_id == attempt_id, Answer.saved_at >= deadline_at
            )
        )
        or 0
    )


def extensions(attempt_id: int) -> list[AttemptExtension]:
    """Minutes added to an attempt, in order."""
    return list(db.session.scalars(_EXTENSIONS, {"attempt_id": attempt_id}))


def next_seq(attempt_id: int, epoch: int) -> int:
    """A sequence number above every one saved in this epoch."""
    highest = db.session.scalar(
        select(func.max(Answer.seq)).where(Answer.attempt_id == attempt_id, Answer.epoch == epoch)
    )
    return (highest or 0) + 1


def due_ids(now: datetime, limit: int = 500) -> list[int]:
    """Open attempts whose deadline has passed, and the grace of those whose page may still hold answers."""
    return list(
        db.session.scalars(
            select(Attempt.id)
            .where(
                Attempt.status == AttemptStatus.open,
                Attempt.deadline_at <= now,
                (Attempt.grace_until.is_(None)) | (Attempt.grace_until <= now),
            )
            .order_by(Attempt.deadline_at)
            .limit(limit)
        )
    )


def result(attempt_id: int) -> Result | None:
    """The result of an attempt that counts, with its items."""
    found: Result | None = db.session.scalar(_RESULT, {"attempt_id": attempt_id})
    return found


def results_of(attempt_id: int) -> list[Result]:
    """Every result an attempt was given, newest first."""
    return list(
        db.session.scalars(select(Result).where(Result.attempt_id == attempt_id).order_by(Result.number.desc()))
    )


def results(
    person_ids: Iterable[int], date_from: date, date_to: date, exam_codes: Sequence[str] | None = None
) -> list[Result]:
    """Results that count (the newest of attempts not voided) of exams handed in on local days between the two, with
    their exams, oldest first. A correction made later belongs to the day the exam was sat.
    """
    found: list[Result] = []
    for portion in chunks(person_ids):
        statement = (
            select(Result)
            .join(Attempt, CURRENT)
            .where(
                Result.person_id.in_(portion),
                Attempt.status == AttemptStatus.handed_in,
                Attempt.handed_in_at >= clock.local_instant(date_from),
                Attempt.handed_in_at < clock.local_instant(date_to + timedelta(days=1)),
            )
            .options(joinedload(Result.attempt).joinedload(Attempt.exam))
        )
        if exam_codes is not None:
            statement = statement.where(Result.exam_id.in_(select(Exam.id).where(Exam.code.in_(list(exam_codes)))))
        found += db.session.scalars(statement)
    return sorted(found, key=lambda result: (result.graded_at, result.id))


def recent_results(person_id: int, limit: int = 20) -> list[Result]:
    """A person's newest results, voided ones included, with their exams."""
    return list(
        db.session.scalars(
            select(Result)
            .join(Attempt, CURRENT)
            .where(Result.person_id == person_id)
            .options(joinedload(Result.attempt).joinedload(Attempt.exam))
            .order_by(Result.graded_at.desc())
            .limit(limit)
        )
    )


def best_scores(person_id: int) -> dict[int, Any]:
    """A person's highest score per exam, voided attempts left out."""
    rows = plain_rows(_BEST, person_id=person_id)
    return {exam_id: score for exam_id, score in rows}  # noqa: C416 - rows are not tuples


def open_attempts(person_id: int) -> dict[int, Attempt]:
    """A person's attempts under way, by exam."""
    return {one.exam_id: one for one in db.session.scalars(_UNDER_WAY, {"person_id": person_id})}


def topics_asked(attempt_id: int) -> dict[int, str]:
    """The topic of each question of an attempt, by position."""
    rows = db.session.execute(
        select(AttemptQuestion.position, QuestionVersion.topic)
        .join(QuestionVersion, QuestionVersion.id == AttemptQuestion.version_id)
        .where(AttemptQuestion.attempt_id == attempt_id)
    )
    return {position: topic for position, topic in rows}  # noqa: C416 - rows are not tuples


def voiding(attempt_id: int) -> AttemptVoiding | None:
    """Why an attempt was declared void."""
    return db.session.scalar(select(AttemptVoiding).where(AttemptVoiding.attempt_id == attempt_id))
