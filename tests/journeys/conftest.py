"""A real server with the demo organisation for each process that runs journeys, and a Chromium."""

import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "Yunzhou-12345"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 240


def pytest_collection_modifyitems(items):
    for item in items:
        if "journeys" in str(item.path):
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.no_database)


def with_fonts(folder: Path) -> Path:
    """The folder, with the fonts of this checkout where there are any."""
    fonts = ROOT / "var" / "fonts"
    if fonts.is_dir() and not (folder / "fonts").exists():
        (folder / "fonts").symlink_to(fonts)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """No setting of the caller but the data folder."""
    return {k: v for k, v in os.environ.items() if not k.startswith("LMS_")} | {"LMS_DATA_DIR": str(folder)}


def prepared(shared: Path) -> Path:
    """A data folder with the demo organisation: of bin/test, else made by whichever process comes first."""
    if ready := os.environ.get("TEST_DEMO_DATA"):
        return Path(ready)
    folder = shared / "demo-organisation"
    with (shared / "demo-organisation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            folder.mkdir(exist_ok=True)
            subprocess.run(
                [sys.executable, "-m", "lms.operations.preparing", "--address", "http://127.0.0.1"],
                cwd=ROOT,
                env=environment(with_fonts(folder)),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            (folder / "ready").touch()
    return folder


class Server:
    """bin/serve's program on a data folder of its own; it can be killed and started again."""

    def __init__(self, folder: Path, *, empty: bool = False):
        self.folder = folder
        self.empty = empty
        with_fonts(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lms.operations.serving", "--port", str(self.port), *(["--empty"] * self.empty)],
                cwd=ROOT,
                env=environment(self.folder),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-3000:])
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.3)
        raise RuntimeError(f"the server did not start: {self.log.read_text()[-3000:]}")

    def ask(self, query: str, *values: Any) -> list[tuple]:
        """What the database file says at this moment."""
        connection = sqlite3.connect(self.folder / "hotline.db", timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def change(self, query: str, *values: Any) -> None:
        """Move time on behind the server's back: deadlines and credited seconds only, never facts."""
        connection = sqlite3.connect(self.folder / "hotline.db", timeout=20)
        try:
            with connection:
                connection.execute(query, values)
        finally:
            connection.close()

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End the server and its workers at once."""
        assert self.process is not None
        os.killpg(self.process.pid, how)
        self.process.wait(20)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.port))
                except OSError:
                    time.sleep(0.2)
                else:
                    return


def own_server(tmp_path_factory) -> Iterator[Server]:
    """A server on a copy of the demo organisation, for as long as the fixture that yields from it lives."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = tmp_path_factory.mktemp("serve") / "data"
    shutil.copytree(prepared(shared), folder, symlinks=True)
    running = Server(folder)
    running.start()
    yield running
    running.kill(signal.SIGTERM)


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    yield from own_server(tmp_path_factory)


@pytest.fixture
def empty_server(tmp_path_factory) -> Iterator[Server]:
    """bin/serve --empty: nobody has an account yet."""
    running = Server(tmp_path_factory.mktemp("empty"), empty=True)
    running.start()
    yield running
    running.kill(signal.SIGTERM)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator:
    """visit(number, …) → a page of a browser in which that person has signed in; None stays signed out."""
    contexts: list[BrowserContext] = []

    def open_page(
        number: str | None,
        *,
        width: int = 1280,
        height: int = 900,
        scripts: bool = True,
        base_url: str | None = None,
        **options,
    ) -> Page:
        context = browser.new_context(
            base_url=base_url or server.url,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale="zh-CN",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        if number is not None:
            sign_in(page, number)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, number: str, password: str = PASSWORD) -> None:
    """Through the sign-in page, as a person does."""
    page.goto("/login")
    page.get_by_label("工号").fill(number)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)


def until(found: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Wait for something that is seen outside the browser."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"waited {seconds} s: {what}"
        time.sleep(0.1)
