"""The pages after the grades: for each actor they work, for each stranger they are not there."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import delete

from appraisals.cycles import coverage, dossiers, gradings, queries, sweep
from appraisals.cycles.actions import contesting, determining, moving, signing
from appraisals.cycles.models import Cycle, GradeDecision, SelfSummary, SignOff
from appraisals.cycles.rules.stages import Actor, Decider, FormStage, Stage
from appraisals.evidence.actions import record_measure
from lms import audit, calendar
from lms.access import passwords
from lms.access import queries as accounts
from lms.db import db, transaction
from lms.errors import Refused
from lms.notices.models import Notice
from tests import factories
from tests.appraisals.cycles.test_after_grading import MONDAY, World, run

BOARD = "/appraisals/2026-Q3"
MINE = "/me/appraisals/2026-Q3"
SECRET = "Yunzhou-12345"
NAMES = ("hr", "committee", "leader", "vendor_hr", "stranger", "agent", "clerk")


@contextmanager
def work(client):
    with client.application.app_context(), transaction():
        yield


@pytest.fixture
def made(client):
    """The world in 评定 on a Monday; ids only. `grade` says who is proposed for the highest grade."""
    with factories.on_day(MONDAY):
        with work(client), audit.acting_as(None, "系统", "test"):
            world = World()
            world.grade_all([world.house.clerk])
            for person in (world.house.committee, world.house.hr):
                accounts.account_of(person.id).password_hash = passwords.hash_password(SECRET)
            ids = {name: getattr(world.house, name).id for name in NAMES}
            ids |= {"outsider": world.outsider.id, "other": world.other.id, "cycle": world.cycle.id}
        yield ids


def stage_world(client, ids, upto: Stage) -> None:
    """Bring the cycle on as its actors would, without the pages."""
    with work(client), audit.acting_as(ids["hr"], "方静", "test"):
        cycle = db.session.get_one(Cycle, ids["cycle"])
        listed = determining.grade_list(cycle)
        determining.sign_off(cycle, Decider(ids["committee"], "高晨", Actor.committee), listed, listed.seen)
        moving.move(cycle, Stage.publicity, Actor.hr)
    if upto is Stage.publicity:
        return
    with factories.on_day(calendar_day(client, 5), 18), work(client):
        cycle = db.session.get_one(Cycle, ids["cycle"])
        moving.move(cycle, Stage.final, Actor.hr)
        run(signing.notify({"cycle_id": cycle.id}))
    if upto is Stage.archived:
        with factories.on_day(calendar_day(client, 6)), work(client):
            cycle = db.session.get_one(Cycle, ids["cycle"])
            for one in queries.participations(cycle.id):
                signing.sign(one, one.person_id, agrees=True, text="")
            moving.move(cycle, Stage.archived, Actor.hr)


def calendar_day(client, n: int) -> date:
    with work(client):
        return calendar.add_working_days(MONDAY, n)


def as_(client, ids, who: str):
    factories.sign_in(client, ids[who])
    return client


def text(answer) -> str:
    return answer.get_data(as_text=True)


def seen_on(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


class TestSignOff:
    def test_the_password_signs_and_the_grades_are_fixed(self, client, made):
        page = text(as_(client, made, "committee").get(f"{BOARD}/sign-off"))
        assert "各名额池" in page
        form = {"seen": seen_on(page), "password": SECRET, "note": "11 月 23 日会议"}
        answer = client.post(f"{BOARD}/sign-off", data=form)
        assert (answer.status_code, answer.location) == (303, BOARD)
        with work(client):
            assert db.session.get_one(Cycle, made["cycle"]).state == Stage.determined
            (signed,) = gradings.sign_offs(made["cycle"])
            assert signed.note == "11 月 23 日会议"
        board = text(as_(client, made, "hr").get(BOARD))
        assert "进入「公示」" in board
        has_top = "拟定最高一档" in page
        assert ("无人公示，直接生效" in board) is not has_top, "no button that would only be refused"
        as_(client, made, "committee")
        assert client.post(f"{BOARD}/sign-off", data=form).status_code == 303, "pressed twice"
        grade = client.post(f"{BOARD}/people/{made['clerk']}/grade", data={"grade": "competent", "reason": "迟了"})
        assert grade.status_code == 422
        assert "等次在评定阶段才能改" in text(grade)

    def test_everything_in_the_way_is_listed_at_once(self, client, made, monkeypatch):
        faults = [Refused("「甲池」超出 1 名。"), Refused("还有 {n} 人没有等次。", n=2)]
        monkeypatch.setattr(determining, "_missing", lambda *_: iter(faults))
        page = text(as_(client, made, "committee").get(f"{BOARD}/sign-off"))
        assert "「甲池」超出 1 名。" in page
        assert "还有 2 人没有等次。" in page
        assert 'name="password"' not in page

    def test_a_wrong_password_counts_and_signs_nothing(self, client, made):
        page = text(as_(client, made, "committee").get(f"{BOARD}/sign-off"))
        answer = client.post(f"{BOARD}/sign-off", data={"seen": seen_on(page), "password": "wrong"})
        assert answer.status_code == 422
        assert "还可以试" in text(answer)
        with work(client):
            assert accounts.account_of(made["committee"]).failures == 1
            assert not db.session.query(SignOff).count()
        assert client.post(f"{BOARD}/sign-off", data={"seen": "", "password": ""}).status_code == 422

    def test_an_old_list_is_not_signed(self, client, made):
        answer = as_(client, made, "committee").post(f"{BOARD}/sign-off", data={"seen": "0.0.0.0", "password": SECRET})
        assert answer.status_code == 422
        assert "名单在你看过之后有改动" in text(answer)

    def test_a_list_that_changed_since_the_page_was_shown_is_not_signed(self, client, made):
        form = {"seen": seen_on(text(as_(client, made, "committee").get(f"{BOARD}/sign-off"))), "password": SECRET}
        client.post(f"{BOARD}/people/{made['leader']}/grade", data={"grade": "basic", "reason": "补充证据"})
        answer = client.post(f"{BOARD}/sign-off", data=form)
        assert answer.status_code == 422
        assert "名单在你看过之后有改动" in text(answer)
        assert "赵海宁" in text(answer), "the list is shown as it is now"
        assert client.post(f"{BOARD}/sign-off", data=form | {"seen": seen_on(text(answer))}).status_code == 303

    @pytest.mark.parametrize("seen", ["", "1.2.3", "a.b.c.d", "1.2.3.-4", "²·1.1.1"])
    def test_what_no_page_of_ours_carried_is_not_signed(self, client, made, seen):
        as_(client, made, "committee")
        answer = client.post(f"{BOARD}/sign-off", data={"seen": seen, "password": SECRET})
        assert answer.status_code == 422
        assert "名单在你看过之后有改动" in text(answer)

    def test_of_two_signers_the_second_sees_the_first_and_the_hash_of_what_was_signed(self, client, made):
        with work(client):
            db.session.get_one(Cycle, made["cycle"]).signers = 2
        page = text(as_(client, made, "hr").get(f"{BOARD}/sign-off"))
        assert "未签批" in page, "nobody has signed: the hash is not worked out yet"
        form = {"seen": seen_on(page), "password": SECRET}
        assert client.post(f"{BOARD}/sign-off", data=form).status_code == 303
        assert client.post(f"{BOARD}/sign-off", data=form).status_code == 303, "pressed twice"
        with work(client):
            (digest,) = (one.digest for one in gradings.sign_offs(made["cycle"]))
            assert db.session.get_one(Cycle, made["cycle"]).state == Stage.grading
        page = text(client.get(f"{BOARD}/sign-off"))
        assert "你已签名，等另一位签批" in page
        assert digest[:16] in page
        page = text(as_(client, made, "committee").get(f"{BOARD}/sign-off"))
        assert "方静，人事" in page
        form = {"seen": seen_on(page), "password": SECRET}
        assert client.post(f"{BOARD}/sign-off", data=form).status_code == 303
        assert client.post(f"{BOARD}/sign-off", data=form).status_code == 303, "pressed twice"
        with work(client):
            assert [one.digest for one in gradings.sign_offs(made["cycle"])] == [digest] * 2
            assert db.session.get_one(Cycle, made["cycle"]).state == Stage.determined

    def test_a_list_that_came_back_unchanged_is_fixed_again_under_its_signature(self, client, made):
        stage_world(client, made, Stage.publicity)
        with work(client):
            (signed,) = (one.digest for one in gradings.sign_offs(made["cycle"]))
        page = text(as_(client, made, "committee").get(f"{BOARD}/sign-off"))
        assert "现在不能签批" in page
        assert signed[:16] in page, "the list as it was signed"
        with work(client):
            moving.move(db.session.get_one(Cycle, made["cycle"]), Stage.grading, Actor.committee, "异议成立")
        form = {"seen": seen_on(text(client.get(f"{BOARD}/sign-off"))), "password": SECRET}
        assert client.post(f"{BOARD}/sign-off", data=form).status_code == 303
        with work(client):
            assert [one.digest for one in gradings.sign_offs(made["cycle"])] == [signed]
            assert db.session.get_one(Cycle, made["cycle"]).state == Stage.determined

    def test_a_change_after_the_first_of_two_signatures_takes_it_off_the_page(self, client, made):
        with work(client):
            db.session.get_one(Cycle, made["cycle"]).signers = 2
        page = text(as_(client, made, "hr").get(f"{BOARD}/sign-off"))
        client.post(f"{BOARD}/sign-off", data={"seen": seen_on(page), "password": SECRET})
        as_(client, made, "committee")
        client.post(f"{BOARD}/people/{made['leader']}/grade", data={"grade": "basic", "reason": "补充证据"})
        page = text(client.get(f"{BOARD}/sign-off"))
        assert "方静，人事" not in page
        assert 'name="password"' in page

    def test_the_page_counts_and_does_not_read_everybody(self, client, made, count_queries, monkeypatch):
        monkeypatch.setattr(determining, "grade_list", None)
        monkeypatch.setattr(queries, "board", None)
        as_(client, made, "committee")
        for path in ("sign-off", "pools", f"people/{made['clerk']}"):
            count_queries.clear()
            answer = client.get(f"{BOARD}/{path}")
            assert answer.status_code == 200
            lists = [one for one in count_queries if "units.position" in one]  # a row of the list
            bounds = ("participations.id IN", "participations.total <", "participations.total IN")
            assert all(any(bound in one for bound in bounds) for one in lists), path
        page = text(client.get(f"{BOARD}/sign-off"))
        assert "9 人参加，9 人有等次" in page

    @pytest.mark.parametrize(("who", "status"), [("hr", 403), ("vendor_hr", 403), ("leader", 403), ("agent", 403)])
    def test_others_do_not_sign(self, client, made, who, status):
        assert as_(client, made, who).get(f"{BOARD}/sign-off").status_code == status
        assert client.post(f"{BOARD}/sign-off", data={"password": SECRET}).status_code == status

    def test_over_the_quota_it_is_barred_with_names(self, client, made):
        as_(client, made, "committee")
        client.post(f"{BOARD}/people/{made['leader']}/grade", data={"grade": "excellent", "reason": "带班好"})
        page = text(client.get(f"{BOARD}/sign-off"))
        assert "现在不能签批" in page
        assert "赵海宁" in page
        assert 'name="password"' not in page


class TestManyAtOnce:
    def ids(self, client, made, *who):
        with work(client):
            return [queries.participation(made["cycle"], made[one]).id for one in who]

    def test_preview_then_grades_then_undo(self, client, made):
        people = self.ids(client, made, "clerk", "leader")
        as_(client, made, "committee")
        page = text(client.post(f"{BOARD}/bulk", data={"people": people, "grade": "excellent"}))
        assert "1 人会有新的等次" in page
        assert "会超出 1 名" in page
        seen = {part.split('"')[0]: part.split('value="')[1].split('"')[0] for part in page.split('name="seen-')[1:]}
        form = {"people": people, "grade": "excellent", "reason": "", **{f"seen-{key}": n for key, n in seen.items()}}
        blank = client.post(f"{BOARD}/bulk/grades", data=form)
        assert blank.status_code == 422
        assert "改等次要写理由" in text(blank)
        assert client.post(f"{BOARD}/bulk/grades", data=form | {"reason": "集体评议"}).status_code == 303
        board = text(client.get(BOARD))
        assert "撤销上一步（批量 1 人）" in board
        decision = board.split('name="decision" value="')[1].split('"')[0]
        assert client.post(f"{BOARD}/undo", data={"decision": decision}).status_code == 303
        with work(client):
            assert queries.latest_decision(people[1]).grade == "competent"

    def test_a_first_grade_that_is_undone_is_told_as_such_on_every_page(self, client, made):
        (one,) = self.ids(client, made, "leader")
        with work(client):
            db.session.execute(delete(GradeDecision).where(GradeDecision.participation_id == one))
        as_(client, made, "committee")
        client.post(f"{BOARD}/bulk/grades", data={"people": [one], "grade": "competent", "reason": "集体评议"})
        decision = text(client.get(BOARD)).split('name="decision" value="')[1].split('"')[0]
        assert client.post(f"{BOARD}/undo", data={"decision": decision}).status_code == 303
        for page in (BOARD, f"{BOARD}/people/{made['leader']}", f"{BOARD}/records"):
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert "收回（待定）" in text(answer), page
        grade = text(client.get(f"{BOARD}/people/{made['leader']}")).split('id="grade-h"')[1][:400]
        assert "待定" in grade
        assert "拟定" not in grade

    def test_somebody_outside_ones_reach_is_not_found(self, client, made):
        people = self.ids(client, made, "clerk")
        answer = as_(client, made, "vendor_hr").post(f"{BOARD}/bulk", data={"people": people, "grade": "competent"})
        assert answer.status_code == 404
        assert as_(client, made, "agent").post(f"{BOARD}/bulk", data={"people": people}).status_code == 403


class TestPools:
    def test_a_share_is_changed_with_its_basis_and_listed(self, client, made):
        with work(client):
            pool = queries.participation(made["cycle"], made["clerk"]).pool
        as_(client, made, "hr")
        wrong = client.post(f"{BOARD}/pools/quota", data={"pool": pool, "percent": "x", "reason": ""})
        assert wrong.status_code == 422
        assert "写一个 0 到 100 的整数" in text(wrong)
        assert "名额算不出来" in text(
            client.post(f"{BOARD}/pools/quota", data={"pool": pool, "percent": "101", "reason": "x"})
        )
        form = {"pool": pool, "percent": "50", "basis": "云人社〔2026〕8 号", "reason": "集体记功"}
        assert client.post(f"{BOARD}/pools/quota", data=form).status_code == 303
        page = text(client.get(f"{BOARD}/pools"))
        assert "40% → 50%" in page
        assert "云人社〔2026〕8 号" in page

    def test_a_vendor_sees_its_own_pool_and_changes_nothing(self, client, made):
        page = text(as_(client, made, "vendor_hr").get(f"{BOARD}/pools"))
        assert "云州慧声" in page
        assert "事业编制" not in page
        assert (
            client.post(f"{BOARD}/pools/quota", data={"pool": "x", "percent": "50", "reason": "x"}).status_code == 403
        )
        assert as_(client, made, "leader").get(f"{BOARD}/pools").status_code == 403


class TestPublicity:
    @pytest.fixture
    def public(self, client, made):
        stage_world(client, made, Stage.publicity)
        with work(client):
            return made | {"publicity": dossiers.publicities(made["cycle"])[0].id}

    def test_everybody_reads_masked_names_and_may_object(self, client, public):
        as_(client, public, "agent")
        assert "2026 年第三季度考核" in text(client.get("/publicity"))
        page = text(client.get(f"/publicity/{public['publicity']}"))
        assert "刘*远" in page
        assert "刘志远" not in page
        with work(client):
            about = queries.participation(public["cycle"], public["clerk"]).id
        url = f"/publicity/{public['publicity']}/objections"
        blank = client.post(url, data={"about": about, "text": " "})
        assert blank.status_code == 422
        assert "写明事实和理由" in text(blank)
        answer = client.post(url, data={"about": about, "text": "夜班缺岗一次"})
        assert answer.status_code == 303
        assert "夜班缺岗一次" in text(client.get(answer.location))
        assert as_(client, public, "clerk").get(answer.location).status_code == 404, "not the one it is about"
        assert as_(client, public, "stranger").get(answer.location).status_code == 404

    def test_after_the_deadline_it_says_the_day(self, client, public):
        with factories.on_day(calendar_day(client, 5), 18):
            as_(client, public, "agent")
            with work(client):
                about = queries.participation(public["cycle"], public["clerk"]).id
            answer = client.post(f"/publicity/{public['publicity']}/objections", data={"about": about, "text": "迟了"})
            assert answer.status_code == 422
            assert "2026-11-30 18:00，已经过了" in text(answer)
            assert "公示已经结束" in text(client.get(f"/publicity/{public['publicity']}"))

    def test_hr_names_who_decides_and_the_involved_are_refused_by_name(self, client, public):
        with work(client):
            one = dossiers.publicities(public["cycle"])[0]
            about = queries.participation(public["cycle"], public["clerk"])
            claim = contesting.contest_publicity(one, about, public["agent"], "夜班缺岗一次").id
            numbers = {
                who: queries.participation(public["cycle"], public[who]).spell.staff_number
                for who in ("committee", "outsider", "leader")
            }
        as_(client, public, "hr")
        assert "夜班缺岗" in text(client.get(f"/claims/{claim}"))
        assert "未指定" in text(client.get(f"{BOARD}/claims"))
        refused = client.post(f"/claims/{claim}/assignment", data={"number": numbers["committee"]})
        assert refused.status_code == 422
        assert "高晨参加过这个人的评定" in text(refused)
        assert "没有工号为" in text(client.post(f"/claims/{claim}/assignment", data={"number": "X9"}))
        recusal = {"number": numbers["leader"], "about": "", "reason": "近亲属"}
        assert client.post(f"{BOARD}/recusals", data=recusal).status_code == 303
        aside = client.post(f"/claims/{claim}/assignment", data={"number": numbers["leader"]})
        assert "赵海宁在回避名单里" in text(aside)
        assert client.post(f"/claims/{claim}/assignment", data={"number": numbers["outsider"]}).status_code == 303
        assert client.post(f"/claims/{claim}/decision", data={"outcome": "dismissed", "text": "x"}).status_code == 403
        as_(client, public, "outsider")
        with work(client):
            assert any(one.kind == "claim" for one in db.session.query(Notice).filter_by(person_id=public["outsider"]))
        assert client.post(f"/claims/{claim}/decision", data={"outcome": "", "text": ""}).status_code == 422
        form = {"outcome": "dismissed", "text": "登记完整", "grade": ""}
        assert client.post(f"/claims/{claim}/decision", data=form).status_code == 303
        assert "登记完整" in text(as_(client, public, "agent").get(f"/claims/{claim}"))


class TestMyForm:
    def test_drafts_are_kept_apart_from_what_is_handed_in(self, client, made):
        with work(client):
            db.session.get_one(Cycle, made["cycle"]).state = Stage.self_summary.value
        as_(client, made, "agent")
        assert "已保存" in text(client.post(f"{MINE}/draft", data={"summary": "写到一半"}))
        assert "写到一半" in text(client.get(MINE))
        with work(client):
            assert queries.participation(made["cycle"], made["agent"]).summary == ""
        client.post(f"{MINE}/summary", data={"summary": "第一版"})
        client.post(f"{MINE}/summary", data={"summary": "第二版"})
        with work(client):
            found = queries.participation(made["cycle"], made["agent"])
            assert [one.text for one in db.session.query(SelfSummary).filter_by(participation_id=found.id)] == [
                "第一版",
                "第二版",
            ]
        with work(client):
            db.session.get_one(Cycle, made["cycle"]).state = Stage.grading.value
        late = client.post(f"{MINE}/draft", data={"summary": "迟了"})
        assert late.status_code == 409

    def test_evidence_is_confirmed_or_contested(self, client, made):
        as_(client, made, "agent")
        assert "核对证据" in text(client.get(MINE))
        answer = client.post(f"{MINE}/disputes", data={"subject": "qc", "text": "第 3 通录音不是我"})
        assert answer.status_code == 303
        assert client.post(f"{MINE}/disputes", data={"subject": "nope", "text": "x"}).status_code == 422
        assert client.post(f"{MINE}/evidence").status_code == 303
        assert "已确认" in text(client.get(MINE))
        with factories.on_day(calendar_day(client, 5), 18):
            as_(client, made, "agent")
            assert client.post(f"{MINE}/evidence").status_code == 303, "said already"
            late = client.post(f"{MINE}/disputes", data={"subject": "qc", "text": "迟了"})
            assert late.status_code == 422
            assert "核对证据的期限是" in text(late)

    def test_told_signed_and_contested(self, client, made):
        stage_world(client, made, Stage.final)
        with factories.on_day(calendar_day(client, 6)):
            as_(client, made, "agent")
            assert "签署登记表" in text(client.get(MINE))
            assert client.post(f"{MINE}/signature", data={}).status_code == 422
            blank = client.post(f"{MINE}/signature", data={"answer": "disagree", "text": ""})
            assert blank.status_code == 422
            assert "写明事实和理由" in text(blank)
            form = {"answer": "disagree", "text": "质检扣分有误"}
            for _ in range(2):
                assert client.post(f"{MINE}/signature", data=form).status_code == 303
            page = text(client.get(MINE))
            assert "已签署：不同意" in page
            assert "不服结果" in page
            assert client.post(f"{MINE}/contests/objection", data={"text": "x"}).status_code == 404
            answer = client.post(f"{MINE}/contests/review", data={"text": "附录音编号"})
            assert answer.status_code == 303
            assert client.get(answer.location).status_code == 200
            assert client.post(f"{MINE}/contests/review", data={"text": "再来一次"}).status_code == 422

    def test_nobody_signs_for_another(self, client, made):
        stage_world(client, made, Stage.final)
        with factories.on_day(calendar_day(client, 6)):
            as_(client, made, "vendor_hr")
            url = f"{BOARD}/people/{made['agent']}/witness"
            assert client.post(url, data={"text": "邮寄送达，两人见证"}).status_code == 303
            assert client.post(url, data={"text": "再一次"}).status_code == 403
            assert (
                as_(client, made, "hr").post(f"{BOARD}/people/{made['other']}/witness", data={"text": "x"}).status_code
                == 403
            )


class TestPapers:
    def test_the_form_says_what_happened(self, client, made):
        with work(client):
            found = queries.participation(made["cycle"], made["clerk"])
            found.person.name, found.summary = "刘𬱖鎏", "接听来电两千通。\n" * 120
        stage_world(client, made, Stage.final)
        with factories.on_day(calendar_day(client, 6)):
            as_(client, made, "clerk").post(f"{MINE}/signature", data={"answer": "agree", "text": ""})
            answer = client.get(f"{MINE}/form.pdf")
            assert answer.mimetype == "application/pdf"
            reader = PdfReader(BytesIO(answer.data))
            words = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
            assert len(reader.pages) > 1
            for expected in (
                "平时考核登记表",
                "刘𬱖鎏",
                "（续）",
                "考核等次：好",
                "本人同意考核结果",
                "高晨，考核委员会",
            ):
                assert expected in words, expected
            assert words.count("接听来电两千通") == 120
            url = f"{BOARD}/people/{made['clerk']}/form.pdf"
            assert as_(client, made, "hr").get(url).status_code == 200
            assert as_(client, made, "leader").get(url).status_code == 403
            assert as_(client, made, "vendor_hr").get(url).status_code == 404

    def test_before_the_notice_there_is_no_own_form(self, client, made):
        assert as_(client, made, "agent").get(f"{MINE}/form.pdf").status_code == 404

    def test_the_summary_prints_ones_reach(self, client, made):
        answer = as_(client, made, "hr").get(f"{BOARD}/summary.pdf")
        words = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
        assert "汇总表" in words
        assert "林晓岚" in words
        own = "".join(
            page.extract_text()
            for page in PdfReader(BytesIO(as_(client, made, "vendor_hr").get(f"{BOARD}/summary.pdf").data)).pages
        )
        assert "林晓岚" in own
        assert "刘志远" not in own
        assert as_(client, made, "leader").get(f"{BOARD}/summary.pdf").status_code == 403

    def test_the_summary_holds_everybody_but_tells_nobody_their_own_draft(self, client, made):
        answer = as_(client, made, "hr").get(f"{BOARD}/summary.pdf")
        words = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
        with work(client):
            rows = queries.board(made["cycle"], (queries.EVERYBODY,))
            own = next(row.name for row in rows if row.person_id == made["hr"])
        assert all(row.name in words for row in rows)
        line = next(line for line in words.splitlines() if own in line)
        assert line.rstrip().endswith("—")

    def test_a_character_no_font_has_is_marked_and_keeps_nobody_from_the_papers(self, client, made):
        with work(client):
            queries.participation(made["cycle"], made["clerk"]).person.name = "田𠮷"
        stage_world(client, made, Stage.final)
        for url in (f"{BOARD}/summary.pdf", f"{BOARD}/people/{made['clerk']}/form.pdf"):
            answer = as_(client, made, "hr").get(url)
            assert answer.status_code == 200, url
            words = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
            assert "田〓" in words
            assert "U+20BB7" in words
            assert "手写补上" in words

    def test_the_sheet_has_chinese_heads_and_true_numbers(self, client, made):
        answer = as_(client, made, "hr").get(f"{BOARD}/export?q=刘志远")
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        head, line = rows[0], rows[1]
        assert head[:5] == ["姓名", "工号", "部门", "用工性质", "名额池"]
        assert isinstance(line[head.index("总分")], float)
        assert isinstance(line[head.index("绩")], float)
        assert line[head.index("等次")] == "好"

    def test_the_archive_is_for_the_centre_alone(self, client, made):
        stage_world(client, made, Stage.final)
        page = text(as_(client, made, "hr").get(f"{BOARD}/archive"))
        assert "还没有签署" in page
        assert "没有签完" in page
        early = client.post(f"{BOARD}/moves", data={"to": "archived"})
        assert early.status_code == 409
        assert client.get(f"{BOARD}/archive.zip").status_code == 404
        assert as_(client, made, "vendor_hr").get(f"{BOARD}/archive").status_code == 200
        assert client.get(f"{BOARD}/archive.zip").status_code == 403
        assert as_(client, made, "leader").get(f"{BOARD}/archive").status_code == 403


class TestSources:
    def test_each_measure_says_who_lacks_it(self, client, made):
        page = text(as_(client, made, "hr").get(f"{BOARD}/sources"))
        assert "质检分" in page
        missing = text(client.get(f"{BOARD}/sources?missing=qc"))
        assert "戴晴" in missing
        assert "林晓岚" not in missing.split('id="missing"')[1]
        assert client.get(f"{BOARD}/sources?missing=nonsense").status_code == 200
        assert as_(client, made, "leader").get(f"{BOARD}/sources").status_code == 403

    def test_what_is_kept_follows_every_value(self, client, made):
        with client.application.app_context():
            assert sweep.once_a_minute() == 1
        as_(client, made, "hr")
        before = text(client.get(f"{BOARD}/sources"))
        with work(client), audit.acting_as(None, "系统", "test"):
            cycle = db.session.get_one(Cycle, made["cycle"])
            lacking = coverage.without(cycle, (queries.EVERYBODY,), self.measure(cycle, "qc"), 1)
            record_measure(lacking[0][0], "qc", cycle.period_from, cycle.period_to, Decimal(90), "补录")
        after = text(client.get(f"{BOARD}/sources"))
        assert after != before
        with work(client):
            cycle = db.session.get_one(Cycle, made["cycle"])
            assert self.measure(cycle, "qc").missing == len(lacking) - 1

    def measure(self, cycle, code):
        return next(one for one in coverage.by_measure(cycle, (queries.EVERYBODY,)) if one.code == code)

    def test_once_grades_are_determined_nothing_is_counted_any_more(self, client, made):
        stage_world(client, made, Stage.publicity)
        page = text(as_(client, made, "hr").get(f"{BOARD}/sources"))
        assert "证据已经锁定" in page
        assert "缺" not in page.split("<h1")[1].split("证据已经锁定")[1]


class TestANewCycle:
    def test_a_template_fills_the_form_and_counts_who_takes_part(self, client, made):
        page = text(as_(client, made, "hr").get("/appraisals/new?template=annual"))
        assert 'value="2026 年度考核"' in page
        assert "谁参加" in page
        assert "德 15%" in page

    def test_days_out_of_order_are_refused(self, client, made):
        form = {
            "title": "第四季度", "code": "2026-Q4", "kind": "quarterly", "period_from": "2026-10-01",
            "period_to": "2026-12-31", "evidence_due_on": "2027-01-20", "grading_due_on": "2027-01-10", "signers": "2",
        }  # fmt: skip
        wrong = as_(client, made, "hr").post("/appraisals/new", data=form)
        assert wrong.status_code == 422
        assert "「评定」的截止日不能早于「证据锁定」" in text(wrong)
        assert client.post("/appraisals/new", data=form | {"grading_due_on": "2027-01-25"}).status_code == 303
        with work(client):
            assert queries.cycle("2026-Q4").signers == 2


def test_forms_reach_the_archive_only_signed(client, made):
    stage_world(client, made, Stage.archived)
    with work(client):
        found = queries.participation(made["cycle"], made["agent"])
        assert [one.to_stage for one in dossiers.steps(found.id)] == [FormStage.notified, FormStage.signed]
