"""From bytes to a preview: take the file, choose the columns, understand the lines. Nothing of the noun is written."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice
from time import perf_counter
from typing import Any

from sqlalchemy import delete, insert, select

from lms import audit, clock, files, jobs
from lms.db import db, reading
from lms.errors import Refused
from lms.imports import queries, rules
from lms.imports.models import Import, ImportRow, RowStatus, Stage
from lms.imports.rules import Kind, Line, Planned, Task
from lms.jobs import Job, Progress
from lms.sheets import apart
from lms.sheets import reading as sheets
from lms.sheets.formulas import MOST

UNDERSTOOD = "understood"  # where a kept line has its values as they were read
READ_JOB = "imports.read"
AT_ONCE = 300  # rows that are understood within the request; more are a job
SMALLEST, LARGEST = 50, 500
HOLD_SECONDS = 0.04  # how long one chunk should keep others from writing
REST_SECONDS = 0.02  # how long others get between two chunks


def outline(content: bytes, file_name: str) -> list[dict[str, Any]]:
    """Of each sheet: name, whether hidden, how many rows are not empty, its first rows as text. Refuses what is no sheet."""
    found: list[dict[str, Any]] = [
        {
            "name": sheet.name,
            "is_hidden": sheet.is_hidden,
            "rows": sheet.rows,
            "head": [[number, cells] for number, cells in rules.head_of(sheet.head)],
        }
        | _formulas(sheet.unsaved)
        for sheet in apart.survey(content, file_name, rules.HEAD_ROWS)
        if sheet.rows
    ]
    if not found:
        raise Refused("表格里没有内容。填好后再上传。")
    largest = max(one["rows"] for one in found)
    if largest > sheets.MAX_ROWS + sheets.SPARE_ROWS:
        raise sheets.too_many_rows(largest)
    return found


def _formulas(places: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Where formulas without a value stand: each place, or of very many the columns they stand in."""
    if not places:
        return {}
    columns = sorted({column for _row, column in places})
    return {
        "unsaved": [list(place) for place in places[:MOST]],
        "unsaved_columns": columns if len(places) > MOST else [],
    }


def upload(
    kind: Kind,
    file_name: str,
    file_hash: str,
    outlined: list[dict[str, Any]],
    reaches: Sequence[Any],
    sheet: str = "",
) -> Import:
    """Keep an uploaded sheet (its bytes were stored under the hash) and guess sheet, header row and columns."""
    imported = recognised(kind, file_name, file_hash, outlined, reaches, sheet)
    db.session.add(imported)
    db.session.flush()
    audit.record("import.upload", "import", imported.id, kind.label, file=imported.file_name)
    return imported


def recognised(
    kind: Kind,
    file_name: str,
    file_hash: str,
    outlined: list[dict[str, Any]],
    reaches: Sequence[Any],
    sheet: str = "",
) -> Import:
    """An import that nobody keeps yet: its sheet (the one named, else the likeliest) and header row are found."""
    who = audit.actor()
    imported = Import(
        kind=kind.name,
        file_name=file_name[:200],
        file_hash=file_hash,
        outline=outlined,
        mapping={},
        options={},
        reaches=[{"role": r.role, "scope": r.scope, "unit_id": r.unit_id, "vendor_id": r.vendor_id} for r in reaches],
        counts={},
        chosen=[],
        created_by=who.person_id,
        created_label=who.label[:80],
        created_at=clock.now(),
    )
    fields = kind.fields(None)
    imported.sheet = sheet or max(outlined, key=lambda one: rules.rank(one, fields))["name"]  # the first of equals
    imported.header_row = rules.header_row(queries.sheet_of(imported)["head"], fields)
    return imported


def suggested(kind: Kind, imported: Import) -> dict[str, int]:
    """The columns to offer: those chosen the last time for the same header, else what the words say."""
    header = queries.headers(imported)
    fields = kind.fields(queries.task(imported))
    known = queries.remembered(kind.name, rules.fingerprint(header))
    keys = {one.key for one in fields}
    if known:
        return {key: column for key, column in known.items() if key in keys and column < len(header)}
    return rules.guess(header, fields)


def check_size(imported: Import) -> int:
    """How many data rows there are; refuses none and too many."""
    rows = queries.data_rows(imported)
    if rows <= 0:
        raise Refused("表头下面没有数据。换一张工作表，或改表头所在的行。")
    if rows > sheets.MAX_ROWS:
        raise sheets.too_many_rows(rows)
    return rows


def check_formulas(imported: Import, mapping: Mapping[str, int]) -> None:
    """Refuse a sheet of which a column in use is full of formulas without a value; single ones are said of their row."""
    sheet = queries.sheet_of(imported)
    letters = [sheets.column_letters(at + 1) for at in sheet.get("unsaved_columns", []) if at in mapping.values()]
    if letters:
        raise Refused(
            "{columns} 列里有很多公式没有存下结果，读出来是空的。用 Excel 或 WPS 打开，保存一次再上传；或把公式粘贴成数值。",
            columns="、".join(letters),
        )


def choose(imported: Import, mapping: Mapping[str, int], options: Mapping[str, str]) -> None:
    """Settle the columns and options; what was understood before is understood anew."""
    rules.check_may_map(imported.stage)
    settle_columns(imported, mapping, options)
    imported.counts, imported.chosen, imported.job_id = {}, [], None
    imported.stage = Stage.reading


def settle_columns(imported: Import, mapping: Mapping[str, int], options: Mapping[str, str]) -> None:
    """Which column is what, and what was answered beside the columns."""
    imported.fingerprint = rules.fingerprint(queries.headers(imported))
    imported.mapping, imported.options = dict(mapping), dict(options)


def start_reading(imported: Import, kind: Kind) -> Job:
    """Understand the lines as a job."""
    job = jobs.start(READ_JOB, f"核对{kind.label}：{imported.file_name}", import_id=imported.id)
    imported.job_id = job.id
    return job


def lines(imported: Import, content: bytes | None = None) -> Iterator[Line]:
    """The lines below the header that hold anything in the columns in use; of the kept file, or of these bytes."""
    mapping, header_row = dict(imported.mapping), imported.header_row
    last = max(mapping.values(), default=-1)
    content = files.load(imported.file_hash) if content is None else content
    for number, cells in apart.rows(content, imported.file_name, imported.sheet):
        if number <= header_row:
            continue
        padded = cells if last < len(cells) else cells + (None,) * (last + 1 - len(cells))
        chosen = {key: padded[column] for key, column in mapping.items()}
        if not sheets.is_empty(tuple(chosen.values())):
            yield Line(number, chosen)


def understood(kind: Kind, imported: Import, task: Task, content: bytes | None = None) -> Iterator[list[Planned]]:
    """Chunk after chunk of planned lines; reads only, so it belongs inside `reading()`."""
    planner = kind.planner(task)
    found = lines(imported, content)
    broken = _broken(imported)
    while chunk := list(islice(found, LARGEST)):
        planned = planner.plan(chunk)
        yield (
            [_mended(one, broken[one.number]) if one.number in broken else one for one in planned]
            if broken
            else planned
        )
    yield from planner.rest()


def _broken(imported: Import) -> dict[int | None, str]:
    """Rows that hold a formula without a value in a column in use: row number → the cell's name."""
    used = set(imported.mapping.values())
    places = queries.sheet_of(imported).get("unsaved", [])
    return {row: f"{sheets.column_letters(column + 1)}{row}" for row, column in reversed(places) if column in used}


def _mended(one: Planned, cell: str) -> Planned:
    """The line as one that is to be mended first: what it really says is not in the file."""
    words = Refused(
        "{cell} 的公式没有存下结果，或结果是错误，读出来是空的。写上数值，或用 Excel、WPS 打开保存一次再导入。",
        cell=cell,
    )
    others = one.sentences if one.group == rules.FAULTY.key else ()
    return Planned(one.number, rules.FAULTY.key, one.label, [words, *others], understood=one.understood)


def keep(import_id: int, planned: Sequence[Planned]) -> None:
    """Store planned lines as they will be shown and written."""
    if not planned:
        return
    db.session.execute(
        insert(ImportRow.__table__),  # type: ignore[arg-type]
        [
            {
                "import_id": import_id,
                "number": one.number,
                "group": one.group,
                "label": one.label[:120],
                "sentences": [rules.told(sentence) for sentence in one.sentences],
                "changes": [[change.label, change.old, change.new] for change in one.changes],
                "data": one.data | {UNDERSTOOD: one.understood} if one.understood else one.data,
                "status": RowStatus.planned,
                "ref_kind": "",
            }
            for one in planned
        ],
    )


def settle(imported: Import, counts: Mapping[str, int] | None = None) -> None:
    """All lines are understood, so many by group (counted here unless told); now somebody may confirm."""
    imported.counts = dict(counts if counts is not None else queries.counts(imported.id))
    imported.stage = Stage.ready


def forget_rows(import_id: int, limit: int) -> int:
    """Delete some lines of an earlier understanding; how many."""
    ids = list(db.session.scalars(select(ImportRow.id).where(ImportRow.import_id == import_id).limit(limit)))
    if ids:
        db.session.execute(delete(ImportRow).where(ImportRow.id.in_(ids)))
    return len(ids)


def pace(size: int, seconds: float) -> int:
    """The size of the next chunk, so that it takes about HOLD_SECONDS."""
    return max(SMALLEST, min(LARGEST, int(size * min(2.0, HOLD_SECONDS / max(seconds, 0.001)))))


def read(kinds: Mapping[str, Kind], params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: understand every line anew, store them in chunks. Killed, it begins again; nothing else has happened."""
    import_id = int(params["import_id"])
    while forget_rows(import_id, LARGEST):
        yield Progress(0, 0)
    yield Progress(0, 0)  # gives the write lock back: what is read now takes seconds
    with reading():
        imported = db.session.get_one(Import, import_id)
        kind, total = kinds[imported.kind], check_size(imported)
        task = queries.task(imported, queries.headers(imported))
        db.session.expunge(imported)
    chunks = understood(kind, imported, task)
    done, size, waiting = 0, LARGEST, []
    while True:
        with reading():
            planned = next(chunks, None)
        if planned is None:
            break
        waiting = planned
        while waiting:
            part, waiting = waiting[:size], waiting[size:]
            started = perf_counter()
            keep(import_id, part)
            done += sum(one.number is not None for one in part)
            yield Progress(min(done, total), total, "正在核对", result={"about": ["import", import_id]})
            size = pace(size, perf_counter() - started)  # with its commit
    with reading():
        counts = queries.counts(import_id)
    row = db.session.get_one(Import, import_id)
    if row.stage == Stage.reading:
        settle(row, counts)
        yield Progress(total, total, f"核对完 {done} 行，等待确认", result={"about": ["import", import_id]})
