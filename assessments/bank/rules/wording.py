"""What a question says while it is written: its parts, what it lacks, how it stands in questions.md and in a row."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from assessments.bank.models import Difficulty, QuestionType
from lms.errors import Refused

CHOICES = frozenset({QuestionType.single, QuestionType.multiple})
LETTERS = "ABCDEFGH"
MAX_OPTIONS = len(LETTERS)
NUMBER = re.compile(r"-?\d{1,10}(?:\.\d{1,4})?")
LONGEST = {"stem": 4000, "explanation": 4000, "option": 500, "topic": 60, "lesson": 60, "unit": 20, "accepted": 200}
TYPE_WORDS = {
    QuestionType.single: "单选",
    QuestionType.multiple: "多选",
    QuestionType.true_false: "判断",
    QuestionType.fill_in: "填空",
    QuestionType.numeric: "数值",
    QuestionType.short_answer: "简答",
}
DIFFICULTY_WORDS = {Difficulty.easy: "易", Difficulty.medium: "中", Difficulty.hard: "难"}
LOCAL_BASIS = "业务规范"
LOCAL_BASIS_WORDS = "业务规范（以本地规定为准）"
RESERVED = re.compile(r"\s*(?:- \[[ xX]\] +\S|(?:答案|评分)\s*[:：]|解析[:：])|## ")
CRITERION = re.compile(r"(.+?)\s+(\d{1,3}(?:\.\d{1,2})?)\s*分")
LEVEL = re.compile(r"- (\d{1,3}(?:\.\d{1,2})?)\s*分\s*[:：]\s*(.+)")
FIELD_LINE = re.compile(r"\s*(?:考点|依据|课节|单位)\s*[:：]")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
PINNED = ("(固定)", "（固定）")


@dataclass
class Option:
    """A choice as written."""

    text: str
    is_right: bool
    is_pinned: bool
    line: int = 1


@dataclass
class Draft:
    """A question as written, not yet rendered. lines: where a field (考点 依据 课节 单位 题干 解析) stands in a file.

    rubric: [{criterion, points, descriptors: [{points, words}]}], points as texts; for short answers alone.
    """

    code: str
    type: QuestionType
    competency: str
    difficulty: Difficulty
    line: int = 1
    topic: str = ""
    lesson_code: str = ""
    unit_label: str = ""
    basis: list[tuple[str, str | None]] = field(default_factory=list)
    basis_words: str = ""
    stem: str = ""
    options: list[Option] = field(default_factory=list)
    accepted: list[Any] = field(default_factory=list)
    tolerance: Decimal | None = None
    rubric: list[dict[str, Any]] = field(default_factory=list)
    explanation: str = ""
    source: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the text as it stands in a file."""
        return hashlib.sha256(self.source.encode("utf-8", "replace")).hexdigest()

    def line_of(self, name: str) -> int:
        return self.lines.get(name, self.line)

    @property
    def words(self) -> str:
        """The stem on one line, for lists of what has not been rendered."""
        lines = (line.strip() for line in self.stem.splitlines() if not line.strip().startswith(":::"))
        return " ".join(" ".join(lines).split())


def gaps(draft: Draft) -> list[tuple[str, Refused]]:
    """What keeps a wording from being reviewed: (field of the form, sentence), in the order of the form."""
    return [*_text_gaps(draft), *_answer_gaps(draft)]


def faults(draft: Draft) -> list[tuple[str, Refused]]:
    """What cannot even be kept as a draft: texts beyond the columns, lines that questions.md reads as something else."""
    found: list[tuple[str, Refused]] = []
    for name, text, longest in (
        ("stem", draft.stem, LONGEST["stem"]),
        ("explanation", draft.explanation, LONGEST["explanation"]),
        ("topic", draft.topic, LONGEST["topic"]),
        ("unit", draft.unit_label, LONGEST["unit"]),
        *((f"option-{place}", option.text, LONGEST["option"]) for place, option in enumerate(draft.options)),
        *(("accepted", str(one), LONGEST["accepted"]) for one in draft.accepted),
    ):
        if len(text) > longest:
            found.append((name, Refused("这一处最多 {n} 个字，现在 {now} 个，缩短后再存。", n=longest, now=len(text))))
    for line in draft.stem.split("\n"):
        if RESERVED.match(line):
            found.append(
                (
                    "stem",
                    Refused("题干里不能有以「{words}」开头的一行，选项、答案和解析写在各自的框里。", words=line[:12]),
                )
            )
    if draft.stem and FIELD_LINE.match(draft.stem):
        found.append(("stem", Refused("题干不能以「考点:」「依据:」「课节:」或「单位:」开头。")))
    found += [
        ("explanation", Refused("解析里不能有以「## 」开头的一行，小标题用三个井号。"))
        for line in draft.explanation.split("\n")
        if line.startswith("## ")
    ][:1]
    if len(draft.options) > MAX_OPTIONS:
        found.append(
            ("options", Refused("最多 {most} 个选项，现在有 {n} 个。", most=MAX_OPTIONS, n=len(draft.options)))
        )
    if draft.type == QuestionType.fill_in and any("|" in str(one) for one in draft.accepted):
        found.append(("accepted", Refused("答案里不能有竖线，几种写法请一行写一种。")))
    return found


def _text_gaps(draft: Draft) -> Iterator[tuple[str, Refused]]:
    if not draft.stem:
        yield "stem", Refused("没有题干。")
    if not draft.topic:
        yield "topic", Refused("没有考点。")
    if not draft.explanation:
        yield "explanation", Refused("没有解析，写清为什么、错项错在哪里。")


def _answer_gaps(draft: Draft) -> Iterator[tuple[str, Refused]]:
    if draft.type in CHOICES:
        yield from option_gaps(draft)
    elif not draft.accepted or draft.accepted == [""]:
        yield "accepted", Refused("没有答案。")
    elif draft.type == QuestionType.numeric and not is_number(str(draft.accepted[0])):
        yield (
            "accepted",
            Refused("数值题的答案应是一个数，最多四位小数，现在是「{value}」。", value=str(draft.accepted[0])[:20]),
        )
    if draft.type == QuestionType.short_answer and not draft.rubric:
        yield "rubric", Refused("没有评分标准，一行写一条：要看什么，再写几分。")


def option_gaps(draft: Draft) -> Iterator[tuple[str, Refused]]:
    """What is wrong with the options of a choice."""
    count, right = len(draft.options), sum(option.is_right for option in draft.options)
    if not 2 <= count <= MAX_OPTIONS:
        yield "options", Refused("要有 2 到 {most} 个选项，现在有 {n} 个。", most=MAX_OPTIONS, n=count)
    for place, option in enumerate(draft.options):
        if not option.text:
            yield f"option-{place}", Refused("选项 {letter} 没有文字。", letter=LETTERS[place % MAX_OPTIONS])
        elif any(option.text == earlier.text for earlier in draft.options[:place]):
            yield (
                f"option-{place}",
                Refused("选项 {letter} 和前面的选项文字相同。", letter=LETTERS[place % MAX_OPTIONS]),
            )
    if draft.type == QuestionType.single and right != 1:
        yield "options", Refused("单选题应恰有一个正确选项，现在有 {n} 个。", n=right)
    if draft.type == QuestionType.multiple and right < 2:
        yield "options", Refused("多选题至少要有两个正确选项，现在有 {n} 个。", n=right)


def rubric_of(text: str) -> tuple[list[dict[str, Any]], str | None]:
    """The criteria in a text of lines 「先安抚再核实 4 分」, each followed by 「- 2 分：只做到一样」 as one likes.

    Returns them and the first line that is neither, or that gives more points than its criterion has.
    """
    rows: list[dict[str, Any]] = []
    for line in filter(None, (one_line(line) for line in text.splitlines())):
        if rows and (found := LEVEL.fullmatch(line)) and Decimal(found[1]) <= Decimal(rows[-1]["points"]):
            rows[-1]["descriptors"].append({"points": found[1], "words": found[2]})
        elif not line.startswith("- ") and (found := CRITERION.fullmatch(line)):
            rows.append({"criterion": found[1], "points": found[2], "descriptors": []})
        else:
            return rows, line
    return rows, None


def rubric_lines(draft: Draft) -> list[str]:
    """The criteria as rubric_of reads them."""
    lines = []
    for row in draft.rubric:
        lines.append(f"{row['criterion']} {row['points']} 分")
        lines += [f"- {level['points']} 分：{level['words']}" for level in row["descriptors"]]
    return lines


def is_number(text: str) -> bool:
    """Whether a text is a number as a numeric question keeps it."""
    return NUMBER.fullmatch(text) is not None


def tidied(draft: Draft) -> Draft:
    """The same with spaces at ends and lines gone and what its type has no use for emptied."""
    draft.stem, draft.explanation = _block(draft.stem), _block(draft.explanation)
    draft.topic, draft.unit_label = one_line(draft.topic), one_line(draft.unit_label)
    draft.lesson_code = one_line(draft.lesson_code)
    if draft.type in CHOICES:
        draft.options = [_option(option) for option in draft.options]
        draft.accepted, draft.tolerance = [], None
    else:
        draft.options = []
    if draft.type == QuestionType.fill_in:
        draft.accepted = list(dict.fromkeys(word for one in draft.accepted if (word := one_line(str(one)))))
    if draft.type == QuestionType.short_answer:
        draft.accepted = [word for one in draft.accepted[:1] if (word := one_line(str(one)))]
    else:
        draft.rubric = []
    if draft.type == QuestionType.numeric:
        draft.accepted = [one_line(str(one)) for one in draft.accepted[:1]]
        draft.tolerance = Decimal(f"{(draft.tolerance or Decimal(0)).normalize():f}")
    else:
        draft.tolerance, draft.unit_label = None, ""
    if not draft.basis and not draft.basis_words.startswith(LOCAL_BASIS):
        draft.basis_words = LOCAL_BASIS_WORDS
    if draft.basis:
        draft.basis_words = "、".join(ref + (f"#{clause}" if clause else "") for ref, clause in draft.basis)
    return draft


def _option(option: Option) -> Option:
    text, is_pinned = one_line(option.text), option.is_pinned
    while text.endswith(PINNED):
        text, is_pinned = text[: -len(PINNED[0])].rstrip(), True
    return Option(text, option.is_right, is_pinned)


def one_line(text: str) -> str:
    """A text on one line, runs of space as one."""
    return " ".join(CONTROL.sub("", text).split())


def _block(text: str) -> str:
    lines = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def written(draft: Draft) -> str:
    """The question as a block of questions.md; source.parse gives the same wording back."""
    head = f"## {draft.code} {TYPE_WORDS[draft.type]} {draft.competency} {DIFFICULTY_WORDS[draft.difficulty]}"
    lines = [head, f"考点: {draft.topic}", f"依据: {draft.basis_words}"]
    if draft.lesson_code:
        lines.append(f"课节: {draft.lesson_code}")
    lines += ["", draft.stem, ""]
    if draft.type in CHOICES:
        lines += [
            f"- [{'x' if option.is_right else ' '}] {option.text}{' (固定)' if option.is_pinned else ''}"
            for option in draft.options
        ]
    else:
        lines.append(f"答案：{_answer(draft)}")
    lines += [line if line.startswith("- ") else f"评分：{line}" for line in rubric_lines(draft)]
    if draft.unit_label:
        lines.append(f"单位: {draft.unit_label}")
    return "\n".join([*lines, "", f"解析：{draft.explanation}"])


def _answer(draft: Draft) -> str:
    if draft.type == QuestionType.true_false:
        return "对" if draft.accepted and draft.accepted[0] else "错"
    if draft.type == QuestionType.numeric and draft.tolerance:
        return f"{draft.accepted[0]} ± {draft.tolerance.normalize():f}"
    return " | ".join(str(one) for one in draft.accepted)


def as_content(draft: Draft) -> dict[str, Any]:
    """The wording as JSON values, complete or not."""
    return {
        "type": draft.type.value,
        "competency": draft.competency,
        "difficulty": draft.difficulty.value,
        "topic": draft.topic,
        "lesson_code": draft.lesson_code,
        "unit_label": draft.unit_label,
        "basis": [[ref, clause] for ref, clause in draft.basis],
        "basis_words": draft.basis_words,
        "stem": draft.stem,
        "options": [[option.text, option.is_right, option.is_pinned] for option in draft.options],
        "accepted": list(draft.accepted),
        "tolerance": None if draft.tolerance is None else str(draft.tolerance),
        "rubric": [dict(row) for row in draft.rubric],
        "explanation": draft.explanation,
    }


def from_content(code: str, content: Mapping[str, Any]) -> Draft:
    """The wording that as_content gave."""
    tolerance = content["tolerance"]
    return Draft(
        code=code,
        type=QuestionType(content["type"]),
        competency=content["competency"],
        difficulty=Difficulty(content["difficulty"]),
        topic=content["topic"],
        lesson_code=content["lesson_code"],
        unit_label=content["unit_label"],
        basis=[(ref, clause) for ref, clause in content["basis"]],
        basis_words=content["basis_words"],
        stem=content["stem"],
        options=[Option(text, is_right, is_pinned) for text, is_right, is_pinned in content["options"]],
        accepted=list(content["accepted"]),
        tolerance=None if tolerance is None else Decimal(tolerance),
        rubric=[dict(row) for row in content.get("rubric", [])],
        explanation=content["explanation"],
    )


def same(one: Draft, other: Draft) -> bool:
    """Whether two wordings say the same, whatever file or row they come from."""
    return as_content(tidied(one)) == as_content(tidied(other))
