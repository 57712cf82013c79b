"""A large demo organisation: the people of the small one, with all their records, again and again in further centres.

Rows are copied by the database itself, table by table, with every key moved by a fixed step, so that 20,000 people
take minutes. A new table joins by itself; what must differ in a copy (a staff number, a name) is said by its package.
Copied certificates have no PDF of their own: opening one says that the file is not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    text,
    update,
)

from lms import demo
from lms.db import Model, db, is_sqlite
from lms.demo import Demo
from lms.organisation.models import Unit, UnitKind
from lms.people import rules
from lms.people.models import Person

SIZE = 186  # people of the small organisation
COPIES_PER_CENTRE = 10
OWNER = "person_id"  # the column by which a row belongs to a person; other references to persons stay as they are
LEFT_BEHIND = frozenset({"user_sessions", "activation_codes", "password_records", "access_records", "role_grants"})


@dataclass(frozen=True)
class Source:
    """A table to copy: its rows up to `last`, and the step by which keys of a copy are moved."""

    table: Table
    last: int
    step: int


def grow(made: Demo, people: int) -> Iterator[str]:
    """Copy the small organisation until it has about that many people; yields a sentence after each copy."""
    copies = max(0, -(-people // SIZE) - 1)
    sources = {table.name: _source(table) for table in _tables()}
    for number in range(1, copies + 1):
        centre = (number - 1) // COPIES_PER_CENTRE + 1
        if (number - 1) % COPIES_PER_CENTRE == 0:
            _open_centre(centre)
        units = _units_of(centre)
        for source in sources.values():
            _copy(source, number, sources, units)
            if source.table.name == "persons":
                _name(made, source, number)
        for source in sources.values():
            _close_circles(source, number, sources)
        for put_right in demo.copying().afterwards:
            put_right(number, {name: source.step for name, source in sources.items()})
        yield f"第 {number} / {copies} 份，已有 {_count()} 人"
    if copies and not is_sqlite():
        for source in sources.values():
            name = source.table.name
            db.session.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")  # noqa: S608
            )
    if copies:
        db.session.execute(text("ANALYZE"))


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def _tables() -> list[Table]:
    """Persons and every table whose rows belong to one of them, parents first."""
    found: list[Table] = []
    for table in Model.metadata.sorted_tables:
        owners = [key.parent.name for key in table.foreign_keys if key.column.table.name == "persons"]
        hangs = any(key.column.table in found[1:] for key in table.foreign_keys if key.column.table is not table)
        if table.name not in LEFT_BEHIND and (table.name == "persons" or OWNER in owners or hangs):
            found.append(table)
    return found


def _source(table: Table) -> Source:
    last = db.session.scalar(select(func.max(table.c.id))) or 0
    return Source(table, last, last)


def _copy(source: Source, number: int, sources: dict[str, Source], units: dict[int, int]) -> None:
    table = source.table
    columns = [column.name for column in table.columns]
    later = {column.name for column in _circular(table)}
    rows: Select[Any] = select(
        *(null().label(n) if n in later else _moved(table.c[n], number, sources, units).label(n) for n in columns)
    )
    db.session.execute(insert(table).from_select(columns, rows.where(table.c.id <= source.last)))


def _circular(table: Table) -> list[Column[Any]]:
    """Columns that point at a table which comes later: an attempt at the result that counts."""
    return [next(iter(key.columns)) for key in table.foreign_key_constraints if key.use_alter]


def _close_circles(source: Source, number: int, sources: dict[str, Source]) -> None:
    """What could not be said before the rows it points at were there."""
    table = source.table
    base = table.alias("base")
    for column in _circular(table):
        target = next(iter(column.foreign_keys)).column.table.name
        moved = select(base.c[column.name] + sources[target].step * number).where(
            base.c.id == table.c.id - source.step * number
        )
        copied = table.c.id.between(source.step * number + 1, source.step * number + source.last)
        db.session.execute(update(table).where(copied).values({column.name: moved.scalar_subquery()}))


def _moved(column: Column[Any], number: int, sources: dict[str, Source], units: dict[int, int]) -> ColumnElement[Any]:
    """What stands in a column of the copy."""
    table, name, told = column.table, column.name, demo.copying()
    targets = {key.column.table.name for key in column.foreign_keys}
    moving = (
        {table.name} if name == "id" else {t for t in targets if t in sources and (t != "persons" or name == OWNER)}
    )
    if moving:
        return column + sources[moving.pop()].step * number
    if changed := told.columns.get((table.name, name)):
        moved: ColumnElement[Any] = changed(column, number)
        return moved
    if "units" in targets and units:
        return case(units, value=column, else_=column)
    if (table.name, name) in told.kinds:
        return _reference(column, number, sources)
    if isinstance(column.type, String) and _is_unique(column):
        return column + literal(f"~{number}")
    return column


def _reference(column: Column[Any], number: int, sources: dict[str, Source]) -> ColumnElement[Any]:
    """A (kind, id) that points at another row of the same copy."""
    kind_column, tables = demo.copying().kinds[column.table.name, column.name]
    moves = [
        (column.table.c[kind_column] == kind, cast(cast(column, Integer) + sources[target].step * number, String))
        for kind, target in tables.items()
    ]
    return case(*moves, else_=column)


def _is_unique(column: Column[Any]) -> bool:
    """Whether the column alone must differ from row to row."""
    assert isinstance(column.table, Table)
    return bool(column.unique) or any(
        index.unique and [one.name for one in index.columns] == [column.name] for index in column.table.indexes
    )


def _name(made: Demo, source: Source, number: int) -> None:
    """Names for the people of a copy; two may share one, as in life."""
    rows = []
    for person_id in db.session.scalars(select(Person.id).where(Person.id <= source.last)):
        name = demo.copying().names[0](made.chance)
        rows.append({"id": person_id + source.step * number, **named(name)})
    db.session.execute(update(Person), rows)


def named(name: str) -> dict[str, str]:
    """The columns of a person that follow from the name."""
    return {
        "name": name,
        "certificate_name": name,
        "given_name": rules.given_name(name),
        "sort_key": rules.sort_key(name),
    }


def _open_centre(centre: int) -> None:
    """A further centre with teams like the first one's."""
    base = db.session.scalars(select(Unit).where(Unit.code.not_like("%~%")).order_by(Unit.id)).all()
    root = next(unit for unit in base if unit.kind == UnitKind.institution)
    head = Unit(
        code=f"{root.code}~{centre}",
        name=f"云州市热线第 {centre} 分中心",
        kind=UnitKind.institution,
        line_parent_id=root.line_parent_id,
        position=100 + centre,
    )
    db.session.add(head)
    db.session.flush()
    for unit in base:
        if unit.line_parent_id == root.id:
            db.session.add(
                Unit(
                    code=f"{unit.code}~{centre}",
                    name=f"{unit.name}（{centre} 分中心）",
                    kind=unit.kind,
                    line_parent_id=head.id,
                    territory_id=unit.territory_id,
                    position=unit.position,
                )
            )
    db.session.flush()


def _units_of(centre: int) -> dict[int, int]:
    """Units of the first centre → their counterparts in this one, by id."""
    ids = {code: unit_id for unit_id, code in db.session.execute(select(Unit.id, Unit.code))}
    return {unit_id: ids[f"{code}~{centre}"] for code, unit_id in ids.items() if f"{code}~{centre}" in ids}
