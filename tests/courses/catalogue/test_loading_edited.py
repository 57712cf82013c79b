"""Loading the library around what was edited in the browser: nothing a person did is lost, and it is told."""

import pytest

from courses.catalogue import queries
from courses.catalogue.actions import courses, drafts
from courses.catalogue.actions import loading as actions
from courses.catalogue.models import VersionOrigin
from courses.catalogue.rules import EditConflict, LessonText
from lms import audit, search
from lms.db import transaction
from tests import factories
from tests.courses import shelf
from tests.courses.catalogue import desk

pytestmark = pytest.mark.usefixtures("context")
LESSON = "T1/lessons/01-step.md"
CODE = desk.CODE


@pytest.fixture
def folder(tmp_path):
    with transaction():
        shelf.loaded(tmp_path)
        author = factories.person("周敏", roles=("trainer",))
    with factories.as_person(author):
        yield tmp_path


def load(folder, **kwargs):
    with transaction():
        return actions.load_library(folder, **kwargs)


def change(folder, old: str, new: str, file: str = LESSON) -> None:
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def publish(extra: str, code: str = CODE, text: LessonText | None = None):
    with transaction():
        unit = queries.unit(code)
        row = drafts.save(unit, text or desk.text(extra, code), unit.saves)
        return drafts.publish(unit, drafts.prepare(unit, row), row.revision, "改")


def newest(code: str = CODE):
    return queries.current_version(queries.unit(code).id)


def test_an_unchanged_file_leaves_the_browser_s_text_alone_and_says_nothing(folder):
    publish("\n网页写的。\n")
    report = load(folder)
    assert "网页写的" in newest().source
    assert newest().number == 2
    assert not (report.changed or report.new_versions or report.kept or report.retired or report.refreshed)
    assert {hit.ref_id for hit in search.find("网页写的", ["lesson"])} == {CODE}


def test_where_both_changed_the_browser_s_stays_and_it_is_told_until_decided(folder):
    publish("\n网页写的。\n")
    change(folder, "听完再问。", "听完再问，文件改的。")
    for _ in range(2):
        assert load(folder).kept == [CODE]
    assert "网页写的" in newest().source
    assert load(folder, prefer="browser").kept == []
    assert load(folder).kept == []
    assert newest().number == 2


def test_the_file_wins_when_asked_and_the_browser_s_text_stays_in_the_history(folder):
    publish("\n网页写的。\n")
    change(folder, "听完再问。", "听完再问，文件改的。")
    report = load(folder, prefer="files")
    assert report.new_versions == [CODE]
    assert (newest().number, newest().origin) == (3, VersionOrigin.library)
    assert ["网页写的" in one.source for one in queries.versions(newest().unit_id)] == [False, True, False]
    assert load(folder).kept == []


def test_a_file_brought_to_the_browser_s_text_is_in_order(folder):
    publish("\n网页写的。\n")
    path = folder / LESSON
    path.write_text(path.read_text(encoding="utf-8") + "\n网页写的。\n", encoding="utf-8")
    report = load(folder)
    assert not (report.kept or report.new_versions)


def test_a_lesson_only_the_file_changed_is_a_new_version_and_a_draft_stays(folder):
    with transaction():
        drafts.save(queries.unit(CODE), desk.text("\n正在写。\n"), 0)
    change(folder, "听完再问。", "听完再问，文件改的。")
    report = load(folder)
    assert (report.new_versions, report.drafts) == ([CODE], [CODE])
    unit = queries.unit(CODE)
    row = queries.draft(unit.id)
    assert "正在写" in row.source
    ready = drafts.prepare(unit, row)
    assert [item.values for item in ready.items if "又发布了" in item.sentence] == [{"n": 1, "m": 2}]
    with transaction():
        drafts.rebase(unit, 2)
    assert drafts.prepare(unit, row).gaps == 0


def test_order_retirement_and_new_lessons_of_the_browser_stay(folder):
    with transaction():
        course = queries.course("T1")
        courses.add_lesson(course, "t1-new", "网页新建的")
        courses.move_lesson(queries.unit("t1-step2"), -1)
        courses.set_retired(queries.unit("t1-step1"), is_retired=True)
    text = LessonText("网页新建的", "", None, ("K3",), desk.text().source.replace(CODE, "t1-new"))
    publish("", "t1-new", text)
    report = load(folder)
    units = {unit.code: unit for unit in queries.course("T1").units}
    assert not (report.retired or report.kept or report.changed)
    assert units["t1-step1"].is_retired
    assert not units["t1-new"].is_retired
    assert units["t1-step2"].position < units["t1-new"].position
    assert search.find("网页新建的", ["lesson"])


def test_a_course_that_both_changed_keeps_the_browser_s_words_and_takes_new_lessons(folder):
    with transaction():
        courses.set_open(queries.course("T1"), is_open=False)
    (folder / "T1" / "lessons" / "03-step.md").write_text(shelf.lesson("t1-step3", "第 3 步"), encoding="utf-8")
    report = load(folder)
    assert report.kept == ["T1"]
    course = queries.course("T1")
    assert not course.is_open
    assert [unit.code for unit in course.units] == ["t1-step1", "t1-step2", "t1-step3"]
    assert load(folder, prefer="files").kept == []
    assert queries.course("T1").is_open


def test_a_course_of_the_browser_is_not_closed_by_a_library_that_does_not_know_it(folder):
    with transaction():
        facts = courses.CourseFacts("新课", "", "C", 1, ("K3",), False, 12, "培训科", False, "学完能写工单。")
        course = courses.create("N1", facts)
        courses.add_lesson(course, "n1-a", "第一节")
    publish("", "n1-a", LessonText("第一节", "", None, ("K3",), desk.text().source.replace(CODE, "n1-a")))
    with transaction():
        courses.set_open(queries.course("N1"), is_open=True)
    assert load(folder).closed == []
    assert queries.course("N1").is_open


def test_a_lesson_id_of_the_browser_is_not_taken_by_a_file_of_another_course(folder):
    with transaction():
        courses.add_lesson(queries.course("T1"), "t2-step1", "网页新建的")
    shelf.write(folder, "T2", lessons=1)
    with pytest.raises(actions.LibraryFaults, match="1 处要改"):
        load(folder)


def test_every_verb_leaves_a_line(folder):
    version = publish("\n网页写的。\n")
    verbs = [line.verb for line in audit.db.session.query(audit.AuditLine).all()]
    assert {"lesson.draft", "lesson.publish"} <= set(verbs)
    assert version.author == "周敏"


def test_an_editor_opened_before_a_load_does_not_undo_the_file(folder):
    stale, seen = desk.text("\n接着旧的写。\n"), queries.unit(CODE).saves
    change(folder, "听完再问。", "听完再问，文件改的。")
    load(folder)
    with pytest.raises(EditConflict), transaction():
        drafts.save(queries.unit(CODE), stale, seen)
