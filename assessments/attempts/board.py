"""Reads of an exam day: who is sitting, what was heard of their page, who has not begun."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, case, func, select

from assessments.attempts import rules
from assessments.attempts.models import Answer, Attempt, AttemptQuestion, AttemptStatus
from assessments.exams.models import Exam
from courses.catalogue.models import Course
from courses.progress.models import CourseCompletion, Enrolment
from lms.access.models import UserSession
from lms.db import db
from lms.people.models import Person, Spell

MOST_WATCHED = 2_000
MOST_WAITING = 200


@dataclass(frozen=True)
class Watched:
    """An attempt of the day: its state, and when its page was last heard of."""

    attempt: Attempt
    name: str
    state: str
    seen_at: datetime | None


@dataclass(frozen=True)
class Work:
    """What has been saved of an attempt: answers, the newest save, those that came after the deadline, all questions."""

    answered: int = 0
    saved_at: datetime | None = None
    late: int = 0
    total: int = 0


def watched(exam_id: int, people_seen: Select[int] | None, since: datetime, now: datetime) -> list[Watched]:
    """Attempts begun since then or still open, of these people (None: of anybody), newest first. Two queries."""
    statement = (
        select(Attempt, Person.name)
        .join(Person, Person.id == Attempt.person_id)
        .where(Attempt.exam_id == exam_id, (Attempt.started_at >= since) | (Attempt.status == AttemptStatus.open))
        .order_by(Attempt.id.desc())
        .limit(MOST_WATCHED)
    )
    if people_seen is not None:
        statement = statement.where(Attempt.person_id.in_(people_seen))
    rows = db.session.execute(statement).all()
    seen = _sessions_seen(attempt.device for attempt, _name in rows if attempt.status == AttemptStatus.open)
    return [
        Watched(
            attempt,
            name,
            rules.watched(attempt.status, attempt.deadline_at, seen.get(attempt.device), now),
            seen.get(attempt.device),
        )
        for attempt, name in rows
    ]


def _sessions_seen(devices: Iterable[str]) -> dict[str, datetime]:
    """When each session was last used, by its number as text."""
    ids = [int(device) for device in devices if device.isascii() and device.isdigit()]
    rows = db.session.execute(select(UserSession.id, UserSession.seen_at).where(UserSession.id.in_(ids)))
    return {str(session_id): seen_at for session_id, seen_at in rows}


def work(attempt_ids: Iterable[int]) -> dict[int, Work]:
    """What has been saved of these attempts. Two queries."""
    ids = list(attempt_ids)
    late = func.count(func.distinct(case((Answer.saved_at >= Attempt.deadline_at, Answer.position))))
    saved = db.session.execute(
        select(Answer.attempt_id, func.count(func.distinct(Answer.position)), func.max(Answer.saved_at), late)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Answer.attempt_id.in_(ids))
        .group_by(Answer.attempt_id)
    )
    done = {attempt_id: Work(n, saved_at, came_late) for attempt_id, n, saved_at, came_late in saved}
    asked = db.session.execute(
        select(AttemptQuestion.attempt_id, func.count())
        .where(AttemptQuestion.attempt_id.in_(ids))
        .group_by(AttemptQuestion.attempt_id)
    )
    return {attempt_id: replace(done.get(attempt_id, Work()), total=total) for attempt_id, total in asked}


def not_begun(exam: Exam, people_seen: Select[int] | None, since: datetime, now_on: Select[Spell]) -> Select[Person]:
    """People who could sit it and have neither passed nor begun since then: who takes the course of a closing exam, or
    has completed the courses of one that stands alone.
    """
    if exam.unit is not None:
        able: Select[int] = select(Enrolment.person_id).where(Enrolment.course_id == exam.unit.course_id)
    else:
        able = (
            select(CourseCompletion.person_id)
            .join(Course, Course.id == CourseCompletion.course_id)
            .where(Course.code.in_(exam.course_codes), CourseCompletion.withdrawn_at.is_(None))
            .group_by(CourseCompletion.person_id)
            .having(func.count(func.distinct(Course.id)) >= len(exam.course_codes))
        )
    begun = select(Attempt.person_id).where(
        Attempt.exam_id == exam.id, Attempt.status != AttemptStatus.voided, Attempt.started_at >= since
    )
    statement = (
        select(Person)
        .where(
            Person.id.in_(able),
            Person.id.not_in(begun),
            Person.id.in_(now_on.with_only_columns(Spell.person_id)),
        )
        .order_by(Person.sort_key)
    )
    return statement if people_seen is None else statement.where(Person.id.in_(people_seen))
