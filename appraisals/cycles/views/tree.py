"""The score as a tree for the page: dimensions, parts, and under each part the raw rows that links open."""

from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _

from appraisals.evidence.rules import plain, round_score
from appraisals.scores.rules import Node, State
from lms.web import links

SHOWN_ROWS = 12
RATES = frozenset({"satisfaction", "fcr", "on_time", "dispatch_accuracy"})
SOURCES = {
    "ethics_course": "课程考试", "peer_survey": "民主测评", "competency": "能力评定表", "certificates": "证书登记",
    "simulator": "情景演练", "attendance": "考勤表", "hours": "学时台账", "extra_duty": "排班表", "qc": "质检系统",
    "satisfaction": "回访系统", "fcr": "工单系统", "on_time": "工单系统", "dispatch_accuracy": "工单系统",
    "improvement": "班组长评分", "key_tasks": "任务清单", "supervision": "督办台账", "served_rating": "服务对象评价",
    "discipline": "纪检和人事核实",
}  # fmt: skip


def drawn(node: Node, nominal: Decimal = Decimal(100)) -> dict[str, Any]:
    """A node as `ui.score_tree` draws it; `nominal` is the percent of S it would carry with all evidence present."""
    value = "" if node.value is None else f"{plain(round_score(node.value))}{'%' if node.code in RATES else ''}"
    notes = [_(node.note)] if node.note else []
    if node.calculation:
        notes.insert(0, node.calculation)
    moved = not node.missing and node.code != "S" and round_score(node.effective_weight) != round_score(nominal)
    if moved:
        notes.append(_("别处缺证据，这一项实际占总分 %(n)s%%", n=plain(round_score(node.effective_weight))))
    children = [drawn(child, nominal * child.weight / 100) for child in node.children]
    return {
        "label": _(node.label),
        "weight": None if node.code == "S" else f"{plain(node.weight)}%",
        "value": value or None,
        "score": None if node.shown is None else f"{node.shown:.2f}",
        "source": _(SOURCES[node.code]) if node.code in SOURCES else "",
        "note": "；".join(notes),
        "href": None,
        "state": "missing"
        if node.missing or node.state is State.insufficient_evidence
        else "reweighted"
        if moved
        else None,
        "children": children + _rows(node),
    }


def _rows(node: Node) -> list[dict[str, Any]]:
    """The raw rows of a part, the newest of many first; ?all=<code> shows every one."""
    every = request.args.get("all") == node.code
    shown = node.rows if every else node.rows[-SHOWN_ROWS:]
    found: list[dict[str, Any]] = []
    for kind, ref_id in reversed(shown):
        target = links.target(kind, ref_id)
        found.append({"label": target.label, "href": target.href, "source": _(links.kind_label(kind)), "children": []})
    if len(shown) < len(node.rows):
        label = _("全部 %(n)s 条", n=len(node.rows))
        found.append({"label": label, "href": f"?all={node.code}#tree", "source": "", "children": []})
    return found


def missing(node: Node) -> list[str]:
    """Labels of the parts without evidence, for the sentence above the tree."""
    if node.children:
        return [label for child in node.children for label in missing(child)]
    return [node.label] if node.missing else []
