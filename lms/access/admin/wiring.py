"""What access listens to, what it puts on other pages, and its administrators' screens."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_babel import gettext as _

from lms import clock, jobs
from lms.access import actions, queries
from lms.access.admin import accounts, codes, roles, seen, setup, tables, trail
from lms.access.models import ADMINISTRATORS, Role
from lms.db import transaction
from lms.people import events as people_events
from lms.people.models import Person
from lms.people.queries import current_spell
from lms.web import slots
from lms.web.slots import Card, NavItem


def identities(person: Any) -> list[dict[str, Any]]:
    """The roles one may work under, for 切换身份."""
    held = dict.fromkeys(Role(reach.role) for reach in person.reaches)
    return [{"key": role.value, "label": _(role.label), "current": role == person.role} for role in held]


def on_person_added(person: Person) -> None:
    """A new person gets an account that waits for its code."""
    actions.open_account(person)


def on_spell_ended(spell: Any) -> None:
    """Who leaves today or has left is signed out at once, unless another spell goes on."""
    tomorrow = clock.today() + timedelta(days=1)
    if spell.ends_on <= clock.today() and current_spell(spell.person_id, tomorrow) is None:
        actions.end_sessions_of(spell.person_id, "left")


def on_record_viewed(person_id: int, *, viewer: Any, page: str) -> None:
    """Note who looked."""
    actions.record_view(person_id, viewer, page)


def forget_old_rates() -> int:
    """Sweep: counts of yesterday are of no more use."""
    with transaction(writes=False):
        old = actions.old_rates()
    if old:
        with transaction():
            actions.forget_old_rates()
    return old


NAVIGATION = [
    NavItem(
        "角色",
        "security.roles",
        "shield-check",
        shell="staff",
        roles=frozenset({"security_admin", "audit_admin"}),
        order=70,
    ),
    NavItem("账号", "accounts.index", "lock", shell="staff", roles=frozenset({"security_admin"}), order=72),
    NavItem("审计", "trail.index", "scroll-text", shell="staff", roles=frozenset({"audit_admin"}), order=74),
]


def missing_card(person: Any) -> Card | None:
    """On the security administrator's desk: who of the three is missing."""
    if not person.has(Role.security_admin):
        return None
    missing = [role for role in sorted(ADMINISTRATORS) if not queries.holders(role)]
    return Card("access/_missing.html", {"missing": missing}, order=10) if missing else None


def init_app(app: Flask) -> None:
    """Register screens, slots, listeners and the sweep."""
    for screens in (accounts, codes, roles, seen, setup, trail):
        app.register_blueprint(screens.bp)
    tables.init_app(app)
    slots.fill(app, "identities", identities)
    slots.fill(app, "me_side", seen.card)
    slots.fill(app, "record_sections", seen.record_section)
    slots.fill(app, "person_tabs", accounts.person_card)
    slots.fill(app, "desk", missing_card)
    slots.fill(app, "navigation", lambda: NAVIGATION)
    people_events.person_added.connect(on_person_added)
    people_events.spell_ended.connect(on_spell_ended)
    people_events.record_viewed.connect(on_record_viewed)
    jobs.register_sweep(app, "rates", forget_old_rates)
