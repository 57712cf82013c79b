"""Hands in attempts whose time is up, each in its own transaction, with what was saved."""

import logging

from assessments.attempts import actions, queries
from assessments.attempts.models import AttemptStatus, HandedInBy
from lms import audit, clock
from lms.db import transaction

log = logging.getLogger("lms.jobs")


def hand_in_due() -> int:
    """Hand in every open attempt past its deadline; returns how many. One that fails does not stop the others."""
    with transaction(writes=False):
        waiting = queries.due_ids(clock.now())
    done = 0
    for attempt_id in waiting:
        try:
            with transaction(), audit.acting_as(None, "系统", "sweep"):
                attempt = queries.locked(attempt_id)
                if attempt is not None and attempt.status == AttemptStatus.open:
                    actions.submit(attempt, HandedInBy.deadline)
                    done += 1
        except Exception:
            log.exception("attempt %s could not be handed in", attempt_id)
    return done
