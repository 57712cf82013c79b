"""What runs each minute: joiners, movers and leavers every ten minutes, reminders once a morning."""

from datetime import timedelta

from courses.programmes.actions.following import catch_up, follow
from courses.programmes.actions.reminding import remind
from courses.programmes.models import Programme, Stage
from courses.programmes.queries import programmes as queries
from courses.programmes.rules.deadlines import REMIND_HOUR
from lms import audit, clock
from lms.db import db, transaction

EVERY = timedelta(minutes=10)
LABEL = "培训任务例行处理"


def once_a_minute() -> int:
    """Follow the rules and remind; returns how many people came, left or were reminded."""
    done = 0
    with transaction(writes=False):
        ids = queries.running_ids()
    with audit.acting_as(None, LABEL, "sweep"):
        for programme_id in ids:
            if _wants_following(programme_id):
                done += _run(follow(programme_id))
            if clock.local(clock.now()).hour >= REMIND_HOUR and _wants_reminding(programme_id):
                _run(catch_up(programme_id))
                done += _run(remind(programme_id))
    return done


def everything() -> int:
    """The same at once, without waiting for the ten minutes."""
    done = 0
    with transaction(writes=False):
        ids = queries.running_ids()
    with audit.acting_as(None, LABEL, "cli"):
        for programme_id in ids:
            done += _run(follow(programme_id)) + _run(catch_up(programme_id)) + _run(remind(programme_id))
    return done


def _wants_following(programme_id: int) -> bool:
    """Published by a job that is done, and not looked at for ten minutes; or a job that never came to its end."""
    with transaction(writes=False):
        programme = db.session.get_one(Programme, programme_id)
        last = programme.followed_at or programme.published_at
        return programme.state is Stage.published and last is not None and clock.now() - last >= EVERY


def _wants_reminding(programme_id: int) -> bool:
    with transaction(writes=False):
        return db.session.get_one(Programme, programme_id).reminded_on != clock.today()


def _run(steps: object) -> int:
    """Do the steps, each in a transaction of its own."""
    last = 0
    while True:
        with transaction():
            step = next(steps, None)  # type: ignore[call-overload]
        if step is None:
            return last
        last = step[0] if isinstance(step, tuple) else last + step
