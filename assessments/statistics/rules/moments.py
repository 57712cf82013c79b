"""Means, variances and what is made of them; None wherever n is too small."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

TINY = 1e-12  # a spread below this is none


@dataclass
class Moments:
    """Running sums of pairs (x, y), taken from a first pair so that large means cost no digits."""

    n: int = 0
    x0: float = 0.0
    y0: float = 0.0
    sx: float = 0.0
    sy: float = 0.0
    sxx: float = 0.0
    syy: float = 0.0
    sxy: float = 0.0

    def add(self, x: float, y: float = 0.0) -> None:
        if not self.n:
            self.x0, self.y0 = x, y
        dx, dy = x - self.x0, y - self.y0
        self.n += 1
        self.sx += dx
        self.sy += dy
        self.sxx += dx * dx
        self.syy += dy * dy
        self.sxy += dx * dy

    @property
    def mean(self) -> float:
        return self.x0 + self.sx / self.n if self.n else 0.0

    @property
    def mean_y(self) -> float:
        return self.y0 + self.sy / self.n if self.n else 0.0

    @property
    def var(self) -> float | None:
        """Unbiased variance of x; None for fewer than two."""
        return max(0.0, (self.sxx - self.sx**2 / self.n) / (self.n - 1)) if self.n > 1 else None

    @property
    def var_y(self) -> float | None:
        return max(0.0, (self.syy - self.sy**2 / self.n) / (self.n - 1)) if self.n > 1 else None

    @property
    def cov(self) -> float | None:
        """Unbiased covariance; None for fewer than two."""
        return (self.sxy - self.sx * self.sy / self.n) / (self.n - 1) if self.n > 1 else None

    @property
    def correlation(self) -> float | None:
        """Pearson's r; None where either does not vary."""
        var, var_y, cov = self.var, self.var_y, self.cov
        if var is None or var_y is None or cov is None or var < TINY or var_y < TINY:
            return None
        return max(-1.0, min(1.0, cov / math.sqrt(var * var_y)))


def k_statistics(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """(variance, skewness, excess kurtosis) by Fisher's k-statistics; each None below 2, 3, 4 values or without spread."""
    n = len(values)
    if n < 2:
        return None, None, None
    mean = math.fsum(values) / n
    s2, s3, s4 = (math.fsum((value - mean) ** power for value in values) for power in (2, 3, 4))
    k2 = s2 / (n - 1)
    skew = kurtosis = None
    if k2 > TINY and n > 2:
        skew = n * s3 / ((n - 1) * (n - 2)) / k2**1.5
    if k2 > TINY and n > 3:
        spread = n * (n + 1) * s4 / ((n - 1) * (n - 2) * (n - 3)) / k2**2
        kurtosis = spread - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return k2, skew, kurtosis


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    ordered, n = sorted(values), len(values)
    if not n:
        return None
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2
