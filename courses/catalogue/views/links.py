"""How courses and lessons are named and opened from elsewhere: references and search."""

from flask import Flask, url_for

from courses.catalogue import queries, rules
from courses.catalogue.models import UnitKind
from courses.catalogue.rules import Titled
from lms.web import links, slots
from lms.web.languages import locale
from lms.web.links import Target


def shown_title(thing: Titled) -> str:
    """The title in the reader's language."""
    return rules.shown_title(thing, locale())


def course_link(ref_id: str) -> Target | None:
    """The title and page of a course."""
    found = queries.course(ref_id)
    return Target(shown_title(found), url_for("courses.course", code=found.code)) if found else None


def lesson_link(ref_id: str) -> Target | None:
    """The title and page of a lesson; a retired one keeps its title without a page."""
    found = queries.units_by_code([ref_id]).get(ref_id)
    if found is None:
        return None
    label = f"{shown_title(found.course)}：{shown_title(found)}"
    is_open = found.course.is_open and not found.is_retired
    return Target(label, url_for("courses.lesson", code=found.code) if is_open else None)


def lesson_choices() -> list[tuple[str, str]]:
    """(code, label) of every lesson of the open courses, for forms of lower nouns."""
    return [
        (unit.code, f"{shown_title(course)}：{shown_title(unit)}")
        for course in queries.open_courses()
        for unit in course.units
        if unit.kind == UnitKind.lesson and not unit.is_retired
    ]


def init_app(app: Flask) -> None:
    """Register link kinds, search kinds and the filter that shows a title."""
    app.add_template_filter(shown_title)
    links.register(app, "course", "课程", course_link)
    links.register(app, "lesson", "课节", lesson_link)
    slots.fill(app, "search_kinds", lambda: [("course", "课程"), ("lesson", "课节")])
    slots.fill(app, "lesson_choices", lesson_choices)
