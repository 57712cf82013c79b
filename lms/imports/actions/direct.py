"""An import from the command line: the same verbs and jobs as in the browser, one after the other, told in sentences."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms import files, jobs
from lms.db import db, reading, transaction
from lms.errors import Refused
from lms.imports import queries, rules
from lms.imports.actions import preparing, writing
from lms.imports.models import Import, RowStatus
from lms.imports.rules import Kind, Planned
from lms.jobs import Job, JobStatus

GOOD, PARTLY, UNREAD = 0, 1, 2
CODES = "退出码：0 每一行都好；1 有的行没有写入（要修改，或要你决定），或者什么也没写入；2 文件读不了。--dry-run 同样。"
SHOWN = 200  # sentences about rows that are said


@dataclass(frozen=True)
class Order:
    """What is asked: the options of the kind, the groups to write (None: those ticked by themselves), only look, which
    sheet (none named: the likeliest).
    """

    options: Mapping[str, str]
    groups: Sequence[str] | None = None
    is_dry: bool = False
    sheet: str = ""


@dataclass
class Look:
    """A sheet as it was understood: lines by group, those nobody's row stands for apart; the first sentences about rows,
    what is to be mended before what is only to be noted.
    """

    counts: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sentences: int = 0

    @property
    def told(self) -> list[str]:
        """The sentences that are said."""
        return [*self.faults, *self.notes][:SHOWN]

    def say(self, number: int, words: Iterable[Refused], *, is_fault: bool) -> None:
        """One more row of which there is something to say."""
        kept = self.faults if is_fault else self.notes
        if len(kept) < SHOWN:
            kept.append(f"第 {number} 行：" + "".join(str(one) for one in words))

    def add(self, one: Planned, *, is_fault: bool) -> None:
        """One more line."""
        self.counts[one.group] += 1
        self.absent[one.group] += one.number is None
        if one.sentences and one.number is not None:
            self.sentences += 1
            self.say(one.number, one.sentences, is_fault=is_fault)


def bring_in(kind: Kind, content: bytes, file_name: str, order: Order) -> Generator[str, None, int]:
    """Sentence after sentence; returns the exit code."""
    try:
        outlined = preparing.outline(content, file_name)
        if order.is_dry:
            look = yield from _tried(kind, content, file_name, outlined, order)
        else:
            import_id, look = yield from _kept(kind, content, file_name, outlined, order)
    except Refused as refused:
        yield str(refused)
        return UNREAD
    yield from _told(kind, look)
    groups = order.groups or kind.warned
    chosen = [
        group for group in kind.groups if group.is_writable and group.key in set(groups) and look.counts[group.key]
    ]
    is_short = any(look.counts[group.key] for group in kind.groups if group.is_fault)
    if order.groups is None:
        for group in kind.groups:
            waiting = look.counts[group.key] - look.absent[group.key]
            if group.is_writable and not group.is_ticked and waiting:
                is_short = True
                yield f"「{group.label}」{waiting} 行不会自己写入：看过以后加 --group {group.key} 写入。"
    if order.is_dry:
        yield "只核对，没有写入。"
        return PARTLY if is_short or not chosen else GOOD
    if not chosen:
        with transaction():
            writing.discard(db.session.get_one(Import, import_id))
        yield "没有可以写入的行，什么也没有写入。"
        return PARTLY
    refused_rows = yield from _written(kind, import_id, [group.key for group in chosen])
    return PARTLY if is_short or refused_rows else GOOD


def _settled(kind: Kind, imported: Import, order: Order) -> Iterator[str]:
    """Choose the columns as they are recognised; says which sheet is read, which others there are, which columns."""
    fields = kind.fields(queries.task(imported))
    header = queries.headers(imported)
    mapping, faults = rules.checked_mapping(preparing.suggested(kind, imported), fields, len(header))
    if faults:
        raise faults[0][1]
    preparing.check_size(imported)
    preparing.check_formulas(imported, mapping)
    preparing.settle_columns(imported, mapping, order.options)
    others = queries.other_sheets(imported)
    more = "，".join(f"「{one['name']}」（{one['rows']} 行{'，隐藏' if one['is_hidden'] else ''}）" for one in others)
    labels = {one.key: one.label for one in fields}
    yield f"工作表「{imported.sheet}」，表头在第 {imported.header_row} 行；认出的列：" + "，".join(
        f"{labels[key]}＝{header[column]}" for key, column in mapping.items()
    )
    if more:
        yield f"没有读的工作表：{more}。要读别的，加 --sheet 名称。"


def _sheet(outlined: list[dict[str, Any]], wanted: str) -> str:
    """The sheet that is asked for, as it is written in the file; refuses one that is not there or holds nothing."""
    names = [str(one["name"]) for one in outlined]
    if wanted and wanted not in names:
        raise Refused(
            "没有工作表「{wanted}」，或者它是空的。有内容的是{names}。",
            wanted=wanted, names="、".join(f"「{name}」" for name in names),
        )  # fmt: skip
    return wanted


def _tried(
    kind: Kind, content: bytes, file_name: str, outlined: list[dict[str, Any]], order: Order
) -> Generator[str, None, Look]:
    """Only look: nothing is kept, no file, no line, no job."""
    look, faulty = Look(), _faulty(kind)
    with reading():
        imported = preparing.recognised(kind, file_name, "", outlined, rules.EVERYTHING, _sheet(outlined, order.sheet))
        said = list(_settled(kind, imported, order))
        task = queries.task(imported, queries.headers(imported))
        for planned in preparing.understood(kind, imported, task, content):
            for one in planned:
                look.add(one, is_fault=one.group in faulty)
    yield from said
    return look


def _kept(
    kind: Kind, content: bytes, file_name: str, outlined: list[dict[str, Any]], order: Order
) -> Generator[str, None, tuple[int, Look]]:
    """Keep the file and understand it by the job, as in the browser."""
    with transaction():
        sheet = _sheet(outlined, order.sheet)
        imported = preparing.upload(kind, file_name, files.store(content), outlined, rules.EVERYTHING, sheet)
        said = list(_settled(kind, imported, order))
        preparing.choose(imported, imported.mapping, order.options)
        import_id, job_id = imported.id, preparing.start_reading(imported, kind).id
    yield from said
    is_done, note = _run(job_id)
    yield note
    if not is_done:
        with transaction():
            writing.discard(db.session.get_one(Import, import_id))
        raise Refused("没有核对完，什么也没有写入。")
    look = Look()
    with transaction(writes=False):
        look.counts.update(db.session.get_one(Import, import_id).counts)
        look.absent.update(queries.absent(import_id))
        look.sentences = queries.count_told(import_id)
        for group, number, kept in queries.told(import_id, _faulty(kind), SHOWN):
            look.say(number, map(rules.retold, kept), is_fault=group in _faulty(kind))
    return import_id, look


def _faulty(kind: Kind) -> list[str]:
    return [group.key for group in kind.groups if group.is_fault]


def _written(kind: Kind, import_id: int, groups: Sequence[str]) -> Generator[str, None, int]:
    """Write these groups by the job; how many lines were not written."""
    with transaction():
        job_id = writing.confirm(db.session.get_one(Import, import_id), kind, groups).id
    is_done, words = _run(job_id)
    yield words
    with transaction(writes=False):
        found, total = queries.rows(import_id, status=RowStatus.refused)
        refused_rows = [(row.number, str(rules.retold(row.outcome))) for row in found if row.outcome]
    for number, sentence in refused_rows:
        yield f"第 {number} 行：{sentence}"
    return total + (not is_done)


def _run(job_id: int) -> tuple[bool, str]:
    """Do a job here and now; whether it was done, and its last sentence."""
    jobs.run(job_id)
    with transaction(writes=False):
        job = db.session.get_one(Job, job_id)
        is_done = job.status == JobStatus.done
        return is_done, job.note if is_done else f"没有做完：{job.note}"


def _told(kind: Kind, look: Look) -> Iterator[str]:
    """The groups with their counts, then the lines of which there is something to say."""
    counted = [f"{group.label} {look.counts[group.key]}" for group in kind.groups if look.counts[group.key]]
    yield f"核对 {sum(look.counts.values())} 行：" + "，".join(counted)
    yield from look.told
    if look.sentences > len(look.told):
        yield f"另有 {look.sentences - len(look.told)} 行的说明没有列出。"


def to_the_end(told: Generator[str, None, int], say: Callable[[str], None]) -> int:
    """Say every sentence; the exit code."""
    while True:
        try:
            say(next(told))
        except StopIteration as end:
            code: int = end.value
            return code
