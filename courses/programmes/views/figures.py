"""The figures of a programme as they are drawn: the matrix with totals, and the line of completions to the deadline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from courses.programmes.rules import board
from courses.programmes.rules.board import Count, Forecast
from lms.organisation.models import Unit
from lms.people.models import EmploymentForm

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 400, 190, 40, 14, 28
MOST_POINTS = 60
LONGEST_DAYS = 120
Link = Callable[..., str]


def matrix(cells: board.Cells, units: Sequence[Unit], link: Link, *, is_hr: bool) -> dict[str, Any]:
    """Unit × employment form with totals; every unit counts those below it, every cell opens its names."""
    rolled = board.rolled_up(cells, {unit.id: unit.line_parent_id for unit in units})
    forms = board.forms_present(cells)
    present = {unit_id for unit_id, _form in rolled}
    parents = {unit.line_parent_id for unit in units if unit.id in present}
    rows = []
    own = {unit_id for unit_id, _form in cells}
    everybody = board.total(cells)
    for unit in _in_tree(units):
        whole = sum((rolled.get((unit.id, form), Count()) for form in forms), Count())
        if unit.id not in present or (unit.id not in own and whole == everybody):
            continue  # a roof over all says no more than the total
        counts = [rolled.get((unit.id, form), Count()) for form in forms]
        drawn = [
            _cell(count, link(unit=unit.id, form=form.value), is_hr=is_hr)
            for form, count in zip(forms, counts, strict=True)
        ]
        drawn.append(_cell(sum(counts, Count()), link(unit=unit.id), is_hr=is_hr))
        label = _("%(unit)s（含下级）", unit=unit.name) if unit.id in parents else unit.name
        rows.append({"label": label, "href": link(unit=unit.id), "cells": drawn})
    by_form = [sum((c for (_unit, known), c in cells.items() if known is form), Count()) for form in forms]
    bottom = [_cell(count, link(form=form.value), is_hr=is_hr) for form, count in zip(forms, by_form, strict=True)]
    bottom.append(_cell(board.total(cells), link(), is_hr=is_hr))
    rows.append({"label": _("合计"), "href": link(), "cells": bottom})
    return {"columns": [*(_(form.label) for form in forms), _("合计")], "rows": rows}


def _in_tree(units: Sequence[Unit]) -> list[Unit]:
    """Each unit before those below it, otherwise as they come."""
    below: dict[int | None, list[Unit]] = {}
    known = {unit.id for unit in units}
    for unit in units:
        below.setdefault(unit.line_parent_id if unit.line_parent_id in known else None, []).append(unit)
    found: list[Unit] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        unit = waiting.pop()
        found.append(unit)
        waiting += reversed(below.pop(unit.id, []))
    return found


def _cell(count: Count, href: str, *, is_hr: bool) -> dict[str, Any] | None:
    if not board.is_shown(count, is_hr=is_hr):
        return None
    return {"percent": count.percent, "text": f"{count.done}/{count.asked}", "href": href}


@dataclass(frozen=True)
class Trend:
    """A line ready to be drawn: its path, its axis, and the same as rows."""

    path: str
    ahead: str
    due_x: float | None
    today_x: float
    top: int
    ticks: list[tuple[float, date]]
    levels: list[tuple[float, int]]
    rows: list[tuple[date, int]]
    forecast: Forecast | None


def trend(days: Mapping[date, int], asked: int, first: date, today: date, due: date | None) -> Trend | None:
    """People done day by day since publication, against everybody asked and the deadline; None without a second day."""
    first = max(first, today - timedelta(days=LONGEST_DAYS))
    points = board.line(days, first, today)
    if not asked or len(points) < 2:
        return None
    last = max(today, due) if due is not None and (due - today).days <= LONGEST_DAYS else today
    span = max(1, (last - first).days)
    coming = board.forecast(points, asked, today, due)

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - 8) * (day - first).days / span, 1)

    def y(done: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - done / asked), 1)

    shown = board.thinned(points, MOST_POINTS)
    path = " ".join(f"{'M' if n == 0 else 'L'}{x(day)} {y(done)}" for n, (day, done) in enumerate(shown))
    ahead = ""
    if coming is not None and last >= coming.by:
        ahead = f"M{x(today)} {y(points[-1][1])} L{x(coming.by)} {y(coming.done)}"
    ticks = sorted({first, first + timedelta(days=span // 2), last})
    return Trend(
        path,
        ahead,
        x(due) if due is not None and first <= due <= last else None,
        x(today),
        asked,
        [(x(day), day) for day in ticks],
        [(y(level), level) for level in sorted({0, asked // 2, asked})],
        board.thinned(points, 12),
        coming,
    )


def form_choices(cells: board.Cells) -> list[tuple[str, str]]:
    """The employment forms that occur, for the filter."""
    return [(form.value, _(form.label)) for form in board.forms_present(cells)]


def form_of(text: str) -> EmploymentForm | None:
    """An employment form from an address."""
    return EmploymentForm(text) if text in set(EmploymentForm) else None
