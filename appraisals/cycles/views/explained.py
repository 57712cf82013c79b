"""「为什么是这个分数」 as values for a page: the tree drawn, what is missing, the gates, earlier reckonings."""

from typing import Any

from flask_babel import gettext as _

from appraisals.cycles.models import Participation
from appraisals.cycles.views import tree
from appraisals.cycles.views.frame import grade_choices
from appraisals.scores import queries as scores
from appraisals.scores.rules import Node


def explained(found: Participation) -> dict[str, Any]:
    """The score of a participation for a page: the tree drawn, what is missing, the gates, earlier reckonings."""
    node = Node.from_dict(found.score.tree) if found.score else None
    gates = [(gate["is_open"], _(gate["sentence"]).format(**gate["values"])) for gate in found.gates]
    return {
        "tree": tree.drawn(node) if node else None,
        "node": node,
        "lacking": tree.missing(node) if node else [],
        "gates": gates,
        "top": grade_choices(found.form, found.cycle.kind)[0][1],
        "earlier": scores.earlier(found.score) if found.score else [],
    }
