"""Deadlines that were moved, and what held before."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from courses.programmes.models import ProgrammeExtension, ProgrammeMember
from courses.programmes.queries.members import Extended, due_at, member_rows
from lms.db import db


def extension_batch(batch: str) -> list[tuple[ProgrammeExtension, ProgrammeMember]]:
    """The extensions made together, with their members; taken back ones are left out."""
    undone = select(ProgrammeExtension.undoes_id).where(ProgrammeExtension.undoes_id.is_not(None))
    rows = db.session.execute(
        select(ProgrammeExtension, ProgrammeMember)
        .join(ProgrammeMember, ProgrammeMember.id == ProgrammeExtension.member_id)
        .where(
            ProgrammeExtension.batch == batch,
            ProgrammeExtension.undoes_id.is_(None),
            ProgrammeExtension.id.not_in(undone),
        )
        .order_by(ProgrammeExtension.id)
    )
    return [(extension, member) for extension, member in rows]


def deadlines_of(member_ids: Collection[int]) -> dict[int, tuple[int | None, datetime]]:
    """{member: (newest extension, deadline that holds)}."""
    rows = db.session.execute(
        member_rows(ProgrammeMember.id, Extended.c.id, due_at).where(ProgrammeMember.id.in_(list(member_ids)))
    )
    return {member_id: (extension_id, due) for member_id, extension_id, due in rows}


def deadline_before(extension: ProgrammeExtension) -> datetime:
    """The deadline that held before an extension was made."""
    earlier = db.session.scalar(
        select(ProgrammeExtension.due_at)
        .where(ProgrammeExtension.member_id == extension.member_id, ProgrammeExtension.id < extension.id)
        .order_by(ProgrammeExtension.id.desc())
        .limit(1)
    )
    return earlier or db.session.get_one(ProgrammeMember, extension.member_id).due_at
