"""Sign-in, first sign-in, settings, sessions."""

from datetime import timedelta

from flask import Blueprint, Flask, current_app, g, request
from werkzeug.wrappers import Response

from lms import audit
from lms.access import session
from lms.db import reading, transaction
from lms.settings import Settings
from lms.web import guards

COOKIE = "hotline_session"
bp = Blueprint("access", __name__)


def load_person() -> None:
    """Know who is signed in before the view runs; the snapshot ends before any write begins."""
    g.person = None
    token = request.cookies.get(COOKIE)
    if token and request.endpoint != "static":
        settings: Settings = current_app.config["LMS_SETTINGS"]
        idle = timedelta(minutes=settings.session_idle_minutes)
        load = session.load_lean if guards.marked("is_lean") else session.load
        with reading():
            g.person = load(token, idle=idle)
    person = g.person
    if person is None:
        audit.set_actor(None, "访客", request.remote_addr or "web")
        return
    audit.set_actor(person.id, getattr(person, "name", ""), request.remote_addr or "web")
    if session.needs_touch(person.seen_at):
        with transaction():
            session.touch(person.session_id)


def init_app(app: Flask) -> None:
    """Load the person before each request, then check that somebody is signed in."""
    app.before_request(load_person)
    app.before_request(guards.check_signed_in)
    app.register_blueprint(bp)
