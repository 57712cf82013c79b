"""Verbs on units, vendors and posts."""

from collections.abc import Iterable

from sqlalchemy import func, select

from lms import audit
from lms.db import db
from lms.organisation.models import Post, Unit, UnitKind, Vendor

LEVEL_OF_NEW_POSTS = 2


def found(name: str, code: str) -> tuple[Unit, Post]:
    """The first unit of an empty organisation and a post for its administrators."""
    unit = Unit(code=code, name=name, kind=UnitKind.institution)
    post = Post(code="office", name="综合岗", level=3, is_front_line=False)
    db.session.add_all([unit, post])
    db.session.flush()
    audit.record("unit.found", "unit", unit.id, name)
    return unit, post


def unit_named(name: str, department: str = "") -> int:
    """The id of the unit of that name; a new one stands under the department (made as well if need be) or the centre."""
    found = db.session.scalar(select(Unit.id).where(Unit.name == name).limit(1))
    if found is not None:
        return found
    if department and department != name:
        parent: int | None = unit_named(department)
    else:
        parent = db.session.scalar(
            select(Unit.id).where(Unit.kind == UnitKind.institution).order_by(Unit.position, Unit.id).limit(1)
        )
    kind = UnitKind.team if name.endswith(("组", "班")) else UnitKind.department
    unit = Unit(code=_code("U", Unit), name=name, kind=kind, line_parent_id=parent)
    return _kept(unit, "unit")


def post_named(name: str) -> int:
    """The id of the post of that name; a new one is an office post until somebody says that it is front line."""
    found = db.session.scalar(select(Post.id).where(Post.name == name).limit(1))
    if found is not None:
        return found
    post = Post(
        code=_code("P", Post), name=name, level=LEVEL_OF_NEW_POSTS, is_front_line="坐席" in name or "话务" in name
    )
    return _kept(post, "post")


def vendor_named(name: str) -> int:
    """The id of the vendor of that name; a new one has no contract yet."""
    found = db.session.scalar(select(Vendor.id).where(Vendor.name == name).limit(1))
    return found if found is not None else _kept(Vendor(code=_code("V", Vendor), name=name), "vendor")


def withdraw(rows: Iterable[Unit | Post | Vendor]) -> None:
    """Take back units, posts or vendors that were made by mistake; the caller knows that nothing points at them."""
    for row in rows:
        audit.record(f"{row.__tablename__[:-1]}.take_back", row.__tablename__[:-1], row.id, row.name, code=row.code)
        db.session.delete(row)
    db.session.flush()


def _kept(row: Unit | Post | Vendor, kind: str) -> int:
    db.session.add(row)
    db.session.flush()
    audit.record(f"{kind}.add", kind, row.id, row.name, code=row.code)
    return row.id


def _code(letter: str, table: type[Unit | Post | Vendor]) -> str:
    """A code that nobody has: the letter and the next number."""
    number = (db.session.scalar(select(func.max(table.id))) or 0) + 1
    while db.session.scalar(select(table.id).where(table.code == f"{letter}{number:03d}")) is not None:
        number += 1
    return f"{letter}{number:03d}"
