"""Whatever is typed into a form, the answer is a page or a sentence: never an error page, for nobody."""

import io
import os
import random
import shutil
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select

from lms.access import session
from lms.access.models import Account
from lms.access.views.signing import COOKIE
from lms.db import db, transaction
from lms.people.models import Spell
from tests.journeys.conftest import prepared, with_fonts
from tests.journeys.walking import endpoint_of
from wsgi import create_app

PEOPLE = ("A1037", "T2001", "L3001", "H4001", "C5001", "S9001", "S9002", "S9003")
ODD = (
    "", "'\"><script>alert(1)</script>", "9" * 400, "\U0001f600汉" * 300, "-1", "2026-02-31", "a\x00b", "NaN",
    "99999999999999999999", "１２３", "%s%n", "0", " ", "../../etc/passwd", "1e400",
)  # fmt: skip
EACH = 2  # pages of a kind, and times that a kind of form is sent in each manner
# These would end one's own session or shut the person out; they have tests of their own.
LEFT_ALONE = ("access.sign_out", "access.end_session", "access.end_other_sessions", "accounts.")


@dataclass
class Form:
    """A form as a browser sees it: where it goes, how, and its fields as (name, value, type, choices)."""

    action: str
    method: str
    fields: list[tuple[str, str, str, list[str]]] = field(default_factory=list)


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].split("#")[0])
        elif tag == "form":
            self.forms.append(Form(given.get("action", "").split("#")[0], given.get("method", "get").lower()))
        elif tag == "option" and self.forms and self.forms[-1].fields:
            self.forms[-1].fields[-1][3].append(given.get("value", ""))
        elif tag in {"input", "select", "textarea", "button"} and given.get("name") and self.forms:
            kind = given.get("type", tag)
            self.forms[-1].fields.append((given["name"], given.get("value", ""), kind, []))


@pytest.fixture
def app(tmp_path_factory, tmp_path):
    """The application on a copy of the demo organisation that this test may spoil."""
    base = tmp_path_factory.getbasetemp()
    folder = tmp_path / "data"
    shutil.copytree(prepared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base), folder, symlinks=True)
    made = create_app(data_dir=with_fonts(folder), database_url="", secret_key="t" * 40, log_level="CRITICAL")
    yield made
    with made.app_context():
        db.engine.dispose()


def signed_in(app, number):
    """A client in which that person has signed in."""
    with app.app_context(), transaction():
        holder = select(Account).join(Spell, Spell.person_id == Account.person_id).where(Spell.staff_number == number)
        account = db.session.scalars(holder).one()
        token = session.open_session(account, hours=8, device="test", address="127.0.0.1")
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    return client


def filled(form: Form, manner: str, chance: random.Random) -> dict[str, list]:
    """What is sent: nothing at all, odd texts in the fields one sees, or odd ones among choices and hidden values."""
    sent = defaultdict(list)
    for name, value, kind, choices in form.fields:
        if kind == "file":
            sent[name].append((io.BytesIO(b"\x89PNG\r\n\x1a\nno picture"), chance.choice(["照片.xlsx", "a.png", ""])))
        elif manner == "empty":
            sent[name].append(value if kind == "hidden" else "")
        elif manner == "odd" or chance.random() < 0.3:
            sent[name].append(value if kind == "hidden" and chance.random() < 0.5 else chance.choice(ODD))
        else:
            sent[name].append(chance.choice(choices) if choices else value or "再核对一遍原始记录")
    return sent


def answers(client, folder: Path, chance: random.Random) -> Iterator[tuple[str, str, int]]:
    """(method, address, status) of every page that links lead to and of every form sent in three manners."""
    waiting, seen = deque(["/", "/desk"]), set()
    pages, sendings = defaultdict(int), defaultdict(int)
    while waiting:
        path = waiting.popleft()
        answer = client.get(path, follow_redirects=True)
        yield "GET", path, answer.status_code
        if "html" not in answer.content_type:
            continue
        page = Page()
        page.feed(answer.text)
        for form in page.forms:
            address = form.action or path
            endpoint = endpoint_of(address, str(folder), form.method.upper()) or "?"
            for manner in ("empty", "odd", "mixed"):
                if sendings[endpoint, manner] >= EACH or endpoint.startswith(LEFT_ALONE):
                    continue
                sendings[endpoint, manner] += 1
                sent = filled(form, manner, chance)
                if form.method == "post":
                    told = client.post(address, data=sent, headers={"Accept": "text/html"})
                else:
                    told = client.get(address.split("?")[0], query_string=sent)
                yield form.method.upper(), f"{address} {manner} {dict(sent)!r:.600}", told.status_code
        for link in page.links:
            endpoint = endpoint_of(link, str(folder))
            if endpoint is not None and link not in seen and pages[endpoint] < EACH:
                pages[endpoint] += 1
                seen.add(link)
                waiting.append(link)


@pytest.mark.parametrize("number", PEOPLE)
def test_no_form_and_no_page_answers_with_an_error_page(app, number):
    told = list(answers(signed_in(app, number), app.config["LMS_SETTINGS"].data_dir, random.Random(number)))
    assert len(told) > 60
    assert [one for one in told if one[2] >= 500] == []
