"""The figures of a programme: cells of the matrix with their totals, and where the line is heading. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lms.people.models import EmploymentForm

LEAST = 5  # groups under five are not shown outside HR (ux.md §2.7)
PACE_DAYS = 14


@dataclass(frozen=True)
class Count:
    """People asked: how many, how many done, how many late."""

    asked: int = 0
    done: int = 0
    late: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.asked + other.asked, self.done + other.done, self.late + other.late)

    @property
    def percent(self) -> float:
        """Done of those asked, in percent; 0 of nobody."""
        return 100 * self.done / self.asked if self.asked else 0.0


Cells = Mapping[tuple[int, EmploymentForm], Count]


def total(cells: Cells) -> Count:
    """Everybody."""
    return sum(cells.values(), Count())


def rolled_up(cells: Cells, parents: Mapping[int, int | None]) -> dict[tuple[int, EmploymentForm], Count]:
    """The same with every unit's figures added to the units above it."""
    found: dict[tuple[int, EmploymentForm], Count] = {}
    for (unit_id, form), count in cells.items():
        seen: set[int] = set()
        above: int | None = unit_id
        while above is not None and above not in seen:
            seen.add(above)
            found[above, form] = found.get((above, form), Count()) + count
            above = parents.get(above)
    return found


def is_shown(count: Count, *, is_hr: bool) -> bool:
    """Whether a group may be shown as a figure: it has people, and enough of them unless HR looks."""
    return count.asked > 0 and (is_hr or count.asked >= LEAST)


def line(days: Mapping[date, int], first: date, last: date) -> list[tuple[date, int]]:
    """People done by the end of each day from the first to the last; what was done before counts from the start."""
    done = sum(n for day, n in days.items() if day < first)
    found = []
    for offset in range(max(0, (last - first).days) + 1):
        day = first + timedelta(days=offset)
        done += days.get(day, 0)
        found.append((day, done))
    return found


def thinned(points: Sequence[tuple[date, int]], most: int) -> list[tuple[date, int]]:
    """At most that many points with the first and the last kept, evenly apart."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(n * step)] for n in range(most)]


@dataclass(frozen=True)
class Forecast:
    """Where the pace of the last days leads by a day."""

    by: date
    done: int
    percent: float


def forecast(points: Sequence[tuple[date, int]], asked: int, today: date, by: date | None) -> Forecast | None:
    """People done by the deadline if the last 14 days go on as they were; None without a deadline ahead or a past."""
    if by is None or by <= today or not asked or len(points) < 2:
        return None
    back = points[-min(len(points), PACE_DAYS + 1) :]
    span = (back[-1][0] - back[0][0]).days
    pace = (back[-1][1] - back[0][1]) / span if span else 0.0
    done = min(asked, back[-1][1] + math.floor(pace * (by - today).days))
    return Forecast(by, done, 100 * done / asked)


def forms_present(cells: Iterable[tuple[int, EmploymentForm]]) -> list[EmploymentForm]:
    """The employment forms that occur, in their order."""
    present = {form for _unit, form in cells}
    return [form for form in EmploymentForm if form in present]
