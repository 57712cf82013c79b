"""Text is sent compressed to browsers that take it; a reverse proxy that compresses itself loses nothing by it."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from lms.web.assets import STATIC

LEVEL = 5
SMALLEST = 1_024
TEXTS = ("text/", "application/json", "image/svg+xml", "application/javascript")


@lru_cache(maxsize=64)
def _packed_file(path: str, modified: float) -> bytes:  # noqa: ARG001 - part of the cache's key
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)


def compress(response: Response) -> Response:
    """Gzip a text answer of more than a kilobyte; our own static files are packed once."""
    if (
        not request.accept_encodings.quality("gzip")
        or response.status_code not in {200, 404, 409, 422}
        or response.headers.get("Content-Encoding")
        or not (response.mimetype or "").startswith(TEXTS)
    ):
        return response
    if request.endpoint == "static" and response.status_code == 200:
        path = STATIC / (request.view_args or {}).get("filename", "")
        response.close()  # the file that Flask opened
        response.direct_passthrough = False
        response.set_data(_packed_file(str(path), path.stat().st_mtime))
    elif response.is_streamed or response.direct_passthrough or (response.content_length or 0) < SMALLEST:
        return response
    else:
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response


def init_app(app: Flask) -> None:
    """Compress after everything else has written its answer."""
    app.after_request_funcs.setdefault(None, []).insert(0, compress)
