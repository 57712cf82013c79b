"""签批: the list as it would be fixed, what stands in the way, the password again, one signature or two."""

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import gradings, listing, queries
from appraisals.cycles.actions import determining
from appraisals.cycles.actions.determining import GradeList
from appraisals.cycles.forms import PasswordForm
from appraisals.cycles.models import Cycle
from appraisals.cycles.rules import board
from appraisals.cycles.rules.grades import LOW_GRADES, Grade
from appraisals.cycles.rules.stages import Actor, Decider, Stage
from appraisals.cycles.views.frame import bp, cycle_or_404, grade_word, held
from lms import files
from lms.access import actions as access
from lms.access import queries as accounts
from lms.db import reading
from lms.errors import Refused
from lms.settings import Settings
from lms.web import guards
from lms.web.errors import sentence
from lms.web.shell import mark_section

SHOWN = 60
HIGHEST = frozenset({Grade.excellent})


def _signer(cycle: Cycle) -> Decider:
    """As whom the signed-in person signs; 403 where they may not."""
    parts = held(Actor.committee, Actor.hr)
    guards.allow(bool(parts))
    actor = Actor.committee if Actor.committee in parts else Actor.hr
    guards.allow(actor is Actor.committee or cycle.signers > 1)
    return Decider(g.person.id, g.person.name, actor)


@bp.get("/appraisals/<code>/sign-off")
def sign_off(code: str) -> str:
    """The summary that is signed."""
    cycle = cycle_or_404(code)
    return _page(cycle, _signer(cycle), PasswordForm())


def _digest(cycle: Cycle) -> str:
    """The hash of the list: as it was signed, or as it is now where one of two has signed; empty before the first.

    The list of a whole cycle is long work: it is made when somebody signs, not when somebody looks.
    """
    known = gradings.sign_offs(cycle.id)
    if not known or (cycle.state == Stage.grading and cycle.signers == 1):
        return ""
    return determining.grade_list(cycle).digest if cycle.state == Stage.grading else known[-1].digest


def _page(cycle: Cycle, signer: Decider, form: PasswordForm) -> str:
    mark_section("appraisals.cycles")
    seen = gradings.seen_now(cycle.id)  # first: what changes while the rest is read must not count as seen
    tallies = listing.tallies(cycle.id)
    pools = {key: (pool.label, pool.percent) for key, pool in queries.pools(cycle.id).items()}
    table = []
    for pool in board.seats_from(tallies, pools):
        inside = [tally for tally in tallies if tally.pool == pool.pool]
        if inside:
            counts = [sum(tally.n for tally in inside if tally.grade == grade) for grade in Grade]
            words = [grade_word(inside[0].form, cycle.kind, grade.value) for grade in Grade]
            ungraded = sum(tally.n for tally in inside if not tally.is_graded)
            table.append((pool, list(zip(words, counts, strict=True)), ungraded))
    hindrances = [sentence(one) for one in determining.hindrances(cycle, signer, tallies)]
    digest = _digest(cycle)
    signed = gradings.sign_offs(cycle.id, digest) if digest else []
    given = {tally.grade for tally in tallies}
    low, top = (listing.graded(cycle.id, grades, SHOWN) if grades & given else [] for grades in (LOW_GRADES, HIGHEST))
    return render_template(
        "appraisals/sign_off.html",
        cycle=cycle,
        table=table,
        people=sum(tally.n for tally in tallies),
        grades=sum(tally.n for tally in tallies if tally.grade is not None),
        digest=digest,
        seen=seen,
        low=[(row, grade_word(row.form, cycle.kind, row.grade)) for row in low],
        top=[(row, grade_word(row.form, cycle.kind, row.grade)) for row in top],
        hindrances=hindrances,
        signed=signed,
        has_signed=cycle.state == Stage.grading and any(one.person_id == signer.person_id for one in signed),
        form=form,
    )


@bp.post("/appraisals/<code>/sign-off")
def sign_now(code: str) -> str | Answer | tuple[str, int]:
    """Verify the password outside any write, keep the list as a file, then sign."""
    form = PasswordForm.from_request()
    settings: Settings = current_app.config["LMS_SETTINGS"]
    listed: GradeList | None = None
    fault: Refused | None = None
    with reading():
        cycle = cycle_or_404(code)
        signer = _signer(cycle)
        facts = accounts.facts_by_number(g.person.staff_number)
        try:
            determining.check_ready(cycle, signer, listing.tallies(cycle.id))
            listed = determining.grade_list(cycle)
        except Refused as refused:
            fault = refused
    if not form.validate():
        return _page(cycle_or_404(code), signer, form), 422
    if not access.knows_password(facts, form.password.data):
        refused_words = access.refuse_sign_in(
            g.person.staff_number,
            address=request.remote_addr or "",
            limit=settings.login_failures,
            lock_minutes=settings.login_lock_minutes,
        )
        form.password.errors = [sentence(refused_words)]
        return _page(cycle_or_404(code), signer, form), 422
    seen = gradings.seen(request.form.get("seen", ""))
    cycle = cycle_or_404(code)
    if listed is None:
        if seen is not None and determining.signed_since(cycle, g.person.id, seen):  # pressed twice
            return redirect(url_for("appraisals.cycle", code=code), 303)
        raise fault or Refused("现在不能签批。没有改动，请刷新页面再试。")
    files.store(listed.content)
    try:
        signed = determining.sign_off(cycle, signer, listed, seen, form.note.data or "")
    except Refused as refused:
        form.note.errors = [sentence(refused)]
        return _page(cycle, signer, form), 422
    flash(_("已签批，指纹 %(digest)s。", digest=signed.digest[:12]), "ok")
    return redirect(url_for("appraisals.cycle", code=code), 303)
