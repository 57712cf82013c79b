"""A certificate that runs out is renewed by sitting its exam again."""

from datetime import date, timedelta

import pytest

from assessments.attempts import actions as attempts
from certificates.awards import queries
from lms.db import transaction
from lms.errors import Refused
from tests import factories
from tests.certificates import hall

DAY = date(2026, 11, 24)
CODE = "exam-intake-post"


@pytest.fixture
def certified(app):
    """林晓岚 with a certificate of that day, and until when it holds."""
    with app.app_context(), factories.on_day(DAY):
        with transaction():
            person_id = factories.person().id
        award = hall.certified(person_id)
        return person_id, award.valid_until


def page(app, person_id: int) -> str:
    browser = app.test_client()
    factories.sign_in(browser, person_id)
    answer = browser.get(f"/exams/{CODE}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("left", "may"), [(61, False), (60, True), (0, True), (-1, True), (-400, True)])
def test_from_sixty_days_before_its_end_on(app, certified, left, may):
    person_id, until = certified
    with factories.on_day(until - timedelta(days=left)):
        with app.app_context():
            assert queries.renewable_exams(person_id) == ([CODE] if may else [])
        told = page(app, person_id)
        assert ("你已经通过这场考试" in told) is not may
        assert ("可以再考一次换发新证" in told) is may
        assert ("剩 3 次机会" in told) is may


def test_the_new_certificate_ends_it(app, certified):
    person_id, until = certified
    with factories.on_day(until), app.app_context():
        hall.certified(person_id)
        assert queries.renewable_exams(person_id) == []


def test_without_the_slot_a_pass_is_for_ever(app, certified):
    person_id, until = certified
    with factories.on_day(until), app.app_context(), pytest.raises(Refused, match="已经通过"), transaction():
        attempts.start(hall.exam_of(CODE), person_id, "1")
