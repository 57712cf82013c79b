"""The list of a cycle as the address asks for it: filter, sort, the counts behind the figures, a page of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from appraisals.cycles import listing, queries
from appraisals.cycles.models import Cycle, PoolQuota
from appraisals.cycles.rules import board as rules
from appraisals.cycles.rules.board import BoardRow, Filter, Group, Seats
from appraisals.cycles.views.frame import sees_all
from lms.organisation.queries import unit_ids_below
from lms.people.models import EmploymentForm
from lms.web.guards import Reach

STATES = (
    ("", "全部状态"),
    ("attention", "需关注"),
    ("undecided", "待评定"),
    ("decided", "已评定"),
    ("over", "超名额"),
    ("insufficient", "证据不足"),
    ("ungraded", "不定等次"),
    ("incomplete", "必修未完成"),
    ("final", "已确定"),
)


@dataclass(frozen=True)
class View:
    """What the board and the sheet both read: the counts of everybody in reach, seats, the filter."""

    groups: list[Group]
    seats: list[Seats]
    over: frozenset[str]
    pools: list[PoolQuota]
    is_all: bool
    courses: int
    wanted: Filter
    units: frozenset[int]
    query: dict[str, str]

    @property
    def sort(self) -> tuple[str, bool]:
        """By what the list is sorted, and whether the largest comes first."""
        return self.query.get("sort", "total"), self.query.get("order", "desc") == "desc"

    @property
    def people(self) -> int:
        """Everybody in reach."""
        return sum(group.n for group in self.groups)


def view_of(found: Cycle, reaches: tuple[Reach, ...]) -> View:
    """The counts of everybody in reach, the seats that the viewer may see, and the filter of the address."""
    courses = listing.mandatory()
    groups = listing.groups(found.id, reaches, courses=courses)
    quotas = queries.pools(found.id)
    labels = {key: (quota.label, quota.percent) for key, quota in quotas.items()}
    is_all = sees_all(reaches)
    # A vendor's HR counts its own pool in full; a line leader sees people, not pools.
    own = {group.pool for group in groups if is_own_pool(group, reaches)} if not is_all else set(labels)
    seats = rules.seats_from(groups, {key: labels[key] for key in labels if key in own})
    wanted, query = _wanted()
    return View(
        groups=groups,
        seats=seats,
        over=frozenset(pool.pool for pool in seats if pool.over),
        pools=[quotas[key] for key in labels if key in own],
        is_all=is_all,
        courses=courses,
        wanted=wanted,
        units=frozenset(unit_ids_below(wanted.unit_id)) if wanted.unit_id else frozenset(),
        query=query,
    )


def count(found: Cycle, reaches: tuple[Reach, ...], view: View) -> int:
    """How many the filter lets through."""
    if not view.wanted.words:
        return rules.counted(view.groups, view.wanted, view.over, view.units)
    return listing.count(found.id, reaches, view.wanted, over=view.over, units=view.units, courses=view.courses)


def rows_of(
    found: Cycle, reaches: tuple[Reach, ...], view: View, *, limit: int | None = None, offset: int = 0
) -> list[BoardRow]:
    """A page of the rows the filter lets through, or all of them."""
    by, descending = view.sort
    return listing.page(
        found.id, reaches, view.wanted, over=view.over, units=view.units, courses=view.courses, by=by,
        descending=descending, limit=limit, offset=offset,
    )  # fmt: skip


def is_own_pool(group: Group, reaches: tuple[Reach, ...]) -> bool:
    """Whether these people are the viewer's own company's."""
    return any(reach.scope == "own_vendor" and reach.vendor_id == group.vendor_id for reach in reaches)


def _wanted() -> tuple[Filter, dict[str, str]]:
    """The filter of the address, and the part of it that links carry on; what makes no sense is left out."""
    args = request.args
    form = args.get("form", "")
    known = {form.value for form in EmploymentForm}
    wanted = Filter(
        words=args.get("q", "").strip()[:40],
        unit_id=args.get("unit", type=int),
        form=EmploymentForm(form) if form in known else None,
        state=args.get("state", "") if args.get("state", "") in dict(STATES) else "",
    )
    query = {
        "q": wanted.words,
        "unit": str(wanted.unit_id or ""),
        "form": wanted.form.value if wanted.form else "",
        "state": wanted.state,
        "sort": args.get("sort", "") if args.get("sort") in rules.SORTS else "",
        "order": args.get("order", "") if args.get("order") in {"asc", "desc"} else "",
    }
    return wanted, {key: value for key, value in query.items() if value}


def here(found: Cycle, **query: Any) -> str:
    """The board with another query."""
    return address(url_for("appraisals.cycle", code=found.code), query) + "#list"


def address(path: str, query: Mapping[str, Any]) -> str:
    """A path with the parts of a query that say something."""
    kept = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
