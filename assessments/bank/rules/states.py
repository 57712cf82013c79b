"""How a question moves: draft → in review → published by another than its authors; retired and restored with a reason."""

from collections.abc import Collection
from typing import Protocol, TypeVar

from assessments.bank.models import DraftState
from lms.errors import Refused

STATE_LABELS: dict[str, tuple[str, str]] = {
    "published": ("已发布", "ok"),
    "draft": ("草稿", ""),
    "in_review": ("待审", "warn"),
    "returned": ("退回", "danger"),
    "retired": ("已停用", ""),
}


class Standing(Protocol):
    """A question as far as its state goes."""

    is_retired: bool
    current_id: int | None
    edition: int


class Working(Protocol):
    """Its working copy."""

    state: DraftState
    author_ids: list[int]


W = TypeVar("W", bound=Working)


def state_of(question: Standing, draft: Working | None) -> str:
    """One word for where a question stands: retired, else its working copy's state, else published."""
    if question.is_retired:
        return "retired"
    return draft.state.value if draft else "published"


def check_edition(question: Standing, seen: int) -> None:
    """Refuse a change that was made on another state of the question than the present one."""
    if question.edition != seen:
        raise Refused("这道题刚刚被别人改过，你的改动还没有写进去。看看最新情况再决定。")


def check_may_edit(question: Standing, draft: Working | None) -> None:
    """Refuse to change what is in review or retired."""
    if question.is_retired:
        raise Refused("这道题已经停用，恢复以后才能修改。")
    if draft is not None and draft.state == DraftState.in_review:
        raise Refused("这道题正在审核，撤回送审以后才能修改。")


def check_untouched(question: Standing, draft: Working | None) -> None:
    """Refuse a change from a sheet where somebody is writing, or the question is in review or retired."""
    check_may_edit(question, draft)
    if draft is not None:
        raise Refused("这道题有没发布的草稿，先在题库里处理。")


def check_may_send(question: Standing, draft: W | None, gap_count: int) -> W:
    """The working copy that may go to review: there is one, complete, and not there yet."""
    if question.is_retired:
        raise Refused("这道题已经停用，恢复以后才能送审。")
    if draft is None:
        raise Refused("这道题没有改动，不用送审。")
    if draft.state == DraftState.in_review:
        raise Refused("这道题已经在审核。")
    if gap_count:
        raise Refused("还有 {n} 处没有写好，补齐以后再送审。草稿都在。", n=gap_count)
    return draft


def check_in_review(draft: W | None) -> W:
    """The working copy that is in review."""
    if draft is None or draft.state != DraftState.in_review:
        raise Refused("这道题现在不在审核，可能刚被撤回或已经审完。")
    return draft


def check_reviewer(draft: Working | None, reviewer_id: int | None) -> None:
    """Refuse a decision on one's own writing: two people stand behind a published question."""
    if reviewer_id in check_in_review(draft).author_ids:
        raise Refused("这一稿你参与了编写，要由另一位培训师审核。")


def is_reviewer(draft: Working, person_id: int) -> bool:
    """Whether a person may decide on this working copy."""
    return draft.state == DraftState.in_review and person_id not in draft.author_ids


def check_reason(reason: str, sentence: str) -> str:
    """The reason without spaces around it; refuses an empty one with that sentence."""
    if not reason.strip():
        raise Refused(sentence)
    return reason.strip()[:500]


def check_may_retire(question: Standing) -> None:
    """Refuse to retire twice."""
    if question.is_retired:
        raise Refused("这道题已经停用。")


def check_may_restore(question: Standing) -> None:
    """Refuse to restore what is in use."""
    if not question.is_retired:
        raise Refused("这道题正在使用，不用恢复。")


def tags_in(words: str) -> list[str]:
    """The tags in a line of words: set apart by spaces or commas, each once, at most 20 characters and 10 tags."""
    found = dict.fromkeys(words.replace("，", " ").replace(",", " ").replace("、", " ").replace("#", " ").split())
    too_long = next((tag for tag in found if len(tag) > 20), None)
    if too_long:
        raise Refused("标签「{tag}」太长，一个标签最多 20 个字。", tag=too_long[:20])
    if len(found) > 10:
        raise Refused("一道题最多 10 个标签，现在有 {n} 个。", n=len(found))
    return list(found)


def split_by(present: Collection[str], wanted: Collection[str]) -> tuple[set[str], set[str]]:
    """(to add, to take away) so that present becomes wanted."""
    return set(wanted) - set(present), set(present) - set(wanted)
