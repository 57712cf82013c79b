"""Points by a rubric, who may mark, and when two marks agree. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from lms.errors import Refused

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
LEAST_REASON, LONGEST_REASON, LONGEST_COMMENT = 4, 300, 500
WORKING_DAYS = 5  # until a script is due, where an exam says nothing else
THRESHOLD_PERCENT = 20
SETTLED = 0
FIRST, SECOND, THIRD = 1, 2, 3


@dataclass(frozen=True)
class Terms:
    """How an exam's answers are marked."""

    is_double: bool = False
    threshold_percent: int = THRESHOLD_PERCENT
    working_days: int = WORKING_DAYS


def read_rows(rubric: Sequence[Mapping[str, Any]], given: Sequence[str]) -> list[dict[str, str]]:
    """[{criterion, points, most}] as they are kept, from what was typed for each criterion; refuses gaps and excess."""
    rows = []
    for place, row in enumerate(rubric):
        typed = given[place].strip() if place < len(given) else ""
        most, points = Decimal(row["points"]), _number(typed)
        if points is None:
            raise Refused("「{criterion}」还没有给分。", criterion=row["criterion"])
        if not 0 <= points <= most:
            raise Refused(
                "「{criterion}」应给 0 到 {most} 分，现在是 {points}。",
                criterion=row["criterion"],
                most=most,
                points=points,
            )
        rows.append({"criterion": row["criterion"], "points": f"{points:f}", "most": f"{most:f}"})
    return rows


def _number(typed: str) -> Decimal | None:
    try:
        number = Decimal(typed)
        return number if number.is_finite() and number == number.quantize(CENT) else None
    except InvalidOperation:  # no number, or more digits than can be rounded
        return None


def points_for(rows: Sequence[Mapping[str, str]], full_points: Decimal) -> Decimal:
    """What the criteria are worth in the paper: their share of the rubric's sum, times the question's points."""
    most = sum((Decimal(row["most"]) for row in rows), Decimal(0))
    given = sum((Decimal(row["points"]) for row in rows), Decimal(0))
    return (given * full_points / most).quantize(CENT, ROUND_HALF_UP) if most else Decimal(0)


def settle(points: Sequence[Decimal], terms: Terms, full_points: Decimal) -> tuple[int, Decimal | None]:
    """(round wanted next, points): one mark, or two whose difference is within the threshold (their mean), or a third
    that decides alone. points: the mark that counts in each round so far.
    """
    if not points:
        return FIRST, None
    if not terms.is_double:
        return SETTLED, points[-1]
    if len(points) == FIRST:
        return SECOND, None
    if len(points) == SECOND:
        if abs(points[0] - points[1]) * HUNDRED <= full_points * terms.threshold_percent:
            return SETTLED, ((points[0] + points[1]) / 2).quantize(CENT, ROUND_HALF_UP)
        return THIRD, None
    return SETTLED, points[-1]


def check_may_mark(
    *, stage: int, wanted: int, is_waiting: bool, person_id: int, marker_id: int, earlier: Collection[int]
) -> None:
    """Refuse a mark of one's own answer, a second one by the same marker, and one that somebody else was quicker with."""
    if person_id == marker_id:
        raise Refused("不能给自己的答卷评分。这一份留给别人。")
    if not is_waiting:
        raise Refused("这一份不再需要评分：成绩已经出了，或者作答已经作废。刚才的评分没有保存。")
    if marker_id in earlier:
        raise Refused("这一份你已经评过分。第二次评分要由另一个人做。")
    if stage != wanted:
        raise Refused("这一份刚由别人评完，你的评分没有保存。接着看下一份。")


def check_may_change(*, is_waiting: bool, marker_id: int, changed_by: int, reason: str) -> str:
    """The trimmed reason for changing one's own mark; refused once the result is out."""
    if marker_id != changed_by:
        raise Refused("只能改自己评的分。")
    if not is_waiting:
        raise Refused("成绩已经出了，评分不能再改。本人有异议时，由另一个人重新评分。")
    return checked_reason(reason)


def checked_reason(reason: str) -> str:
    """A reason of at least four characters."""
    words = " ".join(reason.split())
    if len(words) < LEAST_REASON:
        raise Refused("写清改分的理由（至少 4 个字），会留在记录里。")
    return words[:LONGEST_REASON]


def check_terms(terms: Terms) -> None:
    """Refuse terms that cannot work."""
    if not 0 <= terms.threshold_percent <= 100:
        raise Refused("分差应在 0 到 100 之间，现在是 {n}。", n=terms.threshold_percent)
    if not 1 <= terms.working_days <= 60:
        raise Refused("阅卷期限应在 1 到 60 个工作日之间，现在是 {n}。", n=terms.working_days)
