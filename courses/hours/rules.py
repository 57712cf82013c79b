"""How minutes become learning hours: bands, quarters, a daily maximum. Every number comes from a dated row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

from lms.errors import Refused

QUARTER = Decimal("0.25")
NONE = Decimal(0)
CATEGORIES = {
    "online": "网络自学",
    "concentrated": "集中培训",
    "public": "公需科目",
    "professional": "专业科目",
    "party": "党性教育",
    "onboarding": "岗前培训",
}


class Dated(Protocol):
    """A row that holds from a day, perhaps to a day."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


D = TypeVar("D", bound=Dated)
Bands = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Credit:
    """What an activity earns, and the sentence that shows how (Chinese, kept with the line)."""

    hours: Decimal
    calculation: str


def in_force(rows: Iterable[D], day: date) -> D | None:
    """The row that holds on a day; of several the newest."""
    holding = [row for row in rows if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)]
    return max(holding, key=lambda row: row.valid_from, default=None)


def shown(hours: Decimal) -> str:
    """Hours as people write them, without trailing zeros."""
    text = f"{hours:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quarter(hours: Decimal) -> Decimal:
    """Hours cut down to a whole quarter: what is not earned in full is not counted."""
    return (hours / QUARTER).to_integral_value(ROUND_FLOOR) * QUARTER


class Line(Protocol):
    """A line of the ledger as far as its sum goes."""

    @property
    def category(self) -> str: ...
    @property
    def hours(self) -> Decimal: ...


def by_category(lines: Iterable[Line]) -> dict[str, Decimal]:
    """Hours of each category that occurs, in the order of the categories; reversals are taken off."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.category] = sums.get(line.category, NONE) + line.hours
    return {code: sums[code] for code in (*CATEGORIES, *sums) if code in sums}


def _band(minutes: int, bands: Bands) -> Mapping[str, Any] | None:
    for band in bands:
        if "at_most" in band and minutes > band["at_most"]:
            continue
        if "below" in band and minutes >= band["below"]:
            continue
        return band
    return None


def hours_for(minutes: int, bands: Bands) -> Decimal:
    """Hours of an activity of that many minutes: the first band it falls in; none for no time."""
    band = _band(minutes, bands) if minutes > 0 else None
    return quarter(Decimal(str(band["hours"]))) if band else NONE


def words(minutes: int, bands: Bands) -> str:
    """Which band applied, as a sentence."""
    band = _band(minutes, bands) if minutes > 0 else None
    if band is None:
        return f"{minutes} 分钟，不计学时"
    earned = f"计 {shown(hours_for(minutes, bands))} 学时"
    if "at_most" in band:
        return f"{minutes} 分钟，不超过 {band['at_most']} 分钟，{earned}"
    if "below" in band:
        return f"{minutes} 分钟，不满 {band['below']} 分钟，{earned}"
    last = next((b.get("below", b.get("at_most")) for b in reversed(bands) if "below" in b or "at_most" in b), None)
    if last is None:
        return f"通过一次，{earned}"
    return f"{minutes} 分钟，{last} 分钟以上，{earned}"


def credit(minutes: int, bands: Bands, daily_maximum: Decimal, counted: Decimal) -> Credit:
    """What an activity earns on a day on which `counted` hours are in the ledger already."""
    earned, sentence = hours_for(minutes, bands), words(minutes, bands)
    left = max(NONE, quarter(daily_maximum - counted))
    if earned <= left:
        return Credit(earned, sentence)
    limit = f"当日上限 {shown(daily_maximum)} 学时，已计 {shown(counted)}，实计 {shown(left)} 学时"
    return Credit(left, f"{sentence}；{limit}")


def check_may_reverse(hours: Decimal, *, is_reversal: bool, is_reversed: bool, reason: str) -> None:
    """A line with hours is reversed once, with a reason; a reversal stays."""
    if is_reversal:
        raise Refused("这一行本身就是冲销，不能再冲销。要恢复学时，请按新的依据另记一行。")
    if is_reversed:
        raise Refused("这一行已经冲销过。")
    if hours == NONE:
        raise Refused("这一行是 0 学时，不用冲销。")
    if not reason.strip():
        raise Refused("写明冲销的理由，本人会看到。")


def rule_faults(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule as written: bands must rise in length and in hours, and end."""
    found = [f"缺少 {name}。" for name in ("code", "activity", "title", "category", "bands") if not entry.get(name)]
    if not isinstance(entry.get("valid_from"), date):
        found.append("valid_from 应写成 2024-01-01 这样的日期。")
    if entry.get("category") not in CATEGORIES:
        found.append(f"category 应为 {'、'.join(CATEGORIES)} 之一。")
    edge, hours = 0, NONE
    bands = entry.get("bands") or []
    for position, band in enumerate(bands, start=1):
        here = band.get("below", band.get("at_most"))
        if here is None and position < len(bands):
            found.append(f"第 {position} 档没有上限，后面的档永远轮不到。")
        if here is not None and here <= edge:
            found.append(f"第 {position} 档的上限要大于前一档。")
        edge = here if here is not None else edge
        try:
            amount = Decimal(str(band.get("hours")))
        except InvalidOperation:
            found.append(f"第 {position} 档的 hours 要写数。")
            continue
        if amount < hours or amount != quarter(amount):
            found.append(f"第 {position} 档的学时要是 0.25 的倍数，且不少于前一档。")
        hours = amount
    return found
