"""Jobs: how far they are, what they made, cancel."""

import mimetypes
from urllib.parse import quote

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import files, jobs
from lms.db import db
from lms.errors import Refused
from lms.jobs import Job
from lms.operations import health
from lms.web import guards, links
from lms.web.links import Target

bp = Blueprint("operations", "operations")
PAGE = 30


def _mine() -> int | None:
    return None if guards.reaches("system_admin") else g.person.id


@bp.get("/jobs")
def job_list() -> str:
    """The person's jobs; the system administrator sees all."""
    before = request.args.get("before", type=int)
    found = health.jobs_of(_mine(), before, PAGE + 1)
    following = url_for("operations.job_list", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return render_template("operations/jobs.html", jobs=found[:PAGE], following=following, everybody=_mine() is None)


def _job(job_id: int) -> Job:
    job = guards.found(db.session.get(Job, job_id))
    if _mine() is not None and job.created_by != g.person.id:
        abort(404)
    return job


@bp.get("/jobs/<int:job_id>")
def job(job_id: int) -> str:
    """One job: progress, problem rows, cancel."""
    found = _job(job_id)
    fragment = bool(request.headers.get("HX-Request"))
    about = found.result.get("about")
    target = links.target(*about) if about else None
    return render_template(
        "operations/_job.html" if fragment else "operations/job.html",
        job=found,
        about=target,
        is_own=found.created_by == g.person.id,
    )


@bp.get("/jobs/<int:job_id>/file")
def job_file(job_id: int) -> Response:
    """What a job has made, streamed to whoever started it."""
    found = guards.found(db.session.get(Job, job_id))
    guards.allow(found.created_by == g.person.id and bool(found.file_name), seen=False)
    try:
        portions = files.chunks(found.result["file"])
    except OSError as error:
        raise Refused("这个文件已经不在了。回到原来的页面重新生成一份。") from error
    answer = Response(portions, mimetype=mimetypes.guess_type(found.file_name)[0] or "application/octet-stream")
    answer.content_length = found.result["bytes"]
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.file_name)}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/jobs/<int:job_id>/cancellation")
def cancel(job_id: int) -> Response:
    """Ask a job to stop after its present chunk."""
    found = _job(job_id)
    jobs.cancel(found)
    flash(_("已请求停止，做完的部分会保留。"), "info")
    return redirect(url_for("operations.job", job_id=found.id), 303)


def link(ref_id: str) -> Target | None:
    """A job's label and page."""
    found = db.session.get(Job, int(ref_id))
    return Target(found.label, url_for("operations.job", job_id=found.id)) if found else None
