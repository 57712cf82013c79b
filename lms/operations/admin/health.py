"""运行: what is red, what that means, how to mend it."""

from flask import current_app, render_template, url_for
from flask_babel import gettext as _

from lms.operations import health
from lms.operations.views.jobs import bp
from lms.settings import Settings
from lms.web.guards import needs
from lms.web.shell import mark_section

TABS = (
    ("operations.health_page", "健康"),
    ("operations.outbox", "发件箱"),
    ("operations.backups", "备份"),
    ("operations.settings_page", "设置"),
)


def tabs(current: str) -> list[dict[str, object]]:
    """The pages of 运行 beside each other."""
    mark_section("operations.health_page")
    return [{"label": _(label), "href": url_for(name), "current": name == current} for name, label in TABS]


@bp.get("/operations")
@needs("system_admin")
def health_page() -> str:
    """Everything looked at, what is red first."""
    settings: Settings = current_app.config["LMS_SETTINGS"]
    findings = sorted(health.readiness(settings), key=lambda f: (f.is_fine, not f.is_blocking))
    return render_template(
        "operations/health.html",
        findings=findings,
        red=[f for f in findings if not f.is_fine],
        tabs=tabs("operations.health_page"),
    )
