"""What the attempts say about a paper. Formulas as in Moodle's quiz statistics
(docs.moodle.org/dev/Quiz_statistics_calculations) and the bands of the Open University's iCMA guide.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assessments.statistics.rules.items import Tally
from assessments.statistics.rules.moments import TINY, k_statistics, median

RELIABLE, UNRELIABLE = 75.0, 64.0  # CIC, percent


@dataclass(frozen=True)
class Paper:
    """What the attempts say about a paper: points of a hundred; cic, error ratio in percent, se in points."""

    n: int
    mean: float | None
    median: float | None
    sd: float | None
    skew: float | None
    kurtosis: float | None
    cic: float | None
    error_ratio: float | None
    se: float | None


def alpha(slot_variances: Sequence[float], total_variance: float) -> float | None:
    """CIC = 100 · p/(p − 1) · (1 − Σ var(item) ÷ var(total)), Cronbach's α in percent; None for one item or no spread."""
    p = len(slot_variances)
    if p < 2 or total_variance < TINY:
        return None
    return 100 * p / (p - 1) * (1 - sum(slot_variances) / total_variance)


def error_ratio(cic: float | None) -> float | None:
    """ER = 100 · √(1 − CIC/100), the share of the spread that is chance; None above 100."""
    return 100 * math.sqrt(1 - cic / 100) if cic is not None and cic <= 100 else None


def paper(tally: Tally, scores: Sequence[float]) -> Paper:
    """The figures of a paper. scores: on a hundred; reliability is worked out on points, slot by slot."""
    n = len(scores)
    variance, skew, kurtosis = k_statistics(scores)
    sd = math.sqrt(variance) if variance is not None else None
    parts = [moments.var for moments in tally.slots.values()]
    is_whole = all(moments.n == len(tally.totals) for moments in tally.slots.values())
    total_variance = k_statistics(tally.totals)[0]
    cic = None
    if is_whole and total_variance is not None:
        cic = alpha([one for one in parts if one is not None], total_variance)
    ratio = error_ratio(cic)
    return Paper(
        n=n,
        mean=math.fsum(scores) / n if n else None,
        median=median(scores),
        sd=sd,
        skew=skew,
        kurtosis=kurtosis,
        cic=cic,
        error_ratio=ratio,
        se=ratio * sd / 100 if ratio is not None and sd is not None else None,
    )
