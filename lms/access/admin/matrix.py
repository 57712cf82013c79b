"""角色与权限: which role may see and do what, read off the program itself, so it is never out of date."""

from collections import defaultdict
from dataclasses import dataclass, field

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _

from lms.access import queries
from lms.access.admin import words
from lms.access.models import ROLE_LABELS, Role
from lms.web import slots
from lms.web.guards import SAFE, needs

bp = Blueprint("matrix", __name__)
SAME_AREA = {"matrix": "security"}
ADMIN_ROLE = Role.system_admin  # /admin is the system administrator's


@dataclass
class Area:
    """A part of the product: for each role the pages it may open and the steps it may take, as addresses."""

    label: str
    sees: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    does: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def areas() -> list[Area]:
    """Every part that some role opens and another does not, in the order of the navigation."""
    labels = {
        item.endpoint.split(".")[0]: _(item.label)
        for item in sorted(
            slots.gather("navigation"), key=lambda item: (item.shell != "staff", item.order), reverse=True
        )
    }
    found: dict[str, Area] = {}
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        name = rule.endpoint.split(".")[0]
        roles = getattr(view, "needs_roles", ())
        if not roles:
            continue
        key = SAME_AREA.get(name, name)
        area = found.setdefault(key, Area(labels.get(key) or words.area(key)))
        methods = rule.methods or set()
        for role in roles:
            if methods & SAFE - {"OPTIONS"}:
                area.sees[role].append(rule.rule)
            if methods - SAFE:
                area.does[role].append(rule.rule)
    found["admin"] = _back_office(labels.get("admin") or words.area("admin"))
    order = list(reversed(labels))
    return [found[key] for key in sorted(found, key=lambda k: (order.index(k) if k in order else len(order), k))]


def _back_office(label: str) -> Area:
    """Flask-Admin's tables: all can be read, few can be changed."""
    area = Area(label)
    for view in current_app.extensions["admin"][0]._views[1:]:  # noqa: SLF001 - there is no public list
        area.sees[ADMIN_ROLE].append(view.url)
        if getattr(view, "can_edit", False) or getattr(view, "can_create", False):
            area.does[ADMIN_ROLE].append(view.url)
    return area


@bp.get("/security/matrix")
@needs("security_admin", "audit_admin")
def index() -> str:
    """Roles across, parts down; every number opens the addresses behind it."""
    roles = [role for role in Role if role != Role.learner]
    return render_template(
        "access/matrix.html",
        roles=[(role, _(ROLE_LABELS[role]), len(queries.holders(role))) for role in roles],
        areas=areas(),
    )
