"""Reads for rulings and objections: whom a ruling would change, and what waits for an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import joinedload

from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, Result, ResultItem
from assessments.attempts.queries import CURRENT
from assessments.bank.models import Question, QuestionVersion
from assessments.exams.models import Exam
from assessments.marking import rules as marking
from assessments.marking.models import KeyRuling
from assessments.marking.rules import Mark, Ruling
from assessments.regrades import rules
from assessments.regrades.models import Objection
from courses.hours.queries import chunks
from lms import clock
from lms.db import db
from lms.people.models import Person

AT_ONCE = 2_000


@dataclass(frozen=True)
class Scope:
    """Which attempts a ruling is about: those that were asked a wording, in one exam or all, since a local day or ever."""

    version_id: int
    exam_id: int | None = None
    since: date | None = None


@dataclass(frozen=True)
class Changed:
    """An item whose mark a ruling changes."""

    attempt_id: int
    section: int
    before: Mark
    now: Mark


def _items(scope: Scope) -> Select[Any]:
    statement = (
        select(
            Attempt.id,
            Attempt.terms["multiple_rule"].as_string().label("multiple_rule"),
            AttemptQuestion.section,
            AttemptQuestion.points.label("asked"),
            ResultItem.points,
            ResultItem.full_points,
            ResultItem.verdict,
            ResultItem.value,
            ResultItem.hand_points,
        )
        .select_from(AttemptQuestion)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .join(Result, CURRENT)
        .join(ResultItem, and_(ResultItem.result_id == Result.id, ResultItem.position == AttemptQuestion.position))
        .where(AttemptQuestion.version_id == scope.version_id, Attempt.status == AttemptStatus.handed_in)
        .order_by(Attempt.id)
        .execution_options(yield_per=AT_ONCE)
    )
    if scope.exam_id is not None:
        statement = statement.where(Attempt.exam_id == scope.exam_id)
    if scope.since is not None:
        statement = statement.where(Attempt.handed_in_at >= clock.local_instant(scope.since))
    return statement


def changed(scope: Scope, ruling: Ruling) -> tuple[int, list[Changed]]:
    """(attempts that were asked the item, those whose mark changes), in one query."""
    version = db.session.get_one(QuestionVersion, scope.version_id)
    n, found = 0, []
    for row in db.session.execute(_items(scope)):
        n += 1
        before = Mark(row.points, row.full_points, row.verdict)
        now = _mark(version, row, ruling)
        if now != before:
            found.append(Changed(row.id, row.section, before, now))
    return n, found


def _mark(version: QuestionVersion, row: Any, ruling: Ruling) -> Mark:
    if marking.needs_person(version, row.value) and ruling.kind not in rules.BY_HAND:
        return marking.by_hand(row.hand_points or Decimal(0), row.asked)
    return marking.mark(version, row.value, row.asked, row.multiple_rule, ruling)


@dataclass(frozen=True)
class Change:
    """What a ruling does to one attempt."""

    attempt_id: int
    person_id: int
    name: str
    exam: str
    handed_in_at: datetime
    score: Decimal
    is_passed: bool
    after: rules.Standing

    @property
    def crosses(self) -> bool:
        return self.is_passed != self.after.is_passed


@dataclass(frozen=True)
class Preview:
    """The dry run: attempts asked, those whose score or pass changes (pass changes first), and how many cross the line."""

    asked: int
    changes: list[Change]

    @property
    def newly_passed(self) -> int:
        return sum(one.crosses and one.after.is_passed for one in self.changes)

    @property
    def newly_failed(self) -> int:
        return sum(one.crosses and not one.after.is_passed for one in self.changes)

    @property
    def forecast(self) -> dict[str, int]:
        """The numbers that are kept with the ruling and shown again on its page."""
        return {
            "asked": self.asked,
            "changed": len(self.changes),
            "passed": self.newly_passed,
            "failed": self.newly_failed,
        }


def preview(scope: Scope, ruling: Ruling) -> Preview:
    """Who changes and how, without writing; a few queries for each two thousand attempts that change."""
    asked, items = changed(scope, ruling)
    by_attempt = {one.attempt_id: one for one in items}
    found: list[Change] = []
    for portion in chunks(by_attempt):
        rows = db.session.execute(
            select(Attempt, Result, Person.name, Exam.title)
            .join(Result, CURRENT)
            .join(Person, Person.id == Attempt.person_id)
            .join(Exam, Exam.id == Attempt.exam_id)
            .where(Attempt.id.in_(portion))
        ).all()
        worth = _worth(attempt.id for attempt, *_rest in rows if _minima(attempt.terms))
        for attempt, result, name, title in rows:
            item = by_attempt[attempt.id]
            standing = rules.after(
                result.sections,
                item.section,
                item.before,
                item.now,
                _minima(attempt.terms),
                worth.get(attempt.id, {}),
                Decimal(attempt.terms["pass_mark"]),
            )
            if (standing.score, standing.is_passed) != (result.score, result.is_passed):
                assert attempt.handed_in_at is not None
                found.append(
                    Change(
                        attempt.id, attempt.person_id, name, title, attempt.handed_in_at,
                        result.score, result.is_passed, standing,
                    )
                )  # fmt: skip
    found.sort(key=lambda one: (not one.crosses, one.after.is_passed, one.name, one.attempt_id))
    return Preview(asked, found)


def _minima(terms: Mapping[str, Any]) -> dict[int, Decimal]:
    return {position: Decimal(least) for position, _title, least in terms["sections"] if least is not None}


def _worth(attempt_ids: Iterable[int]) -> dict[int, dict[int, Decimal]]:
    """{attempt: {section: points of its questions as they were asked}}."""
    found: dict[int, dict[int, Decimal]] = {}
    for portion in chunks(attempt_ids):
        rows = db.session.execute(
            select(AttemptQuestion.attempt_id, AttemptQuestion.section, func.sum(AttemptQuestion.points))
            .where(AttemptQuestion.attempt_id.in_(portion))
            .group_by(AttemptQuestion.attempt_id, AttemptQuestion.section)
        )
        for attempt_id, section, points in rows:
            found.setdefault(attempt_id, {})[section] = points
    return found


def has_sat(scope: Scope, person_id: int) -> bool:
    """Whether a person was asked the item in an attempt that the ruling is about."""
    statement = _items(scope).where(Attempt.person_id == person_id).limit(1)
    return db.session.execute(statement).first() is not None


def versions_of(code: str) -> list[QuestionVersion]:
    """Every wording of a question, newest first."""
    return list(
        db.session.scalars(
            select(QuestionVersion)
            .join(Question, Question.id == QuestionVersion.question_id)
            .where(Question.code == code)
            .options(joinedload(QuestionVersion.question))
            .order_by(QuestionVersion.number.desc())
        )
    )


def versions(version_ids: Iterable[int]) -> list[QuestionVersion]:
    """These wordings with their questions, in one query."""
    return list(
        db.session.scalars(
            select(QuestionVersion)
            .where(QuestionVersion.id.in_(list(version_ids)))
            .options(joinedload(QuestionVersion.question))
        )
    )


def held_version(version_id: int) -> QuestionVersion:
    """A wording that nobody else rules on until this transaction ends."""
    return db.session.scalars(select(QuestionVersion).where(QuestionVersion.id == version_id).with_for_update()).one()


def exams_asking(version_id: int) -> list[Exam]:
    """The exams in which a wording was asked."""
    asked = (
        select(Attempt.exam_id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .where(AttemptQuestion.version_id == version_id)
    )
    return list(db.session.scalars(select(Exam).where(Exam.id.in_(asked)).order_by(Exam.code)))


def ruling(ruling_id: int) -> KeyRuling | None:
    """A ruling with its question and exam."""
    return db.session.scalar(
        select(KeyRuling)
        .where(KeyRuling.id == ruling_id)
        .options(joinedload(KeyRuling.version).joinedload(QuestionVersion.question), joinedload(KeyRuling.exam))
    )


def rulings_on(version_ids: Iterable[int]) -> list[KeyRuling]:
    """Rulings on these wordings, newest first."""
    return list(
        db.session.scalars(
            select(KeyRuling).where(KeyRuling.version_id.in_(list(version_ids))).order_by(KeyRuling.id.desc())
        )
    )


def regraded(ruling_id: int) -> int:
    """How many results a ruling has made so far."""
    return (
        db.session.scalar(select(func.count()).where(Result.cause_kind == "ruling", Result.cause_id == str(ruling_id)))
        or 0
    )


# Objections ------------------------------------------------------------------------------------------------------


def objection(objection_id: int) -> Objection | None:
    """An objection with its question and attempt."""
    return db.session.scalar(
        select(Objection)
        .where(Objection.id == objection_id)
        .options(
            joinedload(Objection.version).joinedload(QuestionVersion.question),
            joinedload(Objection.attempt).joinedload(Attempt.exam),
        )
    )


def is_by(objection_id: int, people: Select[Any]) -> bool:
    """Whether an objection was raised by one of these people."""
    statement = select(Objection.id).where(Objection.id == objection_id, Objection.person_id.in_(people))
    return db.session.scalar(statement) is not None


def held_objection(objection_id: int) -> Objection | None:
    """The same, whose row nobody else changes until this transaction ends."""
    return db.session.scalar(
        select(Objection)
        .where(Objection.id == objection_id)
        .with_for_update(of=Objection)
        .execution_options(populate_existing=True)
    )


_OBJECTIONS = select(Objection).where(Objection.attempt_id == bindparam("attempt_id"))


def objections_of(attempt_id: int) -> dict[int, Objection]:
    """The objections of an attempt by position."""
    rows = db.session.scalars(_OBJECTIONS, {"attempt_id": attempt_id})
    return {row.position: row for row in rows}


def objections_page(
    people: Select[Any] | None, *, is_open: bool, version_id: int | None = None, page: int = 1, limit: int = 50
) -> tuple[list[Objection], int]:
    """One page of objections, those that wait oldest first, answered ones newest first; and how many there are."""
    wanted: list[ColumnElement[bool]] = [
        Objection.answered_at.is_(None) if is_open else Objection.answered_at.is_not(None)
    ]
    if people is not None:
        wanted.append(Objection.person_id.in_(people))
    if version_id is not None:
        wanted.append(Objection.version_id == version_id)
    order = Objection.id if is_open else Objection.answered_at.desc()
    total = db.session.scalar(select(func.count()).select_from(Objection).where(*wanted)) or 0
    rows = db.session.scalars(
        select(Objection)
        .where(*wanted)
        .options(
            joinedload(Objection.version).joinedload(QuestionVersion.question),
            joinedload(Objection.attempt).joinedload(Attempt.exam),
        )
        .order_by(order, Objection.id)
        .limit(limit)
        .offset((page - 1) * limit)
    )
    return list(rows), total


def objection_counts(version_ids: Iterable[int]) -> dict[int, int]:
    """How many objections each wording has met."""
    rows = db.session.execute(
        select(Objection.version_id, func.count())
        .where(Objection.version_id.in_(list(version_ids)))
        .group_by(Objection.version_id)
    )
    return {version_id: n for version_id, n in rows}  # noqa: C416 - rows are not tuples


def item_of(attempt_id: int, position: int) -> tuple[AttemptQuestion, ResultItem] | None:
    """A question as asked in an attempt and what it earned in the result that counts."""
    row = db.session.execute(
        select(AttemptQuestion, ResultItem)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .join(
            ResultItem, and_(ResultItem.result_id == Attempt.result_id, ResultItem.position == AttemptQuestion.position)
        )
        .where(AttemptQuestion.attempt_id == attempt_id, AttemptQuestion.position == position)
        .options(joinedload(AttemptQuestion.version))
    ).first()
    return (row[0], row[1]) if row else None
