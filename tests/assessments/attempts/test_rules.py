"""What may be done with an attempt, and what an answer may look like."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.attempts import rules
from lms.errors import Refused

pytestmark = pytest.mark.no_database

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


class TestSave:
    def test_an_open_attempt_takes_answers_until_its_deadline(self):
        rules.check_may_save("open", LATER, 1, 1, NOW)
        with pytest.raises(rules.Closed, match="时间到"):
            rules.check_may_save("open", NOW, 1, 1, NOW)

    @pytest.mark.parametrize(("status", "words"), [("handed_in", "已经交卷"), ("voided", "已经作废")])
    def test_a_closed_one_takes_none(self, status, words):
        with pytest.raises(rules.Closed, match=words):
            rules.check_may_save(status, LATER, 1, 1, NOW)

    @pytest.mark.parametrize("given", [1, 3])
    def test_a_device_it_has_left_can_only_look(self, given):
        with pytest.raises(rules.Moved, match="另一台设备"):
            rules.check_may_save("open", LATER, 2, given, NOW)


class TestSubmit:
    def test_once(self):
        rules.check_may_submit("open")
        for status, words in (("handed_in", "交过卷"), ("voided", "作废")):
            with pytest.raises(Refused, match=words):
                rules.check_may_submit(status)


class TestVoid:
    def test_a_reason_is_trimmed_and_kept(self):
        assert rules.check_may_void("handed_in", "  机房  停电二十分钟 ") == "机房 停电二十分钟"
        assert len(rules.check_may_void("open", "停" * 900)) == 300

    @pytest.mark.parametrize("reason", ["", "  ", "停电", " 停 电 "])
    def test_a_reason_is_needed(self, reason):
        with pytest.raises(Refused, match="理由"):
            rules.check_may_void("handed_in", reason)

    def test_once(self):
        with pytest.raises(Refused, match="已经作废"):
            rules.check_may_void("voided", "机房停电")


class TestValue:
    def read(self, given, keys=("A", "B", "C"), *, is_multiple=False):
        return rules.read_value(given, keys, is_multiple=is_multiple)

    def test_choices_are_sorted_and_once_each(self):
        assert self.read({"chosen": ["C", "A", "A"]}, is_multiple=True) == {"chosen": ["A", "C"]}

    def test_nothing_chosen_is_an_empty_answer_and_a_flag_stays(self):
        assert self.read({}) == {}
        assert self.read({"flagged": True}) == {"flagged": True}

    def test_words_are_trimmed_and_cleaned(self):
        assert self.read({"text": " 督办\x00\ud800 "}, keys=()) == {"text": "督办"}
        assert self.read({"chosen": ["A"]}, keys=()) == {}

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"chosen": ["Z"]}, "没有 Z"),
            ({"chosen": ["A", "B"]}, "只能选一项"),
            ({"chosen": "A"}, "看不懂"),
            ({"chosen": [1]}, "看不懂"),
            ({"chosen": {"A": 1}}, "看不懂"),
        ],
    )
    def test_what_cannot_be_a_choice_is_refused(self, given, words):
        with pytest.raises(Refused, match=words):
            self.read(given)

    @pytest.mark.parametrize(("text", "words"), [("长" * 501, "最多 500"), (5, "看不懂"), (["x"], "看不懂")])
    def test_what_cannot_be_words_is_refused(self, text, words):
        with pytest.raises(Refused, match=words):
            self.read({"text": text}, keys=())

    def test_a_flag_alone_is_no_answer(self):
        assert not rules.is_answered({"flagged": True})
        assert not rules.is_answered(None)
        assert rules.is_answered({"chosen": ["A"]})
        assert rules.is_answered({"text": "督办"})

    @given(st.dictionaries(st.sampled_from(["chosen", "text", "flagged"]), st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=600) | st.lists(st.text(max_size=3), max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    )))  # fmt: skip
    def test_whatever_comes_is_read_or_refused(self, given):
        for keys in ((), ("A", "B")):
            try:
                value = rules.read_value(given, keys, is_multiple=True)
            except Refused:
                continue
            assert set(value) <= {"chosen", "text", "flagged"}
            assert set(value.get("chosen", ())) <= set(keys)
