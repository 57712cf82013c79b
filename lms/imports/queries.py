"""Reads about imports and their rows; every page costs the same however many rows there are."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, or_, select

from lms.db import db
from lms.imports.models import Import, ImportRow, RowStatus, Stage
from lms.imports.rules import Kind, Reach, Stored, Task, filled_to

PAGE = 50


def one(import_id: int) -> Import | None:
    """An import."""
    return db.session.get(Import, import_id)


def task(imported: Import, columns: Sequence[str] = ()) -> Task:
    """What a kind is told about an import; columns are the header words."""
    named = {key: columns[at] if at < len(columns) else "" for key, at in imported.mapping.items()}
    return Task(
        imported.id or 0,  # 0: only looked at, never kept
        imported.created_by,
        tuple(Reach(**reach) for reach in imported.reaches),
        dict(imported.options),
        named,
        imported.file_name,
    )


def headers(imported: Import) -> list[str]:
    """The header words of the chosen sheet and row."""
    sheet = sheet_of(imported)
    return next((cells for number, cells in sheet["head"] if number == imported.header_row), [])


def sheet_of(imported: Import) -> dict[str, Any]:
    """The outline of the chosen sheet: name, is_hidden, rows (not empty), head [(number, texts)]."""
    known: dict[str, Any] = next(
        (one for one in imported.outline if one["name"] == imported.sheet), imported.outline[0]
    )
    return known


def data_rows(imported: Import) -> int:
    """How many rows that are not empty stand below the header."""
    sheet = sheet_of(imported)
    return int(sheet["rows"]) - filled_to(sheet, imported.header_row)


def other_sheets(imported: Import) -> list[dict[str, Any]]:
    """The outlines of the sheets that hold something and were not chosen."""
    chosen = sheet_of(imported)
    return [one for one in imported.outline if one["name"] != chosen["name"]]


def remembered(kind: str, fingerprint: str) -> dict[str, int] | None:
    """The columns that were chosen the last time a sheet of the same header was imported."""
    found = db.session.scalar(
        select(Import.mapping)
        .where(
            Import.kind == kind, Import.fingerprint == fingerprint, Import.stage.not_in([Stage.uploaded, Stage.reading])
        )
        .order_by(Import.id.desc())
        .limit(1)
    )
    return dict(found) if found else None


def listed(kinds: Collection[str], person_id: int | None, all_kinds: Collection[str], *, page: int) -> list[Import]:
    """One page of imports and one more, newest first: one's own, and everybody's of kinds one reaches everywhere."""
    statement = select(Import).where(Import.kind.in_(list(kinds)))
    if set(kinds) - set(all_kinds):
        statement = statement.where(or_(Import.created_by == person_id, Import.kind.in_(list(all_kinds))))
    found = statement.order_by(Import.id.desc()).offset((page - 1) * PAGE).limit(PAGE + 1)
    return list(db.session.scalars(found))


def counts(import_id: int) -> dict[str, int]:
    """Lines by group."""
    rows = db.session.execute(
        select(ImportRow.group, func.count()).where(ImportRow.import_id == import_id).group_by(ImportRow.group)
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are not tuples


def outcomes(import_id: int) -> dict[str, int]:
    """Lines by what became of them."""
    rows = db.session.execute(
        select(ImportRow.status, func.count()).where(ImportRow.import_id == import_id).group_by(ImportRow.status)
    )
    return {str(key): value for key, value in rows}


def _matching(import_id: int, group: str, status: str, words: str, warned: Sequence[str]) -> Select[ImportRow]:
    statement = select(ImportRow).where(ImportRow.import_id == import_id)
    if warned:
        statement = statement.where(ImportRow.id.in_(_with_words(import_id)), ImportRow.group.in_(warned))
    if group:
        statement = statement.where(ImportRow.group == group)
    if status:
        statement = statement.where(ImportRow.status == status)
    if words:
        by_number = [ImportRow.number == int(words)] if words.isascii() and words.isdigit() and len(words) < 7 else []
        statement = statement.where(or_(ImportRow.label.contains(words, autoescape=True), *by_number))
    return statement


def rows(
    import_id: int, *, group: str = "", status: str = "", words: str = "", warned: Sequence[str] = (), page: int = 1
) -> tuple[list[ImportRow], int]:
    """One page of an import's lines in the order of the sheet, and how many match; warned: only lines of these groups
    that have something to be said of them.
    """
    base = _matching(import_id, group, status, words, warned)
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    found = db.session.scalars(base.order_by(ImportRow.id).offset((page - 1) * PAGE).limit(PAGE))
    return list(found), total


def stored(
    import_id: int, status: RowStatus, groups: Sequence[str] | None, limit: int, *, newest: bool = False
) -> list[Stored]:
    """The next lines in a state, of some groups (None: any): first to last, or last to first."""
    statement = select(
        ImportRow.id,
        ImportRow.number,
        ImportRow.group,
        ImportRow.label,
        ImportRow.data,
        ImportRow.ref_id,
        ImportRow.before,
    ).where(ImportRow.import_id == import_id, ImportRow.status == status)
    if groups is not None:
        statement = statement.where(ImportRow.group.in_(groups))
    found = statement.order_by(ImportRow.id.desc() if newest else ImportRow.id).limit(limit)
    return [
        Stored(key, number, group, label, data, ref_id, before or {})
        for key, number, group, label, data, ref_id, before in db.session.execute(found)
    ]


def count(import_id: int, status: RowStatus, groups: Sequence[str] | None = None) -> int:
    """How many lines are in a state, of some groups (None: any)."""
    statement = (
        select(func.count()).select_from(ImportRow).where(ImportRow.import_id == import_id, ImportRow.status == status)
    )
    if groups is not None:
        statement = statement.where(ImportRow.group.in_(groups))
    return db.session.scalar(statement) or 0


def faults(import_id: int, kind: Kind, after: int = 0, limit: int = 1000) -> list[tuple[int, int, list[Any]]]:
    """The next lines that are not written as they stand: (row id, number in the sheet, sentences)."""
    faulty = [group.key for group in kind.groups if group.is_fault]
    found = db.session.execute(
        select(ImportRow.id, ImportRow.number, ImportRow.sentences, ImportRow.outcome)
        .where(
            ImportRow.import_id == import_id,
            ImportRow.id > after,
            ImportRow.number.is_not(None),
            or_(ImportRow.group.in_(faulty), ImportRow.status == RowStatus.refused),
        )
        .order_by(ImportRow.id)
        .limit(limit)
    )
    return [
        (row_id, number, [*(sentences or []), *([outcome] if outcome else [])])
        for row_id, number, sentences, outcome in found
    ]


def _with_words(import_id: int) -> Select[int]:
    """Ids of the lines of which something is to be said."""
    empty = cast(ImportRow.sentences, Text) == "[]"
    return select(ImportRow.id).where(ImportRow.import_id == import_id, ~empty)  # type: ignore[return-value]


def count_warned(import_id: int, groups: Sequence[str]) -> int:
    """How many lines of these groups have something to be said of them."""
    statement = _with_words(import_id).where(ImportRow.group.in_(groups))
    return db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def count_told(import_id: int) -> int:
    """How many rows of the sheet have something to be said of them."""
    statement = _with_words(import_id).where(ImportRow.number.is_not(None))
    return db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def told(import_id: int, first: Sequence[str], limit: int) -> list[tuple[str, int, list[Any]]]:
    """Rows of the sheet of which something is to be said, those of some groups first: (group, number, sentences)."""
    statement = select(ImportRow.group, ImportRow.number, ImportRow.sentences).where(
        ImportRow.id.in_(_with_words(import_id)), ImportRow.number.is_not(None)
    )
    is_later = case((ImportRow.group.in_(first), 0), else_=1)
    found = db.session.execute(statement.order_by(is_later, ImportRow.id).limit(limit))
    return [(group, number, sentences) for group, number, sentences in found]


def absent(import_id: int) -> dict[str, int]:
    """Lines that no row of the sheet stands for, by group."""
    rows = db.session.execute(
        select(ImportRow.group, func.count())
        .where(ImportRow.import_id == import_id, ImportRow.number.is_(None))
        .group_by(ImportRow.group)
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are not tuples


def noted(import_id: int, key: str) -> list[Any]:
    """What lines noted under a key when they were written, in the order of the sheet."""
    found = db.session.scalars(
        select(ImportRow.before)
        .where(ImportRow.import_id == import_id, cast(ImportRow.before, Text).contains(f'"{key}"', autoescape=True))
        .order_by(ImportRow.id)
    )
    return [before[key] for before in found if before and key in before]


def written_ids(import_id: int) -> Select[int]:
    """What an import wrote, as a subquery of ids of its ref_kind."""
    return select(ImportRow.ref_id).where(
        ImportRow.import_id == import_id, ImportRow.status == RowStatus.written, ImportRow.ref_id.is_not(None)
    )  # type: ignore[return-value]
