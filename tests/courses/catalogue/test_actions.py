"""Loading the library: idempotent, versions kept, nothing deleted, nothing half-written."""

import pytest
from sqlalchemy import func, select

from courses.catalogue import events, queries
from courses.catalogue.actions import loading as actions
from courses.catalogue.models import Course, CourseUnit, CourseVersion, LessonVersion
from courses.catalogue.rules import Fault, LibraryFaults
from lms import search
from lms.db import db, transaction
from lms.policies import actions as policies
from lms.policies.queries import cited_by
from tests.courses import shelf

pytestmark = pytest.mark.usefixtures("context")
LESSON = "T1/lessons/01-step.md"


@pytest.fixture
def folder(tmp_path):
    return shelf.write(tmp_path, lessons=2)


def load(folder):
    with transaction():
        return actions.load_library(folder)


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def change(folder, old: str, new: str, file: str = LESSON) -> None:
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_course_is_loaded_with_lessons_versions_and_search(folder):
    report = load(folder)
    course = queries.course("T1")
    assert report.added == ["T1"]
    assert (course.title, course.version, course.is_mandatory) == ("接线入门", 1, True)
    assert [unit.code for unit in course.units] == ["t1-step1", "t1-step2"]
    version = queries.current_version(course.units[0].id)
    assert version.number == 1
    assert version.checks[0]["options"][1]["is_right"] is True
    assert "正在发生的危险" not in version.html
    assert [hit.ref_id for hit in search.find("接线入门", ["course"])] == ["T1"]
    assert {hit.ref_id for hit in search.find("先听完", ["lesson"])} == {"t1-step1", "t1-step2"}


def test_loading_the_same_files_again_changes_nothing(folder):
    load(folder)
    before = [count(model) for model in (Course, CourseUnit, LessonVersion, CourseVersion)]
    report = load(folder)
    assert [count(model) for model in (Course, CourseUnit, LessonVersion, CourseVersion)] == before
    assert not (report.added or report.changed or report.new_versions or report.refreshed)


def test_a_changed_lesson_is_a_new_version_and_the_old_one_stays(folder):
    load(folder)
    change(folder, "听完再问。", "听完再问，问完复述。")
    report = load(folder)
    course = queries.course("T1")
    assert report.new_versions == ["t1-step1"]
    assert course.version == 2
    texts = db.session.scalars(select(LessonVersion.text).where(LessonVersion.unit_id == course.units[0].id)).all()
    assert ["复述" in text for text in texts] == [False, True]
    assert queries.course_version(course.id, 1).contents["units"][0]["version"] == 1
    assert queries.course_version(course.id, 2).contents["units"][0]["version"] == 2


def test_a_removed_lesson_is_retired_and_comes_back_under_its_id(folder):
    load(folder)
    path = folder / LESSON
    text = path.read_text(encoding="utf-8")
    path.unlink()
    assert load(folder).retired == ["t1-step1"]
    assert queries.unit("t1-step1").is_retired
    assert not [hit for hit in search.find("先听完", ["lesson"]) if hit.ref_id == "t1-step1"]
    path.write_text(text, encoding="utf-8")
    load(folder)
    assert not queries.unit("t1-step1").is_retired
    assert queries.course("T1").version == 3


def test_a_removed_course_is_closed_not_deleted(folder):
    shelf.write(folder, "T2")
    load(folder)
    for path in sorted((folder / "T2").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (folder / "T2").rmdir()
    assert load(folder).closed == ["T2"]
    assert not queries.course("T2").is_open
    assert [course.code for course in queries.open_courses()] == ["T1"]


def test_with_one_fault_nothing_at_all_is_written(folder):
    shelf.write(folder, "T2")
    change(folder, "minutes: 6", "minutes: viele", "T2/lessons/02-step.md")
    with pytest.raises(LibraryFaults) as found, transaction():
        actions.load_library(folder)
    assert [(fault.file, fault.line) for fault in found.value.faults] == [("T2/lessons/02-step.md", 4)]
    assert count(Course) == count(LessonVersion) == 0


def test_a_listener_s_faults_undo_the_load_and_are_named(folder):
    @events.course_loaded.connect
    def complain(course, folder, registry):
        raise LibraryFaults([Fault(f"{course.code}/questions.md", 7, "没有解析。")])

    try:
        with pytest.raises(LibraryFaults) as found, transaction():
            actions.load_library(folder)
    finally:
        events.course_loaded.disconnect(complain)
    assert str(found.value.faults[0]) == "T1/questions.md:7：没有解析。"
    assert count(Course) == 0


def test_an_id_of_another_course_is_never_given_again(folder):
    load(folder)
    (folder / LESSON).unlink()
    load(folder)
    shelf.write(folder, "T2", lessons=1)
    change(folder, "id: t2-step1", "id: t1-step1", "T2/lessons/01-step.md")
    with pytest.raises(LibraryFaults) as found, transaction():
        actions.load_library(folder)
    assert "以前已用在课程 T1" in str(found.value.faults[0])


def test_citations_are_noted_and_an_unknown_clause_names_its_line(folder):
    with transaction():
        policies.load_registry()
    change(folder, "听完再问。", "听完再问 [[GB/T33358-2016#3.6]]。")
    load(folder)
    assert [one.clause_number for one in cited_by("lesson", ["t1-step1"])] == ["3.6"]
    change(folder, "#3.6", "#99.9")
    with pytest.raises(LibraryFaults) as found, transaction():
        actions.load_library(folder)
    assert (found.value.faults[0].file, found.value.faults[0].line) == (LESSON, 11)
    assert "99.9" in found.value.faults[0].sentence


def test_a_changed_policy_redraws_the_lesson_without_a_new_version(folder):
    with transaction():
        policies.load_registry()
    change(folder, "听完再问。", "听完再问 [[GB/T33358-2016#3.6]]。")
    load(folder)
    version = queries.current_version(queries.unit("t1-step1").id)
    with transaction():
        version.html = version.html.replace("3.6", "3.5")
    report = load(folder)
    assert report.refreshed == ["t1-step1"]
    assert report.new_versions == []
    assert queries.course("T1").version == 1


def test_events_name_each_course_and_the_end(folder):
    seen: list[object] = []

    def note_course(course, folder, registry):
        seen.append((course.code, folder.name, [unit.code for unit in course.units]))

    def note_end(folder, registry):
        seen.append(folder)

    events.course_loaded.connect(note_course)
    events.library_loaded.connect(note_end)
    try:
        load(folder)
    finally:
        events.course_loaded.disconnect(note_course)
        events.library_loaded.disconnect(note_end)
    assert seen == [("T1", "T1", ["t1-step1", "t1-step2"]), folder]


def test_the_shipped_library_loads_whole():
    with transaction():
        policies.load_registry()
        report = actions.load_library()
    assert report.courses >= 3
    assert set(report.added) >= {"A3", "B2", "C1"}
