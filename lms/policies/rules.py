"""What a policy entry must hold, which version counts, and how a status reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from lms.errors import Refused
from lms.policies.models import ClauseMark, PolicyStatus

STATUS_WORDS: dict[PolicyStatus, tuple[str, str]] = {
    PolicyStatus.draft: ("征求意见", "info"),
    PolicyStatus.in_force: ("现行有效", "ok"),
    PolicyStatus.amended: ("已修改", "warn"),
    PolicyStatus.superseded: ("已被替代", "warn"),
    PolicyStatus.repealed: ("已废止", "danger"),
}
MARK_WORDS: dict[ClauseMark, str] = {
    ClauseMark.checked: "已与公开文本核对",
    ClauseMark.local: "需本地确认",
}
CHANGE_LENGTH = 200  # characters: an update says what changed, the lesson explains it
CHOICE_KEYS = "ABCD"
READING_MINUTES = 2
NEEDED = ("code", "ref", "title", "number", "issuer", "level", "versions")


class Dated(Protocol):
    """A version, as far as its validity goes."""

    status: PolicyStatus
    effective_on: date | None


def status_words(status: PolicyStatus, effective_on: date | None, day: date) -> tuple[str, str]:
    """The words and tone for a version on a day; one in force that has not begun says so."""
    if status == PolicyStatus.in_force and effective_on is not None and effective_on > day:
        return "尚未施行", "info"
    return STATUS_WORDS[status]


def holds(status: PolicyStatus, effective_on: date | None, day: date) -> bool:
    """Whether a version may be relied upon on that day."""
    return status == PolicyStatus.in_force and (effective_on is None or effective_on <= day)


def faults(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with an entry of the registry, a sentence each; empty when it can be loaded."""
    found = [f"缺少 {key}。" for key in NEEDED if not entry.get(key)]
    labels: set[str] = set()
    for version in entry.get("versions") or []:
        label = str(version.get("label", ""))
        if not label:
            found.append("有一个版本没有 label。")
        if label in labels:
            found.append(f"版本「{label}」出现了两次。")
        labels.add(label)
        if version.get("status") not in set(PolicyStatus):
            found.append(f"版本「{label}」的 status「{version.get('status')}」不是 {'、'.join(PolicyStatus)} 之一。")
        for day in ("issued_on", "effective_on"):
            if version.get(day) is not None and not isinstance(version[day], date):
                found.append(f"版本「{label}」的 {day} 应写成 2017-07-01 这样的日期。")
        found += _clause_faults(label, version.get("clauses") or [])
    return found


def _clause_faults(label: str, clauses: list[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    numbers: set[str] = set()
    for clause in clauses:
        number = str(clause.get("number", ""))
        if not number or not clause.get("gist"):
            found.append(f"版本「{label}」有一条没有 number 或 gist。")
        if number in numbers:
            found.append(f"版本「{label}」的条款「{number}」出现了两次。")
        numbers.add(number)
        if clause.get("mark") not in set(ClauseMark):
            found.append(f"条款「{number}」的 mark 应为 checked 或 local。")
        if clause.get("mark") == ClauseMark.checked and not clause.get("checked_on"):
            found.append(f"条款「{number}」标了 checked，要写 checked_on。")
    return found


@dataclass(frozen=True)
class Draft:
    """An update as a trainer writes it; right is the key of the right choice."""

    title: str
    change: str
    effective_on: date
    due_on: date
    is_for_all: bool
    unit_ids: tuple[int, ...] = ()
    question: str = ""
    choices: tuple[str, ...] = ()
    right: str = ""


def check_update(draft: Draft, today: date) -> None:
    """Refuse an update that nobody could read in time, that concerns nobody, or whose question has no answer."""
    if len(draft.change) > CHANGE_LENGTH:
        raise Refused("「改了什么」最多 {n} 个字，现在 {m} 个。细节放进课节。", n=CHANGE_LENGTH, m=len(draft.change))
    if draft.due_on < today:
        raise Refused("确认期限不能早于今天。")
    if not draft.is_for_all and not draft.unit_ids:
        raise Refused("选择至少一个单位，或改为全体学员。")
    if not draft.question:
        if any(draft.choices):
            raise Refused("写了选项，还要写自测题的题干；不要自测题就把选项清空。")
        return
    if len([one for one in draft.choices if one]) < 2:
        raise Refused("自测题至少写两个选项。")
    if (
        not 0 <= CHOICE_KEYS.find(draft.right or "-") < len(draft.choices)
        or not draft.choices[CHOICE_KEYS.index(draft.right)]
    ):
        raise Refused("选定自测题的正确选项。")


def choices(draft: Draft) -> list[dict[str, Any]]:
    """The choices of the check question as they are kept."""
    if not draft.question:
        return []
    return [
        {"key": key, "text": text, "is_right": key == draft.right}
        for key, text in zip(CHOICE_KEYS, draft.choices, strict=False)
        if text
    ]


def check_may_confirm(kept: Sequence[Mapping[str, Any]], answer: str, *, is_withdrawn: bool) -> None:
    """Refuse 我已读懂 for an update taken back, or before its question is answered rightly."""
    if is_withdrawn:
        raise Refused("这条更新已经收回，不用确认。")
    if not kept:
        return
    if answer not in {one["key"] for one in kept}:
        raise Refused("先回答下面的自测题，再确认。")
    if not any(one["key"] == answer and one["is_right"] for one in kept):
        raise Refused("还差一点。再看一遍「改了什么」，换一个答案。")


def check_may_withdraw(reason: str, *, is_withdrawn: bool) -> str:
    """The trimmed reason; refuse a second withdrawal or one without a reason."""
    reason = " ".join(reason.split())
    if is_withdrawn:
        raise Refused("这条更新已经收回过了。")
    if len(reason) < 4:
        raise Refused("写清收回的理由（至少 4 个字），收到的人会看到。")
    return reason[:200]
