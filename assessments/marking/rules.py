"""How an answer earns points. Pure arithmetic; a right answer in a tolerant form is a right answer."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

HALF = Decimal("0.5")
CENT = Decimal("0.01")
MAX_TEXT = 500
DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERALS = re.compile(f"[{''.join(DIGITS)}{''.join(UNITS)}]+")
TEN_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,12})万(?!\d)")
GROUPING = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})")
EDGES = "。．.,，、;；:：!！?？「」\"'“”‘’()（）《》〈〉"


class Markable(Protocol):
    """A question version as far as marking goes."""

    type: Any
    options: list[Any]
    accepted: list[Any]
    tolerance: Decimal | None
    unit_label: str


@dataclass(frozen=True)
class Mark:
    """What an answer earned; verdict: right, partly, wrong or blank."""

    points: Decimal
    full_points: Decimal
    verdict: str


def mark(question: Markable, value: Mapping[str, Any] | None, full_points: Decimal, multiple_rule: str) -> Mark:
    """Points for one answer, 0 to full_points. value: {chosen: [keys]} or {text: words}; None is blank."""
    if is_blank(value):
        return Mark(Decimal(0), full_points, "blank")
    assert value is not None
    if question.type in {"single", "true_false"}:
        share = Decimal(set(value.get("chosen", ())) == right_keys(question))
    elif question.type == "multiple":
        share = multiple_share(question, set(value.get("chosen", ())), multiple_rule)
    elif question.type == "fill_in":
        share = Decimal(fill_in_matches(str(value.get("text", "")), question.accepted))
    else:
        share = Decimal(numeric_matches(str(value.get("text", "")), question))
    points = (share * full_points).quantize(CENT, ROUND_HALF_UP)
    return Mark(points, full_points, "right" if share == 1 else "partly" if share > 0 else "wrong")


def is_blank(value: Mapping[str, Any] | None) -> bool:
    """Whether nothing was answered."""
    return not value or not (value.get("chosen") or str(value.get("text") or "").strip())


def right_keys(question: Markable) -> set[str]:
    """Keys of the right options."""
    return {option["key"] for option in question.options if option["is_right"]}


def multiple_share(question: Markable, chosen: set[str], rule: str) -> Decimal:
    """Share (0 to 1) of a multiple-choice answer: all_or_nothing; half_for_subset 少选得半, nothing with a wrong one;
    per_option: (right chosen − wrong chosen) ÷ right, never below 0.
    """
    right = right_keys(question)
    if chosen == right:
        return Decimal(1)
    if rule == "half_for_subset":
        return HALF if chosen and chosen < right else Decimal(0)
    if rule == "per_option":
        return max(Decimal(0), Decimal(len(chosen & right) - len(chosen - right)) / len(right))
    return Decimal(0)


def fill_in_matches(text: str, accepted: Iterable[str]) -> bool:
    """Tolerant match: width, case, spaces, punctuation at the ends and 一/1/１ make no difference."""
    given = folded(text)
    return bool(given) and any(given == folded(str(form)) for form in accepted)


def folded(text: str) -> str:
    """A text in the form in which answers are compared."""
    return _even(text).strip(EDGES)


def _even(text: str) -> str:
    """One width, one case, no spaces, no grouping commas, every numeral in digits."""
    plain = unicodedata.normalize("NFKC", text[:MAX_TEXT]).casefold()
    plain = GROUPING.sub("", "".join(plain.split()))
    plain = NUMERALS.sub(lambda found: arabic(found[0]), plain)
    return TEN_THOUSANDS.sub(lambda found: found[1] + "0000", plain)


def arabic(numeral: str) -> str:
    """A Chinese numeral below ten thousand as digits; 十四五 and other words that are no number stay as they are."""
    if all(char in DIGITS for char in numeral):
        return "".join(str(DIGITS[char]) for char in numeral)
    total, digit, unit, is_after_zero = 0, None, 10_000, False
    for char in numeral:
        if char in DIGITS:
            if digit is not None:
                return numeral
            digit = DIGITS[char] or None
            is_after_zero = is_after_zero or digit is None
        else:
            if UNITS[char] >= unit or (digit is None and char != "十"):
                return numeral
            unit = UNITS[char]
            total += (digit or 1) * unit
            digit, is_after_zero = None, False
    step = unit // 10 if unit < 10_000 and not is_after_zero else 1  # 一百二 is 120, 一百零二 is 102
    return str(total + (digit or 0) * step)


def numeric_value(text: str, unit_label: str = "") -> Decimal | None:
    """The number in an answer such as 「95%」, 「1,000 元」 or 「九十五」; None when there is none."""
    plain = _even(text).replace("−", "-").rstrip(EDGES)
    unit = _even(unit_label)
    if unit:
        plain = plain.removesuffix(unit)
    if unit in {"%", ""}:
        plain = plain.removesuffix("%")
    return Decimal(plain) if NUMBER.fullmatch(plain) else None


def numeric_matches(text: str, question: Markable) -> bool:
    """Whether the number given lies within the tolerance of the right one."""
    number = numeric_value(text, question.unit_label)
    if number is None:
        return False
    return abs(number - Decimal(str(question.accepted[0]))) <= (question.tolerance or Decimal(0))


@dataclass(frozen=True)
class SectionTotal:
    """Points of a section, and the least it must reach."""

    position: int
    title: str
    points: Decimal
    full_points: Decimal
    minimum: Decimal | None = None

    @property
    def is_reached(self) -> bool:
        return self.minimum is None or self.points >= self.minimum


@dataclass(frozen=True)
class AbilityTotal:
    """Points per competency."""

    code: str
    points: Decimal
    full_points: Decimal

    @property
    def percent(self) -> Decimal:
        return self.points * 100 / self.full_points if self.full_points else Decimal(0)


@dataclass(frozen=True)
class Grade:
    """The grade of an attempt."""

    score: Decimal
    full_points: Decimal
    is_passed: bool
    sections: tuple[SectionTotal, ...]
    abilities: tuple[AbilityTotal, ...]
    right_count: int
    question_count: int
    reasons: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Marked:
    """One question's mark with where it belongs."""

    section: int
    competency: str
    mark: Mark


def _sums(marked: Iterable[Marked]) -> tuple[Decimal, Decimal]:
    """Points earned and points there are."""
    rows = list(marked)
    return (
        sum((row.mark.points for row in rows), Decimal(0)),
        sum((row.mark.full_points for row in rows), Decimal(0)),
    )


def total(marked: Sequence[Marked], sections: Sequence[tuple[int, str, Decimal | None]], pass_mark: Decimal) -> Grade:
    """Add up: the score on 100, passed when it reaches the pass mark and each section its minimum."""
    points, full = _sums(marked)
    score = (points * 100 / full).quantize(CENT, ROUND_HALF_UP) if full else Decimal(0)
    by_section = tuple(
        SectionTotal(position, title, *_sums(m for m in marked if m.section == position), minimum)
        for position, title, minimum in sections
    )
    codes = sorted({m.competency for m in marked}, key=lambda code: (len(code), code))
    abilities = tuple(AbilityTotal(code, *_sums(m for m in marked if m.competency == code)) for code in codes)
    reasons = tuple(s.title for s in by_section if not s.is_reached)
    return Grade(
        score=score,
        full_points=full,
        is_passed=score >= pass_mark and not reasons,
        sections=by_section,
        abilities=abilities,
        right_count=sum(m.mark.verdict == "right" for m in marked),
        question_count=len(marked),
        reasons=reasons,
    )
