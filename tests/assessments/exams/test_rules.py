"""Exam terms: window, attempts, delays, what may be seen afterwards."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.exams import rules
from assessments.exams.rules import Sitting
from lms.errors import Refused

pytestmark = pytest.mark.no_database

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Terms:
    is_open: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    minutes: int = 60
    attempts_allowed: int = 3
    first_delay_hours: int = 24
    later_delay_hours: int = 48


def failed(number: int, hours_ago: float) -> Sitting:
    return Sitting(number, is_open=False, handed_in_at=NOW - hours_ago * HOUR, is_passed=False)


def state(terms: Terms, *sittings: Sitting) -> str:
    return rules.standing(terms, sittings, NOW).state


class TestStanding:
    def test_nobody_has_sat_it_yet(self):
        found = rules.standing(Terms(), [], NOW)
        assert (found.state, found.attempts_left, found.next_at) == ("ready", 3, None)

    def test_one_under_way_comes_before_everything_else(self):
        assert state(Terms(is_open=False), Sitting(1, is_open=True, handed_in_at=None, is_passed=False)) == "running"

    def test_a_pass_ends_it(self):
        assert state(Terms(), Sitting(1, is_open=False, handed_in_at=NOW, is_passed=True)) == "passed"

    def test_the_window(self):
        assert state(Terms(opens_at=NOW + HOUR)) == "not_yet"
        assert state(Terms(opens_at=NOW)) == "ready"
        assert state(Terms(closes_at=NOW)) == "closed"
        assert state(Terms(closes_at=NOW + HOUR)) == "ready"
        assert state(Terms(is_open=False)) == "closed"

    def test_the_first_delay_and_the_later_one(self):
        found = rules.standing(Terms(), [failed(1, 23)], NOW)
        assert (found.state, found.attempts_left, found.next_at) == ("waiting", 2, NOW + HOUR)
        assert state(Terms(), failed(1, 24)) == "ready"
        assert state(Terms(), failed(1, 90), failed(2, 47)) == "waiting"
        assert state(Terms(), failed(1, 90), failed(2, 48)) == "ready"

    def test_attempts_are_used_up(self):
        assert state(Terms(attempts_allowed=2), failed(1, 900), failed(2, 800)) == "used_up"

    @given(st.lists(st.floats(0, 500), max_size=6), st.integers(1, 5))
    def test_never_more_attempts_than_allowed(self, ages, allowed):
        made = [failed(n, age) for n, age in enumerate(sorted(ages, reverse=True), 1)]
        found = rules.standing(Terms(attempts_allowed=allowed), made, NOW)
        assert found.attempts_left == max(0, allowed - len(made))
        assert found.state != "ready" or len(made) < allowed


class TestStart:
    @pytest.mark.parametrize(
        ("terms", "sittings", "words"),
        [
            (Terms(), [Sitting(1, True, None, False)], "还没交卷"),
            (Terms(), [Sitting(1, False, NOW, True)], "已经通过"),
            (Terms(is_open=False), [], "已经关闭"),
            (Terms(opens_at=NOW + HOUR), [], "还没有开放"),
            (Terms(attempts_allowed=1), [failed(1, 99)], "已经用完"),
            (Terms(), [failed(1, 1)], "到时间后可以再考"),
        ],
    )
    def test_each_refusal_says_why(self, terms, sittings, words):
        with pytest.raises(Refused, match=words):
            rules.check_may_start(terms, sittings, NOW)

    def test_a_window_about_to_close_costs_no_attempt(self):
        with pytest.raises(Refused, match="没有用掉机会"):
            rules.check_may_start(Terms(closes_at=NOW + timedelta(seconds=59)), [], NOW)
        rules.check_may_start(Terms(closes_at=NOW + timedelta(seconds=60)), [], NOW)

    def test_the_window_shortens_the_time_and_the_page_can_say_so(self):
        terms = Terms(closes_at=NOW + timedelta(minutes=45, seconds=30))
        assert rules.deadline(terms, NOW) == terms.closes_at
        assert rules.minutes_from(terms, NOW) == 45
        assert rules.minutes_from(Terms(), NOW) == 60
        assert rules.minutes_from(terms, NOW + 2 * HOUR) == 0


class TestReview:
    def test_when_questions_may_be_seen(self):
        assert rules.may_review("immediate", is_over=False)
        assert not rules.may_review("after_close", is_over=False)
        assert rules.may_review("after_close", is_over=True)
        assert not rules.may_review("topics_only", is_over=True)

    def test_an_exam_is_over_when_its_window_closes_or_it_leaves_the_library(self):
        assert rules.is_closed(Terms(closes_at=NOW), NOW)
        assert rules.is_closed(Terms(is_open=False), NOW)
        assert not rules.is_closed(Terms(closes_at=NOW + HOUR), NOW)
        assert not rules.is_closed(Terms(), NOW)


class TestTerms:
    def test_good_terms_pass(self):
        rules.check_terms(Terms(opens_at=NOW, closes_at=NOW + HOUR), Decimal(80))

    @pytest.mark.parametrize(
        ("terms", "mark", "words"),
        [
            (Terms(), Decimal(0), "合格线"),
            (Terms(), Decimal("100.5"), "合格线"),
            (Terms(minutes=0), Decimal(80), "时长"),
            (Terms(minutes=601), Decimal(80), "时长"),
            (Terms(attempts_allowed=0), Decimal(80), "次数"),
            (Terms(first_delay_hours=-1), Decimal(80), "间隔"),
            (Terms(later_delay_hours=9000), Decimal(80), "间隔"),
            (Terms(opens_at=NOW, closes_at=NOW), Decimal(80), "早于"),
        ],
    )
    def test_terms_that_cannot_work_are_refused(self, terms, mark, words):
        with pytest.raises(Refused, match=words):
            rules.check_terms(terms, mark)


class TestRenewal:
    PASSED = Sitting(2, is_open=False, handed_in_at=NOW - HOUR, is_passed=True)

    def test_a_pass_that_may_be_renewed_counts_no_more_nor_what_came_before(self):
        made = [failed(1, 30), self.PASSED]
        assert rules.standing(Terms(), made, NOW, may_renew=False).state == "passed"
        found = rules.standing(Terms(), made, NOW, may_renew=True)
        assert (found.state, found.attempts_left) == ("ready", 3)

    def test_sittings_since_then_do(self):
        made = [self.PASSED, failed(3, 2)]
        found = rules.standing(Terms(), made, NOW, may_renew=True)
        assert (found.state, found.attempts_left) == ("waiting", 2)
        again = [*made, Sitting(4, is_open=True, handed_in_at=None, is_passed=False)]
        assert rules.standing(Terms(), again, NOW, may_renew=True).state == "running"

    def test_without_a_pass_nothing_is_forgotten(self):
        made = [failed(1, 200), failed(2, 150), failed(3, 100)]
        assert rules.standing(Terms(), made, NOW, may_renew=True).state == "used_up"
