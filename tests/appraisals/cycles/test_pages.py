"""The pages of appraisals: what each shows, to whom, and what it refuses."""

import re
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from flask import g
from sqlalchemy import select

from appraisals.cycles import queries
from appraisals.cycles.actions import grading, moving
from appraisals.cycles.models import Cycle, GradeDecision
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Decider, Stage
from appraisals.cycles.views import cards
from appraisals.evidence import queries as evidence
from appraisals.evidence.actions import record_measure
from assessments.attempts.models import Result
from lms import audit, jobs
from lms.access.models import AccessRecord
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.people import queries as people
from lms.people.models import Person
from lms.web import links
from lms.web.guards import Reach
from tests import factories
from tests.appraisals import stories
from tests.appraisals.stories import END, START

LATER = END + timedelta(days=20)

BOARD = "/appraisals/2026-Q3"


NAMES = ("hr", "committee", "leader", "vendor_hr", "stranger", "agent", "clerk", "team", "vendor")


@pytest.fixture
def house(client):
    """Ids only: each request has its own session and its own context."""
    with work(client), audit.acting_as(None, "系统", "test"):
        known = stories.house()
        for one in (known.agent, known.clerk, known.leader):
            stories.evidence(one)
        cycle = stories.grading_cycle()
        return {name: getattr(known, name).id for name in NAMES} | {"cycle": cycle.id}


@contextmanager
def work(client):
    """A transaction of its own, outside any request."""
    with client.application.app_context(), transaction():
        yield


def as_(client, house, who: str):
    factories.sign_in(client, house[who])
    return client


def text(answer) -> str:
    return answer.get_data(as_text=True)


def decided(client, house, who: str = "clerk") -> list[tuple[str, str, bool]]:
    """The decisions on a person, newest first: grade, label of the decider, final or not."""
    with work(client):
        found = queries.participation(house["cycle"], house[who])
        return [(one.grade, one.decider_label, one.is_final) for one in queries.decisions(found.id)]


def state_of(client, house) -> str:
    with work(client):
        return db.session.get_one(Cycle, house["cycle"]).state


def set_state(client, house, stage: Stage) -> None:
    with work(client):
        db.session.get_one(Cycle, house["cycle"]).state = stage.value


def qc_row(client, house) -> int:
    with work(client):
        return evidence.measure_rows([house["agent"]], START, END)[house["agent"]]["qc"][0].id


class TestTheListOfCycles:
    def test_it_shows_where_each_stands(self, client, house):
        page = text(as_(client, house, "hr").get("/appraisals"))
        assert "2026 年第三季度考核" in page
        assert "评定" in page
        assert "新建周期" in page

    def test_a_learner_has_no_business_here(self, client, house):
        assert as_(client, house, "agent").get("/appraisals").status_code == 403

    def test_a_draft_is_for_hr_and_committee_only(self, client, house):
        with work(client):
            stories.opened(code="draft")
        assert "/appraisals/draft" in text(as_(client, house, "committee").get("/appraisals"))
        assert as_(client, house, "leader").get("/appraisals/draft").status_code == 404
        assert client.get("/me/appraisals/draft").status_code == 404

    def test_the_vendors_hr_opens_no_cycle(self, client, house):
        assert as_(client, house, "vendor_hr").get("/appraisals/new").status_code == 403


class TestANewCycle:
    FIELDS = {
        "title": "2026 年第四季度考核",
        "code": "2026-Q4",
        "kind": "quarterly",
        "period_from": "2026-10-01",
        "period_to": "2026-12-31",
        "signers": "1",
    }

    def test_it_is_opened_by_hr(self, client, house):
        answer = as_(client, house, "hr").post("/appraisals/new", data=self.FIELDS)
        assert (answer.status_code, answer.location) == (303, "/appraisals/2026-Q4")
        assert client.get("/appraisals/2026-Q4").status_code == 200
        assert client.get("/appraisals/new").status_code == 200

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"code": "2026-Q3"}, "已经有代码"),
            ({"code": "第四"}, "代码只能有"),
            ({"period_to": "2026-09-01"}, "起止日期反了"),
            ({"title": ""}, "给这个周期起个名称"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_form_kept(self, client, house, changed, sentence):
        answer = as_(client, house, "hr").post("/appraisals/new", data=self.FIELDS | changed)
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert "2026-12-31" in text(answer) or "period_to" in changed


class TestTheBoard:
    def test_it_shows_seats_scores_completion_list_and_trace(self, client, house):
        page = text(as_(client, house, "hr").get(BOARD))
        for words in (
            "「好」名额",
            "总分分布",
            "看成表格",
            "签批与留痕",
            "拟定等次",
            "还差",
            "云州慧声",
            "德 15%",
            "林晓岚",
        ):
            assert words in page
        assert page.count('<th scope="row" class="cardhead">') == 7

    def test_hr_proposes_for_own_staff_and_only_looks_at_the_vendors(self, client, house):
        page = text(as_(client, house, "hr").get(BOARD))
        assert "刘志远 的等次" in page
        assert "林晓岚 的等次" not in page
        assert "方静 的等次" not in page, "nobody grades themselves"

    def test_the_vendors_hr_sees_and_grades_its_own_alone(self, client, house):
        page = text(as_(client, house, "vendor_hr").get(BOARD))
        assert "林晓岚 的等次" in page
        assert "刘志远" not in page
        assert "骆飞" not in page
        assert "临江众听" not in page

    def test_a_line_leader_sees_the_own_unit_and_small_groups_stay_unseen(self, client, house):
        page = text(as_(client, house, "leader").get(BOARD))
        assert "林晓岚" in page
        assert "戴晴" not in page
        assert 'class="hist"' not in page
        assert "的等次" not in page
        assert 'class="quota"' not in page

    def test_filters_find_by_name_number_form_state_and_unit(self, client, house):
        as_(client, house, "hr")
        with work(client):
            number = people.spells_on([house["agent"]], END)[house["agent"]].staff_number
        for query, found, missing in (
            ("q=林晓", "林晓岚", "刘志远"),
            (f"q={number.lower()}", "林晓岚", "刘志远"),
            ("form=civil_servant", "高晨", "林晓岚"),
            ("state=insufficient", "高晨", "林晓岚"),
            ("state=undecided&sort=name", "林晓岚", "高晨"),
            (f"unit={house['team']}", "刘志远", "方静"),
            ("q=没有这个人", "没有符合条件的人员", "林晓岚"),
        ):
            rows = text(client.get(f"{BOARD}?{query}")).split('id="list"')[1].split('id="trail-h"')[0]
            assert found in rows, query
            assert missing not in rows, query

    def test_nonsense_in_the_address_is_left_out(self, client, house):
        as_(client, house, "hr")
        answer = client.get(f"{BOARD}?form=martian&state=x&sort=drop&order=up&page=-4&unit=abc")
        assert answer.status_code == 200
        assert "林晓岚" in text(answer)
        assert client.get(f"{BOARD}?page=999").status_code == 200
        assert client.get("/appraisals/never-was").status_code == 404

    def test_the_number_of_queries_does_not_grow_with_the_people(self, client, house, count_queries):
        as_(client, house, "hr").get(BOARD)
        count_queries.clear()
        client.get(BOARD)
        few = len(count_queries)
        with work(client):
            team, vendor = factories.unit("T1"), factories.vendor("V1")
            for n in range(30):
                stories.evidence(factories.person(f"坐席{n}", unit=team, vendor=vendor, roles=()))
            stories.grading_cycle("big")
        count_queries.clear()
        page = text(client.get("/appraisals/big"))
        assert "下一页" in page
        assert len(count_queries) <= few

    def test_the_sheet_is_what_is_filtered_and_holds_no_formula(self, client, house):
        with work(client):
            person = queries.participation(house["cycle"], house["agent"]).person
            person.name = '=HYPERLINK("http://x")'
        answer = as_(client, house, "hr").get(f"{BOARD}/export?form=outsourced")
        assert answer.mimetype.endswith("spreadsheetml.sheet")
        with ZipFile(BytesIO(answer.data)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "=HYPERLINK" in sheet
        assert "刘志远" not in sheet
        with work(client):
            line = db.session.scalar(select(AuditLine).where(AuditLine.verb == "cycle.export"))
            assert line.details == {"people": 3}

    def test_the_records_page_lists_steps_and_decisions(self, client, house):
        as_(client, house, "hr").post(f"{BOARD}/people/{house['clerk']}/grade", data={"grade": "competent"})
        page = text(client.get(f"{BOARD}/records"))
        assert "刘志远" in page
        assert "较好" in page
        assert "证据锁定" in page


class TestMovingACycle:
    def move(self, client, to):
        return client.post(f"{BOARD}/moves", data={"to": to})

    def test_hr_goes_back_and_the_scores_are_worked_out_again(self, client, house):
        assert self.move(as_(client, house, "hr"), "evidence_locked").status_code == 303
        assert state_of(client, house) == Stage.evidence_locked
        with work(client):
            job_id = db.session.scalar(select(jobs.Job.id).where(jobs.Job.kind == moving.SCORES_JOB))
        assert "排队中" in text(client.get(BOARD))
        with client.application.app_context():
            jobs.run(job_id)
        with work(client):
            assert db.session.get_one(jobs.Job, job_id).status == jobs.JobStatus.done
        assert self.move(client, "grading").status_code == 303

    @pytest.mark.parametrize(
        ("who", "to", "status", "sentence"),
        [
            ("hr", "final", 409, "之后不能到"),
            ("hr", "determined", 409, "由考核委员会"),
            ("committee", "determined", 409, "输入密码"),
            ("hr", "heaven", 409, "没有这个阶段"),
            ("leader", "determined", 403, ""),
            ("agent", "determined", 403, ""),
            ("vendor_hr", "determined", 409, "输入密码"),
        ],
    )
    def test_the_wrong_step_or_person_is_refused(self, client, house, who, to, status, sentence):
        answer = self.move(as_(client, house, who), to)
        assert answer.status_code == status
        assert sentence in text(answer)
        assert state_of(client, house) == Stage.grading

    def test_scores_are_worked_out_again_on_request(self, client, house):
        assert as_(client, house, "hr").post(f"{BOARD}/scores").status_code == 303
        assert as_(client, house, "leader").post(f"{BOARD}/scores").status_code == 403


class TestWhyThisScore:
    def url(self, house, who="agent"):
        return f"{BOARD}/people/{house[who]}"

    def test_the_tree_goes_down_to_rows_that_open(self, client, house):
        page = text(as_(client, house, "hr").get(self.url(house)))
        assert "60 + 40×(96 − 90)÷(98 − 90) = 90" in page
        assert "缺证据：政治与职业道德课程、派单准确率" in page
        assert "只供参考" in page
        link = re.search(r'href="(/appraisals/measures/\d+)">质检分', page)[1]
        row = text(client.get(link))
        assert "测试导入" in row
        assert "抽检通话得分的平均" in row

    def test_looking_is_noted_for_the_person(self, client, house):
        as_(client, house, "hr").get(self.url(house))
        client.get(self.url(house))
        with work(client):
            seen = db.session.scalars(select(AccessRecord).where(AccessRecord.person_id == house["agent"])).all()
            assert [(one.viewer_label, one.page) for one in seen] == [("方静", "2026 年第三季度考核")]

    @pytest.mark.parametrize(("who", "whom", "status"), [
        ("stranger", "agent", 404), ("stranger", "clerk", 404), ("vendor_hr", "agent", 200), ("vendor_hr", "clerk", 404),
        ("leader", "agent", 200), ("leader", "hr", 404), ("agent", "clerk", 403), ("committee", "clerk", 200),
    ])  # fmt: skip
    def test_scopes_decide_who_may_look(self, client, house, who, whom, status):
        assert as_(client, house, who).get(self.url(house, whom)).status_code == status

    def test_ones_own_page_is_the_one_without_drafts(self, client, house):
        answer = as_(client, house, "hr").get(self.url(house, "hr"))
        assert (answer.status_code, answer.location) == (303, "/me/appraisals/2026-Q3")

    def test_a_draft_of_ones_own_grade_is_not_read_before_it_is_determined(self, client, house):
        form = {"grade": "competent", "reason": "暂定的理由"}
        as_(client, house, "committee").post(f"{self.url(house, 'hr')}/grade", data=form)
        assert "暂定的理由" in text(client.get(BOARD))
        as_(client, house, "hr")
        for page in (BOARD, f"{BOARD}/records"):
            assert "暂定的理由" not in text(client.get(page))
        row = text(client.get(f"{BOARD}?q=方静")).split("cardhead")[1]
        assert "较好" not in row
        assert "评定中" in row

    def test_a_row_of_another_vendor_is_not_found(self, client, house):
        row_id = qc_row(client, house)
        as_(client, house, "stranger")
        assert client.get(f"/appraisals/measures/{row_id}").status_code == 404
        assert client.get("/appraisals/measures/999999").status_code == 404
        assert as_(client, house, "clerk").get(f"/appraisals/measures/{row_id}").status_code == 404
        assert as_(client, house, "agent").get(f"/appraisals/measures/{row_id}").status_code == 200

    def test_a_corrected_row_shows_what_it_replaced(self, client, house):
        old = qc_row(client, house)
        with work(client):
            row = evidence.measure_row(old)
            new = record_measure(
                row.person_id, "qc", START, END, row.value - 1, "质检系统", replaces=row, note="复核"
            ).id
        assert "已被更正" in text(as_(client, house, "hr").get(f"/appraisals/measures/{old}"))
        assert "更正之前" in text(client.get(f"/appraisals/measures/{new}"))

    def test_an_opinion_is_kept_and_is_no_grade(self, client, house):
        as_(client, house, "leader")
        assert client.post(f"{self.url(house)}/opinions", data={"opinion": "带班稳"}).status_code == 303
        assert "带班稳" in text(client.get(self.url(house)))
        answer = client.post(f"{self.url(house)}/opinions", data={"opinion": ""})
        assert answer.status_code == 422
        assert "写下意见再保存" in text(answer)
        assert client.post(f"{self.url(house, 'leader')}/opinions", data={"opinion": "我"}).status_code == 403
        assert [one[0] for one in decided(client, house, "agent")] == ["opinion"]


class TestGivingAGrade:
    def url(self, house, who="clerk"):
        return f"{BOARD}/people/{house[who]}/grade"

    def test_the_first_grade_is_one_post_from_the_list(self, client, house):
        as_(client, house, "committee")
        answer = client.post(self.url(house), data={"grade": "excellent", "from": "list"})
        assert (answer.status_code, answer.location) == (303, f"{BOARD}#list")
        assert decided(client, house) == [("excellent", "高晨，考核委员会", False)]

    def test_a_double_click_makes_one_decision(self, client, house):
        as_(client, house, "committee")
        for _ in range(2):
            assert client.post(self.url(house), data={"grade": "competent"}).status_code == 303
        assert len(decided(client, house)) == 1

    def test_a_change_asks_for_the_reason_and_keeps_what_was_chosen(self, client, house):
        as_(client, house, "committee").post(self.url(house), data={"grade": "excellent"})
        answer = client.post(self.url(house), data={"grade": "competent"})
        assert answer.status_code == 422
        assert "改等次要写理由" in text(answer)
        assert '<option selected value="competent">' in text(answer)
        client.post(self.url(house), data={"grade": "competent", "reason": "带班时间不足"})
        assert [one[0] for one in decided(client, house)] == ["competent", "excellent"]

    def test_in_the_list_the_cell_itself_asks(self, client, house):
        as_(client, house, "committee").post(self.url(house), data={"grade": "excellent"})
        asked = client.post(self.url(house), data={"grade": "competent"}, headers={"HX-Request": "true"})
        assert asked.status_code == 200
        assert "改为「较好」的理由（员工可见）" in text(asked)
        assert "<html" not in text(asked)
        saved = client.post(self.url(house), data={"grade": "competent", "reason": "x"}, headers={"HX-Request": "true"})
        assert saved.headers["HX-Refresh"] == "true"
        wrong = client.post(self.url(house), data={"grade": "S"}, headers={"HX-Request": "true"})
        assert "选一个等次" in text(wrong)

    def test_without_script_a_page_asks(self, client, house):
        page = text(as_(client, house, "committee").get(f"{self.url(house)}?grade=basic"))
        assert "改为「一般」的理由" in page
        assert client.get(self.url(house)).status_code == 200
        answer = client.post(self.url(house), data={"grade": "failing", "reason": ""})
        assert answer.status_code == 422
        assert "分数低本身不是理由" in text(answer)

    @pytest.mark.parametrize(
        ("who", "whom", "status"),
        [
            ("committee", "committee", 403),
            ("hr", "agent", 422),
            ("leader", "clerk", 422),
            ("stranger", "agent", 404),
            ("agent", "clerk", 403),
        ],
    )
    def test_the_wrong_hand_gives_no_grade(self, client, house, who, whom, status):
        answer = as_(client, house, who).post(self.url(house, whom), data={"grade": "competent"})
        assert answer.status_code == status
        assert not decided(client, house, whom)

    def test_too_many_stand_as_a_draft_and_are_shown(self, client, house):
        as_(client, house, "committee")
        for whom in ("clerk", "leader"):
            client.post(self.url(house, whom), data={"grade": "excellent"})
        page = text(client.get(BOARD))
        assert "热线中心·事业编制超出 1 名" in page
        assert "超名额" in page
        assert re.search(r"<button[^>]*disabled[^>]*>.*?提交签批", page, re.DOTALL)


class TestMyOwn:
    URL = "/me/appraisals/2026-Q3"

    def test_the_person_sees_the_same_tree_and_no_draft_grade(self, client, house):
        with work(client):
            found = queries.participation(house["cycle"], house["agent"])
            grading.decide_grade(
                found,
                Grade.excellent,
                "草稿的理由",
                Decider(house["vendor_hr"], "戴晴", Actor.vendor_hr, house["vendor"]),
            )
        page = text(as_(client, house, "agent").get(self.URL))
        assert "60 + 40×(96 − 90)÷(98 − 90) = 90" in page
        assert "确定之后在这里看到" in page
        assert "草稿的理由" not in page

    def test_the_grade_appears_once_determined(self, client, house):
        with work(client):
            found = queries.participation(house["cycle"], house["agent"])
            db.session.add(
                GradeDecision(participation_id=found.id, grade="excellent", reason="数据和口径都好", is_final=True,
                              decided_by=house["vendor_hr"], decider_label="戴晴，服务商人事", decided_at=found.cycle.created_at)
            )  # fmt: skip
            found.cycle.state = Stage.publicity.value
        page = text(as_(client, house, "agent").get(self.URL))
        assert "数据和口径都好" in page
        assert "戴晴，服务商人事" in page
        assert "我的考核记录" in text(client.get("/me"))

    def test_somebody_who_takes_no_part_finds_nothing(self, client, house):
        with work(client):
            fresh = factories.person("新来者").id
        assert as_(client, house | {"fresh": fresh}, "fresh").get(self.URL).status_code == 404

    def test_the_summary_is_written_while_it_is_collected(self, client, house):
        as_(client, house, "agent")
        answer = client.post(f"{self.URL}/summary", data={"summary": "迟了"})
        assert answer.status_code == 422
        assert "不收个人总结" in text(answer)
        set_state(client, house, Stage.self_summary)
        assert "写个人总结" in text(client.get("/"))
        assert client.post(f"{self.URL}/summary", data={"summary": "接听 2100 通"}).status_code == 303
        page = text(client.get(self.URL))
        assert "接听 2100 通" in page
        assert client.post(f"{self.URL}/summary", data={"summary": " "}).status_code == 422


class TestPiecesOnOtherPages:
    def test_today_shows_the_running_cycle(self, client, house):
        page = text(as_(client, house, "agent").get("/"))
        assert "2026 年第三季度考核" in page
        assert "30 / 30" in page
        assert "96%" in page

    def test_before_any_score_the_card_reads_todays_evidence(self, client, house):
        with factories.on_day(END), work(client):
            cycle = stories.opened(code="2026-Q3b")
            moving.move(cycle, Stage.plan_published, Actor.committee)
        page = text(as_(client, house, "agent").get("/"))
        assert "质检均分" in page

    def test_hr_finds_the_cycle_on_the_desk(self, client, house):
        page = text(as_(client, house, "hr").get("/desk"))
        assert "进行中的考核" in page
        assert "待评定 7 人" in page

    def test_a_persons_page_lists_their_cycles_for_whoever_may_see_them(self, client, house):
        page = text(as_(client, house, "hr").get(f"/people/{house['agent']}"))
        assert f"{BOARD}/people/{house['agent']}" in page
        page = text(as_(client, house, "leader").get(f"/people/{house['agent']}"))
        assert f"{BOARD}/people/{house['agent']}" in page

    def test_a_passed_exam_says_where_its_score_goes(self, client, house):
        with work(client):
            person = db.session.get_one(Person, house["agent"])
            ids = [stories.passed(person, ["A3"], score, day).id for score, day in ((91, END), (50, END), (88, LATER))]

        def told():
            with client.application.test_request_context(), transaction(writes=False):
                visitor = SimpleNamespace(id=house["agent"], reaches=())
                return [cards.result_card(db.session.get_one(Result, one), visitor) for one in ids]

        good, bad, _later = told()
        assert [word for word, _ in good.values["goes"]] == ["德", "能", "勤"]
        assert bad is None
        assert (good.values["href"], good.values["is_read"]) == ("/me/appraisals/2026-Q3", True)  # evidence is locked
        with work(client):
            db.session.get_one(Cycle, house["cycle"]).state = Stage.plan_published.value
        good, _bad, later = told()
        assert (good.values["href"], good.values["is_read"]) == ("/me/appraisals/2026-Q3", False)
        assert later.values["href"] is None  # sat after the quarter

    def test_references_open_what_the_viewer_may_see(self, client, house):
        with work(client):
            found = queries.participation(house["cycle"], house["agent"]).id
        row = qc_row(client, house)
        with client.application.test_request_context(), transaction(writes=False):
            g.person = SimpleNamespace(id=house["agent"], reaches=())
            assert links.target("participation", found).href == "/me/appraisals/2026-Q3"
            assert links.target("measure_row", row).label == "质检分 91分，2026-07-01 至 2026-09-30"
            g.person = SimpleNamespace(id=house["hr"], reaches=(Reach("hr", "all"),))
            assert links.target("participation", found).href == f"{BOARD}/people/{house['agent']}"
            g.person = SimpleNamespace(id=house["stranger"], reaches=(Reach("hr", "own_vendor", vendor_id=10**6),))
            assert links.target("participation", found).href is None
            assert links.target("participation", "nonsense").href is None
            assert links.target("measure_row", "10000000").href is None
            assert cards.person_tab(house["agent"], g.person) is None
            assert cards.person_tab(house["agent"], SimpleNamespace(id=1, reaches=())) is None

    def test_a_learner_has_no_desk_card(self, client, house):
        assert "进行中的考核" not in text(as_(client, house, "agent").get("/"))
