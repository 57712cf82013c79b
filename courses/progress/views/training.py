"""培训: how far the units are in each course, and assigning a course to a unit's people."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from courses.catalogue import queries as catalogue_queries
from courses.progress import actions, training
from courses.progress.forms import AssignForm
from courses.progress.training import Count
from courses.progress.views.learning import shown_title
from lms import clock
from lms.errors import Refused
from lms.organisation import queries as organisation
from lms.organisation.models import Unit
from lms.people import queries as people
from lms.people.models import Spell
from lms.web import errors, guards
from lms.web.shell import mark_section

ROLES = ("trainer", "hr")
SECTION = "courses.training"


@guards.needs(*ROLES)
def index() -> str:
    """Courses with how many take and completed them, and the same by unit."""
    reaches, today = guards.reaches(*ROLES), clock.today()
    counts = training.counts(reaches, today)
    courses = catalogue_queries.open_courses()
    heads = training.heads(reaches, today)
    rows = [(found, sum(counts.get(found.id, {}).values(), Count())) for found in courses]
    cells = [
        {
            "label": f"{unit.name}（{n}）",
            "href": None,
            "cells": [_cell(counts.get(found.id, {}).get(unit.id), found.code) for found in courses],
        }
        for unit, n in heads
    ]
    return render_template(
        "courses/progress/training.html",
        rows=rows,
        columns=[shown_title(found) for found in courses],
        cells=cells,
        people=sum(n for _unit, n in heads),
    )


def _cell(count: Count | None, code: str) -> dict[str, object] | None:
    if count is None or not count.enrolled:
        return None
    return {
        "percent": count.percent,
        "text": f"{count.completed}/{count.enrolled}",
        "href": url_for("courses.training_course", code=code),
    }


@guards.needs(*ROLES)
def course(code: str) -> str | tuple[str, int]:
    """One course by unit, and the form that assigns it."""
    return _page(code, AssignForm.from_request())


def _page(code: str, form: AssignForm, problem: str = "") -> str | tuple[str, int]:
    found = guards.found(catalogue_queries.course(code))
    mark_section(SECTION)
    reaches, today = guards.reaches(*ROLES), clock.today()
    counts = training.counts(reaches, today).get(found.id, {})
    heads = training.heads(reaches, today)
    form.unit.choices = [(unit.id, unit.name) for unit in _assignable()]
    html = render_template(
        "courses/progress/training_course.html",
        course=found,
        form=form,
        problem=problem,
        rows=[(unit, n, counts.get(unit.id, Count())) for unit, n in heads],
        total=sum(counts.values(), Count()),
        people=sum(n for _unit, n in heads),
        today=today,
    )
    return (html, 422) if problem or form.errors else html


def _assignable() -> list[Unit]:
    """Units whose people a trainer or HR may assign a course to."""
    reaches = guards.reaches(*ROLES)
    everything = organisation.units()
    if any(reach.scope in {"all", "own_vendor"} for reach in reaches):
        return everything
    below = people.units_below(reaches)
    return [unit for unit in everything if unit.id in below]


@guards.needs(*ROLES)
def assign(code: str) -> str | tuple[str, int] | Response:
    """Assign a course to everybody who works in a unit or below it, as far as one's reach goes."""
    found = guards.found(catalogue_queries.course(code))
    form = AssignForm.from_request()
    form.unit.choices = [(unit.id, unit.name) for unit in _assignable()]
    if not form.validate():
        return _page(code, form)
    today = clock.today()
    units = organisation.unit_ids_below(form.unit.data)
    chosen = people.persons_in_scope(guards.reaches(*ROLES), today).where(Spell.unit_id.in_(units))
    try:
        added, already = actions.enrol_many(chosen, found, form.due_on.data)
    except Refused as refused:
        return _page(code, form, errors.sentence(refused))
    flash(_("已布置给 %(n)s 人，其中 %(m)s 人原来就在学；已学完的人不再布置。", n=added + already, m=already), "ok")
    return redirect(url_for("courses.training_course", code=code), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training", "training", index)
    bp.add_url_rule("/training/<code>", "training_course", course)
    bp.add_url_rule("/training/<code>/assignment", "assign", assign, methods=["POST"])
