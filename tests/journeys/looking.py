"""axe and the width of a page, on a desktop and on a phone, light and dark, normal and 大字版."""

from axe_playwright_python.base import AXE_SCRIPT

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
