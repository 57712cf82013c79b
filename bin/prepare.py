"""Set-up shared by bin/serve, bin/test and bin/lms: environment, requirements, browser libraries, translations.

Only the standard library: this runs before anything is installed. Each step leaves a stamp when it is done, so
an interrupted set-up goes on where it stopped, and a finished one takes no time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
MINIMUM = (3, 11)
STARTED = time.monotonic()


def say(words: str) -> None:
    """Print a step with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.1f} s] {words}", flush=True)


def stop(words: str) -> None:
    """End with a sentence."""
    print(words, file=sys.stderr, flush=True)
    sys.exit(1)


def fingerprint(*paths: Path) -> str:
    """A hash over the content of files (and the Python in use)."""
    total = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def is_done(name: str, mark: str) -> bool:
    """Whether a step was finished for exactly this input."""
    stamp = ENVIRONMENT / f".{name}"
    return stamp.is_file() and stamp.read_text() == mark


def mark_done(name: str, mark: str) -> None:
    """Note that a step is finished."""
    (ENVIRONMENT / f".{name}").write_text(mark)


def make_environment() -> None:
    """The virtual environment in .venv."""
    if sys.version_info < MINIMUM:
        stop("需要 Python 3.11 或更新的版本。 Python 3.11 or newer is needed.")
    mark = f"{sys.version_info[:2]}"
    if PYTHON.exists() and (is_done("made", mark) or not (ENVIRONMENT / ".made").exists()):
        works = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
        if works:
            mark_done("made", mark)
            return
    say("正在建立 Python 环境 .venv … (making the Python environment)")
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=False)
    if done.returncode:
        stop("没有建成：Debian 与 Ubuntu 上请先安装 python3-venv。 On Debian and Ubuntu install python3-venv first.")
    mark_done("made", mark)


def install(file: str) -> None:
    """The pinned requirements of a file."""
    wanted = ROOT / file
    pins = ROOT / "constraints.txt"
    mark = fingerprint(wanted, pins, ROOT / "requirements.txt")
    if is_done(f"installed-{file}", mark):
        return
    say(f"正在安装 {file}（第一次约一两分钟）… (installing)")
    words = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "-q",
        "-r",
        str(wanted),
        "-c",
        str(pins),
    ]
    for attempt in (1, 2, 3):
        if subprocess.run(words, check=False).returncode == 0:
            mark_done(f"installed-{file}", mark)
            return
        say(f"第 {attempt} 次没有装成，再试… (trying again)")
    stop("依赖没有装成：请检查网络和软件源，再运行一次，会从这里接着做。")


def fetch_assets() -> None:
    """The browser libraries by npm; pages work without them, so a failure is told but does not stop the start."""
    mark = fingerprint(ROOT / "package-lock.json", ROOT / "lms" / "web" / "icons.txt", ROOT / "bin" / "assets")
    vendor = ROOT / "lms" / "web" / "static" / "vendor"
    if is_done("assets", mark) and vendor.is_dir():
        return
    if not (shutil.which("npm") and shutil.which("node")):
        install("requirements-setup.txt")
    say("正在取浏览器用的图标和脚本… (fetching browser libraries)")
    if subprocess.run([str(PYTHON), str(ROOT / "bin" / "assets")], check=False).returncode == 0:
        mark_done("assets", mark)
    else:
        say("这一步没有成功：页面照常可用，只是少了图标；下次启动会再试。")


def compile_translations() -> None:
    """The English catalogue, from .po to .mo."""
    source = ROOT / "lms" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
    target = source.with_suffix(".mo")
    if not source.is_file() or (target.is_file() and target.stat().st_mtime >= source.stat().st_mtime):
        return
    say("正在编译英文界面… (compiling the English catalogue)")
    words = [str(PYTHON), "-m", "babel.messages.frontend", "compile", "-i", str(source), "-o", str(target), "-l", "en"]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        stop(f"英文目录编译没有成功：{source}")


def prepare(*, dev: bool = False, assets: bool = True) -> None:
    """Everything a command needs before it starts; interrupted, it goes on next time where it stopped."""
    try:
        make_environment()
        install("requirements-dev.txt" if dev else "requirements.txt")
        if assets:
            fetch_assets()
        compile_translations()
    except KeyboardInterrupt:
        say("已中断，做好的步骤都在；再运行一次就接着做。 (interrupted; run it again to go on)")
        sys.exit(130)
    except OSError as error:
        stop(f"没有准备好：{error}。检查磁盘空间和权限，再运行一次。")


def become(*words: str) -> None:
    """Replace this process by one in the project's environment."""
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(str(PYTHON), [str(PYTHON), *words])
