"""What access listens to, what it puts on other pages, and its administrators' screens."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_babel import gettext as _

from lms import clock, jobs
from lms.access import actions, queries
from lms.access.admin import accounts, codes, corrections, matrix, roles, seen, setup, tables, trail, viewing
from lms.access.models import ADMINISTRATORS, Role
from lms.db import transaction
from lms.people import events as people_events
from lms.people.queries import current_spell
from lms.web import links, slots
from lms.web.slots import Card, NavItem


def identities(person: Any) -> list[dict[str, Any]]:
    """The roles one may work under, for 切换身份."""
    held = dict.fromkeys(Role(reach.role) for reach in person.reaches)
    return [{"key": role.value, "label": _(role.label), "current": role == person.role} for role in held]


def on_persons_added(person_ids: list[int]) -> None:
    """New people get accounts that wait for their codes."""
    actions.open_accounts(person_ids)


def on_persons_withdrawing(person_ids: list[int]) -> set[int]:
    """Who has a password or a role of their own stays."""
    return queries.in_use(person_ids)


def on_persons_withdrawn(person_ids: list[int]) -> None:
    """What came with an account goes with it."""
    actions.close_accounts(person_ids)


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
    NavItem("视角", "viewing.start", "eye", shell="staff", roles=frozenset({"system_admin", "audit_admin"}), order=76),
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
    for screens in (accounts, codes, corrections, roles, matrix, seen, setup, trail, viewing):
        app.register_blueprint(screens.bp)
    tables.init_app(app)
    slots.fill(app, "identities", identities)
    slots.fill(app, "me_side", seen.card)
    slots.fill(app, "record_sections", seen.record_section)
    slots.fill(app, "person_tabs", accounts.person_card)
    slots.fill(app, "desk", missing_card)
    slots.fill(app, "desk", corrections.desk_card)
    slots.fill(app, "roster_done", codes.import_card)
    links.register(app, "correction", "信息有误", corrections.link)
    slots.fill(app, "navigation", lambda: NAVIGATION)
    people_events.persons_added.connect(on_persons_added)
    people_events.persons_withdrawing.connect(on_persons_withdrawing)
    people_events.persons_withdrawn.connect(on_persons_withdrawn)
    people_events.spell_ended.connect(on_spell_ended)
    people_events.record_viewed.connect(on_record_viewed)
    jobs.register_sweep(app, "rates", forget_old_rates)
