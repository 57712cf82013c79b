"""组卷蓝图 through its pages: totals without script, versions that never change, samples, and the lock."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from assessments.attempts import actions
from assessments.attempts.models import AttemptQuestion
from assessments.papers import queries as papers
from assessments.papers.models import Paper
from lms.db import db, transaction
from tests import factories
from tests.assessments import hall

DAY = date(2026, 11, 24)
PAGE = f"/training/exams/{hall.POST}/blueprint"
HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


@pytest.fixture
def trainer(app, client, library):
    with app.app_context(), transaction():
        person_id = factories.person("顾明远", roles=("trainer",)).id
    factories.sign_in(client, person_id)
    return client


def filled(**changes) -> dict:
    """Rows 受理规范 and 工单 and the free one: 4 × 10 + 2 × 20 + 2 × 10 points."""
    form = {
        "rows": "topic", "courses": ["T1"], "row": ["受理规范", "工单", ""], "do": "save",
        "n-single-0": "4", "n-multiple-1": "2", "n-true_false-2": "2",
        "points-single": "10", "points-multiple": "20", "points-true_false": "10",
    }  # fmt: skip
    return form | changes


def send(browser, **changes):
    return browser.post(PAGE, data=filled(**changes), headers=HTML)


def newest() -> Paper:
    found = papers.paper(hall.POST)
    assert found is not None
    return found


class TestMatrix:
    def test_it_shows_what_is_there_and_what_the_bank_has(self, trainer):
        page = trainer.get(PAGE).get_data(as_text=True)
        assert "第 1 版" in page
        assert "考试正在用这一版" in page
        assert re.search(r'name="n-single-\d+"[^>]*value="4"', page)
        assert "可用 6" in page

    def test_totals_are_reckoned_without_script_and_nothing_is_kept(self, app, trainer):
        answer = send(trainer, do="check", **{"n-multiple-1": "5"})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "需 5 题，可用 3 题" in page
        assert "应为 100 分" in page
        with app.app_context():
            assert newest().version == 1

    def test_a_save_is_a_new_version_and_the_old_one_stays(self, app, trainer):
        answer = send(trainer, **{"least-single": "20"})
        assert answer.status_code == 303
        with app.app_context():
            first, second = papers.version(hall.POST, 1), newest()
            assert [(s.title, s.count) for s in first.sections][:2] == [("单选题", 4), ("多选题", 2)]
            assert len(first.sections) == 5
            assert (second.version, [s.picks for s in second.sections]) == (2, [[["受理规范", 4]], [["工单", 2]], []])
            assert second.sections[0].minimum == 20
            assert hall.exam(hall.POST).paper_id == first.id

    def test_the_same_again_is_no_new_version(self, app, trainer):
        send(trainer)
        send(trainer)
        with app.app_context():
            assert db.session.scalar(select(func.count()).where(Paper.family == hall.POST)) == 2

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"n-single-0": "四"}, "填 0 到 500 之间的整数"),
            ({"n-single-0": "9999"}, "填 0 到 500 之间的整数"),
            ({"points-single": "0"}, "每题的分值"),
            ({"points-single": "1e3"}, "每题的分值"),
            ({"points-single": "NaN"}, "每题的分值"),
            ({"least-single": "41"}, "最低分"),
            ({"courses": []}, "至少勾选一门课"),
            ({"n-single-0": "", "n-multiple-1": "", "n-true_false-2": ""}, "还没有题数"),
        ],
    )
    def test_what_cannot_be_read_comes_back_as_it_was_written(self, app, trainer, changes, words):
        answer = send(trainer, **changes)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
        with app.app_context():
            assert newest().version == 1

    def test_rows_may_be_competencies(self, app, trainer):
        form = {"rows": "competency", "row": ["K3", ""], "n-single-0": "4", "n-multiple-0": "2", "n-true_false-1": "2"}
        assert send(trainer, **form, **{"n-multiple-1": "", "n-true_false-2": ""}).status_code == 303
        with app.app_context():
            assert [s.picks for s in newest().sections] == [[["K3", 4]], [["K3", 2]], []]
        assert "K3 受理与记录" in trainer.get(PAGE).get_data(as_text=True)

    def test_who_may_not(self, app, trainer):
        with app.app_context(), transaction():
            local = factories.person("郑洁", roles=("trainer",), scope="own_unit").id
            learner = factories.person("陈实").id
        for person in (local, learner):
            browser = app.test_client()
            factories.sign_in(browser, person)
            assert browser.get(PAGE).status_code == 403
            assert send(browser).status_code == 403
            assert browser.post(f"{PAGE}/lock").status_code == 403
            assert browser.get(f"{PAGE}/samples").status_code == 403
        assert trainer.get("/training/exams/none/blueprint").status_code == 404
        assert trainer.get(f"{PAGE}?v=9").status_code == 404


class TestLock:
    def test_attempts_begun_later_are_drawn_from_it(self, app, trainer):
        with app.app_context(), transaction():
            before = actions.start(hall.exam(hall.POST), factories.person("陈实").id, "1").id
        send(trainer)
        assert trainer.post(f"{PAGE}/lock", data={"v": 2}).status_code == 303
        with app.app_context(), transaction():
            after = actions.start(hall.exam(hall.POST), factories.person("马晓").id, "1").id
            counts = dict(
                db.session.execute(
                    select(AttemptQuestion.attempt_id, func.count()).group_by(AttemptQuestion.attempt_id)
                ).all()
            )
            assert (counts[before], counts[after]) == (hall.COUNT, 8)
            assert newest().locked_at is not None

    @pytest.mark.parametrize(
        ("changes", "words"), [({"n-multiple-1": "4"}, "可用 3 题"), ({"points-single": "9"}, "应为 100 分")]
    )
    def test_what_nobody_could_sit_is_not_released(self, app, trainer, changes, words):
        points = {"points-multiple": "10"} if "n-multiple-1" in changes else {}
        send(trainer, **changes, **points)
        answer = trainer.post(f"{PAGE}/lock", data={"v": 2}, follow_redirects=True)
        assert words in answer.get_data(as_text=True)
        with app.app_context():
            assert hall.exam(hall.POST).paper.version == 1

    def test_twice_is_told(self, trainer):
        answer = trainer.post(f"{PAGE}/lock", data={"v": 1}, follow_redirects=True)
        assert "正在用它" in answer.get_data(as_text=True)

    def test_the_library_loaded_again_leaves_it_alone(self, app, trainer, folder):
        send(trainer)
        trainer.post(f"{PAGE}/lock", data={"v": 2})
        with app.app_context(), transaction():
            hall.load(folder)
            assert hall.exam(hall.POST).paper.version == 2


class TestSamples:
    def test_a_seed_gives_the_same_three_papers_with_their_overlap(self, trainer):
        first = trainer.get(f"{PAGE}/samples?seed=7").get_data(as_text=True)
        assert first == trainer.get(f"{PAGE}/samples?seed=7").get_data(as_text=True)
        assert "第 1 套和第 2 套" in first
        assert "的题干" in first
        assert first != trainer.get(f"{PAGE}/samples?seed=7&n=2").get_data(as_text=True)

    def test_without_a_seed_one_is_chosen_and_can_be_shared(self, trainer):
        assert re.search(r"seed=\d+", trainer.get(f"{PAGE}/samples").location)

    def test_a_paper_the_bank_cannot_fill_says_so(self, trainer):
        send(trainer, **{"n-multiple-1": "4", "points-multiple": "10"})
        assert "可用 3 题" in trainer.get(f"{PAGE}/samples?seed=7").get_data(as_text=True)
