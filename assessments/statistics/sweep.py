"""Works out the figures of exams whose results have changed, at most every quarter of an hour each."""

from datetime import timedelta

from assessments.statistics import actions, queries
from lms import clock
from lms.db import reading, transaction

AGAIN_AFTER = timedelta(minutes=15)


def refresh() -> int:
    """Bring the kept figures up to date; reads outside any write, writes in a moment. Returns how many exams."""
    with reading():
        waiting = [
            (exam_id, digest)
            for exam_id, digest, made_at in queries.stale()
            if made_at is None or made_at + AGAIN_AFTER <= clock.now()
        ]
    for exam_id, digest in waiting:
        with reading():
            known = queries.work_out(exam_id)
        with transaction():
            actions.keep(exam_id, digest, known)
    return len(waiting)
