"""Registers the parts of assessments with an app."""

from pathlib import Path

from flask import Blueprint, Flask

from assessments.attempts import demo as attempts_demo
from assessments.attempts import events as attempt_events
from assessments.attempts import sweep
from assessments.attempts.views import cards, listing, results, sitting, staff
from assessments.bank import views as bank
from assessments.exams import actions as exams
from assessments.markers import actions as marking
from assessments.markers import demo as markers_demo
from assessments.markers import views as markers
from assessments.regrades import actions as regrading
from assessments.regrades import demo as regrades_demo
from assessments.regrades.views import cards as regrades
from assessments.regrades.views import frame as regrades_frame
from assessments.regrades.views import objections, rulings
from assessments.statistics import sweep as statistics_sweep
from assessments.statistics import views as statistics
from courses.catalogue import events as catalogue_events
from courses.catalogue.library import take_apart
from lms import demo, jobs
from lms.policies.queries import Registry

PAGES = (rulings, objections)  # importing them puts their routes on the blueprint


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
    markers.init_app(app)
    statistics.init_app(app)
    app.register_blueprint(regrades_frame.bp)
    regrades.init_app(app)
    jobs.register(app, regrading.JOB, "改判", regrading.run, is_whole=True)
    jobs.register_sweep(app, "figures", statistics_sweep.refresh)
    attempt_events.attempt_awaits_marking.connect(marking.queue)
    jobs.register_sweep(app, "hand_in", sweep.hand_in_due)
    demo.register(app, "attempts", attempts_demo.load)
    demo.register(app, "marking", markers_demo.load)
    demo.register(app, "rulings", regrades_demo.load)
