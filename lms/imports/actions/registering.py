"""Kinds of import and the jobs that work on them, of one app."""

from functools import partial
from typing import Any, Protocol

from lms import jobs
from lms.imports.actions import preparing, writing
from lms.imports.rules import Kind


class App(Protocol):
    """What is asked of an app here."""

    extensions: dict[str, Any]


def kinds(app: App) -> dict[str, Kind]:
    """The kinds of an app by name."""
    known: dict[str, Kind] = app.extensions.setdefault("imports", {})
    return known


def register(app: Any, kind: Kind) -> None:
    """Let people import this; called from a noun's `init_app` or a package's wiring."""
    kinds(app)[kind.name] = kind


def register_jobs(app: Any) -> None:
    """The three jobs that every kind shares."""
    known = kinds(app)
    jobs.register(app, preparing.READ_JOB, "核对表格", partial(preparing.read, known))
    jobs.register(app, writing.WRITE_JOB, "导入", partial(writing.write, known))
    jobs.register(app, writing.UNDO_JOB, "撤销导入", partial(writing.take_back, known))
