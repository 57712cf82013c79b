"""公开课程目录: everybody may read what is taught, nobody reads a lesson there."""

import pytest

from courses.catalogue.models import Course
from lms.db import transaction
from tests import factories
from tests.courses import shelf

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def course(tmp_path) -> Course:
    with transaction():
        factories.person()
        return shelf.loaded(tmp_path)


def test_an_empty_catalogue_says_so(client):
    with transaction():
        factories.person()
    assert "还没有公开的课程" in client.get("/open-courses").text


def test_a_stranger_reads_titles_and_lengths_but_no_lesson(client, course):
    page = client.get("/open-courses")
    assert page.status_code == 200
    assert course.title in page.text
    assert shelf.step(course).title in page.text
    assert "/lessons/" not in page.text


def test_a_closed_course_and_a_retired_lesson_are_not_named(client, course):
    lesson = shelf.step(course, 2)
    with transaction():
        lesson.title, lesson.is_retired = "退下来的一节", True
    assert "退下来的一节" not in client.get("/open-courses").text
    with transaction():
        course.is_open = False
    assert course.title not in client.get("/open-courses").text


def test_more_courses_cost_no_more_queries(client, course, tmp_path, count_queries):
    client.get("/open-courses")
    first = len(count_queries)
    with transaction():
        for n in range(2, 6):
            shelf.loaded(tmp_path / str(n), f"T{n}")
    count_queries.clear()
    client.get("/open-courses")
    assert len(count_queries) <= first
