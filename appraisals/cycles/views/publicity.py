"""公示: the lists that are public inside the organisation now, and the objection of whoever is signed in."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import dossiers, queries
from appraisals.cycles.actions import contesting
from appraisals.cycles.forms import ObjectionForm
from appraisals.cycles.models import Cycle, Participation, Publicity
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.views.frame import bp
from lms.db import db
from lms.errors import Refused
from lms.people.models import EmploymentForm
from lms.web import guards
from lms.web.errors import sentence


@bp.get("/publicity")
def publicities() -> str:
    """Every list that is public now, for everybody in the organisation."""
    running = dossiers.running_publicities()
    rows = [(one, cycle, len(one.rows)) for one, cycle in running]
    return render_template("appraisals/publicities.html", rows=rows)


@bp.get("/publicity/<int:publicity_id>")
def publicity(publicity_id: int) -> str:
    """One list with masked names and its hash; kept readable after it ended."""
    return _page(*_found(publicity_id))


def _found(publicity_id: int) -> tuple[Publicity, Cycle]:
    one = guards.found(db.session.get(Publicity, publicity_id))
    cycle = db.session.get_one(Cycle, one.cycle_id)
    guards.allow(Stage(cycle.state) in {Stage.publicity, Stage.final, Stage.archived, Stage.grading}, seen=False)
    return one, cycle


def _form(one: Publicity, cycle: Cycle) -> ObjectionForm:
    """Whom an objection can be about: those on the list, and oneself when one takes part and is not on it."""
    form = ObjectionForm(request.form if request.method == "POST" else None)
    choices = [
        (row["participation_id"], f"{row['name']}（{row['number']}），{row['unit']}，{row['grade']}")
        for row in one.rows
    ]
    mine = queries.participation(cycle.id, g.person.id)
    if mine is not None and mine.id not in dict(choices):
        choices.append((mine.id, _("我自己：认为应当列入")))
    form.about.choices = choices
    return form


def _page(one: Publicity, cycle: Cycle, form: ObjectionForm | None = None) -> str:
    is_open = (one, cycle) in dossiers.running_publicities()
    rows = [{**row, "form_word": _(EmploymentForm(row["form"]).label)} for row in one.rows]
    mine = [case for case in dossiers.cases_by(g.person.id, cycle.id) if case.claim.publicity_id == one.id]
    return render_template(
        "appraisals/publicity.html",
        publicity=one,
        cycle=cycle,
        rows=rows,
        is_open=is_open,
        form=form or _form(one, cycle),
        mine=mine,
    )


@bp.post("/publicity/<int:publicity_id>/objections")
def objection(publicity_id: int) -> str | Answer | tuple[str, int]:
    """Object to a name on the list, or to not being on it."""
    one, cycle = _found(publicity_id)
    form = _form(one, cycle)
    if not form.validate():
        return _page(one, cycle, form), 422
    try:
        about = guards.found(db.session.get(Participation, form.about.data))
        claim = contesting.contest_publicity(one, about, g.person.id, form.text.data)
    except Refused as refused:
        form.text.errors = [sentence(refused)]
        return _page(one, cycle, form), 422
    flash(_("异议已提交，进展在这里看。"), "ok")
    return redirect(url_for("appraisals.claim", claim_id=claim.id), 303)
