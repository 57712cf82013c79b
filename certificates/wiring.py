"""Registers the parts of certificates with an app."""

from flask import Flask

from assessments.attempts import events as attempts
from certificates.awards import admin as tables
from certificates.awards import bundle, issuer, queries, sweep
from certificates.awards import demo as awards_demo
from certificates.awards.actions import correcting, issuing, withdrawing
from certificates.awards.issuer import Issuer
from certificates.awards.views import cards, corrections, holder, public, register
from certificates.awards.views.frame import bp
from courses.progress import events as progress
from lms import admin, demo, jobs
from lms.web import slots

PAGES = (holder, public, register, corrections)  # importing them puts their routes on the blueprint


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, listeners, jobs and tables."""
    settings = app.config["LMS_SETTINGS"]
    prefix = settings.certificate_prefix
    issuer.use(Issuer(settings.organisation, settings.public_url, prefix))
    app.register_blueprint(bp)
    cards.init_app(app)
    attempts.exam_passed.connect(issuing.issue_for_result)
    attempts.attempt_voided.connect(withdrawing.revoke_for_attempt)
    attempts.results_regraded.connect(correcting.propose_for_results)
    progress.course_completed.connect(issuing.issue_for_course)
    slots.fill(app, "renewable_exams", queries.renewable_exams)
    jobs.register(app, bundle.KIND, bundle.LABEL, bundle.write)
    jobs.register(app, correcting.ALL, correcting.ALL_LABEL, correcting.decide_all)
    jobs.register_sweep(app, "certificates", sweep.once_a_day)
    admin.add_views(app, tables.views())
    demo.register(app, "awards", awards_demo.load)
    awards_demo.say_what_copies_change(demo.copying(app))
