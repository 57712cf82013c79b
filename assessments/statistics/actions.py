"""Keep the figures of an exam."""

from sqlalchemy import delete, insert, select

from assessments.statistics.models import ExamFigures, ItemFigures
from assessments.statistics.queries import Known
from assessments.statistics.rules import items
from lms import clock
from lms.db import db


def keep(exam_id: int, digest: str, known: Known) -> None:
    """Replace what is kept of an exam's figures; they were worked out before, so that nobody waits for the writing."""
    row = db.session.scalar(select(ExamFigures).where(ExamFigures.exam_id == exam_id).with_for_update())
    if row is None:
        row = ExamFigures(exam_id=exam_id)
        db.session.add(row)
    row.digest, row.paper, row.made_at = digest, vars(known.paper), clock.now()
    db.session.execute(delete(ItemFigures).where(ItemFigures.exam_id == exam_id))
    if known.items:
        db.session.execute(
            insert(ItemFigures),
            [
                {"exam_id": exam_id, "version_id": version_id, "slot": slot, "n": one.n, "figures": items.to_dict(one)}
                for version_id, (slot, one) in known.items.items()
            ],
        )
    db.session.flush()
