"""Statements for the public: accessibility and privacy."""

from flask import current_app, render_template

from lms.operations.views.jobs import bp
from lms.settings import Settings
from lms.web.guards import public


def _settings() -> Settings:
    found: Settings = current_app.config["LMS_SETTINGS"]
    return found


@bp.get("/accessibility")
@public
def accessibility() -> str:
    """无障碍声明: what is met, what is known to be missing, whom to tell."""
    return render_template("operations/accessibility.html", contact=_settings().contact)


@bp.get("/privacy")
@public
def privacy() -> str:
    """隐私说明: what is kept about staff and holders, why, how long, their rights (个人信息保护法 art 17, 44–47)."""
    return render_template("operations/privacy.html", contact=_settings().contact, settings=_settings())
