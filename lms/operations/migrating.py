"""Alembic on the app's own engine: upgrade, the present revision, a new revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from lms.db import db
from lms.settings import ROOT


@contextmanager
def _configured() -> Iterator[Config]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with db.engine.connect() as connection, _loose_keys(connection):
        config.attributes["connection"] = connection
        yield config


@contextmanager
def _loose_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, so its references are not enforced meanwhile (sqlite.org, ALTER TABLE §7);
    every row is checked afterwards.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := raw.execute("PRAGMA foreign_key_check").fetchone():
            raise RuntimeError(f"the migration left a row of {broken[0]} without its {broken[2]}")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def upgrade() -> None:
    """Bring the database to the newest revision; each revision is one transaction."""
    with _configured() as config:
        command.upgrade(config, "head")


def write_revision(message: str) -> None:
    """Write a new revision from the difference between models and database (for developers)."""
    with _configured() as config:
        command.revision(config, message, autogenerate=True)


def is_known(revision: str) -> bool:
    """Whether the code knows a revision; one that it does not know was written by a newer program."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return revision in {found.revision for found in ScriptDirectory.from_config(config).walk_revisions()}


def newest() -> str | None:
    """The newest revision in the code."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision the database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()
