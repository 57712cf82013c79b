"""Exams as trainers, HR and line leaders see them, and what they may do."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from assessments.attempts import actions
from assessments.attempts.models import Attempt, AttemptStatus
from lms import clock
from lms.access.models import AccessRecord
from lms.audit import AuditLine
from lms.db import db, transaction
from tests import factories
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, text

DAY = date(2026, 11, 24)
LIST = f"/training/exams/{hall.QUIZ}"
TERMS = {
    "opens_at": "", "closes_at": "", "minutes": "20", "attempts_allowed": "3", "first_delay_hours": "24",
    "later_delay_hours": "48", "pass_mark": "80", "review": "immediate", "is_open": "y",
    "multiple_rule": "all_or_nothing", "grace_minutes": "10",
}  # fmt: skip


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


@pytest.fixture
def story(app, library) -> dict[str, int]:
    """林晓岚 of 受理一组 passed, 陈实 of 受理二组 did not; the numbers of their attempts and of 林晓岚."""
    with app.app_context(), transaction():
        lin = factories.person(unit=factories.unit("T1", "受理一组")).id
        chen = factories.person("陈实", unit=factories.unit("T2", "受理二组")).id
        return {"person": lin, "lin": hall.sat(lin).attempt_id, "chen": hall.sat(chen, right=()).attempt_id}


@pytest.fixture
def trainer(app, story):
    return another(app, "顾明远", roles=("trainer",))[0]


@pytest.fixture
def leader(app, story):
    with app.app_context(), transaction():
        unit_id = factories.unit("T1").id
    with app.app_context(), transaction():
        person = factories.person("赵海宁", unit=db.session.get(type(factories.unit("T1")), unit_id), roles=())
        factories.grant(person, "line_leader", "own_unit", person.spells[0].unit)
        person_id = person.id
    browser = app.test_client()
    factories.sign_in(browser, person_id)
    return browser


class TestExams:
    def test_the_list_counts(self, trainer):
        page = text(trainer, "/training/exams")
        assert "50%" in page
        assert f'href="{LIST}/terms"' in page

    def test_a_leader_sees_their_own_unit_alone(self, leader):
        assert "100%" in text(leader, "/training/exams")
        page = text(leader, LIST)
        assert "林晓岚" in page
        assert "陈实" not in page
        assert "作废" not in re.sub(r"<option.*?</option>", "", page)

    def test_learners_have_no_business_here(self, app, story):
        learner, _ = another(app, "马晓")
        for path in (
            "/training/exams",
            LIST,
            f"{LIST}/terms",
            f"/training/attempts/{story['lin']}/voiding",
            "/training/questions",
        ):
            assert learner.get(path).status_code == 403
        assert learner.get(f"/training/attempts/{story['lin']}").status_code == 404

    @pytest.mark.parametrize(
        ("query", "names"),
        [("", {"林晓岚", "陈实"}), ("?state=passed", {"林晓岚"}), ("?state=failed", {"陈实"}), ("?q=陈", {"陈实"}), ("?state=voided", set()),
         ("?state=open", set()), ("?page=99", set())],
    )  # fmt: skip
    def test_the_attempts_by_state_and_name(self, trainer, query, names):
        page = text(trainer, LIST + query)
        assert {name for name in ("林晓岚", "陈实") if name in page} == names

    def test_pages_of_attempts(self, app, trainer):
        with app.app_context(), transaction():
            for n in range(51):
                actions.start(hall.exam(), factories.person(f"马{n}").id, "1")
        assert "第 1 至 50 次作答，共 53 次作答" in text(trainer, LIST)
        assert "第 51 至 53 次作答" in text(trainer, f"{LIST}?page=2")

    def test_the_cost_does_not_grow_with_attempts(self, app, trainer, count_queries):
        text(trainer, LIST)
        del count_queries[:]
        text(trainer, LIST)
        few = len(count_queries)
        with app.app_context(), transaction():
            for n in range(10):
                actions.start(hall.exam(), factories.person(f"马{n}").id, "1")
        del count_queries[:]
        text(trainer, LIST)
        assert len(count_queries) == few


class TestRecord:
    def test_a_trainer_sees_the_questions_and_the_person_sees_who_looked(self, app, trainer, story):
        page = text(trainer, f"/training/attempts/{story['chen']}")
        assert "陈实" in page
        assert page.count("的解析") == hall.COUNT
        with app.app_context():
            viewed = db.session.scalars(select(AccessRecord)).one()
            assert (viewed.viewer_label, viewed.page) == ("顾明远", "考试成绩")

    def test_a_leader_sees_their_people_without_the_questions(self, leader, story):
        page = text(leader, f"/training/attempts/{story['lin']}?all=1")
        assert "100" in page
        assert "的题干" not in page
        assert leader.get(f"/training/attempts/{story['chen']}").status_code == 404

    def test_an_open_attempt_is_not_shown(self, app, trainer):
        with app.app_context(), transaction():
            attempt = actions.start(hall.exam(), factories.person("马晓").id, "1").id
        assert trainer.get(f"/training/attempts/{attempt}").status_code == 404

    def test_somebody_elses_result_is_not_at_the_learners_address(self, trainer, story):
        assert trainer.get(f"/attempts/{story['lin']}/result").status_code == 404


class TestTerms:
    def send(self, browser, **changes):
        return browser.post(f"{LIST}/terms", data={**TERMS, **changes}, headers={"Accept": "text/html"})

    def test_they_are_changed_with_a_line_in_the_trail(self, app, trainer):
        assert 'value="20"' in text(trainer, f"{LIST}/terms")
        answer = self.send(trainer, closes_at="2026-12-01T18:00", minutes="25", pass_mark="85")
        assert answer.location == LIST
        with app.app_context():
            exam = hall.exam()
            assert (exam.minutes, exam.pass_mark) == (25, 85)
            assert exam.closes_at == clock.local_instant(date(2026, 12, 1), 18)
            line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "exam.change")).one()
            assert set(line.details["after"]) == {"minutes", "pass_mark", "closes_at"}
        assert 'value="2026-12-01T18:00"' in text(trainer, f"{LIST}/terms")

    def test_the_same_again_leaves_no_line(self, app, trainer):
        self.send(trainer)
        with app.app_context():
            assert not db.session.scalars(select(AuditLine).where(AuditLine.verb == "exam.change")).all()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"minutes": "0"}, "填 1 到 600 之间的整数"),
            ({"minutes": ""}, "填 1 到 600 之间的整数"),
            ({"pass_mark": "101"}, "填 1 到 100 之间的数"),
            ({"opens_at": "2026-12-02T09:00", "closes_at": "2026-12-01T09:00"}, "开放时间应早于关闭时间"),
        ],
    )
    def test_what_cannot_work_comes_back(self, app, trainer, changes, words):
        answer = self.send(trainer, **changes)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
        with app.app_context():
            assert (hall.exam().minutes, hall.exam().opens_at) == (20, None)

    def test_an_attempt_under_way_keeps_its_own(self, app, trainer):
        with app.app_context(), transaction():
            attempt = actions.start(hall.exam(), factories.person("马晓").id, "1").id
        self.send(trainer, minutes="10", pass_mark="1")
        with app.app_context():
            found = db.session.get(Attempt, attempt)
            assert found.deadline_at - found.started_at == timedelta(minutes=20)
            assert float(found.terms["pass_mark"]) == 80

    def test_a_closed_exam_cannot_be_started(self, app, trainer):
        self.send(trainer, is_open="")
        learner, _ = another(app, "马晓")
        assert learner.get(f"/exams/{hall.QUIZ}").status_code == 404
        assert learner.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1"}).status_code == 409

    def test_who_works_for_one_unit_cannot_change_what_holds_for_all(self, app, story):
        local, _ = another(app, "郑洁", roles=("trainer",), scope="own_unit")
        assert local.get(f"{LIST}/terms").status_code == 403
        assert self.send(local).status_code == 403


class TestVoid:
    def address(self, story, who: str = "lin") -> str:
        return f"/training/attempts/{story[who]}/voiding"

    def test_with_a_reason(self, app, trainer, story):
        assert "作废 林晓岚 的第 1 次作答" in text(trainer, self.address(story))
        answer = trainer.post(self.address(story), data={"reason": "机房停电 20 分钟"})
        assert answer.location == LIST
        with app.app_context():
            assert db.session.get(Attempt, story["lin"]).status == AttemptStatus.voided
        assert "已经作废过了" in text(trainer, self.address(story))
        assert "林晓岚" in text(trainer, f"{LIST}?state=voided")

    def test_without_one_it_comes_back(self, app, trainer, story):
        answer = trainer.post(self.address(story), data={"reason": "停"})
        assert answer.status_code == 422
        assert "至少 4 个字" in answer.get_data(as_text=True)
        with app.app_context():
            assert db.session.get(Attempt, story["lin"]).status == AttemptStatus.handed_in

    def test_not_beyond_ones_reach_and_not_ones_own(self, app, story):
        local, _ = another(app, "郑洁", roles=("hr",), scope="own_unit")
        assert local.post(self.address(story, "chen"), data={"reason": "机房停电"}).status_code == 404
        both, person_id = another(app, "周敏", roles=("trainer", "learner"))
        with app.app_context(), transaction():
            own = hall.sat(person_id).attempt_id
        assert both.post(f"/training/attempts/{own}/voiding", data={"reason": "机房停电"}).status_code == 403


class TestDeskAndPerson:
    def test_the_trainers_desk_names_exams_under_way(self, app, trainer):
        with app.app_context(), transaction():
            actions.start(hall.exam(), factories.person("马晓").id, "1")
        page = text(trainer, "/desk")
        assert "1 人正在作答" in page
        assert "题库 13 道题" in page

    def test_hr_finds_results_on_a_persons_page(self, app, story):
        hr, _ = another(app, "何静", roles=("hr",))
        assert f'href="/training/attempts/{story["lin"]}"' in text(hr, f"/people/{story['person']}")
