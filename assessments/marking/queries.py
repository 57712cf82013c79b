"""Reads of rulings."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select

from assessments.marking.models import KeyRuling
from assessments.marking.rules import Ruling
from lms.db import db


def rulings(version_ids: Iterable[int], exam_id: int, handed_in_on: date) -> dict[int, Ruling]:
    """{version: how it is marked} in an attempt at that exam handed in on that local day, where it was found faulty."""
    rows = db.session.scalars(
        select(KeyRuling)
        .where(
            KeyRuling.version_id.in_(list(version_ids)),
            KeyRuling.withdrawn_at.is_(None),
            or_(KeyRuling.exam_id.is_(None), KeyRuling.exam_id == exam_id),
            or_(KeyRuling.since.is_(None), KeyRuling.since <= handed_in_on),
        )
        .order_by(KeyRuling.id)
    )
    return {row.version_id: Ruling(row.kind, tuple(row.keys)) for row in rows}
