"""`library load` and `library check`: progress in words, exit codes that scripts can trust."""

import pytest

from courses.catalogue import queries
from courses.catalogue.actions import drafts
from lms.db import transaction
from tests import factories
from tests.courses import shelf
from tests.courses.catalogue import desk

LESSON = "T1/lessons/01-step.md"


@pytest.fixture
def folder(tmp_path):
    return shelf.write(tmp_path)


def run(app, *words):
    return app.test_cli_runner().invoke(args=["library", *map(str, words)])


def test_loading_says_what_it_did_and_is_repeatable(app, folder):
    first = run(app, "load", "--folder", folder)
    assert first.exit_code == 0, first.output
    assert "新课程：T1" in first.output
    second = run(app, "load", "--folder", folder)
    assert second.exit_code == 0
    assert "新课程" not in second.output


def test_a_fault_ends_with_1_and_names_file_and_line(app, folder):
    path = folder / LESSON
    path.write_text(path.read_text(encoding="utf-8").replace("minutes: 6", "minutes: x"), encoding="utf-8")
    result = run(app, "load", "--folder", folder)
    assert result.exit_code == 1
    assert f"{LESSON}:4：minutes" in result.output
    assert "什么也没有写入" in result.output
    with app.app_context():
        assert queries.course("T1") is None


def test_checking_writes_nothing(app, folder):
    result = run(app, "check", "--folder", folder)
    assert result.exit_code == 0, result.output
    assert "没有发现错误" in result.output
    with app.app_context():
        assert queries.course("T1") is None


def test_what_was_edited_in_the_browser_stays_and_the_choice_is_told(app, folder):
    run(app, "load", "--folder", folder)
    with app.app_context(), transaction(), factories.as_person(factories.person("周敏")):
        unit = queries.unit(desk.CODE)
        row = drafts.save(unit, desk.text("\n网页写的。\n"), 0)
        drafts.publish(unit, drafts.prepare(unit, row), row.revision, "改")
    path = folder / LESSON
    path.write_text(path.read_text(encoding="utf-8").replace("听完再问。", "听完再问，文件改的。"), encoding="utf-8")
    kept = run(app, "load", "--folder", folder)
    assert kept.exit_code == 0
    assert f"保留网页上的：{desk.CODE}" in kept.output
    assert "--prefer files" in kept.output
    assert f"新版本的课节：{desk.CODE}" in run(app, "load", "--folder", folder, "--prefer", "files").output
    assert run(app, "load", "--folder", folder, "--prefer", "nobody").exit_code == 2
