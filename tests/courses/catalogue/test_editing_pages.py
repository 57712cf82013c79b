"""Trainers' pages: writing, saving, conflicts, review, publishing, history; and what strangers and bad input get."""

import io
import re
from html import unescape

import pytest
from sqlalchemy import select

from courses.catalogue import queries
from courses.catalogue.actions import drafts
from courses.catalogue.models import DraftCopy, DraftState, LessonVersion
from lms import clock
from lms.db import db, transaction
from lms.notices.models import Notice
from tests.courses import shelf
from tests.courses.catalogue import desk
from tests.courses.catalogue.desk import CODE, DRAFT, HTML, JSON

PUBLICATION = f"/training/lessons/{CODE}/publication"
REVIEW = f"/training/lessons/{CODE}/review"
VERSIONS = f"/training/lessons/{CODE}/versions"
MORE = "\n再核对一遍门牌号。\n"


@pytest.fixture
def people(app, tmp_path) -> dict[str, int]:
    return desk.furnish(app, tmp_path)


@pytest.fixture
def zhou(app, people):
    return desk.browser(app, people["周敏"])


@pytest.fixture
def gu(app, people):
    return desk.browser(app, people["顾明"])


@pytest.fixture
def learner(app, people):
    return desk.browser(app, people["学员"])


def form(app, extra: str = MORE, revision: int = 0, **more) -> dict:
    with app.app_context():
        return desk.sent(desk.text(extra), revision, **more)


def saves(app) -> str:
    """What an editor that has just opened would send as its revision."""
    with app.app_context():
        return str(queries.unit(CODE).saves)


def get(client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == status, answer.text[:1500]
    return answer.text


def post(client, address: str, data: dict, status: int = 303, headers=HTML):
    answer = client.post(address, data=data, headers=headers)
    assert answer.status_code == status, answer.text[:1500]
    return answer


def kept(app):
    with app.app_context():
        row = queries.draft(queries.unit(CODE).id)
        db.session.expunge_all()
        return row


def newest(app) -> LessonVersion:
    with app.app_context():
        row = queries.current_version(queries.unit(CODE).id)
        db.session.expunge_all()
        return row


class TestWho:
    ADDRESSES = (
        "/training/courses", "/training/courses/new", "/training/courses/T1", DRAFT, PUBLICATION, REVIEW, VERSIONS,
        "/training/policies?q=x",
    )  # fmt: skip

    @pytest.mark.parametrize("name", ["学员", "分部"])
    def test_learners_and_trainers_of_one_unit_may_not(self, app, people, name):
        client = desk.browser(app, people[name])
        for address in self.ADDRESSES:
            get(client, address, 403)

    def test_a_learner_cannot_save_upload_or_publish(self, app, learner):
        for address in (DRAFT, f"{DRAFT}/preview", f"{DRAFT}/tools", "/training/pictures", PUBLICATION, REVIEW,
                        f"/training/lessons/{CODE}/restoration", f"/training/lessons/{CODE}/retirement",
                        "/training/courses/T1", "/training/courses/T1/opening"):  # fmt: skip
            post(learner, address, {}, 403)
        assert kept(app) is None

    @pytest.mark.parametrize("address", ["/training/courses/X9", "/training/lessons/no-such/draft"])
    def test_what_is_not_there_is_not_found(self, zhou, address):
        get(zhou, address, 404)


class TestEditor:
    def test_it_opens_with_what_learners_have_and_its_preview_is_what_is_stored(self, app, zhou):
        page = get(zhou, DRAFT)
        assert "来电人只想说一遍" in page
        assert newest(app).html in page
        assert "草稿会自动保存" in page

    def test_saving_keeps_a_draft_and_learners_keep_the_published(self, app, zhou, learner):
        post(zhou, DRAFT, form(app))
        assert "再核对一遍门牌号" in kept(app).source
        assert "再核对一遍门牌号" not in get(learner, f"/lessons/{CODE}")
        assert "再核对一遍门牌号" in get(zhou, DRAFT)
        assert newest(app).number == 1

    def test_an_unchanged_text_is_no_draft(self, app, zhou):
        post(zhou, DRAFT, form(app, ""))
        assert kept(app) is None

    def test_script_saves_and_is_told_the_revision_and_the_time(self, app, zhou):
        answer = post(zhou, DRAFT, form(app), 200, JSON).get_json()
        assert answer["revision"] == 1
        assert re.fullmatch(r"\d\d:\d\d 已保存", answer["words"])
        again = post(zhou, DRAFT, form(app, "", revision=1, source="甲" * 30), 200, JSON).get_json()
        assert again["revision"] == 2

    def test_a_double_click_is_no_conflict(self, app, zhou):
        data = form(app)
        for _ in range(2):
            post(zhou, DRAFT, data)
        assert kept(app).revision == 1

    def test_the_preview_is_the_rendering(self, app, zhou):
        answer = post(zhou, f"{DRAFT}/preview", {"source": newest(app).source}, 200, JSON).get_json()
        assert answer["html"] == newest(app).html
        assert "分钟" in answer["words"]

    @pytest.mark.parametrize(
        "piece",
        ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "[点我](javascript:alert(1))",
         "![x](https://evil.example/x.png)", '## 题 {#a" onclick="alert(1)}'],
    )  # fmt: skip
    def test_hostile_text_stays_harmless(self, app, zhou, piece):
        post(zhou, DRAFT, form(app, f"\n{piece}\n"))
        page = get(zhou, DRAFT)
        prose = page.partition("data-prose>")[2].partition("data-preview-said")[0]
        assert prose
        for bad in ("<script>alert", "<img src=x", 'href="javascript:', 'evil.example/x.png"', 'onclick="'):
            assert bad not in prose
        fragment = post(zhou, f"{DRAFT}/preview", {"source": piece}, 200, JSON).get_json()["html"]
        assert "<script" not in fragment
        assert 'href="javascript' not in fragment

    def test_five_megabytes_are_refused_with_the_text_kept(self, app, zhou):
        big = "长" * 1_700_000
        body = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("title", "题"), ("revision", "0"), ("source", big))
        )  # as the editor's form sends it; the test client would keep so much in a temporary file
        kind = "multipart/form-data; boundary=x"
        answer = zhou.post(DRAFT, data=f"{body}--x--\r\n".encode(), headers=HTML, content_type=kind)
        assert answer.status_code == 422
        assert "正文超过 200,000 个字" in answer.text
        assert big in answer.text
        assert kept(app) is None

    def test_a_text_that_is_too_long_is_said_to_script(self, app, zhou):
        big = "长" * 200_001
        said = post(zhou, DRAFT, form(app, source=big), 422, JSON).get_json()
        assert "内容还在本页" in said["sentence"]
        assert post(zhou, f"{DRAFT}/preview", {"source": big}, 422, JSON).get_json()["sentence"]

    @pytest.mark.parametrize(("field", "value"), [("minutes", "0"), ("minutes", "999"), ("title", "长" * 81)])
    def test_bad_fields_are_named_and_the_text_kept(self, app, zhou, field, value):
        page = post(zhou, DRAFT, form(app, **{field: value}), 422).text
        assert f'href="#{field}"' in page
        assert "再核对一遍门牌号" in page

    def test_a_line_of_the_checklist_is_shown(self, zhou):
        assert "第 1 行：来电人只想说一遍。" in get(zhou, f"{DRAFT}?line=1")
        get(zhou, f"{DRAFT}?line=99999999999")


class TestToolsWithoutScript:
    def test_a_block_is_appended_and_nothing_is_saved(self, app, zhou):
        page = post(zhou, f"{DRAFT}/tools", form(app, block="随堂一问"), 200).text
        assert f":::随堂一问 {CODE}-q2" in page
        assert "还没有保存" in page
        assert kept(app) is None

    def test_policies_are_found_and_inserted(self, app, zhou):
        page = post(zhou, f"{DRAFT}/tools", form(app, tool="policies", policy_words="没有这个"), 200).text
        assert "政策库里没有找到" in page
        page = post(zhou, f"{DRAFT}/tools", form(app, cite="GB/T33358-2016#3.6"), 200).text
        assert ":::政策依据 GB/T33358-2016#3.6" in page

    def test_a_picture_wants_alternative_text_and_keeps_the_words(self, app, zhou):
        data = form(app, tool="picture", alt="")
        data["picture"] = (io.BytesIO(b"x"), "a.png")
        page = post(zhou, f"{DRAFT}/tools", data, 422).text
        assert "写上替代文字" in page
        assert "再核对一遍门牌号" in page


class TestConflict:
    def test_the_second_person_gets_409_with_both_texts(self, app, zhou, gu):
        mine = form(app, "\n周敏写的。\n")
        theirs = form(app, "\n顾明写的。\n")
        post(zhou, DRAFT, mine)
        page = post(gu, DRAFT, theirs, 409).text
        assert "周敏写的。" in page
        assert "顾明写的。" in page
        assert "周敏" in page
        assert "周敏写的" in kept(app).source

    def test_script_is_told_without_losing_anything(self, app, zhou, gu):
        post(zhou, DRAFT, form(app, "\n周敏写的。\n"))
        answer = post(gu, DRAFT, form(app, "\n顾明写的。\n"), 409, JSON).get_json()
        assert answer["conflict"] is True
        assert "周敏写的" in kept(app).source

    def test_two_tabs_of_one_person_conflict_too(self, app, zhou):
        post(zhou, DRAFT, form(app, "\n第一页。\n"))
        post(zhou, DRAFT, {**form(app, "\n第二页。\n"), "revision": "0"}, 409)

    def test_choosing_ones_own_keeps_the_other_aside(self, app, zhou, gu):
        first, second = form(app, "\n周敏写的。\n"), form(app, "\n顾明写的。\n")
        post(zhou, DRAFT, first)
        post(gu, DRAFT, second, 409)
        post(gu, DRAFT, {**second, "revision": "1", "over": "1"})
        assert "顾明写的" in kept(app).source
        with app.app_context():
            copy = db.session.scalars(select(DraftCopy)).one()
            assert "周敏写的" in copy.source
            assert copy.author == "周敏"
        assert "换下的草稿" in get(gu, VERSIONS)

    def test_choosing_the_others_keeps_ones_own_aside(self, app, zhou, gu):
        first, second = form(app, "\n周敏写的。\n"), form(app, "\n顾明写的。\n")
        post(zhou, DRAFT, first)
        post(gu, DRAFT, {**second, "revision": "1", "over": "1", "keep": "theirs"})
        assert "周敏写的" in kept(app).source
        with app.app_context():
            assert "顾明写的" in db.session.scalars(select(DraftCopy.source)).one()

    def test_a_third_save_meanwhile_is_a_conflict_again(self, app, zhou, gu):
        second = form(app, "\n顾明写的。\n")
        post(zhou, DRAFT, form(app, "\n周敏写的。\n"))
        post(zhou, DRAFT, {**form(app, "\n又改。\n"), "revision": "1"})
        post(gu, DRAFT, {**second, "revision": "1", "over": "1"}, 409)
        assert "又改" in kept(app).source

    def test_an_editor_opened_before_a_publication_does_not_undo_it(self, app, zhou, gu):
        stale = form(app, "\n顾明接着旧的写。\n")
        post(zhou, DRAFT, form(app))
        post(zhou, PUBLICATION, {"revision": "1", "note": "改"})
        assert "已发布的第 2 版" in post(gu, DRAFT, stale, 409).text
        assert kept(app) is None

    def test_a_stale_window_does_not_write_into_the_next_draft(self, app, zhou, gu):
        post(zhou, DRAFT, form(app, "\n第一份。\n"))
        post(zhou, f"{DRAFT}/discard", {"revision": "1"})
        post(gu, DRAFT, {**form(app, "\n第二份。\n"), "revision": saves(app)})
        post(zhou, DRAFT, {**form(app, "\n第一份，接着写。\n"), "revision": "1"}, 409)
        assert "第二份" in kept(app).source

    def test_a_draft_published_meanwhile_is_a_conflict_with_the_version(self, app, zhou, gu):
        data = form(app, "\n顾明写的。\n")
        post(zhou, DRAFT, form(app))
        post(gu, DRAFT, {**data, "revision": "1"})
        post(zhou, PUBLICATION, {"revision": "2", "note": "改"})
        page = post(gu, DRAFT, {**data, "revision": "2", "source": "我后来写的"}, 409).text
        assert "已发布的第 2 版" in page
        assert "我后来写的" in page


class TestPublishing:
    def test_the_checklist_names_gaps_with_their_lines(self, app, zhou):
        post(zhou, DRAFT, form(app, "\n![](/files/a.png)\n\n:::要点\n:::\n"))
        page = get(zhou, PUBLICATION)
        assert "没有替代文字" in page
        assert f'href="{DRAFT}?line=' in page
        assert "块是空的" in page
        assert "发布第 2 版" not in page
        answer = post(zhou, PUBLICATION, {"revision": "1", "note": "改"}, 409).text
        assert "要补" in answer
        assert newest(app).number == 1

    def test_published_text_is_the_preview_and_learners_see_what_changed(self, app, zhou, learner):
        post(zhou, DRAFT, form(app, next="publication"))
        fragment = post(zhou, f"{DRAFT}/preview", {"source": kept(app).source}, 200, JSON).get_json()["html"]
        page = get(zhou, PUBLICATION)
        assert "发布第 2 版" in page
        post(zhou, PUBLICATION, {"revision": "1", "note": "加一句核对"})
        version = newest(app)
        assert (version.number, version.html, version.author, version.note) == (2, fragment, "周敏", "加一句核对")
        assert kept(app) is None
        page = get(learner, f"/lessons/{CODE}")
        assert "再核对一遍门牌号" in page
        assert "加一句核对" in page

    def test_a_reader_in_the_middle_keeps_the_version(self, app, zhou, learner):
        get(learner, f"/lessons/{CODE}")
        post(zhou, DRAFT, form(app))
        post(zhou, PUBLICATION, {"revision": "1", "note": "改"})
        assert "再核对一遍门牌号" not in get(learner, f"/lessons/{CODE}")

    def test_a_version_without_its_reason_is_refused(self, app, zhou):
        post(zhou, DRAFT, form(app))
        assert "写一句这次改了什么" in post(zhou, PUBLICATION, {"revision": "1", "note": "  "}, 409).text

    def test_a_draft_that_changed_after_the_checklist_is_not_published(self, app, zhou, gu):
        post(zhou, DRAFT, form(app))
        post(gu, DRAFT, {**form(app, "\n顾明又加。\n"), "revision": "1"})
        assert "又改过" in post(zhou, PUBLICATION, {"revision": "1", "note": "改"}, 409).text
        assert newest(app).number == 1

    def test_a_double_click_publishes_once(self, app, zhou):
        post(zhou, DRAFT, form(app))
        for _ in range(2):
            post(zhou, PUBLICATION, {"revision": "1", "note": "改"})
        assert newest(app).number == 2

    def test_without_a_draft_there_is_nothing_to_publish(self, zhou):
        assert zhou.get(PUBLICATION, headers=HTML).status_code == 303


class TestReview:
    def send(self, app, client):
        post(client, DRAFT, form(app))
        post(client, REVIEW, {"revision": "1", "note": "加一句核对"})

    def ask(self, client):
        page = get(client, "/training/courses/T1")
        data = dict(re.findall(r'name="(title|title_en|hours_target|validity_months|owner)"[^>]*value="([^"]*)"', page))
        data |= {"track": "C", "competencies": ["K3"], "summary_text": "学完能接电话。", "needs_review": "y"}
        post(client, "/training/courses/T1", {key: unescape(v) if isinstance(v, str) else v for key, v in data.items()})

    def test_a_colleague_sees_the_difference_and_publishes(self, app, zhou, gu, people):
        self.send(app, zhou)
        assert "先听后问" not in get(gu, REVIEW)
        page = get(gu, REVIEW)
        assert "<ins>再核对一遍门牌号。</ins>" in page
        assert "加一句核对" in page
        assert "第 1 步" in get(gu, "/desk")
        post(gu, PUBLICATION, {"revision": "1", "note": ""})
        version = newest(app)
        assert (version.author, version.reviewer, version.note) == ("周敏", "顾明", "加一句核对")
        with app.app_context():
            assert "已发布" in db.session.scalars(select(Notice.title).where(Notice.person_id == people["周敏"])).one()

    def test_while_it_waits_it_stands_still_until_taken_back(self, app, zhou):
        self.send(app, zhou)
        page = post(zhou, DRAFT, {**form(app, "\n还想改。\n"), "revision": "1"}, 409).text
        assert "正在等待审阅" in page
        assert "还想改。" in page
        assert post(zhou, DRAFT, {**form(app, "\n还想改。\n"), "revision": "1"}, 409, JSON).get_json()["sentence"]
        post(zhou, f"{REVIEW}/withdrawal", {})
        post(zhou, DRAFT, {**form(app, "\n还想改。\n"), "revision": "1"})
        assert kept(app).state == DraftState.editing

    def test_it_comes_back_with_a_remark(self, app, zhou, gu, people):
        self.send(app, zhou)
        assert "写一句要改什么" in post(gu, f"{REVIEW}/return", {"revision": "1", "remark": ""}, 409).text
        post(gu, f"{REVIEW}/return", {"revision": "1", "remark": "门牌号前加上路名"})
        assert "门牌号前加上路名" in get(zhou, DRAFT)
        with app.app_context():
            assert db.session.scalars(select(Notice).where(Notice.person_id == people["周敏"])).one().body
        assert gu.post(f"{REVIEW}/return", data={"revision": "1", "remark": "又"}, headers=HTML).status_code == 303

    def test_a_course_that_asks_for_review_is_not_published_by_its_author(self, app, zhou, gu):
        self.ask(zhou)
        post(zhou, DRAFT, form(app))
        assert "发布第 2 版" not in get(zhou, PUBLICATION)
        assert "先送审" in post(zhou, PUBLICATION, {"revision": "1", "note": "改"}, 409).text
        post(zhou, REVIEW, {"revision": "1", "note": "改"})
        post(zhou, PUBLICATION, {"revision": "1", "note": "改"}, 409)
        assert "要由另一位培训师审阅发布" in get(zhou, REVIEW)
        assert newest(app).number == 1
        post(gu, PUBLICATION, {"revision": "1", "note": ""})
        assert newest(app).number == 2


class TestHistory:
    def test_it_says_who_when_why_and_how_many_read(self, app, zhou, learner):
        get(learner, f"/lessons/{CODE}")
        post(zhou, DRAFT, form(app))
        post(zhou, PUBLICATION, {"revision": "1", "note": "加一句核对"})
        page = get(zhou, VERSIONS)
        for words in ("第 2 版", "周敏", "加一句核对", "课程库", "1 人", "0 人", f"{clock.today():%Y-%m-%d}"):
            assert words in page
        assert "<ins>再核对一遍门牌号。</ins>" in get(zhou, f"{VERSIONS}?from=1&to=2")
        get(zhou, f"{VERSIONS}?from=x&to=99")

    def test_restoring_makes_a_draft_and_rewrites_nothing(self, app, zhou):
        before = newest(app).html
        post(zhou, DRAFT, form(app))
        post(zhou, PUBLICATION, {"revision": "1", "note": "改"})
        post(zhou, f"/training/lessons/{CODE}/restoration", {"text": "1"})
        assert newest(app).number == 2
        assert "再核对一遍门牌号" not in kept(app).source
        post(zhou, PUBLICATION, {"revision": saves(app), "note": "改回"})
        assert (newest(app).number, newest(app).html) == (3, before)
        with app.app_context():
            assert [one.number for one in queries.versions(queries.unit(CODE).id)] == [3, 2, 1]

    def test_a_draft_in_work_is_kept_aside(self, app, zhou):
        post(zhou, DRAFT, form(app))
        post(zhou, PUBLICATION, {"revision": "1", "note": "改"})
        post(zhou, DRAFT, {**form(app, "\n正在写。\n"), "revision": saves(app)})
        post(zhou, f"/training/lessons/{CODE}/restoration", {"text": "1"})
        with app.app_context():
            copy = db.session.scalars(select(DraftCopy)).one()
            assert "正在写" in copy.source
        post(zhou, f"/training/lessons/{CODE}/restoration", {"text": f"copy-{copy.id}"})
        assert "正在写" in kept(app).source

    @pytest.mark.parametrize("text", ["", "draft", "99", "copy-7", "x"])
    def test_what_is_not_there_cannot_be_restored(self, app, zhou, text):
        post(zhou, DRAFT, form(app))
        post(zhou, f"/training/lessons/{CODE}/restoration", {"text": text}, 404)

    def test_giving_up_keeps_the_text(self, app, zhou):
        post(zhou, DRAFT, form(app))
        post(zhou, f"{DRAFT}/discard", {"revision": "0"})
        assert kept(app) is not None
        post(zhou, f"{DRAFT}/discard", {"revision": "1"})
        assert kept(app) is None
        assert "放弃了草稿" in get(zhou, VERSIONS)

    def test_the_page_costs_the_same_whatever_the_history(self, app, zhou, count_queries):
        post(zhou, DRAFT, form(app))
        get(zhou, VERSIONS)
        count_queries.clear()
        get(zhou, VERSIONS)
        few = len(count_queries)
        for n in range(3):
            post(zhou, PUBLICATION, {"revision": saves(app), "note": "改"})
            post(zhou, DRAFT, {**form(app, f"\n又一句{n}。\n"), "revision": saves(app)})
        count_queries.clear()
        get(zhou, VERSIONS)
        assert len(count_queries) <= few


class TestCourses:
    NEW = {
        "code": "C9", "title": "新课", "title_en": "", "track": "C", "hours_target": "1.5", "validity_months": "12",
        "competencies": ["K3", "K5"], "owner": "培训科", "summary_text": "学完能写工单。",
    }  # fmt: skip

    def test_the_list_shows_drafts_and_filters(self, app, zhou):
        post(zhou, DRAFT, form(app))
        page = get(zhou, "/training/courses")
        assert "接线入门" in page
        assert "1 份草稿" in page
        assert "没有符合条件的课程" in get(zhou, "/training/courses?state=review")
        assert "接线入门" in get(zhou, "/training/courses?state=drafts&q=接线")

    def test_a_new_course_grows_from_nothing_to_its_learners(self, app, zhou, learner):
        post(zhou, "/training/courses/new", self.NEW)
        get(learner, "/courses/C9", 404)
        page = client_follow(zhou, "/training/courses/C9/opening", {"is_open": "1"})
        assert "还没有发布的课节" in page
        post(zhou, "/training/courses/C9/lessons", {"code": "c9-write", "title": "写清五件事"})
        get(learner, "/lessons/c9-write", 409)
        with app.app_context():
            source = desk.text(code=CODE).source.replace(CODE, "c9-write")
        data = {"title": "写清五件事", "competencies": ["K3"], "source": source, "revision": "0"}
        post(zhou, "/training/lessons/c9-write/draft", data)
        post(zhou, "/training/lessons/c9-write/publication", {"revision": "1", "note": ""})
        post(zhou, "/training/courses/C9/opening", {"is_open": "1"})
        assert "写清五件事" in get(learner, "/courses/C9")
        assert "来电人只想说一遍" in get(learner, "/lessons/c9-write")

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [("code", "T1", "已经用过"), ("code", "c9", "大写字母开头"), ("title", "", "填写课程名称"),
         ("hours_target", "0", "学时数"), ("competencies", [], "至少选一项"), ("track", "Z", "")],
    )  # fmt: skip
    def test_a_bad_course_is_refused_with_what_was_typed(self, zhou, field, value, words):
        page = post(zhou, "/training/courses/new", {**self.NEW, field: value}, 422).text
        assert words in page
        assert "学完能写工单。" in page

    def test_lessons_move_and_ends_stay(self, app, zhou):
        def order():
            with app.app_context():
                return [unit.code for unit in queries.course("T1").units]

        post(zhou, "/training/lessons/t1-step2/position", {"direction": "up"})
        assert order() == ["t1-step2", "t1-step1"]
        post(zhou, "/training/lessons/t1-step2/position", {"direction": "up"})
        assert order() == ["t1-step2", "t1-step1"]
        post(zhou, "/training/lessons/t1-step2/position", {"direction": "down"})
        assert order() == ["t1-step1", "t1-step2"]

    def test_a_lesson_is_retired_and_comes_back(self, app, zhou, learner):
        post(zhou, f"/training/lessons/{CODE}/retirement", {"is_retired": "1"})
        assert "第 1 步" not in get(learner, "/courses/T1")
        assert "已停用" in get(zhou, "/training/courses/T1")
        post(zhou, f"/training/lessons/{CODE}/retirement", {"is_retired": "0"})
        assert "第 1 步" in get(learner, "/courses/T1")

    def test_an_exam_has_no_editor(self, app, zhou, tmp_path):
        with app.app_context(), transaction():
            shelf.loaded(tmp_path / "x", "T2", exam=True)
        get(zhou, "/training/lessons/exam-t2/draft", 404)
        assert "最后是测验" in get(zhou, "/training/courses/T2")


def client_follow(client, address: str, data: dict) -> str:
    return client.post(address, data=data, headers=HTML, follow_redirects=True).text


def test_the_text_of_a_draft_is_the_version_s_to_begin_with(app, people):
    with app.app_context():
        unit = queries.unit(CODE)
        assert drafts.begun_text(unit) == drafts.text_of(queries.current_version(unit.id))
