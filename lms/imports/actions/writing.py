"""From a preview to what is written, and back: confirm, write as a job, discard, undo as a job."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from lms import audit, clock, jobs
from lms.db import db, reading
from lms.errors import Refused
from lms.imports import queries, rules
from lms.imports.actions.preparing import LARGEST, REST_SECONDS, forget_rows, pace
from lms.imports.models import Import, ImportRow, RowStatus, Stage
from lms.imports.rules import N_, Kind, Outcome, Stored, Task
from lms.jobs import Job, Progress

WRITE_JOB = "imports.write"
UNDO_JOB = "imports.undo"
FIRST_CHUNK = 50
CLASH = N_("写入时和别的内容冲突，这一行没有写入。核对后单独登记。")
Step = Callable[[Task, Sequence[Stored]], list[Outcome]]


def confirm(imported: Import, kind: Kind, groups: Collection[str]) -> Job:
    """Write these groups, as a job; of two confirmations only the first counts."""
    chosen = rules.check_groups(groups, kind, imported.counts)
    claimed = db.session.execute(
        update(Import)
        .where(Import.id == imported.id, Import.stage == Stage.ready)
        .values(stage=Stage.writing, chosen=chosen, confirmed_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise Refused("这次导入已经确认过了，不会写第二遍。刷新看看进度。")
    db.session.refresh(imported)
    job = jobs.start(WRITE_JOB, f"导入{kind.label}：{imported.file_name}", import_id=imported.id)
    imported.job_id = job.id
    audit.record(
        "import.confirm", "import", imported.id, kind.label, file=imported.file_name,
        groups={key: imported.counts.get(key, 0) for key in chosen},
    )  # fmt: skip
    return job


def resume(imported: Import, kind: Kind) -> Job:
    """Go on with an import whose job was stopped or gave up; lines that are written stay."""
    last = db.session.get(Job, imported.job_id) if imported.job_id else None
    if imported.stage not in {Stage.writing, Stage.undoing} or (last is not None and last.is_open):
        raise Refused("这次导入没有停在半路，不用接着做。")
    is_undo = imported.stage == Stage.undoing
    label = f"{'撤销' if is_undo else '导入'}{kind.label}：{imported.file_name}"
    job = jobs.start(UNDO_JOB if is_undo else WRITE_JOB, label, import_id=imported.id)
    imported.job_id = job.id
    audit.record("import.resume", "import", imported.id, kind.label)
    return job


def stop(imported: Import) -> None:
    """Call an import finished whose job was stopped: what is written stays and can be undone."""
    last = db.session.get(Job, imported.job_id) if imported.job_id else None
    if imported.stage != Stage.writing or (last is not None and last.is_open):
        raise Refused("这次导入没有停在半路，不用结束。")
    _finish(imported)
    audit.record("import.stop", "import", imported.id, imported.file_name)


def discard(imported: Import) -> None:
    """Drop an import before anything is written; its lines go with the next sweep of the same import, its file stays."""
    if imported.stage not in {Stage.uploaded, Stage.ready, Stage.reading}:
        raise Refused("这次导入已经开始写入，不能放弃。写完后 24 小时内可以撤销。")
    last = db.session.get(Job, imported.job_id) if imported.job_id else None
    if last is not None and last.is_open:
        last.is_cancel_wanted = True
    imported.stage = Stage.discarded
    while forget_rows(imported.id, LARGEST * 10):
        pass
    audit.record("import.discard", "import", imported.id, imported.file_name)


def undo(imported: Import, kind: Kind) -> Job:
    """Take back what an import wrote, as a job; lines that somebody has changed since stay, by name."""
    rules.check_may_undo(imported.stage, imported.finished_at, clock.now(), can=kind.undo is not None)
    claimed = db.session.execute(
        update(Import)
        .where(Import.id == imported.id, Import.stage == Stage.done)
        .values(stage=Stage.undoing)
        .execution_options(synchronize_session=False)
    )
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise Refused("这次导入已经撤销过了。")
    db.session.refresh(imported)
    job = jobs.start(UNDO_JOB, f"撤销{kind.label}：{imported.file_name}", import_id=imported.id)
    imported.job_id = job.id
    audit.record("import.undo", "import", imported.id, kind.label, file=imported.file_name)
    return job


def _done(step: Step, task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """What a kind made of some lines; where they clash with each other or with the database, line by line."""
    try:
        with db.session.begin_nested():
            return step(task, rows)
    except IntegrityError:
        outcomes: list[Outcome] = []
        for row in rows:
            try:
                with db.session.begin_nested():
                    outcomes += step(task, [row])
            except IntegrityError:
                outcomes.append(Outcome(row.id, is_done=False, sentence=Refused(CLASH)))
        return outcomes


def _note(kind: Kind, outcomes: Sequence[Outcome], good: RowStatus, bad: RowStatus) -> None:
    """Store what became of lines."""
    values = []
    for one in outcomes:
        entry: dict[str, Any] = {
            "row": one.row_id,
            "status": good if one.is_done else bad,
            "outcome": rules.told(one.sentence) if one.sentence else [],
        }
        if good == RowStatus.written:
            entry |= {"ref_kind": kind.ref_kind, "ref_id": one.ref_id, "before": one.before}
        values.append(entry)
    if values:
        names = [name for name in values[0] if name != "row"]
        table = ImportRow.__table__
        statement = update(table).where(table.c.id == bindparam("row"))  # type: ignore[arg-type]
        db.session.execute(
            statement.values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}),
            [{"row": one["row"]} | {f"new_{name}": one[name] for name in names} for one in values],
            execution_options={"synchronize_session": False},
        )


def _finish(imported: Import) -> None:
    imported.stage, imported.finished_at = Stage.done, clock.now()


def _steps(
    kinds: Mapping[str, Kind], params: dict[str, Any], *, is_undo: bool
) -> Generator[Progress, None, tuple[Kind, Task]]:
    """Chunk after chunk of one short transaction each, until no line is left; a killed job goes on where it was."""
    import_id = int(params["import_id"])
    with reading():
        imported = db.session.get_one(Import, import_id)
        kind, task = kinds[imported.kind], queries.task(imported, queries.headers(imported))
        groups = None if is_undo else list(imported.chosen)
        start = RowStatus.written if is_undo else RowStatus.planned
        total = queries.count(import_id, start, groups)
        before = 0 if is_undo else sum(imported.counts.get(key, 0) for key in imported.chosen) - total
    step = kind.undo if is_undo else kind.write
    assert step is not None
    good, bad = (RowStatus.undone, RowStatus.kept) if is_undo else (RowStatus.written, RowStatus.refused)
    done, size = before, FIRST_CHUNK
    while True:
        with reading():
            rows = queries.stored(import_id, start, groups, size, newest=is_undo)
        if not rows:
            return kind, task
        db.session.connection()  # take the write lock before the time is taken
        started = perf_counter()
        _note(kind, _done(step, task, rows), good, bad)
        done += len(rows)
        yield Progress(
            done, before + total, "正在撤销" if is_undo else "正在写入", result={"about": ["import", import_id]}
        )
        size = pace(size, perf_counter() - started)  # with its audit lines and its commit
        sleep(REST_SECONDS)


def write(kinds: Mapping[str, Kind], params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job that writes the confirmed groups."""
    kind, task = yield from _steps(kinds, params, is_undo=False)
    with reading():
        counts = queries.outcomes(task.import_id)
    imported = db.session.get_one(Import, task.import_id)
    if imported.stage == Stage.writing:
        _finish(imported)
        if kind.finish is not None:
            kind.finish(task, counts)
    written, refused = counts.get("written", 0), counts.get("refused", 0)
    note = f"已写入 {written} {kind.counted}" + (f"，{refused} 行没有写入" if refused else "")
    yield Progress(
        written + refused,
        written + refused,
        note,
        result={"about": ["import", imported.id], "written": written, "refused": refused},
    )


def take_back(kinds: Mapping[str, Kind], params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job that undoes an import."""
    kind, task = yield from _steps(kinds, params, is_undo=True)
    with reading():
        counts = queries.outcomes(task.import_id)
    imported = db.session.get_one(Import, task.import_id)
    told: list[Any] = []
    if imported.stage == Stage.undoing:
        imported.stage = Stage.undone
        told = [rules.told(sentence) for sentence in kind.tidy(task)] if kind.tidy is not None else []
    undone, kept = counts.get("undone", 0), counts.get("kept", 0)
    note = f"已撤销 {undone} {kind.counted}" + (f"，{kept} 行保留，原因见名单" if kept else "")
    result = {"about": ["import", imported.id], "undone": undone, "kept": kept, "told": told}
    yield Progress(undone + kept, undone + kept, note, result=result)
