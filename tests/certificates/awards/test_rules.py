"""Numbers, masked names, validity and states, without a database."""

import json
import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.awards import rules
from certificates.awards.rules import ALPHABET, Facts, RevocationClass, State
from lms.errors import Refused

pytestmark = pytest.mark.no_database
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
DAY = date(2026, 11, 24)


class TestNumbers:
    def test_it_has_prefix_year_and_two_groups(self):
        assert rules.new_number("YZ", 2026, lambda signs: signs[0]) == "YZ26-2222-2222"
        assert rules.new_number("YZ", 2103, lambda signs: signs[-1]) == "YZ03-ZZZZ-ZZZZ"

    def test_no_sign_is_taken_for_another(self):
        assert not set("IO01") & set(ALPHABET)
        assert len(set(ALPHABET)) == len(ALPHABET) == 32

    @given(st.integers(0, 2**32), st.integers(2000, 2099), st.sampled_from(["YZ", "A", "HOTLIN"]))
    def test_every_number_is_found_however_it_is_typed(self, seed, year, prefix):
        chance = random.Random(seed)
        number = rules.new_number(prefix, year, chance.choice)
        assert len(number) <= 20
        wide = number.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})
        for typed in (
            number, number.lower(), number.replace("-", ""), number.replace("-", " "), wide, wide.lower(),
            f"  {number}　", number.replace("-", "—"), number.replace("-", "–"), " ".join(number), f"\u200b{number}",
        ):  # fmt: skip
            assert rules.normal_number(typed) == number

    @pytest.mark.parametrize(
        "typed", ["", " ", "YZ26", "YZ26-4217-K8Q", "YZ26-4217-K8QMM", "26-4217-K8QM", "证书", "<script>", "-" * 5000]
    )
    def test_what_is_no_number_is_none(self, typed):
        assert rules.normal_number(typed) is None

    @given(st.text(max_size=80))
    def test_any_text_gives_a_number_or_none(self, typed):
        found = rules.normal_number(typed)
        assert found is None or rules.normal_number(found) == found


class TestMaskedNames:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("林晓岚", "林*岚"), ("林岚", "林*"), ("林", "*"), ("", "*"), ("欧阳静安", "欧阳*安"), ("欧阳娜", "欧阳*"),
            ("尉迟嘉", "尉迟*"), ("王小二三", "王*三"), ("𠮷野明", "𠮷*明"), ("沈𬱖", "沈*"), ("阿依古丽·买买提", "阿***提"),
            ("John Smith", "J*** S***"), ("Madonna", "M***"), ("  林  晓岚 ", "林*岚"),
        ],
    )  # fmt: skip
    def test_it_shows_enough_to_recognise(self, name, masked):
        assert rules.masked_name(name) == masked

    @given(st.text(st.sampled_from("林晓岚欧阳静安王小二abcDEF·"), min_size=2, max_size=12))
    def test_a_name_is_never_shown_whole(self, name):
        assert rules.masked_name(name) != name
        assert "*" in rules.masked_name(name)


class TestValidity:
    @pytest.mark.parametrize(
        ("issued", "months", "until"),
        [
            (date(2026, 11, 24), 24, date(2028, 11, 23)),
            (date(2026, 11, 1), 12, date(2027, 10, 31)),
            (date(2027, 1, 31), 1, date(2027, 2, 28)),
            (date(2028, 1, 31), 1, date(2028, 2, 29)),
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2028, 2, 29), 48, date(2032, 2, 28)),
            (date(2026, 12, 31), 2, date(2027, 2, 28)),
            (date(2026, 3, 1), 12, date(2027, 2, 28)),
        ],
    )
    def test_the_last_day(self, issued, months, until):
        assert rules.valid_until(issued, months) == until

    @given(DAYS, st.integers(1, 120))
    def test_it_holds_about_that_long_and_later_never_ends_earlier(self, issued, months):
        until = rules.valid_until(issued, months)
        assert 28 * months - 1 <= (until - issued).days <= 31 * months
        assert rules.valid_until(issued + timedelta(days=1), months) >= until
        following = until + timedelta(days=1)
        assert following.day in {issued.day, 1}

    @given(DAYS, st.integers(1, 60), st.integers(1, 60))
    def test_more_months_end_later(self, issued, months, more):
        assert rules.valid_until(issued, months + more) > rules.valid_until(issued, months)


def facts(left: int | None = 100, **kwargs) -> Facts:
    until = None if left is None else DAY + timedelta(days=left)
    return Facts(
        **{"is_held": False, "is_revoked": False, "is_replaced": False, "has_newer": False, "valid_until": until}
        | kwargs
    )


class TestStates:
    @pytest.mark.parametrize(
        ("left", "state"),
        [(None, State.valid), (61, State.valid), (60, State.expiring), (0, State.expiring), (-1, State.expired)],
    )
    def test_by_the_days_left(self, left, state):
        assert rules.state(facts(left), DAY) == state

    def test_what_weighs_more(self):
        assert rules.state(facts(has_newer=True), DAY) == State.superseded
        assert rules.state(facts(-5, has_newer=True), DAY) == State.superseded
        assert rules.state(facts(is_held=True), DAY) == State.held
        assert rules.state(facts(is_held=True, is_replaced=True), DAY) == State.replaced
        assert rules.state(facts(is_held=True, is_revoked=True), DAY) == State.revoked
        assert rules.state(facts(-5, is_revoked=True, has_newer=True), DAY) == State.revoked

    @given(st.none() | st.integers(-1000, 1000), st.booleans(), st.booleans(), st.booleans(), st.booleans())
    def test_strangers_learn_of_issued_ones_only(self, left, held, revoked, replaced, newer):
        found = rules.state(facts(left, is_held=held, is_revoked=revoked, is_replaced=replaced, has_newer=newer), DAY)
        if held and not revoked:
            assert not rules.is_public(found)
        if not held:
            assert rules.is_public(found)

    def test_every_state_has_a_word(self):
        assert all(state.label for state in State)
        assert all(kind.label for kind in RevocationClass)

    @pytest.mark.parametrize(
        ("left", "due"), [(-1, None), (0, 7), (7, 7), (8, 30), (30, 30), (31, 60), (60, 60), (61, None)]
    )
    def test_the_nearest_reminder_is_due(self, left, due):
        assert rules.due_reminder(left) == due


class TestRevocation:
    def test_a_reason_is_tidied(self):
        assert rules.checked_revocation("other", "  姓名   写错了 ", is_revoked=False) == (
            RevocationClass.other,
            "姓名 写错了",
        )

    @pytest.mark.parametrize(
        ("kind", "reason"), [("other", "写错"), ("other", "    "), ("nothing", "姓名写错了"), ("other", "长" * 301)]
    )
    def test_class_and_reason_are_needed(self, kind, reason):
        with pytest.raises(Refused):
            rules.checked_revocation(kind, reason, is_revoked=False)

    def test_once_is_enough(self):
        with pytest.raises(Refused, match="已经撤销"):
            rules.checked_revocation("other", "姓名写错了", is_revoked=True)


class TestFacts:
    @given(
        st.dictionaries(
            st.text(max_size=5), st.none() | st.text(max_size=5) | st.integers() | st.lists(st.text(max_size=3))
        )
    )
    def test_the_same_facts_have_the_same_hash_whatever_their_order(self, values):
        again = json.loads(json.dumps(dict(reversed(values.items()))))
        assert rules.facts_hash(values) == rules.facts_hash(again)

    def test_another_sign_gives_another_hash(self):
        assert rules.facts_hash({"holder_name": "林晓岚"}) != rules.facts_hash({"holder_name": "林晓岗"})

    @pytest.mark.parametrize(
        ("title", "emphasis"),
        [
            ("受理岗位资格证书", "受理岗位"),
            ("质检员资格证", "质检员"),
            ("资格证书", "年度考试"),
            ("荣誉证书", "年度考试"),
        ],
    )
    def test_the_statement_names_the_post_or_the_exam(self, title, emphasis):
        text, found = rules.exam_statement(title, "年度考试")
        assert found == emphasis
        assert emphasis in text
