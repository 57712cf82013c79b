"""数据归集: for each measure of a cycle how many people have a value, who lacks one, when it last arrived; the days of the stages."""

from flask import render_template, request, url_for
from flask_babel import gettext as _

from appraisals.cycles import coverage
from appraisals.cycles.rules.stages import SETTLED, Stage
from appraisals.cycles.views import tree
from appraisals.cycles.views.frame import bp, cycle_or_404, held
from lms.web import guards
from lms.web.shell import mark_section


@bp.get("/appraisals/<code>/sources")
def sources(code: str) -> str:
    """The page; ?missing=<measure> lists who lacks a value. Once grades are determined nothing is counted any more: the
    scores keep what they have read, and what came in later is not in them.
    """
    mark_section("appraisals.cycles")
    cycle = cycle_or_404(code)
    guards.allow(bool(held()))
    if Stage(cycle.state) in SETTLED:
        return render_template("appraisals/sources.html", cycle=cycle, is_settled=True)
    reaches = guards.reaches("hr", "committee")
    rows = coverage.by_measure(cycle, reaches)
    wanted = request.args.get("missing", "")
    chosen = next((row for row in rows if row.code == wanted), None)
    page = max(1, request.args.get("page", 1, type=int))
    people = coverage.without(cycle, reaches, chosen, page) if chosen is not None else []
    here = url_for("appraisals.sources", code=code)
    return render_template(
        "appraisals/sources.html",
        cycle=cycle,
        rows=[(row, _(tree.SOURCES.get(row.part, "导入")), f"{here}?missing={row.code}#missing") for row in rows],
        chosen=chosen,
        people=people,
        page=page,
        first=(page - 1) * coverage.PAGE + 1,
        previous=f"{here}?missing={wanted}&page={page - 1}#missing" if page > 1 else None,
        following=f"{here}?missing={wanted}&page={page + 1}#missing"
        if chosen is not None and page * coverage.PAGE < chosen.missing
        else None,
    )
