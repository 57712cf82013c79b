"""The board of a cycle, pure: who stands in which pool, how many seats are taken, what is still missing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from appraisals.cycles.rules import seats
from appraisals.cycles.rules.grades import LOW_GRADES, Grade, GradeMode, ModeDecision, Reason
from appraisals.cycles.rules.seats import Candidate, Proposal
from appraisals.cycles.rules.terms import Terms
from appraisals.scores.rules import Bands
from lms.people.models import EmploymentForm

LEAST = 5  # smaller groups are not compared outside HR and the committee
DIMENSIONS = (("virtue", "德"), ("ability", "能"), ("diligence", "勤"), ("achievement", "绩"), ("integrity", "廉"))
# lower edge of each column of the histogram, its label, and its shade (1 lowest … 4 excellent)
EDGES: tuple[tuple[int, str, int], ...] = (
    (0, "<60", 1), (60, "60–69", 2), (70, "70–79", 3), (80, "80–84", 3), (85, "85–89", 3), (90, "90–94", 4), (95, "≥95", 4),
)  # fmt: skip
SORTS = ("total", "name", "virtue", "ability", "diligence", "achievement", "integrity")


@dataclass(frozen=True)
class BoardRow:
    """One person of a cycle as the board needs them: who, where, score, newest grade."""

    id: int
    person_id: int
    name: str
    sort_key: str
    staff_number: str
    vendor_id: int | None
    unit_id: int
    unit_name: str
    unit_position: int
    form: EmploymentForm
    work: str
    pool: str
    grade_mode: str
    grade_mode_reason: str
    total: Decimal | None
    dimensions: dict[str, Any]
    gates: list[Any]
    summary_at: datetime | None
    score_id: int | None
    grade: str | None
    is_final: bool | None
    decided_by: int | None
    decider_label: str | None
    reason: str | None
    decision_id: int | None = None

    @property
    def decision(self) -> ModeDecision:
        """Whether the person is graded, with the reason."""
        reason = Reason("{reason}", {"reason": self.grade_mode_reason}) if self.grade_mode_reason else None
        return ModeDecision(GradeMode(self.grade_mode), reason)

    @property
    def is_graded(self) -> bool:
        """Gets a grade in this cycle."""
        return self.grade_mode == GradeMode.grade

    @property
    def closed(self) -> tuple[Reason, ...]:
        """Reasons against the highest grade."""
        return tuple(Reason(gate["sentence"], gate["values"]) for gate in self.gates if not gate["is_open"])

    def dimension(self, code: str) -> Decimal | None:
        """Points of a dimension, unrounded."""
        value = self.dimensions.get(code)
        return None if value is None else Decimal(value)


@dataclass(frozen=True)
class Group:
    """So many people of a cycle who are alike in everything the figures of the board ask for."""

    pool: str
    unit_id: int
    unit_name: str
    unit_position: int
    form: EmploymentForm
    vendor_id: int | None
    band: int | None  # index into EDGES; None without a score
    is_graded: bool
    grade: str | None
    is_final: bool
    is_complete: bool
    has_summary: bool
    n: int


@dataclass(frozen=True)
class Tally:
    """So many people of a cycle who share pool, form and grade; `is_graded` says whether they get one."""

    pool: str
    form: EmploymentForm
    is_graded: bool
    grade: str | None
    n: int


class Counted(Protocol):
    """A number of people of one pool with one grade."""

    @property
    def pool(self) -> str: ...
    @property
    def grade(self) -> str | None: ...
    @property
    def n(self) -> int: ...


@dataclass(frozen=True)
class Seats:
    """The seats of a pool: how many people, how many seats, how many are given away."""

    pool: str
    label: str
    percent: int
    size: int
    seats: int
    taken: int

    @property
    def over(self) -> int:
        """How many too many."""
        return max(0, self.taken - self.seats)


@dataclass(frozen=True)
class Filter:
    """What of the list is wanted; empty means everybody."""

    words: str = ""
    unit_id: int | None = None
    form: EmploymentForm | None = None
    state: str = ""


def seats_of(rows: Iterable[BoardRow], pools: Mapping[str, tuple[str, int]]) -> list[Seats]:
    """The seats of each pool (label, percent), in the order given; people without a grade count as taking part."""
    everybody = list(rows)
    sizes = Counter(row.pool for row in everybody)
    taken = Counter(row.pool for row in everybody if row.grade == Grade.excellent)
    return [
        Seats(pool, label, percent, sizes[pool], seats.quota(sizes[pool], percent), taken[pool])
        for pool, (label, percent) in pools.items()
    ]


def seats_from(groups: Iterable[Counted], pools: Mapping[str, tuple[str, int]]) -> list[Seats]:
    """The seats of each pool from the counts of a cycle."""
    sizes: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for group in groups:
        sizes[group.pool] += group.n
        taken[group.pool] += group.n if group.grade == Grade.excellent else 0
    return [
        Seats(pool, label, percent, sizes[pool], seats.quota(sizes[pool], percent), taken[pool])
        for pool, (label, percent) in pools.items()
    ]


def forms_of(tallies: Iterable[Tally]) -> dict[str, EmploymentForm]:
    """The form whose terms a pool goes by: where a contract has people of two, the one that is named first."""
    order = list(EmploymentForm)
    found: dict[str, EmploymentForm] = {}
    for tally in sorted(tallies, key=lambda tally: order.index(tally.form)):
        found.setdefault(tally.pool, tally.form)
    return found


def histogram(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """How many scores lie in each band of points."""
    counts: Counter[int] = Counter()
    for group in groups:
        if group.band is not None:
            counts[group.band] += group.n
    return [{"label": label, "n": counts[index], "kind": kind} for index, (_, label, kind) in enumerate(EDGES)]


def completion(groups: Iterable[Group]) -> dict[tuple[int, EmploymentForm], tuple[int, int]]:
    """Done and all by unit and form."""
    found: dict[tuple[int, EmploymentForm], tuple[int, int]] = {}
    for group in groups:
        n, total = found.get((group.unit_id, group.form), (0, 0))
        found[group.unit_id, group.form] = (n + group.n * group.is_complete, total + group.n)
    return found


def candidates(rows: Iterable[BoardRow], votes: Mapping[int, int] | None = None) -> list[Candidate]:
    """The people of a pool as seats are given to them; votes by participation."""
    counted = votes or {}
    return [
        Candidate(
            person_id=row.person_id,
            pool=row.pool,
            score=row.total,
            achievement=row.dimension("achievement"),
            ability=row.dimension("ability"),
            is_front_line=row.work == "agent",
            satisfaction=row.dimension("satisfaction"),
            vote=counted.get(row.id),
            decision=row.decision,
            closed=row.closed,
        )
        for row in rows
    ]


def awarded(
    rows: Iterable[BoardRow], left: int, bands: Bands, votes: Mapping[int, int] | None = None
) -> tuple[set[int], set[int]]:
    """Who of those on whom the last seats of a pool fall gets one of so many that are left, and who ties; persons."""
    return seats.award((one for one in candidates(rows, votes) if seats.is_eligible(one, bands)), left)


def proposals(
    rows: Sequence[BoardRow],
    percents: Mapping[str, int],
    bands: Mapping[str, Bands],
    votes: Mapping[int, int] | None = None,
) -> dict[str, Proposal]:
    """What the rules would propose in each pool; advice for the person who decides."""
    by_pool: dict[str, list[BoardRow]] = {}
    for row in rows:
        by_pool.setdefault(row.pool, []).append(row)
    return {
        pool: seats.allocate(pool, len(people), percents[pool], candidates(people, votes), bands[pool])
        for pool, people in by_pool.items()
        if pool in percents
    }


def state(row: BoardRow, over: frozenset[str]) -> str:
    """Where a person stands: ungraded, insufficient, undecided, over (an 优秀 too many in their pool), final, decided."""
    if not row.is_graded:
        return "ungraded"
    if row.grade is None:
        return "insufficient" if row.total is None else "undecided"
    if row.grade == Grade.excellent and row.pool in over:
        return "over"
    return "final" if row.is_final else "decided"


def counted(groups: Iterable[Group], wanted: Filter, over: frozenset[str], units: frozenset[int]) -> int:
    """How many a filter without words lets through; `units` are the wanted unit and those below."""
    return sum(
        group.n
        for group in groups
        if (wanted.unit_id is None or group.unit_id in units)
        and (wanted.form is None or group.form == wanted.form)
        and (not wanted.state or _is_in(group, wanted.state, over))
    )


def _is_in(group: Group, wanted: str, over: frozenset[str]) -> bool:
    """Whether these people are in a state that the list can be filtered by."""
    is_blank = group.is_graded and group.grade is None
    is_over = group.is_graded and group.grade == Grade.excellent and group.pool in over
    has_grade = group.is_graded and group.grade is not None and not is_over
    return {
        "ungraded": not group.is_graded,
        "undecided": is_blank and group.band is not None,
        "insufficient": is_blank and group.band is None,
        "over": is_over,
        "final": has_grade and group.is_final,
        "decided": has_grade and not group.is_final,
        "attention": is_blank or is_over or group.grade in LOW_GRADES,
        "incomplete": not group.is_complete,
    }[wanted]


def publicity_days(terms: Iterable[Terms]) -> int:
    """Working days a publicity lasts: the longest that any form asks for."""
    return max((term.publicity_working_days for term in terms), default=0)
