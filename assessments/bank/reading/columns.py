"""The columns of a question sheet, with the words offices head them with."""

from collections.abc import Mapping

from assessments.bank.rules.wording import LETTERS
from lms.imports.rules import FAULTY, N_, SAME, Field, Group

MOST_COLUMNS = 12  # options beyond eight are read only to be refused
NUMERALS = "一二三四五六七八九十"
ALL_LETTERS = "ABCDEFGHIJKL"


def _option(place: int) -> Field:
    letter = ALL_LETTERS[place]
    names = [letter, str(place + 1), *NUMERALS[place : place + 1]]
    words = [form.format(name) for name in names for form in ("选项{}", "{}选项", "备选{}", "备选项{}", "备选答案{}")]
    words += [f"答案{letter}", f"选择{letter}", letter, f"option{letter}", f"option{place + 1}"]
    sample = ("10 秒", "15 秒", "20 秒", "30 秒")
    return Field(f"option_{place}", f"选项{letter}", tuple(words), sample=sample[place] if place < len(sample) else "")


def _mark(place: int) -> Field:
    names = [str(place + 1), ALL_LETTERS[place], *NUMERALS[place : place + 1]]
    forms = ("是否正确{}", "是否正确答案{}", "正确{}", "是否答案{}", "选项{}是否正确", "选项{}正确", "是否为答案{}")
    words = [form.format(name) for name in names for form in forms]
    return Field(f"right_{place}", f"是否正确{place + 1}", tuple(words))


FIELDS = (
    Field(
        "code", N_("题号"), ("题目编号", "试题编号", "编号", "题目代码"), hint=N_("和题库里的题号相同就是修改那道题")
    ),
    Field("type", N_("题型"), ("类型", "题目类型", "试题类型", "题目类别", "试题类别", "题类"), sample="单选题"),
    Field(
        "stem",
        N_("题干"),
        (
            "题目",
            "试题",
            "题目内容",
            "试题内容",
            "题干内容",
            "试题题干",
            "问题",
            "问题内容",
            "考题",
            "题目名称",
            "试题名称",
            "题目题干",
            "试题题目",
            "题面",
            "内容",
            "题目描述",
            "question",
        ),
        is_required=True,
        sample="有来电接入，最晚应在多少秒内应答？",
    ),
    Field("options", N_("选项"), ("选项内容", "备选项", "备选答案", "候选项", "全部选项", "选项列表", "答案选项")),
    *(_option(place) for place in range(MOST_COLUMNS)),
    Field(
        "answer",
        N_("正确答案"),
        ("答案", "标准答案", "参考答案", "正确选项", "试题答案", "题目答案", "答案内容", "正解", "answer"),
        sample="B",
    ),
    Field("right", N_("是否正确"), ("是否正确答案", "是否为正确答案", "是否答案", "正确与否")),
    *(_mark(place) for place in range(MOST_COLUMNS)),
    Field(
        "explanation",
        N_("解析"),
        ("答案解析", "试题解析", "题目解析", "答题解析", "解释", "解答", "说明", "试题分析", "解题思路", "备注解析"),
        sample="国家推荐性标准以 15 秒为应答时限。",
    ),
    Field("difficulty", N_("难度"), ("难易度", "难易程度", "难度等级", "难度系数", "难度级别", "难易"), sample="易"),
    Field(
        "topic",
        N_("考点"),
        (
            "知识点",
            "知识模块",
            "章节",
            "所属章节",
            "分类",
            "题目分类",
            "试题分类",
            "知识分类",
            "模块",
            "类别",
            "知识要点",
        ),
        sample="受理规范",
    ),
    Field(
        "basis",
        N_("政策依据"),
        ("依据", "法规依据", "出处", "来源", "参考依据", "政策来源", "试题出处", "出题依据"),
        sample="GB/T33358-2016#3.6",
    ),
    Field("course", N_("课程"), ("所属课程", "课程编号", "课程名称", "所属题库", "题库")),
    Field("competency", N_("能力"), ("能力项", "能力编号")),
    Field("lesson", N_("课节"), ("讲解课节",)),
    Field("unit", N_("单位"), ("计量单位",)),
    Field("tolerance", N_("允许误差"), ("误差", "误差范围")),
    Field("pinned", N_("固定选项"), ()),
    Field(
        "rubric",
        N_("评分标准"),
        ("评分要点", "得分点", "采分点", "评分细则", "给分标准"),
        hint=N_("简答题才有：一行一条，写要看什么、再写几分，例如「先安抚再核实 4 分」"),
    ),
    Field("tags", N_("标签"), ("关键词", "题目标签")),
    Field("points", N_("分值"), ("分数", "题目分值", "试题分数", "每题分值"), hint=N_("分值由试卷定，不导入")),
)
NEW = Group("new", N_("可导入"), "ok")
REMINDED = Group("reminded", N_("有提醒"), "warn", hint=N_("可以导入，先看一眼说明"))  # in previews of earlier versions
CHANGED = Group("changed", N_("变更"), "warn", hint=N_("存成那道题的草稿，审核发布后才生效"))
GROUPS = (NEW, CHANGED, REMINDED, SAME, FAULTY)


def has_marks(columns: Mapping[str, str]) -> bool:
    """Whether right options are marked beside them rather than named in a column of answers."""
    return any(key.startswith("right") for key in columns)


def is_own(columns: Mapping[str, str]) -> bool:
    """Whether a sheet is one of our exports, whose cells mean exactly what they say."""
    return "pinned" in columns and "code" in columns


HEADER = (
    "题号", "题型", "题干", *(f"选项{letter}" for letter in LETTERS), "正确答案", "解析", "难度", "考点", "政策依据",
    "课程", "能力", "课节", "单位", "允许误差", "固定选项", "评分标准", "标签", "状态",
)  # fmt: skip
