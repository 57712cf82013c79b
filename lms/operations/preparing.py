"""What bin/serve does before the server starts, in a process of its own so that its memory is given back.

Data folder, fonts, backup and migration, the course library, a demo organisation for an empty database.
"""

import argparse
import importlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import click
from flask import Flask
from sqlalchemy import func, select

from lms import clock, fontmaking
from lms.access.models import Account
from lms.db import db, transaction
from lms.errors import Refused
from lms.operations import backup, faults, health, migrating, settled
from lms.settings import Settings

TARGET = "wsgi:app"  # by name: the composition root stands above every package
INTERRUPTED = 130
STARTED = time.monotonic()
DEMO_PASSWORD = "Yunzhou-12345"  # noqa: S105 - printed for everyone; production refuses these accounts
DEMO_SIGN_INS = (
    ("坐席（服务外包）", "A1037"),
    ("新员工（首次登录，激活码 YZNEW-STAFF-2026）", "A1186"),
    ("培训师", "T2001"),
    ("另一位培训师（审阅）", "T2002"),
    ("班组长", "L3001"),
    ("人事", "H4001"),
    ("承接方人事", "H4101"),
    ("考核委员会", "C5001"),
    ("系统管理员", "S9001"),
    ("安全管理员", "S9002"),
    ("审计管理员", "S9003"),
)


def say(words: str) -> None:
    """Print a step with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.1f} s] {words}", flush=True)  # noqa: T201


def application(target: str = TARGET) -> Any:
    """The app behind a target such as wsgi:app."""
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)


def main(argv: Sequence[str] | None = None) -> int:
    """Prepare everything and print how to sign in; every refusal is a sentence and exit code 1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", required=True)
    parser.add_argument("--empty", action="store_true")
    wanted = parser.parse_args(argv)
    try:
        return _prepared(Settings.from_env(), wanted)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write(f"\n{faults.UNFINISHED}\n")
        return INTERRUPTED
    except Exception as error:
        words = faults.words_for(error)
        if words is None:
            raise
        sys.stderr.write(f"{words}\n")
        return 1


def _prepared(settings: Settings, wanted: argparse.Namespace) -> int:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    fonts_ready = _in_background(lambda: fontmaking.prepare(settings.fonts_dir, say))
    app = application()
    try:
        _prepare_database(app, settings, fonts_ready, wants_demo=not wanted.empty)
    except (backup.BackupError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with app.app_context():
        people, demo = _people(), health.demo_accounts()
    if demo and settings.is_production:
        sys.stderr.write(
            f"这个库里有 {demo} 个演示账号，不能正式运行。请换用空库（LMS_DATA_DIR 或 LMS_DATABASE_URL）。\n"
        )
        return 1
    words = _greeting(people, demo, wanted.address, settings)
    if demo:  # without them a first account may be made at any time, and other words are due
        settled.keep(settings, settled.mark(settings, wanted.address, is_empty=wanted.empty), words)
    say(f"热线学堂已就绪：{wanted.address}")
    sys.stdout.write(words)
    sys.stdout.flush()
    return 0


def _prepare_database(app: Flask, settings: Settings, fonts_ready: Callable[[], None], *, wants_demo: bool) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            at = migrating.current(connection)
        newest = migrating.newest()
        if at is not None and not migrating.is_known(at):
            raise Refused(faults.NEWER, at=at)
        if at != newest:
            if at is not None:
                stamp = f"{clock.local(clock.now()):%Y%m%d-%H%M%S}"
                target = settings.data_dir / "backups" / f"before-{newest}-{stamp}.tar.gz"
                say(f"升级前先备份 → {target.name}")
                backup.create(settings, target, at, say)
            say("正在准备数据库结构…")
            migrating.upgrade()
        run(app, "正在载入课程库…", "library", "load")
        fonts_ready()  # certificates of the demo are printed
        if wants_demo and not settings.is_production and not _people():
            run(app, "正在生成演示数据（约半分钟，只做一次）…", "demo", "load")


def run(app: Flask, words: str, *command: str) -> None:
    """Run one of our own commands and stop with its sentence when it fails."""
    say(words)
    result = app.test_cli_runner().invoke(args=list(command))
    if result.exit_code:
        cause = result.exception
        if "Aborted!" in result.output:  # how click ends on Ctrl+C
            raise KeyboardInterrupt
        if cause is not None and faults.words_for(cause):
            raise cause
        told = "" if cause is None or isinstance(cause, SystemExit) else f"{type(cause).__name__}: {cause}"
        raise RuntimeError(f"{result.output}{told}".strip())
    for line in result.output.splitlines()[-3:]:
        say(line)


def _people() -> int:
    with transaction(writes=False):
        return db.session.scalar(select(func.count()).select_from(Account)) or 0


def _in_background(step: Callable[[], object]) -> Callable[[], None]:
    """Run a step beside the others; the returned function waits for it and says when it failed."""
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - told below
            faults.append(error)

    thread = threading.Thread(target=guarded, daemon=True)  # nobody waits for it when the start fails
    thread.start()

    def wait() -> None:
        thread.join()
        if faults:
            say(f"证书字体没有准备好：{faults[0]}。网站照常启动，证书会先挂起；稍后运行 bin/lms fonts prepare。")

    return wait


def _greeting(people: int, demo: int, address: str, settings: Settings) -> str:
    """How to sign in, where mail goes, how to stop."""
    words = ""
    if demo:
        lines = "\n".join(f"    {number}  {label}" for label, number in DEMO_SIGN_INS)
        words = f"演示账号（密码都是 {DEMO_PASSWORD}）：\n{lines}\n"
    elif not people:
        words = f"还没有账号：打开 {address}/setup 设立系统管理员和安全管理员。\n"
    if not settings.smtp_host:
        words += f"没有设置 SMTP，邮件写在 {settings.mail_dir}。\n"
    return f"{words}按 Ctrl+C 停止。\n"


if __name__ == "__main__":
    sys.exit(main())
