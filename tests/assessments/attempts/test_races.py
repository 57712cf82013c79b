"""Many at once, on a real SQLite file and on PostgreSQL: what is allowed is never exceeded, nothing counts twice."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from assessments.attempts import actions, queries
from assessments.attempts.models import Answer, Attempt, Result
from courses.hours.models import HourEntry
from lms.db import db, transaction
from lms.operations import migrating
from tests import databases, factories
from tests.assessments import hall
from wsgi import create_app

pytestmark = pytest.mark.no_database
AT_ONCE = 12


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(request, tmp_path_factory):
    """An app with a database of its own that several threads use."""
    data = tmp_path_factory.mktemp("races")
    url = databases.fresh_postgres() if request.param == "postgres" else ""
    app = create_app(
        testing=True,
        data_dir=data,
        database_url=url,
        secret_key="r" * 40,
        smtp_host="",
        jobs="embedded",
        threads=AT_ONCE,
    )
    with app.app_context():
        migrating.upgrade()
        with transaction():
            hall.load(hall.write(data / "library"))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if url:
        databases.drop_postgres(url)


@pytest.fixture
def lin(site) -> int:
    with site.app_context(), transaction():
        return factories.person().id


def browsers(site, person_id: int) -> list:
    made = [site.test_client() for _ in range(AT_ONCE)]
    factories.sign_in(made[0], person_id)
    cookie = made[0].get_cookie("hotline_session")
    for browser in made[1:]:
        browser.set_cookie("hotline_session", cookie.value)
    return made


def together(calls: list) -> list:
    """What each call gives, all let go at the same moment."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def count(site, model, *where) -> int:
    with site.app_context():
        return db.session.scalar(select(func.count()).select_from(model).where(*where))


def test_twelve_starts_make_one_attempt(site, lin):
    start = [
        lambda b=b: b.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1"}).status_code for b in browsers(site, lin)
    ]
    statuses = Counter(together(start))
    assert count(site, Attempt, Attempt.person_id == lin) == 1
    assert set(statuses) <= {303, 409}
    assert statuses[303] >= 1


def test_a_slow_start_does_not_slip_in_behind_a_quick_one(site, lin, monkeypatch):
    numbered, slow = queries.highest_number, iter([0.4])

    def highest_number(person_id: int, exam_id: int) -> int:
        time.sleep(next(slow, 0))
        return numbered(person_id, exam_id)

    monkeypatch.setattr(queries, "highest_number", highest_number)
    start = [lambda b=b: b.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1"}) for b in browsers(site, lin)]
    together(start)
    assert count(site, Attempt, Attempt.person_id == lin) == 1


def test_twelve_hand_ins_make_one_result_and_one_credit(site, lin):
    with site.app_context(), transaction():
        attempt = actions.start(hall.exam(), lin, "1")
        hall.answer(attempt)
        number = attempt.id
    submit = [lambda b=b: b.post(f"/attempts/{number}/submission").status_code for b in browsers(site, lin)]
    statuses = Counter(together(submit))
    assert set(statuses) <= {303, 409}
    assert count(site, Result, Result.attempt_id == number) == 1
    assert count(site, HourEntry, HourEntry.person_id == lin, HourEntry.source_kind == "attempt") == 1


def test_twelve_saves_under_one_number_keep_one(site, lin):
    with site.app_context(), transaction():
        number = actions.start(hall.exam(), lin, "1").id
        place, keys = next((q.position, q.option_order) for q in queries.questions(number) if len(q.option_order) > 1)
    sent = [
        lambda b=b, key=keys[n % 2]: (
            b.post(
                f"/attempts/{number}/answers", json={"position": place, "epoch": 1, "seq": 1, "chosen": [key]}
            ).status_code
        )
        for n, b in enumerate(browsers(site, lin))
    ]
    # Six sent what was kept and are told so; six sent something else and are told that too.
    assert Counter(together(sent)) == {200: AT_ONCE // 2, 409: AT_ONCE // 2}
    assert count(site, Answer, Answer.attempt_id == number) == 1


def test_saves_and_the_hand_in_at_once_lose_nothing_that_was_confirmed(site, lin, monkeypatch):
    with site.app_context(), transaction():
        attempt = actions.start(hall.exam(), lin, "1")
        number, keys = attempt.id, {q.position: q.option_order[:1] for q in queries.questions(attempt.id)}
    all_browsers = browsers(site, lin)

    def save(browser, position: int) -> int:
        given = {"chosen": keys[position]} if keys[position] else {"text": "12388"}
        sent = {"position": position, "epoch": 1, "seq": 1, **given}
        return position if browser.post(f"/attempts/{number}/answers", json=sent).status_code == 200 else 0

    saves = [lambda b=b, n=n: save(b, n) for n, b in enumerate(all_browsers[: hall.COUNT], 1)]
    asked = queries.questions

    def slowly(attempt_id: int):
        time.sleep(0.4)  # the answers have been read, the result is not yet written
        return asked(attempt_id)

    monkeypatch.setattr(queries, "questions", slowly)
    done = together([*saves, lambda: all_browsers[-1].post(f"/attempts/{number}/submission").status_code])
    assert done.pop() == 303
    with site.app_context():
        graded = {item.position for item in queries.result(number).items if item.value}
    assert graded == {position for position in done if position}
