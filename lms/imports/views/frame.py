"""What the wizard's pages share: the blueprint, who may see which import, the steps."""

from typing import Any

from flask import Blueprint, current_app, g
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.imports import queries
from lms.imports.actions import registering
from lms.imports.models import Import, Stage
from lms.imports.rules import Kind
from lms.jobs import Job
from lms.web import guards
from lms.web.guards import Reach
from lms.web.shell import mark_section

bp = Blueprint("imports", __name__)
Page = str | Response | tuple[str, int]
WAITING = frozenset({Stage.uploaded, Stage.reading, Stage.ready})


def reaches_in(kind: Kind) -> tuple[Reach, ...]:
    """The signed-in person's reaches with which they may import a kind."""
    return tuple(reach for reach in guards.reaches(*kind.roles) if reach.scope in kind.scopes)


def own_kinds() -> dict[str, Kind]:
    """The kinds that the signed-in person may import."""
    known = registering.kinds(current_app)
    return {name: kind for name, kind in known.items() if reaches_in(kind)}


def kind_of(name: str) -> tuple[Kind, tuple[Reach, ...]]:
    """A kind and the reaches one has in it: 404 when there is no such kind, 403 when it is not theirs."""
    kind = guards.found(registering.kinds(current_app).get(name))
    reaches = reaches_in(kind)
    guards.allow(bool(reaches))
    if kind.section:
        mark_section(kind.section)
    return kind, reaches


def may_see(imported: Import) -> bool:
    """Whether an import is one's own, or of a kind in which one's role reaches everything."""
    kind = registering.kinds(current_app).get(imported.kind)
    reaches = reaches_in(kind) if kind else ()
    return bool(reaches) and (imported.created_by == g.person.id or any(r.scope == "all" for r in reaches))


def import_of(import_id: int) -> tuple[Import, Kind]:
    """An import that one may see, else 404; and its kind."""
    imported = guards.found(queries.one(import_id))
    guards.allow(may_see(imported), seen=False)
    kind = registering.kinds(current_app)[imported.kind]
    if kind.section:
        mark_section(kind.section)
    return imported, kind


def job_of(imported: Import) -> Job | None:
    """The newest job of an import."""
    return db.session.get(Job, imported.job_id) if imported.job_id else None


def steps(number: int) -> list[dict[str, Any]]:
    """The stepper with one step as the present one; 4 means all is done."""
    labels = (_("选文件"), _("对应列"), _("核对并确认"))
    return [
        {"label": label, "state": "done" if n < number else "now" if n == number else "todo"}
        for n, label in enumerate(labels, start=1)
    ]
