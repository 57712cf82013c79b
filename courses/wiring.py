"""Registers the parts of courses with an app."""

from pathlib import Path

from flask import Blueprint, Flask

from courses.catalogue import cli as catalogue_cli
from courses.catalogue import demo as catalogue_demo
from courses.catalogue import events as catalogue_events
from courses.catalogue.views import authoring, desk, editor, history, pictures, public, reviewing
from courses.catalogue.views import links as catalogue
from courses.hours import actions as hour_actions
from courses.hours import demo as hours_demo
from courses.hours import views as hours
from courses.programmes import cli as programmes_cli
from courses.programmes import sweep
from courses.programmes.actions import drafting, following, reminding
from courses.programmes.views import board, editing, listing, mine, people
from courses.progress import demo as progress_demo
from courses.progress import events
from courses.progress.models import CourseCompletion
from courses.progress.views import cards, learning, training
from lms import demo, jobs


def on_course_completed(completion: CourseCompletion) -> None:
    """A course that was the last thing asked completes the programme."""
    following.note(completion.person_id, [("course", completion.course.code)])


def on_library_loaded(_folder: Path, **_facts: object) -> None:
    """What new programmes start with is loaded with the courses."""
    drafting.load_defaults()


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, search kinds and commands."""
    bp = Blueprint("courses", "courses", template_folder="templates")
    for views in (
        hours, learning, training, authoring, editor, reviewing, history, pictures, public,
        listing, editing, board, people, mine,
    ):  # fmt: skip
        views.register(bp)
    app.register_blueprint(bp)
    for parts in (catalogue, hours, cards, desk, mine):
        parts.init_app(app)
    app.cli.add_command(catalogue_cli.commands(hour_actions.load_rules))
    demo.register(app, "hours", hours_demo.load)
    app.cli.add_command(programmes_cli.commands)
    events.course_completed.connect(on_course_completed)
    catalogue_events.library_loaded.connect(on_library_loaded)
    jobs.register(app, drafting.JOB, "发布培训任务", following.publish)
    jobs.register(app, reminding.JOB, "催办", reminding.nudge_many)
    jobs.register_sweep(app, "programmes", sweep.once_a_minute)
    demo.register(app, "progress", progress_demo.load)
    demo.register(app, "catalogue", catalogue_demo.load)
    demo.register(app, "versions", progress_demo.load_versions)
