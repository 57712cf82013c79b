"""Reads questions.md: plain text that trainers write → questions, or faults with their line."""

import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from assessments.bank.models import Difficulty, QuestionType

HEADING = re.compile(r"## (\S+) (\S+) (K(?:10|[1-9])) (\S+)")
OPTION = re.compile(r"- \[([ xX])\] (.+)")
FIELD = re.compile(r"(考点|依据|课节|单位)\s*[:：]\s*(.*)")
ANSWER = re.compile(r"答案\s*[:：]\s*(.*)")
TYPES = {
    "单选": QuestionType.single,
    "多选": QuestionType.multiple,
    "判断": QuestionType.true_false,
    "填空": QuestionType.fill_in,
    "数值": QuestionType.numeric,
}
DIFFICULTIES = {"易": Difficulty.easy, "中": Difficulty.medium, "难": Difficulty.hard}
LOCAL_BASIS = "业务规范"
PINNED = "(固定)"
LETTERS = "ABCDEFGH"
MAX_OPTIONS = len(LETTERS)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a source, and on which line (1-based)."""

    line: int
    sentence: str


@dataclass
class Option:
    """A choice as written."""

    text: str
    is_right: bool
    is_pinned: bool


@dataclass
class Draft:
    """A question as written, not yet rendered."""

    code: str
    type: QuestionType
    competency: str
    difficulty: Difficulty
    line: int
    topic: str = ""
    lesson_code: str = ""
    unit_label: str = ""
    basis: list[tuple[str, str | None]] = field(default_factory=list)
    basis_words: str = ""
    stem: str = ""
    options: list[Option] = field(default_factory=list)
    accepted: list[Any] = field(default_factory=list)
    tolerance: Decimal | None = None
    explanation: str = ""
    source: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()


def parse(text: str) -> tuple[list[Draft], list[Fault]]:
    """Every question of a file in order, and every fault; a faulty question is left out."""
    drafts: list[Draft] = []
    faults: list[Fault] = []
    codes: dict[str, int] = {}
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("## ")]
    if not starts and text.strip():
        faults.append(Fault(1, "没有找到题目：每道题以「## 题号 题型 能力 难度」开头。"))
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        draft, found = _question(lines[start:end], start + 1)
        faults += found
        if draft is None:
            continue
        if draft.code in codes:
            faults.append(Fault(draft.line, f"题号 {draft.code} 在第 {codes[draft.code]} 行已经用过。"))
            continue
        codes[draft.code] = draft.line
        if not found:
            drafts.append(draft)
    return drafts, faults


def _question(lines: list[str], first: int) -> tuple[Draft | None, list[Fault]]:
    heading = HEADING.fullmatch(lines[0].strip())
    if heading is None:
        return None, [Fault(first, "题目标题应为「## 题号 题型 能力 难度」，例如「## c1-001 单选 K3 易」。")]
    code, kind, competency, difficulty = heading.groups()
    if kind not in TYPES:
        return None, [Fault(first, f"题型「{kind}」不认识，应为 {'、'.join(TYPES)} 之一。")]
    if difficulty not in DIFFICULTIES:
        return None, [Fault(first, f"难度「{difficulty}」不认识，应为 易、中、难 之一。")]
    draft = Draft(code, TYPES[kind], competency, DIFFICULTIES[difficulty], first)
    draft.source = "\n".join(line.rstrip() for line in lines).strip()
    faults = _read_body(draft, lines[1:], first + 1)
    faults += [Fault(first, sentence) for sentence in _missing(draft)]
    return draft, faults


def _read_body(draft: Draft, lines: list[str], first: int) -> list[Fault]:
    faults: list[Fault] = []
    stem: list[str] = []
    explanation: list[str] = []
    part = "fields"
    for number, line in enumerate(lines, first):
        text = line.strip()
        if part == "explanation":
            explanation.append(line)
        elif text.startswith(("解析：", "解析:")):
            part = "explanation"
            explanation.append(text[3:])
        elif part == "fields" and (match := FIELD.fullmatch(text)):
            _set_field(draft, match[1], match[2].strip())
        elif match := OPTION.fullmatch(text):
            part = "answers"
            pinned = match[2].rstrip().endswith((PINNED, "（固定）"))
            words = match[2].rstrip()[: -len(PINNED)].rstrip() if pinned else match[2].strip()
            draft.options.append(Option(words, match[1] != " ", pinned))
        elif (match := ANSWER.fullmatch(text)) and draft.type not in {QuestionType.single, QuestionType.multiple}:
            part = "answers"
            sentence = _set_answer(draft, match[1].strip())
            if sentence:
                faults.append(Fault(number, sentence))
        elif part == "answers" and (match := FIELD.fullmatch(text)):
            _set_field(draft, match[1], match[2].strip())
        elif part == "answers" and text:
            faults.append(Fault(number, f"选项或答案后面多了一行「{text[:20]}」：解析要以「解析：」开头。"))
        elif text or stem:
            part = "stem"
            stem.append(line)
    draft.stem = "\n".join(stem).strip()
    draft.explanation = "\n".join(explanation).strip()
    return faults


def _set_field(draft: Draft, name: str, value: str) -> None:
    if name == "考点":
        draft.topic = value
    elif name == "课节":
        draft.lesson_code = value
    elif name == "单位":
        draft.unit_label = value
    else:
        draft.basis_words = value
        if not value.startswith(LOCAL_BASIS):
            for item in value.split("、"):
                ref, _, clause = item.strip().partition("#")
                draft.basis.append((ref, clause or None))


def _set_answer(draft: Draft, value: str) -> str | None:
    """Fill in the accepted answers; a sentence when they cannot be read."""
    if draft.type == QuestionType.true_false:
        if value not in {"对", "错"}:
            return f"判断题的答案应写「对」或「错」，现在是「{value}」。"
        draft.accepted = [value == "对"]
    elif draft.type == QuestionType.fill_in:
        draft.accepted = [part.strip() for part in value.split("|") if part.strip()]
    elif draft.type == QuestionType.numeric:
        target, _, tolerance = value.partition("±")
        try:
            draft.accepted = [str(Decimal(target.strip()))]
            draft.tolerance = Decimal(tolerance.strip()) if tolerance.strip() else Decimal(0)
        except InvalidOperation:
            return f"数值题的答案应是一个数，例如「95」或「95 ± 0.5」，现在是「{value}」。"
        if not draft.tolerance.is_finite() or draft.tolerance < 0 or not Decimal(draft.accepted[0]).is_finite():
            return "数值题的答案和误差都应是有限的数，误差不能是负数。"
    return None


def _missing(draft: Draft) -> list[str]:
    """What a question of its type still lacks, a sentence each."""
    found = []
    if not draft.stem:
        found.append(f"{draft.code} 没有题干。")
    if not draft.explanation:
        found.append(f"{draft.code} 没有解析：以「解析：」开头写清为什么。")
    if not draft.topic:
        found.append(f"{draft.code} 没有考点：在标题下写「考点: …」。")
    if not draft.basis_words:
        found.append(f"{draft.code} 没有依据：写政策条款，或「业务规范（以本地规定为准）」。")
    right = sum(option.is_right for option in draft.options)
    if draft.type in {QuestionType.single, QuestionType.multiple}:
        if not 2 <= len(draft.options) <= MAX_OPTIONS:
            found.append(f"{draft.code} 要有 2 到 {MAX_OPTIONS} 个选项，现在有 {len(draft.options)} 个。")
        if len({option.text for option in draft.options}) != len(draft.options):
            found.append(f"{draft.code} 有两个选项文字相同。")
        if draft.type == QuestionType.single and right != 1:
            found.append(f"{draft.code} 是单选题，应恰有一个对的选项，现在有 {right} 个。")
        if draft.type == QuestionType.multiple and right < 2:
            found.append(f"{draft.code} 是多选题，至少两个对的选项，现在有 {right} 个。")
    else:
        if draft.options:
            found.append(f"{draft.code} 不是选择题，不写选项。")
        if not draft.accepted:
            found.append(f"{draft.code} 没有答案：写「答案：…」。")
    return found
