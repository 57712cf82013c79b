"""Reading questions.md: what trainers write, and every fault with its line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.bank import source

pytestmark = pytest.mark.no_database

SINGLE = """## c1-001 单选 K3 易
考点: 受理规范
依据: GB/T33358-2016#3.6、国办发〔2020〕53号
课节: c1-norms

有来电接入，最晚应在多少秒内应答？

- [ ] 10 秒
- [x] 15 秒
- [ ] 以上都不对 (固定)

解析：国家推荐性标准以 15 秒为应答时限。
第二段。
"""
HEAD = "考点: 受理规范\n依据: 业务规范（以本地规定为准）\n\n题干。\n\n"
TAIL = "\n\n解析：因为。\n"


def one(text: str) -> source.Draft:
    drafts, faults = source.parse(text)
    assert not faults
    return drafts[0]


def question(kind: str, answer: str, extra: str = "") -> str:
    return f"## q-1 {kind} K3 中\n{HEAD}{answer}{extra}{TAIL}"


def faults(text: str) -> list[str]:
    drafts, found = source.parse(text)
    assert found, drafts
    return [f"{fault.line}: {fault.sentence}" for fault in found]


class TestWhatIsWritten:
    def test_a_single_choice_is_read_whole(self):
        draft = one(SINGLE)
        assert (draft.code, draft.type, draft.competency, draft.difficulty) == ("c1-001", "single", "K3", "easy")
        assert (draft.topic, draft.lesson_code) == ("受理规范", "c1-norms")
        assert draft.basis == [("GB/T33358-2016", "3.6"), ("国办发〔2020〕53号", None)]
        assert draft.stem == "有来电接入，最晚应在多少秒内应答？"
        assert [(o.text, o.is_right, o.is_pinned) for o in draft.options] == [
            ("10 秒", False, False), ("15 秒", True, False), ("以上都不对", False, True)
        ]  # fmt: skip
        assert draft.explanation == "国家推荐性标准以 15 秒为应答时限。\n第二段。"
        assert (draft.line_of("依据"), draft.line_of("题干"), draft.line_of("解析"), draft.line_of("单位")) == (
            3,
            6,
            12,
            1,
        )

    def test_the_other_types(self):
        assert one(question("判断", "答案：错")).accepted == [False]
        assert one(question("填空", "答案：12388 | 12388热线 |")).accepted == ["12388", "12388热线"]
        numeric = one(question("数值", "答案：95 ± 0.5", "\n单位：%"))
        assert (numeric.accepted, numeric.tolerance, numeric.unit_label) == (["95"], Decimal("0.5"), "%")
        assert one(question("数值", "答案: -3")).tolerance == 0

    def test_a_call_may_stand_in_the_stem(self):
        text = SINGLE.replace("有来电接入", ":::来电片段\n「喂，是热线吗？」\n:::\n\n有来电接入")
        assert one(text).stem.startswith(":::来电片段")

    def test_a_business_rule_cites_no_clause(self):
        draft = one(question("判断", "答案：对"))
        assert (draft.basis, draft.basis_words) == ([], "业务规范（以本地规定为准）")

    def test_the_digest_follows_the_words_and_not_the_spaces_at_line_ends(self):
        assert (
            one(SINGLE).digest == one(SINGLE.replace("\n", "  \n")).digest == one(SINGLE.replace("\n", "\r\n")).digest
        )
        assert one(SINGLE).digest != one(SINGLE.replace("15 秒为", "十五秒为")).digest

    def test_an_empty_file_has_no_questions(self):
        assert source.parse("") == source.parse("\n\n") == ([], [])


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("没有标题的文字", "1: 没有找到题目"),
            ("## c1-001 单选 K3", "1: 题目标题应为"),
            ("## C1_001 单选 K3 易", "1: 题号「C1_001」应只用"),
            ("## c1-001 单选 K11 易", "1: 题目标题应为"),
            ("## c1-001 问答 K3 易", "1: 题型「问答」不认识"),
            ("## c1-001 单选 K3 很难", "1: 难度「很难」不认识"),
            (SINGLE + SINGLE, "14: 题号 c1-001 在第 1 行已经用过"),
            (SINGLE.replace("[x]", "[ ]"), "1: c1-001 是单选题，应恰有一个对的选项，现在有 0 个"),
            (SINGLE.replace("- [ ] 10", "- [x] 10"), "1: c1-001 是单选题，应恰有一个对的选项，现在有 2 个"),
            (SINGLE.replace("单选", "多选"), "1: c1-001 是多选题，至少两个对的选项，现在有 1 个"),
            (SINGLE.replace("10 秒", "15 秒"), "1: c1-001 有两个选项文字相同"),
            (
                SINGLE.replace("- [ ] 10 秒\n", "").replace("- [ ] 以上都不对 (固定)\n", ""),
                "1: c1-001 要有 2 到 8 个选项",
            ),
            (SINGLE.replace("以上都不对 (固定)", "(固定)"), "1: c1-001 有一个选项没有文字"),
            (SINGLE.replace("考点: 受理规范\n", ""), "1: c1-001 没有考点"),
            (SINGLE.replace("受理规范", "长" * 61), "2: 考点最多 60 个字，现在 61 个"),
            (SINGLE.replace("依据: GB/T33358-2016#3.6、国办发〔2020〕53号\n", ""), "1: c1-001 没有依据"),
            (SINGLE.replace("解析：", "说明："), "12: 选项或答案后面多了一行"),
            (SINGLE.replace("有来电接入，最晚应在多少秒内应答？\n", ""), "1: c1-001 没有题干"),
            (SINGLE.replace("- [ ] 10 秒", "答案：A\n- [ ] 10 秒"), "8: 选择题不写「答案」"),
            (question("判断", "答案：是"), "7: 判断题的答案应写「对」或「错」"),
            (question("判断", "答案：对\n答案：错"), "8: 「答案」写了两次"),
            (question("填空", "答案：  |"), "1: q-1 没有答案"),
            (question("填空", "- [x] 甲"), "1: q-1 不是选择题，不写选项"),
            (question("数值", "答案：很多"), "7: 数值题的答案应是一个数"),
            (question("数值", "答案：1e999999"), "7: 数值题的答案应是一个数"),
            (question("数值", "答案：95 ± -1"), "7: 数值题的答案应是一个数"),
            (question("数值", "答案：95 ±"), "7: 数值题的答案应是一个数"),
        ],
    )
    def test_each_is_named_with_its_line(self, text, expected):
        found = faults(text)
        assert any(one.startswith(expected) for one in found), found

    def test_a_faulty_question_is_left_out_and_the_others_are_read(self):
        drafts, found = source.parse(SINGLE.replace("[x]", "[ ]") + "\n" + SINGLE.replace("c1-001", "c1-002"))
        assert [draft.code for draft in drafts] == ["c1-002"]
        assert len(found) == 1


PIECES = st.sampled_from(
    ["## q-1 单选 K3 易", "## q-2 数值 K10 难", "##", "## ", "考点: 甲", "依据：业务规范", "单位：%", "- [x] 甲", "- [ ] 乙",
     "- [ ] (固定)", "答案：对", "答案：1 ± 2", "答案：|", "解析：", "解析: 因为", "", "题干", ":::来电片段", ":::", "\x00", "\ud800"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=20), max_size=40))
def test_no_file_breaks_the_reader(lines):
    text = "\n".join(lines)
    drafts, found = source.parse(text)
    count = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= fault.line <= count and fault.sentence for fault in found)
    assert len({draft.code for draft in drafts}) == len(drafts)
    assert all(len(draft.digest) == 64 for draft in drafts)
