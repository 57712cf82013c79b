"""Which questions a paper asks, in which order: drawn by seed, feasible before anybody starts."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from lms.errors import Refused

FULL_POINTS = Decimal(100)
SECONDS = {"single": 75, "multiple": 110, "true_false": 45, "fill_in": 75, "numeric": 90}  # our estimate, to be watched
SECONDS_ELSE = 180
MOST_QUESTIONS = 500


class Drawable(Protocol):
    """A question as far as drawing goes."""

    @property
    def question_id(self) -> int: ...
    @property
    def version_id(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def competency(self) -> str: ...


@dataclass(frozen=True)
class Cell:
    """A section of a paper, or one row's part of it: how many questions of which type, topics and competencies (empty:
    any), points each. Cells of one section bear its position and follow one another.
    """

    position: int
    title: str
    type: str | None
    count: int
    points: Decimal
    topics: tuple[str, ...] = ()
    minimum: Decimal | None = None
    competencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question chosen for an attempt."""

    position: int
    section: int
    version_id: int
    points: Decimal


def fits(cell: Cell, question: Drawable) -> bool:
    """Whether a question belongs into a cell."""
    return (
        (cell.type is None or question.type == cell.type)
        and (not cell.topics or question.topic in cell.topics)
        and (not cell.competencies or question.competency in cell.competencies)
    )


def check_cells(cells: Sequence[Cell]) -> None:
    """Refuse a paper without sections, or whose points do not come to 100."""
    if not cells:
        raise Refused("这份试卷还没有任何部分。")
    total = sum((cell.count * cell.points for cell in cells), Decimal(0))
    if total != FULL_POINTS:
        raise Refused("各部分分值合计应为 100 分，现在是 {total} 分。", total=_plain(total))


def shortages(cells: Sequence[Cell], pool: Iterable[Drawable]) -> list[tuple[Cell, int]]:
    """Cells that could come short in some draw: (cell, questions surely left for it). Cells before it may take any
    question they share with it, so what passes here can always be drawn.
    """
    known = list(pool)
    suitable = [{one.question_id for one in known if fits(cell, one)} for cell in cells]
    missing = []
    for place, cell in enumerate(cells):
        mine = suitable[place]
        taken = sum(min(before.count, len(mine & suitable[n])) for n, before in enumerate(cells[:place]))
        if len(mine) - taken < cell.count:
            missing.append((cell, max(0, len(mine) - taken)))
    return missing


def check_feasible(cells: Sequence[Cell], pool: Iterable[Drawable]) -> None:
    """Refuse when a cell needs more questions than the bank has."""
    for cell, available in shortages(cells, pool):
        raise Refused(
            "「{title}」需 {count} 题，可用 {available} 题。", title=cell.title, count=cell.count, available=available
        )


def draw(seed: int, cells: Sequence[Cell], pool: Iterable[Drawable], seen: frozenset[int] = frozenset()) -> list[Asked]:
    """Questions for one attempt: by seed, unseen ones first, none twice. Same seed, pool and seen: same paper."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    left = list(pool)
    asked: list[Asked] = []
    for position, parts in groupby(cells, key=lambda cell: cell.position):
        mixed: list[tuple[Drawable, Decimal]] = []
        for place, cell in enumerate(parts):
            chosen = _chosen(chance, cell, left, seen)
            taken = {question.question_id for question in chosen}
            left = [question for question in left if question.question_id not in taken]
            mixed += [(question, cell.points) for question in chosen]
            if place:
                chance.shuffle(mixed)
        asked += [
            Asked(len(asked) + n, position, question.version_id, points)
            for n, (question, points) in enumerate(mixed, 1)
        ]
    return asked


def _chosen(chance: random.Random, cell: Cell, left: list[Drawable], seen: frozenset[int]) -> list[Drawable]:
    suitable = [question for question in left if fits(cell, question)]
    if len(suitable) < cell.count:
        check_feasible([cell], suitable)
    chance.shuffle(suitable)
    suitable.sort(key=lambda question: question.question_id in seen)
    chosen = suitable[: cell.count]
    chance.shuffle(chosen)
    return chosen


def estimated_minutes(cells: Iterable[Cell]) -> int:
    """Whole minutes a careful reader takes, by type of question; our estimate."""
    seconds = sum(cell.count * SECONDS.get(str(cell.type), SECONDS_ELSE) for cell in cells)
    return -(-seconds // 60)


def overlap(first: Iterable[Asked], second: Iterable[Asked]) -> int:
    """Whole percent of the first paper's questions that the second asks too."""
    mine, other = {one.version_id for one in first}, {one.version_id for one in second}
    return round(100 * len(mine & other) / len(mine)) if mine else 0


def option_order(seed: int, position: int, options: Sequence[dict[str, Any]], *, shuffled: bool) -> list[str]:
    """The keys of a question's options in the order they are shown; pinned ones keep their place."""
    keys = [option["key"] for option in options]
    if not shuffled:
        return keys
    free = [n for n, option in enumerate(options) if not option["is_pinned"]]
    mixed = [keys[n] for n in free]
    random.Random(seed * 1_000 + position).shuffle(mixed)  # noqa: S311
    for n, key in zip(free, mixed, strict=True):
        keys[n] = key
    return keys


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
