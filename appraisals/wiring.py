"""Registers the parts of appraisals with an app."""

from flask import Flask

from appraisals.cycles import admin as tables
from appraisals.cycles import cli
from appraisals.cycles import demo as cycles_demo
from appraisals.cycles.actions import moving, scoring
from appraisals.cycles.views import board, cards, cycles, mine, person
from appraisals.cycles.views.frame import bp
from appraisals.evidence import cli as evidence_cli
from appraisals.evidence import demo as evidence_demo
from appraisals.evidence import demo_sheet
from appraisals.evidence.sheets import kinds
from courses.catalogue import events
from lms import admin, demo, jobs
from lms.imports.actions import registering

PAGES = (cycles, board, person, mine)  # importing them puts their routes on the blueprint


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, listeners, jobs and commands."""
    app.register_blueprint(bp)
    cards.init_app(app)
    jobs.register(app, moving.SCORES_JOB, "考核算分", scoring.compute_scores)
    for kind in kinds.KINDS.values():
        registering.register(app, kind)
    events.library_loaded.connect(cli.load_all)
    admin.add_views(app, tables.views())
    app.cli.add_command(cli.commands)
    app.cli.add_command(evidence_cli.commands)
    demo.register(app, "measures", evidence_demo.load)
    demo.register(app, "measure sheet", demo_sheet.load)
    demo.register(app, "cycles", cycles_demo.load)
