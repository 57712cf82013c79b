"""培训: how far the units are in each course."""

from flask import Blueprint, g, render_template, url_for

from courses.catalogue import queries as catalogue_queries
from courses.progress import training
from courses.progress.training import Count
from courses.progress.views.learning import shown_title
from lms import clock
from lms.web import guards, slots
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
def course(code: str) -> str:
    """One course by unit, and which programmes ask for it."""
    found = guards.found(catalogue_queries.course(code))
    mark_section(SECTION)
    reaches, today = guards.reaches(*ROLES), clock.today()
    counts = training.counts(reaches, today).get(found.id, {})
    heads = training.heads(reaches, today)
    return render_template(
        "courses/progress/training_course.html",
        course=found,
        rows=[(unit, n, counts.get(unit.id, Count())) for unit, n in heads],
        total=sum(counts.values(), Count()),
        people=sum(n for _unit, n in heads),
        cards=slots.cards("training_course", found, g.person),
    )


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training", "training", index)
    bp.add_url_rule("/training/<code>", "training_course", course)
