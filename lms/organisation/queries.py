"""Reads about units, vendors and posts."""

from sqlalchemy import select

from lms.db import db
from lms.organisation.models import Post, Unit, UnitKind, Vendor


def unit_ids_below(unit_id: int) -> set[int]:
    """A unit and every unit under it, along the functional line (条) or the territory (块)."""
    return unit_ids_below_any({unit_id})


def unit_ids_below_any(unit_ids: set[int]) -> set[int]:
    """These units and every unit under any of them, in one query."""
    if not unit_ids:
        return set()
    children: dict[int, set[int]] = {}
    for child, line, territory in db.session.execute(select(Unit.id, Unit.line_parent_id, Unit.territory_id)):
        for parent in (line, territory):
            if parent is not None:
                children.setdefault(parent, set()).add(child)
    found, waiting = set(unit_ids), list(unit_ids)
    while waiting:
        fresh = children.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def units(*, is_open: bool = True) -> list[Unit]:
    """Units in the order of the organisation."""
    statement = select(Unit).order_by(Unit.position, Unit.code)
    return list(db.session.scalars(statement.where(Unit.is_open) if is_open else statement))


def vendors(*, is_open: bool = True) -> list[Vendor]:
    """Vendors by code."""
    statement = select(Vendor).order_by(Vendor.code)
    return list(db.session.scalars(statement.where(Vendor.is_open) if is_open else statement))


def posts() -> list[Post]:
    """Posts by level and code."""
    return list(db.session.scalars(select(Post).order_by(Post.level, Post.code)))


def centre_name() -> str:
    """The institution that employs its own people: the first one of the organisation."""
    found = db.session.scalar(
        select(Unit.name).where(Unit.kind == UnitKind.institution).order_by(Unit.position, Unit.id).limit(1)
    )
    return found or db.session.scalar(select(Unit.name).order_by(Unit.position, Unit.id).limit(1)) or ""
