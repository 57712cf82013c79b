"""What a kind of import is, how columns are recognised, and when one may confirm or undo: pure."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from lms.errors import Refused
from lms.imports.models import Stage
from lms.sheets.cells import Cell, fold, line

UNDO_HOURS = 24

HEAD_ROWS = 30  # rows of a sheet that are looked at for the header
_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")


def N_(sentence: str) -> str:  # noqa: N802 - the usual mark of a sentence that is translated where it is shown
    """The sentence itself: marks a label of a kind for the catalogue."""
    return sentence


@dataclass(frozen=True)
class Field:
    """A column that a kind knows: its key, its word (also the header of the template), and what else it goes by."""

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    is_required: bool = False
    hint: str = ""
    sample: str = ""


@dataclass(frozen=True)
class Group:
    """A group of the preview. tone: ok, warn, danger or nothing. Only writable groups can be confirmed."""

    key: str
    label: str
    tone: str = ""
    is_writable: bool = True
    is_ticked: bool = True
    hint: str = ""

    @property
    def is_fault(self) -> bool:
        return self.tone == "danger"


FAULTY = Group(
    "faulty", "要修改", "danger", is_writable=False, is_ticked=False, hint="不会写入；下载这些行，改好后再导入"
)
SAME = Group("same", "无变化", "", is_writable=False, is_ticked=False, hint="与系统里一致，不用写入")


@dataclass(frozen=True)
class Option:
    """What is asked beside the columns. kind: check (value "1" or ""), day, month, or choice with its choices."""

    key: str
    label: str
    hint: str = ""
    kind: str = "check"
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reach:
    """How far one role of the importer goes, as it was at the upload."""

    role: str
    scope: str
    unit_id: int | None = None
    vendor_id: int | None = None


EVERYTHING = (Reach("system", "all"),)  # the command line


@dataclass(frozen=True)
class Task:
    """What a kind is told about an import: who imports, how far they reach, what they chose."""

    import_id: int
    person_id: int | None
    reaches: tuple[Reach, ...]
    options: Mapping[str, str]
    columns: Mapping[str, str]  # field key → header as written, of the columns in use
    file_name: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the sheet: its number as the person sees it, and its raw cells by field key (only columns in use)."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Change:
    """One thing that becomes another: its word, old and new as they are shown."""

    label: str
    old: str
    new: str


@dataclass
class Planned:
    """How a line was understood. number None: nobody's row (somebody missing from the sheet).

    understood: the values as they were read, in one line for whoever confirms.
    """

    number: int | None
    group: str
    label: str = ""
    sentences: Sequence[Refused] = ()
    changes: Sequence[Change] = ()
    data: dict[str, Any] = field(default_factory=dict)
    understood: str = ""


@dataclass(frozen=True)
class Stored:
    """A planned line as it comes back for writing or undoing."""

    id: int
    number: int | None
    group: str
    label: str
    data: dict[str, Any]
    ref_id: int | None
    before: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a line: done or not and why; what it made (ref_id); what undo must know (before)."""

    row_id: int
    is_done: bool
    sentence: Refused | None = None
    ref_id: int | None = None
    before: dict[str, Any] = field(default_factory=dict)


class Planner(Protocol):
    """Looks at lines in order, some hundred at a time; reads only."""

    def plan(self, lines: Sequence[Line]) -> list[Planned]:
        """One Planned for each line; a line may be left out (an empty or a total row)."""

    def rest(self) -> Iterator[list[Planned]]:
        """After the last line: what no row stands for, some hundred at a time."""


@dataclass(frozen=True)
class Kind:
    """Something that can be imported. `undo` None: cannot be undone. `ref_kind`: what Outcome.ref_id is, for links."""

    name: str
    label: str  # 花名册
    counted: str  # 人, 题, 行: what a line stands for
    roles: frozenset[str]
    fields: Callable[[Task | None], Sequence[Field]]
    groups: tuple[Group, ...]
    planner: Callable[[Task], Planner]
    write: Callable[[Task, Sequence[Stored]], list[Outcome]]
    undo: Callable[[Task, Sequence[Stored]], list[Outcome]] | None = None
    finish: Callable[[Task, Mapping[str, int]], None] | None = None  # once, after the last row: counts by group
    tidy: Callable[[Task], Sequence[Refused]] | None = None  # once, after the last row of an undo: what is to be said
    options: tuple[Option, ...] | Callable[[], tuple[Option, ...]] = ()
    ref_kind: str = ""
    section: str = ""  # endpoint of the navigation entry it belongs to
    scopes: frozenset[str] = frozenset({"all", "own_unit", "own_vendor"})  # reaches with which one may import
    done_slot: str = ""  # slot whose cards stand on the result page; called with the import's id

    def asked(self) -> tuple[Option, ...]:
        """What is asked beside the columns, now."""
        return self.options() if callable(self.options) else self.options

    def group(self, key: str) -> Group:
        """A group by its key."""
        return next(group for group in self.groups if group.key == key)

    @property
    def warned(self) -> list[str]:
        """The groups that are written unless somebody unticks them: a sentence on such a line is a warning."""
        return [group.key for group in self.groups if group.is_writable and group.is_ticked]


# Headers and columns ---------------------------------------------------------------------------------------------


def words_of(one: Field) -> set[str]:
    """Everything a field goes by, folded."""
    return {fold(word) for word in (one.label, *one.synonyms)}


def bare(header: str) -> str:
    """A header without what stands in brackets and without stars, folded."""
    return fold(_BRACKETS.sub("", header)) or fold(header)


def guess(headers: Sequence[str], fields: Iterable[Field]) -> dict[str, int]:
    """Field key → column (from 0): the header is the field's word, or begins or ends with it; each column once."""
    fields = list(fields)
    found: dict[str, int] = {}
    taken: set[int] = set()

    def take(key: str, column: int) -> None:
        found[key] = column
        taken.add(column)

    for reader in (fold, bare):
        for one in fields:
            known = words_of(one)
            for column, header in enumerate(headers):
                if one.key not in found and column not in taken and header and reader(header) in known:
                    take(one.key, column)
    rest = [
        (len(word), one.key, word) for one in fields if one.key not in found for word in words_of(one) if len(word) > 1
    ]
    for _length, key, word in sorted(rest, reverse=True):
        for column, header in enumerate(headers):
            name = bare(header)
            if key not in found and column not in taken and (name.startswith(word) or name.endswith(word)):
                take(key, column)
    return found


def rank(sheet: Mapping[str, Any], fields: Sequence[Field]) -> tuple[bool, bool, bool, int]:
    """How much a sheet looks like the one that is meant: it has data below a column that is known, it is not hidden,
    no required column is missing, so many columns are known. No hidden or empty sheet outranks the one with the data.
    """
    at = header_row(sheet["head"], fields)
    known = guess(next((cells for number, cells in sheet["head"] if number == at), []), fields)
    has_data = bool(sheet["rows"] - filled_to(sheet, at) > 0)
    is_whole = all(one.key in known for one in fields if one.is_required)
    return has_data and bool(known), not sheet["is_hidden"], is_whole, len(known)


def filled_to(sheet: Mapping[str, Any], header: int) -> int:
    """How many rows that are not empty a sheet has down to its header."""
    return sum(any(cells) for number, cells in sheet["head"] if number <= header)


def header_row(head: Sequence[tuple[int, Sequence[str]]], fields: Sequence[Field]) -> int:
    """The number of the row that most looks like a header: most known words, else most filled cells; the first of equals."""
    known = set().union(*(words_of(one) for one in fields)) if fields else set()
    best, best_rank = 1, (0, 0)
    for number, cells in head:
        filled = [cell for cell in cells if cell]
        rank = (sum(fold(cell) in known or bare(cell) in known for cell in filled), 0)
        if rank[0] == 0 and best_rank[0] == 0:
            rank = (0, len(set(filled)))
        if rank > best_rank:
            best, best_rank = number, rank
    return best


def fingerprint(headers: Iterable[str]) -> str:
    """SHA-256 (hex) over the header words, by which a mapping is remembered."""
    return hashlib.sha256("\x1f".join(fold(header) for header in headers).encode()).hexdigest()


def checked_mapping(
    given: Mapping[str, int | None], fields: Iterable[Field], width: int
) -> tuple[dict[str, int], list[tuple[str, Refused]]]:
    """The columns that were chosen, and what is wrong with the choice as (field key, sentence)."""
    chosen: dict[str, int] = {}
    faults: list[tuple[str, Refused]] = []
    labels: dict[int, str] = {}
    for one in fields:
        column = given.get(one.key)
        if column is None or not 0 <= column < width:
            if one.is_required:
                faults.append(
                    (one.key, Refused("没有对应「{label}」的列。选出是哪一列，或在表格里补上这一列。", label=one.label))
                )
            continue
        if column in labels:
            faults.append(
                (
                    one.key,
                    Refused("「{label}」和「{other}」选了同一列，改掉一个。", label=one.label, other=labels[column]),
                )
            )
            continue
        chosen[one.key], labels[column] = column, one.label
    return chosen, faults


# Steps -----------------------------------------------------------------------------------------------------------


def check_may_map(stage: Stage) -> None:
    """Columns may be changed until somebody confirms."""
    if stage not in {Stage.uploaded, Stage.ready}:
        raise Refused("这次导入已经往下走了，不能再改列。要重来，再上传一次。")


def check_groups(wanted: Iterable[str], kind: Kind, counts: Mapping[str, int]) -> list[str]:
    """The groups to be written: at least one, each writable and with rows."""
    chosen = [
        group.key for group in kind.groups if group.key in set(wanted) and group.is_writable and counts.get(group.key)
    ]
    if not chosen:
        raise Refused("没有选出要写入的组。没有写入，勾选至少一组再确认。")
    return chosen


def undo_until(finished_at: datetime) -> datetime:
    """Until when an import can be undone."""
    return finished_at + timedelta(hours=UNDO_HOURS)


def check_may_undo(stage: Stage, finished_at: datetime | None, now: datetime, *, can: bool) -> None:
    """Undo is for finished imports, for a day, and once."""
    if not can:
        raise Refused("这类导入不能整批撤销，逐条更正。")
    if stage in {Stage.undoing, Stage.undone}:
        raise Refused("这次导入已经撤销过了。")
    if stage != Stage.done or finished_at is None:
        raise Refused("这次导入还没有写完，不能撤销。")
    if now >= undo_until(finished_at):
        raise Refused("已经超过 {n} 小时，不能整批撤销。逐条更正。", n=UNDO_HOURS)


def told(refused: Refused) -> list[Any]:
    """A sentence as it is kept: its Chinese id and its values."""
    return [
        refused.sentence,
        {key: value if isinstance(value, int) else str(value) for key, value in refused.values.items()},
    ]


def retold(kept: Sequence[Any]) -> Refused:
    """The sentence again."""
    return Refused(kept[0], **kept[1])


def head_of(rows: Iterable[tuple[int, tuple[Cell, ...]]]) -> list[tuple[int, list[str]]]:
    """The first rows of a sheet as short texts."""
    found = []
    for number, cells in rows:
        if number > HEAD_ROWS:
            break
        found.append((number, [line(cell)[:60] for cell in cells]))
    return found
