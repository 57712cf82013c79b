"""bin/test: set up what is missing, then run everything that checks. Arguments go to pytest and skip the rest."""

import os
import shutil
import subprocess
import sys

import prepare
from prepare import PYTHON, ROOT, say

JOURNEYS = "tests/journeys"
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


def find_browser() -> None:
    """Chromium, Chinese fonts and pdftotext: found, else installed by apt, else Chromium by playwright."""
    if has_browser() and shutil.which("pdftotext"):
        return
    say("正在安装 Chromium、中文字体和 poppler… (installing the browser for the journeys)")
    if shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*sudo, "apt-get", "update", "-qq"], check=False, env=quiet)
        subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", *APT], check=False, env=quiet, capture_output=True)
    if not has_browser():
        subprocess.run([PYTHON, "-m", "playwright", "install", "--with-deps", "chromium"], check=False)


def main() -> None:
    """Style, types, tests on SQLite with coverage, tests on PostgreSQL, journeys with axe."""
    prepare.prepare(dev=True)
    python = str(PYTHON)
    if len(sys.argv) > 1:
        prepare.become("-m", "pytest", *sys.argv[1:])
    find_browser()
    run("证书字体", python, "-m", "lms.fonts", "var/fonts")
    run("代码风格 ruff", python, "-m", "ruff", "check", ".")
    run("格式 ruff format", python, "-m", "ruff", "format", "--check", ".")
    run("类型 mypy", python, "-m", "mypy")
    parallel = ["-n", "2", "--dist", "loadfile"]
    covered = ["--cov", "--cov-branch", "--cov-report=term:skip-covered", "--cov-fail-under=90"]
    run("测试（SQLite）", python, "-m", "pytest", "-q", *parallel, *covered, f"--ignore={JOURNEYS}", TEST_DB="sqlite")
    texts = [f"--ignore=tests/test_{name}.py" for name in ("architecture", "docs", "languages", "offline")]
    words = "测试（PostgreSQL）"  # what reads only files has been run
    run(words, python, "-m", "pytest", "-q", *parallel, f"--ignore={JOURNEYS}", *texts, TEST_DB="postgres")
    run("浏览器旅程与无障碍", python, "-m", "pytest", "-q", "-n", "2", JOURNEYS, TEST_DB="sqlite")
    say("全部通过。")


main()
