"""待处理的更正 of appraisal scores: before and after, 采纳 or 不采纳 with a reason."""

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from appraisals.scores import actions, queries
from lms import clock
from lms.errors import Refused
from lms.web import guards, links, slots
from lms.web.errors import sentence
from lms.web.guards import Visitor, needs
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import Card

bp = Blueprint("score_corrections", "appraisals")
MOST = 500


@bp.get("/appraisals/corrections")
@needs("hr")
def index() -> str:
    """What waits, and what was decided."""
    return _page()


def _page(error: str = "", at: int = 0, reason: str = "") -> str:
    mark_section("appraisals.cycles")
    reaches, day = guards.reaches("hr"), clock.today()
    return render_template(
        "appraisals/corrections.html",
        waiting=queries.proposals(reaches, day, is_open=True, limit=MOST),
        decided=queries.proposals(reaches, day, is_open=False, limit=30),
        error=error,
        at=at,
        reason=reason,
    )


@bp.post("/appraisals/corrections/<int(max=2147483647):proposal_id>")
@needs("hr")
def decide(proposal_id: int) -> Response | tuple[str, int]:
    """采纳 or 不采纳."""
    found = guards.found(queries.proposal_in_reach(proposal_id, guards.reaches("hr"), clock.today()))
    reason, is_accepted = request.form.get("reason", ""), request.form.get("decision") == "accept"
    try:
        actions.decide_correction(found.id, g.person.id, reason, is_accepted=is_accepted)
    except Refused as refused:
        return _page(sentence(refused), proposal_id, reason), 422
    flash(
        _("已采纳，考核分已重算，本人会收到通知。") if is_accepted else _("没有采纳，考核分不变，本人会收到通知。"),
        "ok",
    )
    return redirect(url_for("score_corrections.index"), 303)


def desk_card(_person: Visitor) -> Card | None:
    """How many corrections of scores wait for HR."""
    reaches = guards.reaches("hr")
    n = queries.open_proposals(reaches, clock.today()) if reaches else 0
    return Card("appraisals/_corrections.html", {"n": n}, order=45) if n else None


def link(_ref_id: str) -> Target | None:
    """The list of corrections, for HR."""
    return Target(_("考核分的更正"), url_for("score_corrections.index") if guards.reaches("hr") else None)


def init_app(app: Flask) -> None:
    """Register the page and the desk card."""
    app.register_blueprint(bp)
    slots.fill(app, "desk", desk_card)
    links.register(app, "score_proposal", "考核分的更正", link)
