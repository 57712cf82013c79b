"""Reads of schemes and scores."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select

from appraisals.scores.models import SchemeRow, ScoreSnapshot
from lms.db import db
from lms.people.models import EmploymentForm


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
