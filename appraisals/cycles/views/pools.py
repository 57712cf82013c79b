"""Pools: the share of the highest grade with its basis, and votes on those who tie over the last seat."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import gradings, listing, queries, seating
from appraisals.cycles.actions import pools as verbs
from appraisals.cycles.forms import QuotaForm
from appraisals.cycles.models import Cycle, Participation
from appraisals.cycles.rules import board
from appraisals.cycles.rules.board import Seats
from appraisals.cycles.rules.stages import SETTLED, Actor, Stage
from appraisals.cycles.rules.terms import Terms
from appraisals.cycles.views.frame import bp, cycle_or_404, held
from appraisals.evidence.rules import round_score
from lms.errors import Refused
from lms.web import guards
from lms.web.errors import sentence
from lms.web.shell import mark_section


def _parts() -> str:
    """The vendor's HR sees its own pool; HR and committee see and change all."""
    guards.allow(bool(held()))
    return "all" if held(Actor.hr, Actor.committee) else "vendor"


def _own(pool: str) -> bool:
    return any(pool == f"contract:{reach.vendor_id}" for reach in guards.reaches("hr") if reach.scope == "own_vendor")


@bp.get("/appraisals/<code>/pools")
def pools(code: str) -> str:
    """The page."""
    return _page(cycle_or_404(code))


def _page(cycle: Cycle, wrong: str = "", form: QuotaForm | None = None) -> str:
    mark_section("appraisals.cycles")
    sees = _parts()
    tallies = listing.tallies(cycle.id)
    quotas = {key: one for key, one in queries.pools(cycle.id).items() if sees == "all" or _own(key)}
    seats = board.seats_from(tallies, {key: (one.label, one.percent) for key, one in quotas.items()})
    terms = queries.terms_on(cycle.period_from)
    usual = {pool: terms[form] for pool, form in board.forms_of(tallies).items()}
    drawn = [
        {
            "seats": one,
            "quota": quotas[one.pool],
            "terms": usual.get(one.pool),
            "form": form
            if form is not None and one.pool == wrong
            else QuotaForm(data={"percent": str(one.percent), "reason": quotas[one.pool].reason}),
        }
        for one in seats
    ]
    return render_template(
        "appraisals/pools.html",
        cycle=cycle,
        pools=drawn,
        wrong=form if wrong else None,
        kind=cycle.kind,
        may_change=sees == "all" and Stage(cycle.state) not in SETTLED,
        changes=gradings.quota_changes(cycle.id) if sees == "all" else [],
        ties=_ties(cycle, seats, usual),
        is_grading=cycle.state == Stage.grading,
    )


def _ties(cycle: Cycle, seats: list[Seats], terms: dict[str, Terms]) -> list[dict[str, Any]]:
    """Those who tie over the last seat of a pool, with their votes so far; whose HR or committee may record them."""
    votes = gradings.votes(cycle.id)
    bands = {pool: one.bands[cycle.kind] for pool, one in terms.items()}
    last = seating.last_seats(cycle.id, seats, bands, {key: one.votes for key, one in votes.items()})
    voted = listing.some(cycle.id, Participation.id.in_(list(votes))) if votes else []
    found = []
    for one in seats:
        pool, people = one.pool, last[one.pool].tied if one.size else []
        recorded = [row for row in voted if row.pool == pool]
        if not people and not recorded:
            continue
        may = (_own(pool) if pool.startswith("contract:") else bool(held(Actor.committee))) and all(
            row.person_id != g.person.id for row in people
        )
        found.append(
            {
                "pool": pool,
                "label": one.label,
                "people": [
                    (row, round_score(row.total) if row.total is not None else None, votes.get(row.id))
                    for row in people or recorded
                ],
                "is_open": bool(people),
                "empty": last[pool].empty,
                "may": may and bool(people),
                "minutes": next((votes[row.id].minutes for row in recorded), ""),
            }
        )
    return found


@bp.post("/appraisals/<code>/pools/quota")
def set_quota(code: str) -> str | Answer | tuple[str, int]:
    """Change the share of one pool."""
    cycle = cycle_or_404(code)
    guards.allow(bool(held(Actor.hr, Actor.committee)))
    pool = request.form.get("pool", "")
    form = QuotaForm.from_request()
    if not form.validate():
        return _page(cycle, pool, form), 422
    try:
        quota = verbs.set_quota(cycle, pool, int(form.percent.data), form.reason.data, form.basis.data or "")
    except Refused as refused:
        form.percent.errors = [sentence(refused)]
        return _page(cycle, pool, form), 422
    flash(_("「%(pool)s」的比例改为 %(n)s%%。", pool=quota.label, n=quota.percent), "ok")
    return redirect(url_for("appraisals.pools", code=code), 303)


@bp.post("/appraisals/<code>/pools/votes")
def record_votes(code: str) -> Answer:
    """Record the votes on a tie."""
    cycle = cycle_or_404(code)
    pool = request.form.get("pool", "")
    guards.allow(_own(pool) if pool.startswith("contract:") else bool(held(Actor.committee)))
    votes = {}
    for key, value in request.form.items():
        if key.startswith("votes-") and key[6:].isdecimal():
            if not value.strip().isdecimal():
                raise Refused("票数要写整数。没有保存，请核对。")
            votes[int(key[6:])] = int(value)
    inside = {one.id for one in queries.participations(cycle.id, list(votes)) if one.pool == pool}
    guards.allow(inside == set(votes))
    verbs.record_votes(cycle, votes, request.form.get("minutes", ""))
    flash(_("表决已记录，名额按票数重新排。"), "ok")
    return redirect(url_for("appraisals.pools", code=code) + "#ties", 303)
