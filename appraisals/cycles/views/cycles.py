"""The list of cycles, a new one, and the steps of each."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import queries, roster
from appraisals.cycles.actions import moving, opening
from appraisals.cycles.forms import OpenForm
from appraisals.cycles.models import CycleKind
from appraisals.cycles.rules import planning, stages
from appraisals.cycles.rules.stages import Actor, Stage
from appraisals.cycles.views.frame import bp, cycle_or_404, held, kind_word, seen, sees_all
from appraisals.evidence.rules import plain
from appraisals.scores import queries as scores
from appraisals.scores.actions import WORK_LABELS
from appraisals.scores.rules import Scheme
from lms import clock
from lms.errors import Refused
from lms.people.models import EmploymentForm
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
    return render_template(
        "appraisals/cycles.html",
        rows=rows,
        may_open=bool(held(Actor.hr, Actor.committee)),
        may_import=bool(held(Actor.hr)),
    )


@bp.route("/appraisals/new", methods=["GET", "POST"])
@needs("hr", "committee")
def new() -> str | Answer | tuple[str, int]:
    """Open a cycle."""
    mark_section("appraisals.cycles")
    guards.allow(bool(held(Actor.hr, Actor.committee)))
    form = OpenForm(request.form) if request.method == "POST" else OpenForm(data=_suggested())
    if request.method != "POST":
        return _new_page(form)
    if form.validate():
        try:
            cycle = opening.open_cycle(
                form.code.data,
                form.title.data,
                CycleKind(form.kind.data),
                form.period_from.data,
                form.period_to.data,
                grading_due_on=form.grading_due_on.data,
                signers=int(form.signers.data),
                plan=_plan(form),
            )
        except Refused as refused:
            form.code.errors = [sentence(refused)]
        else:
            return redirect(url_for("appraisals.cycle", code=cycle.code), 303)
    return _new_page(form), 422


def _suggested() -> dict[str, Any]:
    """The fields of the chosen template; a code in use gets another ending."""
    kind = CycleKind.annual if request.args.get("template") == "annual" else CycleKind.quarterly
    usual = planning.template(kind, clock.today())
    code, n = usual.code, 2
    while queries.cycle(code) is not None:
        code, n = f"{usual.code}-{n}", n + 1
    return {
        "code": code,
        "title": usual.title,
        "kind": kind.value,
        "period_from": usual.period_from,
        "period_to": usual.period_to,
        "summary_due_on": usual.plan.get(Stage.self_summary),
        "evidence_due_on": usual.plan.get(Stage.evidence_locked),
        "grading_due_on": usual.plan.get(Stage.grading),
    }


def _plan(form: OpenForm) -> dict[Stage, date]:
    days = {
        Stage.self_summary: form.summary_due_on.data,
        Stage.evidence_locked: form.evidence_due_on.data,
        Stage.grading: form.grading_due_on.data,
    }
    return {stage: day for stage, day in days.items() if day is not None}


def _new_page(form: OpenForm) -> str:
    """The form with who would take part, by form of employment, and the weights that would hold."""
    counts: dict[EmploymentForm, int] = {}
    first, last = form.period_from.data, form.period_to.data
    if first is not None and last is not None and first < last:
        counts = roster.headcounts(first, last, clock.today())
    dimensions: dict[tuple[EmploymentForm, str], list[str]] = {}
    for (kind, work), row in scores.rows_on(first or clock.today()).items():
        scheme = Scheme.from_dict(row.weights["scheme"])
        dimensions[kind, work] = [f"{_(one.label)} {plain(one.weight)}%" for one in scheme.dimensions]
    return render_template(
        "appraisals/new.html",
        form=form,
        counts=[(_(kind.label), counts.get(kind, 0)) for kind in EmploymentForm],
        people=sum(counts.values()),
        weights=[
            (_(kind.label), _(WORK_LABELS[work]), "，".join(words))
            for (kind, work), words in sorted(
                dimensions.items(), key=lambda one: (list(EmploymentForm).index(one[0][0]), one[0][1])
            )
        ],
        template=request.args.get("template", "quarterly"),
    )


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
