"""Instants, local days, and working days with 调休."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import calendar, clock
from lms.calendar import CalendarDay
from lms.db import db, transaction
from lms.errors import Refused


def test_a_local_day_begins_at_midnight_in_shanghai():
    with clock.frozen(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 24)
    with clock.frozen(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 23)


def test_a_deadline_at_18_is_10_utc():
    assert clock.local_instant(date(2026, 11, 27), 18) == datetime(2026, 11, 27, 10, tzinfo=UTC)


@pytest.mark.usefixtures("context")
class TestWorkingDays:
    @pytest.fixture(autouse=True)
    def shipped(self, context):
        with transaction():
            calendar.load_shipped()

    def test_national_day_is_skipped_and_the_weekend_worked_for_it_counts(self):
        assert calendar.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
        assert calendar.add_working_days(date(2026, 10, 8), 2) == date(2026, 10, 10)

    def test_five_working_days_of_publicity_over_a_plain_weekend(self):
        assert calendar.add_working_days(date(2026, 11, 24), 5) == date(2026, 12, 1)

    def test_loading_again_adds_nothing_and_keeps_what_was_changed(self):
        with transaction():
            day = db.session.query(CalendarDay).filter_by(day=date(2026, 10, 1)).one()
            day.note = "本地改过"
        with transaction():
            assert calendar.load_shipped() == 0
        assert db.session.query(CalendarDay).filter_by(day=date(2026, 10, 1)).one().note == "本地改过"

    def test_counting_back_is_refused(self):
        with pytest.raises(Refused):
            calendar.add_working_days(date(2026, 1, 1), -1)

    def test_adding_and_counting_agree(self):
        for start in (date(2026, 2, 10), date(2026, 4, 29), date(2026, 9, 18)):
            for n in range(15):
                end = calendar.add_working_days(start, n)
                assert calendar.working_days_between(start, end) == n


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.dictionaries(st.dates(), st.booleans(), max_size=4))
def test_an_exception_decides_over_the_weekday(day, known):
    assert calendar.is_working(day, {**known, day: True})
    assert not calendar.is_working(day, {**known, day: False})
    plain = {d: w for d, w in known.items() if d != day}
    assert calendar.is_working(day, plain) == (day.weekday() < 5)
    assert calendar.is_working(day + timedelta(7), {}) == calendar.is_working(day, {})
