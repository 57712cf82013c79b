"""Before there is any library: pages say what to do, and a course needs no questions."""

from sqlalchemy import func, select

from assessments.bank.models import Question
from lms.db import db, transaction
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, text


def test_an_empty_library_has_no_open_exam(app):
    browser, _ = another(app)
    assert "现在没有开放的考试" in text(browser, "/exams")


def test_an_empty_bank_says_what_to_do(app):
    browser, _ = another(app, "顾明远", roles=("trainer",))
    assert "可以从 Excel 导入，或新建第一道" in text(browser, "/training/questions")


def test_a_course_without_questions_or_exam_loads(context, tmp_path):
    with transaction():
        hall.load(hall.shelf.write(tmp_path))
    assert not db.session.scalar(select(func.count()).select_from(Question))
