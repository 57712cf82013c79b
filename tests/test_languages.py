"""Every sentence of the interface has its English, with the same placeholders, and pages speak it."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from lms.db import transaction
from tests import factories

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "lms" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]*\}|%%")
CHINESE = re.compile("[\u4e00-\u9fff]")
KEPT = {"中文"}


@pytest.fixture(scope="module")
def messages():
    with CATALOGUE.open("rb") as file:
        return [message for message in read_po(file, locale="en") if message.id]


@pytest.mark.no_database
def test_nothing_is_missing_and_nothing_left_over():
    done = subprocess.run(
        [sys.executable, "bin/messages.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.no_database
def test_placeholders_are_the_same(messages):
    wrong = [
        (m.id, m.string) for m in messages
        if Counter(PLACEHOLDER.findall(m.id)) != Counter(PLACEHOLDER.findall(m.string))
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.no_database
def test_english_holds_no_chinese(messages):
    assert [m.string for m in messages if CHINESE.search(m.string) and m.string not in KEPT] == []


def test_a_page_in_english_says_so_and_speaks_it(client, context):
    with transaction():
        someone = factories.person("林晓岚")
    factories.sign_in(client, someone)
    client.post("/preferences", data={"locale": "en", "next": "/"}, headers={"Sec-Fetch-Site": "same-origin"})
    page = client.get("/").get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "Today" in page
    assert "要完成的事" not in page
