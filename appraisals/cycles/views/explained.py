"""「为什么是这个分数」 as values for a page: the tree drawn, what is missing, the gates, earlier reckonings."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from appraisals.cycles.models import Participation
from appraisals.cycles.views import tree
from appraisals.cycles.views.frame import grade_choices
from appraisals.scores import queries as scores
from appraisals.scores.rules import Node

REQUIREMENTS = {  # of the highest grade, by the code of its gate
    "certificate": lazy_gettext("上岗证在有效期内"),
    "hours": lazy_gettext("完成应修学时"),
    "fatal": lazy_gettext("质检没有致命错误"),
    "mode": lazy_gettext("这次参加评定等次"),
    "discipline": lazy_gettext("不在处分影响期"),
    "regular": lazy_gettext("平时考核没有一般或较差"),
    "served": lazy_gettext("在本单位满半年"),
}


def explained(found: Participation) -> dict[str, Any]:
    """The score of a participation for a page: the tree drawn, what is missing, the gates, earlier reckonings."""
    node = Node.from_dict(found.score.tree) if found.score else None
    gates = [
        (gate["is_open"], REQUIREMENTS[gate["code"]], _(gate["sentence"]).format(**gate["values"]))
        for gate in found.gates
    ]
    return {
        "tree": tree.drawn(node) if node else None,
        "node": node,
        "lacking": tree.missing(node) if node else [],
        "gates": gates,
        "top": grade_choices(found.form, found.cycle.kind)[0][1],
        "earlier": scores.earlier(found.score) if found.score else [],
    }
