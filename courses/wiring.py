"""Registers the parts of courses with an app."""

from flask import Blueprint, Flask

from courses.catalogue import cli as catalogue_cli
from courses.catalogue import demo as catalogue_demo
from courses.catalogue.views import authoring, desk, editor, history, pictures, reviewing
from courses.catalogue.views import links as catalogue
from courses.hours import actions as hour_actions
from courses.hours import demo as hours_demo
from courses.hours import views as hours
from courses.progress import demo as progress_demo
from courses.progress.views import cards, learning, training
from lms import demo


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, search kinds and commands."""
    bp = Blueprint("courses", "courses", template_folder="templates")
    for views in (hours, learning, training, authoring, editor, reviewing, history, pictures):
        views.register(bp)
    app.register_blueprint(bp)
    for parts in (catalogue, hours, cards, desk):
        parts.init_app(app)
    app.cli.add_command(catalogue_cli.commands(hour_actions.load_rules))
    demo.register(app, "hours", hours_demo.load)
    demo.register(app, "progress", progress_demo.load)
    demo.register(app, "catalogue", catalogue_demo.load)
    demo.register(app, "versions", progress_demo.load_versions)
