"""Reads for staff: how many sat an exam, its attempts page by page, how a question was answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Select, and_, case, func, select

from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, Result, ResultItem
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
        .join(Result, Result.attempt_id == Attempt.id)
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

    state: open, passed, failed or voided; words: part of a name.
    """
    statement = (
        select(Attempt, Result, Person.name)
        .join(Person, Person.id == Attempt.person_id)
        .outerjoin(Result, Result.attempt_id == Attempt.id)
        .where(Attempt.exam_id == exam_id)
    )
    if people is not None:
        statement = statement.where(Attempt.person_id.in_(people))
    if words:
        statement = statement.where(Person.name.contains(words, autoescape=True))
    if state in {"open", "voided"}:
        statement = statement.where(Attempt.status == AttemptStatus(state))
    elif state in {"passed", "failed"}:
        is_passed = Result.is_passed.is_(state == "passed")
        statement = statement.where(Attempt.status == AttemptStatus.handed_in, is_passed)
    total = db.session.scalar(select(func.count()).select_from(statement.with_only_columns(Attempt.id).subquery()))
    rows = db.session.execute(statement.order_by(Attempt.id.desc()).limit(limit).offset((page - 1) * limit))
    return [AttemptRow(attempt, result, name) for attempt, result, name in rows], total or 0


@dataclass(frozen=True)
class Picks:
    """How a question version was answered in attempts that count: n times, right ones, picks per option key."""

    n: int
    right: int
    by_key: dict[str, int]


def picks(version_id: int) -> Picks:
    """How a question version was answered; blanks count as answered wrongly, voided attempts not at all."""
    rows = db.session.execute(
        select(ResultItem.value, ResultItem.verdict)
        .join(Result, Result.id == ResultItem.result_id)
        .join(Attempt, and_(Attempt.id == Result.attempt_id, Attempt.status == AttemptStatus.handed_in))
        .join(
            AttemptQuestion,
            and_(AttemptQuestion.attempt_id == Attempt.id, AttemptQuestion.position == ResultItem.position),
        )
        .where(AttemptQuestion.version_id == version_id)
    ).all()
    counts: dict[str, int] = {}
    for value, _verdict in rows:
        for key in (value or {}).get("chosen", ()):
            counts[key] = counts.get(key, 0) + 1
    return Picks(len(rows), sum(verdict == "right" for _value, verdict in rows), counts)


@dataclass(frozen=True)
class Figures:
    """What is known of the answers to a version: n, the share that was right (0 to 1), the corrected item-rest
    correlation (None: not reckoned here), picks per option key, how many attempts have asked it.
    """

    n: int
    facility: Decimal | None
    exposure: int
    discrimination: Decimal | None = None
    picks: Mapping[str, int] = field(default_factory=dict)


def figures(version_ids: Iterable[int], opened: int | None = None) -> dict[int, Figures]:
    """The figures of many versions in two queries; picks, which read every answer, for the opened one alone."""
    ids = list(version_ids)
    asked = (
        select(AttemptQuestion.version_id, func.count())
        .join(Attempt, and_(Attempt.id == AttemptQuestion.attempt_id, Attempt.status != AttemptStatus.voided))
        .where(AttemptQuestion.version_id.in_(ids))
        .group_by(AttemptQuestion.version_id)
    )
    answered = (
        select(AttemptQuestion.version_id, func.count(), func.sum(case((ResultItem.verdict == "right", 1), else_=0)))
        .join(Attempt, and_(Attempt.id == AttemptQuestion.attempt_id, Attempt.status == AttemptStatus.handed_in))
        .join(Result, Result.attempt_id == Attempt.id)
        .join(
            ResultItem,
            and_(ResultItem.result_id == Result.id, ResultItem.position == AttemptQuestion.position),
        )
        .where(AttemptQuestion.version_id.in_(ids))
        .group_by(AttemptQuestion.version_id)
    )
    exposure = {version_id: n for version_id, n in db.session.execute(asked)}  # noqa: C416 - rows are not tuples
    found = {version_id: (n, int(right)) for version_id, n, right in db.session.execute(answered)}
    chosen = picks(opened).by_key if opened is not None and opened in found else {}
    return {
        version_id: Figures(
            n=found.get(version_id, (0, 0))[0],
            facility=Decimal(found[version_id][1]) / found[version_id][0] if version_id in found else None,
            exposure=exposure.get(version_id, 0),
            picks=chosen if version_id == opened else {},
        )
        for version_id in ids
    }
