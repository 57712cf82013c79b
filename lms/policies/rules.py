"""What a policy entry must hold, which version counts, and how a status reads."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

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
