"""bin/serve: prepare the data folder, migrate, load the library (and a demo organisation), start the server."""

import argparse
import importlib
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import func, select

from lms import clock, fonts, jobs
from lms.access.models import Account
from lms.db import db, transaction
from lms.operations import backup, health, migrating
from lms.settings import Settings, SettingsError

STARTED = time.monotonic()
HOST, PORT = "127.0.0.1", 8000
TARGET = "wsgi:app"  # by name: the composition root stands above every package
DEMO_SIGN_INS = (
    ("坐席（服务外包）", "A1037"),
    ("新员工（首次登录）", "A1186"),
    ("培训师", "T2001"),
    ("班组长", "L3001"),
    ("人事", "H4001"),
    ("考核委员会", "C5001"),
    ("系统管理员", "S9001"),
    ("安全管理员", "S9002"),
    ("审计管理员", "S9003"),
)


def say(words: str) -> None:
    """Print a step with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.1f} s] {words}", flush=True)  # noqa: T201


def options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line of bin/serve."""
    parser = argparse.ArgumentParser(
        prog="bin/serve", description="启动热线学堂：第一次会准备好环境、数据库和演示数据。"
    )
    parser.add_argument("--host", default=HOST, help=f"监听地址（默认 {HOST}）")
    parser.add_argument("--port", type=int, default=PORT, help=f"端口（默认 {PORT}）")
    parser.add_argument("--empty", action="store_true", help="不载入演示数据，在浏览器里设立第一批管理员")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Set up and serve; every refusal is a sentence and exit code 1."""
    wanted = options(argv)
    # The address that people type is the one that links, QR codes and the origin check use, unless it is set.
    os.environ.setdefault("LMS_PUBLIC_URL", f"http://{wanted.host}:{wanted.port}")
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not _port_is_free(wanted.host, wanted.port):
        sys.stderr.write(f"{wanted.host}:{wanted.port} 已被占用。换一个端口：bin/serve --port {wanted.port + 1}\n")
        return 1
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not settings.is_production and "LMS_SECRET_KEY" not in os.environ:
        os.environ["LMS_SECRET_KEY"] = _kept_secret(settings.data_dir)
    fonts_ready = _in_background(lambda: fonts.prepare(settings.fonts_dir, say))
    app = _application(TARGET)
    try:
        _prepare_database(app, settings, fonts_ready, wants_demo=not wanted.empty)
    except (backup.BackupError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with app.app_context():
        people = _people()
        demo = health.demo_accounts()
        db.engine.dispose()
    if demo and settings.is_production:
        sys.stderr.write(
            f"这个库里有 {demo} 个演示账号，不能正式运行。请换用空库（LMS_DATA_DIR 或 LMS_DATABASE_URL）。\n"
        )
        return 1
    _greet(wanted, people, demo, settings)
    Granian(
        TARGET,
        address=wanted.host,
        port=wanted.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve(target_loader=load_with_jobs)
    return 0


def load_with_jobs(target: str) -> Any:
    """In the server process: the app, with job threads beside it unless they run elsewhere."""
    app = _application(target)
    if app.config["LMS_SETTINGS"].jobs == "embedded":
        jobs.start_workers(app, app.config["LMS_SETTINGS"].job_workers)
    return app


def _application(target: str) -> Any:
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)


def _prepare_database(app: Flask, settings: Settings, fonts_ready: Callable[[], None], *, wants_demo: bool) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            at = migrating.current(connection)
        newest = migrating.newest()
        if at != newest:
            if at is not None:
                target = (
                    settings.data_dir / "backups" / f"before-{newest}-{clock.local(clock.now()):%Y%m%d-%H%M%S}.tar.gz"
                )
                say(f"升级前先备份 → {target.name}")
                backup.create(settings, target, at, say)
            say("正在准备数据库结构…")
            migrating.upgrade()
        run(app, "正在载入课程库…", "library", "load")
        fonts_ready()  # certificates of the demo are printed
        if wants_demo and not settings.is_production and not _people():
            run(app, "正在生成演示数据（约一分钟，只做一次）…", "demo", "load")


def run(app: Flask, words: str, *command: str) -> None:
    """Run one of our own commands and stop with its sentence when it fails."""
    say(words)
    result = app.test_cli_runner().invoke(args=list(command))
    if result.exit_code:
        raise RuntimeError(result.output or str(result.exception))
    for line in result.output.splitlines()[-3:]:
        say(line)


def _people() -> int:
    with transaction(writes=False):
        return db.session.scalar(select(func.count()).select_from(Account)) or 0


def _port_is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _kept_secret(folder: Path) -> str:
    """A secret of this data folder, made once, so that trying out needs no settings."""
    path = folder / "secret-key"
    if not path.is_file():
        path.write_text(secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text().strip()


def _in_background(step: Callable[[], object]) -> Callable[[], None]:
    """Run a step beside the others; the returned function waits for it and raises what it raised."""
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            step()
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()

    def wait() -> None:
        thread.join()
        if faults:
            say(f"证书字体没有准备好：{faults[0]}。网站照常启动，证书会先挂起；稍后运行 bin/lms fonts prepare。")

    return wait


def _greet(wanted: argparse.Namespace, people: int, demo: int, settings: Settings) -> None:
    address = f"http://{wanted.host}:{wanted.port}"
    say(f"热线学堂已就绪：{address}")
    if demo:
        lines = "\n".join(f"    {number}  {label}" for label, number in DEMO_SIGN_INS)
        sys.stdout.write(f"演示账号（密码都是 {DEMO_PASSWORD}）：\n{lines}\n")
    elif not people:
        sys.stdout.write(f"还没有账号：打开 {address}/setup 设立系统管理员和安全管理员。\n")
    if not settings.smtp_host:
        sys.stdout.write(f"没有设置 SMTP，邮件写在 {settings.mail_dir}。按 Ctrl+C 停止。\n")
    sys.stdout.flush()


DEMO_PASSWORD = "Yunzhou-12345"  # noqa: S105 - printed for everyone; production refuses these accounts

if __name__ == "__main__":
    sys.exit(main())
