"""Reading the library on disk: every fault is named with file and line, and nothing makes it crash."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.catalogue import library
from courses.catalogue.library import Page, take_apart
from courses.catalogue.rules import Fault
from tests.courses import shelf

pytestmark = pytest.mark.usefixtures("context")


def faults(folder: Path) -> list[str]:
    return [str(fault) for fault in library.prepare(library.read(folder), lambda _citation: None).faults]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shelf.write(tmp_path, exam=True)


def test_a_sound_library_has_no_faults(folder):
    read = library.read(folder)
    assert faults(folder) == []
    assert [lesson.code for lesson in read.courses[0].lessons] == ["t1-step1", "t1-step2"]
    assert read.courses[0].exam is not None
    assert read.courses[0].exam.minutes == 20


LESSON = "T1/lessons/01-step.md"


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "words"),
    [
        (LESSON, "id: t1-step1", "id: t1-step2", "T1/lessons/02-step.md:2", "已经用在 T1/lessons/01-step.md"),
        (LESSON, "id: t1-step1\n", "", f"{LESSON}:1", "缺少 id"),
        (LESSON, "id: t1-step1", "id: 第一节", f"{LESSON}:2", "小写英文字母"),
        (LESSON, "minutes: 6", "minutes: 六", f"{LESSON}:4", "整数"),
        (LESSON, "minutes: 6", "minutes: true", f"{LESSON}:4", "整数"),
        (LESSON, "minutes: 6", "minutes: 0", f"{LESSON}:4", "1 到 240"),
        (LESSON, "[K3]", "[K3, K11]", f"{LESSON}:5", "没有「K11」这项能力"),
        (LESSON, "[K3]", "[K3, K3]", f"{LESSON}:5", "重复"),
        (LESSON, "minutes: 6", "minute: 6", f"{LESSON}:4", "不认识「minute」"),
        (LESSON, "title: 第 1 步", "title: " + "长" * 81, f"{LESSON}:3", "最多 80 个字"),
        (LESSON, "minutes: 6", "minutes: [6", f"{LESSON}:5", "不是正确的 YAML"),
        (LESSON, "minutes: 6", "minutes: 2026-13-45", f"{LESSON}:", ""),
        (LESSON, "---\n来电人", "来电人", f"{LESSON}:1", "前置块没有结束"),
        (LESSON, "t1-step1-q1", "t1-step2-q1", "T1/lessons/02-step.md:17", "随堂一问「t1-step2-q1」已经用在"),
        (LESSON, ":::要点", ":::重点", f"{LESSON}:13", "重点"),
        (LESSON, "- [x] 提醒", "- [ ] 提醒", f"{LESSON}:17", "没有标出正确的选项"),
        (LESSON, "听完再问。", "听完再问 [[没有的法#第一条]]。", f"{LESSON}:11", "政策库里没有「没有的法#第一条」"),
        ("T1/course.md", "code: T1", "code: T9", "T1/course.md:2", "文件夹名"),
        ("T1/course.md", "track: C", "track: Z", "T1/course.md:5", "track"),
        ("T1/course.md", "hours_target: 6", "hours_target: 很多", "T1/course.md:6", "学时数"),
        ("T1/course.md", "mandatory: true", "mandatory: 是", "T1/course.md:8", "true 或 false"),
        ("T1/exam.md", "closes: T1", "closes: T2", "T1/exam.md:5", "T1"),
        ("T1/exam.md", "code: exam-t1", "code: t1-step1", "T1/exam.md:2", "已经用在"),
    ],
)
def test_a_fault_is_named_with_file_and_line(folder, file, old, new, where, words):
    change(folder / file, old, new)
    found = faults(folder)
    assert any(fault.startswith(where) and words in fault for fault in found), found


def test_a_lesson_without_a_question_is_a_fault(folder):
    path = folder / LESSON
    text = path.read_text(encoding="utf-8")
    path.write_text(text.partition(":::随堂一问")[0], encoding="utf-8")
    assert any("没有随堂一问" in fault for fault in faults(folder))


def test_every_fault_is_told_at_once(folder):
    change(folder / LESSON, "minutes: 6", "minutes: x")
    change(folder / "T1/course.md", "track: C", "track: Z")
    assert len(faults(folder)) == 2


def test_a_file_that_is_not_utf8_is_a_fault(folder):
    (folder / LESSON).write_bytes("---\nid: 课".encode("gbk"))
    assert any("UTF-8" in fault for fault in faults(folder))


def test_five_megabytes_are_refused_unread(folder):
    (folder / LESSON).write_text("字" * 2_000_000, encoding="utf-8")
    assert any("1 MB" in fault for fault in faults(folder))


def test_a_folder_without_course_is_a_fault(folder):
    (folder / "X9").mkdir()
    assert any(fault.startswith("X9/course.md:1") for fault in faults(folder))


def test_a_course_without_lessons_is_a_fault(folder):
    for path in (folder / "T1/lessons").iterdir():
        path.unlink()
    assert any("没有课节" in fault for fault in faults(folder))


def test_two_lessons_with_one_number_are_a_fault(folder):
    (folder / "T1/lessons/01-other.md").write_text(shelf.lesson("t1-other"), encoding="utf-8")
    assert any("序号 01" in fault for fault in faults(folder))


def test_a_missing_folder_is_a_fault(tmp_path):
    assert any("没有这个文件夹" in fault for fault in faults(tmp_path / "none"))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("-:[]{}&*!|>'\"%@#\n\t ,?")), max_size=200))
def test_no_front_matter_crashes_the_parser(text):
    found = take_apart("x.md", f"---\n{text}\n---\nbody")
    assert isinstance(found, Page | Fault)
    if isinstance(found, Fault):
        assert found.line >= 1
        assert found.sentence


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "title_en", "minutes", "competencies", "x"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(max_size=3), max_size=3)
        ),
    )
)
def test_fields_of_any_type_are_judged(front):
    found = library.rules.field_faults(front, library.rules.LESSON_FIELDS, library.rules.KNOWN_FIELDS["lesson"])
    assert all(sentence.endswith("。") for _, sentence in found)
    if not found:
        assert isinstance(front["minutes"], int)
        assert front["title"].strip()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_no_lesson_text_crashes_the_library(tmp_path_factory, text):
    folder = shelf.write(tmp_path_factory.mktemp("library"))
    path = folder / LESSON
    path.write_text(
        "---\nid: t1-step1\ntitle: x\nminutes: 5\ncompetencies: [K3]\n---\n" + text, encoding="utf-8", errors="replace"
    )
    assert isinstance(faults(folder), list)
