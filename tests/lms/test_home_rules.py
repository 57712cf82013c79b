"""What 今日 says and in which order."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.home import rules

pytestmark = pytest.mark.no_database

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Thing:
    title: str
    due_at: datetime | None
    minutes: int | None
    is_mandatory: bool = False


@pytest.mark.parametrize(
    ("hour", "words"), [(0, "晚上好"), (5, "上午好"), (11, "上午好"), (12, "下午好"), (17, "下午好"), (18, "晚上好")]
)
def test_the_greeting_follows_the_hour(hour, words):
    assert rules.greeting(hour) == words


@pytest.mark.parametrize(
    ("days", "hours", "state", "left"),
    [(-1, 0, "late", -1), (0, -1, "late", 0), (0, 5, "today", 0), (3, 0, "soon", 3), (8, 0, "later", 8)],
)
def test_a_deadline_is_told(days, hours, state, left):
    due = NOW + timedelta(days=days, hours=hours)
    today = date(2026, 11, 24)
    assert rules.deadline(due, NOW, today, today + timedelta(days=days)) == rules.Deadline(state, left)


def test_late_comes_first_then_the_day_and_what_fits_moves_up_within_it():
    late = Thing("late", NOW - timedelta(days=1), 60)
    long = Thing("long", NOW + timedelta(days=2), 60)
    short = Thing("short", NOW + timedelta(days=2, hours=1), 6)
    later = Thing("later", NOW + timedelta(days=3), 2)
    undated = Thing("undated", None, 2)
    ordered = rules.ordered([undated, later, long, short, late], 8, NOW)
    assert [t.title for t in ordered] == ["late", "short", "long", "later", "undated"]


@given(
    st.lists(
        st.builds(
            Thing,
            st.text(max_size=3),
            st.none() | st.integers(-5, 20).map(lambda d: NOW + timedelta(days=d)),
            st.none() | st.integers(1, 90),
            st.booleans(),
        )
    ),
    st.sampled_from(rules.MINUTE_CHOICES),
)
def test_no_task_is_lost_and_none_overtakes_an_earlier_day(tasks, minutes):
    ordered = rules.ordered(tasks, minutes, NOW)
    assert sorted(map(repr, ordered)) == sorted(map(repr, tasks))
    days = [t.due_at.date() for t in ordered if t.due_at is not None and t.due_at >= NOW]
    assert days == sorted(days)


def test_the_longest_choice_fits_everything_with_a_length():
    assert rules.fits(Thing("x", None, 60), 15)
    assert not rules.fits(Thing("x", None, 60), 8)
    assert not rules.fits(Thing("x", None, None), 15)
