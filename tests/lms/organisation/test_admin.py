"""Flask-Admin: reference data with forms, the rest read-only, for the system administrator alone."""

import pytest
from sqlalchemy import select

from lms.audit import AuditLine
from lms.calendar import CalendarDay
from lms.db import db, transaction
from lms.errors import Refused
from lms.organisation import rules
from lms.organisation.models import Post, Unit, UnitKind, Vendor
from tests import factories

pytestmark = pytest.mark.usefixtures("context")
TEAM = {
    "code": "T9",
    "name": "受理九组",
    "kind": "team",
    "line_parent_id": "",
    "territory_id": "",
    "position": "3",
    "is_open": "y",
}
TABLES = (
    "units", "vendors", "posts", "calendar-days", "persons", "spells", "role-grants", "user-sessions", "access-records",
    "rate-counts", "jobs", "outbox-mails", "audit-lines", "search-entries",
)  # fmt: skip


@pytest.fixture
def administrator(client):
    with transaction():
        someone = factories.person("韩系", form="institution", roles=("system_admin",))
    factories.sign_in(client, someone)
    return someone


class TestTables:
    def test_every_table_opens_for_the_system_administrator(self, client, administrator):
        home = client.get("/admin/")
        assert home.status_code == 200
        for table in TABLES:
            assert f"/admin/{table}/" in home.text
            page = client.get(f"/admin/{table}/")
            assert page.status_code == 200, table
            assert "onclick" not in page.text
            assert "javascript:" not in page.text
            assert '<html lang="zh-CN"' in page.text

    def test_search_and_sorting_stay_in_the_address(self, client, administrator):
        with transaction():
            factories.unit("Q1", "质检组")
        assert "质检组" in client.get("/admin/units/?search=质检").text
        assert "没有符合条件" in client.get("/admin/units/?search=没有").text
        assert client.get("/admin/units/?sort=0&desc=1").status_code == 200

    def test_secrets_and_contact_data_stay_out(self, client, administrator):
        page = client.get(f"/admin/persons/details/?id={administrator.id}").text
        assert "韩系" in page
        assert "13800001234" not in page
        assert "token" not in client.get("/admin/user-sessions/details/?id=1").text

    @pytest.mark.parametrize("role", ["hr", "security_admin", "audit_admin", "learner"])
    def test_nobody_else_comes_in(self, client, role):
        with transaction():
            someone = factories.person("某人", roles=(role,))
        factories.sign_in(client, someone)
        assert client.get("/admin/").status_code == 403
        assert client.get("/admin/units/").status_code == 403
        assert client.post("/admin/units/new/", data=TEAM).status_code == 403
        assert client.post("/admin/units/delete/", data={"id": 1}).status_code == 403


class TestReferenceData:
    def test_a_unit_is_made_changed_and_deleted_with_audit_lines(self, client, administrator):
        assert client.get("/admin/units/new/").status_code == 200
        assert client.post("/admin/units/new/", data=TEAM).status_code == 302
        unit = db.session.scalars(select(Unit).where(Unit.code == "T9")).one()
        assert (unit.kind, unit.position, unit.is_open) == (UnitKind.team, 3, True)
        edit = client.get(f"/admin/units/edit/?id={unit.id}").text
        assert '<option selected value="team">' in edit
        client.post(f"/admin/units/edit/?id={unit.id}", data=TEAM | {"name": "受理第九组"})
        db.session.expire_all()
        assert unit.name == "受理第九组"
        asked = client.get(f"/admin/units/confirm/?id={unit.id}").text
        assert "删除「受理第九组」？" in asked
        client.post("/admin/units/delete/", data={"id": unit.id})
        assert db.session.scalars(select(Unit).where(Unit.code == "T9")).first() is None
        lines = db.session.scalars(select(AuditLine).where(AuditLine.kind == "units").order_by(AuditLine.id)).all()
        assert [line.verb for line in lines] == ["admin.create", "admin.edit", "admin.delete"]
        assert lines[1].details == {"before": {"name": "受理九组"}, "after": {"name": "受理第九组"}}
        assert {line.actor_id for line in lines} == {administrator.id}

    def test_a_mistake_answers_422_and_changes_nothing(self, client, administrator):
        unit = db.session.scalars(select(Unit)).first()
        for wrong in ({"code": ""}, {"kind": "castle"}, {"code": unit.code}):
            answer = client.post("/admin/units/new/", data=TEAM | wrong)
            assert answer.status_code == 422, wrong
            assert "要改" in answer.text
        own = client.post(f"/admin/units/edit/?id={unit.id}", data=TEAM | {"line_parent_id": unit.id})
        assert own.status_code == 422
        assert "上级不能是本单位" in own.text
        db.session.expire_all()
        assert unit.name == "受理一组"

    def test_what_is_in_use_is_not_deleted(self, client, administrator):
        unit = db.session.scalars(select(Unit)).first()
        page = client.post("/admin/units/delete/", data={"id": unit.id}, follow_redirects=True)
        assert "别处还在用它" in page.text
        assert db.session.get(Unit, unit.id) is not None

    def test_vendor_post_and_day_have_forms(self, client, administrator):
        day = {"day": "2027-02-06", "is_working": "y", "note": "春节调休", "source": "国办通知"}
        vendor = {"code": "V9", "name": "众听", "contract_from": "2026-01-01", "contract_to": "2025-01-01"}
        post = {"code": "qc", "name": "质检员", "level": "3", "is_front_line": "y"}
        assert "合同结束不能早于" in client.post("/admin/vendors/new/", data=vendor).text
        assert client.post("/admin/vendors/new/", data=vendor | {"contract_to": ""}).status_code == 302
        assert client.post("/admin/posts/new/", data=post | {"level": "12"}).status_code == 422
        assert client.post("/admin/posts/new/", data=post).status_code == 302
        assert client.post("/admin/calendar-days/new/", data=day).status_code == 302
        assert db.session.scalars(select(Vendor.name).where(Vendor.code == "V9")).one() == "众听"
        assert db.session.scalars(select(Post.level).where(Post.code == "qc")).one() == 3
        assert db.session.scalars(select(CalendarDay.is_working)).one()

    def test_read_only_tables_have_no_way_in(self, client, administrator):
        spell = administrator.spells[0]
        assert client.get("/admin/spells/new/").status_code == 302
        assert client.post("/admin/spells/new/", data={}).status_code == 302
        assert client.post(f"/admin/spells/edit/?id={spell.id}", data={"staff_number": "X"}).status_code == 302
        assert client.post("/admin/spells/delete/", data={"id": spell.id}).status_code == 404
        assert client.post("/admin/units/action/", data={"action": "delete", "rowid": 1}).status_code == 404
        assert client.post("/admin/units/ajax/update/", data={"list_form_pk": 1}).status_code == 404
        assert client.get(f"/admin/spells/confirm/?id={spell.id}").status_code == 404


def test_a_unit_never_stands_below_itself():
    rules.check_parent(1, None, {1, 2})
    rules.check_parent(1, 3, {1, 2})
    for parent in (1, 2):
        with pytest.raises(Refused):
            rules.check_parent(1, parent, {1, 2})
