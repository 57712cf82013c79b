"""备份: which there are, when, how large; make one, check one. Restoring is the command line's."""

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms import audit, jobs
from lms.operations import backup
from lms.operations.admin.health import tabs
from lms.operations.views.jobs import bp
from lms.settings import Settings
from lms.web import guards
from lms.web.guards import needs


def _settings() -> Settings:
    found: Settings = current_app.config["LMS_SETTINGS"]
    return found


@bp.get("/operations/backups")
@needs("system_admin")
def backups() -> str:
    """The archives in the data folder, newest first."""
    return render_template(
        "operations/backups.html",
        rows=backup.listed(_settings()),
        folder=backup.folder_of(_settings()),
        is_shared=bool(_settings().s3_bucket),
        tabs=tabs("operations.backups"),
    )


@bp.post("/operations/backups")
@needs("system_admin")
def make_backup() -> Response:
    """Make one now, as a job."""
    job = jobs.start(backup.MAKE)
    audit.record("backup.make", "job", job.id, job.label)
    return redirect(url_for("operations.job", job_id=job.id), 303)


@bp.post("/operations/backups/check")
@needs("system_admin")
def check_backup() -> Response:
    """Unpack one aside and compare every file with its manifest, as a job."""
    name = request.form.get("name", "")
    guards.allow(any(one.name == name for one in backup.listed(_settings())), seen=False)
    job = jobs.start(backup.CHECK, f"核对备份 {name}", name=name)
    audit.record("backup.check", "job", job.id, name)
    return redirect(url_for("operations.job", job_id=job.id), 303)
