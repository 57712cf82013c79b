"""Which question a day draws, and how a mistake leaves the book."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.practice import rules
from lms.errors import Refused

pytestmark = pytest.mark.no_database

START = datetime(2026, 11, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    at: datetime
    day: date
    verdict: str


def events(*told: tuple[int, str]) -> list[Event]:
    """(day, verdict) in the order told, an hour apart within a day."""
    return [
        Event(START + timedelta(days=day, minutes=n), date(2026, 11, 1) + timedelta(days=day), verdict)
        for n, (day, verdict) in enumerate(told)
    ]


class TestBook:
    @pytest.mark.parametrize("verdict", ["wrong", "partly"])
    def test_a_lost_point_brings_a_question_in(self, verdict):
        assert rules.standing(events((0, verdict))).is_in

    @pytest.mark.parametrize("verdict", ["right", "blank"])
    def test_a_right_or_blank_answer_does_not(self, verdict):
        assert not rules.standing(events((0, verdict))).is_in

    def test_two_right_answers_on_one_day_are_not_enough(self):
        found = rules.standing(events((0, "wrong"), (1, "right"), (1, "right")))
        assert (found.is_in, found.right_days) == (True, 1)

    def test_right_on_two_days_takes_it_out(self):
        assert not rules.standing(events((0, "wrong"), (1, "right"), (3, "right"))).is_in

    def test_a_mistake_on_the_way_starts_the_count_anew(self):
        told = [(0, "wrong"), (1, "right"), (2, "partly"), (3, "right")]
        found = rules.standing(events(*told))
        assert (found.is_in, found.right_days) == (True, 1)
        assert not rules.standing(events(*told, (4, "right"))).is_in

    def test_a_blank_on_the_way_changes_nothing(self):
        assert not rules.standing(events((0, "wrong"), (1, "right"), (2, "blank"), (3, "right"))).is_in

    def test_it_comes_back_after_a_new_mistake(self):
        found = rules.standing(events((0, "wrong"), (1, "right"), (2, "right"), (9, "wrong")))
        assert found.is_in
        assert found.came_at == START + timedelta(days=9, minutes=3)

    @given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["right", "wrong", "partly", "blank"])), max_size=12))
    def test_it_is_in_the_book_until_two_right_days_follow_the_last_mistake(self, told):
        told.sort(key=lambda one: one[0])
        found = rules.standing(events(*told))
        lost = [n for n, (_day, verdict) in enumerate(told) if verdict in {"wrong", "partly"}]
        after = {day for day, verdict in told[lost[-1] + 1 :] if verdict == "right"} if lost else set()
        assert found.is_in == (bool(lost) and len(after) < rules.RIGHT_DAYS)

    @given(st.permutations(events((0, "wrong"), (1, "right"), (2, "wrong"), (3, "right"), (5, "right"))))
    def test_the_order_in_which_they_are_read_does_not_matter(self, told):
        assert not rules.standing(told).is_in


class TestDraw:
    @given(st.integers(1, 10**9), st.dates(), st.integers(1, 5000))
    def test_a_day_has_one_place_within_the_bank(self, person_id, day, count):
        place = rules.daily_place(person_id, day, count)
        assert 0 <= place < count
        assert place == rules.daily_place(person_id, day, count)

    def test_people_and_days_differ(self):
        days = [date(2026, 11, 1) + timedelta(days=n) for n in range(28)]
        assert len({rules.daily_place(1, day, 1000) for day in days}) > 20
        assert len({rules.daily_place(person, days[0], 1000) for person in range(28)}) > 20

    @pytest.mark.parametrize(
        ("answered", "drawn", "given_id", "is_blank", "words"),
        [
            (True, None, 7, False, "已经答过"),
            (False, 8, 7, False, "换了一道"),
            (False, None, 7, False, "换了一道"),
            (False, 7, 7, True, "先选一个答案"),
        ],
    )
    def test_what_is_refused(self, answered, drawn, given_id, is_blank, words):
        with pytest.raises(Refused, match=words):
            rules.check_daily(answered, drawn, given_id, is_blank=is_blank)

    def test_an_empty_set_is_refused(self):
        with pytest.raises(Refused, match="还没有作答"):
            rules.check_set([])
