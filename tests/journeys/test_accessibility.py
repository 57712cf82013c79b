"""axe finds nothing on the pages people use, light and dark and 大字版, on a desktop and on a phone."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

LEARNER = [
    "/", "/calendar", "/calendar?view=list", "/courses", "/courses/C1", "/lessons/c1-mandate", "/exams",
    "/exams/exam-intake-post", "/practice", "/practice/daily", "/practice/mistakes", "/practice/mistakes/set",
    "/programmes/3", "/me", "/me/views", "/me/hours", "/me/appraisals/2025", "/me/appraisals/2026Q3", "/publicity",
    "/certificates", "/policies", "/policies/P03", "/policies/updates/3", "/notices", "/settings", "/search?q=热线",
]  # fmt: skip
HR = [
    "/desk", "/people", "/people/corrections", "/people/corrections/2", "/imports", "/imports/roster/new", "/imports/1",
    "/imports/2", "/imports/2/columns", "/training", "/training/compliance", "/training/programmes",
    "/training/programmes/new", "/training/programmes/1", "/training/programmes/2/people",
    "/training/programmes/2/nudge?all=1", "/training/programmes/2/extension?all=1", "/training/programmes/4",
    "/training/extra-time", "/staff/certificates", "/staff/certificates/corrections", "/appraisals",
    "/appraisals/corrections", "/appraisals/2026Q3", "/appraisals/2026Q3/pools", "/appraisals/2026Q3/sources",
    "/appraisals/2026Q3/claims", "/appraisals/2026Q3/records", "/appraisals/2025/archive",
    "/appraisals/new?template=annual", "/claims/1",
]  # fmt: skip
TRAINER = [
    "/desk", "/training", "/training/C1", "/training/courses", "/training/courses/new", "/training/courses/C1",
    "/training/lessons/c1-callback/draft", "/training/lessons/c1-callback/publication",
    "/training/lessons/a3-classify/review", "/training/lessons/c1-mandate/versions?from=1&to=3", "/training/questions",
    "/training/questions/c1-001", "/training/questions/c1-w003?pane=prev", "/training/bank/new",
    "/imports/questions/new", "/training/exams", "/training/exams/new", "/training/exams/exam-c1/statistics",
    "/training/exams/exam-intake-post/terms", "/training/exams/exam-intake-post/board",
    "/training/exams/exam-winter-review/blueprint", "/training/exams/exam-winter-review/blueprint/samples?seed=5",
    "/training/marking", "/training/marking/exam-calls", "/training/objections", "/training/rulings/1",
    "/training/policy-updates", "/training/policy-updates/3", "/ui",
]  # fmt: skip
COMMITTEE = ["/desk", "/appraisals/2026Q3/sign-off"]
AUDITOR = ["/desk", "/audit", "/security/matrix", "/viewing"]
SECURITY = ["/desk", "/security/roles", "/security/matrix", "/security/accounts"]
SYSTEM = ["/operations", "/operations/mail", "/operations/backups", "/operations/settings", "/jobs", "/admin/"]
PUBLIC = ["/login", "/activate", "/forgot", "/v", "/v/YZ26-0000-0000", "/open-courses", "/accessibility", "/privacy"]
WIDTHS = (1280, 390)
SCREENS = (320, 390, 900, 1024, 1280)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


# The dark look changes colours and no size, 大字版 sizes and no colour: one pass over both sees what either would break.
LOOKS = [
    ("light", "normal", {"runOnly": {"type": "tag", "values": TAGS}}),
    (
        "dark",
        "large",
        {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]}},
    ),
]
# The rows of a list are drawn by the same lines of a template: a few of them tell as much as fifty, in a tenth of the time.
FEWER = "document.querySelectorAll('tbody tr:nth-child(n+6), li:nth-child(n+9)').forEach(row => row.remove())"
IS_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
LOOK = """([theme, size]) => { const page = document.documentElement;
  page.dataset.theme = theme; page.dataset.size = size; return page.scrollHeight; }"""
SPEAK = "locale => fetch('/preferences', {method: 'POST', body: new URLSearchParams({locale})})"
TELL = """([options, part]) => axe.run(part, {resultTypes: ["violations"], preload: false, ...options}).then(
  found => found.violations.flatMap(one => one.nodes.slice(0, 3).map(
    node => `${one.id}: ${node.target} ${node.failureSummary.slice(0, 200)}`)))"""


def check(page, paths):
    """Every page on a desktop and on a phone, in two looks; what stands around it, the same on each, in the second
    look on the first page alone.
    """
    wrong: list[str] = []
    for path in paths:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        answer = page.goto(path)
        assert answer.status == (404 if path.startswith("/v/") else 200), f"{path}: {answer.status}"
        page.evaluate(AXE_SCRIPT)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for theme, size, _options in LOOKS:
                page.evaluate(LOOK, [theme, size])
                if page.evaluate(IS_WIDE):
                    wrong.append(f"{path} {width} {size} scrolls sideways")
            page.evaluate(FEWER)
            for theme, size, options in LOOKS:
                # A window as tall as the page: the fixed bars of a phone then cover nothing that could be scrolled free.
                height = page.evaluate(LOOK, [theme, size])
                page.set_viewport_size({"width": width, "height": max(900, height)})
                part = "html" if path == paths[0] or size == "normal" else "main"
                found = page.evaluate(TELL, [options, part])
                wrong += [f"{path} {width} {theme} {size}: {one}" for one in found]
            page.evaluate(LOOK, ["light", "normal"])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("number", "paths"),
    [
        (None, PUBLIC),
        ("A1037", LEARNER[:13]),
        ("A1037", LEARNER[13:]),
        ("H4001", HR[:15]),
        ("H4001", HR[15:]),
        ("T2001", TRAINER[:15]),
        ("T2001", TRAINER[15:]),
        ("C5001", COMMITTEE),
        ("S9003", AUDITOR),
        ("S9002", SECURITY),
        ("S9001", SYSTEM),
    ],
    ids=[
        "public",
        "agent",
        "agent-2",
        "hr",
        "hr-2",
        "trainer",
        "trainer-2",
        "committee",
        "auditor",
        "security",
        "system",
    ],
)
def test_axe_finds_nothing(visit, number, paths):
    # Reduced motion: colours change at once, so that no measure falls into the middle of a fade.
    check(visit(number, reduced_motion="reduce"), paths)


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize(
    ("number", "paths"),
    [(None, PUBLIC), ("A1037", LEARNER), ("H4001", HR), ("T2001", TRAINER)],
    ids=["public", "agent", "hr", "trainer"],
)
def test_no_page_scrolls_sideways_on_any_screen_in_either_language(visit, number, paths, locale):
    page = visit(number)
    speak(page, locale)
    try:
        wide = [(path, width, size) for path in paths for width, size in too_narrow_for(page, path, locale)]
    finally:
        speak(page, "zh")  # of the person, who is in other journeys too
    assert wide == []


def too_narrow_for(page, path, locale):
    """The screens and sizes in which that page scrolls sideways."""
    page.goto(path, wait_until="domcontentloaded")
    assert page.locator("html").get_attribute("lang")[:2] == locale
    for width in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme, size, _options in LOOKS:
            page.evaluate(LOOK, [theme, size])
            if page.evaluate(IS_WIDE):
                yield width, size


def speak(page, locale):
    """The language of the person, and of this browser where nobody has signed in."""
    page.goto("/v")
    page.evaluate(SPEAK, locale)
