"""Sign-in, activation, forgotten passwords, the first sign-in."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.access import actions, passwords, queries, rules
from lms.access.models import Account, ActivationCode, Correction, RateCount, UserSession
from lms.access.views.signing import COOKIE
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.mail import OutboxMail
from lms.notices.models import Notice
from lms.people.models import Person
from tests import factories

GOOD = "Qing-Shan-2026"
pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(scope="module")
def good_hash():
    return passwords.hash_password(GOOD)


@pytest.fixture
def lin(good_hash):
    """An agent with a password, past the first sign-in."""
    with transaction():
        someone = factories.person("林晓岚", staff_number="A1108")
        account = queries.account_of(someone.id)
        account.password_hash, account.password_changed_at = good_hash, clock.now()
    return someone


def post(client, number="A1108", password=GOOD, **more):
    return client.post("/login", data={"number": number, "password": password, **more})


def account(person) -> Account:
    db.session.expire_all()
    return queries.account_of(person.id)


class TestSignIn:
    def test_staff_number_and_password_open_a_session(self, client, lin):
        answer = post(client, "a1108 ")
        assert answer.status_code == 303
        assert answer.location == "/"
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(COOKIE)
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert client.get("/settings").status_code == 200

    def test_the_token_is_kept_as_a_hash_only(self, client, lin):
        post(client)
        token = client.get_cookie(COOKIE).value
        stored = db.session.scalar(select(UserSession.token_hash))
        assert token not in stored
        assert len(stored) == 64

    def test_a_wrong_password_is_counted_although_the_page_fails(self, client, lin):
        answer = post(client, password="Wrong-Pass-1")
        assert answer.status_code == 422
        assert "工号或密码不对，还可以试 4 次" in answer.text
        assert account(lin).failures == 1

    def test_an_unknown_number_sounds_the_same_all_the_way_to_the_lock(self, client, lin):
        for _ in range(6):
            known = post(client, password="Wrong-Pass-1").text
            unknown = post(client, "Z9999", "Wrong-Pass-1").text
            told = [re.search(r"(工号或密码不对[^<]*|试的次数太多[^<]*)", text)[1] for text in (known, unknown)]
            assert told[0] == told[1]
        assert "锁定 30 分钟" in told[0]

    def test_five_failures_lock_even_the_right_password_then_time_heals(self, client, lin):
        for _ in range(5):
            post(client, password="Wrong-Pass-1")
        assert post(client).status_code == 422
        assert client.get_cookie(COOKIE) is None
        with clock.frozen(clock.now() + timedelta(minutes=32), everywhere=True):
            assert post(client).status_code == 303
        assert account(lin).failures == 0
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 1

    def test_an_unknown_number_takes_as_long_as_a_known_one(self, client, lin, monkeypatch):
        hashed = []
        real = passwords.is_right
        monkeypatch.setattr(passwords, "is_right", lambda kept, typed: hashed.append(kept) or real(kept, typed))
        post(client, "Z9999")
        post(client, password="Wrong-Pass-1")
        assert len(hashed) == 2

    def test_nothing_is_hashed_while_the_database_is_held(self, client, lin, monkeypatch):
        held = []
        for name in ("is_right", "hash_password"):
            real = getattr(passwords, name)

            def watched(*given, real=real):
                held.append(db.session().in_transaction())
                return real(*given)

            monkeypatch.setattr(passwords, name, watched)
        post(client, password="Wrong-Pass-1")
        post(client)
        client.post("/settings/password", data={"present": GOOD, "password": "Lan-Tian-2026"})
        assert len(held) == 5
        assert not any(held)

    def test_many_failures_from_one_address_are_slowed_but_right_ones_never(self, client, lin):
        with clock.frozen(clock.now(), everywhere=True):
            for n in range(rules.ADDRESS_FAILURES_PER_MINUTE):
                post(client, f"Z{n}")
            assert post(client).status_code == 429
        assert account(lin).failures == 0

    def test_nobody_is_led_to_another_site(self, client, lin):
        assert post(client, next="//evil.example/x").location == "/"
        client.delete_cookie(COOKIE)
        assert post(client, next="/lessons/c1").location == "/lessons/c1"

    def test_empty_fields_say_what_to_fill(self, client, lin):
        answer = client.post("/login", data={})
        assert answer.status_code == 422
        assert "填写密码" in answer.text
        assert "出错：" in answer.text

    def test_a_stopped_account_and_somebody_who_left_are_refused_after_the_right_password_only(self, client, lin):
        with transaction():
            account(lin).is_disabled = True
        assert "已停用" in post(client).text
        assert "还可以试 4 次" in post(client, password="Wrong-Pass-1").text
        with transaction():
            account(lin).is_disabled = False
            lin.spells[0].ends_on = clock.today() - timedelta(days=1)
        assert "不在岗" in post(client).text

    def test_demo_accounts_do_not_sign_in_to_production(self, app, client, lin, monkeypatch):
        with transaction():
            account(lin).is_demo = True
        monkeypatch.setitem(app.config, "LMS_SETTINGS", _production(app.config["LMS_SETTINGS"]))
        assert "演示账号" in post(client).text

    def test_who_is_signed_in_goes_straight_on(self, client, lin):
        post(client)
        assert client.get("/login?next=/settings").location == "/settings"

    def test_sign_in_and_failure_are_audit_lines_without_the_password(self, client, lin):
        post(client, password="Wrong-Pass-1")
        post(client)
        lines = db.session.scalars(select(AuditLine)).all()
        assert {"sign_in", "sign_in.refused"} <= {line.verb for line in lines}
        assert not [line for line in lines if "Wrong-Pass-1" in str(line.details) or GOOD in str(line.details)]

    def test_sign_out_ends_the_session_on_the_server(self, client, lin):
        post(client)
        token = client.get_cookie(COOKIE).value
        client.post("/sign-out")
        client.set_cookie(COOKIE, token)
        assert client.get("/settings", headers={"Accept": "text/html"}).status_code == 303

    def test_an_empty_system_leads_to_set_up(self, client):
        assert client.get("/login").location == "/setup"

    def test_old_counts_are_forgotten(self, client, lin):
        post(client, "Z1")
        with transaction():
            db.session.execute(RateCount.__table__.update().values(minute=RateCount.minute - 2000))
        assert actions.old_rates() > 0
        with transaction():
            actions.forget_old_rates()
        assert actions.old_rates() == 0


def _production(settings):
    return settings.__class__(**{**vars(settings), "env": "production", "problems": ()})


class TestActivation:
    @pytest.fixture
    def newcomer(self):
        with transaction():
            someone = factories.person("欧阳娜", staff_number="A2001", welcomed=False)
            code = actions.issue_code(queries.account_of(someone.id), days=14, reason="测试")
        return someone, code

    def enter(self, client, code, number="A2001"):
        return client.post("/activate", data={"number": number, "code": code})

    def test_the_whole_first_sign_in(self, client, newcomer):
        someone, code = newcomer
        assert self.enter(client, rules.shown_code(code).lower()).location == "/welcome"
        assert client.get("/").location == "/welcome"
        assert client.get("/welcome").location == "/welcome/password"
        assert client.get("/welcome/size").location == "/welcome/password"
        page = client.get("/welcome/password").text
        assert "第 2 步，共 4 步" in page
        assert page.index("至少 10 个字符") < page.index('name="password"')
        assert client.post("/welcome/password", data={"password": "short"}).status_code == 422
        assert client.post("/welcome/password", data={"password": GOOD}).location == "/welcome/details"
        details = client.get("/welcome/details").text
        assert "第 3 步，共 4 步" in details
        assert "服务外包" in details
        assert "第 4 步，共 4 步" in client.get("/welcome/size").text
        client.post("/preferences", data={"size": "large", "next": "/welcome/size"})
        assert 'data-size="large"' in client.get("/welcome/size").text
        assert client.post("/welcome/size").location == "/"
        assert client.get("/settings").status_code == 200
        assert passwords.is_right(account(someone).password_hash, GOOD)

    def test_a_mistake_in_ones_details_reaches_hr(self, client, newcomer):
        someone, code = newcomer
        with transaction():
            hr = factories.person("何敏", roles=("hr",))
        self.enter(client, code)
        client.post("/welcome/password", data={"password": GOOD})
        assert client.post("/welcome/details", data={"text": ""}).status_code == 422
        assert client.post("/welcome/details", data={"text": "我是劳务派遣"}).location == "/welcome/size"
        notice = db.session.scalars(select(Notice).where(Notice.person_id == hr.id)).one()
        assert notice.body == "我是劳务派遣"
        assert notice.kind == "correction"
        reported = db.session.get_one(Correction, int(notice.ref_id))
        assert (reported.person_id, reported.settled_at) == (someone.id, None)

    def test_somebody_who_left_is_refused(self, client, newcomer):
        someone, code = newcomer
        with transaction():
            someone.spells[0].ends_on = clock.today() - timedelta(days=1)
        assert "不在岗" in self.enter(client, code).text

    def test_a_code_holds_once(self, client, newcomer):
        _, code = newcomer
        self.enter(client, code)
        client.post("/welcome/password", data={"password": GOOD})
        client.delete_cookie(COOKIE)
        answer = self.enter(client, code)
        assert answer.status_code == 422
        assert "已经用过" in answer.text

    def test_a_wrong_code_another_number_and_an_expired_one_are_refused(self, client, newcomer):
        _, code = newcomer
        wrong, other = self.enter(client, "AAAA-BBBB-CCCC"), self.enter(client, code, "A9999")
        assert wrong.status_code == other.status_code == 422
        assert "工号或激活码不对" in wrong.text
        assert "工号或激活码不对" in other.text
        with clock.frozen(clock.now() + timedelta(days=15), everywhere=True):
            assert "过期" in self.enter(client, code).text

    def test_a_new_code_puts_the_old_one_out_of_use_and_only_hashes_are_kept(self, client, newcomer):
        someone, code = newcomer
        with transaction():
            actions.issue_code(account(someone), days=14, reason="又一个")
        assert self.enter(client, code).status_code == 422
        assert code not in str(db.session.scalars(select(ActivationCode.code_hash)).all())


class TestForgotten:
    def test_a_code_comes_by_mail_and_replaces_the_password(self, client, lin):
        with transaction():
            db.session.get_one(Person, lin.id).email = "lin@example.cn"
        known = client.post("/forgot", data={"number": "A1108"})
        unknown = client.post("/forgot", data={"number": "Z9999"})
        assert known.text == unknown.text
        mail = db.session.scalars(select(OutboxMail)).one()
        code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", mail.body)[0]
        assert client.post("/activate", data={"number": "A1108", "code": code}).location == "/welcome"
        assert client.get("/welcome").location == "/welcome/password"
        assert "第 2 步" not in client.get("/welcome/password").text
        assert client.post("/welcome/password", data={"password": GOOD}).status_code == 422
        assert client.post("/welcome/password", data={"password": "Lan-Tian-2026"}).location == "/"
        assert client.get("/settings").status_code == 200

    def test_without_an_address_nothing_is_sent_and_the_answer_is_the_same(self, client, lin):
        assert "班组长或人事" in client.post("/forgot", data={"number": "A1108"}).text
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0

    def test_hr_and_above_get_no_code_by_mail_because_hr_can_change_addresses(self, client):
        with transaction():
            chief = factories.person("安全", form="institution", staff_number="S1", roles=("security_admin",))
            chief.email = "chief@example.cn"
        client.post("/forgot", data={"number": "S1"})
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0

    def test_asking_again_and_again_sends_one_mail_a_minute(self, client, lin):
        with transaction():
            db.session.get_one(Person, lin.id).email = "lin@example.cn"
        with clock.frozen(clock.now(), everywhere=True):
            for _ in range(3):
                client.post("/forgot", data={"number": "A1108"})
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 1
