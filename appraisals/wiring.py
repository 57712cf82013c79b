"""Registers the parts of appraisals with an app."""

from flask import Flask

from appraisals.cycles import admin as tables
from appraisals.cycles import cli, sweep
from appraisals.cycles import demo as cycles_demo
from appraisals.cycles.actions import archiving, moving, scoring, signing, telling
from appraisals.cycles.views import (
    board,
    bulk,
    cards,
    claims,
    cycles,
    exports,
    mine,
    papers,
    person,
    pools,
    publicity,
    references,
    signoff,
    sources,
)
from appraisals.cycles.views.frame import bp
from appraisals.evidence import cli as evidence_cli
from appraisals.evidence import demo as evidence_demo
from appraisals.evidence import demo_sheet
from appraisals.evidence.sheets import kinds
from appraisals.scores import actions as scores
from appraisals.scores import demo as corrections_demo
from appraisals.scores import events as score_events
from appraisals.scores import views as corrections
from assessments.attempts import events as attempts
from certificates.awards import events as awards
from courses.catalogue import events
from lms import admin, demo, jobs
from lms.imports.actions import registering

# importing them puts their routes on the blueprint
PAGES = (cycles, board, exports, person, mine, references, publicity, claims, signoff, pools, bulk, papers, sources)


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, listeners, jobs and commands."""
    app.register_blueprint(bp)
    corrections.init_app(app)
    cards.init_app(app)
    attempts.results_regraded.connect(scores.propose_for_results)
    attempts.pass_withdrawn.connect(scores.propose_for_pass)
    awards.award_changed.connect(scores.propose_for_award)
    score_events.score_corrected.connect(scoring.follow_correction)
    jobs.register(app, moving.SCORES_JOB, "考核算分", scoring.compute_scores)
    for kind in kinds.KINDS.values():
        registering.register(app, kind)
    jobs.register_sweep(app, "coverage", sweep.once_a_minute)
    jobs.register(app, moving.ARCHIVE_JOB, "考核归档", archiving.file_forms)
    jobs.register(app, signing.NOTIFY_JOB, "考核告知", signing.notify)
    jobs.register(app, telling.NOTICES_JOB, "考核通知", telling.tell_in_chunks)
    events.library_loaded.connect(cli.load_all)
    admin.add_views(app, tables.views())
    app.cli.add_command(cli.commands)
    app.cli.add_command(evidence_cli.commands)
    demo.register(app, "measures", evidence_demo.load)
    demo.register(app, "measure sheet", demo_sheet.load)
    demo.register(app, "cycles", cycles_demo.load)
    demo.register(app, "corrections", corrections_demo.load)
