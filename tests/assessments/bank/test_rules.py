"""How a question moves, what its figures say, which tags it may have; no database."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from assessments.bank.models import DraftState
from assessments.bank.rules import figures, states
from lms.errors import Refused

pytestmark = pytest.mark.no_database


@dataclass
class Card:
    is_retired: bool = False
    current_id: int | None = 1
    edition: int = 0


@dataclass
class Work:
    state: DraftState = DraftState.draft
    author_ids: list[int] = field(default_factory=lambda: [1])


@dataclass
class Numbers:
    n: int
    facility: Decimal | None = None
    discrimination: Decimal | None = None
    picks: dict = field(default_factory=dict)
    exposure: int = 0


class Life(RuleBasedStateMachine):
    """Whatever three people try in any order, nothing is published that its authors alone have seen."""

    def __init__(self):
        super().__init__()
        self.card, self.work, self.published_by = Card(), None, None

    def attempt(self, act):
        try:
            act()
        except Refused:
            return False
        return True

    @rule(who=st.integers(1, 3))
    def write(self, who):
        if self.attempt(lambda: states.check_may_edit(self.card, self.work)):
            self.work = self.work or Work(author_ids=[])
            self.work.author_ids = sorted({*self.work.author_ids, who})

    @rule(gaps=st.integers(0, 1))
    def send(self, gaps):
        if self.attempt(lambda: states.check_may_send(self.card, self.work, gaps)):
            assert gaps == 0
            self.work.state = DraftState.in_review

    @rule()
    def withdraw(self):
        if self.attempt(lambda: states.check_in_review(self.work)):
            self.work.state = DraftState.draft

    @rule(who=st.integers(1, 3))
    def publish(self, who):
        if self.attempt(lambda: states.check_reviewer(self.work, who)):
            assert who not in self.work.author_ids
            self.work = None

    @rule(who=st.integers(1, 3))
    def send_back(self, who):
        if self.attempt(lambda: states.check_reviewer(self.work, who)):
            self.work.state = DraftState.returned

    @rule()
    def retire_or_restore(self):
        check = states.check_may_restore if self.card.is_retired else states.check_may_retire
        assert self.attempt(lambda: check(self.card))
        self.card.is_retired = not self.card.is_retired

    @invariant()
    def one_word_says_where_it_stands(self):
        assert states.state_of(self.card, self.work) in states.STATE_LABELS


TestLife = Life.TestCase


def test_a_change_on_another_edition_is_refused():
    states.check_edition(Card(edition=3), 3)
    with pytest.raises(Refused):
        states.check_edition(Card(edition=3), 2)


@pytest.mark.parametrize(
    ("found", "words", "is_bad"),
    [
        (Numbers(29, Decimal(0), Decimal(-1)), "n 太小", False),
        (Numbers(30, Decimal("0.5"), Decimal("-0.1")), "写反了", True),
        (Numbers(30, Decimal("0.96"), Decimal("0.3")), "几乎人人答对", True),
        (Numbers(30, Decimal("0.05"), Decimal("0.3")), "几乎没有人答对", True),
        (Numbers(30, Decimal("0.5"), Decimal("0.14")), "区分度偏低", True),
        (Numbers(30, Decimal("0.5"), Decimal("0.15")), "都合适", False),
        (Numbers(30, Decimal("0.5")), "还没有算出来", False),
    ],
)
def test_what_figures_say(found, words, is_bad):
    assert words in figures.verdict(found)
    assert figures.needs_review(found) == is_bad


def test_few_answers_are_not_shown():
    assert [figures.is_shown(Numbers(n)) for n in (0, 4, 5)] == [False, False, True]


@pytest.mark.parametrize(
    ("words", "tags"), [("", []), ("供暖，新人 供暖", ["供暖", "新人"]), ("#保密、a,b", ["保密", "a", "b"])]
)
def test_tags(words, tags):
    assert states.tags_in(words) == tags


@pytest.mark.parametrize("words", ["长" * 21, " ".join(f"t{n}" for n in range(11))])
def test_too_long_and_too_many_tags(words):
    with pytest.raises(Refused):
        states.tags_in(words)
