"""Marking, rulings, objections, statistics and corrections through HTTP: they work; then each refusal; strangers."""

from datetime import date

import pytest
from sqlalchemy import select

from assessments.attempts.models import Attempt
from assessments.markers.models import Script
from assessments.marking.models import KeyRuling
from assessments.regrades.models import Objection
from assessments.statistics import sweep
from certificates.awards.models import PassProposal
from lms import jobs
from lms.db import db, transaction
from lms.jobs import Job
from tests import factories
from tests.assessments import hall

SAFE = {"Sec-Fetch-Site": "same-origin"}
NAME, NUMBER = "林晓岚", "A9876"


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(date(2026, 11, 24)):
        yield


@pytest.fixture
def house(app, context, written_library):
    """林晓岚 has a waiting written paper and a lost question; two trainers; HR; a stranger who trains elsewhere."""
    with transaction():
        lin = factories.person(NAME, staff_number=NUMBER, unit=factories.unit("T8", "受理八组"))
        teacher = factories.person("周敏", roles=("trainer",))
        hr = factories.person("何婷", roles=("hr",))
        elsewhere = factories.unit("T9", "受理九组")
        stranger = factories.person("别处", roles=("trainer",), scope="own_unit", unit=elsewhere)
        wrote = hall.wrote(lin.id).id
        sat = hall.sat(lin.id, hall.QUIZ, {2, 3, 4, 5, 7, 8, 9}).attempt_id
    return {"lin": lin.id, "teacher": teacher.id, "hr": hr.id, "stranger": stranger.id, "wrote": wrote, "sat": sat}


def browser(app, person_id: int):
    client = app.test_client()
    factories.sign_in(client, person_id)
    return client


def post(client, path: str, **data):
    return client.post(path, data=data, headers=SAFE)


def text(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def scripts() -> list[int]:
    return list(db.session.scalars(select(Script.id).order_by(Script.position)))


class TestMarking:
    URL = f"/training/marking/{hall.WRITTEN}"

    def test_one_answer_a_page_and_on_to_the_next_without_any_name(self, app, house):
        teacher = browser(app, house["teacher"])
        first, second = scripts()
        pages = [text(teacher, path) for path in ("/training/marking", self.URL, f"{self.URL}/{first}")]
        assert "先安抚再核实。" in pages[2]
        assert "参考答案" in pages[2]
        answer = post(teacher, f"{self.URL}/{first}", round="1", comment="语气稳", **{"points-0": "4", "points-1": "6"})
        assert answer.location.endswith(f"{self.URL}/{second}")
        answer = post(teacher, f"{self.URL}/{second}", round="1", **{"points-0": "4", "points-1": "6"})
        pages += [text(teacher, answer.location)]
        for page in pages:
            assert NAME not in page
            assert NUMBER not in page
            assert f"/attempts/{house['wrote']}" not in page
        mine = text(browser(app, house["lin"]), f"/attempts/{house['wrote']}/result?all=1")
        assert "语气稳" in mine
        assert "周敏" not in mine

    def test_a_gap_comes_back_with_what_was_given(self, app, house):
        answer = post(browser(app, house["teacher"]), f"{self.URL}/{scripts()[0]}", round="1", **{"points-0": "2"})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "还没有给分" in page
        assert 'value="2" checked' in page

    def test_strangers_and_learners(self, app, house):
        first = scripts()[0]
        assert browser(app, house["stranger"]).get(f"{self.URL}/{first}").status_code == 404
        assert browser(app, house["lin"]).get("/training/marking").status_code == 403
        assert browser(app, house["teacher"]).get(f"/training/marking/{hall.QUIZ}/{first}").status_code == 404
        with transaction():
            factories.grant(db.session.get(factories.Person, house["lin"]), "trainer")
        assert browser(app, house["lin"]).get(f"{self.URL}/{first}").status_code == 403

    def test_terms_are_set_by_who_works_for_everybody(self, app, house):
        url = f"{self.URL}/terms"
        assert browser(app, house["stranger"]).get(url).status_code == 403
        teacher = browser(app, house["teacher"])
        assert post(teacher, url, markers="2", threshold="x", days="5").status_code == 422
        assert post(teacher, url, markers="2", threshold="25", days="3").status_code == 303
        assert "两人各评一次" in text(teacher, self.URL)

    def test_the_result_page_says_what_is_waited_for(self, app, house):
        page = text(browser(app, house["lin"]), f"/attempts/{house['wrote']}/result")
        for words in ("已交卷，等待阅卷", "客观题满分 60 分", "有 2 道简答题由人评分，2026-12-01 前出成绩", "等待阅卷"):
            assert words in page


def lost_place(house) -> tuple[str, int]:
    """Code and position of the multiple choice that 林晓岚 lost."""
    attempt = db.session.get(Attempt, house["sat"])
    asked = next(one for one in attempt.questions if one.position == 6)
    return asked.version.question.code, 6


class TestObjection:
    def test_from_the_result_page_to_the_answer_and_the_ruling(self, app, house):
        code, n = lost_place(house)
        lin, teacher = browser(app, house["lin"]), browser(app, house["teacher"])
        url = f"/attempts/{house['sat']}/objections/{n}"
        assert url in text(lin, f"/attempts/{house['sat']}/result")
        assert post(lin, url, reason="不对").status_code == 422
        assert post(lin, url, reason="按新规第三条另一项也对").status_code == 303
        assert post(lin, url, reason="按新规第三条另一项也对").status_code == 422
        objection = db.session.scalars(select(Objection)).one().id
        assert NAME not in text(teacher, "/training/objections")
        assert NAME not in text(teacher, f"/training/objections/{objection}")
        assert browser(app, house["stranger"]).get(f"/training/objections/{objection}").status_code == 404
        assert post(teacher, f"/training/objections/{objection}", answer="成立，马上改").status_code == 422
        assert (
            post(teacher, f"/training/objections/{objection}", verdict="yes", answer="成立，马上改").status_code == 303
        )
        assert f"/training/questions/{code}/ruling" in text(teacher, f"/training/objections/{objection}")
        assert "成立，马上改" in text(lin, f"/attempts/{house['sat']}/result")

    def test_a_stranger_finds_nothing(self, app, house):
        assert browser(app, house["teacher"]).get(f"/attempts/{house['sat']}/objections/1").status_code == 404
        assert browser(app, house["lin"]).get(f"/attempts/{house['sat']}/objections/99").status_code == 404


class TestRuling:
    def ask(self, code: str, **more) -> dict:
        return {"v": "1", "kind": "full", "reason": "题干有误", "exam": "", "since": ""} | more

    def test_dry_run_then_confirm_then_job(self, app, house):
        code, _n = lost_place(house)
        teacher = browser(app, house["teacher"])
        assert "现在的正确答案" in text(teacher, f"/training/questions/{code}/ruling")
        page = teacher.get(f"/training/questions/{code}/ruling/preview", query_string=self.ask(code)).get_data(
            as_text=True
        )
        for words in ("影响 1 人的成绩", "1 人由未通过变为通过", NAME, "1-1-1-0"):
            assert words in page
        assert not db.session.scalars(select(KeyRuling)).all()
        answer = post(teacher, f"/training/questions/{code}/ruling", seen="1-1-1-0", **self.ask(code))
        assert answer.status_code == 303
        again = post(teacher, f"/training/questions/{code}/ruling", seen="1-1-1-0", **self.ask(code))
        assert again.status_code == 422
        jobs.run(db.session.scalars(select(Job.id)).one())
        assert "1 份成绩" in text(teacher, answer.location)
        mine = text(browser(app, house["lin"]), f"/attempts/{house['sat']}/result")
        assert "成绩已更正" in mine
        assert "通过了" in mine

    def test_what_was_not_looked_at_is_not_confirmed(self, app, house):
        code, _n = lost_place(house)
        answer = post(
            browser(app, house["teacher"]), f"/training/questions/{code}/ruling", seen="9-9-9-9", **self.ask(code)
        )
        assert answer.status_code == 422
        assert "名单变了" in answer.get_data(as_text=True)

    @pytest.mark.parametrize(
        "bad", [{"kind": "x"}, {"kind": "accept"}, {"kind": "accept", "keys": "Z"}, {"reason": ""}, {"since": "昨天"}]
    )
    def test_a_bad_form_comes_back(self, app, house, bad):
        code, _n = lost_place(house)
        answer = browser(app, house["teacher"]).get(
            f"/training/questions/{code}/ruling/preview", query_string=self.ask(code, **bad)
        )
        assert answer.status_code == 422

    def test_only_who_works_for_everybody_rules(self, app, house):
        code, _n = lost_place(house)
        assert browser(app, house["stranger"]).get(f"/training/questions/{code}/ruling").status_code == 403
        assert browser(app, house["lin"]).get(f"/training/questions/{code}/ruling").status_code == 403


class TestStatistics:
    URL = f"/training/exams/{hall.QUIZ}/statistics"

    def test_figures_charts_and_tables(self, app, house):
        page = text(browser(app, house["teacher"]), self.URL)
        for words in ("分数分布", "看成表格", "作答太少", "n = 1", "改判"):
            assert words in page
        sweep.refresh()
        assert "作答太少" in text(browser(app, house["hr"]), self.URL)

    def test_small_groups_are_shown_to_hr_alone(self, app, house):
        assert "受理八组" not in text(browser(app, house["teacher"]), self.URL)
        assert "受理八组" in text(browser(app, house["hr"]), self.URL)

    def test_an_exam_nobody_sat_and_who_may_not_look(self, app, house):
        assert "还没有人交卷" in text(browser(app, house["teacher"]), f"/training/exams/{hall.POST}/statistics")
        assert browser(app, house["lin"]).get(self.URL).status_code == 403
        assert browser(app, house["teacher"]).get("/training/exams/none/statistics").status_code == 404

    def test_queries_do_not_grow_with_people(self, app, house, count_queries):
        teacher = browser(app, house["teacher"])
        text(teacher, self.URL)
        count_queries.clear()
        text(teacher, self.URL)
        few = len(count_queries)
        with transaction():
            for n in range(6):
                hall.sat(factories.person(f"学员{n}").id)
        text(teacher, self.URL)
        count_queries.clear()
        text(teacher, self.URL)
        assert len(count_queries) == few


class TestCorrections:
    def test_hr_decides_with_a_reason(self, app, house):
        with transaction():
            attempt = db.session.get(Attempt, house["sat"])
            db.session.add(
                PassProposal(
                    result_id=attempt.result_id, attempt_id=attempt.id, person_id=house["lin"], score_before=85,
                    score_after=75, cause="题干有误", proposed_at=attempt.handed_in_at,
                )
            )  # fmt: skip
        found = db.session.scalars(select(PassProposal)).one().id
        hr, url = browser(app, house["hr"]), f"/staff/certificates/corrections/{found}"
        assert NAME in text(hr, "/staff/certificates/corrections")
        assert post(hr, url, decision="accept", reason="").status_code == 422
        assert post(hr, url, decision="leave", reason="核对后保留").status_code == 303
        assert "没有采纳" in text(hr, "/staff/certificates/corrections")
        assert browser(app, house["teacher"]).get("/staff/certificates/corrections").status_code == 403
        nothing = post(hr, "/staff/certificates/corrections/all", reason="按更正后的成绩")
        assert nothing.status_code == 422
        assert "没有可以一起换发的" in nothing.text
        assert post(hr, "/staff/certificates/corrections/999", decision="leave", reason="核对后保留").status_code == 404
        assert "没有待处理的更正" in text(hr, "/appraisals/corrections")
        assert browser(app, house["teacher"]).get("/appraisals/corrections").status_code == 403
