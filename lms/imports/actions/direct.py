"""An import from the command line: the same verbs and jobs as in the browser, one after the other, told in sentences."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from lms import files, jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.imports import queries, rules
from lms.imports.actions import preparing, writing
from lms.imports.models import Import, RowStatus, Stage
from lms.imports.rules import Kind
from lms.jobs import Job, JobStatus

GOOD, FAULTY, NOTHING = 0, 1, 2  # exit codes: all well; some rows were not taken; nothing was done
SHOWN = 200  # faulty rows that are printed


@dataclass(frozen=True)
class Order:
    """What is asked: the options of the kind, the groups to write (None: those ticked by themselves), only look."""

    options: Mapping[str, str]
    groups: Sequence[str] | None = None
    is_dry: bool = False


def bring_in(kind: Kind, content: bytes, file_name: str, order: Order) -> Generator[str, None, int]:
    """Sentence after sentence; returns the exit code."""
    try:
        import_id = yield from _read(kind, content, file_name, order)
    except Refused as refused:
        yield str(refused)
        return NOTHING
    faulty = yield from _told(kind, import_id)
    if order.is_dry:
        with transaction():
            writing.discard(db.session.get_one(Import, import_id))
        yield "只核对，没有写入。"
        return FAULTY if faulty else GOOD
    try:
        with transaction():
            imported = db.session.get_one(Import, import_id)
            wanted = order.groups or [group.key for group in kind.groups if group.is_ticked]
            job_id = writing.confirm(imported, kind, wanted).id
    except Refused as refused:
        yield str(refused)
        return FAULTY if faulty else NOTHING
    yield _run(job_id)
    with transaction(writes=False):
        found, _total = queries.rows(import_id, status=RowStatus.refused)
        refused_rows = [(row.number, str(rules.retold(row.outcome))) for row in found if row.outcome]
    for number, words in refused_rows:
        yield f"第 {number} 行：{words}"
    return FAULTY if faulty or refused_rows else GOOD


def _read(kind: Kind, content: bytes, file_name: str, order: Order) -> Generator[str, None, int]:
    outlined = preparing.outline(content, file_name)
    with transaction():
        imported = preparing.upload(kind, file_name, files.store(content), outlined, rules.EVERYTHING)
        fields = kind.fields(queries.task(imported))
        suggested = preparing.suggested(kind, imported)
        mapping, faults = rules.checked_mapping(suggested, fields, len(queries.headers(imported)))
        if faults:
            raise faults[0][1]
        preparing.check_size(imported)
        where = f"工作表「{imported.sheet}」，表头在第 {imported.header_row} 行"
        labels = {one.key: one.label for one in fields}
        header = queries.headers(imported)
        preparing.choose(imported, mapping, order.options)
        import_id, job_id = imported.id, preparing.start_reading(imported, kind).id
    yield f"{where}；认出的列：" + "，".join(f"{labels[key]}＝{header[column]}" for key, column in mapping.items())
    yield _run(job_id)
    with transaction(writes=False):
        stage = db.session.get_one(Import, import_id).stage
    if stage != Stage.ready:
        raise Refused("没有核对完，什么也没有写入。")
    return import_id


def _run(job_id: int) -> str:
    """Do a job here and now; its last sentence."""
    jobs.run(job_id)
    with transaction(writes=False):
        job = db.session.get_one(Job, job_id)
        return job.note if job.status == JobStatus.done else f"没有做完：{job.note}"


def _told(kind: Kind, import_id: int) -> Generator[str, None, int]:
    """The groups with their counts, then the rows that are to be mended; how many these are."""
    with transaction(writes=False):
        counts = dict(db.session.get_one(Import, import_id).counts)
        rows = queries.faults(import_id, kind, limit=SHOWN)
        told = [f"第 {number} 行：" + "；".join(str(rules.retold(one)) for one in kept) for _id, number, kept in rows]
    for group in kind.groups:
        if counts.get(group.key):
            yield f"{group.label} {counts[group.key]}"
    yield from told
    faulty: int = sum(counts.get(group.key, 0) for group in kind.groups if group.is_fault)
    if faulty > len(told):
        yield f"另有 {faulty - len(told)} 行要修改。"
    return faulty


def to_the_end(told: Generator[str, None, int], say: Callable[[str], None]) -> int:
    """Say every sentence; the exit code."""
    while True:
        try:
            say(next(told))
        except StopIteration as end:
            code: int = end.value
            return code
