"""Registers the parts of appraisals with an app."""

from flask import Flask

from appraisals.cycles import admin as tables
from appraisals.cycles import cli
from appraisals.cycles import demo as cycles_demo
from appraisals.cycles.actions import moving, scoring
from appraisals.cycles.views import board, cards, cycles, mine, person
from appraisals.cycles.views.frame import bp
from appraisals.evidence import demo as evidence_demo
from appraisals.scores import actions as scores
from appraisals.scores import demo as corrections_demo
from appraisals.scores import events as score_events
from appraisals.scores import views as corrections
from assessments.attempts import events as attempts
from courses.catalogue import events
from lms import admin, demo, jobs

PAGES = (cycles, board, person, mine)  # importing them puts their routes on the blueprint


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, listeners, jobs and commands."""
    app.register_blueprint(bp)
    corrections.init_app(app)
    cards.init_app(app)
    attempts.results_regraded.connect(scores.propose_for_results)
    score_events.score_corrected.connect(scoring.follow_correction)
    jobs.register(app, moving.SCORES_JOB, "考核算分", scoring.compute_scores)
    events.library_loaded.connect(cli.load_all)
    admin.add_views(app, tables.views())
    app.cli.add_command(cli.commands)
    demo.register(app, "measures", evidence_demo.load)
    demo.register(app, "cycles", cycles_demo.load)
    demo.register(app, "corrections", corrections_demo.load)
