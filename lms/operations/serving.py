"""bin/serve: prepare in a child process, then supervise the server. This process stays small: it imports no app."""

import argparse
import errno
import importlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces

from lms.operations import memory, settled
from lms.settings import Settings, SettingsError

HOST, PORT, LAST_PORT = "127.0.0.1", 8000, 65535
INTERRUPTED = 130
TARGET = "wsgi:app"  # by name: the composition root stands above every package
STOP_SECONDS = 10
SWITCH_SECONDS = (
    0.0005  # a job that computes lets a request go on after so long; Python's own 5 ms add up to 0.1 s a save
)


def options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line of bin/serve."""
    parser = argparse.ArgumentParser(
        prog="bin/serve", description="启动热线学堂：第一次会准备好环境、数据库和演示数据。"
    )
    parser.add_argument("--host", type=_host, default=HOST, help=f"监听地址（默认 {HOST}）")
    parser.add_argument("--port", type=_port, default=PORT, help=f"端口，1 到 {LAST_PORT}（默认 {PORT}）")
    parser.add_argument("--empty", action="store_true", help="不载入演示数据，在浏览器里设立第一批管理员")
    return parser.parse_args(argv)


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(f"监听地址不能是空的；本机用 {HOST}，让别的机器也能访问用 0.0.0.0")
    return text.strip()


def _address(wanted: argparse.Namespace) -> str:
    """What people type; an IPv6 address stands in brackets."""
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    return f"http://{host}:{wanted.port}"


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LAST_PORT):
        raise argparse.ArgumentTypeError(f"端口应为 1 到 {LAST_PORT} 的整数，现在是「{text}」")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Set up and serve; every refusal is a sentence and exit code 1, an interruption 130."""
    try:
        return _serve(options(argv))
    except KeyboardInterrupt:
        sys.stderr.write("\n已停止。做好的步骤都在，再运行一次 bin/serve 就接着做。\n")
        return INTERRUPTED


def _serve(wanted: argparse.Namespace) -> int:
    # The address that people type is the one that links, QR codes and the origin check use, unless it is set.
    os.environ.setdefault("LMS_PUBLIC_URL", _address(wanted))
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if fault := _cannot_listen(wanted.host, wanted.port):
        sys.stderr.write(f"{fault}\n")
        return 1
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not settings.is_production and "LMS_SECRET_KEY" not in os.environ:
            os.environ["LMS_SECRET_KEY"] = _kept_secret(settings.data_dir)
    except OSError as error:
        sys.stderr.write(
            f"数据目录 {settings.data_dir} 不能写：{error.strerror}。检查权限和磁盘，或设 LMS_DATA_DIR。\n"
        )
        return 1
    address = _address(wanted)
    words = settled.greeting(settings, settled.mark(settings, address, is_empty=wanted.empty))
    if words is None:
        command = [sys.executable, "-m", "lms.operations.preparing", "--address", address]
        prepared = subprocess.run([*command, *(["--empty"] if wanted.empty else [])], check=False)  # noqa: S603 - our own
        if prepared.returncode:
            return prepared.returncode
    else:
        sys.stdout.write(f"热线学堂：{address}\n{words}")
        sys.stdout.flush()
    memory.share_one_heap()
    Granian(
        TARGET,
        address=wanted.host,
        port=wanted.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=load_with_jobs)
    return 0


def load_with_jobs(target: str) -> Any:
    """In the server process: the app, with job threads beside it unless they run elsewhere."""
    module, name = target.split(":")
    app = getattr(importlib.import_module(module), name)
    settings: Settings = app.config["LMS_SETTINGS"]
    sys.setswitchinterval(SWITCH_SECONDS)
    memory.keep_for_good()
    if settings.jobs == "embedded":
        jobs = importlib.import_module("lms.jobs")
        jobs.register_sweep(app, "memory", memory.give_back)
        jobs.start_workers(app, settings.job_workers)
    return app


def _cannot_listen(host: str, port: int) -> str:
    """Why nobody can listen there, in a sentence; empty where one can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = port + 1 if port < LAST_PORT else PORT
                return f"{host}:{port} 已被占用。换一个端口：bin/serve --port {other}"
            if error.errno in {errno.EACCES, errno.EPERM}:
                return f"没有权限监听 {host}:{port}；1024 以下的端口要管理员权限。换一个端口：bin/serve --port {PORT}"
            return f"这台机器没有「{host}」这个地址。本机用 127.0.0.1，让别的机器也能访问用 0.0.0.0。"
    return ""


def _kept_secret(folder: Path) -> str:
    """A secret of this data folder, made once, so that trying out needs no settings."""
    path = folder / "secret-key"
    if not path.is_file():
        path.write_text(secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text().strip()


if __name__ == "__main__":
    sys.exit(main())
