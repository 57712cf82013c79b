"""Health and readiness for machines, and the page of all components."""

from flask import current_app, g, jsonify, render_template
from werkzeug.wrappers import Response

from lms.operations import health
from lms.operations.views.jobs import bp
from lms.settings import Settings
from lms.web import guards
from lms.web.guards import public


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether the public may come in, with a sentence for each thing looked at."""
    settings: Settings = current_app.config["LMS_SETTINGS"]
    findings = health.readiness(settings)
    is_ready = all(f.is_fine for f in findings if f.is_blocking)
    body = {
        "status": "ready" if is_ready else "not ready",
        "checks": [{"name": f.name, "ok": f.is_fine, "sentence": str(f), "todo": f.mend} for f in findings],
    }
    return jsonify(body), 200 if is_ready else 503


@bp.get("/ui")
def ui() -> str:
    """Every component in every state, for signed-in staff."""
    guards.allow(any(reach.role != "learner" for reach in g.person.reaches))
    return render_template("web/ui.html")
