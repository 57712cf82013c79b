"""What the answers say about a question. Formulas as in Moodle's quiz statistics
(docs.moodle.org/dev/Quiz_statistics_calculations) and the bands of the Open University's iCMA guide.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments.statistics.rules.moments import TINY, Moments

LEAST_N = 30  # answers below which nothing is said about a question
LEAST_SHOWN = 5  # people below which a group's figure is not shown
GROUP_SHARE = 0.27  # share of the best and of the weakest who are compared (Kelley 1939)
TOO_HARD, TOO_EASY = 0.05, 0.95  # facility: suspect, trivial
CLEARLY = 0.1  # by which a distractor must go better with the rest than the key before it is called suspect
AVERAGE_FROM, AVERAGE_TO = 0.35, 0.64  # facility: right for the average candidate
WEAK, ADEQUATE, GOOD = 0.15, 0.30, 0.50  # discrimination


@dataclass(frozen=True)
class Row:
    """One answer: its item, its place in the paper, points earned of points there were, the options chosen."""

    item: int
    slot: int
    points: float
    full: float
    chosen: tuple[str, ...] = ()
    is_blank: bool = False


@dataclass(frozen=True)
class Sheet:
    """One attempt: all its answers, and its score on a hundred, by which the best and the weakest are told apart."""

    rows: tuple[Row, ...]
    score: float

    @property
    def total(self) -> float:
        return sum(row.points for row in self.rows)


@dataclass
class OptionPick:
    """How often an option was chosen: by all, by the best, by the weakest; and the mean rest points of its choosers."""

    n: int = 0
    upper: int = 0
    lower: int = 0
    rest: Moments = field(default_factory=Moments)


@dataclass
class ItemTally:
    """What is gathered of one question."""

    slot: int
    full: float = 0.0
    points: float = 0.0
    n: int = 0
    blanks: int = 0
    with_rest: Moments = field(default_factory=Moments)
    with_total: Moments = field(default_factory=Moments)
    upper: int = 0
    lower: int = 0
    picks: dict[str, OptionPick] = field(default_factory=dict)


def cuts(scores: Iterable[float]) -> tuple[float, float]:
    """(lowest score of the upper group, highest of the lower group): the best and weakest 27 %, ties on both sides in."""
    ordered = sorted(scores)
    if not ordered:
        return math.inf, -math.inf
    size = max(1, round(len(ordered) * GROUP_SHARE))
    return ordered[-size], ordered[size - 1]


@dataclass
class Tally:
    """Takes sheets one after the other and keeps sums alone, so memory does not grow with people."""

    upper_from: float
    lower_to: float
    items: dict[int, ItemTally] = field(default_factory=dict)
    slots: dict[int, Moments] = field(default_factory=dict)
    totals: list[float] = field(default_factory=list)

    def add(self, sheet: Sheet) -> None:
        total = sheet.total
        self.totals.append(total)
        for row in sheet.rows:
            self._add(row, total, is_upper=sheet.score >= self.upper_from, is_lower=sheet.score <= self.lower_to)

    def _add(self, row: Row, total: float, *, is_upper: bool, is_lower: bool) -> None:
        self.slots.setdefault(row.slot, Moments()).add(row.points, total)
        item = self.items.setdefault(row.item, ItemTally(row.slot))
        rest = total - row.points
        item.n += 1
        item.points += row.points
        item.full += row.full
        item.blanks += row.is_blank
        item.with_rest.add(row.points, rest)
        item.with_total.add(row.points, total)
        item.upper += is_upper
        item.lower += is_lower
        for key in row.chosen:
            pick = item.picks.setdefault(key, OptionPick())
            pick.n += 1
            pick.upper += is_upper
            pick.lower += is_lower
            pick.rest.add(rest)


@dataclass(frozen=True)
class Picked:
    """An option in the distractor table: share of all answers, of the upper and of the lower group (0 to 1)."""

    key: str
    is_right: bool
    n: int
    share: float
    upper: float | None
    lower: float | None
    correlation: float | None  # point-biserial with the rest of the paper


@dataclass(frozen=True)
class Figures:
    """What the answers say about a question. facility and discrimination lie in 0..1 and −1..1; verdict is a code of
    VERDICTS.
    """

    n: int
    facility: float | None
    discrimination: float | None
    weight_percent: float | None
    intended_percent: float | None
    picks: tuple[Picked, ...]
    blanks: int
    verdict: str
    suspect: str = ""


VERDICTS = {
    "few": "作答 {n} 次，少于 {least} 次，还不能下结论。",
    "key": "疑似答案有误：选 {key} 的人其余题目答得更好，先核对答案。",
    "negative": "答得好的人反而更容易答错，先核对题干和答案。",
    "hard": "几乎没有人答对（正确率 {facility}%），先核对答案，再看题目是否超纲。",
    "easy": "太容易（正确率 {facility}%），分不出高低。",
    "flat": "区分度 {discrimination}，偏低，建议复核。",
    "fair": "区分度 {discrimination}，够用。",
    "good": "区分度 {discrimination}，能把会的和不会的分开。",
}


def facility(points: float, full: float) -> float | None:
    """F = mean points ÷ points there are, 0 to 1."""
    return points / full if full else None


def biserial(pick: OptionPick, everybody: Moments) -> float | None:
    """Point-biserial correlation of having chosen an option with the rest of the paper:
    r = (M₁ − M₀) · √(p·q) ÷ σ, σ the population deviation of the rest.
    """
    n, k = everybody.n, pick.n
    if not 0 < k < n or everybody.var_y is None or everybody.var_y < TINY:
        return None
    mean_in = pick.rest.mean
    mean_out = (everybody.mean_y * n - mean_in * k) / (n - k)
    sigma = math.sqrt(everybody.var_y * (n - 1) / n)
    return (mean_in - mean_out) * math.sqrt(k / n * (1 - k / n)) / sigma


def figures(
    tally: Tally, item_id: int, right: Iterable[str], options: Sequence[str], *, whole: float | None = None
) -> Figures:
    """The figures of one question. whole: the sum of effective weights (see `weights`), None where it is undefined."""
    item = tally.items[item_id]
    keys = set(right)
    f = facility(item.points, item.full)
    d = item.with_rest.correlation
    picks = tuple(
        Picked(
            key=key,
            is_right=key in keys,
            n=(pick := item.picks.get(key, OptionPick())).n,
            share=pick.n / item.n if item.n else 0.0,
            upper=pick.upper / item.upper if item.upper else None,
            lower=pick.lower / item.lower if item.lower else None,
            correlation=biserial(pick, item.with_rest),
        )
        for key in options
    )
    cov = item.with_total.cov
    weight = math.sqrt(cov) * 100 / whole if whole and cov is not None and cov >= 0 else None
    papers = len(tally.totals)
    intended = item.full / item.n * 100 / _full_paper(tally) if papers and item.n and _full_paper(tally) else None
    verdict, suspect = judged(item.n, f, d, picks)
    return Figures(item.n, f, d, weight, intended, picks, item.blanks, verdict, suspect)


def _full_paper(tally: Tally) -> float:
    """Points of a whole paper: the mean, over the sheets, of what their questions are worth."""
    return sum(item.full for item in tally.items.values()) / len(tally.totals) if tally.totals else 0.0


def weights(tally: Tally) -> float | None:
    """Σ √cov(slot, total), the whole of which each effective weight is a part; None where a covariance is negative:
    effective weights are undefined then (Moodle shows a flag).
    """
    parts = [moments.cov for moments in tally.slots.values()]
    if any(cov is None or cov < 0 for cov in parts):
        return None
    return sum(math.sqrt(cov) for cov in parts if cov is not None) or None


def judged(n: int, f: float | None, d: float | None, picks: Sequence[Picked]) -> tuple[str, str]:
    """(verdict, suspect option). A distractor that goes with the rest of the paper better than every right option, and
    does so positively, makes the key suspect.
    """
    if n < LEAST_N or f is None:
        return "few", ""
    suspect = _better_distractor(picks)
    readings = (
        (suspect != "", "key"),
        (d is not None and d < 0, "negative"),
        (f <= TOO_HARD, "hard"),
        (f >= TOO_EASY, "easy"),
        (d is None or d < WEAK, "flat"),
        (d is not None and d < ADEQUATE, "fair"),
    )
    return next((verdict for holds, verdict in readings if holds), "good"), suspect


def _better_distractor(picks: Sequence[Picked]) -> str:
    right = [one.correlation for one in picks if one.is_right and one.correlation is not None]
    wrong = [
        (one.correlation, one.key)
        for one in picks
        if not one.is_right and one.correlation is not None and one.n >= LEAST_SHOWN
    ]
    if not right or not wrong or max(wrong)[0] < max(0.0, *right) + CLEARLY:
        return ""
    return max(wrong)[1]


def quadrant(f: float, d: float) -> str:
    """Where a question lies in the scatter: sound, easy (but telling little), hard (but telling), suspect."""
    is_telling = d >= WEAK
    if f >= AVERAGE_FROM:
        return "sound" if is_telling else "easy"
    return "hard" if is_telling else "suspect"


def to_dict(one: Figures) -> dict[str, Any]:
    """Figures as JSON keeps them."""
    return vars(one) | {"picks": [vars(pick) for pick in one.picks]}


def from_dict(kept: Mapping[str, Any]) -> Figures:
    """Figures as they were kept."""
    return Figures(**{**kept, "picks": tuple(Picked(**pick) for pick in kept["picks"])})
