"""Claims: until when somebody may contest what, who may decide it, and what a decision may do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from appraisals.cycles.models import ClaimKind
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import FormStage, Stage
from lms.errors import Refused
from lms.people.models import EmploymentForm

LONGEST_TEXT = 2_000
CLOSING_HOUR = 18  # local; without shift data a period ends at six on its last day
RANKS = {grade: n for n, grade in enumerate((Grade.failing, Grade.basic, Grade.competent, Grade.excellent))}
# where a person's form stands while nothing of its own has happened yet
SHARED: Mapping[Stage, FormStage] = {
    Stage.plan_draft: FormStage.self_summary,
    Stage.plan_published: FormStage.self_summary,
    Stage.self_summary: FormStage.self_summary,
    Stage.evidence_locked: FormStage.evidence_locked,
    Stage.peer_survey: FormStage.peer_survey,
    Stage.grading: FormStage.calibration,
    Stage.determined: FormStage.determined,
    Stage.publicity: FormStage.publicity,
    Stage.final: FormStage.final,
    Stage.archived: FormStage.archived,
}


@dataclass(frozen=True)
class Remedy:
    """The periods of one form of employment: days of the calendar, or working days where the name says so."""

    form: EmploymentForm
    valid_from: date
    policy: str
    mark: str
    contestable: frozenset[Grade]
    review_within: int
    review_decide: int
    appeal_after_review: int
    appeal_directly: int  # 0: only after a review
    appeal_decide: int
    objection_decide_working: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """A remedy as the dated data spells it."""
        return cls(
            form=EmploymentForm(data["form"]),
            valid_from=date.fromisoformat(str(data["valid_from"])),
            policy=str(data["policy"]),
            mark=str(data["mark"]),
            contestable=frozenset(Grade(grade) for grade in data["contestable"]),
            review_within=int(data["review"]["within"]),
            review_decide=int(data["review"]["decide"]),
            appeal_after_review=int(data["appeal"]["after_review"]),
            appeal_directly=int(data["appeal"]["directly"]),
            appeal_decide=int(data["appeal"]["decide"]),
            objection_decide_working=int(data["objection_decide_working"]),
        )


def form_stage(cycle: Stage, reached: Sequence[str]) -> FormStage:
    """Where a person's form stands: the last stage of its own, else the one that the whole cycle is in."""
    return FormStage(reached[-1]) if reached else SHARED[cycle]


def check_text(text: str) -> str:
    """The words of a claim or decision without spaces around them; refuses none, or too many to be kept."""
    words = text.strip()
    if not words:
        raise Refused("写明事实和理由再提交。没有保存。")
    if len(words) > LONGEST_TEXT:
        raise Refused("最多 {n} 个字，现在有 {have} 个。没有保存，请缩短。", n=LONGEST_TEXT, have=len(words))
    return words


def check_open(what: str, last_day: date, closes_at: datetime, now: datetime) -> None:
    """Refuse what comes after its period, with the day on which that ended."""
    if now >= closes_at:
        raise Refused(
            "{what}的期限是 {day} 18:00，已经过了。没有提交；写好的内容可以当面交给人事。",
            what=what,
            day=last_day.isoformat(),
        )


def check_contestable(remedy: Remedy, grade: Grade, word: str) -> None:
    """Refuse a review or appeal of a grade that the rules of a form do not open to one."""
    if grade not in remedy.contestable:
        raise Refused(
            "{form}人员的「{grade}」不在复核、申诉的范围里。对数据有疑问，可以请人事说明。",
            form=remedy.form.label,
            grade=word,
        )


def last_day(kind: ClaimKind, remedy: Remedy, notified_on: date, review_decided_on: date | None) -> date:
    """The last day of a review, or of an appeal: after the decision on the review, or directly after the notice."""
    if kind is ClaimKind.review:
        return notified_on + timedelta(days=remedy.review_within)
    if review_decided_on is not None:
        return review_decided_on + timedelta(days=remedy.appeal_after_review)
    if not remedy.appeal_directly:
        raise Refused("{form}人员先申请复核，对复核决定不服再申诉。", form=remedy.form.label)
    return notified_on + timedelta(days=remedy.appeal_directly)


def check_reviewer_named(name: str, reviewer_id: int, earlier: Collection[int], recused: Mapping[int, str]) -> None:
    """Refuse, by name, somebody who took part before or who has to stand aside."""
    if reviewer_id in recused:
        raise Refused(
            "{name}在回避名单里（{reason}），不能处理这件事。请换一位没有利害关系的人。",
            name=name,
            reason=recused[reviewer_id],
        )
    if reviewer_id in earlier:
        raise Refused("{name}参加过这个人的评定，不能处理这件事。请换一位没有参与过的人。", name=name)


def check_outcome(before: Grade, after: Grade | None, *, is_upheld: bool, needs_grade: bool) -> None:
    """A decision in favour of the person gives a better grade; no decision ever gives a heavier one (公务员法第95条)."""
    if not is_upheld:
        if after is not None:
            raise Refused("维持原结果时不改等次。没有保存，请去掉新的等次，或者选「成立」。")
        return
    if not needs_grade:
        return
    if after is None:
        raise Refused("复核、申诉成立时要写明改为哪个等次。没有保存。")
    if RANKS[after] <= RANKS[before]:
        raise Refused("复核和申诉不能使结果更重，成立时要定一个更高的等次。没有保存。")
