"""Loading questions and exams from the library: what changes, what stays, what is refused with file and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from assessments.bank import queries as bank
from assessments.bank.models import QuestionVersion
from assessments.exams import source
from assessments.papers.models import PaperItem
from courses.catalogue.rules import LibraryFaults
from lms import search
from lms.db import db, transaction
from lms.policies import actions as policies
from lms.policies.models import Citation
from tests.assessments import hall

pytestmark = pytest.mark.usefixtures("context")


def change(folder, old: str, new: str, file: str = "T1/questions.md") -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def reload(folder) -> None:
    with transaction():
        hall.load(folder)
    db.session.expire_all()


def faults(folder) -> list[str]:
    with pytest.raises(LibraryFaults) as found, transaction():
        hall.load(folder)
    return [str(fault) for fault in found.value.faults]


def versions(code: str) -> list[QuestionVersion]:
    return bank.versions(bank.questions_by_code([code])[code].id)


class TestQuestions:
    def test_they_are_in_the_bank_with_what_they_say(self, folder):
        found = bank.questions_by_code(["t1-s1", "t1-j1", "t1-n1"])
        one = found["t1-s1"].current
        assert [(o["key"], o["html"], o["is_right"]) for o in one.options] == [
            ("A", "错一", False), ("B", "对", True), ("C", "错二", False)
        ]  # fmt: skip
        assert one.stem_text == "t1-s1 的题干？"
        assert "解析" in one.explanation_html
        assert [o["html"] for o in found["t1-j1"].current.options] == ["对", "错"]
        assert (found["t1-n1"].current.accepted, found["t1-n1"].current.unit_label) == (["95"], "%")

    def test_the_words_of_a_stem_are_its_paragraphs(self, folder):
        change(folder, "t1-s1 的题干？", ":::来电片段\n「喂？」\n\n「在吗 & <b>？」\n:::\n\n**怎么**答？")
        reload(folder)
        assert bank.questions_by_code(["t1-s1"])["t1-s1"].current.stem_text == "「喂？」\n「在吗 & <b>？」\n怎么答？"

    def test_the_same_files_again_change_nothing(self, folder):
        before = db.session.scalar(select(func.count()).select_from(QuestionVersion)), hall.exam().digest
        reload(folder)
        assert (db.session.scalar(select(func.count()).select_from(QuestionVersion)), hall.exam().digest) == before

    def test_a_changed_question_becomes_a_new_version(self, folder):
        change(folder, "t1-s1 的题干？", "改过的题干？")
        reload(folder)
        assert [version.number for version in versions("t1-s1")] == [2, 1]
        assert bank.questions_by_code(["t1-s1"])["t1-s1"].current.stem_text == "改过的题干？"
        assert len(versions("t1-s2")) == 1
        assert [hit.ref_id for hit in search.find("改过的题干", ["question"])] == ["t1-s1"]

    def test_one_taken_out_is_retired_and_may_come_back(self, folder):
        kept = (folder / "T1/questions.md").read_text(encoding="utf-8")
        path = folder / "T1/questions.md"
        path.write_text(
            kept.replace(hall.question("t1-s6", "单选", "- [ ] 错一\n- [x] 对\n- [ ] 错二"), ""), encoding="utf-8"
        )
        reload(folder)
        assert bank.questions_by_code(["t1-s6"])["t1-s6"].is_retired
        assert "t1-s6" not in {one.question_id for one in bank.candidates(["T1"])}
        assert not search.find("t1-s6", ["question"])
        path.write_text(kept, encoding="utf-8")
        reload(folder)
        assert not bank.questions_by_code(["t1-s6"])["t1-s6"].is_retired
        assert search.find("t1-s6", ["question"])
        assert len(versions("t1-s6")) == 1

    def test_script_in_a_question_is_words(self, folder):
        change(folder, "t1-s1 的题干？", '<script>alert(1)</script> <b onclick="x">[甲](&#106;avascript:x)')
        reload(folder)
        html = bank.questions_by_code(["t1-s1"])["t1-s1"].current.stem_html
        assert "<script" not in html
        assert "href" not in html

    def test_citations_are_noted(self, tmp_path):
        with transaction():
            policies.load_registry()
            hall.load(hall.write(tmp_path, basis="GB/T33358-2016#3.6"))
        cited = db.session.scalars(
            select(Citation).where(Citation.kind == "question", Citation.ref_id == "t1-s1")
        ).all()
        assert [one.clause_number for one in cited] == ["3.6"]


class TestQuestionFaults:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (
                "依据: 业务规范（以本地规定为准）",
                "依据: 不存在的办法#9",
                "T1/questions.md:3：t1-s1 引用的「不存在的办法#9」",
            ),
            ("课节: t1-step1", "课节: t1-gone", "T1/questions.md:4：t1-s1 的课节「t1-gone」不存在"),
            ("- [x] 对\n", "- [ ] 对\n", "T1/questions.md:1：t1-s1 是单选题，应恰有一个对的选项"),
            ("解析：t1-s1 的解析。", "解析：见 [[不存在#1]]。", "T1/questions.md:12：政策库里没有「不存在#1」"),
            ("t1-s1 的题干？", "题干？\n\n![](https://x.example/a.png)", "T1/questions.md:8：图片没有替代文字"),
        ],
    )
    def test_each_stops_the_load_and_is_named_by_file_and_line(self, folder, old, new, expected):
        change(folder, old, new)
        found = faults(folder)
        assert any(one.startswith(expected) for one in found), found

    def test_nothing_is_written_when_anything_is_wrong(self, folder):
        change(folder, "t1-s2 的题干？", "改过")
        change(folder, "count: 4, points: 10", "count: 4, points: 11", "T1/exam.md")
        faults(folder)
        db.session.expire_all()
        assert len(versions("t1-s2")) == 1

    def test_a_code_belongs_to_one_course_for_ever(self, folder):
        hall.shelf.write(folder, "T2")
        (folder / "T2" / "questions.md").write_text(
            hall.question("t1-s1", "判断", "答案：对").replace("t1-step1", "t2-step1"), encoding="utf-8"
        )
        assert faults(folder) == ["T2/questions.md:1：题号 t1-s1 已经用在课程 T1，请换一个。"]

    def test_a_file_that_cannot_be_read(self, folder):
        (folder / "T1/questions.md").write_bytes(b"\xff\xfe## x")
        assert any("不是 UTF-8" in one for one in faults(folder))
        (folder / "T1/questions.md").write_text("x" * 1_000_001, encoding="utf-8")
        assert any("超过 1 MB" in one for one in faults(folder))


class TestExams:
    def test_the_quiz_closes_its_course_and_the_other_stands_alone(self, folder):
        quiz, post = hall.exam(), hall.exam(hall.POST)
        assert quiz.unit is not None
        assert quiz.unit.code == "exam-t1"
        assert post.unit is None
        assert (post.certificate_title, post.review) == ("岗位证书", "after_close")
        assert (quiz.minutes, quiz.attempts_allowed, quiz.later_delay_hours, quiz.pass_mark) == (20, 3, 48, 80)
        assert [(s.title, s.count, s.points) for s in quiz.paper.sections][:2] == [("单选题", 4, 10), ("多选题", 2, 15)]
        assert "<strong>先读题</strong>" in quiz.instructions_html

    def test_a_changed_file_changes_the_exam_and_its_sections(self, folder):
        change(folder, "minutes: 20", "minutes: 30", "T1/exam.md")
        change(folder, "  - {title: 数值题, type: numeric, count: 1, points: 10}\n", "", "T1/exam.md")
        change(folder, "count: 1, points: 10}\n---", "count: 1, points: 20}\n---", "T1/exam.md")
        reload(folder)
        assert hall.exam().minutes == 30
        assert [s.title for s in hall.exam().paper.sections] == ["单选题", "多选题", "判断题", "填空题"]

    def test_what_was_set_by_hand_stays_until_the_file_changes(self, folder):
        with transaction():
            hall.exam().minutes = 45
        reload(folder)
        assert hall.exam().minutes == 45

    def test_an_exam_whose_file_is_gone_closes_and_opens_again(self, folder):
        text = (folder / "exams/post.md").read_text(encoding="utf-8")
        (folder / "exams/post.md").unlink()
        reload(folder)
        assert not hall.exam(hall.POST).is_open
        (folder / "exams/post.md").write_text(text, encoding="utf-8")
        reload(folder)
        assert hall.exam(hall.POST).is_open

    def test_a_fixed_paper_lists_its_questions(self, folder):
        change(
            folder,
            "type: true_false, count: 1, points: 10}",
            "type: true_false, count: 1, points: 10, questions: [t1-j2]}",
            "exams/post.md",
        )
        assert any("固定试卷每一部分都要列 questions" in one for one in faults(folder))
        for old, codes in (
            ("single, count: 4", "t1-s1, t1-s2, t1-s3, t1-s4"),
            ("multiple, count: 2", "t1-m1, t1-m2"),
            ("fill_in, count: 1", "t1-f1"),
            ("numeric, count: 1", "t1-n1"),
        ):
            change(folder, old, f"{old}, questions: [{codes}]", "exams/post.md")
        reload(folder)
        items = list(db.session.scalars(select(PaperItem.id)))
        assert len(items) == hall.COUNT
        reload(folder)
        assert list(db.session.scalars(select(PaperItem.id))) == items
        change(folder, "t1-s4", "t1-s3", "exams/post.md")
        assert any("列了两次" in one for one in faults(folder))

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("count: 4, points: 10", "count: 4, points: 11", "sections 104"),
            ("count: 4, points: 10", "count: 40, points: 1", "「单选题」需 40 题，可用 6 题"),
            ("count: 1, points: 10}\n---", "count: 1, points: 10, minimum: 11}\n---", "minimum 应在 0 到 10 之间"),
            ("type: single", "type: essay", "题型「essay」不认识"),
            ("minutes: 20", "minutes: 0", "minutes 要写 1 到"),
            ("pass_mark: 80", "pass_mark: 120", "pass_mark 应在 1 到 100 之间"),
            ("review: immediate", "review: never", "review 应是 immediate"),
            ("attempts: 3", "attempts: 3\nbonus: 1", "不认识「bonus」"),
            ("courses: [T1]", "courses: [T1, T9]", "没有课程「T9」"),
            ("title: 单选题,", "title: 单选题, colour: red,", "不认识「colour」"),
            ("**先读题**", "[[不存在#1]]", "政策库里没有「不存在#1」"),
        ],
    )  # fmt: skip
    def test_each_fault_is_named_by_file_and_line(self, folder, old, new, expected):
        change(folder, old, new, "T1/exam.md")
        words = expected.removeprefix("sections ")
        assert any(one.startswith("T1/exam.md:") and words in one for one in faults(folder)), faults(folder)

    def test_two_exams_may_not_bear_one_code(self, folder):
        change(folder, "code: exam-post", "code: exam-t1", "exams/post.md")
        assert any("已经用在 T1/exam.md" in one for one in faults(folder))

    def test_an_exam_beside_the_courses_closes_none(self, folder):
        change(folder, "courses: [T1]", "courses: [T1]\ncloses: T1", "exams/post.md")
        assert any("独立考试不写" in one for one in faults(folder))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9) | st.integers(), inner, max_size=4),
)
SECTION = st.dictionaries(st.sampled_from([*source.SECTION_KNOWN, "x", 3]), VALUES, max_size=7)
FRONT = st.dictionaries(st.sampled_from([*source.KNOWN, "x"]), VALUES | st.lists(SECTION, max_size=3), max_size=14)


@given(FRONT)
def test_no_front_matter_breaks_the_reader(front):
    found = list(source.faults(front, {"T1"}))
    if not found:
        assert source.draft(front, "").digest
