"""What counts as evidence: the right rows of the right days, combined as the measure says."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appraisals.evidence import rules
from appraisals.evidence.rules import Combine, Row
from lms.errors import Refused

pytestmark = pytest.mark.no_database

Q3 = (date(2026, 7, 1), date(2026, 9, 30))


def month(number: int, value: str, row_id: int = 0, sample: int | None = None) -> Row:
    return Row(row_id or number, date(2026, number, 1), date(2026, number, 28), Decimal(value), sample)


def test_a_rate_is_the_plain_mean_of_the_months_inside_the_period():
    rows = [month(6, "10"), month(7, "90"), month(8, "92"), month(9, "97")]
    found = rules.measure_evidence("qc", rows, Q3, least_raters=5)
    assert found.value == Decimal(93)
    assert found.rows == (("measure_row", 7), ("measure_row", 8), ("measure_row", 9))
    assert found.calculation == "(90 + 92 + 97)÷3 = 93"


def test_a_row_that_only_touches_the_period_does_not_count():
    half = Row(1, date(2026, 6, 15), date(2026, 7, 15), Decimal(50))
    assert rules.measure_evidence("qc", [half], Q3, least_raters=5) is None


def test_a_rating_stands_for_a_year_and_the_newest_counts():
    rows = [month(1, "80"), month(5, "86"), Row(99, date(2025, 1, 1), date(2025, 9, 30), Decimal(99))]
    assert rules.measure_evidence("competency_rating", rows, Q3, least_raters=5).value == 86


def test_a_survey_with_four_raters_is_shown_and_not_scored():
    few = rules.measure_evidence("survey_360", [month(8, "90", sample=4)], Q3, least_raters=5)
    assert (few.value, few.points) == (90, None)
    assert "4 份" in few.note
    assert rules.measure_evidence("survey_360", [month(8, "90", sample=5)], Q3, least_raters=5).points == 90


def test_deductions_add_up():
    assert rules.combined([month(7, "2"), month(8, "3")], Combine.total) == 5


def test_a_mean_says_how_it_came_about():
    found = rules.mean_evidence([(Decimal(90), ("award", 1)), (Decimal(95), ("award", 2))])
    assert (found.points, found.calculation) == (Decimal("92.5"), "(90 + 95)÷2 = 92.5")
    assert rules.mean_evidence([]) is None


@pytest.mark.parametrize(
    ("starts_on", "due"),
    [
        (date(2024, 5, 1), "30.00"),
        (date(2026, 4, 15), "20.00"),
        (date(2026, 9, 30), "3.33"),
        (date(2026, 10, 1), "0.00"),
    ],
)
def test_hours_due_are_the_months_share_of_the_year(starts_on, due):
    assert rules.required_so_far(Decimal(40), date(2026, 9, 30), starts_on) == Decimal(due)


@pytest.mark.parametrize(
    ("code", "value"), [("qc", "100.1"), ("qc", "-1"), ("satisfaction", "NaN"), ("fatal_errors", "-1")]
)
def test_a_value_out_of_range_is_refused(code, value):
    with pytest.raises(Refused, match="不在 0 到"):
        rules.check_row(code, "指标", Decimal(value), *Q3)


def test_a_reversed_period_is_refused():
    with pytest.raises(Refused, match="起止日期反了"):
        rules.check_row("qc", "质检分", Decimal(90), Q3[1], Q3[0])


def test_counts_may_be_larger_than_a_hundred():
    rules.check_row("leave_days", "病事假天数", Decimal(200), *Q3)


def test_an_unknown_measure_proves_nothing():
    assert rules.reading("weather").part is None


def test_a_certificate_is_of_the_post_by_subject_or_by_what_its_exam_covers():
    assert rules.proves_post("C1")
    assert rules.proves_post("final-2026", ["A3", "B2"])
    assert not rules.proves_post("A3", ["A3"])


@given(st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=12))
def test_a_mean_lies_between_the_lowest_and_the_highest(values):
    rows = [Row(n, *Q3, value) for n, value in enumerate(values, 1)]
    assert min(values) <= rules.combined(rows, Combine.mean) <= max(values)
