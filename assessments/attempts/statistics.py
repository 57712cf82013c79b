"""Reads for staff: how many sat an exam, its attempts page by page."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select

from assessments.attempts.models import Attempt, AttemptStatus, Result
from assessments.attempts.queries import CURRENT
from lms.db import db
from lms.people.models import Person


@dataclass(frozen=True)
class Counts:
    """People who have begun an exam, people who have passed it, attempts under way."""

    begun: int = 0
    passed: int = 0
    running: int = 0


def exam_counts(exam_ids: Iterable[int], people: Select[int] | None = None) -> dict[int, Counts]:
    """How many people sat each exam, voided attempts left out; people: who counts (None: everybody). Two queries."""
    ids, persons = list(exam_ids), func.count(func.distinct(Attempt.person_id))
    running = func.sum(case((Attempt.status == AttemptStatus.open, 1), else_=0))
    counted = [Attempt.exam_id.in_(ids), *([] if people is None else [Attempt.person_id.in_(people)])]
    begun = select(Attempt.exam_id, persons, running).where(*counted, Attempt.status != AttemptStatus.voided)
    passed = (
        select(Attempt.exam_id, persons)
        .join(Result, CURRENT)
        .where(*counted, Attempt.status == AttemptStatus.handed_in, Result.is_passed)
    )
    by_pass = {row[0]: row[1] for row in db.session.execute(passed.group_by(Attempt.exam_id))}
    rows = db.session.execute(begun.group_by(Attempt.exam_id))
    return {exam_id: Counts(n, by_pass.get(exam_id, 0), int(open_now)) for exam_id, n, open_now in rows}


@dataclass(frozen=True)
class AttemptRow:
    """An attempt as staff see it in a list."""

    attempt: Attempt
    result: Result | None
    name: str


def attempts_page(
    exam_id: int, people: Select[int] | None, *, state: str = "", words: str = "", page: int = 1, limit: int = 50
) -> tuple[list[AttemptRow], int]:
    """One page of the attempts at an exam, newest first, and how many there are; people: whose may be seen (None: all).

    state: open, awaiting, passed, failed or voided; words: part of a name.
    """
    statement = (
        select(Attempt, Result, Person.name)
        .join(Person, Person.id == Attempt.person_id)
        .outerjoin(Result, CURRENT)
        .where(Attempt.exam_id == exam_id)
    )
    if people is not None:
        statement = statement.where(Attempt.person_id.in_(people))
    if words:
        statement = statement.where(Person.name.contains(words, autoescape=True))
    if state in {"open", "awaiting", "voided"}:
        statement = statement.where(Attempt.status == AttemptStatus(state))
    elif state in {"passed", "failed"}:
        is_passed = Result.is_passed.is_(state == "passed")
        statement = statement.where(Attempt.status == AttemptStatus.handed_in, is_passed)
    total = db.session.scalar(select(func.count()).select_from(statement.with_only_columns(Attempt.id).subquery()))
    rows = db.session.execute(statement.order_by(Attempt.id.desc()).limit(limit).offset((page - 1) * limit))
    return [AttemptRow(attempt, result, name) for attempt, result, name in rows], total or 0
