"""What may be done with an attempt, and what an answer may look like. `now` is an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lms.errors import Refused

MAX_TEXT = 500
MOST_EXTENSION = 120  # minutes at a time
LOST_AFTER = timedelta(minutes=3)  # an open page is heard of every minute or two
CLOCK_SLACK = timedelta(seconds=2)  # a monotonic clock may run that much ahead of the server's
LONGEST_TEXT = {"short_answer": 2_000}  # characters, where an answer may be longer
TIME_UP = "时间到，已按最后保存的答案交卷。"
TOO_LATE = "时间到。这个答案不是截止前作答的，或补传得太晚，没有计入。"
MOVED = "考试已经移到另一台设备上，这里只能看，不能再改。要在这里继续，请点「移到这台设备」。"
_CONTROL = dict.fromkeys([*range(9), *range(0x0B, 0x20), 0x7F], None)


class Closed(Refused):
    """The attempt takes no more answers: handed in, voided, or out of time."""


class Moved(Refused):
    """The exam has moved to another device."""


class Overtaken(Refused):
    """A newer answer to this question is there already, from another tab; next_seq is the number to save with."""

    def __init__(self, next_seq: int) -> None:
        super().__init__("另一个窗口刚保存了这道题，这一次没有保存。刷新页面看看，再选一次。")
        self.next_seq = next_seq


@dataclass(frozen=True)
class Stamp:
    """When a page says an answer was given: the server's time as of the page, and the time since by a clock that
    nobody can set.
    """

    loaded_at: datetime
    elapsed: timedelta


def reckoned(
    stamp: Stamp | None, started_at: datetime, now: datetime, previous_at: datetime | None = None
) -> datetime | None:
    """When an answer was given, in the server's time; None for a stamp that cannot be true.

    That is one of a page from before the attempt or after the receipt, one that runs backwards or longer than the page
    has been open, and one from before the answer that was saved last (previous_at). A server whose clock was set back
    before the start believes none.
    """
    if (
        now < started_at
        or stamp is None
        or stamp.elapsed < timedelta(0)
        or not started_at - CLOCK_SLACK <= stamp.loaded_at <= now
    ):
        return None
    given_at = stamp.loaded_at + stamp.elapsed
    if given_at > now + CLOCK_SLACK or (previous_at is not None and given_at < previous_at):
        return None
    return max(started_at, min(given_at, now))


def check_may_save(
    status: str,
    deadline_at: datetime,
    epoch: int,
    given_epoch: int,
    now: datetime,
    *,
    grace_until: datetime | None = None,
    given_at: datetime | None = None,
) -> None:
    """Refuse a save to a closed attempt, after the deadline, or from a device the exam has left.

    What was given before the deadline (given_at) may still arrive until grace_until.
    """
    if status == "voided":
        raise Closed("这次作答已经作废，答案没有保存。原因见成绩页。")
    if status != "open":
        raise Closed("已经交卷，不能再改答案。之前保存的答案都已计入。")
    if now >= deadline_at:
        if grace_until is None:
            raise Closed(TIME_UP)
        if now >= grace_until or given_at is None or given_at >= deadline_at:
            raise Closed(TOO_LATE)
    if given_epoch != epoch:
        raise Moved(MOVED)


def grace_until(deadline_at: datetime, grace_minutes: int) -> datetime | None:
    """Until when answers from before the deadline may arrive; None where the exam gives no grace."""
    return deadline_at + timedelta(minutes=grace_minutes) if grace_minutes else None


def watched(status: str, deadline_at: datetime, seen_at: datetime | None, now: datetime) -> str:
    """How an attempt looks to whoever invigilates: done (handed in or void), late (time is up, answers may still come),
    lost (nothing heard of its page for some minutes), or working.
    """
    if status != "open":
        return "done"
    if now >= deadline_at:
        return "late"
    return "lost" if seen_at is None or now - seen_at > LOST_AFTER else "working"


def check_may_extend(status: str, minutes: int) -> None:
    """Refuse more time for an attempt that is over, and amounts nobody means."""
    if status != "open":
        raise Refused("这次作答已经结束，不能再加时。")
    if not 1 <= minutes <= MOST_EXTENSION:
        raise Refused("一次加时应在 1 到 {most} 分钟之间，现在是 {n}。", most=MOST_EXTENSION, n=minutes)


def check_may_submit(status: str) -> None:
    """Refuse handing in twice."""
    if status == "voided":
        raise Refused("这次作答已经作废，不能交卷。原因见成绩页。")
    if status != "open":
        raise Refused("这次作答已经交过卷，成绩没有变。")


def check_may_finish(status: str) -> None:
    """Refuse to make a result out of marks where none is wanted any more."""
    if status != "awaiting":
        raise Refused("这次作答不在阅卷中：成绩已经出了，或者已经作废。刚才的评分没有改动成绩。")


def check_may_void(status: str, reason: str) -> str:
    """The trimmed reason; refuse a second voiding or one without a reason."""
    reason = " ".join(reason.split())
    if status == "voided":
        raise Refused("这次作答已经作废过了。")
    if len(reason) < 4:
        raise Refused("写清作废的理由（至少 4 个字），本人会看到。")
    return reason[:300]


def read_value(
    given: Mapping[str, Any], keys: Sequence[str], *, is_multiple: bool, longest: int = MAX_TEXT
) -> dict[str, Any]:
    """The answer in the form it is kept: {chosen: [keys]} or {text: words}, with flagged where it was marked.

    keys are the question's options, empty for a question answered in words. Refuses what cannot be an answer.
    """
    value: dict[str, Any] = {}
    if keys:
        chosen = _chosen(given.get("chosen") or [], keys, is_multiple=is_multiple)
        if chosen:
            value["chosen"] = chosen
    else:
        text = _text(given.get("text") or "", longest)
        if text:
            value["text"] = text
    if given.get("flagged"):
        value["flagged"] = True
    return value


def _chosen(chosen: Any, keys: Sequence[str], *, is_multiple: bool) -> list[str]:
    if not isinstance(chosen, list | tuple) or not all(isinstance(key, str) for key in chosen):
        raise Refused("这个答案看不懂，没有保存。刷新页面再选一次。")
    unknown = set(chosen) - set(keys)
    if unknown:
        raise Refused("选项里没有 {keys}，没有保存。刷新页面再选一次。", keys=_clean("、".join(sorted(unknown)))[:40])
    if not is_multiple and len(set(chosen)) > 1:
        raise Refused("这道题只能选一项，没有保存。")
    return sorted(set(chosen))


def _text(text: Any, longest: int) -> str:
    if not isinstance(text, str):
        raise Refused("这个答案看不懂，没有保存。刷新页面再填一次。")
    text = text.replace("\r\n", "\n")
    if len(text) > longest:
        raise Refused("答案最多 {n} 个字，现在太长，没有保存。", n=longest)
    return _clean(text).strip()


def _clean(text: str) -> str:
    """Without control characters and halves of characters, which not every database can keep."""
    return text.encode("utf-8", "ignore").decode().translate(_CONTROL)


def is_answered(value: Mapping[str, Any] | None) -> bool:
    """Whether a saved value answers the question (a flag alone does not)."""
    return bool(value and (value.get("chosen") or value.get("text")))
