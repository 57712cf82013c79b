"""The roster, a person's page, joining, moving, leaving, corrections, reach."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.access import queries as access
from lms.access.models import AccessRecord, Role
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.organisation.queries import unit_ids_below
from lms.people import actions, queries
from lms.people.models import EmploymentForm, Person, Spell
from lms.web.guards import Reach
from tests import factories

HTML = {"Accept": "text/html"}
pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def hr(client):
    with transaction():
        someone = factories.person("何敏", form="institution", roles=("hr",))
    factories.sign_in(client, someone)
    return someone


@pytest.fixture
def lin():
    with transaction():
        return factories.person("林晓岚", staff_number="A1108")


def leader_of(client, unit):
    with transaction():
        someone = factories.person("周慧", form="institution", unit=unit)
        factories.grant(someone, "line_leader", "own_unit", unit=unit)
    factories.sign_in(client, someone)
    return someone


class TestRoster:
    def test_lists_searches_and_filters(self, client, hr, lin):
        with transaction():
            factories.person("欧阳娜", form="institution", unit=factories.unit("T2", "受理二组"))
        assert client.get("/people").text.count('class="who"') == 3
        for query in ("q=林", "q=lin", "q=a1108", "form=outsourced"):
            page = client.get(f"/people?{query}").text
            assert "林晓岚" in page
            assert "欧阳娜" not in page
        second = factories.unit("T2").id
        assert "欧阳娜" in client.get(f"/people?unit={second}").text
        assert "林晓岚" not in client.get(f"/people?unit={second}").text
        assert "没有符合条件" in client.get("/people?q=没有").text
        assert client.get("/people?form=king&unit=x&page=-3&state=odd").status_code == 200

    def test_who_left_and_who_comes_are_found_by_state(self, client, hr):
        today = clock.today()
        with transaction():
            factories.person("走了", starts_on=today - timedelta(days=90), ends_on=today - timedelta(days=1))
            factories.person("要来", starts_on=today + timedelta(days=5))
        assert "走了" not in client.get("/people").text
        assert "走了" in client.get("/people?state=left").text
        assert "要来" in client.get("/people?state=coming").text
        assert client.get("/people?state=all").text.count('class="who"') == 3

    def test_a_long_one_has_pages_and_the_same_number_of_queries(self, client, hr, count_queries):
        client.get("/people")
        count_queries.clear()
        client.get("/people")
        few = len(count_queries)
        with transaction():
            for n in range(60):
                factories.person(f"人{n:02}", unit=factories.unit(f"U{n % 5}", f"组{n % 5}"))
        count_queries.clear()
        page = client.get("/people").text
        assert len(count_queries) <= few
        assert "共 61" in page
        assert "下一页" in page
        assert client.get("/people?page=2").text.count('class="who"') == 11

    def test_a_line_leader_sees_their_unit_and_those_below(self, client, lin):
        with transaction():
            centre = factories.unit("C", "中心", "institution")
            below = factories.unit("C1", "中心一组", parent=centre)
            factories.person("组里人", unit=below)
        leader_of(client, centre)
        page = client.get("/people").text
        assert "组里人" in page
        assert "林晓岚" not in page
        assert "登记新人" not in page

    def test_a_vendors_hr_sees_the_vendor(self, client, lin):
        with transaction():
            other = factories.vendor("V2", "临江众听")
            factories.person("别家人", vendor=other)
            manager = factories.person("柳青", vendor=other, roles=())
            factories.grant(manager, "hr", "own_vendor", vendor=other)
        factories.sign_in(client, manager)
        page = client.get("/people").text
        assert "别家人" in page
        assert "林晓岚" not in page

    def test_learners_may_not(self, client, lin):
        factories.sign_in(client, lin)
        assert client.get("/people").status_code == 403


class TestPerson:
    def test_shows_details_masked_and_notes_the_look(self, client, hr, lin):
        page = client.get(f"/people/{lin.id}").text
        assert "138****1234" in page
        assert "13800001234" not in page
        assert "账号与角色" in page
        assert db.session.scalars(select(AccessRecord.viewer_label)).all() == ["何敏"]
        client.get(f"/people/{lin.id}")
        assert db.session.scalar(select(func.count()).select_from(AccessRecord)) == 1

    def test_out_of_reach_is_not_found(self, client, lin):
        with transaction():
            stranger = factories.person("外组", unit=factories.unit("T2", "受理二组"))
        leader_of(client, lin.spells[0].unit)
        assert client.get(f"/people/{lin.id}").status_code == 200
        for address in (f"/people/{stranger.id}", "/people/99999"):
            assert client.get(address).status_code == 404
        assert db.session.scalar(select(func.count()).select_from(AccessRecord)) == 1

    def test_a_leader_reads_but_does_not_change(self, client, lin):
        leader_of(client, lin.spells[0].unit)
        assert "更正信息" not in client.get(f"/people/{lin.id}").text
        for part in ("edit", "spells/new", f"spells/{lin.spells[0].id}/end"):
            assert client.get(f"/people/{lin.id}/{part}").status_code == 403


class TestJoining:
    def data(self, **more):
        unit, post, vendor = factories.unit(), factories.post(), factories.vendor()
        base = {
            "name": "欧阳娜", "phone": "13900002222", "staff_number": "b77", "form": "outsourced", "vendor_id": vendor.id,
            "employer": "", "unit_id": unit.id, "post_id": post.id, "starts_on": "2026-11-24",
        }  # fmt: skip
        return base | more

    def test_a_new_person_gets_a_spell_an_account_and_the_role_learner(self, client, hr):
        with transaction():
            data = self.data()
        answer = client.post("/people/new", data=data)
        assert answer.status_code == 303
        someone = db.session.scalars(select(Person).where(Person.name == "欧阳娜")).one()
        assert (someone.given_name, someone.sort_key, someone.certificate_name) == ("娜", "ou yang na", "欧阳娜")
        spell = someone.spells[0]
        assert (spell.staff_number, spell.employer) == ("B77", "云州信服有限公司")
        assert access.account_of(someone.id).password_hash is None
        assert [grant.role for grant in access.grants_of(someone.id)] == [Role.learner]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"name": ""}, "填写姓名"), ({"phone": "12"}, "11 位数字"), ({"vendor_id": ""}, "须选择派遣或外包单位"),
            ({"form": "institution"}, "不经派遣"), ({"starts_on": "yesterday"}, "填写开始日期"), ({"unit_id": ""}, "选择所在单位"),
            ({"staff_number": "A1108"}, "已经有人用过"), ({"email": "x"}, "邮箱要有"),
        ],
    )  # fmt: skip
    def test_a_mistake_saves_nothing_and_says_what(self, client, hr, lin, wrong, sentence):
        with transaction():
            data = self.data(**wrong)
        before = db.session.scalar(select(func.count()).select_from(AuditLine))
        answer = client.post("/people/new", data=data)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert db.session.scalar(select(func.count()).select_from(Person)) == 2
        assert db.session.scalar(select(func.count()).select_from(AuditLine)) == before

    def test_hr_of_one_vendor_adds_only_there(self, client):
        with transaction():
            own, other = factories.vendor("V2", "临江众听"), factories.vendor()
            manager = factories.person("柳青", vendor=own, roles=())
            factories.grant(manager, "hr", "own_vendor", vendor=own)
            data = self.data(vendor_id=own.id)
        factories.sign_in(client, manager)
        assert client.post("/people/new", data=data | {"vendor_id": other.id}).status_code == 422
        answer = client.post("/people/new", data=data | {"form": "institution", "vendor_id": "", "employer": "市局"})
        assert "不在你的管理范围内" in answer.text
        assert client.post("/people/new", data=data).status_code == 303


class TestMoving:
    def test_a_move_from_vendor_to_institution_keeps_one_record(self, client, hr, lin):
        data = {
            "staff_number": "Y9", "form": "institution", "vendor_id": "", "employer": "热线中心",
            "unit_id": lin.spells[0].unit_id, "post_id": lin.spells[0].post_id, "starts_on": "2026-12-01",
        }  # fmt: skip
        assert "新任职前一天结束" in client.get(f"/people/{lin.id}/spells/new").text
        assert client.post(f"/people/{lin.id}/spells/new", data=data).status_code == 303
        db.session.expire_all()
        first, second = lin.spells
        assert first.ends_on == date(2026, 11, 30)
        assert second.form == EmploymentForm.institution
        assert queries.current_spell(lin.id, date(2026, 11, 30)).id == first.id
        assert queries.current_spell(lin.id, date(2026, 12, 1)).id == second.id
        again = client.post(f"/people/{lin.id}/spells/new", data=data | {"staff_number": "Y10"})
        assert again.status_code == 422
        assert "重叠" in again.text

    def test_a_staff_number_is_never_used_again(self, client, hr, lin):
        data = {
            "staff_number": "a1108", "form": "institution", "vendor_id": "", "employer": "热线中心",
            "unit_id": lin.spells[0].unit_id, "post_id": lin.spells[0].post_id, "starts_on": "2026-12-01",
        }  # fmt: skip
        assert "永不重用" in client.post(f"/people/{lin.id}/spells/new", data=data).text
        db.session.expire_all()
        assert lin.spells[0].ends_on is None


class TestLeaving:
    def end(self, client, lin, day, reason="合同到期"):
        data = {"ends_on": day, "reason": reason}
        return client.post(f"/people/{lin.id}/spells/{lin.spells[0].id}/end", data=data)

    def test_the_last_day_signs_out_at_once_and_locks_out_from_the_next(self, client, hr, lin):
        browser = client.application.test_client()
        factories.sign_in(browser, lin)
        assert "登记离岗" in client.get(f"/people/{lin.id}/spells/{lin.spells[0].id}/end").text
        assert self.end(client, lin, clock.today().isoformat()).status_code == 303
        assert browser.get("/settings", headers=HTML).status_code == 303
        factories.sign_in(browser, lin)
        with clock.frozen(clock.now() + timedelta(days=1), everywhere=True):
            assert browser.get("/settings", headers=HTML).status_code == 303

    def test_a_later_last_day_keeps_one_signed_in(self, client, hr, lin):
        browser = client.application.test_client()
        factories.sign_in(browser, lin)
        self.end(client, lin, (clock.today() + timedelta(days=10)).isoformat())
        assert browser.get("/settings").status_code == 200

    def test_mistakes_are_refused(self, client, hr, lin):
        assert self.end(client, lin, "2020-01-01").status_code == 422
        assert self.end(client, lin, "2026-11-24", "").status_code == 422
        assert client.post(f"/people/{hr.id}/spells/{lin.spells[0].id}/end", data={}).status_code == 404
        self.end(client, lin, "2026-11-01")
        assert "已经在 2026-11-01 结束" in self.end(client, lin, "2026-12-01").text


class TestCorrecting:
    def test_details_are_put_right_with_before_and_after(self, client, hr, lin):
        assert "林晓岚" in client.get(f"/people/{lin.id}/edit").text
        data = {"name": "林晓兰", "certificate_name": "林晓兰", "phone": "13800009999", "email": "", "born_on": ""}
        assert client.post(f"/people/{lin.id}/edit", data=data).status_code == 303
        line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "person.correct")).one()
        assert line.details["before"]["name"] == "林晓岚"
        assert "13800009999" not in str(line.details)
        assert client.post(f"/people/{lin.id}/edit", data=data | {"phone": "1"}).status_code == 422
        assert client.post(f"/people/{lin.id}/edit", data=data | {"name": ""}).status_code == 422


class TestSearchAndLinks:
    def test_search_finds_people_in_reach_only(self, client, lin):
        with transaction():
            factories.person("林外组", unit=factories.unit("T2", "受理二组"))
        leader_of(client, lin.spells[0].unit)
        page = client.get("/search?q=林").text
        assert "林晓岚" in page
        assert "林外组" not in page
        factories.sign_in(client, lin)
        assert f"/people/{lin.id}" not in client.get("/search?q=林").text


def test_scope_queries_cover_all_units_below_and_vendors(lin):
    day = clock.today()
    with transaction():
        centre = factories.unit("C", "中心", "institution")
        below = factories.unit("C1", "中心一组", parent=centre)
        inside = factories.person("组里人", form="institution", unit=below)

    def ids(*reaches):
        return set(db.session.scalars(queries.persons_in_scope(reaches, day)))

    assert ids(Reach("hr", "all")) == {lin.id, inside.id}
    assert ids(Reach("hr", "own_unit", unit_id=centre.id)) == {inside.id}
    assert ids(Reach("hr", "own_vendor", vendor_id=lin.spells[0].vendor_id)) == {lin.id}
    assert ids() == set()
    assert unit_ids_below(centre.id) == {centre.id, below.id}
    assert set(queries.spells_on([lin.id, inside.id], day)) == {lin.id, inside.id}
    assert queries.latest_spell(lin.id).staff_number == "A1108"


def test_a_person_in_another_spell_from_tomorrow_stays_signed_in(lin):
    with transaction():
        spell = lin.spells[0]
        spell.ends_on = clock.today()
        new = actions.Employment(
            "Y1",
            EmploymentForm.institution,
            "热线中心",
            spell.unit_id,
            spell.post_id,
            clock.today() + timedelta(days=1),
        )
        actions.start_spell(lin, new)
        session = factories.session.open_session(access.account_of(lin.id), hours=8, device="x", address="")
        actions.end_spell(spell, clock.today(), "转编")
    assert session
    assert len(access.open_sessions(access.account_of(lin.id).id, clock.now())) == 1
    assert db.session.scalar(select(func.count()).select_from(Spell)) == 2
