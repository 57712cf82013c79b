"""Reads of practice: the day's question, the book of mistakes, what was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import joinedload

from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, Result, ResultItem
from assessments.attempts.queries import CURRENT
from assessments.bank.models import Question, QuestionType, QuestionVersion
from assessments.exams import rules as exam_rules
from assessments.exams.models import Exam
from assessments.practice import rules
from assessments.practice.models import PracticeAnswer
from assessments.practice.rules import Standing
from courses.progress import queries as progress
from lms import clock
from lms.db import db, plain_rows

PAGE = 30


def _drawable(column: Any) -> Select[Any]:
    recent = select(PracticeAnswer.question_id).where(
        PracticeAnswer.person_id == bindparam("person_id"), PracticeAnswer.daily_on > bindparam("since")
    )
    return (
        select(column)
        .select_from(Question)
        .join(QuestionVersion, QuestionVersion.id == Question.current_id)
        .where(
            Question.course_code.in_(bindparam("courses", expanding=True)),
            Question.is_retired.is_(False),
            QuestionVersion.type.in_(rules.DAILY_TYPES),
            Question.id.not_in(recent),
        )
    )


# Built once: 今日 asks them of everybody who has not answered yet.
_COUNT = _drawable(func.count())
_PICK = _drawable(QuestionVersion).order_by(Question.id).limit(1).offset(bindparam("place"))
_TODAY = (
    select(PracticeAnswer)
    .where(PracticeAnswer.person_id == bindparam("person_id"), PracticeAnswer.daily_on == bindparam("day"))
    .options(joinedload(PracticeAnswer.version))
)


def learnt_courses(person_id: int) -> list[str]:
    """Codes of the courses of which a person has done a unit, in order."""
    return sorted(one.course.code for one in progress.standing(person_id) if one.done)


def daily_answer(person_id: int, day: date) -> PracticeAnswer | None:
    """What a person answered to the day's question, with the question as it was."""
    return db.session.scalar(_TODAY, {"person_id": person_id, "day": day})


def daily_draw(person_id: int, day: date) -> QuestionVersion | None:
    """The day's question of a person who has not answered yet; None before any lesson is done.

    Drawn from what they have learnt, without those of the last weeks; when all have been asked they come again.
    """
    courses = learnt_courses(person_id)
    if not courses:
        return None
    for since in (day - timedelta(days=rules.AGAIN_AFTER_DAYS), date.max):
        values: dict[str, Any] = {"person_id": person_id, "since": since, "courses": courses}
        count = plain_rows(_COUNT, **values).scalar() or 0
        if count:
            place = rules.daily_place(person_id, day, count)
            drawn: QuestionVersion | None = db.session.scalar(_PICK, values | {"place": place})
            return drawn
    return None


def daily_history(person_id: int, *, page: int = 1) -> list[PracticeAnswer]:
    """One page of a person's 每日一题 and one more, newest first."""
    return list(
        db.session.scalars(
            select(PracticeAnswer)
            .where(PracticeAnswer.person_id == person_id, PracticeAnswer.daily_on.is_not(None))
            .options(joinedload(PracticeAnswer.version).joinedload(QuestionVersion.question))
            .order_by(PracticeAnswer.daily_on.desc())
            .offset((page - 1) * PAGE)
            .limit(PAGE + 1)
        )
    )


def set_answers(person_id: int, set_key: str) -> list[PracticeAnswer]:
    """What a person answered in one handful, in order."""
    return list(
        db.session.scalars(
            select(PracticeAnswer)
            .where(PracticeAnswer.person_id == person_id, PracticeAnswer.set_key == set_key)
            .options(joinedload(PracticeAnswer.version).joinedload(QuestionVersion.question))
            .order_by(PracticeAnswer.id)
        )
    )


def answers_of(person_id: int, limit: int) -> list[tuple[PracticeAnswer, str]]:
    """A person's newest answers in practice with the codes of the questions."""
    rows = db.session.execute(
        select(PracticeAnswer, Question.code)
        .join(Question, Question.id == PracticeAnswer.question_id)
        .where(PracticeAnswer.person_id == person_id)
        .order_by(PracticeAnswer.id.desc())
        .limit(limit)
    )
    return [(answer, code) for answer, code in rows]


@dataclass(frozen=True)
class Lost:
    """An answer that was not right, in an exam or in practice, or a right one in practice (for the way out)."""

    question_id: int
    version_id: int
    value: dict[str, Any]
    verdict: str
    at: datetime
    day: date
    source: str


@dataclass(frozen=True)
class Mistake:
    """A question in the book: how it stands, and the newest answer that was not right."""

    question_id: int
    version_id: int
    value: dict[str, Any]
    source: str
    standing: Standing


def _from_exams(person_id: int) -> list[Lost]:
    """Lost points of the person's results whose questions they may look at."""
    rows = db.session.execute(
        select(
            QuestionVersion.question_id,
            QuestionVersion.id,
            ResultItem.value,
            ResultItem.verdict,
            Result.graded_at,
            Attempt.terms,
            Exam,
        )
        .join(Result, Result.id == ResultItem.result_id)
        .join(Attempt, and_(CURRENT, Attempt.status == AttemptStatus.handed_in))
        .join(
            AttemptQuestion,
            and_(AttemptQuestion.attempt_id == Attempt.id, AttemptQuestion.position == ResultItem.position),
        )
        .join(QuestionVersion, QuestionVersion.id == AttemptQuestion.version_id)
        .join(Exam, Exam.id == Result.exam_id)
        .where(
            Result.person_id == person_id,
            ResultItem.verdict.in_(rules.LOST),
            QuestionVersion.type != QuestionType.short_answer,  # only a person can mark those
        )
    )
    now = clock.now()
    found = []
    for question_id, version_id, value, verdict, at, terms, exam in rows:
        if exam_rules.may_review(terms["review"], is_over=exam_rules.is_closed(exam, now)):
            day = clock.local(at).date()
            found.append(Lost(question_id, version_id, value or {}, verdict, at, day, exam.title))
    return found


def _from_practice(person_id: int) -> list[Lost]:
    rows = db.session.execute(
        select(
            PracticeAnswer.question_id,
            PracticeAnswer.version_id,
            PracticeAnswer.value,
            PracticeAnswer.verdict,
            PracticeAnswer.answered_at,
            PracticeAnswer.answered_on,
            PracticeAnswer.daily_on,
        ).where(PracticeAnswer.person_id == person_id)
    )
    return [
        Lost(
            r.question_id,
            r.version_id,
            r.value,
            r.verdict,
            r.answered_at,
            r.answered_on,
            "每日一题" if r.daily_on else "练习",
        )
        for r in rows
    ]


def mistakes(person_id: int) -> list[Mistake]:
    """The questions in a person's book, the newest mistake first; three queries however many there are."""
    by_question: dict[int, list[Lost]] = {}
    for one in (*_from_exams(person_id), *_from_practice(person_id)):
        by_question.setdefault(one.question_id, []).append(one)
    found = []
    for question_id, events in by_question.items():
        standing = rules.standing(events)
        if standing.is_in:
            last = max((one for one in events if one.verdict in rules.LOST), key=lambda one: one.at)
            found.append(Mistake(question_id, last.version_id, last.value, last.source, standing))
    live = set(
        db.session.scalars(
            select(Question.id).where(
                Question.id.in_([one.question_id for one in found]), Question.is_retired.is_(False)
            )
        )
    )
    kept = [one for one in found if one.question_id in live]
    return sorted(kept, key=lambda one: (one.standing.came_at or clock.now(), one.question_id), reverse=True)


def versions(version_ids: Iterable[int]) -> dict[int, QuestionVersion]:
    """Question versions by id, with their questions."""
    found = db.session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.id.in_(list(version_ids)))
        .options(joinedload(QuestionVersion.question))
    )
    return {one.id: one for one in found}


def courses_of(question_ids: Sequence[int]) -> dict[int, str]:
    """The course of each of these questions."""
    rows = db.session.execute(select(Question.id, Question.course_code).where(Question.id.in_(question_ids)))
    return {question_id: code for question_id, code in rows}  # noqa: C416 - rows are not tuples


def current_questions(question_ids: Iterable[int]) -> dict[int, Question]:
    """Live questions with their present wording."""
    found = db.session.scalars(
        select(Question)
        .where(Question.id.in_(list(question_ids)), Question.is_retired.is_(False), Question.current_id.is_not(None))
        .options(joinedload(Question.current))
    )
    return {one.id: one for one in found}
