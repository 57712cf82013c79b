"""公开课程目录: what is taught here, for everybody; the lessons themselves are for those who work here."""

from flask import Blueprint, render_template

from courses.catalogue import queries
from courses.catalogue.models import UnitKind
from courses.catalogue.views.links import shown_title
from lms.web.guards import public


@public
def open_catalogue() -> str:
    """Every open course with its lessons by title, length and validity; no sign-in, no text of a lesson."""
    courses = [
        {
            "code": course.code,
            "title": shown_title(course),
            "summary": course.summary_text,
            "minutes": sum(unit.minutes for unit in course.units if not unit.is_retired),
            "has_exam": any(unit.kind == UnitKind.exam for unit in course.units),
            "months": course.validity_months,
            "owner": course.owner,
            "updated_at": course.updated_at,
            "lessons": [
                (shown_title(unit), unit.minutes)
                for unit in course.units
                if unit.kind == UnitKind.lesson and not unit.is_retired
            ],
        }
        for course in queries.open_courses()
    ]
    return render_template("courses/catalogue/public.html", courses=courses)


def register(bp: Blueprint) -> None:
    """Put the page at its address."""
    bp.add_url_rule("/open-courses", "open_catalogue", open_catalogue)
