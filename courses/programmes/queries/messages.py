"""What people of a programme were told."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from courses.programmes.models import MessageKind, ProgrammeMessage
from lms.db import db


def told(programme_id: int, kind: MessageKind, marks: Collection[str]) -> set[tuple[int, str]]:
    """(person, mark) of what was said on these occasions."""
    rows = db.session.execute(
        select(ProgrammeMessage.person_id, ProgrammeMessage.mark).where(
            ProgrammeMessage.programme_id == programme_id,
            ProgrammeMessage.kind == kind,
            ProgrammeMessage.mark.in_(list(marks)),
        )
    )
    return {(person_id, mark) for person_id, mark in rows}


def last_nudges(programme_id: int, person_ids: Collection[int]) -> dict[int, datetime]:
    """{person: when somebody last nudged them}."""
    rows = db.session.execute(
        select(ProgrammeMessage.person_id, func.max(ProgrammeMessage.sent_at))
        .where(
            ProgrammeMessage.programme_id == programme_id,
            ProgrammeMessage.kind == MessageKind.nudge,
            ProgrammeMessage.person_id.in_(list(person_ids)),
        )
        .group_by(ProgrammeMessage.person_id)
    )
    return {person_id: at for person_id, at in rows}  # noqa: C416 - rows are not tuples


def messages_sent(programme_id: int) -> dict[MessageKind, int]:
    """How many messages of each kind went out."""
    rows = db.session.execute(
        select(ProgrammeMessage.kind, func.count())
        .where(ProgrammeMessage.programme_id == programme_id)
        .group_by(ProgrammeMessage.kind)
    )
    return {kind: n for kind, n in rows}  # noqa: C416 - rows are not tuples
