"""Rows of question sheets as offices write them; no database."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.bank import source
from assessments.bank.actions import sheets
from assessments.bank.models import Difficulty, QuestionType
from assessments.bank.reading import cells, citing, written
from assessments.bank.reading.columns import FIELDS, HEADER
from assessments.bank.reading.rows import Read, Reader
from assessments.bank.rules import wording
from assessments.bank.rules.wording import Draft, Option
from lms.imports import rules
from lms.sheets import reading, writing

pytestmark = pytest.mark.no_database


def read(*rows, header=None) -> list[Read]:
    """The questions of a sheet: its first row (or header) heads the columns."""
    header, rows = (header, rows) if header else (rows[0], rows[1:])
    mapping = rules.guess([str(word) for word in header], FIELDS)
    reader = Reader({key: header[column] for key, column in mapping.items()})
    found = []
    for number, row in enumerate(rows, start=2):
        padded = [*row, *[None] * (len(header) - len(row))]
        found += reader.take(number, {key: padded[column] for key, column in mapping.items()})
    return [*found, *reader.finish()]


def one(header, *row) -> Draft:
    found = read(header, row)[0]
    assert found.draft is not None, [str(fault) for fault in found.faults]
    return found.draft


def fault(header, *row) -> str:
    found = read(header, row)[0]
    assert found.draft is None
    return str(found.faults[0])


def right(draft: Draft) -> str:
    return "".join(letter for letter, option in zip("ABCDEFGH", draft.options, strict=False) if option.is_right)


ABCD = ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案")
TYPELESS = ("题目", "A", "B", "C", "D", "标准答案")
CELL = ("试题内容", "题型", "选项", "正确答案")


class TestAnswers:
    @pytest.mark.parametrize(
        "spelling", ["A、C", "AC", "ＡＣ", "a,c", "A，C", "C A", "A;C", "A|C", "AACC", "1、3", "①③", "甲；丙"]
    )
    def test_letters_in_every_spelling(self, spelling):
        assert right(one(ABCD, "多选题", "哪些？", "甲", "乙", "丙", "丁", spelling)) == "AC"

    @pytest.mark.parametrize("spelling", ["B", "b", "Ｂ", " B ", "B.", "乙", "B、乙", "2"])
    def test_one_letter(self, spelling):
        assert right(one(ABCD, "单选", "哪个？", "甲", "乙", "丙", "", spelling)) == "B"

    def test_an_option_that_is_a_number_is_named_by_its_words(self):
        assert right(one(ABCD, "单选", "哪个？", "3", "2", "1", "", 1.0)) == "C"

    @pytest.mark.parametrize(
        ("spelling", "truth"),
        [(word, True) for word in ("对", "正确", "√", "T", "true", "是", "Y", "✓", "A", 1, True)]
        + [(word, False) for word in ("错", "错误", "×", "F", "FALSE", "否", "n", "✗", "B", 0, False)],
    )
    def test_true_and_false(self, spelling, truth):
        assert one(("题干", "题型", "答案"), "对不对？", "判断题", spelling).accepted == [truth]

    def test_letters_of_a_judgement_follow_its_options(self):
        assert one(("题干", "题型", "A", "B", "答案"), "对不对？", "判断", "错误", "正确", "A").accepted == [False]

    @pytest.mark.parametrize(
        ("answer", "accepted"),
        [
            ("6", ["6"]),
            (6.0, ["6"]),
            ("甲|乙", ["甲", "乙"]),
            ("甲；乙", ["甲", "乙"]),
            ("甲\n乙", ["甲", "乙"]),
            ("km/h", ["km/h"]),
        ],
    )
    def test_fill_in(self, answer, accepted):
        assert one(("题干", "题型", "答案"), "留存____个月", "填空", answer).accepted == accepted

    def test_two_blanks_in_order(self):
        found = read(("题干", "题型", "答案"), ("____和____", "填空题", "甲；乙"))[0]
        assert found.draft.accepted == ["甲、乙", "甲，乙", "甲；乙", "甲乙"]
        assert "2 个空" in str(found.notes[0])

    @pytest.mark.parametrize(
        ("answer", "tolerance", "expected"),
        [("95", "", ("95", 0)), ("95±0.5", "", ("95", Decimal("0.5"))), (95, 1, ("95", 1)), ("95%", "", ("95", 0)), ("1,000 元", "", ("1000", 0))],
    )  # fmt: skip
    def test_numbers(self, answer, tolerance, expected):
        draft = one(("题干", "题型", "答案", "允许误差"), "多少？", "数值", answer, tolerance)
        assert (draft.accepted[0], draft.tolerance) == expected

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            (("单选题", "问？", "甲", "乙", "丙", "丁", "E"), "答案是 E，但选项只有 A 到 D"),
            (("单选题", "问？", "甲", "乙", "", "丁", "C"), "答案是 C，但选项 C 是空的"),
            (("单选题", "问？", "甲", "乙", "丙", "丁", "AB"), "单选题写了 2 个答案「AB」"),
            (("多选题", "问？", "甲", "乙", "丙", "丁", "A"), "多选题至少要两个答案"),
            (("单选题", "", "甲", "乙", "丙", "丁", "A"), "没有题干"),
            (("单选题", "问？", "甲", "乙", "丙", "丁", ""), "没有答案"),
            (("单选题", "问？", "甲", "", "", "", "A"), "至少要有两个选项"),
            (("单选题", "问？", "甲", "甲", "", "", "A"), "有两个选项文字相同"),
            (("单选题", "问？", "甲", "乙", "", "", "见附件"), "不是选项字母"),
            (("连线题", "问？", "", "", "", "", "略"), "不是能导入的题型"),
            (("判断题", "问？", "", "", "", "", "也许"), "应写「对」或「错」"),
            (("数值题", "问？", "", "", "", "", "很多"), "应是一个数"),
            (("填空题", "问____", "", "", "", "", ""), "没有答案"),
            (("单选题", "问？\n- [x] 藏着", "甲", "乙", "", "", "A"), "题干里不能有"),
            (("单选题", "长" * 4001, "甲", "乙", "", "", "A"), "最多 4000 个字"),
        ],
    )
    def test_what_is_refused(self, row, sentence):
        assert sentence in fault(ABCD, *row)


class TestLayouts:
    def test_marks_beside_options_and_codes_in_the_header(self):
        header = (
            "题目内容",
            "类型(1单选 2多选 3判断 4填空)",
            "选项1",
            "是否正确1",
            "选项2",
            "是否正确2",
            "选项3",
            "是否正确3",
        )
        assert right(one(header, "问？", 1.0, "甲", "N", "乙", "√", "丙", "")) == "B"
        assert right(one(header, "问？", 2, "甲", "Y", "乙", "1", "丙", "0")) == "AB"
        assert one(header, "对？", 3, "正确", "0", "错误", "是").accepted == [False]
        assert one(header, "____", "4", "6", "是").accepted == ["6"]
        assert "没有一个选项标成正确" in fault(header, "问？", 1, "甲", "", "乙", "N", "丙", "")
        assert "看不懂" in fault(header, "问？", 1, "甲", "也许", "乙", "N", "丙", "")

    @pytest.mark.parametrize(
        "options", ["A.甲 B.乙 C.丙", "A、甲\nB、乙\nC、丙", "甲\n乙\n丙", "甲|乙|丙", "甲；乙；丙", "（A）甲（B）乙（C）丙", "Ａ．甲；Ｂ．乙；Ｃ．丙"]
    )  # fmt: skip
    def test_options_in_one_cell(self, options):
        draft = one(CELL, "问？", "单选题", options, "B")
        assert [option.text for option in draft.options] == ["甲", "乙", "丙"]
        assert right(draft) == "B"

    def test_options_in_rows_below(self):
        rows = (
            ("一？", "单选题", "A.甲", "B"), (None, None, "B.乙"), (None, None, "C.丙"),
            ("二？", "单选题", "丁", "A"), ("", "", "戊"), ("三？", "判断题", None, "对"),
        )  # fmt: skip
        found = read(CELL, *rows)
        assert [one.number for one in found] == [2, 5, 7]
        assert [right(one.draft) for one in found] == ["B", "A", ""]
        assert [option.text for option in found[0].draft.options] == ["甲", "乙", "丙"]

    def test_options_in_rows_of_a_merged_stem_with_marks(self):
        header = ("题干", "题型", "选项", "是否正确")
        rows = (("一？", "多选题", "甲", "是"), ("一？", "多选题", "乙", "否"), ("一？", "多选题", "丙", "是"))
        found = read(header, *rows)
        assert len(found) == 1
        assert right(found[0].draft) == "AC"

    def test_options_under_the_stem_and_the_answer_within_it(self):
        draft = one(("试题",), "几秒内应答（B）？\nA. 10 秒\nB. 15 秒\nC. 20 秒")
        assert (draft.stem, draft.type, right(draft)) == ("几秒内应答（  ）？", "single", "B")

    def test_the_header_again_and_a_number_alone_are_no_questions(self):
        header = ("序号", *ABCD)
        rows = ((1, "单选题", "问？", "甲", "乙", "", "", "A"), header, (2,), (None, "", " "))
        assert [one.number for one in read(header, *rows)] == [2]

    @pytest.mark.parametrize(
        ("row", "kind"),
        [
            (("问？", "甲", "乙", "丙", "", "A"), QuestionType.single),
            (("问？", "甲", "乙", "丙", "", "AC"), QuestionType.multiple),
            (("对？", "正确", "错误", "", "", "A"), QuestionType.true_false),
            (("对？", "", "", "", "", "√"), QuestionType.true_false),
            (("留存____个月", "", "", "", "", "6"), QuestionType.fill_in),
            (("多少？", "", "", "", "", "95±0.5"), QuestionType.numeric),
        ],
    )
    def test_types_are_recognised_where_there_is_no_column(self, row, kind):
        assert one(TYPELESS, *row).type == kind

    def test_gaps_between_options_close(self):
        found = read(ABCD, ("单选题", "问？", "甲", "", "丙", "丁", "D"))[0]
        assert [option.text for option in found.draft.options] == ["甲", "丙", "丁"]
        assert right(found.draft) == "C"
        assert found.notes


class TestCells:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("易", "easy"), ("较易", "easy"), ("简单", "easy"), ("0.85", "easy"), ("1", "easy"), ("★", "easy"),
            ("中", "medium"), ("中等", "medium"), ("一般", "medium"), ("0.6", "medium"), ("3", "medium"),
            ("难", "hard"), ("较难", "hard"), ("0.2", "hard"), ("5", "hard"), ("★★★★★", "hard"), ("很怪", None),
        ],
    )  # fmt: skip
    def test_difficulty(self, words, expected):
        assert cells.difficulty_of(words) == (Difficulty(expected) if expected else None)

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("GB/T 33358-2016", [("GB/T33358-2016", None)]),
            ("GB/T 33358—2016 3.6", [("GB/T33358-2016", "3.6")]),
            ("《行政许可法》第32条", [("行政许可法", "第三十二条")]),
            ("个人信息保护法第二十八条、第29条", [("个人信息保护法", "第二十八条"), ("个人信息保护法", "第二十九条")]),
            ("国办发[2020]53号；行政许可法", [("国办发〔2020〕53号", None), ("行政许可法", None)]),
            ("内部规定", []),
        ],
    )
    def test_policies_in_words(self, words, expected):
        refs = ("GB/T33358-2016", "行政许可法", "个人信息保护法", "国办发〔2020〕53号")
        assert citing.cited(words, refs) == expected

    @pytest.mark.parametrize(
        ("n", "words"),
        [
            (5, "五"),
            (10, "十"),
            (12, "十二"),
            (20, "二十"),
            (32, "三十二"),
            (105, "一百零五"),
            (110, "一百一十"),
            (1260, "一千二百六十"),
        ],
    )
    def test_numerals(self, n, words):
        assert citing.numeral(n) == words


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\ufffe\uffff"),
    max_size=30,
)
LINE = st.one_of(WORDS, st.sampled_from(["甲", "A. 甲", "1,2", "对", "以上都对 (固定)", "=1+1", "a|b", "（A）"]))


RUBRICS = st.sampled_from(
    ["", "先安抚再核实 4 分", "=1+1 2.5 分\n- 1 分：只说了=1\n- 0.5 分：- 减\n有温度 1 分", "说清 9｜3 分 3 分"]
)


@st.composite
def drafts(draw) -> Draft:
    kind = draw(st.sampled_from(list(QuestionType)))
    draft = Draft("t1-001", kind, draw(st.sampled_from(["K1", "K10"])), draw(st.sampled_from(list(Difficulty))))
    draft.stem = draw(st.lists(LINE, max_size=3).map("\n".join))
    draft.explanation = draw(st.lists(LINE, max_size=3).map("\n".join))
    draft.topic = draw(LINE)
    draft.options = [
        Option(draw(LINE), draw(st.booleans()), draw(st.booleans())) for _n in range(draw(st.integers(2, 8)))
    ]
    if kind == QuestionType.true_false:
        draft.accepted = [draw(st.booleans())]
    elif kind == QuestionType.numeric:
        draft.accepted = [str(draw(st.integers(-9999, 9999)))]
        draft.tolerance = draw(st.sampled_from([Decimal(0), Decimal("0.50"), Decimal(2)]))
        draft.unit_label = draw(st.sampled_from(["", "%", "秒"]))
    elif kind == QuestionType.fill_in:
        draft.accepted = draw(st.lists(LINE, min_size=1, max_size=3))
    elif kind == QuestionType.short_answer:
        draft.accepted = [draw(LINE)]
        draft.rubric, _ = wording.rubric_of(draw(RUBRICS))
    draft.basis = draw(st.sampled_from([[], [("GB/T33358-2016", "3.6"), ("行政许可法", None)]]))
    return draft


class TestRoundTrips:
    @given(drafts())
    @settings(max_examples=60, deadline=None)
    def test_what_is_complete_reads_back_from_the_file_and_from_the_sheet(self, draft):
        draft = wording.tidied(draft)
        if wording.faults(draft) or wording.gaps(draft):
            return
        again, faults = source.parse(wording.written(draft))
        assert not faults
        assert wording.same(again[0], draft)
        row = sheets.row_of(draft, "T1")
        book = reading.open_book(writing.workbook(writing.Table("题库", HEADER, [row])), "题库.xlsx")
        found = read(list(book.rows("题库"))[1][1], header=HEADER)[0]
        assert found.draft is not None, [str(one) for one in found.faults]
        found.draft.competency, found.draft.basis, found.draft.basis_words = (
            draft.competency,
            draft.basis,
            draft.basis_words,
        )
        assert wording.same(found.draft, draft)

    @given(drafts())
    @settings(max_examples=60, deadline=None)
    def test_a_row_of_our_own_sheet_is_known_again_even_where_it_lacks_something(self, draft):
        draft = wording.tidied(draft)
        row = dict(zip(HEADER, sheets.row_of(draft, "T1"), strict=True))
        words = {one.key: row[one.label] for one in FIELDS if one.label in row}
        assert written.is_untouched(words, draft)
        assert not written.is_untouched(words | {"explanation": row["解析"] + "又"}, draft)

    @given(drafts())
    @settings(max_examples=20, deadline=None)
    def test_a_row_of_the_database_keeps_every_word(self, draft):
        draft = wording.tidied(draft)
        assert wording.same(wording.from_content(draft.code, wording.as_content(draft)), draft)

    @given(
        st.lists(
            st.lists(st.one_of(st.none(), st.integers(), st.floats(), st.booleans(), LINE), max_size=7), max_size=6
        )
    )
    @settings(max_examples=30, deadline=None)
    def test_whatever_stands_in_a_sheet_is_read_or_refused_with_a_sentence(self, rows):
        for header in (ABCD, CELL, TYPELESS):
            for found in read(*[row[: len(header)] for row in rows], header=header):
                assert (found.draft is None) == bool(found.faults)
                assert all(str(sentence) for sentence in [*found.faults, *found.notes])
