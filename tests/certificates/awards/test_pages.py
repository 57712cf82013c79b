"""The holder's pages, the public's, HR's, and the cards on other pages."""

import re
from datetime import date
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from sqlalchemy import select

from assessments.exams.models import Exam
from certificates.awards import sweep
from certificates.awards.actions import withdrawing
from certificates.awards.models import Award
from certificates.awards.views import cards
from lms import clock, files
from lms.access.models import AccessRecord, RateCount
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.notices.models import Notice
from lms.people import actions as people
from lms.people.actions import Details
from lms.people.models import Person
from lms.web import links
from tests import factories
from tests.certificates import hall

pytestmark = pytest.mark.usefixtures("context")
HTML = {"Accept": "text/html"}
DAY = date(2026, 11, 24)
END = date(2028, 11, 23)


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


def person(name="林晓岚", **kwargs) -> Person:
    with transaction():
        return factories.person(name, **kwargs)


@pytest.fixture
def lin(client) -> Person:
    someone = person(staff_number="A1108")
    factories.sign_in(client, someone)
    return someone


@pytest.fixture
def award(lin) -> Award:
    return hall.certified(lin.id, right=9)


@pytest.fixture
def hr(client) -> Person:
    return person("何敏", form="institution", roles=("hr",))


def as_hr(client, hr) -> None:
    factories.sign_in(client, hr)


class TestOwnList:
    def test_without_any_it_says_how_to_get_one(self, client, lin):
        page = client.get("/certificates", headers=HTML)
        assert page.status_code == 200
        assert "还没有证书" in page.text

    def test_it_shows_each_with_its_code_and_state(self, client, award):
        page = client.get("/certificates").text
        assert award.number in page
        assert "<svg" in page
        assert "有效期至 2028 年 11 月 23 日" in page.replace("\n", "")
        assert f"/certificates/{award.number}.pdf" in page

    def test_former_ones_stand_apart(self, client, lin, award):
        with transaction():
            withdrawing.revoke(award, "other", "姓名写错了")
        page = client.get("/certificates").text
        assert "以前的证书" in page
        assert "已撤销" in page

    def test_a_held_one_says_why(self, client):
        someone = person("𠮷野明")
        factories.sign_in(client, someone)
        hall.certified(someone.id)
        page = client.get("/certificates").text
        assert "「𠮷」" in page
        assert ".pdf" not in page

    def test_many_cost_no_more_queries(self, client, lin, award, count_queries):
        client.get("/certificates")
        count_queries.clear()
        client.get("/certificates")
        few = len(count_queries)
        for n in range(5):
            hall.certified(lin.id, f"exam-{n}")
        count_queries.clear()
        client.get("/certificates")
        assert len(count_queries) == few


class TestOneCertificate:
    def test_the_holder_sees_it_whole(self, client, award):
        page = client.get(f"/certificates/{award.number}").text
        for words in (
            "林晓岚",
            award.number,
            "90 分",
            "培训科" if False else "坐席",
            "公开验证页",
            "下载 PDF",
            award.facts_hash[:16],
        ):
            assert words in page
        assert "<b>受理岗位</b>" in page
        assert "撤销证书" not in page

    def test_a_stranger_does_not_learn_of_it(self, client, award):
        factories.sign_in(client, person("陈陌"))
        for address in (
            f"/certificates/{award.number}",
            f"/certificates/{award.number}.pdf",
            f"/staff/certificates/{award.number}/revoke",
        ):
            assert client.get(address).status_code in {403, 404}
        assert client.get(f"/certificates/{award.number}").status_code == 404
        assert client.get("/certificates/YZ26-2222-2222").status_code == 404

    def test_the_leader_of_the_unit_and_hr_may_and_it_is_noted(self, client, award, hr):
        with transaction():
            leader = factories.person("周慧", form="institution")
            factories.grant(leader, "line_leader", "own_unit", unit=factories.unit())
            far = factories.person("远队长", form="institution", unit=factories.unit("T2", "受理二组"))
            factories.grant(far, "line_leader", "own_unit", unit=factories.unit("T2"))
        for someone, status in ((leader, 200), (far, 404), (hr, 200)):
            factories.sign_in(client, someone)
            assert client.get(f"/certificates/{award.number}").status_code == status
        lookers = set(
            db.session.scalars(select(AccessRecord.viewer_id).where(AccessRecord.person_id == award.person_id))
        )
        assert lookers == {leader.id, hr.id}

    def test_hr_of_another_vendor_may_not(self, client, award):
        other = person("远人事", vendor=_vendor(), roles=("hr",), scope="own_vendor")
        factories.sign_in(client, other)
        assert client.get(f"/certificates/{award.number}").status_code == 404
        assert client.post(f"/staff/certificates/{award.number}/revoke").status_code == 404

    def test_a_renewed_and_an_expired_one_say_so(self, client, lin, award):
        with factories.on_day(date(2028, 11, 24)):
            factories.sign_in(client, lin)
            assert "已过期" in client.get(f"/certificates/{award.number}").text
            hall.certified(lin.id)
            assert "已发了新的证书" in client.get(f"/certificates/{award.number}").text


def _vendor():
    with transaction():
        return factories.vendor("V9", "外地公司")


class TestPdf:
    def test_it_is_the_stored_file_with_its_name(self, client, award):
        answer = client.get(f"/certificates/{award.number}.pdf")
        assert answer.status_code == 200
        assert answer.mimetype == "application/pdf"
        assert answer.data == files.load(award.pdf_hash)
        assert files.digest(answer.data) == award.pdf_hash
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert f"filename*=UTF-8''{quote('林晓岚-受理岗位资格证书.pdf')}" in disposition

    def test_for_printing_it_opens(self, client, award):
        answer = client.get(f"/certificates/{award.number}.pdf?view=1")
        assert answer.headers["Content-Disposition"].startswith("inline")

    def test_a_withdrawn_one_is_for_hr_alone(self, client, award, hr):
        with transaction():
            withdrawing.revoke(award, "cheating", "由他人代答")
        refused = client.get(f"/certificates/{award.number}.pdf")
        assert refused.status_code == 409
        assert "由他人代答" in refused.text
        page = client.get(f"/certificates/{award.number}").text
        assert "由他人代答" in page
        assert ".pdf" not in page
        as_hr(client, hr)
        assert client.get(f"/certificates/{award.number}.pdf").data == files.load(award.pdf_hash)

    def test_a_held_one_has_none(self, client):
        someone = person("𠮷野明")
        factories.sign_in(client, someone)
        held = hall.certified(someone.id)
        answer = client.get(f"/certificates/{held.number}.pdf")
        assert answer.status_code == 409
        assert "「𠮷」" in answer.text

    def test_a_file_that_was_changed_is_not_given(self, app, client, award):
        path = app.extensions["files"].path(award.pdf_hash)
        path.write_bytes(path.read_bytes() + b" ")
        answer = client.get(f"/certificates/{award.number}.pdf")
        path.unlink()
        assert answer.status_code == 409
        assert "备份" in answer.text
        assert client.get(f"/certificates/{award.number}.pdf").status_code == 409


class TestVerification:
    def test_a_valid_one_shows_little(self, app, award):
        stranger = app.test_client()
        page = stranger.get(f"/v/{award.number}")
        assert page.status_code == 200
        for words in ("证书有效", "林*岚", "坐席", "2028 年 11 月 23 日", "云州市12345政务服务便民热线", "核对时间"):
            assert words in page.text
        told = re.sub(r"\?v=[0-9a-f]+", "", page.text)  # fingerprints of files hold any digits
        for secret in ("林晓岚", "A1108", "90", "受理一组", str(award.facts_hash[:16])):
            assert secret not in told
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert not re.search(r"<script(?![^>]*/static/)", page.text)
        assert "你" not in re.sub(r"<[^>]+>", "", page.text)

    def test_however_the_number_is_typed(self, app, award):
        stranger = app.test_client()
        for typed in (award.number.lower(), award.number.replace("-", ""), award.number.replace("-", " ")):
            assert "证书有效" in stranger.get(f"/v/{quote(typed)}").text
            answer = stranger.get("/v", query_string={"code": typed})
            assert answer.status_code == 303
            assert answer.location == f"/v/{award.number}"

    def test_an_expired_one(self, app, award):
        with factories.on_day(date(2028, 11, 23)):
            assert "证书有效" in app.test_client().get(f"/v/{award.number}").text
        with factories.on_day(date(2028, 11, 24)):
            page = app.test_client().get(f"/v/{award.number}").text
        assert "证书已过期" in page
        assert "证书有效" not in page

    def test_a_withdrawn_one_with_its_reason(self, app, award):
        with transaction():
            withdrawing.revoke(award, "wrong_facts", "岗位写错了")
        page = app.test_client().get(f"/v/{award.number}").text
        assert "证书已撤销" in page
        assert "岗位写错了" in page
        assert "信息有误" in page

    def test_a_renewed_one(self, app, lin, award):
        with factories.on_day(date(2028, 10, 1)):
            new = hall.certified(lin.id)
            page = app.test_client().get(f"/v/{award.number}").text
        assert "已换发新证" in page
        assert new.number not in page

    def test_unknown_held_and_nonsense_look_the_same(self, app):
        held = hall.certified(person("𠮷野明").id)
        stranger = app.test_client()
        pages = []
        for number in (held.number, "YZ26-2222-2222", "nonsense"):
            answer = stranger.get(f"/v/{number}")
            assert answer.status_code == 404
            assert "没有找到这张证书，请核对编号" in answer.text
            pages.append(answer.text.replace(number, "#"))
        assert len(set(pages)) == 1
        answer = stranger.get("/v?code=nonsense")
        assert answer.status_code == 404
        assert "没有找到这张证书" in answer.text
        assert "<b>x</b>" not in stranger.get("/v?code=<b>x</b>").text

    def test_the_form(self, app):
        stranger = app.test_client()
        assert stranger.get("/v").status_code == 200
        empty = stranger.get("/v?code=+")
        assert empty.status_code == 422
        assert "填写证书编号" in empty.text

    def test_too_many_a_minute_are_turned_away_by_address(self, app, award):
        limit = app.config["LMS_SETTINGS"].verify_per_minute
        with transaction():
            minute = int(clock.now().timestamp()) // 60
            db.session.add(RateCount(bucket="verify:127.0.0.1", minute=minute, count=limit - 1))
        stranger = app.test_client()
        assert stranger.get(f"/v/{award.number}").status_code == 200
        busy = stranger.get(f"/v/{award.number}")
        assert busy.status_code == 429
        assert "过一分钟" in busy.text
        assert busy.headers["Retry-After"] == "60"
        assert stranger.get("/v/YZ26-2222-2222").status_code == 429
        assert stranger.get(f"/v/{award.number}", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
        with factories.on_day(DAY, hour=10):
            assert app.test_client().get(f"/v/{award.number}").status_code == 200

    def test_each_look_counts_even_one_that_finds_nothing(self, app):
        app.test_client().get("/v/YZ26-2222-2222")
        count = db.session.scalar(select(RateCount.count).where(RateCount.bucket == "verify:127.0.0.1"))
        assert count == 1


class TestRegister:
    def test_it_is_for_hr(self, client, lin):
        assert client.get("/staff/certificates").status_code == 403

    def test_it_lists_filters_and_searches(self, client, award, hr):
        other = person("欧阳娜", unit=_unit())
        second = hall.certified(other.id)
        as_hr(client, hr)
        page = client.get("/staff/certificates").text
        assert award.number in page
        assert second.number in page
        for query, found in (
            ("q=林", award), ("q=lin", award), (f"q={award.number.lower()}", award), ("unit=受理二组", second),
            ("state=valid&q=欧阳", second),
        ):  # fmt: skip
            page = client.get(f"/staff/certificates?{query}").text
            assert found.number in page
            assert ({award.number, second.number} - {found.number}).pop() not in page
        assert "没有符合条件的证书" in client.get("/staff/certificates?state=revoked").text
        assert client.get("/staff/certificates?state=odd&page=-4&within=x&unit=&q=").status_code == 200
        with factories.on_day(date(2028, 11, 20)):
            as_hr(client, hr)
            for query in ("within=7", "state=expiring"):
                assert award.number in client.get(f"/staff/certificates?{query}").text
            assert award.number not in client.get("/staff/certificates?state=valid").text
        with factories.on_day(date(2028, 12, 20)):
            as_hr(client, hr)
            assert award.number in client.get("/staff/certificates?state=expired").text

    def test_every_state_is_found_by_its_filter(self, client, hr, award):
        with transaction():
            withdrawing.revoke(award, "other", "姓名写错了")
        held = hall.certified(person("𠮷野明").id)
        twice = person("陈二")
        older, _ = hall.certified(twice.id), hall.certified(twice.id)
        as_hr(client, hr)
        for state, number in (("revoked", award.number), ("superseded", older.number), ("held", held.number)):
            assert number in client.get(f"/staff/certificates?state={state}").text

    def test_a_vendors_hr_sees_its_own_people(self, client, award):
        with transaction():
            near = factories.vendor()
            insider = factories.person("近人事", vendor=near, roles=("hr",), scope="own_vendor")
        outsider = person("远人事", vendor=_vendor(), roles=("hr",), scope="own_vendor")
        factories.sign_in(client, insider)
        assert award.number in client.get("/staff/certificates").text
        factories.sign_in(client, outsider)
        assert award.number not in client.get("/staff/certificates").text

    def test_many_cost_no_more_queries(self, client, award, hr, count_queries):
        as_hr(client, hr)
        client.get("/staff/certificates")
        count_queries.clear()
        client.get("/staff/certificates")
        few = len(count_queries)
        for n in range(5):
            hall.certified(person(f"陈{n}").id)
        count_queries.clear()
        client.get("/staff/certificates")
        assert len(count_queries) == few


def _unit():
    with transaction():
        return factories.unit("T2", "受理二组")


class TestMakingHeldOnes:
    @pytest.fixture
    def held(self, client, hr):
        award = hall.certified(person("𠮷野明").id)
        as_hr(client, hr)
        return award

    def test_it_stands_on_top_with_its_reason_and_waits_until_the_name_is_right(self, client, held):
        page = client.get("/staff/certificates").text
        assert page.index("等着制证") < page.index("<table")
        assert "「𠮷」" in page
        answer = client.post(f"/staff/certificates/{held.number}/release", follow_redirects=True)
        assert "还不能制证" in answer.text
        with transaction():
            people.correct(
                db.session.get_one(Person, held.person_id), Details(name="𠮷野明", certificate_name="吉野明")
            )
        answer = client.post(f"/staff/certificates/{held.number}/release", follow_redirects=True)
        assert "已制证" in answer.text
        made = hall.awards(held.person_id)[-1]
        assert made.holder_name == "吉野明"
        assert client.get(f"/certificates/{made.number}.pdf").status_code == 200
        assert "等着制证" not in client.get("/staff/certificates").text
        assert made.number in client.get(f"/certificates/{held.number}").text
        again = client.post(f"/staff/certificates/{held.number}/release")
        assert again.location == f"/certificates/{made.number}"

    def test_only_hr_may(self, client, held):
        factories.sign_in(client, held.person_id)
        assert client.post(f"/staff/certificates/{held.number}/release").status_code == 403


class TestWithdrawing:
    def test_class_reason_and_confirmation_are_needed(self, client, award, hr):
        as_hr(client, hr)
        address = f"/staff/certificates/{award.number}/revoke"
        assert client.get(address).status_code == 200
        for data in (
            {},
            {"reason_class": "cheating", "reason": "代答", "is_confirmed": "y"},
            {"reason_class": "cheating", "reason": "由他人代答"},
            {"reason": "由他人代答", "is_confirmed": "y"},
            {"reason_class": "attempt_voided", "reason": "由他人代答", "is_confirmed": "y"},
        ):
            answer = client.post(address, data=data)
            assert answer.status_code == 422
            assert "处要改" in answer.text
        assert award.revocation is None

    def test_it_is_withdrawn_by_whom_and_shown(self, client, award, hr):
        as_hr(client, hr)
        data = {"reason_class": "cheating", "reason": "考试时由他人代答", "is_confirmed": "y"}
        answer = client.post(f"/staff/certificates/{award.number}/revoke", data=data)
        assert answer.location == f"/certificates/{award.number}"
        db.session.expire_all()
        assert award.revocation.revoked_by == hr.id
        assert "考试时由他人代答" in client.get(f"/v/{award.number}").text
        assert client.get(f"/staff/certificates/{award.number}/revoke").status_code == 303
        line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "award.revoke")).one()
        assert line.actor_id == hr.id


class TestCards:
    def test_today_shows_the_days_left_and_the_task(self, client, lin, award):
        page = client.get("/").text
        assert "我的资格" in page
        assert "730 天" in page
        assert "续期：" not in page
        with factories.on_day(date(2028, 10, 24)):
            factories.sign_in(client, lin)
            page = client.get("/").text
        assert "30 天" in page
        assert "续期：受理岗位资格证书" in page

    def test_the_task_leads_to_an_exam_that_may_be_taken(self, app, lin, award):
        with transaction():
            exam = db.session.scalars(select(Exam)).one()
            attempt = db.session.get_one(hall.Attempt, int(award.source_id))
            attempt.status = "voided"
        viewer = SimpleNamespace(id=lin.id)
        with factories.on_day(date(2028, 10, 24)), app.test_request_context():
            task = cards.tasks(viewer)[0]
            expected = links.target("exam", exam.code).href
        assert task.href == expected
        assert task.minutes == exam.minutes

    def test_me_person_desk(self, client, lin, award, hr):
        assert award.number in client.get("/me").text
        as_hr(client, hr)
        assert award.number in client.get(f"/people/{lin.id}").text
        hall.certified(person("𠮷野明").id)
        page = client.get("/desk").text
        assert "等着制证" in page
        assert "60 天内到期" in page

    def test_a_result_shows_the_certificate_or_what_is_wanting(self, app, lin):
        with transaction():
            course = hall.course(exam=True)
            passed = hall.sit(db.session.scalars(select(Exam)).one(), lin.id)
        viewer = SimpleNamespace(id=lin.id)
        with app.test_request_context():
            assert cards.result_card(passed, viewer).template == "certificates/_result_wait.html"
        with transaction():
            hall.read_all(course, lin.id)
        with app.test_request_context():
            card = cards.result_card(passed, viewer)
            assert card.values["row"].award.subject == "C1"
        with transaction():
            failed = hall.sit(hall.make_exam(codes=()), lin.id, right=3)
        with app.test_request_context():
            assert cards.result_card(failed, viewer) is None

    def test_the_result_page_carries_it(self, client, lin, award):
        page = client.get(f"/attempts/{award.source_id}/result")
        assert page.status_code == 200
        assert award.number in page.text

    def test_a_reference_leads_there_for_who_may_see(self, app, lin, award):
        with app.test_request_context():
            target = links.target("award", award.id)
            assert target.label == "受理岗位资格证书"
            assert target.href is None
            assert links.target("award", "x").href is None
            assert links.target("award", 10**9).href is None


class TestReminders:
    def test_each_reminder_once(self, lin, award):
        with factories.on_day(date(2028, 9, 1)):
            assert sweep.remind_expiring() == 0
        sent = []
        for day in (
            date(2028, 9, 24),
            date(2028, 9, 25),
            date(2028, 10, 30),
            date(2028, 11, 20),
            date(2028, 11, 23),
            date(2028, 11, 24),
        ):
            with factories.on_day(day):
                sent.append((sweep.remind_expiring(), sweep.remind_expiring()))
        assert sent == [(1, 0), (0, 0), (1, 0), (1, 0), (0, 0), (0, 0)]
        titles = [one for one in db.session.scalars(select(Notice.title).order_by(Notice.id)) if "到期" in one]
        assert titles == [f"还有 {n} 天到期：受理岗位资格证书" for n in (60, 24, 3)]

    def test_once_a_day_from_eight(self, lin, award):
        sweep._last.clear()
        with factories.on_day(date(2028, 11, 20), hour=7):
            assert sweep.once_a_day() == 0
        with factories.on_day(date(2028, 11, 20), hour=8):
            assert sweep.once_a_day() == 1
            assert sweep.once_a_day() == 0
        sweep._last.clear()

    def test_a_withdrawn_or_renewed_one_reminds_nobody(self, lin, award):
        with transaction():
            withdrawing.revoke(award, "other", "姓名写错了")
        with factories.on_day(date(2028, 11, 20)):
            assert sweep.remind_expiring() == 0
