"""Marking: an answer earns between nothing and its points, and a right answer in another spelling is right."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.marking import rules
from assessments.marking.rules import Mark, Marked

pytestmark = pytest.mark.no_database

MULTIPLE_RULES = ("all_or_nothing", "half_for_subset", "per_option")
KEYS = "ABCDEF"


@dataclass
class Question:
    type: str = "single"
    options: list = field(default_factory=list)
    accepted: list = field(default_factory=list)
    tolerance: Decimal | None = None
    unit_label: str = ""


def choice(type: str, right: str, keys: str = "ABCD") -> Question:  # noqa: A002
    return Question(type, [{"key": key, "is_right": key in right} for key in keys])


def points(question: Question, value, full: int = 6, rule: str = "all_or_nothing") -> Decimal:
    return rules.mark(question, value, Decimal(full), rule).points


def chosen(keys: str) -> dict:
    return {"chosen": list(keys)}


class TestChoice:
    def test_the_right_option_earns_all_points_and_another_none(self):
        question = choice("single", "B")
        assert points(question, chosen("B")) == 6
        assert points(question, chosen("A")) == 0

    def test_a_blank_answer_earns_nothing_and_is_called_blank(self):
        for value in (None, {}, {"chosen": []}, {"text": "  "}, {"flagged": True}):
            assert rules.mark(choice("single", "B"), value, Decimal(6), "all_or_nothing").verdict == "blank"

    def test_all_or_nothing_wants_exactly_the_right_options(self):
        question = choice("multiple", "ABD")
        assert points(question, chosen("ABD")) == 6
        for short in ("AB", "ABC", "ABCD", "C"):
            assert points(question, chosen(short)) == 0

    def test_half_for_a_subset_and_nothing_with_a_wrong_one(self):
        question = choice("multiple", "ABD")
        assert points(question, chosen("AB"), rule="half_for_subset") == 3
        assert points(question, chosen("A"), rule="half_for_subset") == 3
        assert points(question, chosen("ABC"), rule="half_for_subset") == 0

    def test_per_option_takes_wrong_from_right_down_to_nothing(self):
        question = choice("multiple", "ABD")
        assert points(question, chosen("AB"), rule="per_option") == 4
        assert points(question, chosen("ABC"), rule="per_option") == 2
        assert points(question, chosen("C"), rule="per_option") == 0

    @given(
        st.sets(st.sampled_from(KEYS), min_size=1),
        st.sets(st.sampled_from(KEYS)),
        st.sampled_from(MULTIPLE_RULES),
        st.integers(1, 20),
    )
    def test_points_stay_between_nothing_and_all(self, right, picked, rule, full):
        found = rules.mark(choice("multiple", "".join(right), KEYS), {"chosen": list(picked)}, Decimal(full), rule)
        assert 0 <= found.points <= full
        assert (found.points == full) == (picked == right)
        assert (found.verdict == "right") == (picked == right)

    @given(st.sets(st.sampled_from(KEYS), min_size=2), st.sets(st.sampled_from(KEYS)), st.sampled_from(MULTIPLE_RULES))
    def test_one_more_right_option_never_costs_points(self, right, picked, rule):
        question = choice("multiple", "".join(right), KEYS)
        for extra in right - picked:
            more = points(question, chosen("".join(picked | {extra})), rule=rule)
            assert more >= points(question, chosen("".join(picked)), rule=rule)


class TestWords:
    @pytest.mark.parametrize(
        ("given", "accepted"),
        [
            ("一", "1"), ("１", "一"), ("１２３８８", "12388"), ("一二三四五", "12345"), (" 首 问 负 责 ", "首问负责"),
            ("ＡＢＣ", "abc"), ("十五", "15"), ("二十", "20"), ("一百零五", "105"), ("一百二", "120"), ("两千", "2000"),
            ("三万元", "30000元"), ("3万", "三万"), ("1,000", "一千"), ("二〇二五年", "2025年"), ("「督办」", "督办"),
            ("5个工作日。", "五个工作日"),
        ],
    )  # fmt: skip
    def test_spellings_that_mean_the_same_match(self, given, accepted):
        assert rules.fill_in_matches(given, [accepted])

    @pytest.mark.parametrize(
        ("given", "accepted"),
        [("十四五", "十五五"), ("3万元", "30元"), ("二十", "12"), ("12389", "12388"), ("首问", "首问负责"), ("", "一"),
         ("。", "一"), ("一百零二", "一百二")],
    )  # fmt: skip
    def test_what_means_something_else_does_not(self, given, accepted):
        assert not rules.fill_in_matches(given, [accepted])

    @given(st.integers(1, 9_999))
    def test_every_number_below_ten_thousand_reads_the_same_in_characters(self, number):
        assert rules.folded(in_characters(number)) == str(number)

    @given(st.text(alphabet="一二三十百abcXYZ督办工单0123456789", max_size=40))
    def test_spaces_width_and_case_make_no_difference(self, text):
        wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
        for other in (" ".join(text), wide, text.upper(), text.lower()):
            assert rules.folded(other) == rules.folded(text)

    @given(st.text(max_size=600))
    def test_no_text_breaks_marking(self, text):
        for question in (Question("fill_in", accepted=["95"]), Question("numeric", accepted=["95"])):
            assert rules.mark(question, {"text": text}, Decimal(3), "all_or_nothing").points in {0, 3}


def in_characters(number: int) -> str:
    """A number as a person writes it in characters."""
    digits, words, is_gap = "零一二三四五六七八九", "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if is_gap and words else "") + digits[digit] + name
        is_gap = not digit
    return words


class TestNumbers:
    @pytest.mark.parametrize(
        ("given", "unit", "value"),
        [
            ("95", "", "95"), ("95%", "", "95"), ("９５％", "%", "95"), ("九十五", "", "95"), ("1,000 元", "元", "1000"),
            (".5", "", "0.5"), ("-3", "", "-3"), ("−3", "", "-3"), ("二十四小时", "小时", "24"), ("95。", "", "95"),
            ("+7", "", "7"),
        ],
    )  # fmt: skip
    def test_numbers_are_read(self, given, unit, value):
        assert rules.numeric_value(given, unit) == Decimal(value)

    @pytest.mark.parametrize(
        "given", ["", "九成", "1e99999999", "NaN", "Infinity", "0x5F", "1_0", "5元", "1.2.3", "--1"]
    )
    def test_what_is_no_number_is_none(self, given):
        assert rules.numeric_value(given) is None

    def test_within_the_tolerance_is_right(self):
        question = Question("numeric", accepted=["95"], tolerance=Decimal("0.5"))
        assert points(question, {"text": "95.5"}) == 6
        assert points(question, {"text": "94.5"}) == 6
        assert points(question, {"text": "95.51"}) == 0


def marked(section: int, competency: str, got: str, full: str) -> Marked:
    return Marked(section, competency, Mark(Decimal(got), Decimal(full), "right" if got == full else "wrong"))


class TestTotal:
    def test_the_score_is_on_a_hundred_and_passes_at_the_mark(self):
        rows = [marked(1, "K3", "40", "50"), marked(2, "K8", "40", "50")]
        grade = rules.total(rows, [(1, "单选题", None), (2, "多选题", None)], Decimal(80))
        assert (grade.score, grade.is_passed) == (80, True)
        assert not rules.total(rows, [(1, "单选题", None)], Decimal("80.01")).is_passed

    def test_a_section_below_its_minimum_fails_and_is_named(self):
        rows = [marked(1, "K3", "90", "90"), marked(2, "K8", "3", "10")]
        grade = rules.total(rows, [(1, "单选题", None), (2, "数值题", Decimal(4))], Decimal(80))
        assert not grade.is_passed
        assert grade.reasons == ("数值题",)
        assert rules.total(rows, [(2, "数值题", Decimal(3))], Decimal(80)).is_passed

    def test_abilities_come_in_the_order_of_their_numbers(self):
        grade = rules.total([marked(1, "K10", "1", "2"), marked(1, "K3", "2", "2")], [(1, "单选题", None)], Decimal(1))
        assert [(one.code, one.percent) for one in grade.abilities] == [("K3", 100), ("K10", 50)]

    def test_a_paper_without_points_scores_nothing(self):
        grade = rules.total([], [], Decimal(80))
        assert (grade.score, grade.is_passed, grade.question_count) == (0, False, 0)
        assert rules.AbilityTotal("K1", Decimal(0), Decimal(0)).percent == 0

    @given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 10)), min_size=1, max_size=30))
    def test_sections_and_abilities_add_up_to_the_whole(self, rows):
        made = [Marked(s, f"K{s}", Mark(Decimal(p), Decimal(10), "right")) for s, p in rows]
        grade = rules.total(made, [(1, "a", None), (2, "b", None), (3, "c", None)], Decimal(60))
        assert (
            sum(s.points for s in grade.sections) == sum(a.points for a in grade.abilities) == sum(p for _, p in rows)
        )
        assert 0 <= grade.score <= 100
