"""Reads questions.md: plain text that trainers write → questions, or faults with their line."""

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from assessments.bank.models import Difficulty, Question, QuestionType, QuestionVersion
from assessments.bank.rules.wording import (
    CHOICES,
    CRITERION,
    LEVEL,
    LOCAL_BASIS,
    MAX_OPTIONS,
    NUMBER,
    PINNED,
    Draft,
    Option,
    from_content,
    tidied,
)

HEADING = re.compile(r"## (\S+) (\S+) (K(?:10|[1-9])) (\S+)")
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
OPTION = re.compile(r"- \[([ xX])\] (.+)")
FIELD = re.compile(r"(考点|依据|课节|单位)\s*[:：]\s*(.*)")
ANSWER = re.compile(r"答案\s*[:：]\s*(.*)")
RUBRIC = re.compile(r"评分\s*[:：]\s*(.+)")
EXPLANATION = ("解析：", "解析:")
TYPES = {
    "单选": QuestionType.single,
    "多选": QuestionType.multiple,
    "判断": QuestionType.true_false,
    "填空": QuestionType.fill_in,
    "数值": QuestionType.numeric,
    "简答": QuestionType.short_answer,
}
DIFFICULTIES = {"易": Difficulty.easy, "中": Difficulty.medium, "难": Difficulty.hard}
LONGEST = {"考点": 60, "课节": 60, "单位": 20}  # characters, as the columns hold


@dataclass(frozen=True)
class Fault:
    """What is wrong with a source, and on which line (1-based)."""

    line: int
    sentence: str


def parse(text: str) -> tuple[list[Draft], list[Fault]]:
    """Every question of a file in order, and every fault; a faulty question is left out."""
    drafts: list[Draft] = []
    faults: list[Fault] = []
    codes: dict[str, int] = {}
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("## ")]
    if not starts and text.strip():
        faults.append(Fault(1, "没有找到题目：每道题以「## 题号 题型 能力 难度」开头。"))
    for start, end in pairwise([*starts, len(lines)]):
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
    if not CODE.fullmatch(code):
        return None, [Fault(first, f"题号「{code[:40]}」应只用小写英文字母、数字和短横，最多 60 个字，例如 c1-001。")]
    if kind not in TYPES:
        return None, [Fault(first, f"题型「{kind}」不认识，应为 {'、'.join(TYPES)} 之一。")]
    if difficulty not in DIFFICULTIES:
        return None, [Fault(first, f"难度「{difficulty}」不认识，应为 易、中、难 之一。")]
    draft = Draft(code, TYPES[kind], competency, DIFFICULTIES[difficulty], first)
    draft.source = "\n".join(line.rstrip() for line in lines).strip()
    reader = _Reader(draft)
    for number, line in enumerate(lines[1:], first + 1):
        reader.take(number, line)
    reader.finish()
    return draft, reader.faults + [Fault(first, sentence) for sentence in _missing(draft)]


class _Reader:
    """Takes the lines under a heading one by one: fields, stem, options or answer, explanation."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.part = "fields"
        self.stem: list[str] = []
        self.explanation: list[str] = []
        self.faults: list[Fault] = []

    def take(self, number: int, line: str) -> None:
        text = line.strip()
        if self.part == "explanation":
            if text and not "".join(self.explanation).strip():
                self.draft.lines["解析"] = number
            self.explanation.append(line)
        elif text.startswith(EXPLANATION):
            self.part = "explanation"
            self.draft.lines["解析"] = number
            self.explanation.append(text[3:])
        elif not (
            self._field(number, text)
            or self._option(number, text)
            or self._answer(number, text)
            or self._rubric(number, text)
        ):
            self._words(number, line)

    def finish(self) -> None:
        self.draft.stem = "\n".join(self.stem).strip()
        self.draft.explanation = "\n".join(self.explanation).strip()

    def _field(self, number: int, text: str) -> bool:
        found = FIELD.fullmatch(text) if self.part != "stem" else None
        if found is None:
            return False
        name, value = found[1], found[2].strip()
        self.draft.lines[name] = number
        if len(value) > LONGEST.get(name, len(value)):
            self.faults.append(Fault(number, f"{name}最多 {LONGEST[name]} 个字，现在 {len(value)} 个。"))
        _set_field(self.draft, name, value)
        return True

    def _option(self, number: int, text: str) -> bool:
        found = OPTION.fullmatch(text)
        if found is None:
            return False
        self.part = "answers"
        words = found[2].strip()
        is_pinned = words.endswith(PINNED)
        if is_pinned:
            words = words[: -len(PINNED[0])].rstrip()
        self.draft.options.append(Option(words, found[1] != " ", is_pinned, number))
        return True

    def _answer(self, number: int, text: str) -> bool:
        found = ANSWER.fullmatch(text)
        if found is None:
            return False
        self.part = "answers"
        if self.draft.type in CHOICES:
            sentence: str | None = "选择题不写「答案」：在对的选项前写 - [x]。"
        elif self.draft.accepted:
            sentence = "「答案」写了两次，只留一行；可接受的几种写法用竖线 | 分开。"
        else:
            sentence = _set_answer(self.draft, found[1].strip())
        if sentence:
            self.faults.append(Fault(number, sentence))
        return True

    def _rubric(self, number: int, text: str) -> bool:
        """「评分：先安抚再核实 4 分」 begins a criterion, 「- 2 分：只做到一样」 under it says what that many points look like."""
        if self.draft.type != QuestionType.short_answer:
            return False
        rows = self.draft.rubric
        named = RUBRIC.fullmatch(text)
        if named and (found := CRITERION.fullmatch(named[1])):
            self.part = "answers"
            rows.append({"criterion": found[1], "points": found[2], "descriptors": []})
        elif rows and (found := LEVEL.fullmatch(text)):
            if Decimal(found[1]) > Decimal(rows[-1]["points"]):
                self.faults.append(
                    Fault(
                        number,
                        f"「{rows[-1]['criterion'][:20]}」最多 {rows[-1]['points']} 分，这里写了 {found[1]} 分。",
                    )
                )
            rows[-1]["descriptors"].append({"points": found[1], "words": found[2]})
        else:
            return False
        return True

    def _words(self, number: int, line: str) -> None:
        text = line.strip()
        if self.part == "answers" and text:
            self.faults.append(Fault(number, f"选项或答案后面多了一行「{text[:20]}」：解析要以「解析：」开头。"))
        elif self.part != "answers" and (text or self.stem):
            if not self.stem:
                self.draft.lines["题干"] = number
            self.part = "stem"
            self.stem.append(line)


def _set_field(draft: Draft, name: str, value: str) -> None:
    if name == "考点":
        draft.topic = value
    elif name == "课节":
        draft.lesson_code = value
    elif name == "单位":
        draft.unit_label = value
    else:
        draft.basis_words = value
        cited = [] if value.startswith(LOCAL_BASIS) else value.split("、")
        pairs = (item.strip().partition("#") for item in cited)
        draft.basis = [(ref, clause or None) for ref, _, clause in pairs]


def _set_answer(draft: Draft, value: str) -> str | None:
    """Fill in the accepted answers; a sentence when they cannot be read."""
    if draft.type == QuestionType.true_false:
        if value not in {"对", "错"}:
            return f"判断题的答案应写「对」或「错」，现在是「{value[:20]}」。"
        draft.accepted = [value == "对"]
    elif draft.type == QuestionType.short_answer:
        draft.accepted = [value] if value else []
    elif draft.type == QuestionType.fill_in:
        draft.accepted = [part.strip() for part in value.split("|") if part.strip()]
    else:
        target, mark, tolerance = (part.strip() for part in value.partition("±"))
        if not NUMBER.fullmatch(target) or (mark and not NUMBER.fullmatch(tolerance)) or tolerance.startswith("-"):
            return f"数值题的答案应是一个数，最多四位小数，例如「95」或「95 ± 0.5」，现在是「{value[:20]}」。"
        draft.accepted = [target]
        draft.tolerance = Decimal(tolerance or 0)
    return None


def _missing(draft: Draft) -> list[str]:
    """What a question of its type still lacks, a sentence each."""
    needed = (
        (draft.stem, "没有题干。"),
        (draft.explanation, "没有解析：以「解析：」开头写清为什么。"),
        (draft.topic, "没有考点：在标题下写「考点: …」。"),
        (draft.basis_words, "没有依据：写政策条款，或「业务规范（以本地规定为准）」。"),
        (draft.accepted or draft.type in CHOICES, "没有答案：写「答案：…」。"),
        (not draft.options or draft.type in CHOICES, "不是选择题，不写选项。"),
        (
            draft.rubric or draft.type != QuestionType.short_answer,
            "没有评分标准：写「评分：要看什么 4 分」，一条一行。",
        ),
    )
    found = [f"{draft.code} {sentence}" for present, sentence in needed if not present]
    return found + [f"{draft.code} {sentence}" for sentence in _option_faults(draft)]


def _option_faults(draft: Draft) -> list[str]:
    if draft.type not in CHOICES:
        return []
    right = sum(option.is_right for option in draft.options)
    is_single = draft.type == QuestionType.single
    rules = (
        (2 <= len(draft.options) <= MAX_OPTIONS, f"要有 2 到 {MAX_OPTIONS} 个选项，现在有 {len(draft.options)} 个。"),
        (len({option.text for option in draft.options}) == len(draft.options), "有两个选项文字相同。"),
        (all(option.text for option in draft.options), "有一个选项没有文字。"),
        (not is_single or right == 1, f"是单选题，应恰有一个对的选项，现在有 {right} 个。"),
        (is_single or right >= 2, f"是多选题，至少两个对的选项，现在有 {right} 个。"),
    )
    return [sentence for holds, sentence in rules if not holds]


def wording_of(version: QuestionVersion) -> Draft:
    """What a published version says, as its author wrote it."""
    drafts, faults = parse(version.source)
    if not drafts:
        raise ValueError(f"version {version.id} cannot be read again: {faults}")
    return tidied(drafts[0])


def latest_wording(question: Question) -> Draft | None:
    """What the working copy of a question says, else its current version."""
    if question.draft is not None:
        return from_content(question.code, question.draft.content)
    return wording_of(question.current) if question.current is not None else None
