"""More time for one person: what it adds, who grants it, and where it is seen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.attempts import actions
from assessments.exams import queries, rules
from assessments.exams.actions import extra_time
from assessments.exams.rules import Extra
from lms.db import transaction
from lms.errors import Refused
from tests import factories
from tests.assessments import hall
from tests.assessments.exams.test_rules import Terms

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PAGE = "/training/extra-time"
HTML = {"Accept": "text/html"}


class TestDeadline:
    @given(st.integers(1, 600), st.none() | st.integers(1, 900), st.sampled_from((0, 25, 50)), st.integers(0, 240))
    def test_extra_time_comes_on_top_of_what_the_window_leaves(self, minutes, closes, percent, more):
        terms = Terms(minutes=minutes, closes_at=None if closes is None else NOW + timedelta(minutes=closes))
        plain = (rules.deadline(terms, NOW) - NOW) / timedelta(minutes=1)
        assert plain == min(minutes, closes or minutes)
        longer = (rules.deadline(terms, NOW, Extra(percent, more)) - NOW) / timedelta(minutes=1)
        assert longer == pytest.approx(plain * (1 + percent / 100) + more, abs=1e-6)


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


def grant(person_id: int, **changes):
    given_ = {
        "percent": 50, "minutes": 0, "starts_on": DAY, "ends_on": DAY, "reason": "右手骨折", "granted_by": 7,
    }  # fmt: skip
    with transaction():
        return extra_time.grant(person_id, **(given_ | changes))


@pytest.mark.usefixtures("context")
class TestGrant:
    @pytest.fixture
    def lin(self, library) -> int:
        with transaction():
            return factories.person().id

    def test_it_holds_for_attempts_begun_on_its_days_and_is_frozen_in_them(self, lin):
        made = grant(lin)
        with transaction():
            attempt = actions.start(hall.exam(), lin, "1")
        assert attempt.deadline_at - attempt.started_at == timedelta(minutes=30)
        assert attempt.terms["extra"] == [50, 0]
        with transaction():
            extra_time.end(made, "已经痊愈", 7)
        assert queries.extra_on(lin, DAY) == Extra()
        assert attempt.deadline_at - attempt.started_at == timedelta(minutes=30)

    def test_not_on_other_days(self, lin):
        grant(lin, starts_on=DAY + timedelta(days=1), ends_on=DAY + timedelta(days=2))
        assert queries.extra_on(lin, DAY) == Extra()
        assert queries.extra_on(lin, DAY + timedelta(days=2)) == Extra(50, 0)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"percent": 0}, "二选一"),
            ({"minutes": 10}, "二选一"),
            ({"percent": 30}, "1.25 倍或 1.5 倍"),
            ({"percent": 0, "minutes": 241}, "1 到 240 分钟"),
            ({"ends_on": DAY - timedelta(days=1), "starts_on": DAY - timedelta(days=2)}, "已经过去"),
            ({"starts_on": DAY + timedelta(days=1)}, "不早于第一天"),
            ({"reason": " 骨折 "}, "理由"),
        ],
    )
    def test_what_cannot_hold_is_refused(self, lin, changes, words):
        with pytest.raises(Refused, match=words):
            grant(lin, **changes)

    def test_not_to_oneself_and_not_twice_for_a_day(self, lin):
        with pytest.raises(Refused, match="不能给自己"):
            grant(lin, granted_by=lin)
        made = grant(lin)
        with pytest.raises(Refused, match="先结束那一条"):
            grant(lin)
        with transaction():
            extra_time.end(made, "改为按分钟", 7)
        with pytest.raises(Refused, match="已经结束"), transaction():
            extra_time.end(made, "再结束一次", 7)
        grant(lin, percent=0, minutes=15)


class TestPages:
    @pytest.fixture
    def people(self, app, client, library) -> dict[str, str]:
        with app.app_context(), transaction():
            ours = factories.person("林晓岚", staff_number="A1", vendor=factories.vendor("V1"))
            factories.person("陈实", staff_number="A2", vendor=factories.vendor("V2", "云州慧通有限公司"))
            hr = factories.person("孙莉", roles=("hr",), scope="own_vendor", vendor=ours.spells[0].vendor).id
            lin = ours.id
        factories.sign_in(client, hr)
        return {"lin": lin, "hr": hr}

    def send(self, browser, number="A1", **changes):
        form = {
            "staff_number": number, "amount": "25", "minutes": "", "starts_on": str(DAY), "ends_on": str(DAY),
            "reason": "右手骨折",
        }  # fmt: skip
        return browser.post(PAGE, data=form | changes, headers=HTML)

    def test_granted_seen_by_the_person_and_ended(self, app, client, people):
        assert self.send(client, "a1").status_code == 303
        page = client.get(PAGE).get_data(as_text=True)
        assert "林晓岚" in page
        assert "1.25 倍" in page
        browser = app.test_client()
        factories.sign_in(browser, people["lin"])
        told = browser.get(f"/exams/{hall.QUIZ}").get_data(as_text=True)
        assert "现在开始有 25 分钟" in told
        assert "时间是规定的 1.25 倍" in told
        address = re_search(page)
        assert client.post(address, data={"reason": "好"}).status_code == 422
        assert client.post(address, data={"reason": "已经痊愈"}).status_code == 303
        assert "现在开始有 20 分钟" in browser.get(f"/exams/{hall.QUIZ}").get_data(as_text=True)

    def test_only_people_in_reach(self, client, people):
        answer = self.send(client, "A2")
        assert answer.status_code == 422
        assert "没有工号 A2 的在岗人员" in answer.get_data(as_text=True)

    @pytest.mark.parametrize(
        "changes", [{"amount": "x"}, {"amount": "minutes"}, {"starts_on": ""}, {"staff_number": ""}]
    )
    def test_a_form_that_says_nothing_comes_back(self, client, people, changes):
        assert (
            self.send(
                client, **{"number": "A1"} | changes if "staff_number" not in changes else {"number": ""}
            ).status_code
            == 422
        )

    def test_another_vendors_row_is_not_there_and_trainers_have_no_say(self, app, client, people):
        self.send(client)
        address = re_search(client.get(PAGE).get_data(as_text=True))
        with app.app_context(), transaction():
            other = factories.person("周岩", roles=("hr",), scope="own_vendor", vendor=factories.vendor("V2")).id
            trainer = factories.person("顾明远", roles=("trainer",)).id
        browser = app.test_client()
        factories.sign_in(browser, other)
        assert "林晓岚" not in browser.get(PAGE).get_data(as_text=True)
        assert browser.get(address).status_code == 404
        factories.sign_in(browser, trainer)
        assert browser.get(PAGE).status_code == 403


def re_search(page: str) -> str:
    return page.split(f'href="{PAGE}/')[1].split('"')[0].join([f"{PAGE}/", ""])
