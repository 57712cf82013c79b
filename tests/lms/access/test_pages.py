"""Settings, security pages, the trail, codes, set-up: each works, then each refusal."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import audit, clock
from lms.access import actions, passwords, queries, session
from lms.access.models import AccessRecord, Account, Role, RoleGrant, UserSession
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.errors import Refused
from lms.organisation.models import Post, Unit
from lms.people.models import Person
from tests import factories

GOOD = "Qing-Shan-2026"
HTML = {"Accept": "text/html"}
pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def lin():
    with transaction():
        return factories.person("林晓岚", staff_number="A1108")


@pytest.fixture
def security(client):
    with transaction():
        someone = factories.person("安全", form="institution", staff_number="S1", roles=("security_admin",))
    factories.sign_in(client, someone)
    return someone


@pytest.fixture
def auditor(client):
    with transaction():
        someone = factories.person("沈计", form="institution", staff_number="S3", roles=("audit_admin",))
    factories.sign_in(client, someone)
    return someone


class TestSettings:
    def test_shows_devices_and_ends_another(self, client, lin):
        factories.sign_in(client, lin)
        other = client.application.test_client()
        factories.sign_in(other, lin)
        assert client.get("/settings").text.count("测试浏览器") == 2
        ids = db.session.scalars(select(UserSession.id).order_by(UserSession.id)).all()
        client.post(f"/settings/sessions/{ids[1]}/end")
        assert client.get("/settings").text.count("测试浏览器") == 1
        assert other.get("/settings", headers=HTML).status_code == 303

    def test_somebody_elses_session_is_not_ended(self, client, lin):
        factories.sign_in(client, lin)
        with transaction():
            other = factories.person("陈思远")
        browser = client.application.test_client()
        factories.sign_in(browser, other)
        foreign = db.session.scalars(select(UserSession.id).order_by(UserSession.id.desc())).first()
        assert client.post(f"/settings/sessions/{foreign}/end").status_code == 409
        assert browser.get("/settings").status_code == 200

    def test_all_others_end_at_once(self, client, lin):
        factories.sign_in(client, lin)
        other = client.application.test_client()
        factories.sign_in(other, lin)
        client.post("/settings/sessions/end-others")
        assert client.get("/settings").status_code == 200
        assert other.get("/settings", headers=HTML).status_code == 303

    def test_preferences_are_kept_with_the_account(self, client, lin):
        factories.sign_in(client, lin)
        data = {
            "size": "large",
            "theme": "dark",
            "locale": "en",
            "has_shortcuts": "0",
            "next": "/settings",
            "told": "1",
        }
        assert client.post("/preferences", data=data).location == "/settings"
        account = db.session.scalars(select(Account)).one()
        assert (account.size, account.theme, account.locale, account.has_shortcuts) == ("large", "dark", "en", False)

    def test_preferences_work_before_sign_in_by_cookie(self, client, lin):
        client.post("/preferences", data={"size": "large", "next": "/login"})
        assert 'data-size="large"' in client.get("/login").text
        client.post("/preferences", data={"size": "huge", "next": "//evil"})
        assert client.get_cookie("size").value == "large"

    def test_a_new_password_ends_other_sessions(self, client, lin):
        with transaction():
            queries.account_of(lin.id).password_hash = passwords.hash_password(GOOD)
        factories.sign_in(client, lin)
        other = client.application.test_client()
        factories.sign_in(other, lin)
        wrong = client.post("/settings/password", data={"present": "x", "password": "Lan-Tian-2026"})
        assert wrong.status_code == 422
        assert "还可以试 4 次" in wrong.text
        same = client.post("/settings/password", data={"present": GOOD, "password": GOOD})
        assert "最近 5 次" in same.text
        done = client.post("/settings/password", data={"present": GOOD, "password": "Lan-Tian-2026"})
        assert done.location == "/settings"
        assert client.get("/settings").status_code == 200
        assert other.get("/settings", headers=HTML).status_code == 303
        back = client.post("/settings/password", data={"present": "Lan-Tian-2026", "password": GOOD})
        assert back.status_code == 422

    def test_the_present_password_cannot_be_guessed_without_end(self, client, lin):
        with transaction():
            queries.account_of(lin.id).password_hash = passwords.hash_password(GOOD)
        factories.sign_in(client, lin)
        for _ in range(5):
            client.post("/settings/password", data={"present": "x", "password": "Lan-Tian-2026"})
        right = client.post("/settings/password", data={"present": GOOD, "password": "Lan-Tian-2026"})
        assert right.status_code == 422
        assert "锁定" in right.text

    def test_switching_identity_changes_the_shell_shown_first(self, client):
        with transaction():
            both = factories.person("苏文", roles=("learner", "trainer"))
        factories.sign_in(client, both)
        assert client.post("/switch", data={"identity": "trainer"}).location == "/desk"
        assert db.session.scalars(select(Account.active_role)).one() == Role.trainer
        assert client.post("/switch", data={"identity": "learner"}).location == "/"
        assert client.post("/switch", data={"identity": "hr"}).status_code == 409
        assert client.post("/switch", data={"identity": "king"}).status_code == 409


class TestSessions:
    def test_idle_too_long_and_the_end_of_the_day_close_it(self, client, lin):
        factories.sign_in(client, lin)
        for later in (timedelta(minutes=61), timedelta(hours=9)):
            with clock.frozen(clock.now() + later, everywhere=True):
                assert client.get("/settings", headers=HTML).status_code == 303

    def test_leaving_ends_it(self, client, lin):
        factories.sign_in(client, lin)
        with transaction():
            lin.spells[0].ends_on = clock.today() - timedelta(days=1)
        assert client.get("/settings", headers=HTML).status_code == 303

    def test_the_lean_loader_knows_the_same_end(self, client, lin):
        factories.sign_in(client, lin)
        token = client.get_cookie("hotline_session").value
        hour = timedelta(hours=1)
        assert session.load_lean(token, idle=hour, writes=True).id == lin.id
        assert session.load_lean("x", idle=hour, writes=True) is None
        assert not db.session().in_transaction()  # the write lock is not kept for nobody
        with transaction():
            session.end_all(queries.account_of(lin.id).id, "test")
        assert session.load_lean(token, idle=hour, writes=False) is None


class TestRoles:
    def grant(self, client, **data):
        given = {"number": "A1108", "role": "trainer", "scope": "all", "unit_id": "", "vendor_id": ""}
        return client.post("/security/roles/new", data=given | data)

    def test_the_security_administrator_grants_and_ends(self, client, security, lin):
        assert "审计管理员" in client.get("/security/roles").text
        assert self.grant(client).location == "/security/roles"
        given = db.session.scalars(select(RoleGrant).where(RoleGrant.role == Role.trainer)).one()
        assert given.granted_by == security.id
        assert "林晓岚" in client.get("/security/roles?role=trainer").text
        assert "结束林晓岚" in client.get(f"/security/roles/{given.id}/end").text
        client.post(f"/security/roles/{given.id}/end")
        db.session.expire_all()
        assert given.ended_at is not None
        assert client.post(f"/security/roles/{given.id}/end").status_code == 409
        verbs = db.session.scalars(select(AuditLine.verb)).all()
        assert {"role.grant", "role.end"} <= set(verbs)

    def test_a_grant_with_a_reach_names_the_unit(self, client, security, lin):
        unit = lin.spells[0].unit_id
        assert self.grant(client, role="line_leader", scope="own_unit").status_code == 422
        assert self.grant(client, role="line_leader", scope="own_unit", unit_id=unit).status_code == 303
        assert "受理一组" in client.get("/security/roles").text

    def test_what_excludes_each_other_is_refused_on_the_form(self, client, security, lin):
        self.grant(client)
        answer = self.grant(client, role="audit_admin")
        assert answer.status_code == 422
        assert "互斥" in answer.text
        assert self.grant(client, number="S1", role="hr").status_code == 422
        assert "没有这个工号" in self.grant(client, number="Z9").text

    def test_others_may_not(self, client, lin, auditor):
        assert client.get("/security/roles").status_code == 200
        assert client.get("/security/roles/new").status_code == 403
        assert self.grant(client).status_code == 403
        factories.sign_in(client, lin)
        assert client.get("/security/roles").status_code == 403

    def test_the_list_costs_the_same_however_long(self, client, security, count_queries):
        client.get("/security/roles")
        count_queries.clear()
        client.get("/security/roles")
        few = len(count_queries)
        with transaction():
            for n in range(12):
                factories.person(f"人{n}", roles=("trainer",))
        count_queries.clear()
        client.get("/security/roles")
        assert len(count_queries) <= few


class TestAccounts:
    def test_unlock_disable_and_enable(self, client, security, lin):
        factories.sign_in(other := client.application.test_client(), lin)
        account = queries.account_of(lin.id)
        with transaction():
            account.locked_until = clock.now() + timedelta(minutes=20)
        assert "锁定到" in client.get("/security/accounts?state=locked").text
        client.post(f"/security/accounts/{account.id}/unlock")
        assert client.get("/security/accounts?state=locked").text.count("林晓岚") == 0
        assert client.post(f"/security/accounts/{account.id}/disable", data={}).status_code == 422
        assert "停用林晓岚" in client.get(f"/security/accounts/{account.id}/disable").text
        client.post(f"/security/accounts/{account.id}/disable", data={"reason": "长期不在岗"})
        assert other.get("/settings", headers=HTML).status_code == 303
        assert "已停用" in client.get("/security/accounts?state=disabled&q=林晓岚").text
        client.post(f"/security/accounts/{account.id}/enable")
        db.session.expire_all()
        assert not account.is_disabled

    def test_not_ones_own(self, client, security):
        own = queries.account_of(security.id)
        assert client.post(f"/security/accounts/{own.id}/disable", data={"reason": "x"}).status_code == 409

    def test_no_password_is_ever_shown(self, client, security, lin):
        with transaction():
            queries.account_of(lin.id).password_hash = "$argon2id$secret"
        assert "argon2id" not in client.get("/security/accounts").text

    def test_hr_may_not(self, client, lin):
        with transaction():
            hr = factories.person("何敏", roles=("hr",))
        factories.sign_in(client, hr)
        assert client.get("/security/accounts").status_code == 403
        assert client.post("/security/accounts/1/unlock").status_code == 403

    def test_an_unknown_one_is_not_found(self, client, security):
        assert client.post("/security/accounts/999/unlock").status_code == 404


class TestTrail:
    def test_the_auditor_reads_filters_and_pages(self, client, auditor, lin):
        with transaction():
            for n in range(60):
                audit.record("unit.rename", "unit", n, f"单位{n}", before={"name": "旧"}, after={"name": "新"})
        page = client.get("/audit?kind=unit")
        assert "单位59" in page.text
        assert "更早的" in page.text
        assert "before" in page.text
        assert "单位3" in client.get("/audit?kind=unit&ref=3").text
        assert "没有符合条件" in client.get("/audit?who=没有这个人").text
        day = clock.today().isoformat()
        assert "单位59" in client.get(f"/audit?since={day}&until={day}").text
        assert "没有符合条件" in client.get("/audit?until=2020-01-01").text

    def test_the_export_is_safe_for_spreadsheets_and_leaves_a_line(self, client, auditor):
        with transaction():
            audit.record("person.add", "person", 1, "=HYPERLINK(1)")
        answer = client.get("/audit.csv")
        assert answer.text.startswith("\ufeff编号")
        assert "'=HYPERLINK(1)" in answer.text
        assert "audit.export" in db.session.scalars(select(AuditLine.verb)).all()

    def test_it_says_whether_the_chain_holds(self, client, auditor):
        with transaction():
            audit.record("person.add", "person", 1, "甲")
            audit.record("person.add", "person", 2, "乙")
        assert "记录完整" in client.get("/audit/verify").text
        with transaction():
            db.session.execute(AuditLine.__table__.update().where(AuditLine.label == "甲").values(label="丙"))
        assert "被改过" in client.get("/audit/verify").text

    def test_nobody_else_reads_it(self, client, security):
        for address in ("/audit", "/audit.csv", "/audit/verify"):
            assert client.get(address).status_code == 403


class TestCodes:
    @pytest.fixture
    def leader(self, client, lin):
        unit = lin.spells[0].unit
        with transaction():
            someone = factories.person("周慧", form="institution", unit=unit, roles=("learner",))
            factories.grant(someone, "line_leader", "own_unit", unit=unit)
        factories.sign_in(client, someone)
        return someone

    def test_the_line_leader_issues_one_that_works(self, client, leader, lin):
        page = client.post(f"/people/{lin.id}/code")
        assert page.status_code == 200
        code = page.text.split('<b class="mono nowrap">')[1].split("<")[0]
        browser = client.application.test_client()
        assert browser.post("/activate", data={"number": "A1108", "code": code}).location == "/welcome"
        line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "code.issue")).one()
        assert line.actor_id == leader.id
        assert code not in str(line.details)

    def test_out_of_reach_is_not_found_and_up_the_ladder_is_refused(self, client, leader):
        with transaction():
            stranger = factories.person("外组", unit=factories.unit("T2", "受理二组"))
            chief = factories.person("安全", form="institution", roles=("security_admin",))
        assert client.post(f"/people/{stranger.id}/code").status_code == 404
        assert client.post(f"/people/{chief.id}/code").status_code == 409
        assert client.post(f"/people/{leader.id}/code").status_code == 409

    def test_slips_for_a_unit_skip_who_has_a_password(self, client, leader, lin):
        with transaction():
            done = factories.person("已设", unit=lin.spells[0].unit)
            queries.account_of(done.id).password_hash = "x"
        assert "受理一组" in client.get("/people/codes").text
        page = client.post("/people/codes", data={"unit": lin.spells[0].unit_id}).text
        assert "林晓岚" in page
        assert "已设" not in page
        assert "周慧" in page  # named among those whom somebody else must serve
        assert page.count('<b class="mono nowrap">') == 1

    def test_a_learner_may_not(self, client, lin):
        factories.sign_in(client, lin)
        assert client.get("/people/codes").status_code == 403
        assert client.post(f"/people/{lin.id}/code").status_code == 403


class TestSetUp:
    DATA = {
        "unit-name": "云州市12345热线", "unit-code": "YZ", "system-name": "王系统", "system-number": "a1",
        "system-password": GOOD, "security-name": "李安全", "security-number": "A2", "security-password": "Lan-Tian-2026",
    }  # fmt: skip

    def test_two_people_are_made_then_it_is_closed_for_ever(self, client):
        assert client.get("/setup").status_code == 200
        assert client.post("/setup", data=self.DATA).location == "/login"
        held = db.session.execute(
            select(Person.name, RoleGrant.role).join(RoleGrant).where(RoleGrant.role != Role.learner)
        )
        assert {tuple(row) for row in held} == {("王系统", Role.system_admin), ("李安全", Role.security_admin)}
        assert client.get("/setup").status_code == 404
        assert client.post("/setup", data=self.DATA).status_code == 404
        assert client.post("/login", data={"number": "A2", "password": "Lan-Tian-2026"}).status_code == 303
        assert "还没有审计管理员" in client.get("/security/roles").text
        assert "审计管理员" in client.get("/desk").text

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"security-name": "王系统"}, "两个不同的人"), ({"security-number": "a1"}, "两个不同的人"),
            ({"system-password": "short"}, "至少要 10 个"), ({"unit-name": ""}, "填写单位全称"),
        ],
    )  # fmt: skip
    def test_a_mistake_makes_nothing(self, client, wrong, sentence):
        answer = client.post("/setup", data=self.DATA | wrong)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert db.session.scalar(select(func.count()).select_from(Person)) == 0

    def test_from_there_the_first_colleague_becomes_the_auditor(self, client):
        """An empty system gets on its feet without anybody breaking 三员分立."""
        client.post("/setup", data=self.DATA)
        client.post("/login", data={"number": "A1", "password": GOOD})
        unit, post = db.session.scalars(select(Unit.id)).one(), db.session.scalars(select(Post.id)).one()
        person = {
            "name": "何鉴", "staff_number": "A3", "form": "institution", "vendor_id": "", "employer": "热线",
            "unit_id": unit, "post_id": post, "starts_on": "2026-11-24",
        }  # fmt: skip
        assert client.post("/people/new", data=person).location == "/people"
        assert "何鉴" in client.get("/people").text
        third = db.session.scalars(select(Person).where(Person.name == "何鉴")).one().id
        assert client.get(f"/people/{third}").status_code == 403
        assert client.get(f"/people/{third}/edit").status_code == 403
        client.post("/sign-out")
        client.post("/login", data={"number": "A2", "password": "Lan-Tian-2026"})
        grant = {"number": "A3", "role": "audit_admin", "scope": "all", "unit_id": "", "vendor_id": ""}
        assert client.post("/security/roles/new", data=grant).status_code == 303
        assert "还没有审计管理员" not in client.get("/security/roles").text
        assert "激活码" in client.post(f"/people/{third}/code").text

    def test_nothing_is_hashed_while_the_database_is_held(self, client, monkeypatch):
        held, real = [], passwords.hash_password
        monkeypatch.setattr(
            passwords, "hash_password", lambda typed: held.append(db.session().in_transaction()) or real(typed)
        )
        client.post("/setup", data=self.DATA)
        assert held == [False, False]

    def test_it_is_closed_where_there_is_an_account(self, client, lin):
        assert client.get("/setup").status_code == 404


class TestViews:
    def test_a_look_is_noted_at_most_once_an_hour(self, lin):
        with transaction():
            viewer = factories.person("何敏", roles=("hr",))
            actions.record_view(lin.id, viewer, "人员档案")
            actions.record_view(lin.id, viewer, "人员档案")
            actions.record_view(lin.id, lin, "人员档案")
            actions.record_view(lin.id, viewer, "考核")
        assert db.session.scalar(select(func.count()).select_from(AccessRecord)) == 2
        with clock.frozen(clock.now() + timedelta(hours=2)), transaction():
            actions.record_view(lin.id, viewer, "人员档案")
        assert [view.page for view in queries.views_of(lin.id)] == ["人员档案", "考核", "人员档案"]

    def test_the_person_sees_who_looked(self, client, lin):
        with transaction():
            actions.record_view(lin.id, factories.person("何敏", roles=("hr",)), "人员档案")
        factories.sign_in(client, lin)
        assert "何敏" in client.get("/me").text


def test_counts_over_the_limit_are_refused():
    with clock.frozen(clock.now()), transaction():
        assert [actions.count_use("x", 2) for _ in range(3)] == [True, True, False]


def test_the_last_security_administrator_is_not_disabled(security):
    with pytest.raises(Refused), transaction():
        actions.disable(queries.account_of(security.id), "x")
