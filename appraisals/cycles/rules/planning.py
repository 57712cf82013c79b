"""Plans: what a new cycle would be called, which days it covers, by when each of its stages should be over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from appraisals.cycles.models import CycleKind
from appraisals.cycles.rules.stages import Stage
from lms.errors import Refused

QUARTER_WORDS = "一二三四"
# calendar days after the end of the period by which a stage should be over; shifted by whoever opens the cycle
USUAL: Mapping[CycleKind, Mapping[Stage, int]] = {
    CycleKind.annual: {Stage.self_summary: 8, Stage.evidence_locked: 17, Stage.grading: 25},
    CycleKind.quarterly: {Stage.evidence_locked: 15, Stage.grading: 25},
}


@dataclass(frozen=True)
class Template:
    """A cycle as it usually is: everything may be changed before it is opened."""

    kind: CycleKind
    code: str
    title: str
    period_from: date
    period_to: date
    plan: Mapping[Stage, date]


def template(kind: CycleKind, today: date) -> Template:
    """The year or quarter that ends next, this day included."""
    if kind is CycleKind.annual:
        first, last = date(today.year, 1, 1), date(today.year, 12, 31)
        code, title = f"{today.year}", f"{today.year} 年度考核"
    else:
        quarter = (today.month - 1) // 3
        first = date(today.year, 3 * quarter + 1, 1)
        last = date(today.year + quarter // 3, (3 * quarter + 3) % 12 + 1, 1) - timedelta(days=1)
        code, title = f"{today.year}Q{quarter + 1}", f"{today.year} 年第{QUARTER_WORDS[quarter]}季度平时考核"
    plan = {stage: last + timedelta(days=days) for stage, days in USUAL[kind].items()}
    return Template(kind, code, title, first, last, plan)


def check_plan(plan: Mapping[Stage, date], period_from: date) -> None:
    """Refuse days of stages that come before the period, or not in the order of the stages."""
    ordered = [(stage, plan[stage]) for stage in Stage if stage in plan]
    for stage, day in ordered:
        if day <= period_from:
            raise Refused("「{stage}」的截止日要在考核期开始之后。没有新建，请改正。", stage=stage.label)
    for (before, first), (after, second) in pairwise(ordered):
        if second < first:
            raise Refused(
                "「{after}」的截止日不能早于「{before}」。没有新建，请改正。", after=after.label, before=before.label
            )
