"""Programmes that ask for an exam: a pass completes them, and no longer once it is taken back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from assessments.attempts import actions, queries
from courses.programmes.models import ProgrammeCompletion
from lms import clock
from lms.db import db, transaction
from tests import factories
from tests.assessments import hall
from tests.courses.programmes import stories

pytestmark = pytest.mark.usefixtures("context", "library")


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(date(2026, 11, 24)):
        yield


@pytest.fixture
def lin() -> int:
    with transaction():
        return factories.person("林晓岚").id


def asked(code: str) -> int:
    """A programme that asks everybody for an exam; its number."""
    with transaction():
        return stories.published(items=(("exam", code),)).id


def is_done(programme_id: int) -> bool:
    return (
        db.session.scalar(select(ProgrammeCompletion.id).where(ProgrammeCompletion.programme_id == programme_id))
        is not None
    )


def void(attempt_id: int) -> None:
    with transaction():
        actions.void(queries.attempt(attempt_id), "误用他人工位", 5)


def test_a_pass_completes_it_and_its_end_opens_it_again(lin):
    programme = asked(hall.POST)
    with transaction():
        result = hall.sat(lin, hall.POST)
    assert is_done(programme)
    void(result.attempt_id)
    assert not is_done(programme)
    with clock.frozen(clock.now() + timedelta(days=2)), transaction():
        hall.sat(lin, hall.POST)
    assert is_done(programme)


def test_another_exam_leaves_it_alone(lin):
    programme = asked(hall.POST)
    with transaction():
        hall.sat(lin, hall.POST)
        other = hall.sat(lin, hall.QUIZ)
    void(other.attempt_id)
    assert is_done(programme)
