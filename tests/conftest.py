"""One app and one database a run; each test in an outer transaction that leaves nothing behind."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import Connection, event

from certificates.awards import issuer
from certificates.awards.issuer import Issuer
from lms import audit, pdf
from lms.db import db
from tests import databases
from wsgi import create_app

settings.register_profile("project", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("project")
os.environ["LMS_ORGANISATION"] = "云州市12345政务服务便民热线"  # for every app that a test makes
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """No test talks to another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address):
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[Flask]:
    """The application on a migrated, empty database."""
    data = tmp_path_factory.mktemp("data")
    (data / "fonts").symlink_to(ROOT / "var" / "fonts")
    with databases.own(data) as url:
        app = create_app(
            testing=True,
            data_dir=data,
            database_url=url,
            secret_key="t" * 40,
            smtp_host="",
            jobs="embedded",
        )
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def floor(app: Flask) -> Iterator[Connection]:
    """What a file's own module fixtures write stays for its tests and is rolled back after the last of them."""
    known = app.config["LMS_SETTINGS"]
    pdf.use(known.fonts_dir)  # one a process, like the issuer: a test with an app of its own may have moved it
    issuer.use(Issuer(known.organisation, known.public_url, known.certificate_prefix))
    with app.app_context():
        engine = db.engine
        engines = db._app_engines[app]
    connection = engine.connect()
    outer = connection.begin()
    engines[None] = connection  # type: ignore[assignment]
    options = db.session.session_factory.kw
    options["join_transaction_mode"] = "create_savepoint"
    audit.set_actor(None, "系统", "test")
    yield connection
    options.pop("join_transaction_mode")
    engines[None] = engine
    outer.rollback()
    connection.close()


@pytest.fixture(autouse=True)
def clean(request) -> Iterator[None]:
    """Whatever a test commits ends in a savepoint that is rolled back."""
    if {"no_database", "own_database"} & set(request.keywords):
        yield
        return
    floor: Connection = request.getfixturevalue("floor")
    audit.set_actor(None, "系统", "test")  # a request of the test before has left its person here
    inner = floor.begin_nested()
    yield
    inner.rollback()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An app context for tests that call actions and queries directly."""
    with app.app_context():
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


@pytest.fixture
def count_queries(app: Flask):
    """A list that grows by one with each SQL statement, for tests of flat costs."""
    statements: list[str] = []
    engine = db._app_engines[app][None]
    target = getattr(engine, "engine", engine)

    def note(conn, cursor, statement, parameters, ctx, many):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    event.listen(target, "before_cursor_execute", note)
    yield statements
    event.remove(target, "before_cursor_execute", note)
