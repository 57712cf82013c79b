"""What may be ruled, what a score becomes when one item is marked otherwise, and who answers objections. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from assessments.marking.rules import Mark, Ruling
from lms.errors import Refused

CENT = Decimal("0.01")
LEAST_REASON, LONGEST_REASON = 4, 300
LEAST_OBJECTION, LONGEST_OBJECTION = 6, 500
MOST_TEXTS, LONGEST_TEXT = 10, 60
KINDS = {
    "accept": "再认可一个答案",
    "replace": "更换正确答案",
    "full": "全部给满分",
    "remove": "不计本题，按其余题折算",
}
BY_HAND = frozenset({"full", "remove"})  # what can be ruled on a question that people mark


class Asked(Protocol):
    """A wording as far as rulings go."""

    type: Any
    options: list[Any]


def read_ruling(question: Asked, kind: str, keys: Sequence[str]) -> Ruling:
    """The ruling that was asked for; refuses what cannot be ruled on this question."""
    if kind not in KINDS:
        raise Refused("先选怎样改判。")
    if str(question.type) == "short_answer" and kind not in BY_HAND:
        raise Refused("简答题由人评分，只能全部给满分或不计本题；某一份评得不对，从异议里重新评分。")
    if kind in BY_HAND:
        return Ruling(kind)
    given = tuple(dict.fromkeys(key.strip() for key in keys if key.strip()))
    if not given:
        raise Refused("写清还认可哪个答案。" if kind == "accept" else "写清正确答案是哪个。")
    if question.options:
        _check_options(question, kind, given)
    elif len(given) > MOST_TEXTS or any(len(one) > LONGEST_TEXT for one in given):
        raise Refused("最多写 {n} 种答案，每种最多 {most} 个字。", n=MOST_TEXTS, most=LONGEST_TEXT)
    return Ruling(kind, given)


def _check_options(question: Asked, kind: str, given: tuple[str, ...]) -> None:
    there = {option["key"] for option in question.options}
    right = {option["key"] for option in question.options if option["is_right"]}
    if unknown := sorted(set(given) - there):
        raise Refused("这道题没有选项 {keys}。", keys="、".join(unknown)[:20])
    if kind == "accept" and set(given) <= right:
        raise Refused("选的本来就是正确答案，不用改判。")
    if kind == "replace" and set(given) == right:
        raise Refused("选的就是现在的正确答案，不用改判。")
    if kind == "replace" and str(question.type) == "multiple" and len(given) < 2:
        raise Refused("多选题的正确答案至少两个。")


def checked_reason(reason: str) -> str:
    """A reason that everybody whose score changes will read."""
    words = " ".join(reason.split()).rstrip("。")
    if len(words) < LEAST_REASON:
        raise Refused("写清改判的理由（至少 4 个字），成绩变了的人会看到。")
    return words[:LONGEST_REASON]


@dataclass(frozen=True)
class Standing:
    """A result before or after: score on a hundred, passed or not."""

    score: Decimal
    is_passed: bool


def after(
    sections: Sequence[Mapping[str, Any]],
    section: int,
    before: Mark,
    now: Mark,
    minima: Mapping[int, Decimal],
    asked: Mapping[int, Decimal],
    pass_mark: Decimal,
) -> Standing:
    """The result when one item of a section is marked `now` instead of `before`; the same sums as `marking.rules.total`.

    sections: those of the result, {position, points, full_points}; minima and asked: a section's minimum and what its
    questions were worth when asked, where it has a minimum.
    """
    points, full, reached = Decimal(0), Decimal(0), True
    for one in sections:
        p, f = Decimal(one["points"]), Decimal(one["full_points"])
        if one["position"] == section:
            p += now.points - before.points
            f += now.full_points - before.full_points
        points, full = points + p, full + f
        least = minima.get(one["position"])
        if least is not None:
            worth = asked[one["position"]]
            scaled = least if f == worth else (least * f / worth).quantize(CENT, ROUND_HALF_UP)
            reached = reached and p >= scaled
    score = (points * 100 / full).quantize(CENT, ROUND_HALF_UP) if full else Decimal(0)
    return Standing(score, score >= pass_mark and reached)


def check_objection(reason: str, *, status: str, is_known: bool) -> str:
    """The trimmed reason; refuses an objection to what is not graded, a second one, or one without a reason."""
    if status != "handed_in":
        raise Refused("这次作答还没有成绩，或者已经作废，不能对题目提异议。")
    if is_known:
        raise Refused("这道题你已经提过异议，回复会出现在成绩页。")
    words = " ".join(reason.split())
    if len(words) < LEAST_OBJECTION:
        raise Refused("写清为什么有异议（至少 6 个字），例如依据哪一条。")
    if len(words) > LONGEST_OBJECTION:
        raise Refused("理由最多 {n} 个字，现在 {have} 个。", n=LONGEST_OBJECTION, have=len(words))
    return words


def check_may_answer(*, answerer: int, person_id: int, author_id: int | None, is_answered: bool) -> None:
    """An objection is answered once, by somebody who neither raised it nor wrote the question."""
    if is_answered:
        raise Refused("这条异议已经答复过，答复没有变。")
    if answerer == person_id:
        raise Refused("不能答复自己提的异议。")
    if author_id is not None and answerer == author_id:
        raise Refused("这道题是你写的，异议由另一位培训师答复。")


def checked_answer(answer: str) -> str:
    """The words of an answer."""
    words = answer.strip()
    if len(words) < LEAST_REASON:
        raise Refused("写清答复（至少 4 个字），提异议的人会看到。")
    if len(words) > LONGEST_OBJECTION:
        raise Refused("答复最多 {n} 个字，现在 {have} 个。", n=LONGEST_OBJECTION, have=len(words))
    return words
