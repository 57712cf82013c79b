"""App and build_app(settings, packages): a view that returns commits, a view that raises rolls back."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, Protocol

from flask import Flask, g, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix

from lms import admin, audit, clock, demo, files, jobs, pdf, turns
from lms import db as database
from lms.access import cli as access_cli
from lms.access import demo as access_demo
from lms.access import demo_reports
from lms.access.views import own
from lms.access.views import signing as access
from lms.db import transaction
from lms.home.views import month as home_calendar
from lms.home.views import record as home_record
from lms.home.views import today as home
from lms.imports.views import pages as imports
from lms.notices import demo as notices_demo
from lms.notices import views as notices
from lms.operations import cli as operations_cli
from lms.operations.admin import wiring as operations
from lms.organisation import admin as organisation_admin
from lms.organisation import queries as organisation_queries
from lms.people import cli as people_cli
from lms.people import demo as people_demo
from lms.people import views as people
from lms.policies import cli as policies_cli
from lms.policies import demo as policies_demo
from lms.policies.views import library as policies
from lms.policies.views import updates as policy_updates
from lms.settings import ROOT, Settings
from lms.web import assets, compression, errors, guards, headers, journal, languages, marks, naming, shell

MEBIBYTE = 1024 * 1024
SMALL_BODY = 64 * 1024
AT_ONCE = 4  # requests in Python beside each other where the database is elsewhere and half of the time is waiting
NOUNS = (imports, access, people, notices, policies, policy_updates, home, home_calendar, home_record, operations)
PAGES = (own,)  # importing them puts their routes on the blueprint
COMMANDS = (people_cli, access_cli, policies_cli, operations_cli)


class Package(Protocol):
    """A package's wiring module."""

    def init_app(self, app: Flask) -> None:
        """Register the package's parts."""


class Flashes(SecureCookieSessionInterface):
    """Flask's session, which holds flashed sentences only; its signer is made once, not at every request."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        self._signer = self._signer or super().get_signing_serializer(app)
        return self._signer


class App(Flask):
    """A view that returns commits; a view that raises rolls back."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: nothing here is async, and asking costs at every step of a request."""
        return func

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Requests take turns, those that scripts send while somebody works (JSON) before pages; what a browser sends
        slowly is waited for outside.
        """
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and 0 < int(length) <= SMALL_BODY:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        is_quick = environ.get("CONTENT_TYPE") == "application/json"
        with turns.requests.turn(is_quick=is_quick):
            return super().wsgi_app(environ, start_response)

    def dispatch_request(self, *args: Any) -> Any:
        """One transaction round the view: read-only for safe methods unless the view is marked @writes.

        A session that looks through another person's eyes writes nothing by looking.
        """
        writes = request.method not in guards.SAFE or (guards.marked("does_write") and not g.get("is_read_only"))
        with transaction(writes=writes):
            answer = super().dispatch_request(*args)
        if writes:
            jobs.nudge()
        return answer


def build_app(settings: Settings, packages: Iterable[Package]) -> Flask:
    """The whole application: platform first, then each package in order. Builds only: no query, no network."""
    app = App("lms", root_path=str(ROOT / "lms" / "web"), static_folder="static", template_folder="templates")
    app.testing = settings.testing
    app.session_interface = Flashes()
    app.config.update(
        LMS_SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="hotline_flash",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
        MAX_CONTENT_LENGTH=16 * MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=8 * MEBIBYTE,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    clock.use_zone(settings.time_zone)
    turns.requests.places = 1 if settings.is_sqlite else AT_ONCE
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    journal.init_app(app, settings.log_level)
    database.init_app(app, settings)
    database.before_commit(audit.write_pending)
    files.init_app(app, settings)
    pdf.use(settings.fonts_dir)
    jobs.init_app(app, settings)
    languages.init_app(app)
    assets.init_app(app)
    marks.init_app(app)
    compression.init_app(app)
    headers.init_app(app, https=settings.is_production)
    guards.init_app(app)
    shell.init_app(app)
    errors.init_app(app)
    admin.init_app(app)
    organisation_admin.init_app(app)
    naming.init_app(app, organisation_queries.centre_name)
    for noun in NOUNS:
        noun.init_app(app)
    for commands in COMMANDS:
        commands.init_app(app)
    demo.register(app, "people", access_demo.load)
    access_demo.say_how_copies_are_named(demo.copying(app))
    demo.register(app, "policies", policies_demo.load)
    demo.register(app, "roster", people_demo.load)
    demo.register(app, "corrections", demo_reports.load)
    for package in packages:
        package.init_app(app)
    demo.register(app, "notices", notices_demo.load)
    return app
