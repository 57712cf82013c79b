"""The learner's and the trainer's pages: what they show, what they refuse, what they cost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from courses.catalogue import queries as catalogue_queries
from courses.catalogue.actions import loading as catalogue
from courses.programmes.rules.deadlines import Due
from courses.progress import actions
from courses.progress.models import Enrolment, LessonReading
from lms import clock
from lms.db import db, transaction
from tests import factories
from tests.courses import shelf
from tests.courses.programmes import stories

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LESSON = "/lessons/t1-step1"
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def folder(app, tmp_path):
    with app.app_context(), transaction():
        shelf.loaded(tmp_path)
    return tmp_path


@pytest.fixture
def lin(app, client, folder) -> int:
    with app.app_context(), transaction():
        person_id = factories.person().id
    factories.sign_in(client, person_id)
    return person_id


@pytest.fixture
def trainer(app, client, folder) -> int:
    with app.app_context(), transaction():
        person_id = factories.person("周敏", roles=("trainer",)).id
    factories.sign_in(client, person_id)
    return person_id


def text(client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def reading_of(app, person_id: int) -> LessonReading:
    with app.app_context():
        return db.session.scalars(select(LessonReading).where(LessonReading.person_id == person_id)).one()


def read(client, seconds: int = 120, lesson: str = LESSON) -> None:
    """Read a lesson as a page with script does, two minutes long, question answered."""
    start = clock.now() + timedelta(minutes=5 * int(lesson[-1]))  # a later lesson is read later
    with clock.frozen(start, everywhere=True):
        client.get(lesson, headers=HTML)
    for n in range(1, seconds // 20 + 1):
        with clock.frozen(start + timedelta(seconds=20 * n), everywhere=True):
            client.post(f"{lesson}/beat", json={"block": 99, "furthest": 99})
    with clock.frozen(start + timedelta(seconds=seconds + 1), everywhere=True):
        client.post(f"{lesson}/checks/{lesson.removeprefix('/lessons/')}-q1", data={"choice": "1"})


class TestCatalogue:
    def test_it_lists_courses_with_progress(self, client, lin):
        page = text(client, "/courses")
        assert "接线入门" in page
        assert "必修" in page
        assert "2 节，还剩 12 分钟" in page

    @pytest.mark.parametrize("query", ["q=接线", "q=第 1 步", "track=C", "state=todo", "q=T1"])
    def test_filters_find(self, client, lin, query):
        assert 'href="/courses/T1"' in text(client, f"/courses?{query}")

    @pytest.mark.parametrize("query", ["q=没有这门", "track=A", "state=done", "track=Z", "state=x"])
    def test_filters_that_match_nothing_offer_to_clear(self, client, lin, query):
        page = text(client, f"/courses?{query}")
        assert "没有符合条件的课程" in page
        assert "清除筛选" in page

    def test_an_empty_library_says_so(self, app, client):
        with app.app_context(), transaction():
            person_id = factories.person().id
        factories.sign_in(client, person_id)
        assert "还没有课程" in text(client, "/courses")

    def test_a_stranger_is_sent_to_sign_in(self, client):
        assert client.get("/courses", headers=HTML).location == "/login?next=/courses"

    def test_its_cost_does_not_grow_with_courses(self, app, client, lin, folder, count_queries):
        text(client, "/courses")
        del count_queries[:]
        text(client, "/courses")
        few = len(count_queries)
        with app.app_context(), transaction():
            for n in range(2, 9):
                shelf.write(folder, f"T{n}")
            catalogue.load_library(folder)
        del count_queries[:]
        text(client, "/courses")
        assert len(count_queries) == few


class TestCourse:
    def test_it_tells_outline_requirements_and_what_it_counts_for(self, client, lin):
        page = text(client, "/courses/T1")
        assert "开始学习" in page
        assert "0.25 × 2 节" in page
        assert "第 1 步" in page
        assert "培训科" in page
        assert "完成后 24 个月" in page

    def test_it_can_be_taken_up(self, client, lin):
        assert client.post("/courses/T1/enrolment").location == "/courses/T1"
        assert "加入在学课程" not in text(client, "/courses/T1").replace("已加入「在学课程」", "")

    def test_an_unknown_course_is_not_found(self, client, lin):
        text(client, "/courses/X9", 404)
        assert client.post("/courses/X9/enrolment").status_code == 404

    def test_a_closed_course_is_shown_only_to_who_took_it(self, app, client, lin):
        with app.app_context(), transaction():
            catalogue_queries.course("T1").is_open = False
        text(client, "/courses/T1", 404)
        assert client.post("/courses/T1/enrolment").status_code == 409
        with app.app_context(), transaction():
            db.session.add(Enrolment(person_id=lin, course_id=catalogue_queries.course("T1").id, started_at=NOON))
        assert "已经停开" in text(client, "/courses/T1")


class TestLesson:
    def test_it_shows_text_outline_and_the_next_step(self, client, lin):
        page = text(client, LESSON)
        assert "来电人只想说一遍" in page
        assert "学完本节，下一节：第 2 步（6 分钟）" in page
        assert 'data-p="1"' in page
        assert f'action="{LESSON}/checks/t1-step1-q1"' in page
        assert "正在发生的危险先转接" not in page
        assert "从上次读到的地方继续" not in page

    def test_opening_is_kept_on_the_server(self, app, client, lin):
        text(client, LESSON)
        assert reading_of(app, lin).version_id

    def test_it_resumes_at_the_paragraph_without_script(self, client, lin):
        text(client, LESSON)
        client.post(f"{LESSON}/beat", json={"block": 3, "furthest": 3})
        page = text(client, LESSON)
        assert 'id="p-3"' in page
        assert 'href="#p-3"' in page

    def test_a_place_that_has_an_id_keeps_it(self, client, lin):
        text(client, LESSON)
        client.post(f"{LESSON}/beat", json={"block": 2})
        assert 'href="#t1-step1-listen"' in text(client, LESSON)

    def test_an_unknown_lesson_is_not_found(self, client, lin):
        text(client, "/lessons/none", 404)
        assert client.post("/lessons/none/beat", json={}).status_code == 404
        assert client.post("/lessons/none/finish").status_code == 404

    def test_a_retired_lesson_that_was_never_begun_is_refused_in_words(self, app, client, lin):
        with app.app_context(), transaction():
            catalogue_queries.unit("t1-step1").is_retired = True
        assert "已经不在课程里" in text(client, LESSON, 409)

    def test_its_cost_does_not_grow_with_lessons_or_people(self, app, client, lin, folder, count_queries):
        text(client, LESSON)
        del count_queries[:]
        text(client, LESSON)
        few = len(count_queries)
        with app.app_context(), transaction():
            shelf.write(folder, "T1", lessons=9)
            shelf.write(folder, "T2")
            catalogue.load_library(folder)
            for n in range(5):
                actions.enrol(factories.person(f"陈{n}").id, catalogue_queries.course("T1"))
        text(client, LESSON)
        del count_queries[:]
        text(client, LESSON)
        assert len(count_queries) == few


class TestBeats:
    def test_a_beat_says_what_was_credited(self, client, lin):
        text(client, LESSON)
        with clock.frozen(clock.now() + timedelta(seconds=21), everywhere=True):
            answer = client.post(f"{LESSON}/beat", json={"block": 2, "furthest": 4})
        assert answer.json["seconds"] in {20, 21}
        assert answer.json["furthest"] == 4

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'{"block": "two"}',
            b'{"block": true}',
            b'{"block": -4}',
            b'{"block": 1e99}',
            b'{"seconds": 9999}',
        ],
    )
    def test_nonsense_is_a_beat_without_a_place(self, app, client, lin, body):
        text(client, LESSON)
        answer = client.post(f"{LESSON}/beat", data=body, content_type="application/json")
        assert answer.status_code == 200
        assert answer.json["seconds"] <= 2
        assert reading_of(app, lin).block == 1

    def test_a_lesson_that_was_not_opened_has_no_beat(self, client, lin):
        assert client.post(f"{LESSON}/beat", json={"block": 2}).status_code == 404

    def test_a_stranger_s_beat_is_turned_away(self, client, folder):
        assert client.post(f"{LESSON}/beat", json={"block": 2}).status_code == 401

    def test_another_site_cannot_beat(self, client, lin):
        text(client, LESSON)
        answer = client.post(f"{LESSON}/beat", json={"block": 2}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


class TestChecks:
    def test_a_form_comes_back_to_the_question_with_the_explanation(self, client, lin):
        text(client, LESSON)
        answer = client.post(f"{LESSON}/checks/t1-step1-q1", data={"choice": "0"})
        assert (answer.status_code, answer.location) == (303, f"{LESSON}#t1-step1-q1")
        page = text(client, LESSON)
        assert "还差一点。" in page
        assert "正在发生的危险先转接" in page
        assert "选错了" in page
        assert "正确答案" in page

    def test_script_gets_the_same_as_a_fragment(self, client, lin):
        text(client, LESSON)
        answer = client.post(f"{LESSON}/checks/t1-step1-q1", data={"choice": "1"}, headers=JSON)
        assert answer.json["is_right"] is True
        assert "答对了。" in answer.json["html"]
        assert "<form" not in answer.json["html"]

    @pytest.mark.parametrize(
        "data", [{}, {"choice": "9"}, {"choice": "x"}, {"choice": ["0", "1"]}, {"choice": "9" * 5000}]
    )
    def test_an_answer_that_cannot_be_is_told(self, client, lin, data):
        text(client, LESSON)
        back = client.post(f"{LESSON}/checks/t1-step1-q1", data=data)
        assert back.status_code == 303
        assert "还差一点" not in text(client, LESSON)
        assert client.post(f"{LESSON}/checks/t1-step1-q1", data=data, headers=JSON).status_code == 409

    def test_a_question_of_another_lesson_is_refused(self, client, lin):
        text(client, LESSON)
        assert client.post(f"{LESSON}/checks/t1-step2-q1", data={"choice": "1"}, headers=JSON).status_code == 409


class TestFinishing:
    def test_a_read_lesson_leads_to_the_next(self, client, lin):
        read(client)
        answer = client.post(f"{LESSON}/finish", data={"furthest": "99"})
        assert (answer.status_code, answer.location) == (303, "/lessons/t1-step2")
        page = text(client, "/lessons/t1-step2")
        assert "计 0.25 学时" in page
        assert "已学完 1 / 2 节" in page

    def test_the_last_lesson_leads_to_the_course(self, client, lin):
        for code in ("t1-step1", "t1-step2"):
            read(client, lesson=f"/lessons/{code}")
            answer = client.post(f"/lessons/{code}/finish", data={"furthest": "99"})
        assert answer.location == "/courses/T1"
        page = text(client, "/courses/T1")
        assert "全部学完了" in page
        assert "再看一遍" in page

    def test_what_is_missing_is_said_where_it_is_missing(self, client, lin):
        text(client, LESSON)
        answer = client.post(f"{LESSON}/finish", data={"furthest": ""})
        assert answer.location == f"{LESSON}#t1-step1-q1"
        assert "还有 1 个随堂一问没有答" in text(client, LESSON)

    def test_without_script_two_minutes_and_an_answer_are_enough(self, client, lin):
        start = clock.now()
        text(client, LESSON)
        with clock.frozen(start + timedelta(seconds=115), everywhere=True):
            client.post(f"{LESSON}/checks/t1-step1-q1", data={"choice": "1"})
            text(client, LESSON)
            assert client.post(f"{LESSON}/finish", data={"furthest": ""}).location == "/lessons/t1-step2"

    def test_pressing_twice_is_the_same_as_once(self, client, lin):
        read(client)
        for _ in range(2):
            answer = client.post(f"{LESSON}/finish", data={"furthest": "99"})
            assert answer.location == "/lessons/t1-step2"

    def test_a_finished_lesson_has_no_finish_button(self, client, lin):
        read(client)
        client.post(f"{LESSON}/finish", data={"furthest": "99"})
        page = text(client, LESSON)
        assert "学完本节" not in page
        assert "下一节：第 2 步（6 分钟）" in page


class TestHome:
    def test_a_newcomer_is_shown_where_to_begin(self, client, lin):
        page = text(client, "/")
        assert "从这里开始" in page
        assert "第 1 步" in page
        assert "近 7 天" in page

    def test_the_reader_goes_on_where_they_were(self, client, lin):
        read(client, 60)
        page = text(client, "/")
        assert "接着学" in page
        assert "继续学习" in page
        assert "上次学到「先听完」" in page
        assert "在学课程" in page
        assert "学了 1 分钟" in page or "学了 2 分钟" in page

    def test_an_assigned_course_is_a_task_with_its_day(self, app, client, lin):
        with app.app_context(), transaction():
            stories.published(due=Due(on=clock.today() + timedelta(days=3)))
        page = text(client, "/")
        assert "课程，剩 2 节" in page
        assert "还有 3 天" in page

    def test_a_course_that_is_done_is_no_task(self, app, client, lin):
        for code in ("t1-step1", "t1-step2"):
            read(client, lesson=f"/lessons/{code}")
            client.post(f"/lessons/{code}/finish", data={"furthest": "99"})
        page = text(client, "/")
        assert "课程都学完了" in page
        assert "课程，剩" not in page

    def test_me_shows_courses_and_hours(self, client, lin):
        read(client)
        client.post(f"{LESSON}/finish", data={"furthest": "99"})
        page = text(client, "/me")
        assert "课程与学时" in page
        assert "0.25" in page

    def test_the_cost_of_today_does_not_grow_with_courses(self, app, client, lin, folder, count_queries):
        read(client, 20)
        with app.app_context(), transaction():
            stories.published()
        text(client, "/")
        del count_queries[:]
        text(client, "/")
        few = len(count_queries)
        with app.app_context(), transaction():
            for n in range(2, 7):
                shelf.write(folder, f"T{n}")
            catalogue.load_library(folder)
            stories.published(items=[("course", f"T{n}") for n in range(2, 7)])
        del count_queries[:]
        text(client, "/")
        assert len(count_queries) == few


class TestTraining:
    def test_courses_are_counted_by_unit(self, app, client, trainer):
        with app.app_context(), transaction():
            for n in range(3):
                one = factories.person(f"陈{n}", unit=factories.unit("T9", "受理九组"))
                actions.enrol(one.id, catalogue_queries.course("T1"))
        page = text(client, "/training")
        assert "受理九组（3）" in page
        assert "0/3" in page
        assert "受理九组" in text(client, "/training/T1")

    def test_a_trainer_of_one_unit_sees_only_it(self, app, client, folder):
        with app.app_context(), transaction():
            mine, other = factories.unit("T8", "受理八组"), factories.unit("T9", "受理九组")
            factories.person("陈二", unit=other)
            person_id = factories.person("周敏", roles=("trainer",), scope="own_unit", unit=mine).id
        factories.sign_in(client, person_id)
        page = text(client, "/training/T1")
        assert "受理八组" in page
        assert "受理九组" not in page

    def test_a_course_names_the_programmes_that_ask_for_it(self, app, client, trainer):
        assert "眼下没有任务要求学这门课" in text(client, "/training/T1")
        with app.app_context(), transaction():
            stories.published()
        assert "年度必修" in text(client, "/training/T1")

    def test_learners_have_no_business_here(self, client, lin):
        text(client, "/training", 403)
        text(client, "/training/T1", 403)

    def test_its_cost_does_not_grow_with_people(self, app, client, trainer, count_queries):
        text(client, "/training")
        needed = []
        for n in range(2):
            with app.app_context(), transaction():
                for m in range(1 + 5 * n):
                    one = factories.person(f"陈{n}{m}", unit=factories.unit(f"U{n}{m}", f"组{n}{m}"))
                    actions.enrol(one.id, catalogue_queries.course("T1"))
            del count_queries[:]
            text(client, "/training")
            needed.append(len(count_queries))
        assert needed[0] == needed[1]

    def test_the_desk_shows_courses_with_readers_and_lapsed_policies(self, app, client, trainer):
        page = text(client, "/desk")
        assert "接线入门" in page
        assert "第 1 版，2 节" in page
        assert "0 人在读" in page
        assert "引用了不再有效的政策" not in page


class TestPersonPage:
    def test_hr_sees_courses_and_ledger_of_a_person(self, app, client, folder):
        with app.app_context(), transaction():
            learner = factories.person().id
            hr = factories.person("何静", roles=("hr",)).id
        factories.sign_in(client, learner)
        read(client)
        client.post(f"{LESSON}/finish", data={"furthest": "99"})
        factories.sign_in(client, hr)
        page = text(client, f"/people/{learner}")
        assert "课程与学时" in page
        assert "6 分钟，不超过 15 分钟，计 0.25 学时" in page


def test_search_finds_courses_and_lessons(client, lin):
    page = text(client, "/search?q=先听完")
    assert 'href="/lessons/t1-step1"' in page
    assert 'href="/courses/T1"' in text(client, "/search?q=接线入门")
