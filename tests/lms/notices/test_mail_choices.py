"""Which notices come by mail, and the filters of the inbox."""

import pytest
from sqlalchemy import select

from lms.db import db, transaction
from lms.mail import OutboxMail
from lms.notices import actions, queries, rules
from tests import factories

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def lin(client):
    with transaction():
        someone = factories.person("林晓岚")
        someone.email = "lin@example.cn"
    factories.sign_in(client, someone)
    return someone


def subjects() -> list[str]:
    return list(db.session.scalars(select(OutboxMail.subject).order_by(OutboxMail.id)))


class TestTopics:
    def test_what_it_opens_says_what_it_is_about(self):
        assert rules.topic_of("award") == "certificate"
        assert rules.topic_of("award", "work") == "work"
        assert rules.topic_of("unheard of") == rules.topic_of("", "unheard of") == "general"

    def test_every_kind_has_a_topic(self):
        assert set(rules.OF_KIND.values()) <= set(rules.TOPICS)

    @pytest.mark.parametrize(
        ("chosen", "urgent", "expected"),
        [
            ({}, False, True),
            ({"exam": False}, False, False),
            ({"exam": False}, True, False),
            ({"exam": True}, False, True),
        ],
    )
    def test_a_persons_choice_comes_first(self, chosen, urgent, expected):
        assert rules.by_mail("exam", chosen, is_urgent=urgent) is expected

    def test_urgent_ones_go_out_by_default(self):
        assert rules.by_mail("general", {}, is_urgent=True)
        assert not rules.by_mail("general", {})


class TestMail:
    def test_defaults_and_choices(self, lin):
        with transaction():
            actions.notify(lin.id, "证书已发", kind="award")
            actions.notify(lin.id, "新课程", kind="course")
            actions.choose_mail(lin.id, {"certificate": False, "learning": True, "unknown": True})
            actions.notify(lin.id, "证书又发", kind="award")
            actions.notify(lin.id, "证书快到期", kind="award", mail=True)
            actions.notify_all([lin.id], "又有课程", kind="course")
        assert subjects() == ["证书已发", "又有课程"]

    def test_the_settings_page_keeps_them(self, client, lin):
        page = client.get("/settings").text
        assert 'value="certificate" checked' in page
        assert "等我处理的事" not in page  # for staff
        answer = client.post("/notices/mail", data={"topic": ["policy"]})
        assert answer.status_code == 303
        page = client.get("/settings").text
        assert 'value="policy" checked' in page
        assert 'value="certificate" checked' not in page

    def test_many_people_with_addresses_cost_no_more_statements(self, lin, count_queries):
        with transaction():
            ids = [factories.person(f"人{n}").id for n in range(20)]
            db.session.flush()
            count_queries.clear()
            actions.notify_all(ids, "通知", kind="course", key="k")
        assert len(count_queries) <= 4


class TestInbox:
    @pytest.fixture
    def some(self, lin):
        with transaction():
            read = actions.notify(lin.id, "证书已发", kind="award")
            actions.mark_read(read)
            actions.notify(lin.id, "新课程", kind="course", ref_id="X")

    def test_filters_by_topic_and_state(self, client, some):
        assert "证书已发" in client.get("/notices").text
        page = client.get("/notices?topic=learning").text
        assert "新课程" in page
        assert "证书已发" not in page
        assert "证书已发" not in client.get("/notices?state=unread").text
        empty = client.get("/notices?topic=certificate&state=unread").text
        assert "没有符合条件的通知" in empty
        assert "清除筛选" in empty

    def test_an_unknown_topic_shows_everything(self, client, some):
        assert "证书已发" in client.get("/notices?topic=nothing").text

    def test_the_number_of_statements_is_flat(self, client, lin, count_queries):
        client.get("/notices")
        count_queries.clear()
        client.get("/notices")
        before = len(count_queries)
        with transaction():
            for n in range(25):
                actions.notify(lin.id, f"通知{n}", kind="course", ref_id="C1")
        count_queries.clear()
        client.get("/notices")
        assert len(count_queries) <= before

    def test_unread_ones_count(self, lin, some):
        assert queries.unread(lin.id) == 1


def test_wrong_details_are_told_from_the_settings(client, lin):
    with transaction():
        hr = factories.person("何敏", roles=("hr",))
    assert client.post("/settings/correction", data={"text": ""}).status_code == 422
    assert client.post("/settings/correction", data={"text": "姓名里的岚写错了"}).status_code == 303
    assert queries.unread(hr.id) == 1


def test_shortcuts_can_be_switched_off(client, lin):
    assert 'data-keys="off"' not in client.get("/").text
    client.post("/preferences", data={"has_shortcuts": "0", "next": "/"})
    assert 'data-keys="off"' in client.get("/").text
