"""Addresses of our own styles and scripts, with a hash of their content so that browsers may keep them."""

import hashlib
import time
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for

STATIC = Path(__file__).parent / "static"
YEAR_SECONDS = 31_536_000
FRESH_SECONDS = 1.0
_known: dict[str, tuple[str, float]] = {}  # name: address, when it was looked at


@lru_cache(maxsize=256)
def _fingerprint(name: str, modified: float) -> str:  # noqa: ARG001 - part of the cache's key
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file with its fingerprint; a changed file has its new one within a second."""
    address, looked_at = _known.get(name, ("", 0.0))
    now = time.monotonic()
    if not address or now - looked_at > FRESH_SECONDS:
        address = _address(name)
        _known[name] = (address, now)
    return address


def _address(name: str) -> str:
    """The address; a missing file keeps its plain one."""
    path = STATIC / name
    if not path.is_file():
        return url_for("static", filename=name)
    return url_for("static", filename=name, v=_fingerprint(name, path.stat().st_mtime))


def init_app(app: Flask) -> None:
    """Give templates `asset`."""
    app.jinja_env.globals["asset"] = asset
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS
