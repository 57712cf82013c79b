"""Alembic on the app's own engine: upgrade, the present revision, a new revision."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    with db.engine.connect() as connection:
        config.attributes["connection"] = connection
        yield config


def upgrade() -> None:
    """Bring the database to the newest revision; each revision is one transaction."""
    with _configured() as config:
        command.upgrade(config, "head")


def write_revision(message: str) -> None:
    """Write a new revision from the difference between models and database (for developers)."""
    with _configured() as config:
        command.revision(config, message, autogenerate=True)


def newest() -> str | None:
    """The newest revision in the code."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision the database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()
