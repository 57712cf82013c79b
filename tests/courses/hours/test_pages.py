"""学时台账: what the owner sees, and what a stranger does not."""

from datetime import date

import pytest

from courses.hours import actions
from lms.db import transaction
from tests import factories
from tests.courses import shelf

DAY = date(2026, 11, 23)


@pytest.fixture
def lin(app, client, tmp_path) -> int:
    with app.app_context(), transaction():
        shelf.loaded(tmp_path)
        person_id = factories.person().id
    factories.sign_in(client, person_id)
    return person_id


def credit(app, person_id: int, source: str = "t1-step1", day: date = DAY) -> int:
    with app.app_context(), transaction():
        return actions.credit(person_id, "lesson", 9, ("lesson", source), "接线入门：先听后问", day).id


def test_an_empty_ledger_says_what_it_is_for(client, lin):
    page = client.get("/me/hours").get_data(as_text=True)
    assert "还没有学时" in page
    assert "/courses" in page


def test_each_line_shows_its_calculation_and_opens_its_source(app, client, lin):
    entry = credit(app, lin)
    page = client.get("/me/hours?year=2026").get_data(as_text=True)
    assert "9 分钟，不超过 15 分钟，计 0.25 学时" in page
    assert f'href="/me/hours/{entry}/source"' in page
    assert "离年度要求还差 39.75 学时" in page
    assert client.get(f"/me/hours/{entry}/source").location == "/lessons/t1-step1"


def test_a_source_that_is_gone_leads_back_with_a_sentence(app, client, lin):
    entry = credit(app, lin, "never-was")
    answer = client.get(f"/me/hours/{entry}/source")
    assert answer.location == f"/me/hours?year=2026#e-{entry}"


def test_years_are_links(app, client, lin):
    credit(app, lin, day=date(2025, 3, 1))
    page = client.get("/me/hours?year=2025").get_data(as_text=True)
    assert 'href="/me/hours?year=2026"' in page
    assert "0.25" in page


def test_another_person_s_line_is_not_found(app, client, lin):
    with app.app_context(), transaction():
        other = factories.person("王立").id
    entry = credit(app, other)
    assert client.get(f"/me/hours/{entry}/source").status_code == 404


def test_nonsense_years_are_not_found(client, lin):
    assert client.get("/me/hours?year=99999").status_code == 404
    assert client.get("/me/hours?year=abc").status_code == 200


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/me/hours", headers={"Accept": "text/html"}).location == "/login?next=/me/hours"


class TestReversal:
    @pytest.fixture
    def hr(self, app, client, lin) -> int:
        with app.app_context(), transaction():
            person_id = factories.person("何静", roles=("hr",)).id
        factories.sign_in(client, person_id)
        return person_id

    def test_hr_takes_a_line_back_with_a_reason_that_the_person_sees(self, app, client, lin, hr):
        entry = credit(app, lin)
        assert f"/hours/{entry}/reversal" in client.get(f"/people/{lin}").get_data(as_text=True)
        assert "冲销这一行" in client.get(f"/hours/{entry}/reversal").get_data(as_text=True)
        answer = client.post(f"/hours/{entry}/reversal", data={"reason": "录入重复"})
        assert answer.location == f"/people/{lin}"
        assert f"/hours/{entry}/reversal" not in client.get(f"/people/{lin}").get_data(as_text=True)
        factories.sign_in(client, lin)
        page = client.get("/me/hours?year=2026").get_data(as_text=True)
        assert "录入重复" in page
        assert "-0.25" in page

    def test_without_a_reason_or_twice_it_comes_back(self, app, client, lin, hr):
        entry = credit(app, lin)
        assert client.post(f"/hours/{entry}/reversal", data={"reason": " "}).status_code == 422
        assert client.post(f"/hours/{entry}/reversal", data={"reason": "重复"}).status_code == 303
        again = client.post(f"/hours/{entry}/reversal", data={"reason": "重复"})
        assert again.status_code == 422
        assert "已经冲销过" in again.get_data(as_text=True)

    def test_nobody_takes_back_their_own_or_beyond_their_reach(self, app, client, lin, hr):
        own = credit(app, hr, "own")
        assert client.post(f"/hours/{own}/reversal", data={"reason": "x"}).status_code == 403
        with app.app_context(), transaction():
            unit = factories.unit("T8", "受理八组")
            narrow = factories.person("郑直", roles=("hr",), scope="own_unit", unit=unit).id
        entry = credit(app, lin)
        factories.sign_in(client, narrow)
        assert client.post(f"/hours/{entry}/reversal", data={"reason": "x"}).status_code == 404
        factories.sign_in(client, lin)
        assert client.post(f"/hours/{entry}/reversal", data={"reason": "x"}).status_code == 403


def test_the_number_of_queries_does_not_grow_with_lines(app, client, lin, count_queries):
    credit(app, lin)
    client.get("/me/hours?year=2026")
    del count_queries[:]
    client.get("/me/hours?year=2026")
    few = len(count_queries)
    for n in range(12):
        credit(app, lin, f"x-{n}")
    del count_queries[:]
    client.get("/me/hours?year=2026")
    assert len(count_queries) == few
