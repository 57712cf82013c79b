"""Grades: the words of each form of employment, when there is one at all, and what stands before 优秀.

What is computed here is a proposal with its reasons; a named person decides each grade (个人信息保护法第24条).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from appraisals.cycles.models import CycleKind
from lms.errors import Refused
from lms.people.models import EmploymentForm

INSTITUTION_RULE = "人社部发〔2023〕6号"


class Grade(StrEnum):
    """The four steps of every form of employment; each form and kind has its own words for them."""

    excellent = "excellent"
    competent = "competent"
    basic = "basic"
    failing = "failing"


class GradeMode(StrEnum):
    """Whether a participant gets a grade, only a comment, none, or one later."""

    grade = "grade"
    comment_only = "comment_only"
    no_grade = "no_grade"
    pending = "pending"


LOW_GRADES = frozenset({Grade.basic, Grade.failing})
REGULAR: Mapping[Grade, str] = dict(zip(Grade, ("好", "较好", "一般", "较差"), strict=True))
CIVIL: Mapping[Grade, str] = dict(zip(Grade, ("优秀", "称职", "基本称职", "不称职"), strict=True))  # 公务员法第38条
INSTITUTION: Mapping[Grade, str] = dict(zip(Grade, ("优秀", "合格", "基本合格", "不合格"), strict=True))  # 第10条
CONTRACT: Mapping[Grade, str] = dict(zip(Grade, "ABCD", strict=True))
CONTRACT_FORMS = (EmploymentForm.direct_contract, EmploymentForm.dispatch, EmploymentForm.outsourced)
LABELS: Mapping[tuple[EmploymentForm, CycleKind], Mapping[Grade, str]] = {
    (EmploymentForm.civil_servant, CycleKind.quarterly): REGULAR,
    (EmploymentForm.civil_servant, CycleKind.annual): CIVIL,
    (EmploymentForm.institution, CycleKind.quarterly): REGULAR,
    (EmploymentForm.institution, CycleKind.annual): INSTITUTION,
    **{(form, kind): CONTRACT for form in CONTRACT_FORMS for kind in CycleKind},
}


@dataclass(frozen=True)
class Reason:
    """A sentence for a person: a Chinese message id with plain values, translated at the edge like a refusal."""

    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The Chinese sentence with its values filled in."""
        return self.sentence.format(**self.values)

    def to_dict(self) -> dict[str, Any]:
        """The reason as plain JSON; `Reason(**…)` makes it again."""
        return {"sentence": self.sentence, "values": dict(self.values)}


@dataclass(frozen=True)
class ModeFacts:
    """What decides the grade mode; calendar days, in the unit up to the end of the period, of leave in the year."""

    form: EmploymentForm
    days_in_unit: int
    is_first_job: bool = False
    leave_days: int = 0  # sick and personal leave, study the unit did not send to; never maternity leave
    maternity_days: int = 0
    is_under_investigation: bool = False
    is_under_discipline: bool = False
    refused_to_take_part: bool = False  # without reason, after education


@dataclass(frozen=True)
class ModeDecision:
    """The grade mode with the article it rests on; `fixed` is a grade that the article itself gives."""

    mode: GradeMode
    reason: Reason | None = None
    fixed: Grade | None = None


ORDINARY = ModeDecision(GradeMode.grade)


@dataclass(frozen=True)
class GateFacts:
    """What stands between a person and 优秀; hours as (label, done, required)."""

    form: EmploymentForm
    mode: GradeMode
    days_in_unit: int
    hours: tuple[tuple[str, Decimal, Decimal], ...]
    certificate_valid: bool | None  # None: the post needs none
    fatal_errors: int = 0
    has_discipline_effect: bool = False
    regular: tuple[Grade, ...] = ()


@dataclass(frozen=True)
class Gate:
    """One condition of 优秀, met or not, in words."""

    code: str
    is_open: bool
    reason: Reason


def grade_label(form: EmploymentForm, kind: CycleKind, grade: Grade) -> str:
    """The word of the law or contract for a grade."""
    return LABELS[form, kind][grade]


def grade_mode(facts: ModeFacts, *, half_year_days: int) -> ModeDecision:
    """How a participant is graded, each special case with its article; other forms follow the institution rule's."""
    mode = GradeMode
    cases: tuple[tuple[bool, GradeMode, int, str], ...] = (
        (facts.refused_to_take_part, mode.grade, 44, "无正当理由不参加考核，经教育仍拒绝，定为最低一档"),
        (facts.is_under_investigation, mode.pending, 42,
         "正在接受审查调查：参加考核，暂不写评语、不定等次，结案未受处分或只受警告的再补定"),
        (facts.is_under_discipline, mode.pending, 43, "在处分影响期内：等次按处分的专门规定办，由委员会写明依据"),
        (facts.is_first_job and facts.days_in_unit < half_year_days, mode.comment_only, 37,
         "初次就业，在本单位不满半年：只写评语，不定等次"),
        (facts.leave_days > half_year_days, mode.no_grade, 41, "病假、事假或者非单位派出的学习累计超过半年：参加考核，不定等次"),
        (facts.maternity_days > 0, mode.grade, 41, "按规定休产假，不论是否超过半年，都参加考核并确定等次"),
    )  # fmt: skip
    for applies, chosen, article, sentence in cases:
        if applies:
            fixed = Grade.failing if facts.refused_to_take_part else None
            return ModeDecision(chosen, Reason(sentence + "（{basis}）", {"basis": _basis(facts.form, article)}), fixed)
    return ORDINARY


def gates(facts: GateFacts, *, half_year_days: int) -> tuple[Gate, ...]:
    """Every condition of 优秀 with its state; a person is a candidate when all are open."""
    short = [(label, done, required) for label, done, required in facts.hours if done < required]
    low = sum(grade in LOW_GRADES for grade in facts.regular) if facts.form is EmploymentForm.civil_servant else 0
    certificate = {
        True: Reason("上岗证有效"), False: Reason("没有有效的上岗证"), None: Reason("本岗位不要求上岗证"),
    }[facts.certificate_valid]  # fmt: skip
    hours = Reason("学时已完成")
    if short:
        label, done, required = short[0]
        hours = Reason(
            "{label}只完成 {done}/{required}",
            {"label": label, "done": f"{done.normalize():f}", "required": f"{required.normalize():f}"},
        )
    fatal = (
        Reason("质检有 {n} 次致命错误", {"n": facts.fatal_errors}) if facts.fatal_errors else Reason("质检没有致命错误")
    )
    regular = Reason("平时考核有 {n} 次一般或较差", {"n": low}) if low else Reason("平时考核没有一般或较差")
    graded, clean = facts.mode is GradeMode.grade, not facts.has_discipline_effect
    served = facts.days_in_unit >= half_year_days
    return (
        Gate("certificate", facts.certificate_valid is not False, certificate),
        Gate("hours", not short, hours),
        Gate("fatal", not facts.fatal_errors, fatal),
        Gate("mode", graded, Reason("本次确定等次" if graded else "本次不确定等次")),
        Gate("discipline", clean, Reason("不在处分影响期" if clean else "在处分影响期内")),
        Gate("regular", not low, regular),
        Gate("served", served, Reason("在本单位满半年" if served else "在本单位不满半年")),
    )


def closed(facts: GateFacts, *, half_year_days: int) -> tuple[Reason, ...]:
    """Only the reasons against 优秀; empty for a candidate."""
    return tuple(gate.reason for gate in gates(facts, half_year_days=half_year_days) if not gate.is_open)


def check_grade(grade: Grade, *, decision: ModeDecision, against: Collection[Reason] = (), condition: str = "") -> None:
    """Refuse a grade the person may not get; the two lower ones need a documented condition, a score is never one."""
    if decision.mode is not GradeMode.grade:
        raise Refused("这个人本次不确定等次：{reason}。已有的评语和证据都保留。", reason=str(decision.reason or ""))
    if decision.fixed and grade is not decision.fixed:
        raise Refused("这个人的等次由条文确定：{reason}。", reason=str(decision.reason or ""))
    if grade is Grade.excellent and against:
        raise Refused("不能定为最高一档：{reasons}。", reasons="；".join(map(str, against)))
    if grade in LOW_GRADES and not decision.fixed and not condition.strip():
        raise Refused("分数低本身不是理由：定为这一档要写明符合哪一条规定的情形。请补上依据再定。")


def _basis(form: EmploymentForm, article: int) -> str:
    """The article, and for other forms than the institution that it is followed by analogy, to be confirmed."""
    if form is EmploymentForm.institution:
        return f"{INSTITUTION_RULE}第{article}条"
    own = "公务员考核规定" if form is EmploymentForm.civil_servant else "合同约定"
    return f"{own}，参照{INSTITUTION_RULE}第{article}条，待本地确认"
