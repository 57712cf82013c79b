"""A data folder with the demo organisation for measuring, made once under var/bench."""

import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "var" / "bench"
PASSWORD = "Yunzhou-12345"


def machine() -> str:
    """The machine, for the table."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())  # fmt: skip
    return (
        f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


def app():
    """The application on the measuring data, which is made when it is not there."""
    os.environ["LMS_DATA_DIR"] = str(FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    fonts = FOLDER / "fonts"
    if not fonts.exists():
        fonts.symlink_to(ROOT / "var" / "fonts")
    from wsgi import create_app

    made = create_app(log_level="ERROR")
    runner = made.test_cli_runner()
    if not (FOLDER / "hotline.db").exists():
        for command in (["db", "upgrade"], ["library", "load"], ["demo", "load"]):
            print("preparing:", *command, flush=True)
            result = runner.invoke(args=command)
            if result.exit_code:
                raise SystemExit(result.output or result.exception)
    return made


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
