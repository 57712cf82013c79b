"""Drawing a paper: the same seed gives the same paper, nothing twice, unseen first, feasible before anybody starts."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.papers import rules
from assessments.papers.rules import Cell
from lms.errors import Refused

pytestmark = pytest.mark.no_database


@dataclass(frozen=True)
class One:
    question_id: int
    version_id: int
    type: str
    topic: str


def pool(singles: int = 10, multiples: int = 6) -> list[One]:
    made = [("single", n) for n in range(singles)] + [("multiple", n) for n in range(multiples)]
    return [One(n, 1000 + n, kind, f"t{which % 3}") for n, (kind, which) in enumerate(made, 1)]


def cell(position: int, kind: str | None, count: int, points: str = "5", topics: tuple[str, ...] = ()) -> Cell:
    return Cell(position, f"第 {position} 部分", kind, count, Decimal(points), topics)


CELLS = [cell(1, "single", 5), cell(2, "multiple", 3)]


class TestDraw:
    @given(st.integers(0, 2**31))
    def test_a_seed_gives_one_paper_without_repeats(self, seed):
        asked = rules.draw(seed, CELLS, pool())
        assert asked == rules.draw(seed, CELLS, pool())
        assert len({one.version_id for one in asked}) == len(asked) == 8
        assert [one.position for one in asked] == list(range(1, 9))
        assert [one.section for one in asked] == [1] * 5 + [2] * 3

    def test_seeds_differ(self):
        assert len({tuple(one.version_id for one in rules.draw(seed, CELLS, pool())) for seed in range(20)}) > 10

    @given(st.integers(0, 2**31), st.sets(st.integers(1, 16)))
    def test_unseen_questions_come_first(self, seed, seen):
        asked = {one.version_id - 1000 for one in rules.draw(seed, CELLS, pool(), frozenset(seen))}
        for kind, wanted in (("single", 5), ("multiple", 3)):
            mine = {one.question_id for one in pool() if one.type == kind}
            assert len(asked & mine - seen) == min(wanted, len(mine - seen))

    @given(st.integers(0, 2**31), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 12))
    def test_what_is_called_feasible_can_always_be_drawn(self, seed, first, second, third, singles):
        cells = [
            cell(n, kind, count, topics=topics)
            for n, (kind, count, topics) in enumerate(
                [(None, first, ()), ("single", second, ("t0", "t1")), ("single", third, ())], 1
            )
            if count
        ]
        bank = pool(singles, 3)
        if not rules.shortages(cells, bank):
            assert len(rules.draw(seed, cells, bank)) == first + second + third

    def test_a_bank_that_ran_short_says_which_part(self):
        with pytest.raises(Refused, match="第 2 部分.*需 3 题，可用 2 题"):
            rules.draw(1, CELLS, pool(multiples=2))


class TestFeasible:
    def test_enough_is_enough(self):
        rules.check_feasible(CELLS, pool(5, 3))

    def test_a_shortage_names_the_part_and_what_there_is(self):
        with pytest.raises(Refused, match="需 5 题，可用 4 题"):
            rules.check_feasible(CELLS, pool(4, 3))

    def test_parts_that_share_questions_are_counted_at_their_worst(self):
        cells = [cell(1, None, 3), cell(2, "single", 5)]
        assert rules.shortages(cells, pool(5, 9)) == [(cells[1], 2)]
        assert not rules.shortages(cells, pool(8, 9))

    def test_topics_narrow_a_part(self):
        assert rules.shortages([cell(1, "single", 5, topics=("t0",))], pool()) != []

    def test_points_must_come_to_a_hundred(self):
        with pytest.raises(Refused, match="现在是 40 分"):
            rules.check_cells(CELLS)
        with pytest.raises(Refused, match="还没有任何部分"):
            rules.check_cells([])
        rules.check_cells([cell(1, "single", 10, "10")])


class TestOptionOrder:
    OPTIONS = [{"key": key, "is_pinned": key == "D"} for key in "ABCD"]

    @given(st.integers(0, 2**31), st.integers(1, 60))
    def test_all_options_once_and_the_pinned_one_in_its_place(self, seed, position):
        order = rules.option_order(seed, position, self.OPTIONS, shuffled=True)
        assert sorted(order) == list("ABCD")
        assert order[3] == "D"
        assert order == rules.option_order(seed, position, self.OPTIONS, shuffled=True)

    def test_it_may_be_left_alone(self):
        assert rules.option_order(1, 1, self.OPTIONS, shuffled=False) == list("ABCD")
