"""Registers the parts of assessments with an app."""

from pathlib import Path

from flask import Blueprint, Flask

from assessments.attempts import asked, events, sweep
from assessments.attempts import demo as attempts_demo
from assessments.attempts.views import cards, listing, results, sitting, staff
from assessments.bank import views as bank
from assessments.exams import actions as exams
from courses.catalogue import events as catalogue_events
from courses.catalogue.library import take_apart
from courses.programmes import demo as programmes_demo
from courses.programmes.queries import sources
from lms import demo, jobs
from lms.policies.queries import Registry


def on_library_loaded(folder: Path, *, registry: Registry) -> None:
    """Questions and exams lie beside the lessons; they are read once every course is there."""
    exams.load_files(folder, registry, take_apart)


def init_app(app: Flask) -> None:
    """Register blueprints, slots, links, listeners, the sweep and the demo's share."""
    catalogue_events.library_loaded.connect(on_library_loaded)
    exam_bp = Blueprint("exams", "assessments", template_folder="templates")
    attempt_bp = Blueprint("attempts", "assessments")
    for views in (listing, bank):
        views.register(exam_bp)
    for views in (sitting, results, staff):
        views.register(attempt_bp)
    app.register_blueprint(exam_bp)
    app.register_blueprint(attempt_bp)
    cards.init_app(app)
    sources.register(asked.EXAMS)
    events.exam_passed.connect(asked.on_passed)
    jobs.register_sweep(app, "hand_in", sweep.hand_in_due)
    demo.register(app, "attempts", attempts_demo.load)
    demo.register(app, "programmes", programmes_demo.load)  # after the exams: what was passed is what was done
