"""Reads of schemes and scores."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from appraisals.scores.models import SchemeRow, ScoreProposal, ScoreSnapshot
from lms.db import db
from lms.people import queries as people
from lms.people.models import EmploymentForm
from lms.people.rules import Reach


def scheme_rows() -> list[SchemeRow]:
    """Every scheme by form, work and day."""
    return list(db.session.scalars(select(SchemeRow).order_by(SchemeRow.form, SchemeRow.work, SchemeRow.valid_from)))


def rows_on(day: date) -> dict[tuple[EmploymentForm, str], SchemeRow]:
    """The scheme in force on a day for each form and kind of work."""
    return {(row.form, row.work): row for row in scheme_rows() if row.valid_from <= day}


def latest_digests(person_ids: Iterable[int], period_from: date, period_to: date) -> dict[int, tuple[int, str, int]]:
    """(row, digest, scheme) of the newest score of each person for exactly this period."""
    newest = (
        select(func.max(ScoreSnapshot.id))
        .where(
            ScoreSnapshot.person_id.in_(list(person_ids)),
            ScoreSnapshot.period_from == period_from,
            ScoreSnapshot.period_to == period_to,
        )
        .group_by(ScoreSnapshot.person_id)
    )
    rows = db.session.execute(
        select(ScoreSnapshot.person_id, ScoreSnapshot.id, ScoreSnapshot.digest, ScoreSnapshot.scheme_id).where(
            ScoreSnapshot.id.in_(newest)
        )
    )
    return {person_id: (row_id, digest, scheme_id) for person_id, row_id, digest, scheme_id in rows}


def earlier(snapshot: ScoreSnapshot, limit: int = 10) -> list[ScoreSnapshot]:
    """Scores of the same person and period that this one replaced, newest first."""
    return list(
        db.session.scalars(
            select(ScoreSnapshot)
            .where(
                ScoreSnapshot.person_id == snapshot.person_id,
                ScoreSnapshot.period_from == snapshot.period_from,
                ScoreSnapshot.period_to == snapshot.period_to,
                ScoreSnapshot.id < snapshot.id,
            )
            .order_by(ScoreSnapshot.id.desc())
            .limit(limit)
        )
    )


def resting_on(spans: Mapping[int, tuple[date, date]]) -> list[tuple[ScoreSnapshot, SchemeRow]]:
    """The newest scores whose period ends within these days: {person: (first, last)}."""
    newest = (
        select(func.max(ScoreSnapshot.id))
        .where(ScoreSnapshot.person_id.in_(list(spans)))
        .group_by(ScoreSnapshot.person_id, ScoreSnapshot.period_from, ScoreSnapshot.period_to)
    )
    rows = db.session.execute(
        select(ScoreSnapshot, SchemeRow)
        .join(SchemeRow, SchemeRow.id == ScoreSnapshot.scheme_id)
        .where(ScoreSnapshot.id.in_(newest))
        .order_by(ScoreSnapshot.period_to, ScoreSnapshot.id)
    )
    return [(one, row) for one, row in rows if spans[one.person_id][0] <= one.period_to <= spans[one.person_id][1]]


def open_proposals_about(snapshot_ids: Iterable[int]) -> dict[int, ScoreProposal]:
    """The proposal that waits for each of these scores."""
    rows = db.session.scalars(
        select(ScoreProposal).where(
            ScoreProposal.snapshot_id.in_(list(snapshot_ids)), ScoreProposal.decided_at.is_(None)
        )
    )
    return {one.snapshot_id: one for one in rows}


def _about(reaches: Iterable[Reach], day: date) -> list[ColumnElement[bool]]:
    reached = list(reaches)
    if any(one.scope == "all" for one in reached):
        return []
    return [ScoreProposal.person_id.in_(people.persons_in_scope(reached, day))]


def proposals(reaches: Iterable[Reach], day: date, *, is_open: bool, limit: int = 100) -> list[ScoreProposal]:
    """Proposals about the people in reach that wait, oldest first; or the decided ones, newest first."""
    open_now = ScoreProposal.decided_at.is_(None)
    return list(
        db.session.scalars(
            select(ScoreProposal)
            .where(open_now if is_open else ~open_now, *_about(reaches, day))
            .options(joinedload(ScoreProposal.person), joinedload(ScoreProposal.snapshot))
            .order_by(ScoreProposal.id if is_open else ScoreProposal.id.desc())
            .limit(limit)
        )
    )


def open_proposals(reaches: Iterable[Reach], day: date) -> int:
    """How many proposals in reach wait."""
    wanted = [ScoreProposal.decided_at.is_(None), *_about(reaches, day)]
    return db.session.scalar(select(func.count()).select_from(ScoreProposal).where(*wanted)) or 0


def proposal_in_reach(proposal_id: int, reaches: Iterable[Reach], day: date) -> ScoreProposal | None:
    """A proposal about somebody whom these reaches cover."""
    return db.session.scalar(select(ScoreProposal).where(ScoreProposal.id == proposal_id, *_about(reaches, day)))


def held_proposal(proposal_id: int) -> ScoreProposal | None:
    """A proposal whose row nobody else changes until this transaction ends."""
    return db.session.scalar(
        select(ScoreProposal)
        .where(ScoreProposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
