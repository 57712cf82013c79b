"""bin/test: set up what is missing, then run everything that checks. Arguments go to pytest and skip the rest."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import prepare
from prepare import PYTHON, ROOT, say

JOURNEYS = "tests/journeys"
COVERED = 95  # per cent of lines and branches
APT = ["chromium", "fonts-noto-cjk", "poppler-utils"]


def run(words: str, *command: str, **extra: str) -> None:
    """One check; the first that fails ends the run with its exit code."""
    say(words)
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **extra}, check=False)
    if done.returncode:
        say(f"没有通过：{words}")
        sys.exit(done.returncode)


def has_browser() -> bool:
    """Whether a Chromium can be started."""
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


def find_browser() -> subprocess.Popen | None:
    """Chromium, Chinese fonts and pdftotext: found, else being installed by apt while other things are prepared."""
    if (has_browser() and shutil.which("pdftotext")) or not shutil.which("apt-get"):
        return None
    say("正在安装 Chromium、中文字体和 poppler… (installing the browser for the journeys)")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    words = f"export DEBIAN_FRONTEND=noninteractive; apt-get update -qq; apt-get install -y -qq {' '.join(APT)}"
    return subprocess.Popen([*sudo, "sh", "-c", words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def demo_organisation(folder: Path) -> subprocess.Popen:
    """What the journeys play in, made while other things are checked."""
    folder.mkdir()
    (folder / "fonts").symlink_to(ROOT / "var" / "fonts")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LMS_")} | {"LMS_DATA_DIR": str(folder)}
    command = [str(PYTHON), "-m", "lms.operations.preparing", "--address", "http://127.0.0.1"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def main() -> None:
    """Style, types, tests on SQLite with coverage, tests on PostgreSQL, journeys with axe."""
    browser = find_browser() if len(sys.argv) == 1 else None
    prepare.prepare(dev=True)
    python = str(PYTHON)
    if len(sys.argv) > 1:
        prepare.become("-m", "pytest", *sys.argv[1:])
    if browser:
        browser.wait()
    if not has_browser():
        subprocess.run([PYTHON, "-m", "playwright", "install", "--with-deps", "chromium"], check=False)
    run("证书字体", python, "-m", "lms.fontmaking", "var/fonts")
    with tempfile.TemporaryDirectory(prefix="hotline-demo-") as folder:
        data, coverage = Path(folder) / "demo", Path(folder) / "coverage.json"
        demo = demo_organisation(data)
        try:
            check(python, demo, data, coverage)
        finally:
            demo.kill()
            demo.wait()  # before its folder goes
    say("全部通过。")


def check(python: str, demo: subprocess.Popen, data: Path, coverage: Path) -> None:
    """Everything, one after the other; the first that fails ends the run."""
    run("代码风格 ruff", python, "-m", "ruff", "check", ".")
    run("格式 ruff format", python, "-m", "ruff", "format", "--check", ".")
    run("类型 mypy", python, "-m", "mypy")
    pytest = ["-m", "pytest", "-q", "-n", "2"]
    most = ["--dist", "loadfile", f"--ignore={JOURNEYS}"]
    # The demo organisation is made on PostgreSQL, and once more on SQLite to compare: one of the two runs is enough.
    covered = ["-m", "slipcover", "--json", "--out", str(coverage)]
    run("测试（SQLite）", python, *covered, *pytest, *most, "--ignore=tests/test_demo.py", TEST_DB="sqlite")
    # In a step of its own: with a limit, the first step prints the report of an empty process.
    told = ["-m", "slipcover", "--merge", str(coverage), "--out", os.devnull, "--skip-covered"]
    run(f"覆盖率至少 {COVERED} %", python, *told, "--fail-under", str(COVERED))
    words = "测试（PostgreSQL）"  # rules and readers without a database have been run
    run(words, python, *pytest, *most, "-m", "not no_database", TEST_DB="postgres")
    if demo.wait():
        say("没有通过：演示数据")
        sys.exit(demo.returncode)
    run("浏览器旅程与无障碍", python, *pytest, JOURNEYS, TEST_DB="sqlite", TEST_DEMO_DATA=str(data))


main()
