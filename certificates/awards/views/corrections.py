"""待处理的更正: what a regrade means for certificates; HR decides each, with a reason."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from certificates.awards import queries
from certificates.awards.actions import correcting
from certificates.awards.models import PassProposal
from certificates.awards.views.frame import bp
from lms import clock
from lms.errors import Refused
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import needs
from lms.web.shell import mark_section

MOST = 500


@bp.get("/staff/certificates/corrections")
@needs("hr")
def corrections() -> str:
    """What waits, and what was decided."""
    return _page()


def _page(error: str = "", at: int = 0, reason: str = "") -> str:
    mark_section("certificates.register")
    reaches, day = guards.reaches("hr"), clock.today()
    return render_template(
        "certificates/corrections.html",
        waiting=queries.proposals(reaches, day, is_open=True, limit=MOST),
        decided=queries.proposals(reaches, day, is_open=False, limit=30),
        error=error,
        at=at,
        reason=reason,
    )


def _in_reach(proposal_id: int) -> PassProposal:
    reaches, day = guards.reaches("hr"), clock.today()
    return guards.found(queries.proposal_in_reach(proposal_id, reaches, day))


@bp.post("/staff/certificates/corrections/<int(max=2147483647):proposal_id>")
@needs("hr")
def decide_correction(proposal_id: int) -> Response | tuple[str, int]:
    """采纳 or 不采纳, with the reason that the person will read."""
    found, reason = _in_reach(proposal_id), request.form.get("reason", "")
    is_accepted = request.form.get("decision") == "accept"
    try:
        correcting.decide(found.id, g.person.id, reason, is_accepted=is_accepted)
    except Refused as refused:
        return _page(sentence(refused), proposal_id, reason), 422
    flash(_told(is_passed=found.is_passed, is_accepted=is_accepted), "ok")
    return redirect(url_for("certificates.corrections"), 303)


@bp.post("/staff/certificates/corrections/all")
@needs("hr")
def correct_all() -> Response | tuple[str, int]:
    """换发全部: every waiting correction of a score within reach, for one reason, as a job."""
    waiting = queries.proposals(guards.reaches("hr"), clock.today(), is_open=True, limit=MOST)
    reason = request.form.get("reason", "")
    try:
        job = correcting.start_all(waiting, g.person.id, reason)
    except Refused as refused:
        return _page(sentence(refused), 0, reason), 422
    return redirect(url_for("operations.job", job_id=job.id), 303)


def _told(*, is_passed: bool, is_accepted: bool) -> str:
    if is_passed:
        return (
            _("已采纳，证书按更正后的成绩换发，本人会收到通知。")
            if is_accepted
            else _("没有采纳，证书照旧，本人会收到通知。")
        )
    return (
        _("已采纳，证书、课程完成和学时已收回，本人会收到通知。")
        if is_accepted
        else _("没有采纳，证书和学时保留，本人会收到通知。")
    )
