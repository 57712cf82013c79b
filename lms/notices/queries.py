"""Reads of the inbox."""

from sqlalchemy import func, select

from lms.db import db
from lms.notices.models import Notice

PAGE = 30


def unread(person_id: int) -> int:
    """How many notices a person has not read."""
    return (
        db.session.scalar(
            select(func.count()).select_from(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
        )
        or 0
    )


def inbox(person_id: int, *, page: int = 1) -> list[Notice]:
    """One page of a person's notices and one more: unread first, then newest first."""
    return list(
        db.session.scalars(
            select(Notice)
            .where(Notice.person_id == person_id)
            .order_by(Notice.read_at.is_not(None), Notice.id.desc())
            .offset((page - 1) * PAGE)
            .limit(PAGE + 1)
        )
    )


def known(keys: list[str]) -> set[str]:
    """Which of these keys have been used."""
    return {key for key in db.session.scalars(select(Notice.key).where(Notice.key.in_(keys))) if key}
