"""axe finds nothing on any page, light and dark and 大字版, on a desktop and on a phone; none scrolls sideways."""

import pytest

from tests.journeys.looking import IS_WIDE, LOOK, LOOKS, SCREENS, SPEAK, check
from tests.journeys.places import (
    AUDITOR,
    BROUGHT_ABOUT,
    COMMITTEE,
    HR,
    LEARNER,
    LED_TO,
    LIKE_ANOTHER,
    NO_PAGES,
    PUBLIC,
    SECURITY,
    SYSTEM,
    TRAINER,
)
from tests.journeys.sitting import ABLE, begin
from tests.journeys.walking import endpoint_of, endpoints, walk

EVERYWHERE = (PUBLIC, LEARNER, HR, TRAINER, COMMITTEE, AUDITOR, SECURITY, SYSTEM)


def test_every_page_is_looked_at(server):
    fixed = {endpoint_of(path, str(server.folder)) for paths in EVERYWHERE for path in paths}
    led_to = {endpoint for kinds in LED_TO.values() for endpoint in kinds}
    known = fixed | led_to | BROUGHT_ABOUT | NO_PAGES | LIKE_ANOTHER | {"certificates.verify"}
    # The lists and forms of /admin are drawn by the same five templates, which are looked at once each.
    assert {one for one in endpoints(str(server.folder)) if not one.startswith("admin")} - known == set()


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


@pytest.mark.parametrize("number", LED_TO)
def test_axe_finds_nothing_where_links_lead(visit, server, number):
    page = visit(number, reduced_motion="reduce")
    paths = {}
    for one in walk(page, str(server.folder)):
        if one.is_page and one.status == 200:
            paths.setdefault(one.endpoint, one.path)
    check(page, [paths[endpoint] for endpoint in LED_TO[number]])


def test_axe_finds_nothing_in_an_exam_under_way(visit, server):
    number, code = server.ask(ABLE)[-1]
    page = visit(number, reduced_motion="reduce")
    attempt = begin(page, code)
    check(page, [f"/attempts/{attempt}/{part}" for part in ("q/1", "check")])
    check(visit("T2001", reduced_motion="reduce"), [f"/training/attempts/{attempt}/extension"])


def test_axe_finds_nothing_on_the_pages_of_the_first_sign_in(visit, server):
    number, _code = server.ask(ABLE)[-2]
    account = "person_id = (SELECT person_id FROM spells WHERE staff_number = ?)"
    ((welcomed_at,),) = server.ask(f"SELECT welcomed_at FROM accounts WHERE {account}", number)
    server.change(f"UPDATE accounts SET welcomed_at = NULL WHERE {account}", number)
    try:
        check(visit(number, reduced_motion="reduce"), [f"/welcome/{part}" for part in ("password", "details", "size")])
    finally:
        server.change(f"UPDATE accounts SET welcomed_at = ? WHERE {account}", welcomed_at, number)


def test_axe_finds_nothing_where_forms_lead(visit, server):
    ((mark_id,),) = server.ask("SELECT min(id) FROM script_marks")
    preview = "/training/questions/a3-001/ruling/preview?v=1&kind=full&reason=题干有两种理解，分不出对错"
    check(visit("T2001", reduced_motion="reduce"), [f"/training/marking/exam-calls/marks/{mark_id}", preview])
    key, number = server.ask(
        "SELECT p.set_key, s.staff_number FROM practice_answers p JOIN spells s ON s.person_id = p.person_id"
        " WHERE p.set_key LIKE 'daily-%' AND s.staff_number <> 'A1037' ORDER BY p.id DESC LIMIT 1"
    )[0]
    check(visit(number, reduced_motion="reduce"), [f"/practice/sets/{key}"])


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
