"""练习 as a learner meets it: the day's question, the book, five at a time; strangers see nothing of it."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from assessments.bank.models import Question
from assessments.practice import queries
from assessments.practice.models import PracticeAnswer
from courses.catalogue import queries as catalogue
from courses.progress import actions as progress
from lms import clock
from lms.db import db, transaction
from tests import factories
from tests.assessments import hall

DAY = date(2026, 11, 24)


@pytest.fixture
def lin(app, client, library):
    """Somebody who has done a lesson, signed in at noon."""
    with factories.on_day(DAY, 12):
        with app.app_context(), transaction():
            someone = factories.person("林晓岚")
            unit = catalogue.unit("t1-step1")
            progress.complete_unit(someone.id, unit, source=("test", "1"))
            person_id = someone.id
        factories.sign_in(client, person_id)
    return person_id


def field(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def right_keys(app, version_id: int) -> list[str]:
    with app.app_context():
        version = queries.versions([version_id])[version_id]
        return [one["key"] for one in version.options if one["is_right"]]


def wrong_keys(app, version_id: int) -> list[str]:
    with app.app_context():
        version = queries.versions([version_id])[version_id]
        return [one["key"] for one in version.options if not one["is_right"]][:1]


def answer_today(app, client, pick=right_keys, back="today"):
    version = field(client.get("/practice/daily").text, "version")
    return client.post("/practice/daily", data={"version": version, "chosen": pick(app, int(version)), "back": back})


class TestDaily:
    def test_before_any_lesson_there_is_none(self, app, client, library):
        with app.app_context(), transaction():
            new = factories.person("宋一诺").id
        factories.sign_in(client, new)
        assert "学完第一节课后" in client.get("/practice").text
        assert "每日一题" not in client.get("/").text

    def test_it_stands_on_today_and_is_answered_there(self, app, client, lin):
        with factories.on_day(DAY, 12):
            page = client.get("/").text
            assert "每日一题" in page
            assert field(page, "version") == field(client.get("/practice").text, "version")
            answer = answer_today(app, client)
            assert (answer.status_code, answer.location) == (303, "/#daily")
            page = client.get("/").text
        assert "答对了。" in page
        assert "的解析" in page
        assert 'name="version"' not in page

    def test_an_answer_is_kept_once_a_day(self, app, client, lin):
        with factories.on_day(DAY, 12):
            version = field(client.get("/practice/daily").text, "version")
            given = {"version": version, "chosen": wrong_keys(app, int(version))}
            assert client.post("/practice/daily", data=given).status_code == 303
            again = client.post("/practice/daily", data=given | {"chosen": right_keys(app, int(version))})
            assert again.status_code == 303
            assert "已经答过了" in client.get("/practice/daily").text
        with app.app_context():
            assert db.session.scalars(select(PracticeAnswer.verdict)).all() == ["wrong"]

    def test_without_a_choice_the_page_asks_again(self, client, lin):
        with factories.on_day(DAY, 12):
            version = field(client.get("/practice/daily").text, "version")
            answer = client.post("/practice/daily", data={"version": version})
        assert answer.status_code == 422
        assert "先选一个答案" in answer.text

    @pytest.mark.parametrize("version", ["0", "999999", "x", ""])
    def test_another_question_is_not_taken(self, app, client, lin, version):
        with factories.on_day(DAY, 12):
            answer = client.post("/practice/daily", data={"version": version, "chosen": "a"})
        assert answer.status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(PracticeAnswer)) == 0

    def test_the_next_day_brings_another_question(self, app, client, lin):
        with factories.on_day(DAY, 12):
            first = field(client.get("/practice/daily").text, "version")
            answer_today(app, client)
        with factories.on_day(DAY + timedelta(days=1), 10):
            factories.sign_in(client, lin)
            page = client.get("/practice/daily").text
        assert field(page, "version") != first
        assert "答对" in page  # the history

    def test_today_asks_no_more_as_the_history_grows(self, app, client, lin, count_queries):
        with factories.on_day(DAY, 12):
            client.get("/practice/daily")
            count_queries.clear()
            client.get("/practice/daily")
            before = len(count_queries)
            with app.app_context(), transaction():
                codes = db.session.scalars(select(Question).order_by(Question.id)).all()
                for n, question in enumerate(codes[:8], start=1):
                    day = DAY - timedelta(days=n)
                    db.session.add(
                        PracticeAnswer(
                            person_id=lin, question_id=question.id, version_id=question.current_id, daily_on=day,
                            set_key=f"daily-{day}", value={"chosen": []}, verdict="wrong", answered_on=day,
                            answered_at=hall.exam().paper and question.current.published_at,
                        )
                    )  # fmt: skip
            count_queries.clear()
            client.get("/practice/daily")
        assert len(count_queries) <= before + 2  # the questions behind the history


class TestMistakes:
    @pytest.fixture
    def lost(self, app, lin):
        """Two questions lost in the quiz whose review is immediate, all lost in the exam that may not be reviewed yet."""
        with factories.on_day(DAY, 12), app.app_context(), transaction():
            result = hall.sat(lin, right=range(3, hall.COUNT + 1))
            hall.sat(lin, hall.POST, right=())
            return [item.position for item in result.items if item.verdict != "right"]

    def test_lost_points_that_may_be_reviewed_stand_in_the_book(self, client, lin, lost):
        with factories.on_day(DAY, 12):
            page = client.get("/practice/mistakes").text
        assert page.count("<article") == len(lost) == 2
        for words in ("选错了", "正确答案", "的解析", "结业测验", "回到课节", "已对 0 / 2 天"):
            assert words in page

    def test_nobody_else_sees_them(self, app, client, lin, lost):
        with app.app_context(), transaction():
            other = factories.person("方静", roles=("learner", "hr", "trainer")).id
        factories.sign_in(client, other)
        assert "没有错题" in client.get("/practice/mistakes").text

    def practise(self, app, client, pick=right_keys):
        page = client.get("/practice/mistakes/set").text
        ids = [int(n) for n in re.findall(r'name="question" value="(\d+)"', page)]
        data = {"set": field(page, "set"), "question": ids}
        with app.app_context():
            for question_id, question in queries.current_questions(ids).items():
                data[f"chosen-{question_id}"] = pick(app, question.current_id)
        return client.post("/practice/mistakes/set", data=data), data

    def test_right_on_two_days_empties_it(self, app, client, lin, lost):
        with factories.on_day(DAY, 12):
            answer, _data = self.practise(app, client)
            assert answer.status_code == 303
            assert "答对 2 / 2 题" in client.get(answer.location).text
            assert "已对 1 / 2 天" in client.get("/practice/mistakes").text
        with factories.on_day(DAY + timedelta(days=1), 12):
            factories.sign_in(client, lin)
            answer, _data = self.practise(app, client)
            assert "已移出错题本" in client.get(answer.location).text
            assert "没有错题" in client.get("/practice/mistakes").text

    def test_the_same_set_twice_is_kept_once(self, app, client, lin, lost):
        with factories.on_day(DAY, 12):
            first, data = self.practise(app, client, wrong_keys)
            again = client.post("/practice/mistakes/set", data=data)
        assert (again.status_code, again.location) == (303, first.location)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(PracticeAnswer)) == 2

    def test_a_set_without_answers_is_asked_again(self, client, lin, lost):
        with factories.on_day(DAY, 12):
            page = client.get("/practice/mistakes/set").text
            ids = re.findall(r'name="question" value="(\d+)"', page)
            answer = client.post("/practice/mistakes/set", data={"set": "abc", "question": ids})
        assert answer.status_code == 422
        assert "还没有作答" in answer.text

    def test_questions_outside_the_book_are_left_out(self, app, client, lin, lost):
        with app.app_context():
            in_book = {one.question_id for one in queries.mistakes(lin)}
            other = db.session.scalar(select(Question.id).where(Question.id.not_in(in_book)).limit(1))
        with factories.on_day(DAY, 12):
            answer = client.post(
                "/practice/mistakes/set", data={"set": "abc", "question": other, f"chosen-{other}": "a"}
            )
        assert (answer.status_code, answer.location) == (303, "/practice/mistakes")
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(PracticeAnswer)) == 0

    def test_results_belong_to_their_person(self, app, client, lin, lost):
        with factories.on_day(DAY, 12):
            answer, _data = self.practise(app, client)
        with app.app_context(), transaction():
            other = factories.person("方静").id
        factories.sign_in(client, other)
        assert client.get(answer.location).status_code == 404

    def test_an_unknown_course_shows_everything(self, client, lin, lost):
        with factories.on_day(DAY, 12):
            assert client.get("/practice/mistakes?course=ZZ").text.count("<article") == 2
            assert client.get("/practice/mistakes?course=T1").text.count("<article") == 2

    def test_the_book_costs_the_same_with_more_in_it(self, app, client, lin, lost, count_queries):
        with factories.on_day(DAY, 12):
            client.get("/practice/mistakes")
            count_queries.clear()
            client.get("/practice/mistakes")
            before = len(count_queries)
            with app.app_context(), transaction():
                for n, question in enumerate(db.session.scalars(select(Question).order_by(Question.id)).all()[:7]):
                    db.session.add(
                        PracticeAnswer(
                            person_id=lin, question_id=question.id, version_id=question.current_id, set_key=f"set{n}",
                            value={"chosen": []}, verdict="wrong", answered_on=DAY, answered_at=clock.now(),
                        )
                    )  # fmt: skip
            count_queries.clear()
            assert client.get("/practice/mistakes").text.count("<article") > 5
        assert len(count_queries) == before
