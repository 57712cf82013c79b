"""监考看板, more time for a running attempt, and new exams: who sees what, and each refusal."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from assessments.attempts import actions, queries
from assessments.attempts.models import Attempt
from assessments.exams.models import Exam
from assessments.papers import queries as papers
from courses.progress import actions as progress
from lms import clock
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.people.models import Person
from tests import factories
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, text

DAY = date(2026, 11, 24)
HTML = {"Accept": "text/html"}
BOARD = f"/training/exams/{hall.QUIZ}/board"
NEW = "/training/exams/new"


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


@pytest.fixture
def story(app, library) -> dict[str, int]:
    """林晓岚 works, 陈实 has handed in, 马晓 takes the course and has not begun."""
    with app.app_context(), transaction():
        lin = factories.person(unit=factories.unit("T1", "受理一组")).id
        chen = factories.person("陈实", unit=factories.unit("T2", "受理二组")).id
        ma = factories.person("马晓", unit=factories.unit("T2")).id
        unit = hall.exam().unit
        progress.enrol(ma, unit.course)
        hall.sat(chen)
        return {"person": lin, "lin": actions.start(hall.exam(), lin, "bench").id, "ma": ma}


@pytest.fixture
def trainer(app, story):
    return another(app, "顾明远", roles=("trainer",))[0]


def later(**kwargs):
    return clock.frozen(clock.now() + timedelta(**kwargs), everywhere=True)


class TestBoard:
    def test_everybody_with_their_state(self, app, trainer, story):
        page = text(trainer, BOARD)
        assert "林晓岚" in page
        assert "陈实" in page
        assert "马晓" not in page
        assert "马晓" in text(trainer, f"{BOARD}?state=waiting")
        assert "林晓岚" in text(trainer, f"{BOARD}?state=lost")  # its session is nobody's
        assert "陈实" in text(trainer, f"{BOARD}?state=done")

    def test_a_page_that_is_heard_of_works_and_is_lost_after_three_minutes(self, app, trainer, story):
        learner, _ = another(app, "何静")
        learner.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1", "keeps": "1"})
        assert "何静" in text(trainer, f"{BOARD}?state=working")
        with later(minutes=4):
            assert "何静" in text(trainer, f"{BOARD}?state=lost")
            number = learner.get("/exams").get_data(as_text=True).split("/attempts/")[1].split("/")[0]
            assert learner.get(f"/attempts/{number}/time").json["left"] == 960
            assert "何静" in text(trainer, f"{BOARD}?state=working")
        with later(minutes=22):
            page = text(trainer, f"{BOARD}?state=late")
            assert "何静" in page
            assert "最迟 09:30 交卷" in page

    def test_a_leader_sees_their_people_and_learners_nothing(self, app, story):
        with app.app_context(), transaction():
            unit = factories.unit("T2")
            leader = factories.person("赵海宁", unit=unit, roles=())
            factories.grant(leader, "line_leader", "own_unit", unit)
            number = leader.id
        browser = app.test_client()
        factories.sign_in(browser, number)
        page = text(browser, BOARD)
        assert "陈实" in page
        assert "林晓岚" not in page
        assert another(app, "周岩")[0].get(BOARD).status_code == 403

    def test_queries_do_not_grow_with_people(self, app, trainer, count_queries):
        text(trainer, BOARD)
        count_queries.clear()
        text(trainer, BOARD)
        before = len(count_queries)
        with app.app_context(), transaction():
            for n in range(5):
                actions.start(hall.exam(), factories.person(f"何{n}").id, "1")
        count_queries.clear()
        text(trainer, BOARD)
        assert len(count_queries) == before

    def test_an_exam_that_is_not_there(self, trainer):
        assert trainer.get("/training/exams/none/board").status_code == 404


class TestExtend:
    def address(self, story) -> str:
        return f"/training/attempts/{story['lin']}/extension"

    def test_minutes_are_added_with_a_reason_in_the_trail(self, app, trainer, story):
        assert "现在 09:20 截止" in text(trainer, self.address(story))
        assert trainer.post(self.address(story), data={"minutes": "10", "reason": "机房断电十分钟"}).location == BOARD
        assert "含加时 10 分钟" in text(trainer, BOARD)
        with app.app_context():
            assert db.session.get(Attempt, story["lin"]).deadline_at == clock.local_instant(DAY, 9, 30)
            assert [one.reason for one in queries.extensions(story["lin"])] == ["机房断电十分钟"]
            assert db.session.scalars(select(AuditLine).where(AuditLine.verb == "attempt.extend")).one()

    @pytest.mark.parametrize(
        ("minutes", "reason", "words"),
        [("0", "机房断电", "1 到 120 分钟"), ("九", "机房断电", "1 到 120 分钟"), ("10", "电", "理由")],
    )
    def test_what_nobody_means_comes_back(self, trainer, story, minutes, reason, words):
        answer = trainer.post(self.address(story), data={"minutes": minutes, "reason": reason}, headers=HTML)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)

    def test_the_person_reads_why_on_the_result(self, app, client, trainer, story):
        trainer.post(self.address(story), data={"minutes": "10", "reason": "机房断电十分钟"})
        factories.sign_in(client, story["person"])
        client.post(f"/attempts/{story['lin']}/submission")
        assert "机房断电十分钟" in text(client, f"/attempts/{story['lin']}/result")

    def test_nobody_extends_their_own_and_learners_none(self, app, story):
        with app.app_context(), transaction():
            factories.grant(db.session.get_one(Person, story["person"]), "trainer")
        own = app.test_client()
        factories.sign_in(own, story["person"])
        assert own.post(self.address(story), data={"minutes": "10", "reason": "机房断电十分钟"}).status_code == 403
        assert another(app, "周岩")[0].get(self.address(story)).status_code == 403


class TestNewExam:
    def send(self, browser, **changes):
        form = {
            "title": "冬季复核", "code": "exam-winter", "base": hall.POST, "opens_at": "", "closes_at": "2026-12-04T18:00",
            "minutes": "40", "attempts_allowed": "2", "first_delay_hours": "24", "later_delay_hours": "24",
            "pass_mark": "75", "multiple_rule": "half_for_subset", "review": "after_close", "grace_minutes": "10",
        }  # fmt: skip
        return browser.post(NEW, data=form | changes, headers=HTML)

    def test_one_that_is_refused_leaves_nothing_behind(self, app, trainer):
        wrong = self.send(trainer, opens_at="2026-12-10T09:00", closes_at="2026-12-01T18:00")
        assert wrong.status_code == 422
        assert "应早于" in wrong.get_data(as_text=True)
        with app.app_context():
            assert papers.paper("exam-winter") is None
        assert self.send(trainer).status_code == 303  # the number is still free

    def test_it_is_made_closed_with_a_blueprint_of_its_own_and_opened_by_its_terms(self, app, trainer):
        assert "结业测验" in text(trainer, NEW)
        assert self.send(trainer).location == "/training/exams/exam-winter/blueprint"
        learner, _ = another(app, "何静")
        assert learner.get("/exams/exam-winter").status_code == 404
        with app.app_context():
            exam = hall.exam("exam-winter")
            assert (exam.is_open, exam.paper.family, exam.unit_id) == (False, "exam-winter", None)
        opened = {"is_open": "y", "opens_at": "", "closes_at": "2026-12-04T18:00", "minutes": "40", "pass_mark": "75"}
        opened |= {"attempts_allowed": "2", "first_delay_hours": "24", "later_delay_hours": "24", "grace_minutes": "0"}
        opened |= {"multiple_rule": "half_for_subset", "review": "after_close"}
        assert trainer.post("/training/exams/exam-winter/terms", data=opened).status_code == 303
        assert "现在开始有 40 分钟" in text(learner, "/exams/exam-winter")

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"code": hall.QUIZ}, "已经用过"),
            ({"code": "new"}, "已经用过"),
            ({"code": "Winter!"}, "小写英文字母"),
            ({"title": ""}, "填写考试名称"),
            ({"base": "none"}, ""),
            ({"grace_minutes": "61"}, "填 0 到 60 之间的整数"),
        ],
    )
    def test_what_cannot_work_comes_back(self, app, trainer, changes, words):
        answer = self.send(trainer, **changes)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
        with app.app_context():
            assert db.session.scalar(select(Exam).where(Exam.code == "exam-winter")) is None

    def test_who_may_not(self, app, story):
        for roles, scope in ((("trainer",), "own_unit"), (("learner",), "all")):
            browser, _ = another(app, "郑洁", roles=roles, scope=scope)
            assert browser.get(NEW).status_code == 403
            assert self.send(browser).status_code == 403

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"closes_at": "2026-11-24T08:00"}, "关闭时间已经过去"),
            ({"closes_at": "2026-11-24T09:10"}, "不够 20 分钟"),
            ({"minutes": "5"}, "估计要"),
        ],
    )
    def test_an_exam_nobody_could_sit_is_not_opened(self, trainer, changes, words):
        form = {
            "opens_at": "", "closes_at": "", "minutes": "20", "attempts_allowed": "3", "first_delay_hours": "24",
            "later_delay_hours": "48", "pass_mark": "80", "review": "immediate", "is_open": "y",
            "multiple_rule": "all_or_nothing", "grace_minutes": "10",
        }  # fmt: skip
        answer = trainer.post(f"/training/exams/{hall.QUIZ}/terms", data=form | changes, headers=HTML)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)


class TestShortWindow:
    def test_the_real_minutes_are_told(self, app, client, story):
        with app.app_context(), transaction():
            db.session.execute(
                update(Exam).where(Exam.code == hall.POST).values(closes_at=clock.local_instant(DAY, 9, 15))
            )
        factories.sign_in(client, story["ma"])
        page = text(client, f"/exams/{hall.POST}")
        assert "现在开始有 15 分钟" in page
        assert "限时 20 分钟，但窗口快关闭了" in page
