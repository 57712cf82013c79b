"""What the trainers' pages share: who may open them, the lesson they are about, moments in words."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from courses.catalogue import queries, rules
from courses.catalogue.models import Course, CourseUnit, UnitKind
from lms import clock
from lms.web import guards
from lms.web.languages import locale
from lms.web.shell import mark_section

SECTION = "courses.authoring"
P = ParamSpec("P")
R = TypeVar("R")


def editors(view: Callable[P, R]) -> Callable[P, R]:
    """The view is for trainers of the whole centre: what they change, everybody learns."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        guards.allow(rules.may_edit(guards.reaches("trainer")))
        mark_section(SECTION)
        return view(*args, **kwargs)

    return guards.needs("trainer")(guarded)


def lesson(code: str) -> CourseUnit:
    """The lesson of that code, published or not, or 404."""
    unit = guards.found(queries.unit(code))
    guards.allow(unit.kind == UnitKind.lesson, seen=False)
    return unit


def course(code: str) -> Course:
    """The course of that code, open or not, or 404."""
    return guards.found(queries.course(code))


def shown_title(thing: rules.Titled) -> str:
    """The title in the reader's language."""
    return rules.shown_title(thing, locale())


def wall(instant: datetime) -> str:
    """The local time of day, as in 10:42."""
    return clock.local(instant).strftime("%H:%M")
