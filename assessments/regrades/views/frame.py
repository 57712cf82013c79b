"""What the pages of regrades share: the blueprint, who may rule, whose objections one sees."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select

from lms import clock
from lms.people import queries as people
from lms.web import guards

bp = Blueprint("regrades", "assessments")
STAFF = ("trainer",)
SECTION = "regrades.objections"


def may_rule() -> bool:
    """A ruling reaches everybody who was asked the item, so only who works for everybody decides it."""
    return any(one.scope == "all" for one in guards.reaches(*STAFF))


def scope() -> Select[Any] | None:
    """Whose objections the viewer sees; None for everybody's."""
    reaches = guards.reaches(*STAFF)
    return None if any(one.scope == "all" for one in reaches) else people.persons_in_scope(reaches, clock.today())
