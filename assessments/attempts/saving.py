"""Saving one answer: the hot path, in one look and one insert."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from assessments.attempts import queries, rules
from assessments.attempts.models import Answer, Attempt, AttemptQuestion
from assessments.attempts.rules import Overtaken, Stamp
from assessments.bank.models import QuestionType, QuestionVersion
from lms import clock
from lms.db import db
from lms.errors import Refused

_attempts, _asked_table = Attempt.__table__, AttemptQuestion.__table__
_versions, _answers = QuestionVersion.__table__, cast("Table", Answer.__table__)
_newest = (
    select(func.max(_answers.c.seq))
    .where(
        _answers.c.attempt_id == _attempts.c.id,
        _answers.c.position == _asked_table.c.position,
        _answers.c.epoch == _attempts.c.epoch,
    )
    .scalar_subquery()
)
# Built once: saving an answer is one of these and one insert.
_STATE = (
    select(
        _attempts.c.status,
        _attempts.c.started_at,
        _attempts.c.deadline_at,
        _attempts.c.grace_until,
        _attempts.c.epoch,
        _asked_table.c.option_order,
        _versions.c.type,
        _newest.label("newest"),
    )
    .select_from(
        _attempts.join(_asked_table, _asked_table.c.attempt_id == _attempts.c.id).join(
            _versions, _versions.c.id == _asked_table.c.version_id
        )
    )
    .where(
        _attempts.c.id == bindparam("attempt_id"),
        _attempts.c.person_id == bindparam("person_id"),
        _asked_table.c.position == bindparam("position"),
    )
)
_STATE_HELD = _STATE.with_for_update(read=True, of=_attempts)
_KEEP_SQLITE = sqlite_insert(_answers).on_conflict_do_nothing().returning(_answers.c.id)
_KEEP_POSTGRES = postgres_insert(_answers).on_conflict_do_nothing().returning(_answers.c.id)


@dataclass(frozen=True)
class Kept:
    """A save that was kept: when it arrived, when it was given, and the deadline as it is now."""

    saved_at: datetime
    given_at: datetime | None
    deadline_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether it arrived after the deadline, in the grace for answers given before."""
        return self.saved_at >= self.deadline_at


def save(
    attempt_id: int,
    person_id: int,
    position: int,
    *,
    epoch: int,
    seq: int,
    given: Mapping[str, Any],
    stamp: Stamp | None = None,
) -> Kept:
    """Keep one answer as a new row. The same save twice is kept once; the hot path, so no ORM.

    Refuses another person's attempt, a question not in the paper, a closed attempt, a passed deadline (but for what a
    believable stamp puts before it), a device the exam has left, and a sequence number that is not above every one
    kept for this question.
    """
    now, connection = clock.now(), db.session.connection()
    is_file = connection.dialect.name == "sqlite"
    row = connection.execute(
        _STATE if is_file else _STATE_HELD,
        {"attempt_id": attempt_id, "person_id": person_id, "position": position},
    ).first()
    if row is None:
        raise Refused("这次作答里没有这道题，没有保存。刷新页面再试。")
    is_late = now >= row.deadline_at
    given_at = rules.reckoned(stamp, row.started_at, now, queries.last_given_at(attempt_id) if is_late else None)
    rules.check_may_save(
        row.status, row.deadline_at, row.epoch, epoch, now, grace_until=row.grace_until, given_at=given_at
    )
    value = rules.read_value(
        given,
        row.option_order,
        is_multiple=row.type == QuestionType.multiple,
        longest=rules.LONGEST_TEXT.get(row.type, rules.MAX_TEXT),
    )
    if row.newest is not None and seq <= row.newest:
        return _kept_before(attempt_id, position, epoch, seq, value, row.deadline_at)
    added = connection.execute(
        _KEEP_SQLITE if is_file else _KEEP_POSTGRES,
        {
            "attempt_id": attempt_id, "position": position, "epoch": epoch, "seq": seq, "value": value,
            "saved_at": now, "given_at": given_at,
        },
    )  # fmt: skip
    if added.first() is None:
        return _kept_before(attempt_id, position, epoch, seq, value, row.deadline_at)
    return Kept(now, given_at, row.deadline_at)


def _kept_before(
    attempt_id: int, position: int, epoch: int, seq: int, value: dict[str, Any], deadline_at: datetime
) -> Kept:
    """When this very save was kept; anything else that comes late has been overtaken."""
    newest = queries.newest_answer(attempt_id, position)
    if newest is None or (newest.epoch, newest.seq, newest.value) != (epoch, seq, value):
        raise Overtaken(queries.next_seq(attempt_id, epoch))
    return Kept(newest.saved_at, newest.given_at, deadline_at)
