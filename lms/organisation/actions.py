"""Verbs on units, vendors and posts."""

from lms import audit
from lms.db import db
from lms.organisation.models import Post, Unit, UnitKind


def found(name: str, code: str) -> tuple[Unit, Post]:
    """The first unit of an empty organisation and a post for its administrators."""
    unit = Unit(code=code, name=name, kind=UnitKind.institution)
    post = Post(code="office", name="综合岗", level=3, is_front_line=False)
    db.session.add_all([unit, post])
    db.session.flush()
    audit.record("unit.found", "unit", unit.id, name)
    return unit, post
