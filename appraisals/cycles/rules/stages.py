"""Stages: where a cycle and each person's form stand, who moves them on, and who may decide.

A correction goes back to an earlier stage as a new version; nothing that stood there is overwritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lms.errors import Refused
from lms.people.models import VENDOR_FORMS, EmploymentForm


class Actor(StrEnum):
    """Who does a step; the first five of them are roles or the machine, the others parts people play."""

    system = "system"
    person = "person"
    line_leader = "line_leader"
    hr = "hr"
    committee = "committee"
    vendor_hr = "vendor_hr"
    rater = "rater"
    reviewer = "reviewer"
    appeal_body = "appeal_body"
    archivist = "archivist"

    @property
    def label(self) -> str:
        """The word people use."""
        return ACTOR_LABELS[self]


ACTOR_LABELS = dict(
    zip(
        Actor,
        ("系统", "本人", "班组长", "人事", "考核委员会", "服务商人事", "测评人", "复核人", "申诉受理机关", "档案员"),
        strict=True,
    )
)


class Stage(StrEnum):
    """The stages of a cycle; grading covers the line leaders' opinions and the calibration."""

    plan_draft = "plan_draft"
    plan_published = "plan_published"
    self_summary = "self_summary"
    evidence_locked = "evidence_locked"
    peer_survey = "peer_survey"
    grading = "grading"
    determined = "determined"
    publicity = "publicity"
    final = "final"
    archived = "archived"

    @property
    def label(self) -> str:
        """The word people use."""
        return STAGE_LABELS[self]


STAGE_LABELS = dict(
    zip(
        Stage,
        ("方案起草", "方案公布", "个人总结", "证据锁定", "民主测评", "评定", "确定等次", "公示", "生效", "归档"),
        strict=True,
    )
)


UNLOCKED = frozenset({Stage.plan_draft, Stage.plan_published, Stage.self_summary})  # evidence is still to be read
SETTLED = frozenset({Stage.determined, Stage.publicity, Stage.final, Stage.archived})  # grades are determined


class FormStage(StrEnum):
    """The stages of one person's form within a cycle."""

    self_summary = "self_summary"
    evidence_locked = "evidence_locked"
    peer_survey = "peer_survey"
    leader_opinion = "leader_opinion"
    calibration = "calibration"
    determined = "determined"
    publicity = "publicity"
    final = "final"
    notified = "notified"
    signed = "signed"
    review = "review"
    review_decided = "review_decided"
    appeal = "appeal"
    appeal_decided = "appeal_decided"
    archived = "archived"

    @property
    def label(self) -> str:
        """The word people use."""
        return FORM_STAGE_LABELS[self]


FORM_STAGE_LABELS = dict(
    zip(
        FormStage,
        ("个人总结", "证据锁定", "民主测评", "主管意见", "平衡评定", "确定等次", "公示", "生效", "已告知", "已签署",
         "复核中", "复核决定", "申诉中", "申诉决定", "归档"),
        strict=True,
    )
)  # fmt: skip

DECIDING = frozenset({Actor.committee, Actor.vendor_hr})
HR = frozenset({Actor.hr})
CLERKS = frozenset({Actor.hr, Actor.vendor_hr})
CLOCKWORK = frozenset({Actor.system, Actor.hr})

MOVES: Mapping[tuple[Stage, Stage], frozenset[Actor]] = {
    (Stage.plan_draft, Stage.plan_published): frozenset({Actor.committee}),  # staff were consulted
    (Stage.plan_published, Stage.plan_draft): HR,
    (Stage.plan_published, Stage.self_summary): CLOCKWORK,
    (Stage.plan_published, Stage.evidence_locked): CLOCKWORK,  # a quarter needs no summary
    (Stage.self_summary, Stage.evidence_locked): CLOCKWORK,
    (Stage.evidence_locked, Stage.peer_survey): CLOCKWORK,
    (Stage.evidence_locked, Stage.grading): CLOCKWORK,
    (Stage.peer_survey, Stage.grading): CLOCKWORK,
    (Stage.grading, Stage.evidence_locked): HR,  # an upheld dispute locks a new version
    (Stage.grading, Stage.determined): DECIDING,
    (Stage.determined, Stage.publicity): CLERKS,
    (Stage.determined, Stage.final): CLERKS,  # nobody is proposed for 优秀: check_skips_publicity
    (Stage.publicity, Stage.grading): DECIDING,  # an objection was upheld
    (Stage.publicity, Stage.final): CLERKS,  # after its days: check_publicity_over
    (Stage.final, Stage.archived): frozenset({Actor.archivist, Actor.hr}),
}

FORM_MOVES: Mapping[tuple[FormStage, FormStage], frozenset[Actor]] = {
    (FormStage.self_summary, FormStage.evidence_locked): CLOCKWORK,
    (FormStage.evidence_locked, FormStage.peer_survey): CLOCKWORK,
    (FormStage.evidence_locked, FormStage.leader_opinion): frozenset({Actor.line_leader}),
    (FormStage.peer_survey, FormStage.leader_opinion): frozenset({Actor.line_leader}),
    (FormStage.leader_opinion, FormStage.calibration): DECIDING,
    (FormStage.calibration, FormStage.determined): DECIDING,
    (FormStage.determined, FormStage.publicity): CLERKS,
    (FormStage.determined, FormStage.final): CLERKS,
    (FormStage.publicity, FormStage.calibration): DECIDING,
    (FormStage.publicity, FormStage.final): CLERKS,
    (FormStage.final, FormStage.notified): CLERKS,
    # HR writes who witnessed that somebody does not, or cannot, sign
    (FormStage.notified, FormStage.signed): frozenset({Actor.person, Actor.hr, Actor.vendor_hr}),
    (FormStage.signed, FormStage.review): frozenset({Actor.person}),
    (FormStage.signed, FormStage.appeal): frozenset({Actor.person}),  # 公务员法第95条: directly as well
    (FormStage.review, FormStage.review_decided): frozenset({Actor.reviewer}),
    (FormStage.review_decided, FormStage.appeal): frozenset({Actor.person}),
    (FormStage.appeal, FormStage.appeal_decided): frozenset({Actor.appeal_body}),
    (FormStage.signed, FormStage.archived): frozenset({Actor.archivist, Actor.hr}),
    (FormStage.review_decided, FormStage.archived): frozenset({Actor.archivist, Actor.hr}),
    (FormStage.appeal_decided, FormStage.archived): frozenset({Actor.archivist, Actor.hr}),
}


@dataclass(frozen=True)
class Decider:
    """The named person who decides a grade, for the hotline or for a vendor."""

    person_id: int | None
    name: str
    actor: Actor
    vendor_id: int | None = None


def next_stages(state: Stage) -> tuple[Stage, ...]:
    """Where a cycle can go from here."""
    return tuple(to for start, to in MOVES if start is state)


def next_form_stages(state: FormStage) -> tuple[FormStage, ...]:
    """Where a person's form can go from here."""
    return tuple(to for start, to in FORM_MOVES if start is state)


def check_move(state: Stage, to: Stage, actor: Actor) -> None:
    """Refuse a step of a cycle that is not in the table, or not this actor's."""
    _check(MOVES.get((state, to)), state.label, to.label, [stage.label for stage in next_stages(state)], actor)


def check_form_move(state: FormStage, to: FormStage, actor: Actor) -> None:
    """Refuse a step of a person's form that is not in the table, or not this actor's."""
    following = [stage.label for stage in next_form_stages(state)]
    _check(FORM_MOVES.get((state, to)), state.label, to.label, following, actor)


def check_skips_publicity(excellent: int) -> None:
    """Refuse to leave publicity out while somebody is proposed for 优秀."""
    if excellent:
        raise Refused("有 {n} 人拟定为最高一档，要先公示才能生效。请先开始公示。", n=excellent)


def check_publicity_over(working_days: int, needed: int, last_day: date, *, is_closed: bool) -> None:
    """Refuse to end a publicity before its working days have passed, the last one to its closing hour."""
    if not is_closed:
        raise Refused(
            "公示要满 {needed} 个工作日，现在过了 {days} 个，{day} 18:00 结束。请到期后再继续。",
            needed=needed,
            days=min(working_days, needed),
            day=last_day.isoformat(),
        )


def check_decider(form: EmploymentForm, vendor_id: int | None, person_id: int, decider: Decider | None) -> None:
    """Refuse a grade without a named human, by oneself, or by another than the employer: for vendor staff the vendor."""
    if decider is None or decider.person_id is None or not decider.name.strip() or decider.actor is Actor.system:
        raise Refused("等次要由具名的人确定，分数只是参考。请写明由谁确定。")
    if decider.person_id == person_id:
        raise Refused("自己的等次不能由自己确定。请换一位有权确定的人。")
    if form in VENDOR_FORMS:
        if decider.actor is not Actor.vendor_hr or vendor_id is None or decider.vendor_id != vendor_id:
            raise Refused("{form}人员的等次由所属服务商的人事确定，热线只提供证据和意见。", form=form.label)
    elif decider.vendor_id is not None or decider.actor is not Actor.committee:
        raise Refused("{form}人员的等次由单位负责人或者考核委员会确定。请转给他们。", form=form.label)


def _check(actors: frozenset[Actor] | None, state: str, to: str, following: list[str], actor: Actor) -> None:
    """Say why a step cannot be taken: not from here, or not by this actor."""
    if actors is None and not following:
        raise Refused("「{state}」已经是最后一步，内容不能再改。", state=state)
    if actors is None:
        raise Refused(
            "「{state}」之后不能到「{to}」，下一步可以是：{following}。",
            state=state,
            to=to,
            following="、".join(following),
        )
    if actor not in actors:
        who = "、".join(each.label for each in Actor if each in actors)
        raise Refused("从「{state}」到「{to}」这一步由{who}来做。内容没有改动。", state=state, to=to, who=who)
