"""Read-only tables of appraisals at /admin; what has rules is changed on the pages that ask them."""

from appraisals.cycles.models import Cycle, CycleMove, GradeDecision, PoolQuota
from appraisals.evidence.models import Measure, MeasureRow, MeasureTarget
from appraisals.scores.models import SchemeRow, ScoreSnapshot
from lms.admin import AdminView, read_only

CATEGORY = "考核"


def views() -> list[AdminView]:
    """The tables, made per app."""
    days = {"period_from": "从", "period_to": "到", "valid_from": "起", "valid_to": "止", "policy_ref": "依据"}
    return [
        read_only(Cycle, "周期", CATEGORY, ["id", "code", "title", "kind", "period_from", "period_to", "state"],
                  labels=days | {"code": "代码", "title": "名称", "kind": "种类", "state": "阶段"}),
        read_only(CycleMove, "周期的步骤", CATEGORY, ["id", "cycle_id", "from_state", "to_state", "actor_label", "moved_at"],
                  labels={"actor_label": "操作人", "moved_at": "时间", "from_state": "从", "to_state": "到"}),
        read_only(PoolQuota, "名额池", CATEGORY, ["id", "cycle_id", "pool", "label", "percent", "reason"],
                  labels={"label": "名称", "percent": "百分比", "reason": "依据"}),
        read_only(GradeDecision, "等次记录", CATEGORY,
                  ["id", "participation_id", "grade", "is_final", "decider_label", "decided_at"],
                  labels={"grade": "等次", "is_final": "已确定", "decider_label": "决定人", "decided_at": "时间"}),
        read_only(ScoreSnapshot, "分数", CATEGORY,
                  ["id", "person_id", "period_from", "period_to", "state", "total", "digest", "made_at"],
                  labels=days | {"total": "总分", "state": "状态", "digest": "指纹", "made_at": "时间"},
                  column_details_exclude_list=["tree"]),
        read_only(SchemeRow, "方案", CATEGORY, ["id", "title", "form", "work", "valid_from", "policy_ref", "is_confirmed"],
                  labels=days | {"title": "名称", "form": "用工性质", "work": "岗位", "is_confirmed": "已确认"}),
        read_only(Measure, "指标", CATEGORY, ["id", "code", "label", "unit_label", "is_rate", "definition"],
                  labels={"code": "代码", "label": "名称", "unit_label": "单位", "is_rate": "是率", "definition": "口径"}),
        read_only(MeasureTarget, "达标线", CATEGORY,
                  ["id", "measure", "base", "target", "valid_from", "valid_to", "policy_ref", "is_confirmed"],
                  labels=days | {"measure": "指标", "base": "60 分", "target": "满分", "is_confirmed": "已确认"}),
        read_only(MeasureRow, "指标数据", CATEGORY,
                  ["id", "person_id", "measure", "period_from", "period_to", "value", "source", "recorded_at"],
                  labels=days | {"measure": "指标", "value": "数值", "source": "来源", "recorded_at": "录入"}),
    ]  # fmt: skip
