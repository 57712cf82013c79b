"""Every kind of page that somebody comes to by following links, a few of each."""

import html
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from wsgi import create_app

LINK = re.compile(r'(?:href|src)="(/[^"]*)"')
REDIRECTS = (301, 302, 303, 308)


@dataclass(frozen=True)
class Found:
    """A page that was asked for, where its link stood, and what came back."""

    path: str
    source: str
    endpoint: str
    status: int
    is_page: bool


@cache
def _routes(folder: str) -> MapAdapter:
    return create_app(testing=True, data_dir=Path(folder), secret_key="t" * 40, log_level="ERROR").url_map.bind(
        "127.0.0.1"
    )


def endpoint_of(path: str, folder: str, method: str = "GET") -> str | None:
    """The name of what answers at a path; None where nothing does."""
    try:
        return str(_routes(folder).match(path.split("?")[0], method=method)[0])
    except (HTTPException, RequestRedirect):
        return None


def endpoints(folder: str) -> set[str]:
    """The names of everything that answers a GET."""
    return {rule.endpoint for rule in _routes(folder).map.iter_rules() if "GET" in (rule.methods or ())}


def walk(page: Page, folder: str, *, each: int = 3, starts: tuple[str, ...] = ("/", "/desk")) -> Iterator[Found]:
    """From the start pages on, at most so many addresses of each kind; whoever is signed in in the page goes."""
    taken: dict[str, int] = defaultdict(int)
    waiting = deque((path, "") for path in starts)
    seen = set(starts)
    while waiting:
        path, source = waiting.popleft()
        answer = page.request.get(path, max_redirects=0)
        is_page = "text/html" in answer.headers.get("content-type", "")
        yield Found(path, source, endpoint_of(path, folder) or "", answer.status, is_page)
        if answer.status in REDIRECTS:
            links = [answer.headers["location"]]
        else:
            links = LINK.findall(answer.text()) if is_page else []
        for link in links:
            there = html.unescape(link).split("#")[0]
            endpoint = endpoint_of(there, folder) or there
            # The public check of a certificate is limited in number for everybody behind one address.
            most = 1 if endpoint == "certificates.verify" else each
            if there in seen or endpoint == "static" or taken[endpoint] >= most:
                continue
            taken[endpoint] += 1
            seen.add(there)
            waiting.append((there, path))
