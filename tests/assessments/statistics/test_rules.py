"""Figures checked by hand on a paper of three questions and five people, and laws that hold for any."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.statistics.rules import items, moments, papers
from assessments.statistics.rules.items import OptionPick, Picked, Row, Sheet, Tally

pytestmark = pytest.mark.no_database
# Five people, three questions of one point each: totals 3, 2, 2, 1, 0 (mean 1.6; Σ(t − mean)² = 5.2, variance 1.3).
ANSWERS = ((1, 1, 1), (1, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 0))


def tally(answers=ANSWERS) -> Tally:
    sheets = [
        Sheet(
            tuple(Row(n, n, float(x), 1.0, ("A" if x else "B",)) for n, x in enumerate(row, 1)),
            sum(row) * 100 / len(row),
        )
        for row in answers
    ]
    found = Tally(*items.cuts(sheet.score for sheet in sheets))
    for sheet in sheets:
        found.add(sheet)
    return found


def figures(item: int, **kwargs):
    return items.figures(tally(), item, ["A"], ["A", "B"], **kwargs)


def test_facility():
    assert [figures(n).facility for n in (1, 2, 3)] == [0.8, 0.4, 0.4]


def test_discrimination_is_the_correlation_with_the_rest():
    # Item 2: x = 1 1 0 0 0, rest = 2 1 2 1 0 (mean 1.2). Σ dx·dr = .6·.8 − .6·.2 − .4·.8 + .4·.2 + .4·1.2 = 0.6.
    # Σ dx² = 1.2, Σ dr² = 2.8, so r = 0.6 ÷ √(1.2 · 2.8) = 0.327327.
    assert figures(2).discrimination == pytest.approx(0.327327, abs=1e-6)


def test_alpha_error_ratio_and_standard_error():
    # Item variances (n − 1): .2, .3, .3 → Σ = .8. α = 3/2 · (1 − .8/1.3) = .576923. ER = √(1 − α) = .650444.
    found = papers.paper(tally(), [100.0, 200 / 3, 200 / 3, 100 / 3, 0.0])
    assert found.cic == pytest.approx(57.6923, abs=1e-4)
    assert found.error_ratio == pytest.approx(65.0444, abs=1e-4)
    assert found.sd == pytest.approx(math.sqrt(1.3) * 100 / 3)
    assert found.se == pytest.approx(0.650444 * math.sqrt(1.3) * 100 / 3, abs=1e-3)
    assert (found.n, found.mean, found.median) == (5, pytest.approx(160 / 3), pytest.approx(200 / 3))


def test_effective_weights_sum_to_the_whole():
    # cov(item, total): item 1: .35 … each √cov ÷ Σ√cov.
    whole = items.weights(tally())
    assert sum(figures(n, whole=whole).weight_percent for n in (1, 2, 3)) == pytest.approx(100)
    assert figures(1, whole=whole).intended_percent == pytest.approx(100 / 3)


def test_upper_and_lower_groups_are_the_best_and_weakest_27_percent():
    assert items.cuts([0, 1, 2, 2, 3]) == (3, 0)
    right = figures(2).picks[0]
    assert (right.share, right.upper, right.lower) == (0.4, 1.0, 0.0)


def test_kurtosis_and_skewness_by_hand():
    # 1 2 2 7: mean 3; Σd² = 22, Σd³ = 54, Σd⁴ = 274; k2 = 22/3.
    variance, skew, kurtosis = moments.k_statistics([1, 2, 2, 7])
    assert variance == pytest.approx(22 / 3)
    assert skew == pytest.approx(4 * 54 / (3 * 2) / (22 / 3) ** 1.5)
    assert kurtosis == pytest.approx(4 * 5 * 274 / (3 * 2 * 1) / (22 / 3) ** 2 - 3 * 9 / 2)


@pytest.mark.parametrize("values", [[], [5.0], [5.0, 5.0], [5.0, 5.0, 5.0, 5.0]])
def test_small_or_flat_data_give_none_not_an_error(values):
    variance, skew, kurtosis = moments.k_statistics(values)
    assert skew is None
    assert kurtosis is None
    assert variance in {None, 0}
    assert papers.alpha([0.0, 0.0], 0.0) is None
    assert papers.alpha([1.0], 1.0) is None


def test_one_answer_says_nothing():
    found = items.figures(tally(((1, 0),)), 1, ["A"], ["A", "B"])
    assert (found.discrimination, found.verdict) == (None, "few")


@pytest.mark.parametrize(
    ("f", "d", "verdict"),
    [(0.5, -0.1, "negative"), (0.03, 0.2, "hard"), (0.97, 0.2, "easy"), (0.5, 0.1, "flat"), (0.5, 0.2, "fair"), (0.5, 0.4, "good"), (0.5, None, "flat")],
)  # fmt: skip
def test_verdicts(f, d, verdict):
    assert items.judged(30, f, d, ()) == (verdict, "")
    assert items.judged(29, f, d, ()) == ("few", "")


def test_a_distractor_that_the_strong_choose_makes_the_key_suspect():
    picks = (Picked("A", True, 10, 0.3, 0.2, 0.4, 0.05), Picked("B", False, 20, 0.6, 0.8, 0.3, 0.35))
    assert items.judged(60, 0.3, 0.05, picks) == ("key", "B")
    weaker = (Picked("A", True, 10, 0.3, 0.2, 0.4, 0.36), picks[1])
    assert items.judged(60, 0.3, 0.36, weaker) == ("good", "")


@given(st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4), min_size=1, max_size=40))
def test_figures_stay_in_their_bounds(answers):
    found = tally(answers)
    whole = items.weights(found)
    for n in range(1, 5):
        one = items.figures(found, n, ["A"], ["A", "B"], whole=whole)
        assert 0 <= one.facility <= 1
        assert one.discrimination is None or -1 <= one.discrimination <= 1
        assert sum(pick.n for pick in one.picks) == one.n
        assert items.from_dict(items.to_dict(one)) == one
    paper = papers.paper(found, [sum(row) * 25.0 for row in answers])
    assert paper.cic is None or paper.cic <= 100 + 1e-9


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=2, max_size=50))
def test_running_sums_agree_with_two_passes(pairs):
    running = moments.Moments()
    for x, y in pairs:
        running.add(x, y)
    n = len(pairs)
    mx, my = math.fsum(x for x, _ in pairs) / n, math.fsum(y for _, y in pairs) / n
    cov = math.fsum((x - mx) * (y - my) for x, y in pairs) / (n - 1)
    assert running.cov == pytest.approx(cov, rel=1e-6, abs=1e-3)
    assert running.mean == pytest.approx(mx, abs=1e-6)


def test_an_option_nobody_chose_has_no_correlation():
    assert items.biserial(OptionPick(), moments.Moments()) is None
