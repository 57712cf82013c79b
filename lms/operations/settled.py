"""Whether anything can have changed since the last start; if not, bin/serve need not prepare again.

Only the standard library and the settings: the process that asks imports no app.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from lms.settings import ROOT, Settings

CODE = ("appraisals", "assessments", "certificates", "courses", "lms", "migrations")  # the library and registers too
FILE = "settled.json"


def mark(settings: Settings, address: str, *, is_empty: bool) -> str | None:
    """A hash over all that preparing looks at: code, courses, settings, fonts and which database file it is.

    None where it cannot be told and preparing must run: in production, with another database, without any.
    """
    database = settings.data_dir / "hotline.db"
    if settings.is_production or settings.database_url or not database.is_file():
        return None
    known = {name: value for name, value in asdict(settings).items() if name != "secret_key"}
    total = hashlib.sha256(json.dumps([known, address, is_empty], default=str, sort_keys=True).encode())
    total.update(f"{database.stat().st_ino}".encode())  # a restored database is another file
    for folder in (*(ROOT / name for name in CODE), settings.fonts_dir):
        for line in _files(folder):
            total.update(line.encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[str]:
    """Path, size and time of every file below a folder, in order."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        for name in sorted(names):
            found = (Path(place) / name).lstat()  # an editor's lock may be a link to nothing
            yield f"{place}/{name} {found.st_size} {found.st_mtime_ns}\n"


def keep(settings: Settings, found: str | None, greeting: str) -> None:
    """Note that everything is prepared, with what is said at every start; unwritten, the next start prepares again."""
    if found is None:
        return
    with contextlib.suppress(OSError):
        (settings.data_dir / FILE).write_text(json.dumps({"mark": found, "greeting": greeting}), encoding="utf-8")


def greeting(settings: Settings, found: str | None) -> str | None:
    """What to say when nothing has changed since it was kept; None when preparing must run."""
    try:
        kept = json.loads((settings.data_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return kept["greeting"] if found is not None and kept.get("mark") == found else None
