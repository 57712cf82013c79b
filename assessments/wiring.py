"""Registers the parts of assessments with an app."""

from typing import Any

from flask import Blueprint, Flask

from assessments.attempts import demo as attempts_demo
from assessments.attempts import sweep
from assessments.attempts.views import cards, results, sitting, staff
from assessments.bank import views as bank
from assessments.exams import actions as exams
from assessments.exams import views as exam_views
from courses.catalogue import events as catalogue_events
from courses.catalogue.library import take_apart
from lms import demo, jobs


def on_course_loaded(course: Any, *, folder: Any, registry: Any) -> None:
    """Questions and the closing exam lie beside the lessons."""
    exams.load_course_files(course.code, folder, registry, take_apart)


def on_library_loaded(folder: Any, *, registry: Any) -> None:
    """Exams that stand alone draw from the banks of several courses."""
    exams.load_standalone(folder, registry, take_apart)


def init_app(app: Flask) -> None:
    """Register blueprints, slots, links, listeners, the sweep and the demo's share."""
    catalogue_events.course_loaded.connect(on_course_loaded)
    catalogue_events.library_loaded.connect(on_library_loaded)
    folder = "templates"
    exam_bp = Blueprint("exams", "assessments", template_folder=folder)
    attempt_bp = Blueprint("attempts", "assessments", template_folder=folder)
    exam_views.register(exam_bp)
    bank.register(exam_bp)
    for views in (sitting, results, staff):
        views.register(attempt_bp)
    app.register_blueprint(exam_bp)
    app.register_blueprint(attempt_bp)
    cards.init_app(app)
    jobs.register_sweep(app, "hand_in", sweep.hand_in_due)
    demo.register(app, "attempts", attempts_demo.load)
