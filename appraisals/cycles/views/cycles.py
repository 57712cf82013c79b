"""The list of cycles, a new one, and the steps of each."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import queries
from appraisals.cycles.actions import moving, opening
from appraisals.cycles.forms import OpenForm
from appraisals.cycles.models import CycleKind
from appraisals.cycles.rules import stages
from appraisals.cycles.rules.stages import Actor, Stage
from appraisals.cycles.views.frame import bp, cycle_or_404, held, kind_word, seen, sees_all
from lms.errors import Refused
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import needs
from lms.web.shell import mark_section


@bp.get("/appraisals")
@needs("hr", "committee", "line_leader")
def cycles() -> str:
    """All cycles with where they stand."""
    reaches = seen()
    found = [cycle for cycle in queries.cycles() if cycle.state != Stage.plan_draft or sees_all(reaches)]
    counts = queries.headcounts([cycle.id for cycle in found], reaches)
    rows = [(cycle, kind_word(cycle.kind), Stage(cycle.state).label, counts.get(cycle.id, 0)) for cycle in found]
    return render_template("appraisals/cycles.html", rows=rows, may_open=bool(held(Actor.hr, Actor.committee)))


@bp.route("/appraisals/new", methods=["GET", "POST"])
@needs("hr", "committee")
def new() -> str | Answer | tuple[str, int]:
    """Open a cycle."""
    mark_section("appraisals.cycles")
    guards.allow(bool(held(Actor.hr, Actor.committee)))
    form = OpenForm.from_request()
    if request.method != "POST":
        return render_template("appraisals/new.html", form=form)
    if form.validate():
        try:
            cycle = opening.open_cycle(
                form.code.data,
                form.title.data,
                CycleKind(form.kind.data),
                form.period_from.data,
                form.period_to.data,
                grading_due_on=form.grading_due_on.data,
            )
        except Refused as refused:
            form.code.errors = [sentence(refused)]
        else:
            return redirect(url_for("appraisals.cycle", code=cycle.code), 303)
    return render_template("appraisals/new.html", form=form), 422


@bp.post("/appraisals/<code>/moves")
def move(code: str) -> Answer:
    """Take the cycle to another stage."""
    found = cycle_or_404(code)
    parts = held()
    guards.allow(bool(parts))
    try:
        to = Stage(request.form.get("to", ""))
    except ValueError:
        raise Refused("没有这个阶段。内容没有改动，请刷新页面再试。") from None
    note = request.form.get("note", "")
    allowed = stages.MOVES.get((Stage(found.state), to), frozenset())
    actor = next((actor for actor in parts if actor in allowed), parts[0])
    if to is Stage.evidence_locked:
        moving.lock_evidence(found, actor, note)
    else:
        moving.move(found, to, actor, note)
    flash(_("「%(title)s」已到「%(stage)s」。", title=found.title, stage=_(to.label)), "ok")
    return redirect(url_for("appraisals.cycle", code=code), 303)


@bp.post("/appraisals/<code>/scores")
def rescore(code: str) -> Answer:
    """Work out every score again, after evidence was added."""
    found = cycle_or_404(code)
    guards.allow(bool(held(Actor.hr, Actor.committee)))
    moving.start_scores(found)
    flash(_("开始重算，算完这里会更新。"), "info")
    return redirect(url_for("appraisals.cycle", code=code), 303)
