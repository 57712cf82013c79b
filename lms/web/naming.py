"""The organisation's name in the head of pages and papers: LMS_ORGANISATION, else that of the first institution."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from lms import clock
from lms.db import reading

FRESH = timedelta(minutes=1)


@dataclass
class _Known:
    """The name as read, and when."""

    read: Callable[[], str]
    name: str = ""
    read_at: datetime | None = None


def organisation_name() -> str:
    """What was set; else what the database says, looked up at most once a minute; empty while nobody can say."""
    given: str = current_app.config["LMS_SETTINGS"].organisation
    if given:
        return given
    known: _Known = current_app.extensions["organisation_name"]
    now = clock.now()
    if known.read_at is None or not now - FRESH < known.read_at <= now:
        known.read_at = now
        try:
            with reading():
                known.name = known.read()
        except SQLAlchemyError:  # an error page is drawn without a database, too
            return known.name
    return known.name


def init_app(app: Flask, read: Callable[[], str]) -> None:
    """Say where the name is read."""
    app.extensions["organisation_name"] = _Known(read)
