"""Activation codes: one for a person, or slips for everybody of a unit who has not signed in yet."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext as _

from lms import clock
from lms.access import actions, queries, rules
from lms.access.models import Account
from lms.access.views.signing import Page, config
from lms.imports import queries as imports
from lms.organisation import queries as organisation
from lms.people import queries as people
from lms.people.models import Spell
from lms.people.rules import may_see
from lms.web import guards
from lms.web.guards import needs
from lms.web.shell import mark_section
from lms.web.slots import Card

bp = Blueprint("codes", __name__)
ISSUERS = ("hr", "line_leader", "security_admin")
SLIPS_AT_ONCE = 300


@dataclass(frozen=True)
class Slip:
    """What is printed for one person."""

    name: str
    staff_number: str
    unit: str
    code: str
    expires_at: datetime


def _where() -> str:
    """The public address of the activation page, as it is printed."""
    return config().public_url.rstrip("/") + url_for("access.activate")


def _slip(spell: Spell, account: Account, reason: str) -> Slip:
    """A fresh code for an account, if the signed-in person may issue it."""
    rules.check_may_issue(
        [reach.role for reach in guards.reaches(*ISSUERS)],
        [held.role for held in queries.grants_of(account.person_id)],
        is_self=account.person_id == g.person.id,
    )
    days = config().activation_days
    code = actions.issue_code(account, days=days, reason=reason)
    expires_at = queries.open_codes(account.id, clock.now())[-1].expires_at
    return Slip(spell.person.name, spell.staff_number, spell.unit.name, rules.shown_code(code), expires_at)


@bp.post("/people/<int:person_id>/code")
@needs(*ISSUERS)
def issue(person_id: int) -> Page:
    """One code, shown once."""
    mark_section("people.index")
    reaches = guards.reaches(*ISSUERS)
    spell = guards.found(people.spell_on(person_id, clock.today()) or people.latest_spell(person_id))
    guards.allow(may_see(reaches, spell, below=people.units_below(reaches)), seen=False)
    account = guards.found(queries.account_of(person_id))
    slip = _slip(spell, account, _("当面发放"))
    return render_template("access/slips.html", slips=[slip], one=person_id, skipped=[], where=_where())


@bp.route("/people/codes", methods=["GET", "POST"])
@needs(*ISSUERS)
def slips() -> Page:
    """Choose a unit; then a printable page with a slip for each of its people who has not signed in yet."""
    mark_section("people.index")
    reaches, day = guards.reaches(*ISSUERS), clock.today()
    chosen = request.form.get("unit", type=int)
    imported = request.values.get("import", type=int)
    in_scope = people.persons_in_scope(reaches, day)
    if imported:
        in_scope = in_scope.where(Spell.person_id.in_(imports.written_ids(imported)))
    if request.method == "GET" or not chosen:
        waiting = queries.waiting_by_unit(in_scope, day)
        units = [(unit, waiting[unit.id]) for unit in organisation.units(is_open=False) if unit.id in waiting]
        return render_template("access/choose_slips.html", units=units, imported=imported)
    made, skipped = [], []
    for spell, account in queries.waiting_accounts(in_scope, chosen, day, SLIPS_AT_ONCE):
        held = [grant.role for grant in queries.grants_of(account.person_id)]
        if rules.may_issue([r.role for r in reaches], held, is_self=account.person_id == g.person.id):
            made.append(_slip(spell, account, _("按单位发放")))
        else:
            skipped.append(spell.person.name)
    return render_template("access/slips.html", slips=made, one=None, skipped=skipped, where=_where())


def import_card(import_id: int) -> Card | None:
    """On the result of a roster import: how many joined and have no password yet, and where their slips are."""
    reaches, day = guards.reaches(*ISSUERS), clock.today()
    in_scope = people.persons_in_scope(reaches, day).where(Spell.person_id.in_(imports.written_ids(import_id)))
    waiting = sum(queries.waiting_by_unit(in_scope, day).values())
    return Card("access/_import_slips.html", {"waiting": waiting, "import_id": import_id}) if waiting else None
