"""Structured log: one JSON line a record, with the request's method, path, status, milliseconds and person."""

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, request

EXTRA = ("method", "path", "status", "ms", "person", "address")
log = logging.getLogger("lms.access")


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: getattr(record, key) for key in EXTRA if hasattr(record, key)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    if not log.isEnabledFor(logging.INFO) or request.endpoint == "static" or request.path in {"/healthz", "/readyz"}:
        return response
    person = g.get("person")
    log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            "person": person.id if person else None,
            "address": request.remote_addr,
        },
    )
    return response


def init_app(app: Flask, level: str) -> None:
    """Log to standard output as JSON; in tests nothing is printed."""
    if app.testing:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("lms")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False
    app.before_request_funcs.setdefault(None, []).insert(0, _start)
    app.after_request(_finish)
