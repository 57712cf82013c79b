"""Writing, reviewing and bulk steps through the browser: what works, then each refusal."""

import pytest
from sqlalchemy import select

from assessments.bank import queries, source
from assessments.bank.models import QuestionMove
from lms import audit
from lms.db import db, transaction
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, text

BANK = "/training/questions"
SINGLE = {
    "type": "single", "topic": "受理规范", "difficulty": "easy", "competency": "K3", "stem": "几秒内应答？",
    "option-0": "10 秒", "option-1": "15 秒", "right": "1", "explanation": "以 15 秒为限。", "lesson": "", "tags": "",
}  # fmt: skip


@pytest.fixture
def trainers(app, library):
    return another(app, "顾明远", roles=("trainer",))[0], another(app, "周敏", roles=("trainer",))[0]


def edition(app, code):
    with app.app_context(), transaction(writes=False):
        return queries.question(code).edition


def state(app, code):
    """(state of the working copy, number of the version in use)."""
    with app.app_context(), transaction(writes=False):
        found = queries.question(code)
        return found.draft.state if found.draft else None, found.current.number if found.current else None


def form(app, code, **more):
    """What the editor would send of a question as it stands."""
    with app.app_context(), transaction(writes=False):
        found = queries.question(code)
        draft = source.latest_wording(found)
        values = {
            "edition": found.edition, "type": draft.type.value, "topic": draft.topic, "competency": draft.competency,
            "difficulty": draft.difficulty.value, "lesson": draft.lesson_code, "stem": draft.stem,
            "explanation": draft.explanation, "tags": " ".join(tag.label for tag in found.tags),
            "right": [str(n) for n, one in enumerate(draft.options) if one.is_right],
            "pin": [str(n) for n, one in enumerate(draft.options) if one.is_pinned],
            "basis": [f"{ref}#{clause}" if clause else ref for ref, clause in draft.basis],
        } | {f"option-{n}": one.text for n, one in enumerate(draft.options)}  # fmt: skip
    return values | more


def save(app, browser, code, do="save", **more):
    return browser.post(f"{BANK}/{code}", data=form(app, code, do=do, **more))


def step(app, browser, code, verb, **more):
    return browser.post(f"{BANK}/{code}/{verb}", data={"edition": edition(app, code)} | more)


def in_review(app, browser, code="t1-s1", stem="新的题干？"):
    assert save(app, browser, code, "send", stem=stem).status_code == 303
    assert state(app, code) == ("in_review", 1)


class TestWriting:
    def test_a_saved_wording_waits_and_the_published_one_is_asked_on(self, app, trainers):
        mine, _ = trainers
        assert save(app, mine, "t1-s1", stem="新的题干？").status_code == 303
        assert state(app, "t1-s1") == ("draft", 1)
        page = text(mine, f"{BANK}/t1-s1")
        assert "新的题干" in page
        assert "在用第 1 版" in page
        with app.app_context(), transaction(writes=False):
            assert queries.question("t1-s1").current.stem_text == "t1-s1 的题干？"
            assert len(queries.candidates(["T1"])) == 13

    def test_saying_what_is_published_makes_no_draft(self, app, trainers):
        assert save(app, trainers[0], "t1-m1").status_code == 303
        assert state(app, "t1-m1") == (None, 1)

    def test_of_two_who_write_the_second_sees_both_texts(self, app, trainers):
        mine, theirs = trainers
        seen = form(app, "t1-s1", do="save")
        assert theirs.post(f"{BANK}/t1-s1", data=seen | {"stem": "对方的题干？"}).status_code == 303
        answer = mine.post(f"{BANK}/t1-s1", data=seen | {"stem": "我的题干？"})
        assert answer.status_code == 409
        assert "对方的题干" in answer.text
        assert "我的题干" in answer.text
        assert "周敏" in answer.text
        with app.app_context(), transaction(writes=False):
            assert queries.question("t1-s1").draft.stem_text == "对方的题干？"

    def test_steps_on_the_form_save_nothing(self, app, trainers):
        mine, _ = trainers
        for do, seen in (
            ("add", 'name="option-3"'),
            ("type", 'name="option-0"'),
            ("remove:0", "错二"),
            ("up:9", "错一"),
        ):
            answer = mine.post(f"{BANK}/t1-s1", data=form(app, "t1-s1", do=do))
            assert answer.status_code == 200
            assert seen in answer.text
        moved = mine.post(f"{BANK}/t1-s1", data=form(app, "t1-s1", do="up:1")).text
        assert moved.index(">\n对</textarea>") < moved.index(">\n错一</textarea>")
        assert state(app, "t1-s1") == (None, 1)

    def test_a_text_that_would_break_the_file_is_refused_beside_its_field(self, app, trainers):
        answer = save(app, trainers[0], "t1-s1", stem="问？\n- [x] 藏在题干里的选项")
        assert answer.status_code == 422
        assert "题干里不能有" in answer.text
        assert 'href="#stem"' in answer.text
        assert "藏在题干里的选项" in answer.text

    def test_html_of_an_author_is_shown_and_never_run(self, app, trainers):
        answer = trainers[0].post("/training/bank/preview", data=SINGLE | {"stem": "<script>alert(1)</script> **粗**"})
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        assert "<strong>粗</strong>" in answer.text

    @pytest.mark.parametrize("kind", ["single", "multiple", "true_false", "fill_in", "numeric", "nonsense"])
    def test_a_new_question_of_each_type(self, app, trainers, kind):
        mine, _ = trainers
        assert mine.get("/training/bank/new").status_code == 200
        assert mine.post("/training/bank/new", data=SINGLE | {"type": kind, "do": "type"}).status_code == 200
        more = {
            "right": ["0", "1"],
            "truth": "wrong",
            "accepted": "12388\n纪检热线",
            "number": "95",
            "tolerance": "0.5",
        }
        more |= {"right": "1"} if kind in {"single", "nonsense"} else {}
        answer = mine.post("/training/bank/new", data=SINGLE | more | {"type": kind, "course": "T1", "unit": "%"})
        assert answer.status_code == 303
        code = answer.location.rpartition("/")[2]
        assert code == "t1-w001"
        assert state(app, code) == ("draft", None)
        assert text(mine, f"{BANK}/{code}").count("送审以前还要补") == 0

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"stem": " "}, "先写题干"),
            ({"course": "T9"}, "选一门课"),
            ({"tags": "很长很长很长很长很长很长很长很长很长很长的标签"}, "太长"),
            ({"type": "numeric", "number": "很多"}, "答案应是一个数"),
            ({"type": "numeric", "number": "5", "tolerance": "-1"}, "不小于 0"),
            ({"stem": "长" * 4001}, "最多 4000 个字"),
        ],
    )
    def test_a_bad_new_question_keeps_what_was_written(self, trainers, more, words):
        answer = trainers[0].post("/training/bank/new", data=SINGLE | {"course": "T1", "do": "save"} | more)
        assert answer.status_code == 422
        assert words in answer.text
        assert "以 15 秒为限" in answer.text

    def test_a_policy_is_cited_by_search(self, app, trainers):
        with app.app_context(), transaction():
            hall.policies()
        mine, _ = trainers
        found = mine.post(f"{BANK}/t1-s1", data=form(app, "t1-s1", do="find", find="热线服务规范 3.6")).text
        assert 'value="cite:GB/T33358-2016#3.6"' in found
        cited = mine.post(f"{BANK}/t1-s1", data=form(app, "t1-s1", do="cite:GB/T33358-2016#3.6")).text
        assert 'name="basis" value="GB/T33358-2016#3.6"' in cited
        assert "没有找到" in mine.post(f"{BANK}/t1-s1", data=form(app, "t1-s1", do="find", find="没有这条")).text
        assert save(app, mine, "t1-s1", "send", basis="不存在的法#1").status_code == 422

    def test_a_copy_is_a_draft_of_its_own(self, app, trainers):
        answer = trainers[0].post(f"{BANK}/t1-m1/copy")
        assert answer.status_code == 303
        assert state(app, "t1-w001") == ("draft", None)


class TestReview:
    def test_two_people_stand_behind_a_version(self, app, trainers):
        mine, theirs = trainers
        in_review(app, mine)
        assert step(app, mine, "t1-s1", "publish").status_code == 409
        assert step(app, theirs, "t1-s1", "publish").status_code == 303
        assert state(app, "t1-s1") == (None, 2)
        with app.app_context(), transaction(writes=False):
            assert queries.question("t1-s1").current.stem_text == "新的题干？"
            verbs = db.session.scalars(select(audit.AuditLine.verb).where(audit.AuditLine.kind == "question")).all()
            assert {"question.save", "question.send", "question.publish"} <= set(verbs)
        assert "题目 t1-s1 已发布" in text(mine, "/notices")

    def test_what_is_missing_keeps_a_draft_from_review_and_is_kept(self, app, trainers):
        answer = save(app, trainers[0], "t1-s1", "send", explanation="")
        assert answer.status_code == 422
        assert "没有解析" in answer.text
        assert state(app, "t1-s1") == ("draft", 1)

    def test_returned_with_a_comment(self, app, trainers):
        mine, theirs = trainers
        in_review(app, mine)
        assert step(app, theirs, "t1-s1", "return", words=" ").status_code == 409
        assert step(app, theirs, "t1-s1", "return", words="题干说清是哪种来电").status_code == 303
        assert "题干说清是哪种来电" in text(mine, f"{BANK}/t1-s1")
        assert save(app, mine, "t1-s1", "send", stem="来电接入后几秒内应答？").status_code == 303
        assert state(app, "t1-s1") == ("in_review", 1)

    def test_nobody_writes_on_what_is_in_review(self, app, trainers):
        mine, theirs = trainers
        in_review(app, mine)
        assert save(app, theirs, "t1-s1", stem="改一下").status_code == 409
        assert step(app, mine, "t1-s1", "withdraw").status_code == 303
        assert save(app, theirs, "t1-s1", stem="改一下").status_code == 303
        assert state(app, "t1-s1") == ("draft", 1)

    def test_a_second_click_and_a_stale_page_are_harmless(self, app, trainers):
        mine, theirs = trainers
        in_review(app, mine)
        seen = edition(app, "t1-s1")
        assert theirs.post(f"{BANK}/t1-s1/publish", data={"edition": seen}).status_code == 303
        assert theirs.post(f"{BANK}/t1-s1/publish", data={"edition": seen}).status_code == 409
        assert theirs.post(f"{BANK}/t1-s1/withdraw").status_code == 409
        assert state(app, "t1-s1") == (None, 2)

    def test_given_up_changes_leave_the_version(self, app, trainers):
        mine, _ = trainers
        save(app, mine, "t1-s1", stem="改一下")
        assert step(app, mine, "t1-s1", "discard").status_code == 303
        assert state(app, "t1-s1") == (None, 1)
        assert step(app, mine, "t1-s1", "discard").status_code == 409

    def test_retired_with_a_reason_and_back(self, app, trainers):
        mine, _ = trainers
        assert step(app, mine, "t1-s1", "retire").status_code == 409
        assert step(app, mine, "t1-s1", "retire", words="政策已变").status_code == 303
        assert "政策已变" in text(mine, f"{BANK}/t1-s1")
        with app.app_context(), transaction(writes=False):
            assert len(queries.candidates(["T1"])) == 12
        assert save(app, mine, "t1-s1", stem="改一下").status_code == 409
        assert step(app, mine, "t1-s1", "restore", words="核对过了").status_code == 303
        with app.app_context(), transaction(writes=False):
            assert len(queries.candidates(["T1"])) == 13
            assert [move.verb for move in db.session.scalars(select(QuestionMove))] == ["retired", "restored"]


class TestBulk:
    def test_first_a_look_then_the_doing(self, app, trainers):
        mine, theirs = trainers
        save(app, mine, "t1-s1", stem="一？")
        picks = [f"{code}:{edition(app, code)}" for code in ("t1-s1", "t1-s2")]
        look = mine.post("/training/bank/steps", data={"do": "send", "pick": picks})
        assert "会处理 1 题，另有 1 题不动" in look.text
        assert state(app, "t1-s1") == ("draft", 1)
        assert (
            mine.post("/training/bank/steps", data={"do": "send", "pick": picks, "confirmed": "1"}).status_code == 303
        )
        assert state(app, "t1-s1") == ("in_review", 1)
        picks = [f"t1-s1:{edition(app, 't1-s1')}"]
        theirs.post("/training/bank/steps", data={"do": "publish", "pick": picks, "confirmed": "1"})
        assert state(app, "t1-s1") == (None, 2)

    def test_a_question_changed_since_the_look_stays(self, app, trainers):
        mine, _ = trainers
        picks = [f"t1-s1:{edition(app, 't1-s1')}"]
        save(app, mine, "t1-s1", stem="一？")
        answer = mine.post(
            "/training/bank/steps", data={"do": "retire", "pick": picks, "confirmed": "1", "words": "旧"},
            follow_redirects=True,
        )  # fmt: skip
        assert "1 题没有动" in answer.text
        assert state(app, "t1-s1") == ("draft", 1)

    def test_reasons_and_tags_are_asked_for(self, app, trainers):
        mine, _ = trainers
        data = {"pick": [f"t1-s1:{edition(app, 't1-s1')}", "none:1", "t1-s2:x"], "confirmed": "1"}
        assert mine.post("/training/bank/steps", data=data | {"do": "retire"}).status_code == 422
        assert mine.post("/training/bank/steps", data=data | {"do": "tag"}).status_code == 422
        assert mine.post("/training/bank/steps", data=data | {"do": "tag", "words": "供暖 新人"}).status_code == 303
        assert "t1-s1" in text(mine, f"{BANK}?tag=供暖")
        assert mine.post("/training/bank/steps", data={"do": "nonsense"}).status_code == 303


class TestStrangers:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", BANK), ("get", f"{BANK}/t1-s1"), ("post", f"{BANK}/t1-s1"), ("post", f"{BANK}/t1-s1/publish"),
            ("get", "/training/bank/new"), ("post", "/training/bank/steps"), ("get", "/training/bank/questions.xlsx"),
            ("post", "/training/bank/preview"), ("post", f"{BANK}/t1-s1/copy"), ("get", "/imports/questions/new"),
        ],
    )  # fmt: skip
    def test_learners_have_no_business_here(self, app, trainers, method, path):
        learner, _ = another(app, "林晓岚")
        assert getattr(learner, method)(path).status_code in {403, 404}

    @pytest.mark.parametrize("path", [f"{BANK}/none", f"{BANK}/none/publish", f"{BANK}/t1-s1/nonsense"])
    def test_what_never_was(self, trainers, path):
        assert trainers[0].post(path, data={"do": "save"}).status_code == 404
