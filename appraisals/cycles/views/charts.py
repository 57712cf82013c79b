"""The figures of the board as the macros draw them; groups under five are not compared outside HR and the committee."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from appraisals.cycles.rules import board
from appraisals.cycles.rules.board import LEAST, Group, Seats
from appraisals.cycles.rules.grades import Grade
from lms.people.models import EmploymentForm


def pools(seats: Sequence[Seats]) -> list[dict[str, Any]]:
    """Seats taken against seats there are, a row a pool; the short name where it says enough."""
    tails = Counter(_tail(pool) for pool in seats)
    return [
        {
            "label": _tail(pool) if tails[_tail(pool)] == 1 else pool.label,
            "n": pool.taken,
            "limit": pool.seats,
            "href": None,
        }
        for pool in seats
        if pool.size
    ]


def _tail(pool: Seats) -> str:
    """云州市政务服务中心·事业编制 → 事业编制."""
    return pool.label.split("·")[-1]


def teams(groups: Iterable[Group]) -> list[tuple[str, int, int]]:
    """Highest grades and people by unit: a guide, never a limit."""
    found: dict[tuple[int, int, str], list[int]] = {}
    for group in groups:
        counts = found.setdefault((group.unit_position, group.unit_id, group.unit_name), [0, 0])
        counts[0] += group.n if group.grade == Grade.excellent else 0
        counts[1] += group.n
    return [(name, n, size) for (_, _, name), (n, size) in sorted(found.items())]


def histogram(groups: Sequence[Group], is_all: bool) -> list[dict[str, Any]]:
    """The spread of scores; nothing where there are no scores, or too few for somebody who must not compare."""
    scored = sum(group.n for group in groups if group.band is not None)
    return board.histogram(groups) if scored and (is_all or scored >= LEAST) else []


def matrix(groups: Sequence[Group], is_all: bool, link: Callable[..., str]) -> dict[str, Any] | None:
    """Completion of mandatory courses by unit and form; a cell opens the list of those who lack something."""
    cells = board.completion(groups)
    if not cells:
        return None

    def cell(unit_id: int, form: EmploymentForm) -> dict[str, Any] | None:
        n, total = cells.get((unit_id, form), (0, 0))
        if not total or (not is_all and total < LEAST):
            return None
        href = link(unit=unit_id, form=form.value, state="incomplete" if n < total else "")
        return {"percent": 100 * n / total, "text": f"{n}/{total}", "href": href}

    present = [form for form in EmploymentForm if any(known is form for _unit, known in cells)]
    drawn = [
        {"label": name, "href": None, "cells": [cell(unit_id, form) for form in present]}
        for unit_id, name in units(groups)
    ]
    return {"columns": [_(form.label) for form in present], "rows": drawn}


def units(groups: Iterable[Group]) -> list[tuple[int, str]]:
    """The units that occur, in the order of the organisation."""
    found = sorted({(group.unit_position, group.unit_id, group.unit_name) for group in groups})
    return [(unit_id, name) for _, unit_id, name in found]
