"""What regrades show on other pages: under a question of a result, in the item table, in the bank, on the desk."""

from flask import Flask, url_for
from flask_babel import gettext as _

from assessments.attempts import queries as attempts
from assessments.attempts.models import Attempt
from assessments.bank.models import QuestionVersion
from assessments.exams.models import Exam
from assessments.regrades import queries, rules
from assessments.regrades.views.frame import SECTION, STAFF, may_rule, scope
from lms.web import guards, slots
from lms.web import links as link_kinds
from lms.web.guards import Visitor
from lms.web.links import Target
from lms.web.slots import Card, NavItem


def result_objections(attempt: Attempt, *, is_own: bool) -> dict[int, Card]:
    """Under each question of the result page: the way to object, or the objection with its answer."""
    if attempt.status != "handed_in":
        return {}
    known = queries.objections_of(attempt.id)
    places = attempts.places(attempt.id) if is_own else []
    positions = {one.position for one in places} | set(known)
    return {
        position: Card("assessments/regrades/_objection.html", {"known": known.get(position), "n": position}, order=30)
        for position in positions
    }


def item_notes(exam: Exam, version_ids: list[int]) -> dict[int, Card]:
    """In the item table: objections to a question and the way to 改判."""
    counts = queries.objection_counts(version_ids)
    named = {one.id: one for one in queries.versions(version_ids)}
    return {
        version_id: Card(
            "assessments/regrades/_note.html",
            {
                "n": counts.get(version_id, 0),
                "version_id": version_id,
                "code": named[version_id].question.code,
                "number": named[version_id].number,
                "exam": exam.code,
                "may_rule": may_rule(),
            },
        )
        for version_id in version_ids
    }


def question_card(version: QuestionVersion) -> Card:
    """On a question's page in the bank: rulings on this wording and the way to a new one."""
    values = {
        "rulings": queries.rulings_on([version.id]),
        "kinds": rules.KINDS,
        "code": version.question.code,
        "number": version.number,
        "may_rule": may_rule(),
    }
    return Card("assessments/regrades/_question.html", values, order=40)


def desk_card(_person: Visitor) -> Card | None:
    """Objections that wait."""
    if not guards.reaches(*STAFF):
        return None
    n = queries.objections_page(scope(), is_open=True, limit=1)[1]
    return Card("assessments/regrades/_desk.html", {"n": n}, order=26) if n else None


def navigation() -> list[NavItem]:
    """异议 for trainers."""
    return [NavItem("异议", SECTION, "message-square-quote", shell="staff", roles=frozenset(STAFF), order=33)]


def ruling_link(ref_id: str) -> Target | None:
    """A ruling, for trainers."""
    found = queries.ruling(int(ref_id)) if ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 10 else None
    if found is None:
        return None
    href = url_for("regrades.ruling", ruling_id=found.id) if guards.reaches(*STAFF) else None
    return Target(_("改判 %(code)s", code=found.version.question.code), href)


def objection_link(ref_id: str) -> Target | None:
    """An objection, for trainers."""
    href = None
    if guards.reaches(*STAFF) and ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 10:
        href = url_for("regrades.objection", objection_id=int(ref_id))
    return Target(_("异议 %(n)s", n=ref_id), href)


def init_app(app: Flask) -> None:
    """Register pages, slots and links."""
    for slot, filler in (
        ("navigation", navigation),
        ("desk", desk_card),
        ("result_lines", result_objections),
        ("item_notes", item_notes),
        ("question_page", question_card),
    ):
        slots.fill(app, slot, filler)
    link_kinds.register(app, "ruling", "改判", ruling_link)
    link_kinds.register(app, "objection", "异议", objection_link)
