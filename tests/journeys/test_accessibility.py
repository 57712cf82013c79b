"""axe finds nothing on the pages people use, light and dark and 大字版, on a desktop and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

LEARNER = ["/", "/courses", "/courses/C1", "/lessons/c1-mandate", "/exams", "/me", "/me/hours", "/certificates", "/policies",
           "/policies/P03", "/notices", "/settings", "/search?q=热线"]  # fmt: skip
HR = ["/desk", "/people", "/appraisals", "/staff/certificates", "/training"]
TRAINER = ["/desk", "/training", "/training/questions", "/training/exams", "/ui"]
AUDITOR = ["/desk", "/audit"]
SECURITY = ["/desk", "/security/roles", "/security/accounts"]
PUBLIC = ["/login", "/activate", "/forgot", "/v", "/v/YZ26-0000-0000"]
# Rules that judge content authors write, or that need a person: none is switched off.
OPTIONS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
LOOKS = [("light", "normal"), ("dark", "normal"), ("light", "large")]


def faults(page) -> list[str]:
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{v['id']}: {node['target']} {node['failureSummary'][:200]}" for v in found for node in v["nodes"][:3]]


def check(page, paths):
    wrong: list[str] = []
    for path in paths:
        page.goto(path)
        for theme, size in LOOKS:
            # A window as tall as the page: the fixed bars of a phone then cover nothing that could be scrolled free.
            page.set_viewport_size({"width": page.viewport_size["width"], "height": 900})
            page.evaluate(
                "([theme, size]) => { document.documentElement.dataset.theme = theme;"
                " document.documentElement.dataset.size = size; }",
                [theme, size],
            )
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": page.viewport_size["width"], "height": max(900, tall)})
            if told := faults(page):
                wrong += [f"{path} {theme} {size}: {one}" for one in told]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    ("number", "paths"),
    [(None, PUBLIC), ("A1037", LEARNER), ("H4001", HR), ("T2001", TRAINER), ("S9003", AUDITOR), ("S9002", SECURITY)],
    ids=["public", "agent", "hr", "trainer", "auditor", "security"],
)
def test_axe_finds_nothing(visit, number, paths, width):
    # Reduced motion: colours change at once, so that no measure falls into the middle of a fade.
    check(visit(number, width=width, reduced_motion="reduce"), paths)


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("number", [None, "A1037", "H4001", "T2001"], ids=["public", "agent", "hr", "trainer"])
def test_no_page_scrolls_sideways(visit, number, width):
    page = visit(number, width=width)
    paths = {None: PUBLIC, "A1037": LEARNER, "H4001": HR, "T2001": TRAINER}[number]
    wide = []
    for path in paths:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            wide.append(path)
    assert wide == []
