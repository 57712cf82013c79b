"""The answer of a row in all its spellings → right options, accepted forms or a number; or why it cannot be."""

import re
from dataclasses import dataclass
from decimal import Decimal

from assessments.bank.models import QuestionType
from assessments.bank.reading import cells
from assessments.bank.reading.columns import ALL_LETTERS
from assessments.bank.rules import wording
from assessments.bank.rules.wording import CHOICES, MAX_OPTIONS, Draft, Option
from lms.errors import Refused

WITH_TOLERANCE = re.compile(r"(-?[\d.]+)\s*(?:±|\+/-|\+-)\s*([\d.]+)")
NUMBER_AND_UNIT = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\s*(\D{0,20})")


@dataclass(frozen=True)
class Given:
    """What a row gives: stem, options by place ("" for an empty column), marks beside them, words of the answer."""

    stem: str
    options: list[str]
    marks: list[str]
    answer: str
    has_marks: bool

    @property
    def texts(self) -> list[str]:
        return [option for option in self.options if option]


def recognised(given: Given, *, is_choice: bool, is_measured: bool) -> QuestionType | None:
    """The type a row without one means: by its options, its answer, a unit beside it."""
    texts = given.texts
    if len(texts) == 2 and {cells.truth(option) for option in texts} == {True, False} and not is_choice:
        return QuestionType.true_false
    if len(texts) >= 2 or is_choice:
        named = _named(given) or []
        count = sum(bool(cells.is_marked(mark)) for mark in given.marks) if given.marks else len(named)
        return QuestionType.multiple if count > 1 else QuestionType.single
    words = given.answer or "".join(texts)
    if not words:
        return None
    if cells.truth(words) is not None and not (words.isdigit() and cells.blanks(given.stem)):
        return QuestionType.true_false
    if WITH_TOLERANCE.fullmatch(cells.plain(words)) or (is_measured and wording.is_number(cells.plain(words))):
        return QuestionType.numeric
    return QuestionType.fill_in


def _named(given: Given) -> list[str] | None:
    """Letters of the options that the answer names: by letter, by an option's own words, by number."""
    words = given.answer
    places = {option: ALL_LETTERS[place] for place, option in enumerate(given.options[:12]) if option}
    if words in places and cells.letters(words) is None:
        return [places[words]]
    found = cells.letters(words)
    if found is not None:
        return found
    parts = [part.strip() for part in re.split(r"[;；|｜\n]+", words) if part.strip()]
    if parts and all(part in places for part in parts):
        return [places[part] for part in dict.fromkeys(parts)]
    finer = [part.strip() for part in re.split(r"[;；|｜、,，\s]+", words) if part.strip()]
    if finer and all(part in places for part in finer):
        return [places[part] for part in dict.fromkeys(finer)]
    leading = re.match(r"\s*([A-LＡ-Ｌ])\s*[.．、:：)）]\s*(.*)", words, re.DOTALL)
    if leading and leading[2].strip() in places:
        return [places[leading[2].strip()]]
    return cells.numbers(words)


def fill(draft: Draft, given: Given, notes: list[Refused], *, is_exact: bool) -> list[Refused]:
    """Put options and answer into the draft; the sentences say what is wrong with the row."""
    if draft.type in CHOICES:
        return _choice(draft, given, notes)
    if draft.type == QuestionType.true_false:
        return _truth(draft, given)
    words, faults = _words(given)
    if faults:
        return faults
    if draft.type == QuestionType.numeric:
        return _number(draft, words)
    if draft.type == QuestionType.short_answer:
        draft.accepted = [wording.one_line(words)]
        return []
    if is_exact:
        draft.accepted, is_joined = [part.strip() for part in words.split("|") if part.strip()], False
    else:
        draft.accepted, is_joined = cells.forms_of(words, draft.stem)
    if is_joined:
        notes.append(
            Refused(
                "题干有 {n} 个空：考生在一个框里按顺序填写，用顿号、逗号或空格隔开都算对。", n=cells.blanks(draft.stem)
            )
        )
    return [] if draft.accepted else [Refused("没有答案。")]


def _words(given: Given) -> tuple[str, list[Refused]]:
    """The words of an answer that is no option: the answer's column, or the options marked right."""
    if given.answer:
        return given.answer, []
    if given.marks or (given.has_marks and given.texts):
        faults = _mark_faults(given)
        pairs = zip(given.options, [*given.marks, *[""] * len(given.options)], strict=False)
        right = [option for option, mark in pairs if option and cells.is_marked(mark)]
        if not right and not faults:
            faults = [Refused("没有一个选项标成正确。")]
        return "|".join(right) if len(right) > 1 else "".join(right), faults
    return "", [Refused("没有答案。")]


def _mark_faults(given: Given) -> list[Refused]:
    return [
        Refused("选项 {letter} 旁边的「{value}」看不懂，写「是」或「否」。", letter=ALL_LETTERS[place], value=mark[:20])
        for place, mark in enumerate(given.marks[:12])
        if cells.is_marked(mark) is None
    ]


def _truth(draft: Draft, given: Given) -> list[Refused]:
    words = given.answer
    if not words:
        words, faults = _words(given)
        if faults:
            return faults
    letters = cells.letters(words)
    if letters and len(letters) == 1 and letters[0] in "AB" and cells.plain(words) not in {"t", "f"}:
        place = "AB".index(letters[0])
        words = given.options[place] if place < len(given.options) and given.options[place] else ("对", "错")[place]
    found = cells.truth(words)
    if found is None:
        return [Refused("判断题的答案应写「对」或「错」，现在是「{value}」。", value=words[:20])]
    draft.accepted = [found]
    return []


def _number(draft: Draft, words: str) -> list[Refused]:
    plain = cells.plain(words).rstrip("|").strip()
    both = WITH_TOLERANCE.fullmatch(plain)
    if both and wording.is_number(both[1]) and wording.is_number(both[2]):
        draft.accepted, draft.tolerance = [both[1]], Decimal(both[2])
        return []
    found = NUMBER_AND_UNIT.fullmatch(plain)
    number = found[1].replace(",", "") if found else ""
    if not found or not wording.is_number(number):
        return [Refused("数值题的答案应是一个数，最多四位小数，现在是「{value}」。", value=words[:20])]
    draft.accepted = [number]
    draft.unit_label = draft.unit_label or found[2].strip()
    return []


def _choice(draft: Draft, given: Given, notes: list[Refused]) -> list[Refused]:
    texts = given.texts
    if len(texts) < 2:
        return [Refused("选择题至少要有两个选项，现在有 {n} 个。", n=len(texts))]
    if len(texts) > MAX_OPTIONS:
        return [Refused("最多 {most} 个选项，现在有 {n} 个。", most=MAX_OPTIONS, n=len(texts))]
    faults = _mark_faults(given) if given.marks and not given.answer else []
    right, more = ([], []) if faults else _right_places(given)
    faults += more
    if faults:
        return faults
    draft.options = [
        Option(option, place in right, is_pinned=False) for place, option in enumerate(given.options) if option
    ]
    if len(texts) < len(given.options):
        notes.append(Refused("中间有空的选项，后面的选项往前移了。"))
    return _count_faults(draft, given)


def _right_places(given: Given) -> tuple[list[int], list[Refused]]:
    """Places of the right options, or what is wrong with the answer."""
    if not given.answer:
        if not given.has_marks:
            return [], [Refused("没有答案。")]
        right = [place for place, mark in enumerate(given.marks) if given.options[place] and cells.is_marked(mark)]
        return right, [] if right else [Refused("没有一个选项标成正确。")]
    named = _named(given)
    if named is None:
        return [], [Refused("答案「{value}」不是选项字母，也不是某个选项的原文。", value=given.answer[:20])]
    last = max(place for place, option in enumerate(given.options) if option)
    places = [ALL_LETTERS.index(letter) for letter in named]
    for place in places:
        if place > last:
            found = {"letter": ALL_LETTERS[place], "last": ALL_LETTERS[last]}
            return [], [Refused("答案是 {letter}，但选项只有 A 到 {last}。", **found)]
        if not given.options[place]:
            return [], [Refused("答案是 {letter}，但选项 {letter} 是空的。", letter=ALL_LETTERS[place])]
    return places, []


def _count_faults(draft: Draft, given: Given) -> list[Refused]:
    right = sum(option.is_right for option in draft.options)
    shown = given.answer[:20] or "、".join(
        ALL_LETTERS[place] for place, option in enumerate(draft.options) if option.is_right
    )
    if draft.type == QuestionType.single and right != 1:
        return [Refused("单选题写了 {n} 个答案「{value}」，改成一个，或把题型改成多选。", n=right, value=shown)]
    if draft.type == QuestionType.multiple and right < 2:
        return [Refused("多选题至少要两个答案，现在是「{value}」。", value=shown)]
    folded = [wording.one_line(option.text) for option in draft.options]
    same = next((text for text in folded if folded.count(text) > 1), None)
    return [Refused("有两个选项文字相同：「{value}」。", value=same[:20])] if same else []
