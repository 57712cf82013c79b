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
class Ruling:
    """How an item found faulty is marked from now on. kind: accept (these options or texts count as well), replace (only
    these do), full (everybody gets the points), remove (it counts for nobody, the rest is scaled to 100).
    """

    kind: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """What an answer earned; verdict: right, partly, wrong or blank."""

    points: Decimal
    full_points: Decimal
    verdict: str


def mark(
    question: Markable,
    value: Mapping[str, Any] | None,
    full_points: Decimal,
    multiple_rule: str,
    ruling: Ruling | None = None,
) -> Mark:
    """Points for one answer, 0 to full_points. value: {chosen: [keys]} or {text: words}; None is blank. A short answer
    is marked by a person: ask `needs_person` first, and `by_hand` afterwards.
    """
    if ruling is not None:
        return _ruled(question, value, full_points, multiple_rule, ruling)
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


def needs_person(question: Markable, value: Mapping[str, Any] | None) -> bool:
    """Whether an answer waits for a marker; a blank one earns nothing at once."""
    return str(question.type) == "short_answer" and not is_blank(value)


def by_hand(points: Decimal, full_points: Decimal) -> Mark:
    """The mark that a person has given."""
    verdict = "right" if points >= full_points else "partly" if points > 0 else "wrong"
    return Mark(min(points, full_points), full_points, verdict)


def _ruled(
    question: Markable, value: Mapping[str, Any] | None, full_points: Decimal, multiple_rule: str, ruling: Ruling
) -> Mark:
    """The mark under a ruling. 「full」 reaches blanks too: the item was at fault, not the person."""
    if ruling.kind == "remove":
        return Mark(Decimal(0), Decimal(0), "removed")
    if ruling.kind == "full":
        return Mark(full_points, full_points, "right")
    plain = mark(question, value, full_points, multiple_rule)
    if plain.verdict == "blank":
        return plain
    assert value is not None
    if question.options:
        again = _with_key(question, set(value.get("chosen", ())), multiple_rule, ruling)
        points = (again * full_points).quantize(CENT, ROUND_HALF_UP)
        other = Mark(points, full_points, "right" if again == 1 else "partly" if again > 0 else "wrong")
    else:
        other = _with_texts(question, str(value.get("text", "")), full_points, ruling.keys)
    return other if ruling.kind == "replace" or other.points > plain.points else plain


def _with_key(question: Markable, chosen: set[str], multiple_rule: str, ruling: Ruling) -> Decimal:
    """Share (0 to 1) of a choice. accept: a single choice of such an option is right; in a multiple choice it may be
    chosen or left. replace: the right options are exactly these.
    """
    keys = set(ruling.keys)
    if str(question.type) != "multiple":
        return Decimal(len(chosen) == 1 and chosen <= keys)
    if ruling.kind == "replace":
        return _multiple(keys, chosen, multiple_rule)
    right = right_keys(question) - keys
    return _multiple(right, chosen - keys, multiple_rule) if right else Decimal(bool(chosen & keys))


def _with_texts(question: Markable, text: str, full_points: Decimal, texts: Sequence[str]) -> Mark:
    if str(question.type) == "numeric":
        numbers = [number for one in texts if (number := numeric_value(one, question.unit_label)) is not None]
        given = numeric_value(text, question.unit_label)
        is_right = given is not None and any(abs(given - one) <= (question.tolerance or 0) for one in numbers)
    else:
        is_right = fill_in_matches(text, texts)
    return Mark(full_points if is_right else Decimal(0), full_points, "right" if is_right else "wrong")


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
    return _multiple(right_keys(question), chosen, rule)


def _multiple(right: set[str], chosen: set[str], rule: str) -> Decimal:
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
    """One question's mark with where it belongs; asked_points is what it was worth when it was asked."""

    section: int
    competency: str
    mark: Mark
    asked_points: Decimal | None = None


def _sums(marked: Iterable[Marked]) -> tuple[Decimal, Decimal]:
    """Points earned and points there are."""
    rows = list(marked)
    return (
        sum((row.mark.points for row in rows), Decimal(0)),
        sum((row.mark.full_points for row in rows), Decimal(0)),
    )


def _scaled(minimum: Decimal | None, marked: Iterable[Marked]) -> Decimal | None:
    """A section's minimum in proportion to the points that are left when items were removed from it."""
    if minimum is None:
        return None
    rows = list(marked)
    left = sum((row.mark.full_points for row in rows), Decimal(0))
    asked = sum((row.mark.full_points if row.asked_points is None else row.asked_points for row in rows), Decimal(0))
    return minimum if left == asked else (minimum * left / asked).quantize(CENT, ROUND_HALF_UP)


def total(marked: Sequence[Marked], sections: Sequence[tuple[int, str, Decimal | None]], pass_mark: Decimal) -> Grade:
    """Add up: the score on 100, passed when it reaches the pass mark and each section its minimum. Removed items count
    neither in the score nor among the questions; a section's minimum shrinks with them.
    """
    points, full = _sums(marked)
    score = (points * 100 / full).quantize(CENT, ROUND_HALF_UP) if full else Decimal(0)
    by_section = tuple(
        SectionTotal(
            position,
            title,
            *_sums(m for m in marked if m.section == position),
            _scaled(minimum, (m for m in marked if m.section == position)),
        )
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
        question_count=sum(m.mark.verdict != "removed" for m in marked),
        reasons=reasons,
    )
