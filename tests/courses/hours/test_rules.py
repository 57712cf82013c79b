"""How minutes become hours: bands, quarters, the daily maximum."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.hours import rules
from lms.errors import Refused

pytestmark = pytest.mark.no_database

LESSON = [{"at_most": 15, "hours": "0.25"}, {"below": 30, "hours": "0.5"}, {"hours": "1"}]
EXAM = [{"hours": "0.5"}]
EIGHT = Decimal(8)
quarters = st.integers(0, 80).map(lambda n: Decimal(n) / 4)


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, "0"), (-3, "0"), (1, "0.25"), (15, "0.25"), (16, "0.5"), (29, "0.5"), (30, "1"), (600, "1")],
)
def test_a_lesson_counts_by_its_band(minutes, hours):
    assert rules.hours_for(minutes, LESSON) == Decimal(hours)


def test_an_exam_counts_half_an_hour_whatever_its_length():
    assert {rules.hours_for(n, EXAM) for n in (1, 20, 180)} == {Decimal("0.5")}


@pytest.mark.parametrize(
    ("minutes", "bands", "words"),
    [
        (6, LESSON, "6 分钟，不超过 15 分钟，计 0.25 学时"),
        (20, LESSON, "20 分钟，不满 30 分钟，计 0.5 学时"),
        (45, LESSON, "45 分钟，30 分钟以上，计 1 学时"),
        (25, EXAM, "通过一次，计 0.5 学时"),
        (0, LESSON, "0 分钟，不计学时"),
    ],
)
def test_the_calculation_is_told(minutes, bands, words):
    assert rules.words(minutes, bands) == words


def test_the_day_is_full_at_its_maximum():
    earned = rules.credit(45, LESSON, EIGHT, Decimal("7.5"))
    assert earned.hours == Decimal("0.5")
    assert earned.calculation == "45 分钟，30 分钟以上，计 1 学时；当日上限 8 学时，已计 7.5，实计 0.5 学时"
    assert rules.credit(45, LESSON, EIGHT, EIGHT).hours == 0


@given(st.integers(-5, 1000), st.integers(-5, 1000))
def test_more_minutes_never_count_less(one, other):
    few, many = sorted((one, other))
    assert rules.hours_for(few, LESSON) <= rules.hours_for(many, LESSON)


@given(st.lists(st.integers(1, 240), max_size=60))
def test_no_day_ever_holds_more_than_its_maximum(lengths):
    total = Decimal(0)
    for minutes in lengths:
        earned = rules.credit(minutes, LESSON, EIGHT, total).hours
        assert earned >= 0
        assert earned == rules.quarter(earned)
        total += earned
    assert total <= EIGHT
    assert total == min(
        EIGHT, sum((rules.hours_for(m, LESSON) for m in lengths), Decimal(0))
    ) or total >= EIGHT - Decimal("0.75")


@given(st.decimals(0, 100, places=4))
def test_quarters_are_cut_never_rounded_up(hours):
    cut = rules.quarter(hours)
    assert cut <= hours < cut + rules.QUARTER


@given(st.integers(-10, 400), quarters, quarters)
def test_a_credit_is_never_negative(minutes, maximum, counted):
    assert rules.credit(minutes, LESSON, maximum, counted).hours >= 0


@dataclass(frozen=True)
class Row:
    valid_from: date
    valid_to: date | None = None


def test_the_newest_row_that_holds_on_the_day_counts():
    old, new = Row(date(2024, 1, 1)), Row(date(2026, 1, 1))
    ended = Row(date(2025, 1, 1), date(2025, 12, 31))
    rows = [new, old, ended]
    assert rules.in_force(rows, date(2023, 12, 31)) is None
    assert rules.in_force(rows, date(2024, 6, 1)) is old
    assert rules.in_force(rows, date(2025, 6, 1)) is ended
    assert rules.in_force(rows, date(2026, 1, 1)) is new


@given(st.lists(st.tuples(st.integers(0, 900), st.none() | st.integers(0, 300)), max_size=8), st.integers(0, 1200))
def test_a_row_never_counts_outside_its_days(spans, offset):
    start = date(2024, 1, 1)
    rows = [Row(start + timedelta(days=a), None if b is None else start + timedelta(days=a + b)) for a, b in spans]
    day = start + timedelta(days=offset)
    found = rules.in_force(rows, day)
    holding = [row for row in rows if row.valid_from <= day and (row.valid_to is None or row.valid_to >= day)]
    assert (found is None) == (not holding)
    if found:
        assert found.valid_from == max(row.valid_from for row in holding)


@pytest.mark.parametrize(
    ("hours", "shown"), [("0.25", "0.25"), ("1.0000", "1"), ("0.50", "0.5"), ("40", "40"), ("0", "0"), ("100", "100")]
)
def test_hours_are_written_without_trailing_zeros(hours, shown):
    assert rules.shown(Decimal(hours)) == shown


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"is_reversal": True, "is_reversed": False, "reason": "x"}, "本身就是冲销"),
        ({"is_reversal": False, "is_reversed": True, "reason": "x"}, "已经冲销过"),
        ({"is_reversal": False, "is_reversed": False, "reason": "  "}, "理由"),
    ],
)
def test_a_reversal_is_refused_with_its_reason(facts, words):
    with pytest.raises(Refused, match=words):
        rules.check_may_reverse(Decimal(1), **facts)


def test_a_line_of_no_hours_needs_no_reversal():
    with pytest.raises(Refused, match="0 学时"):
        rules.check_may_reverse(Decimal(0), is_reversal=False, is_reversed=False, reason="x")


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ([{"hours": "1"}, {"below": 9, "hours": "2"}], "没有上限"),
        ([{"below": 9, "hours": "1"}, {"below": 5, "hours": "2"}], "大于前一档"),
        ([{"below": 9, "hours": "1"}, {"hours": "0.5"}], "不少于前一档"),
        ([{"hours": "0.3"}], "0.25 的倍数"),
        ([{"hours": "viele"}], "要写数"),
        ([], "缺少 bands"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(bands, words):
    entry = {"code": "x", "activity": "lesson", "title": "x", "category": "online", "valid_from": date(2024, 1, 1)}
    assert any(words in fault for fault in rules.rule_faults({**entry, "bands": bands}))


def test_a_rule_needs_a_day_and_a_known_category():
    found = rules.rule_faults(
        {"code": "x", "activity": "y", "title": "z", "category": "w", "bands": EXAM, "valid_from": "soon"}
    )
    assert len(found) == 2
