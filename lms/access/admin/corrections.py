"""信息有误: what people say is wrong with their details, for HR of their scope; mended on the person's page, answered here."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from lms import clock
from lms.access import corrections, forms
from lms.access.models import Correction, Role
from lms.db import db
from lms.errors import Refused
from lms.people import queries as people
from lms.people.models import Person
from lms.people.rules import may_see
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import needs
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import Card

bp = Blueprint("corrections", __name__)
PAGE = 30
Page = str | Response | tuple[str, int]


def _in_scope() -> Select[int]:
    """Ids of the people whose reports one may answer."""
    reaches = guards.reaches("hr")
    if any(reach.scope == "all" for reach in reaches):
        return select(Person.id)  # type: ignore[return-value]
    return people.persons_in_scope(reaches, clock.today())


@bp.get("/people/corrections")
@needs("hr")
def index() -> str:
    """Reports that wait, or those that are settled."""
    mark_section("people.index")
    page, settled = max(1, request.args.get("page", 1, type=int)), request.args.get("state") == "settled"
    state = "settled" if settled else None
    rows = corrections.listed(_in_scope(), settled=settled, page=page, limit=PAGE)
    spells = people.spells_on([row.person_id for row in rows], clock.today())
    return render_template(
        "access/corrections.html",
        rows=[(row, spells.get(row.person_id)) for row in rows[:PAGE]],
        settled=settled,
        waiting=corrections.waiting(_in_scope()),
        before=url_for("corrections.index", state=state, page=page - 1) if page > 1 else None,
        after=url_for("corrections.index", state=state, page=page + 1) if len(rows) > PAGE else None,
    )


def _found(correction_id: int) -> Correction:
    """A report of somebody in reach, or 404."""
    correction = guards.found(db.session.get(Correction, correction_id))
    guards.allow(_covers(correction), seen=False)
    return correction


def _covers(correction: Correction) -> bool:
    reaches = guards.reaches("hr")
    if any(reach.scope == "all" for reach in reaches):
        return True
    spell = people.spell_on(correction.person_id, clock.today()) or people.latest_spell(correction.person_id)
    return spell is not None and may_see(reaches, spell, below=people.units_below(reaches))


@bp.route("/people/corrections/<int:correction_id>", methods=["GET", "POST"])
@needs("hr")
def show(correction_id: int) -> Page:
    """One report beside what is on record; mend it there, answer it here."""
    mark_section("people.index")
    correction = _found(correction_id)
    form = forms.AnswerForm.from_request() if request.method == "POST" else forms.AnswerForm()
    if request.method == "POST" and form.validate():
        try:
            corrections.settle(correction, form.answer.data, was_mended=form.was_mended.data == "1")
        except Refused as refused:
            form.form_errors = [sentence(refused)]
        else:
            flash(_("已答复%(name)s。", name=correction.person.name), "ok")
            return redirect(url_for("corrections.index"), 303)
    html = render_template(
        "access/correction.html",
        correction=correction,
        someone=people.person_with_spells(correction.person_id),
        spell=people.spell_on(correction.person_id, clock.today()) or people.latest_spell(correction.person_id),
        form=form,
    )
    return (html, 422) if request.method == "POST" else html


def link(ref_id: str) -> Target | None:
    """A report: for HR its page, for the person their settings."""
    correction = db.session.get(Correction, int(ref_id)) if ref_id.isdigit() else None
    if correction is None:
        return None
    if guards.reaches("hr") and _covers(correction):
        return Target(_("信息有误"), url_for("corrections.show", correction_id=correction.id))
    own = g.person is not None and g.person.id == correction.person_id
    return Target(_("信息有误"), url_for("access.settings") + "#wrong" if own else None)


def desk_card(person: Any) -> Card | None:
    """On HR's desk: how many reports wait."""
    if not person.has(Role.hr):
        return None
    waiting = corrections.waiting(_in_scope())
    return Card("access/_corrections.html", {"waiting": waiting}, order=15) if waiting else None
