"""Registers the parts of assessments with an app."""

from pathlib import Path

import click
from flask import Blueprint, Flask

from assessments.attempts import asked, events, sweep
from assessments.attempts import demo as attempts_demo
from assessments.attempts.views import arranging, board, cards, listing, results, sitting, staff
from assessments.bank import cli as bank_cli
from assessments.bank import demo as bank_demo
from assessments.bank.actions.sheets import QUESTIONS
from assessments.bank.views import editing as bank_editing
from assessments.bank.views import listing as bank
from assessments.bank.views import reviewing as bank_reviewing
from assessments.bank.views import sheets as bank_sheets
from assessments.exams import demo as exams_demo
from assessments.exams.actions import loading
from assessments.exams.views import blueprint, extra_time
from assessments.markers import actions as marking
from assessments.markers import demo as markers_demo
from assessments.markers import views as markers
from assessments.practice import demo as practice_demo
from assessments.practice.views import cards as practice_cards
from assessments.practice.views import pages as practice
from assessments.regrades import actions as regrading
from assessments.regrades import demo as regrades_demo
from assessments.regrades.views import cards as regrades
from assessments.regrades.views import frame as regrades_frame
from assessments.regrades.views import objections, rulings
from assessments.statistics import sweep as statistics_sweep
from assessments.statistics import views as statistics
from courses.catalogue import events as catalogue_events
from courses.catalogue.library import take_apart
from courses.programmes import demo as programmes_demo
from courses.programmes.queries import sources
from lms import demo, jobs
from lms.imports.actions import registering
from lms.policies.queries import Registry
from lms.web import links

PAGES = (rulings, objections)  # importing them puts their routes on the blueprint


def on_library_loaded(folder: Path, *, registry: Registry) -> None:
    """Questions and exams lie beside the lessons; they are read once every course is there."""
    kept = loading.load_files(folder, registry, take_apart)
    if kept:
        click.echo(f"{len(kept)} 道题在网页上改过，保留网页上的写法，文件的新写法放在题目页待采用：{'、'.join(kept)}")


def init_app(app: Flask) -> None:
    """Register blueprints, slots, links, listeners, the sweep and the demo's share."""
    catalogue_events.library_loaded.connect(on_library_loaded)
    exam_bp = Blueprint("exams", "assessments", template_folder="templates")
    attempt_bp = Blueprint("attempts", "assessments")
    for views in (listing, bank, bank_editing, bank_reviewing, bank_sheets, blueprint, extra_time):
        views.register(exam_bp)
    for views in (sitting, results, staff, arranging, board):
        views.register(attempt_bp)
    app.register_blueprint(exam_bp)
    app.register_blueprint(attempt_bp)
    practice_bp = Blueprint("practice", "assessments")
    practice.register(practice_bp)
    app.register_blueprint(practice_bp)
    cards.init_app(app)
    practice_cards.init_app(app)
    bank_cli.init_app(app)
    registering.register(app, QUESTIONS)
    links.register(app, "question_row", "题目", bank_sheets.row_link)
    sources.register(asked.EXAMS)
    events.exam_passed.connect(asked.on_passed)
    events.pass_withdrawn.connect(asked.on_withdrawn)
    markers.init_app(app)
    statistics.init_app(app)
    app.register_blueprint(regrades_frame.bp)
    regrades.init_app(app)
    jobs.register(app, regrading.JOB, "改判", regrading.run, is_whole=True)
    jobs.register_sweep(app, "figures", statistics_sweep.refresh)
    events.attempt_awaits_marking.connect(marking.queue)
    jobs.register_sweep(app, "hand_in", sweep.hand_in_due)
    demo.register(app, "attempts", attempts_demo.load)
    demo.register(app, "marking", markers_demo.load)
    demo.register(app, "rulings", regrades_demo.load)
    demo.register(app, "exams", exams_demo.load)
    demo.register(app, "practice", practice_demo.load)
    demo.register(app, "programmes", programmes_demo.load)  # after the exams: what was passed is what was done
    demo.register(app, "bank", bank_demo.load)
