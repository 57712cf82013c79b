"""Generated and uploaded files, stored under the hash of their bytes in the data folder."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from flask import Flask, current_app

from lms.settings import Settings


def _folder() -> Path:
    folder: Path = current_app.extensions["files_dir"]
    return folder


def digest(content: bytes) -> str:
    """SHA-256 of the bytes, hex: the name under which they are kept."""
    return hashlib.sha256(content).hexdigest()


def path_of(name: str) -> Path:
    """Where the file of that hash lies."""
    if len(name) != 64 or not all(c in "0123456789abcdef" for c in name):
        raise FileNotFoundError(name)
    return _folder() / name[:2] / name


def store(content: bytes) -> str:
    """Keep the bytes and return their hash; written whole and synced, or not at all."""
    name = digest(content)
    target = path_of(name)
    if target.exists():
        return name
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return name


def store_path(source: Path) -> str:
    """Keep a large file that lies on disk: copied in pieces, so that memory stays flat. Returns its hash."""
    with source.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()
    target = path_of(name)
    if target.exists():
        return name
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file, source.open("rb") as origin:
            shutil.copyfileobj(origin, file, 1024 * 1024)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return name


def load(name: str) -> bytes:
    """The bytes under that hash; a file that no longer matches its name is refused."""
    content = path_of(name).read_bytes()
    if digest(content) != name:
        raise FileNotFoundError(f"{name} no longer matches its hash")
    return content


def init_app(app: Flask, settings: Settings) -> None:
    """Remember the folder."""
    app.extensions["files_dir"] = settings.files_dir
