"""Twelve savers with the same page, on a real SQLite file and on PostgreSQL: one is kept, eleven see it."""

from collections import Counter

from assessments.bank import queries
from lms.db import db, transaction
from tests import factories
from tests.assessments.attempts.test_races import AT_ONCE, browsers, pytestmark, site, together  # noqa: F401
from tests.assessments.bank.test_editing_pages import BANK, SINGLE, form


def test_of_many_who_save_at_once_one_is_kept(site):  # noqa: F811
    with site.app_context(), transaction():
        trainer = factories.person("顾明远", roles=("trainer",)).id
    sent = form(site, "t1-s1", do="save")
    calls = [
        lambda browser=browser, n=n: browser.post(f"{BANK}/t1-s1", data=sent | {"stem": f"第 {n} 稿？"}).status_code
        for n, browser in enumerate(browsers(site, trainer))
    ]
    assert Counter(together(calls)) == {303: 1, 409: AT_ONCE - 1}


def test_many_new_questions_at_once_each_get_a_code(site):  # noqa: F811
    with site.app_context(), transaction():
        trainer = factories.person("周敏", roles=("trainer",)).id
    calls = [
        lambda browser=browser: (
            browser.post("/training/bank/new", data=SINGLE | {"course": "T1", "do": "save"}).status_code
        )
        for browser in browsers(site, trainer)
    ]
    assert Counter(together(calls)) == {303: AT_ONCE}
    with site.app_context(), transaction(writes=False):
        db.session.expire_all()
        assert {f"t1-w{n:03d}" for n in range(1, AT_ONCE + 1)} <= set(queries.stems())
