"""Evidence, pure: what each measure stands for, which rows count, and how hours and deductions become points.

Points are 0–100 and never rounded here; only a whole score is (see `round_score`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from functools import lru_cache

from lms.errors import Refused

HUNDRED = Decimal(100)
ZERO = Decimal(0)
HUNDREDTH = Decimal("0.01")
# 34 digits carry; a sum that thirds have left at …4999 with twenty nines is the tie it would be on paper.
ARITHMETIC = Context(prec=34, rounding=ROUND_HALF_EVEN)
SETTLED = Decimal("1e-20")
MONTHS = 12
A_YEAR = timedelta(days=365)
LARGEST_COUNT = Decimal(100_000)
TOO_FEW = "评价只有 {n} 份，少于 {least} 份，不计分"

# 德's courses (职业道德、廉洁、保密) and the certificates that stand for 上岗证, by the codes of the library.
ETHICS_COURSES = frozenset({"A3", "D1"})
POST_COURSES = frozenset({"B2", "C1"})


class Combine(StrEnum):
    """How a person's rows of one measure become one value for a period."""

    mean = "mean"  # rows whose period lies within: months of a quarter
    latest = "latest"  # the newest row of the year that ends with the period: a rating stands for a year
    total = "total"  # rows whose period lies within, added up


@dataclass(frozen=True)
class Reading:
    """What a measure is to an appraisal: the part of the scheme it proves, how rows are combined, its range."""

    part: str | None
    combine: Combine = Combine.mean
    maximum: Decimal = HUNDRED
    needs_raters: bool = False


READINGS: dict[str, Reading] = {
    "qc": Reading("qc"),
    "satisfaction": Reading("satisfaction"),
    "fcr": Reading("fcr"),
    "on_time": Reading("on_time"),
    "dispatch_accuracy": Reading("dispatch_accuracy"),
    "answer_rate": Reading(None),
    "improvement": Reading("improvement"),
    "attendance": Reading("attendance"),
    "extra_duty": Reading("extra_duty"),
    "survey_360": Reading("peer_survey", Combine.latest, needs_raters=True),
    "competency_rating": Reading("competency", Combine.latest),
    "simulator": Reading("simulator", Combine.latest),
    "key_tasks": Reading("key_tasks"),
    "task_supervision": Reading("supervision"),
    "served_unit_rating": Reading("served_rating"),
    "integrity_deduction": Reading("discipline", Combine.total),
    "fatal_errors": Reading(None, Combine.total, LARGEST_COUNT),
    "leave_days": Reading(None, Combine.total, LARGEST_COUNT),
    "maternity_days": Reading(None, Combine.total, LARGEST_COUNT),
}
UNKNOWN = Reading(None, Combine.mean, LARGEST_COUNT)


@dataclass(frozen=True)
class Evidence:
    """What is known for one part: a raw value, or points 0–100, with the rows it was read from."""

    value: Decimal | None = None
    points: Decimal | None = None
    rows: tuple[tuple[str, int], ...] = ()
    note: str = ""
    calculation: str = ""


@dataclass(frozen=True)
class Row:
    """One measured value as far as combining goes."""

    id: int
    period_from: date
    period_to: date
    value: Decimal
    sample_size: int | None = None


def reading(code: str) -> Reading:
    """What a measure is; one that no scheme knows is kept and shown, and proves nothing."""
    return READINGS.get(code, UNKNOWN)


def proves_post(subject: str, course_codes: Iterable[str] = ()) -> bool:
    """Whether a certificate is one of the post (上岗证): over one of its courses, by subject or by what its exam covers."""
    return subject in POST_COURSES or not POST_COURSES.isdisjoint(course_codes)


def check_row(code: str, label: str, value: Decimal, period_from: date, period_to: date) -> None:
    """Refuse a value outside the measure's range, or a period that ends before it begins."""
    if period_to < period_from:
        raise Refused(
            "「{label}」的起止日期反了：{start} 在 {end} 之后。没有写入，请改正。",
            label=label, start=period_from.isoformat(), end=period_to.isoformat(),
        )  # fmt: skip
    maximum = reading(code).maximum
    if not value.is_finite() or not ZERO <= value <= maximum:
        raise Refused(
            "「{label}」的数值 {value} 不在 0 到 {maximum} 之间。没有写入，请核对来源。",
            label=label, value=str(value), maximum=plain(maximum),
        )  # fmt: skip


def counting(rows: Sequence[Row], combine: Combine, period_from: date, period_to: date) -> tuple[Row, ...]:
    """The rows that count for a period, oldest first: those within it, or for `latest` the newest of the past year."""
    if combine is Combine.latest:
        recent = [row for row in rows if period_to - A_YEAR < row.period_to <= period_to]
        return tuple(sorted(recent, key=lambda row: (row.period_to, row.id))[-1:])
    inside = [row for row in rows if period_from <= row.period_from and row.period_to <= period_to]
    return tuple(sorted(inside, key=lambda row: (row.period_from, row.id)))


def combined(rows: Sequence[Row], combine: Combine) -> Decimal | None:
    """One value from the rows that count: their plain mean (each row weighs the same), the newest, or the sum."""
    if not rows:
        return None
    with localcontext(ARITHMETIC):
        total = sum((row.value for row in rows), ZERO)
        return total / len(rows) if combine is Combine.mean else total


def measure_evidence(
    code: str, rows: Sequence[Row], period: tuple[date, date], *, least_raters: int
) -> Evidence | None:
    """Evidence of one measure in a period; None without rows. A survey with too few raters is shown but not scored."""
    how = reading(code)
    chosen = counting(rows, how.combine, *period)
    value = combined(chosen, how.combine)
    if value is None:
        return None
    links = tuple(("measure_row", row.id) for row in chosen)
    raters = min((row.sample_size or 0 for row in chosen), default=0)
    if how.needs_raters and raters < least_raters:
        return Evidence(value=value, rows=links, note=TOO_FEW.format(n=raters, least=least_raters))
    sentence = ""
    if how.combine is Combine.mean and len(chosen) > 1:
        terms = " + ".join(number(row.value) for row in chosen)
        sentence = f"({terms})÷{len(chosen)}{equals(value)}"
    return Evidence(value=value, points=value, rows=links, calculation=sentence)


def mean_evidence(scores: Sequence[tuple[Decimal, tuple[str, int]]]) -> Evidence | None:
    """Evidence that is the plain mean of points 0–100, each with its row; None without any."""
    if not scores:
        return None
    with localcontext(ARITHMETIC):
        mean = sum((points for points, _ in scores), ZERO) / len(scores)
    terms = " + ".join(number(points) for points, _ in scores)
    sentence = f"({terms})÷{len(scores)}{equals(mean)}" if len(scores) > 1 else ""
    return Evidence(value=mean, points=mean, rows=tuple(row for _, row in scores), calculation=sentence)


def required_so_far(yearly: Decimal, period_to: date, starts_on: date) -> Decimal:
    """Hours due by the end of a period: the yearly figure by whole months from January (or the month of joining) on.

    A quarter asks for its share of the year, so that 40 hours a year are 30 by the end of September.
    """
    first = starts_on.month if starts_on.year == period_to.year else 1
    months = period_to.month - first + 1 if starts_on <= period_to else 0
    with localcontext(ARITHMETIC):
        return (yearly * max(months, 0) / MONTHS).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def hours_points(done: Decimal, required: Decimal) -> Decimal:
    """Points 0–100: the share of the required learning hours done, at most 100."""
    if required <= 0:
        raise Refused("应修学时是 {required}，无法算完成率。请先确定这个人的学时要求。", required=required)
    with localcontext(ARITHMETIC):
        return max(ZERO, min(HUNDRED, HUNDRED * done / required))


def integrity_points(deductions: Iterable[Decimal]) -> Decimal:
    """100 less the verified deductions, at least 0; refuses one below zero, which would be a bonus."""
    taken = list(deductions)
    if wrong := [deduction for deduction in taken if deduction < 0]:
        raise Refused("扣分 {deduction} 不能是负数。请核对后重新录入。", deduction=wrong[0])
    with localcontext(ARITHMETIC):
        return max(ZERO, HUNDRED - sum(taken, ZERO))


def hours_evidence(done: Decimal, required: Decimal, rows: tuple[tuple[str, int], ...] = ()) -> Evidence | None:
    """Evidence of hour completion; None where nothing is required, for that proves nothing."""
    if required <= 0:
        return None
    points = hours_points(done, required)
    formula = f"100×{number(done)}÷{number(required)}"
    formula = f"min(100, {formula})" if done > required else formula
    return Evidence(value=done, points=points, rows=rows, calculation=formula + equals(points))


def integrity_evidence(deductions: Iterable[Decimal], rows: tuple[tuple[str, int], ...] = ()) -> Evidence:
    """Evidence of 廉: only verified deductions count; without any it is 100."""
    taken = tuple(deductions)
    points = integrity_points(taken)
    formula = " − ".join(map(number, (HUNDRED, *taken)))
    sentence = (formula if points else f"max(0, {formula})") + equals(points) if taken else ""
    return Evidence(points=points, rows=rows, calculation=sentence)


def round_score(points: Decimal) -> Decimal:
    """Half up to the hundredth, as a person would on paper."""
    with localcontext(ARITHMETIC):
        return points.quantize(SETTLED).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


@lru_cache(maxsize=16_384)  # the same weights and points come back for everybody
def plain(value: Decimal) -> str:
    """A number as text, without exponent and trailing zeros."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def number(value: Decimal) -> str:
    """A number for a sentence: four decimals at most, enough to land on the same hundredth by hand."""
    return plain(value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP))


def equals(points: Decimal) -> str:
    """The end of a sentence: = where the hundredth is exact, ≈ where it is rounded for the eye."""
    shown = round_score(points)
    return f" {'=' if shown == points else '≈'} {plain(shown)}"
