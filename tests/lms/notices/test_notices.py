"""The inbox and the verbs that fill it."""

import pytest
from sqlalchemy import func, select

from lms.db import db, transaction
from lms.mail import OutboxMail
from lms.notices import actions, queries
from lms.notices.models import Notice
from tests import factories

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def lin(client):
    with transaction():
        someone = factories.person("林晓岚")
    factories.sign_in(client, someone)
    return someone


class TestVerbs:
    def test_a_key_makes_it_happen_once(self, lin):
        with transaction():
            assert actions.notify(lin.id, "证书快到期", key="expiry:1") is not None
            assert actions.notify(lin.id, "证书快到期", key="expiry:1") is None
            assert actions.notify(lin.id, "没有键") is not None
            assert actions.notify(lin.id, "没有键") is not None
        assert queries.unread(lin.id) == 3

    def test_mail_goes_to_who_has_an_address(self, lin):
        with transaction():
            actions.notify(lin.id, "甲", mail=True)
            lin.email = "lin@example.cn"
            actions.notify(lin.id, "乙", "内容", mail=True)
        mail = db.session.scalars(select(OutboxMail)).one()
        assert (mail.to, mail.subject) == ("lin@example.cn", "乙")
        assert "内容" in mail.body

    def test_a_role_is_told_once_each(self, lin):
        with transaction():
            factories.person("何敏", roles=("hr",))
            factories.person("许静", roles=("hr",))
            assert actions.notify_role("hr", "新的更正", key="k") == 2
            assert actions.notify_role("hr", "新的更正", key="k") == 0
            assert actions.notify_role("committee", "没有人") == 0
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 2

    def test_many_people_cost_no_more_statements(self, lin, count_queries):
        with transaction():
            ids = [factories.person(f"人{n}").id for n in range(30)]
            count_queries.clear()
            actions.notify_all(ids, "通知", key="k")
        assert len(count_queries) <= 3


class TestInbox:
    def test_is_empty_at_first(self, client, lin):
        assert "还没有通知" in client.get("/notices").text

    def test_unread_stand_first_and_opening_marks_as_read(self, client, lin):
        with transaction():
            old = actions.notify(lin.id, "旧的", "正文一")
            new = actions.notify(lin.id, "新的")
            actions.mark_read(new)
        page = client.get("/notices").text
        assert page.index("旧的") < page.index("新的")
        assert "1 条未读" in page
        assert client.post(f"/notices/{old.id}/read").location == "/notices"
        assert queries.unread(lin.id) == 0

    def test_opening_leads_to_what_it_is_about(self, client):
        with transaction():
            hr = factories.person("何敏", form="institution", roles=("hr",))
            about = factories.person("林晓岚")
            notice = actions.notify(hr.id, "信息有误", kind="person", ref_id=about.id)
            gone = actions.notify(hr.id, "没了", kind="person", ref_id=99999)
        factories.sign_in(client, hr)
        assert client.post(f"/notices/{notice.id}/read").location == f"/people/{about.id}"
        assert client.post(f"/notices/{gone.id}/read").location == "/notices"

    def test_all_at_once(self, client, lin):
        with transaction():
            for n in range(35):
                actions.notify(lin.id, f"第 {n} 条")
        assert "下一页" in client.get("/notices").text
        assert "上一页" in client.get("/notices?page=2").text
        client.post("/notices/read")
        assert queries.unread(lin.id) == 0

    def test_somebody_elses_is_not_found(self, client, lin):
        with transaction():
            other = actions.notify(factories.person("陈思远").id, "别人的")
        assert client.post(f"/notices/{other.id}/read").status_code == 404
        client.post("/notices/read")
        assert queries.unread(other.person_id) == 1

    def test_the_bell_counts(self, client, lin):
        with transaction():
            actions.notify(lin.id, "一条")
        assert "1 条未读" in client.get("/settings").text
