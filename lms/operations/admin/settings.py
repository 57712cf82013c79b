"""设置: what the environment decided, as the program understood it; secrets are never shown."""

from dataclasses import MISSING, fields

from flask import current_app, render_template

from lms.operations.admin.health import tabs
from lms.operations.views.jobs import bp
from lms.settings import Settings
from lms.web.guards import needs

SECRET = frozenset({"secret_key", "smtp_password", "s3_key", "s3_secret"})
WITH_PASSWORD = frozenset({"database_url", "jobs_storage"})
LEFT_OUT = frozenset({"testing", "problems"})


def shown(settings: Settings) -> list[tuple[str, str, bool]]:
    """(name in the environment, value as text, does it differ from the default) of every setting."""
    rows = []
    for item in fields(Settings):
        if item.name in LEFT_OUT:
            continue
        value = getattr(settings, item.name)
        default = item.default if item.default is not MISSING else None
        text = str(value)
        if item.name in SECRET:
            text = "••••" if value else ""
        elif item.name in WITH_PASSWORD and "@" in text:
            text = f"{text.split('://', 1)[0]}://••••@{text.rsplit('@', 1)[1]}"
        rows.append((f"LMS_{item.name.upper()}", text, value != default))
    return rows


@bp.get("/operations/settings")
@needs("system_admin")
def settings_page() -> str:
    """Every setting; they are changed in the environment and take effect at the next start."""
    settings: Settings = current_app.config["LMS_SETTINGS"]
    return render_template("operations/settings.html", rows=shown(settings), tabs=tabs("operations.settings_page"))
