"""The pages of a sitting: list, 考试说明, questions, check, hand-in, result; and every refusal."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from assessments.attempts import actions, queries
from assessments.attempts.models import Answer, Attempt, AttemptStatus, Result
from assessments.exams.models import Exam, Review
from courses.progress import actions as progress
from lms import clock
from lms.access.models import Account
from lms.db import db, transaction
from lms.people.models import Spell
from tests import factories
from tests.assessments import hall

DAY = date(2026, 11, 24)
HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


@pytest.fixture
def lin(app, client, library) -> int:
    with app.app_context(), transaction():
        person_id = factories.person().id
    factories.sign_in(client, person_id)
    return person_id


def another(app, name="陈实", **kwargs):
    """Another browser with another person signed in, and who it is."""
    with app.app_context(), transaction():
        person_id = factories.person(name, **kwargs).id
    browser = app.test_client()
    factories.sign_in(browser, person_id)
    return browser, person_id


def text(browser, address: str, status: int = 200) -> str:
    answer = browser.get(address, headers=HTML)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def later(**kwargs):
    return clock.frozen(clock.now() + timedelta(**kwargs), everywhere=True)


def begin(browser, code: str = hall.QUIZ) -> int:
    answer = browser.post(f"/exams/{code}/attempts", data={"ready": "1"})
    assert answer.status_code == 303
    return int(re.fullmatch(r"/attempts/(\d+)/q/1", answer.location)[1])


def save(browser, attempt: int, position: int = 1, *, seq: int = 1, epoch: int = 1, **given):
    sent = {"position": position, "epoch": epoch, "seq": seq, **(given or {"chosen": ["A"]})}
    return browser.post(f"/attempts/{attempt}/answers", json=sent)


def saved(app, attempt: int) -> dict[int, dict]:
    with app.app_context():
        return {n: found.value for n, found in queries.latest_answers(attempt).items()}


def answer_all(app, attempt: int, right=None) -> None:
    with app.app_context(), transaction():
        hall.answer(db.session.get(Attempt, attempt), right, seq=1000)


def status_of(app, attempt: int) -> AttemptStatus:
    with app.app_context():
        return db.session.get(Attempt, attempt).status


class TestList:
    def test_it_says_where_one_stands(self, client, lin):
        page = text(client, "/exams")
        assert page.count("可以考") == 2
        assert "剩 3 次机会" in page
        begin(client)
        page = text(client, "/exams")
        assert "作答中" in page
        assert "继续作答" in page

    def test_after_a_fail_it_names_the_next_time_and_the_best_score(self, app, client, lin):
        with app.app_context(), transaction():
            hall.sat(lin, right=(1,))
        page = text(client, "/exams")
        assert "11 月 25 日 09:00 起" in page
        assert "最好成绩 10 分" in page

    def test_a_closed_exam_shows_to_those_who_sat_it(self, app, client, lin):
        with app.app_context(), transaction():
            hall.sat(lin, hall.POST)
            db.session.execute(update(Exam).where(Exam.code == hall.POST).values(is_open=False))
        assert "岗位认证" in text(client, "/exams")
        other, _ = another(app)
        assert "岗位认证" not in text(other, "/exams")
        assert other.get(f"/exams/{hall.POST}").status_code == 404

    def test_its_cost_does_not_grow_with_exams_and_attempts(self, app, client, lin, folder, count_queries):
        text(client, "/exams")
        del count_queries[:]
        text(client, "/exams")
        few = len(count_queries)
        with app.app_context(), transaction():
            for n in range(5):
                (folder / "exams" / f"more{n}.md").write_text(
                    hall.exam_file(f"exam-m{n}", closes=None), encoding="utf-8"
                )
            hall.load(folder)
            for n in range(5):
                hall.sat(lin, f"exam-m{n}", right=(1,))
        del count_queries[:]
        text(client, "/exams")
        assert len(count_queries) == few


class TestInstructions:
    def test_it_says_what_one_gets_into(self, client, lin):
        page = text(client, f"/exams/{hall.QUIZ}")
        for words in (
            "20 分钟 · 9 题 · 80 分合格",
            "现在开始有 20 分钟",
            "剩 3 次机会",
            "断网可以继续作答",
            "我已安排离线时段",
            "交卷后立即可以看题目",
        ):
            assert words in page

    def test_a_window_shortens_the_minutes(self, app, client, lin):
        with app.app_context(), transaction():
            hall.exam().closes_at = clock.now() + timedelta(minutes=12, seconds=40)
        page = text(client, f"/exams/{hall.QUIZ}")
        assert "现在开始有 12 分钟" in page
        assert "截止" in page

    def test_without_the_tick_nothing_starts(self, app, client, lin):
        answer = client.post(f"/exams/{hall.QUIZ}/attempts", headers=HTML)
        assert answer.status_code == 422
        assert "没有用掉机会" in answer.get_data(as_text=True)
        with app.app_context():
            assert not db.session.scalars(select(Attempt)).all()

    def test_starting_twice_goes_on_with_the_one(self, client, lin):
        assert begin(client) == begin(client)

    def test_an_exam_that_never_was(self, client, lin):
        assert client.get("/exams/none").status_code == 404
        assert client.post("/exams/none/attempts", data={"ready": "1"}).status_code == 404

    def test_who_does_not_learn_does_not_sit(self, app, folder):
        trainer, _ = another(app, "顾明远", roles=("trainer",))
        assert trainer.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1"}).status_code == 403

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"opens_at": clock.local_instant(date(2026, 12, 1), 9)}, "12 月 1 日 09:00 开放"),
            ({"closes_at": clock.local_instant(date(2026, 11, 1), 9)}, "已经关闭"),
        ],
    )
    def test_outside_the_window_there_is_no_start(self, app, client, lin, values, words):
        with app.app_context(), transaction():
            db.session.execute(update(Exam).where(Exam.code == hall.QUIZ).values(**values))
        page = text(client, f"/exams/{hall.QUIZ}")
        assert words in page
        assert "开始考试" not in page
        assert client.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1"}, headers=HTML).status_code == 409


class TestQuestion:
    def test_it_shows_the_question_as_it_was_left(self, app, client, lin):
        attempt = begin(client)
        save(client, attempt, chosen=["B"], flagged=True)
        page = text(client, f"/attempts/{attempt}/q/1")
        assert re.search(r'value="B"[^>]* checked', page)
        assert "已标记" in page
        assert "09:00 已保存" in page
        assert 'aria-label="第 1 题，已答，已标记，当前题"' in page

    def test_every_question_opens_and_no_other(self, client, lin):
        attempt = begin(client)
        for n in range(1, hall.COUNT + 1):
            assert f"第 {n} 题" in text(client, f"/attempts/{attempt}/q/{n}")
        for n in ("0", "10", "99999999999999999999", "x"):
            assert client.get(f"/attempts/{attempt}/q/{n}").status_code == 404

    def test_the_answers_are_not_in_the_page(self, client, lin):
        attempt = begin(client)
        page = text(client, f"/attempts/{attempt}/q/1") + text(client, f"/attempts/{attempt}/paper")
        assert "is_right" not in page
        assert "的解析" not in page

    def test_the_paper_holds_every_question_once(self, client, lin):
        attempt = begin(client)
        page = text(client, f"/attempts/{attempt}/paper")
        assert [int(n) for n in re.findall(r'data-question-form="(\d+)"', page)] == list(range(1, hall.COUNT + 1))

    def test_its_cost_does_not_grow_with_answers(self, client, lin, count_queries):
        attempt = begin(client)
        del count_queries[:]
        text(client, f"/attempts/{attempt}/q/1")
        few = len(count_queries)
        for n in range(1, hall.COUNT - 1):
            save(client, attempt, n, chosen=["A"])
        del count_queries[:]
        text(client, f"/attempts/{attempt}/q/1")
        assert len(count_queries) == few

    @pytest.mark.parametrize("path", ["q/1", "check", "paper", "result"])
    def test_another_persons_attempt_is_not_there(self, app, client, lin, path):
        attempt = begin(client)
        other, _ = another(app)
        assert other.get(f"/attempts/{attempt}/{path}", headers=HTML).status_code == 404

    def test_another_persons_attempt_takes_nothing(self, app, client, lin):
        attempt = begin(client)
        other, _ = another(app)
        for path in ("q/1", "submission", "device"):
            assert other.post(f"/attempts/{attempt}/{path}", headers=HTML).status_code == 404
        answer = save(other, attempt)
        assert (answer.status_code, answer.json["state"]) == (422, "refused")
        assert not saved(app, attempt)

    def test_shortcuts_follow_the_persons_setting(self, app, client, lin):
        attempt = begin(client)
        assert 'data-keys="off"' not in text(client, f"/attempts/{attempt}/q/1")
        with app.app_context(), transaction():
            db.session.execute(update(Account).where(Account.person_id == lin).values(has_shortcuts=False))
        assert 'data-keys="off"' in text(client, f"/attempts/{attempt}/q/1")


class TestEyes:
    def test_nobody_opens_the_questions_of_somebody_elses_exam_by_looking_as_them(self, app, client, lin):
        attempt = begin(client)
        with app.app_context():
            number = db.session.scalar(select(Spell.staff_number).where(Spell.person_id == lin))
        root, _ = another(app, "赵根", roles=["system_admin"])
        same = {"Sec-Fetch-Site": "same-origin"}
        answer = root.post("/viewing", data={"number": number, "reason": "来电说打不开"}, headers=same)
        assert answer.status_code == 303
        for page in ("q/1", "paper", "check", "time"):
            assert "只给本人看" in text(root, f"/attempts/{attempt}/{page}", 409)


class TestForms:
    """Everything without script."""

    def send(self, browser, attempt: int, n: int = 1, **data):
        return browser.post(f"/attempts/{attempt}/q/{n}", data={"epoch": "1", **data}, headers=HTML)

    def test_next_saves_and_moves(self, app, client, lin):
        attempt = begin(client)
        answer = self.send(client, attempt, choice="B", go="2")
        assert (answer.status_code, answer.location) == (303, f"/attempts/{attempt}/q/2")
        assert saved(app, attempt) == {1: {"chosen": ["B"]}}

    def test_several_choices_words_and_the_check_page(self, app, client, lin):
        attempt = begin(client)
        self.send(client, attempt, 5, choice=["A", "B"], go="6")
        answer = self.send(client, attempt, 8, text=" 12388 ", go="check")
        assert answer.location == f"/attempts/{attempt}/check"
        assert saved(app, attempt) == {5: {"chosen": ["A", "B"]}, 8: {"text": "12388"}}

    def test_a_flag_is_set_and_taken_back_and_keeps_the_choice(self, app, client, lin):
        attempt = begin(client)
        assert self.send(client, attempt, choice="B", go="flag").location == f"/attempts/{attempt}/q/1"
        assert saved(app, attempt)[1] == {"chosen": ["B"], "flagged": True}
        self.send(client, attempt, choice="B", flagged="1", go="flag")
        assert saved(app, attempt)[1] == {"chosen": ["B"]}

    def test_what_cannot_be_an_answer_comes_back_with_a_sentence(self, app, client, lin):
        attempt = begin(client)
        answer = self.send(client, attempt, choice=["A", "B"], go="2")
        assert answer.status_code == 422
        assert "只能选一项" in answer.get_data(as_text=True)
        assert not saved(app, attempt)

    def test_a_form_from_before_the_move_changes_nothing(self, app, client, lin):
        attempt = begin(client)
        client.post(f"/attempts/{attempt}/device")
        answer = self.send(client, attempt, choice="A", go="2")
        assert answer.location == f"/attempts/{attempt}/q/1"
        assert not saved(app, attempt)

    def test_after_the_deadline_it_says_so_and_hands_in_by_a_button(self, app, client, lin):
        attempt = begin(client)
        save(client, attempt)
        with later(minutes=20):
            page = self.send(client, attempt, choice="B", go="2").get_data(as_text=True)
            assert "时间到，已按最后保存的答案交卷" in page
            assert "时间到" in text(client, f"/attempts/{attempt}/q/1")
            assert "时间到" in text(client, f"/attempts/{attempt}/check")
            assert status_of(app, attempt) == AttemptStatus.open  # a GET never hands in
            answer = client.post(f"/attempts/{attempt}/submission")
        assert answer.location == f"/attempts/{attempt}/result"
        assert saved(app, attempt) == {1: {"chosen": ["A"]}}
        assert status_of(app, attempt) == AttemptStatus.handed_in


class TestSave:
    def test_it_tells_when(self, app, client, lin):
        attempt = begin(client)
        assert save(client, attempt).json == {"saved_at": "09:00", "left": 1200, "late": False}
        assert save(client, attempt).json == {"saved_at": "09:00", "left": 1200, "late": False}
        with app.app_context():
            assert len(db.session.scalars(select(Answer)).all()) == 1

    def test_two_tabs(self, app, client, lin):
        attempt = begin(client)
        save(client, attempt, seq=3, chosen=["A"])
        answer = save(client, attempt, seq=3, chosen=["B"])
        assert (answer.status_code, answer.json["state"], answer.json["next_seq"]) == (409, "overtaken", 4)
        assert save(client, attempt, seq=4, chosen=["B"]).status_code == 200
        assert saved(app, attempt)[1] == {"chosen": ["B"]}

    def test_out_of_order(self, app, client, lin):
        attempt = begin(client)
        save(client, attempt, seq=9, chosen=["A"])
        assert save(client, attempt, seq=8, chosen=["B"]).json["state"] == "overtaken"
        assert saved(app, attempt)[1] == {"chosen": ["A"]}

    def test_a_question_that_is_not_in_the_paper(self, client, lin):
        answer = save(client, begin(client), 10)
        assert (answer.status_code, answer.json["state"]) == (422, "refused")

    def test_a_device_it_has_left(self, app, client, lin):
        attempt = begin(client)
        phone = app.test_client()
        factories.sign_in(phone, lin)
        assert "正在另一台设备上" in text(phone, f"/attempts/{attempt}/q/3")
        assert phone.post(f"/attempts/{attempt}/device", data={"n": "3"}).location == f"/attempts/{attempt}/q/3"
        assert "第 3 题" in text(phone, f"/attempts/{attempt}/q/3")
        assert save(client, attempt).json["state"] == "moved"
        assert save(phone, attempt, epoch=2).status_code == 200
        assert "正在另一台设备上" in text(client, f"/attempts/{attempt}/q/1")

    def test_after_the_deadline_and_after_handing_in(self, client, lin):
        attempt = begin(client)
        with later(minutes=20):
            answer = save(client, attempt)
            assert (answer.status_code, answer.json["state"]) == (409, "closed")
        client.post(f"/attempts/{attempt}/submission")
        assert "已经交卷" in save(client, attempt).json["sentence"]

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"null", b"{", b'{"position":1}', b'{"position":"1","epoch":1,"seq":1}', b'{"position":true,"epoch":1,"seq":1}',
         b'{"position":1,"epoch":1,"seq":0}', b'{"position":1,"epoch":1,"seq":9999999999999}', b'{"position":1,"epoch":-1,"seq":1}',
         b"[" * 5000, b'{"position":1,"epoch":1,"seq":1,"text":"' + b"x" * 40_000 + b'"}', b"\xff\xfe"],
    )  # fmt: skip
    def test_what_is_not_a_save_is_refused(self, app, client, lin, body):
        attempt = begin(client)
        answer = client.post(f"/attempts/{attempt}/answers", data=body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json["state"] == "refused"
        assert not saved(app, attempt)

    def test_halves_of_characters_do_no_harm(self, app, client, lin):
        attempt = begin(client)
        body = b'{"position":8,"epoch":1,"seq":1,"text":"12388\\ud800\\u0000"}'
        assert (
            client.post(f"/attempts/{attempt}/answers", data=body, content_type="application/json").status_code == 200
        )
        assert saved(app, attempt)[8] == {"text": "12388"}

    def test_it_is_one_read_of_the_session_one_read_and_one_insert(self, client, lin, count_queries):
        attempt = begin(client)
        save(client, attempt)
        del count_queries[:]
        save(client, attempt, seq=2)
        assert [one.split()[0] for one in count_queries] == ["SELECT", "SELECT", "INSERT"]


class TestCheckAndSubmit:
    def test_it_lists_what_is_open_and_flagged(self, client, lin):
        attempt = begin(client)
        save(client, attempt, 2, chosen=["A"], flagged=True)
        page = text(client, f"/attempts/{attempt}/check")
        assert "还有 8 题未答" in page
        assert "标记过的题" in page
        assert f"/attempts/{attempt}/q/1" in page

    def test_handing_in_twice_leads_to_the_one_result(self, app, client, lin):
        attempt = begin(client)
        first = client.post(f"/attempts/{attempt}/submission")
        second = client.post(f"/attempts/{attempt}/submission")
        assert first.location == second.location == f"/attempts/{attempt}/result"
        with app.app_context():
            assert len(db.session.scalars(select(Result)).all()) == 1

    def test_back_into_the_questions_leads_to_the_result(self, client, lin):
        attempt = begin(client)
        client.post(f"/attempts/{attempt}/submission")
        for path in ("q/1", "check"):
            assert client.get(f"/attempts/{attempt}/{path}").location == f"/attempts/{attempt}/result"
        for path in ("q/1", "device"):
            assert client.post(f"/attempts/{attempt}/{path}").location == f"/attempts/{attempt}/result"
        assert client.get(f"/attempts/{attempt}/paper").status_code == 409


class TestResult:
    def handed_in(self, app, browser, right=None, code: str = hall.QUIZ) -> int:
        attempt = begin(browser, code)
        answer_all(app, attempt, right)
        browser.post(f"/attempts/{attempt}/submission")
        return attempt

    def test_a_pass(self, app, client, lin):
        page = text(client, f"/attempts/{self.handed_in(app, client)}/result")
        for words in ("通过了，晓岚", "100", "合格线 80 分", "记入学时台账", "受理与记录", "没有失分题", "9 / 9 题"):
            assert words in page

    def test_a_fail_names_the_next_time_and_never_says_failed(self, app, client, lin):
        page = text(client, f"/attempts/{self.handed_in(app, client, (1, 2, 3))}/result")
        for words in (
            "这次 30 分，合格线 80 分",
            "11 月 25 日 09:00 起可以再考，剩 2 次机会",
            "受理与记录可以再补一补",
            "失分题",
        ):
            assert words in page
        assert "失败" not in page

    def test_lost_points_come_with_answer_reason_and_lesson(self, app, client, lin):
        page = text(client, f"/attempts/{self.handed_in(app, client, ())}/result")
        assert page.count("的解析") == hall.COUNT
        assert "选错了" in page
        assert "漏选" in page
        assert 'href="/lessons/t1-step1"' in page
        assert "正确答案 12388" in page
        assert "95 ± 0.5 %" in page

    def test_all_questions_on_demand(self, app, client, lin):
        attempt = self.handed_in(app, client, range(2, 10))
        assert text(client, f"/attempts/{attempt}/result").count('<details class="wrong"') == 1
        assert text(client, f"/attempts/{attempt}/result?all=1").count('<details class="wrong"') == hall.COUNT

    def test_two_attempts_are_compared(self, app, client, lin):
        with app.app_context(), transaction():
            first = hall.sat(lin, right=(1, 2, 3, 4)).attempt_id
        with later(hours=25):
            factories.sign_in(client, lin)
            attempt = self.handed_in(app, client)
            page = text(client, f"/attempts/{attempt}/result")
        assert "第 2 次作答，比上次" in page
        assert "高 60 分" in page
        assert f'href="/attempts/{first}/result"' in page

    def test_questions_wait_for_the_close(self, app, client, lin):
        attempt = self.handed_in(app, client, (), hall.POST)
        page = text(client, f"/attempts/{attempt}/result")
        assert "考试关闭后可以看题目" in page
        assert "失分的考点" in page
        assert "的题干" not in page
        assert "的题干" not in text(client, f"/attempts/{attempt}/result?all=1")
        with app.app_context(), transaction():
            hall.exam(hall.POST).closes_at = clock.now() + timedelta(minutes=5)
        with later(minutes=6):
            assert "的题干" in text(client, f"/attempts/{attempt}/result")

    def test_only_topics(self, app, client, lin):
        with app.app_context(), transaction():
            hall.exam().review = Review.topics_only
        page = text(client, f"/attempts/{self.handed_in(app, client, ())}/result")
        assert "只公布考点" in page
        assert "的题干" not in page

    def test_a_voided_one_says_why(self, app, client, lin):
        attempt = self.handed_in(app, client)
        with app.app_context(), transaction():
            actions.void(db.session.get(Attempt, attempt), "机房停电 20 分钟", 5)
        page = text(client, f"/attempts/{attempt}/result")
        assert "这次作答已经作废" in page
        assert "机房停电 20 分钟" in page
        assert save(client, attempt).json["state"] == "closed"

    def test_one_voided_under_way_has_no_score(self, app, client, lin):
        attempt = begin(client)
        with app.app_context(), transaction():
            actions.void(db.session.get(Attempt, attempt), "误用他人工位", 5)
        assert client.get(f"/attempts/{attempt}/q/1").location == f"/attempts/{attempt}/result"
        assert "没有成绩" in text(client, f"/attempts/{attempt}/result")

    def test_an_open_attempt_has_none_yet(self, client, lin):
        attempt = begin(client)
        assert client.get(f"/attempts/{attempt}/result").location == f"/attempts/{attempt}/q/1"

    def test_its_cost_does_not_grow_with_lost_questions(self, app, client, lin, count_queries):
        attempt = self.handed_in(app, client, range(2, 10))
        text(client, f"/attempts/{attempt}/result")
        del count_queries[:]
        text(client, f"/attempts/{attempt}/result")
        few = len(count_queries)
        text(client, f"/attempts/{attempt}/result?all=1")
        assert len(count_queries) == 2 * few


class TestOtherPages:
    def test_today_shows_what_is_under_way(self, client, lin):
        attempt = begin(client)
        page = text(client, "/")
        assert f'href="/attempts/{attempt}/q/1"' in page
        assert "考试正在进行" in page

    def test_today_shows_an_exam_when_its_courses_are_done_or_its_window_closes(self, app, client, lin):
        assert "岗位认证" not in text(client, "/")
        with app.app_context(), transaction():
            hall.exam(hall.POST).closes_at = clock.now() + timedelta(days=3)
        assert "岗位认证" in text(client, "/")
        with app.app_context(), transaction():
            hall.exam(hall.POST).closes_at = None
            course = hall.exam().unit.course
            for unit in course.units:
                progress.complete_unit(lin, unit, source=("lesson", unit.code))
        assert "岗位认证" in text(client, "/")

    def test_the_course_page_has_its_quiz(self, client, lin):
        page = text(client, "/courses/T1")
        assert f'href="/exams/{hall.QUIZ}"' in page
        assert "剩 3 次机会" in page

    def test_my_record_lists_results(self, app, client, lin):
        with app.app_context(), transaction():
            attempt = hall.sat(lin).attempt_id
        assert f'href="/attempts/{attempt}/result"' in text(client, "/me")
        source = re.search(r'href="(/[^"]*hours[^"]*)">结业测验', text(client, "/me/hours"))[1]
        assert client.get(source).location == f"/attempts/{attempt}/result"

    def test_search_finds_exams_for_all_and_questions_for_trainers(self, app, client, lin):
        assert f'href="/exams/{hall.QUIZ}"' in text(client, "/search?q=结业测验")
        assert "/training/questions" not in text(client, "/search?q=t1-s1")
        trainer, _ = another(app, "顾明远", roles=("trainer",))
        assert 'href="/training/questions/t1-s1"' in text(trainer, "/search?q=t1-s1")
