"""Reads of the marking queue. Nothing here gives a name: markers know a script by its number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import joinedload, selectinload

from assessments.attempts.models import Attempt, AttemptStatus
from assessments.exams.models import Exam
from assessments.markers.models import MarkingTerms, Script, ScriptMark
from assessments.markers.rules import SETTLED, Terms
from lms.db import db


def terms(exam_id: int) -> Terms:
    """How an exam's answers are marked."""
    row = db.session.scalar(select(MarkingTerms).where(MarkingTerms.exam_id == exam_id))
    return Terms(row.is_double, row.threshold_percent, row.working_days) if row else Terms()


def terms_row(exam_id: int) -> MarkingTerms | None:
    """The row behind them, where somebody has set it."""
    return db.session.scalar(select(MarkingTerms).where(MarkingTerms.exam_id == exam_id))


def script(script_id: int) -> Script | None:
    """A script with its question, exam and marks."""
    return db.session.scalar(
        select(Script)
        .where(Script.id == script_id)
        .options(
            joinedload(Script.version), joinedload(Script.exam), joinedload(Script.attempt), selectinload(Script.marks)
        )
    )


def held(script_id: int) -> Script | None:
    """A script whose row nobody else changes until this transaction ends, with its marks as they are now."""
    return db.session.scalar(
        select(Script)
        .where(Script.id == script_id)
        .options(selectinload(Script.marks))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def mark(mark_id: int) -> ScriptMark | None:
    """One mark."""
    return db.session.get(ScriptMark, mark_id)


def is_among(script_id: int, people: Select[Any]) -> bool:
    """Whether a script is by one of these people."""
    return db.session.scalar(select(Script.id).where(Script.id == script_id, Script.person_id.in_(people))) is not None


def of_attempt(attempt_id: int) -> list[Script]:
    """The scripts of an attempt."""
    return list(db.session.scalars(select(Script).where(Script.attempt_id == attempt_id).order_by(Script.position)))


def of_place(attempt_id: int, position: int) -> Script | None:
    """The script of one question of an attempt."""
    return db.session.scalar(select(Script).where(Script.attempt_id == attempt_id, Script.position == position))


_COMMENTS = (
    select(Script.position, ScriptMark)
    .join(ScriptMark, ScriptMark.script_id == Script.id)
    .where(Script.attempt_id == bindparam("attempt_id"), Script.stage == SETTLED)
    .order_by(ScriptMark.id)
)


def comments(attempt_id: int) -> dict[int, ScriptMark]:
    """The mark that was made last for each question of an attempt, by position."""
    rows = db.session.execute(_COMMENTS, {"attempt_id": attempt_id})
    return {position: mark for position, mark in rows}  # noqa: C416 - rows are not tuples


def _waiting(marker_id: int, people: Select[Any] | None) -> list[ColumnElement[bool]]:
    """Scripts that this marker may mark: wanted, of somebody else in reach, and not marked by them before."""
    mine = select(ScriptMark.script_id).where(ScriptMark.marker_id == marker_id)
    found: list[ColumnElement[bool]] = [
        Script.stage != SETTLED,
        Script.person_id != marker_id,
        Script.id.not_in(mine),
        Script.attempt_id.in_(select(Attempt.id).where(Attempt.status == AttemptStatus.awaiting)),
    ]
    if people is not None:
        found.append(Script.person_id.in_(people))
    return found


@dataclass(frozen=True)
class QueueRow:
    """An exam in the marking queue: scripts for this marker, scripts waiting for anybody, the first day one is due."""

    exam: Exam
    mine: int
    waiting: int
    due_on: date | None
    marked: int


def overview(marker_id: int, people: Select[Any] | None) -> list[QueueRow]:
    """Every exam that has or had scripts, in three queries."""
    scope = [] if people is None else [Script.person_id.in_(people)]
    is_open = and_(Script.stage != SETTLED, Attempt.status == AttemptStatus.awaiting)
    waiting = {
        exam_id: (n, due)
        for exam_id, n, due in db.session.execute(
            select(Script.exam_id, func.count(), func.min(Script.due_on))
            .join(Attempt, Attempt.id == Script.attempt_id)
            .where(is_open, *scope)
            .group_by(Script.exam_id)
        )
    }
    mine = _counts(_waiting(marker_id, people))
    marked = _counts([Script.stage == SETTLED, *scope])
    ids = {*waiting, *marked}
    exams = db.session.scalars(select(Exam).where(Exam.id.in_(ids)).order_by(Exam.code))
    rows = []
    for exam in exams:
        n, due_on = waiting.get(exam.id, (0, None))
        rows.append(QueueRow(exam, mine.get(exam.id, 0), n, due_on, marked.get(exam.id, 0)))
    return sorted(rows, key=lambda row: (row.due_on is None, row.due_on or date.max, row.exam.code))


def _counts(conditions: Collection[ColumnElement[bool]]) -> dict[int, int]:
    rows = db.session.execute(select(Script.exam_id, func.count()).where(*conditions).group_by(Script.exam_id))
    return {exam_id: n for exam_id, n in rows}  # noqa: C416 - rows are not tuples


def waiting_count(marker_id: int, people: Select[Any] | None) -> tuple[int, date | None]:
    """(scripts this marker may mark, the first day one is due)."""
    row = db.session.execute(select(func.count(), func.min(Script.due_on)).where(*_waiting(marker_id, people))).one()
    return row[0], row[1]


def next_script(exam_id: int, marker_id: int, people: Select[Any] | None, after: int = 0) -> Script | None:
    """The next script for this marker after that number, or else the first there is."""
    wanted = select(Script).where(Script.exam_id == exam_id, *_waiting(marker_id, people)).order_by(Script.id).limit(1)
    return db.session.scalar(wanted.where(Script.id > after)) or db.session.scalar(wanted)


def left(exam_id: int, marker_id: int, people: Select[Any] | None) -> int:
    """How many scripts of an exam this marker may still mark."""
    return _counts([Script.exam_id == exam_id, *_waiting(marker_id, people)]).get(exam_id, 0)


def marked_by(exam_id: int, marker_id: int, limit: int = 30) -> list[ScriptMark]:
    """A marker's newest marks at an exam, with their scripts."""
    return list(
        db.session.scalars(
            select(ScriptMark)
            .join(Script, Script.id == ScriptMark.script_id)
            .where(Script.exam_id == exam_id, ScriptMark.marker_id == marker_id)
            .options(joinedload(ScriptMark.script).joinedload(Script.attempt))
            .order_by(ScriptMark.id.desc())
            .limit(limit)
        )
    )
