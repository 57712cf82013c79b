"""What counts as reading, and when a lesson is done."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.progress import rules
from courses.progress.rules import Reading
from lms.errors import Refused

pytestmark = pytest.mark.no_database

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SHARE = Decimal("0.3")


def reading(**changes) -> Reading:
    facts = {
        "furthest": 12,
        "blocks": 12,
        "seconds": 200,
        "minutes": 9,
        "checks": ("q1", "q2"),
        "answered": frozenset({"q1", "q2"}),
        "has_script": True,
    }
    return Reading(**{**facts, **changes})


@pytest.mark.parametrize(("passed", "earned"), [(20, 20), (40, 40), (41, 40), (3600, 40), (0, 0), (-60, 0), (0.9, 0)])
def test_a_beat_earns_the_time_since_the_last_but_no_absence(passed, earned):
    assert rules.credited(NOON, NOON + timedelta(seconds=passed), 40, 0, 9) == earned


def test_a_lesson_earns_at_most_three_times_its_minutes():
    full = 9 * 60 * 3
    assert rules.credited(NOON, NOON + timedelta(seconds=20), 40, full - 5, 9) == 5
    assert rules.credited(NOON, NOON + timedelta(seconds=20), 40, full, 9) == 0


@given(st.lists(st.integers(-200, 5000), max_size=80), st.integers(1, 60))
def test_no_flood_of_beats_earns_more_than_the_clock_showed(gaps, minutes):
    seconds, previous, started = 0, NOON, NOON
    latest = NOON
    now = NOON
    for gap in gaps:
        now = now + timedelta(seconds=gap)
        seconds += rules.credited(previous, now, 40, seconds, minutes)
        previous = max(previous, now)
        latest = max(latest, now)
    assert 0 <= seconds <= min((latest - started).total_seconds(), minutes * 180)


def test_without_beats_the_time_from_opening_counts_up_to_the_stated_minutes():
    assert rules.longest_gap(NOON, NOON, 9) == 540
    assert rules.longest_gap(NOON, NOON + timedelta(seconds=20), 9) == 40


@given(st.integers(-5, 500), st.integers(0, 200), st.integers(1, 120))
def test_what_is_left_is_between_a_minute_and_the_whole(furthest, blocks, minutes):
    at = rules.clamped(furthest, blocks)
    assert 1 <= at <= max(1, blocks)
    assert 0 <= rules.percent(at, blocks) <= 99
    assert 1 <= rules.minutes_left(minutes, at, blocks) <= minutes


def test_the_first_paragraph_leaves_the_whole_lesson():
    assert rules.minutes_left(9, 1, 12) == 9
    assert rules.minutes_left(9, 7, 12) == 5


def test_a_lesson_that_was_read_may_be_finished():
    rules.check_may_finish(reading(), SHARE)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answered": frozenset({"q1"})}, "还有 1 个随堂一问没有答"),
        ({"answered": frozenset()}, "还有 2 个随堂一问没有答"),
        ({"furthest": 11}, "还没有读到最后"),
        ({"seconds": 161}, "至少要读 2 分 42 秒，现在读了 2 分 41 秒"),
        ({"has_script": False, "furthest": 1, "seconds": 0}, "现在读了 0 秒"),
    ],
)
def test_what_is_missing_is_said(changes, words):
    with pytest.raises(Refused) as refused:
        rules.check_may_finish(reading(**changes), SHARE)
    assert words in str(refused.value)


def test_without_script_time_and_answers_are_enough():
    rules.check_may_finish(reading(has_script=False, furthest=1, seconds=162), SHARE)


def test_the_share_is_the_rule_s():
    rules.check_may_finish(reading(seconds=0), Decimal(0))
    with pytest.raises(Refused):
        rules.check_may_finish(reading(seconds=539), Decimal(1))


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 秒"), (59, "59 秒"), (60, "1 分钟"), (162, "2 分 42 秒")])
def test_a_duration_reads_as_people_say_it(seconds, words):
    assert rules.duration(seconds) == words


@pytest.mark.parametrize(
    ("chosen", "is_multiple"), [([], False), ([], True), ([4], False), ([-1], True), ([0, 1], False)]
)
def test_a_choice_that_cannot_be_is_refused(chosen, is_multiple):
    with pytest.raises(Refused):
        rules.checked_choice(chosen, 4, is_multiple=is_multiple)


def test_a_choice_is_kept_sorted_and_once():
    assert rules.checked_choice([2, 0, 2], 4, is_multiple=True) == [0, 2]


@given(st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_an_answer_is_right_when_it_is_exactly_right(chosen, right):
    assert rules.is_right(sorted(chosen), sorted(right)) == (chosen == right)


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_a_course_is_complete_when_each_unit_is(units, done):
    assert rules.is_complete(units, done) == (bool(units) and all(unit in done for unit in units))


def test_a_closed_course_takes_nobody_in():
    with pytest.raises(Refused):
        rules.check_may_enrol(is_open=False)
