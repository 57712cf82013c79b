"""Two texts side by side, line by line, with what changed inside a line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_LINES = 2_000  # beyond it the middle is shown as taken out and put in, so that no text costs more than a moment
LONGEST_LINE = 400  # characters; beyond it a changed line is marked as a whole
MOST_PAIRS = 200  # changed lines that are looked at character by character
CONTEXT = 2  # unchanged lines shown round a change

Parts = tuple[tuple[str, bool], ...]  # pieces of a line, and whether each is on this side only


@dataclass(frozen=True)
class Row:
    """A row of the comparison: same, changed, removed, added, or a gap of unchanged lines (then count)."""

    kind: str
    left_line: int | None = None
    left: Parts = ()
    right_line: int | None = None
    right: Parts = ()
    count: int = 0


def compare(before: str, after: str) -> list[Row]:
    """The rows; equal texts give none but a gap. Unchanged stretches are cut to their edges."""
    left, right = before.split("\n"), after.split("\n")
    return list(_cut([*_rows(left, right)]))


def _rows(left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
    head = 0
    while head < min(len(left), len(right)) and left[head] == right[head]:
        yield _same(head, head, left[head])
        head += 1
    tail = 0
    while tail < min(len(left), len(right)) - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    inner_left, inner_right = left[head : len(left) - tail], right[head : len(right) - tail]
    if max(len(inner_left), len(inner_right)) > MOST_LINES:
        operations = [("replace", 0, len(inner_left), 0, len(inner_right))]
    else:
        operations = list(SequenceMatcher(None, inner_left, inner_right, autojunk=False).get_opcodes())
    for name, a, b, c, d in operations:
        if name == "equal":
            yield from (_same(head + a + n, head + c + n, inner_left[a + n]) for n in range(b - a))
        else:
            is_fine = max(len(inner_left), len(inner_right)) <= MOST_PAIRS
            yield from _changed(inner_left[a:b], inner_right[c:d], head + a, head + c, is_fine=is_fine)
    for n in range(tail, 0, -1):
        yield _same(len(left) - n, len(right) - n, left[len(left) - n])


def _same(left: int, right: int, line: str) -> Row:
    return Row("same", left + 1, ((line, False),), right + 1, ((line, False),))


def _changed(left: Sequence[str], right: Sequence[str], a: int, c: int, *, is_fine: bool) -> Iterator[Row]:
    """Lines in pairs as far as both sides go; the rest stands alone."""
    for n in range(max(len(left), len(right))):
        old = left[n] if n < len(left) else None
        new = right[n] if n < len(right) else None
        if old is None:
            yield Row("added", right_line=c + n + 1, right=((new or "", True),))
        elif new is None:
            yield Row("removed", left_line=a + n + 1, left=((old, True),))
        else:
            old_parts, new_parts = _parts(old, new) if is_fine else (((old, True),), ((new, True),))
            yield Row("changed", a + n + 1, old_parts, c + n + 1, new_parts)


def _parts(old: str, new: str) -> tuple[Parts, Parts]:
    if max(len(old), len(new)) > LONGEST_LINE:
        return ((old, True),), ((new, True),)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for name, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_new = name != "equal"
        if a < b:
            left.append((old[a:b], is_new))
        if c < d:
            right.append((new[c:d], is_new))
    return tuple(left), tuple(right)


def _cut(rows: Sequence[Row]) -> Iterator[Row]:
    """Long unchanged stretches become a gap."""
    near = {n + step for n, row in enumerate(rows) if row.kind != "same" for step in range(-CONTEXT, CONTEXT + 1)}
    skipped = 0
    for n, row in enumerate(rows):
        if n in near:
            if skipped:
                yield Row("gap", count=skipped)
                skipped = 0
            yield row
        else:
            skipped += 1
    if skipped:
        yield Row("gap", count=skipped)
