"""What the pages of the bank share: the filter in the address, one question for its page or to change it, sentences."""

from dataclasses import fields
from typing import Any

from flask import g, request, url_for
from flask_babel import lazy_gettext

from assessments.bank import queries, source
from assessments.bank.actions import reviewing
from assessments.bank.actions.reviewing import Ready
from assessments.bank.models import Difficulty, Question
from assessments.bank.queries import BankFilter
from assessments.bank.rules import states
from assessments.bank.rules.figures import Figures
from assessments.bank.rules.wording import Draft
from courses.catalogue import queries as catalogue
from courses.catalogue.models import CourseUnit, UnitKind
from lms.db import reading
from lms.policies import queries as policies
from lms.web import guards, slots

STAFF = ("trainer",)
PAGE = 20
LONGEST_VALUE = 60
DIFFICULTY_WORDS = {
    Difficulty.easy: lazy_gettext("易"),
    Difficulty.medium: lazy_gettext("中"),
    Difficulty.hard: lazy_gettext("难"),
}


def wanted_filter() -> BankFilter:
    """The filter in the address."""
    names = [field.name for field in fields(BankFilter) if field.name != "words"]
    given = {name: request.args.get(name, "").strip()[:LONGEST_VALUE] for name in names}
    return BankFilter(request.args.get("q", "").strip()[:LONGEST_VALUE], **given)


def query_of(wanted: BankFilter, page: int = 1) -> dict[str, Any]:
    """The filter as the values of an address."""
    values: dict[str, Any] = {"q": wanted.words} if wanted.words else {}
    values |= {name: value for name, value in vars(wanted).items() if name != "words" and value}
    return values | ({"page": page} if page > 1 else {})


def page_number() -> int:
    """The page of the list in the address, from 1."""
    return min(max(1, request.args.get("page", 1, type=int)), 100_000)


def address(question: Question | str, **more: Any) -> str:
    """The page of a question within the list one came from."""
    code = question if isinstance(question, str) else question.code
    return url_for("exams.question", code=code, **query_of(wanted_filter(), page_number()), **more)


def question_or_404(code: str, *, to_change: bool = False) -> Question:
    """The question of an address."""
    return guards.found(queries.question(code, to_change=to_change))


def lessons_of(course_code: str) -> list[CourseUnit]:
    """The lessons a question of a course may point to."""
    course = catalogue.course(course_code)
    units = course.units if course else []
    return [unit for unit in units if unit.kind == UnitKind.lesson and not unit.is_retired]


def lesson_codes(course_code: str) -> set[str]:
    """Their codes."""
    return {unit.code for unit in lessons_of(course_code)}


def prepared(code: str, draft: Draft | None = None) -> Ready | None:
    """The wording of a question (or a given one) looked through and rendered, outside any write; None without one."""
    with reading():
        question = queries.question(code)
        if question is None or (draft is None and question.draft is None):
            return None
        wording = draft or source.latest_wording(question)
        assert wording is not None
        return reviewing.prepare(wording, policies.registry(), lesson_codes(question.course_code))


def figures_of(version_ids: list[int], opened: int | None) -> dict[int, Figures]:
    """What is known of the answers to these versions, from whoever counts answers; picks of the opened one only."""
    found: dict[int, Figures] = {}
    for more in slots.gather("question_figures", version_ids, opened):
        found |= more
    return found


def state_of(question: Question) -> str:
    """draft, in_review, returned, published or retired."""
    return states.state_of(question, question.draft)


def may_review(question: Question) -> bool:
    """Whether the signed-in person may decide on the working copy."""
    return question.draft is not None and states.is_reviewer(question.draft, g.person.id)
