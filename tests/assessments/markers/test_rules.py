"""Points by a rubric, and when two marks agree."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.markers import rules
from assessments.markers.rules import Terms
from lms.errors import Refused

RUBRIC = [
    {"criterion": "安抚", "points": "4", "descriptors": []},
    {"criterion": "复述", "points": "6", "descriptors": []},
]
pytestmark = pytest.mark.no_database


def test_points_are_the_share_of_the_rubric():
    rows = rules.read_rows(RUBRIC, ["3", "4.5"])
    assert rules.points_for(rows, Decimal(20)) == Decimal("15.00")


@pytest.mark.parametrize(
    "typed",
    [["5", "1"], ["-1", "1"], ["x", "1"], ["", "1"], ["1"], ["NaN", "1"], ["1.001", "1"], ["1e9", "1"], ["1e400", "1"]],
)
def test_what_is_not_points_is_refused(typed):
    with pytest.raises(Refused):
        rules.read_rows(RUBRIC, typed)


@given(st.lists(st.decimals(0, 20, places=2), min_size=1, max_size=3), st.integers(0, 100), st.booleans())
def test_settled_points_lie_between_the_marks(points, threshold, is_double):
    stage, settled = rules.settle(points[: 3 if is_double else 1], Terms(is_double, threshold), Decimal(20))
    assert (stage == rules.SETTLED) == (settled is not None)
    if settled is not None:
        assert min(points) <= settled <= max(points)


def test_two_marks_settle_by_their_mean_up_to_the_threshold_and_a_third_decides_beyond():
    terms, full = Terms(is_double=True, threshold_percent=20), Decimal(20)
    assert rules.settle([Decimal(10)], terms, full) == (rules.SECOND, None)
    assert rules.settle([Decimal(10), Decimal(14)], terms, full) == (rules.SETTLED, Decimal(12))
    assert rules.settle([Decimal(10), Decimal("14.01")], terms, full) == (rules.THIRD, None)
    assert rules.settle([Decimal(10), Decimal(20), Decimal(19)], terms, full) == (rules.SETTLED, Decimal(19))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"person_id": 7}, "自己"),
        ({"is_waiting": False}, "不再需要"),
        ({"earlier": {7}}, "已经评过"),
        ({"stage": 2}, "刚由别人"),
    ],
)
def test_who_may_not_mark(change, words):
    asked = {"stage": 1, "wanted": 1, "is_waiting": True, "person_id": 1, "marker_id": 7, "earlier": set()}
    rules.check_may_mark(**asked)
    with pytest.raises(Refused, match=words):
        rules.check_may_mark(**(asked | change))
