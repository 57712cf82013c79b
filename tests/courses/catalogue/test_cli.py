"""`library load` and `library check`: progress in words, exit codes that scripts can trust."""

import pytest

from courses.catalogue import queries
from tests.courses import shelf

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
