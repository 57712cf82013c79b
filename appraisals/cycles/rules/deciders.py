"""Deciders: for whom a signed-in person acts, who may propose a grade, whose word is only an opinion."""

from collections.abc import Iterable
from typing import Protocol

from appraisals.cycles.rules.stages import Actor, Decider
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS, EmploymentForm

LONGEST_SUMMARY = 3_000
LONGEST_REASON = 300


class Reach(Protocol):
    """One role of a person and how far it goes."""

    @property
    def role(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def vendor_id(self) -> int | None: ...


def actors(reaches: Iterable[Reach]) -> tuple[Actor, ...]:
    """The parts somebody plays for a whole cycle: committee, HR of the hotline, HR of a vendor."""
    found = []
    for reach in reaches:
        if reach.role == "committee" and reach.scope == "all":
            found.append(Actor.committee)
        elif reach.role == "hr" and reach.scope == "all":
            found.append(Actor.hr)
        elif reach.role == "hr" and reach.scope == "own_vendor":
            found.append(Actor.vendor_hr)
    return tuple(dict.fromkeys(found))


def proposer(
    person_id: int, name: str, reaches: Iterable[Reach], form: EmploymentForm, vendor_id: int | None
) -> Decider | None:
    """As whom somebody proposes a grade for a person of that form; None where their word is an opinion at most.

    For vendor staff that is the vendor's HR alone; for all others the committee or the hotline's HR.
    """
    known = list(reaches)
    if form in VENDOR_FORMS:
        own = any(r.role == "hr" and r.scope == "own_vendor" and r.vendor_id == vendor_id for r in known)
        return Decider(person_id, name, Actor.vendor_hr, vendor_id) if own and vendor_id is not None else None
    for actor in (Actor.committee, Actor.hr):
        if actor in actors(known):
            return Decider(person_id, name, actor)
    return None


def check_proposer(form: EmploymentForm, vendor_id: int | None, person_id: int, decider: Decider | None) -> None:
    """Refuse a proposal without a named human, for oneself, or by another than the employer's side."""
    if decider is None and form in VENDOR_FORMS:
        raise Refused("{form}人员的等次由所属服务商的人事确定，热线只提供证据和意见。", form=form.label)
    if decider is None or decider.person_id is None or not decider.name.strip() or decider.actor is Actor.system:
        raise Refused("等次要由具名的人确定，分数只是参考。请写明由谁确定。")
    if decider.person_id == person_id:
        raise Refused("自己的等次不能由自己确定。请换一位有权确定的人。")
    if form in VENDOR_FORMS:
        if decider.actor is not Actor.vendor_hr or vendor_id is None or decider.vendor_id != vendor_id:
            raise Refused("{form}人员的等次由所属服务商的人事确定，热线只提供证据和意见。", form=form.label)
    elif decider.vendor_id is not None or decider.actor not in {Actor.committee, Actor.hr}:
        raise Refused("{form}人员的等次由人事提出、考核委员会确定。请转给他们。", form=form.label)


def label(decider: Decider) -> str:
    """The name and part of a decider, as every later reader sees it."""
    return f"{decider.name}，{decider.actor.label}"


def check_reason(reason: str, *, is_change: bool) -> str:
    """The reason without spaces around it; refuses a change without one, or one that is too long to be kept."""
    words = reason.strip()
    if is_change and not words:
        raise Refused("改等次要写理由，员工可以看到。原来的等次没有变，写好理由再改。")
    if len(words) > LONGEST_REASON:
        raise Refused("理由最多 {n} 个字，现在有 {have} 个。没有保存，请缩短。", n=LONGEST_REASON, have=len(words))
    return words


def check_summary(text: str) -> str:
    """The summary without spaces around it; refuses an empty one, or one that is too long."""
    words = text.strip()
    if not words:
        raise Refused("个人总结还没有写。写几句这段时间做了什么、还差什么，再保存。")
    if len(words) > LONGEST_SUMMARY:
        raise Refused("个人总结最多 {n} 个字，现在有 {have} 个。没有保存，请缩短。", n=LONGEST_SUMMARY, have=len(words))
    return words
