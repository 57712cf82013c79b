"""What counts as reading: seconds between beats, the way through a lesson, and when it is done. Pure."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lms.errors import Refused

BEAT_SECONDS = 20  # how often a visible page says it is being read
LONGEST_GAP = 40  # seconds that one beat can credit: a late beat still counts, an absent reader does not
LONGEST_READING = 3  # times the stated minutes that a lesson can be credited in all
MINUTE = 60


def credited(previous: datetime, now: datetime, longest: int, have: int, minutes: int) -> int:
    """Seconds that a sign of life earns: the time since the last one by the server's clock, at most `longest`, and
    never more in all than three times the stated minutes. A clock that went back earns nothing.
    """
    passed = int((now - previous).total_seconds())
    left = minutes * MINUTE * LONGEST_READING - have
    return max(0, min(passed, longest, left))


def longest_gap(opened_at: datetime, beat_at: datetime, minutes: int) -> int:
    """How much one sign of life may credit, in seconds. A page that has beaten since it was opened is held to the
    beat; one without script is given the time from opening, at most the lesson's stated minutes.
    """
    return LONGEST_GAP if beat_at > opened_at else minutes * MINUTE


def clamped(block: int, blocks: int) -> int:
    """A block number that exists in the text."""
    return max(1, min(block, max(1, blocks)))


def percent(furthest: int, blocks: int) -> int:
    """How far a reader is through a text that is not finished, 0 to 99."""
    if blocks <= 1:
        return 0
    return min(99, max(0, (furthest - 1) * 100 // blocks))


def minutes_left(minutes: int, furthest: int, blocks: int) -> int:
    """Minutes of reading still ahead, at least 1 while a lesson is not finished."""
    return max(1, math.ceil(minutes * (100 - percent(furthest, blocks)) / 100))


@dataclass(frozen=True)
class Asked:
    """A course that somebody is asked to do, as nouns above say: by when (instant), what asks for it, and whether it
    waits (somebody may have done enough of it already, or may choose another course).
    """

    code: str
    due_at: datetime
    what: str
    is_waiting: bool


@dataclass(frozen=True)
class Reading:
    """What the server knows of one person in one lesson."""

    furthest: int
    blocks: int
    seconds: int
    minutes: int
    checks: tuple[str, ...]
    answered: frozenset[str]
    has_script: bool


def least_seconds(minutes: int, share: Decimal) -> int:
    """Seconds that must be credited before a lesson is done: the dated share of its stated minutes."""
    return math.ceil(minutes * MINUTE * share)


def unanswered(checks: Iterable[str], answered: Collection[str]) -> list[str]:
    """The 随堂一问 without an answer, in their order."""
    return [check for check in checks if check not in answered]


def check_may_finish(reading: Reading, share: Decimal) -> None:
    """A lesson is done when every 随堂一问 is answered, right or wrong, the end was reached, and enough time was
    credited; else a sentence that says what is missing. Without script there is no block to go by, only time.
    """
    open_checks = unanswered(reading.checks, reading.answered)
    if open_checks:
        raise Refused("还有 {n} 个随堂一问没有答。答对答错都可以，答完再点「学完本节」。", n=len(open_checks))
    if reading.has_script and reading.furthest < reading.blocks:
        raise Refused("还没有读到最后。读完余下的部分，再点「学完本节」。")
    least = least_seconds(reading.minutes, share)
    if reading.seconds < least:
        raise Refused(
            "这一节至少要读 {need}，现在读了 {have}。进度已经保存，接着读完就可以。",
            need=duration(least),
            have=duration(reading.seconds),
        )


def duration(seconds: int) -> str:
    """Seconds as minutes and seconds, as people say them."""
    minutes, rest = divmod(seconds, MINUTE)
    if not minutes:
        return f"{rest} 秒"
    return f"{minutes} 分 {rest} 秒" if rest else f"{minutes} 分钟"


def is_right(chosen: Collection[int], right: Collection[int]) -> bool:
    """An answer is right when exactly the right options were chosen."""
    return set(chosen) == set(right)


def checked_choice(chosen: Sequence[int], options: int, *, is_multiple: bool) -> list[int]:
    """The chosen positions, sorted and each once; refused when none, too many, or one that does not exist."""
    positions = sorted(set(chosen))
    if not positions:
        raise Refused("先选一个答案，再看解析。")
    if any(not 0 <= position < options for position in positions) or (len(positions) > 1 and not is_multiple):
        raise Refused("这个选项不在题目里。刷新页面后再选一次。")
    return positions


def is_complete(units: Iterable[int], done: Collection[int]) -> bool:
    """A course is complete when it has units and each of them is done."""
    wanted = set(units)
    return bool(wanted) and wanted <= set(done)


def check_may_enrol(*, is_open: bool) -> None:
    """Newcomers only into courses that are in the library."""
    if not is_open:
        raise Refused("这门课已经停开，不能再加入；以前的学习记录都在。")
