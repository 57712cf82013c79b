"""Nothing is fetched from elsewhere: no page, style or script of ours names another host."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database

ROOT = Path(__file__).parent.parent
SOURCES = [
    *ROOT.glob("*/templates/**/*.html"),
    *ROOT.glob("lms/web/templates/**/*.html"),
    *ROOT.glob("lms/web/static/*.css"),
    *ROOT.glob("lms/web/static/js/*.js"),
]
FETCHING = re.compile(
    r"""(?:src|href|action|poster|srcset)\s*=\s*["']\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import|fetch\(\s*["']https?:"""
)
HANDLERS = re.compile(r"""<[^>]*\son[a-z]+\s*=|javascript:|<script(?![^>]*\bsrc=)|<style\b""", re.IGNORECASE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_it_fetches_nothing_from_elsewhere(path):
    assert not FETCHING.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if p.suffix == ".html" and "admin" not in p.parts],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_template_has_inline_script_or_style(path):
    assert not HANDLERS.search(path.read_text(encoding="utf-8"))


def test_there_are_templates_to_look_at():
    assert len(SOURCES) > 40
