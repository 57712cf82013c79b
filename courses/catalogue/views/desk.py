"""What editing shows on the trainer's desk: own drafts, drafts that wait for a colleague's eyes; and its navigation."""

from flask import Flask

from courses.catalogue import queries, rules
from courses.catalogue.models import DraftState
from lms.web import links, slots
from lms.web.guards import Visitor
from lms.web.links import Target
from lms.web.slots import Card, NavItem

SHOWN = 6


def desk(person: Visitor) -> list[Card]:
    """Cards for those who may edit."""
    if not rules.may_edit(person.reaches):
        return []
    everything = queries.drafts()
    waiting = [one for one in everything if one.state == DraftState.in_review]
    mine = [one for one in everything if person.id in one.author_ids and one.state == DraftState.editing]
    cards = []
    if waiting:
        values = {"rows": waiting[:SHOWN], "total": len(waiting), "person_id": person.id}
        cards.append(Card("courses/catalogue/_waiting.html", values, order=4))
    if mine:
        cards.append(Card("courses/catalogue/_drafts.html", {"rows": mine[:SHOWN], "total": len(mine)}, order=6))
    return cards


def navigation() -> list[NavItem]:
    """课程 for those who edit them."""
    return [
        NavItem("课程", "courses.authoring", "book-open", shell="staff", roles=frozenset({"trainer"}), order=15),
    ]


def draft_link(ref_id: str) -> Target | None:
    """The editor of a lesson, for notices to authors."""
    found = queries.units_by_code([ref_id]).get(ref_id)
    return Target(found.title, f"/training/lessons/{found.code}/draft") if found else None


def init_app(app: Flask) -> None:
    """Fill the slots."""
    slots.fill(app, "desk", desk)
    slots.fill(app, "navigation", navigation)
    links.register(app, "lesson_draft", "课节草稿", draft_link)
