"""One cell of a question sheet → what it means: type, letters, right or wrong, difficulty, options in one cell."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from assessments.bank.models import Difficulty, QuestionType

TYPE_CODES = {"1": "单选", "2": "多选", "3": "判断", "4": "填空", "5": "简答"}
CHOICE_WORDS = ("选择", "不定项", "案例", "情景", "情境", "材料", "综合")  # single or multiple, as the answer says
TYPE_WORDS: tuple[tuple[str, QuestionType], ...] = (
    ("单选", QuestionType.single), ("单项", QuestionType.single), ("single", QuestionType.single),
    ("多选", QuestionType.multiple), ("多项", QuestionType.multiple), ("multiple", QuestionType.multiple),
    ("判断", QuestionType.true_false), ("是非", QuestionType.true_false), ("对错", QuestionType.true_false),
    ("正误", QuestionType.true_false), ("truefalse", QuestionType.true_false), ("true/false", QuestionType.true_false),
    ("填空", QuestionType.fill_in), ("填充", QuestionType.fill_in), ("blank", QuestionType.fill_in),
    ("数值", QuestionType.numeric), ("计算", QuestionType.numeric), ("数字", QuestionType.numeric),
    ("numeric", QuestionType.numeric),
    ("简答", QuestionType.short_answer), ("问答", QuestionType.short_answer), ("论述", QuestionType.short_answer),
    ("简述", QuestionType.short_answer), ("short", QuestionType.short_answer), ("essay", QuestionType.short_answer),
)  # fmt: skip
RIGHT = frozenset(
    ["对", "正确", "√", "✓", "✔", "☑", "是", "t", "true", "y", "yes", "真", "v", "1", "r", "right", "正", "○", "对的"]
)
WRONG = frozenset(
    [
        "错",
        "错误",
        "×",
        "✗",
        "✘",
        "✕",
        "☒",
        "否",
        "f",
        "false",
        "n",
        "no",
        "假",
        "x",
        "0",
        "不正确",
        "不对",
        "wrong",
        "误",
        "不是",
        "错的",
    ]
)
MARKED = RIGHT | {"*", "★", "●", "正确答案", "答案"}
UNMARKED = WRONG | {"", "-", "—"}
CIRCLED = {ord(mark): str(n) for n, mark in enumerate("①②③④⑤⑥⑦⑧⑨⑩", start=1)}
SEPARATORS = re.compile(r"[\s、,，.．;；/|&+和及与\\-]+")
HEADER_CODE = re.compile(r"([0-9])\s*[-:：、.=]?\s*([\u4e00-\u9fff]{1,6})")
LABEL = re.compile(r"[（(]?([A-La-lＡ-Ｌ])[）)]?\s*[.．、:：)）]\s*|[（(]([A-La-lＡ-Ｌ])[）)]\s*")
INNER_LABEL = re.compile(
    r"[（(]\s*([A-LＡ-Ｌ])\s*[）)]\s*|(?:^|(?<=[\s;；|,，。？！?]))([A-LＡ-Ｌ])\s*[.．、:：)）]\s*"
)
BLANK = re.compile(r"_{2,}|＿{2,}|[（(][\s_＿　]*[）)]|【[\s　]*】|\[\s+\]|﹍{2,}|…{3,}")
STEM_ANSWER = re.compile(r"[（(]\s*([A-HＡ-Ｈ]{1,8}|√|×|对|错|正确|错误)\s*[）)]")


def plain(words: str) -> str:
    """Width and capitals evened, spaces at the ends gone."""
    return unicodedata.normalize("NFKC", words.translate(CIRCLED)).strip().casefold()


def codes_of(header: str) -> Mapping[str, str]:
    """The codes that a header explains, as in 类型(1单选 2多选 3判断 4填空): {code: word}."""
    return {code: word for code, word in HEADER_CODE.findall(unicodedata.normalize("NFKC", header))}  # noqa: C416


def type_of(words: str, codes: Mapping[str, str]) -> QuestionType | str | None:
    """The type a cell names; "choice" where the answer must say which; None where the word is unknown."""
    folded = plain(words).replace(" ", "").removesuffix(".0")
    folded = codes.get(folded, TYPE_CODES.get(folded, folded))
    for word, kind in TYPE_WORDS:
        if word in folded:
            return kind
    if any(word in folded for word in CHOICE_WORDS):
        return "choice"
    return {"t": QuestionType.true_false, "s": QuestionType.single, "m": QuestionType.multiple}.get(folded)


def truth(words: str) -> bool | None:
    """Right, wrong, or None where the words are neither."""
    folded = plain(words).strip("。. ")
    return True if folded in RIGHT else False if folded in WRONG else None


def is_marked(words: str) -> bool | None:
    """Whether a mark beside an option says that it is right; None where it cannot be read."""
    folded = plain(words)
    return True if folded in MARKED else False if folded in UNMARKED else None


def letters(words: str) -> list[str] | None:
    """The option letters an answer names, each once: A、C, AC, Ａ Ｃ, a,c; None where it is something else."""
    folded = SEPARATORS.sub("", unicodedata.normalize("NFKC", words).upper())
    folded = folded.removeprefix("选").removeprefix("答案").removeprefix(":")
    return list(dict.fromkeys(folded)) if folded and re.fullmatch("[A-L]+", folded) else None


def numbers(words: str) -> list[str] | None:
    """The options an answer names by number, as letters: 1,3 or ①③ → A, C; None where it is something else."""
    parts = [part for part in SEPARATORS.split(plain(words)) if part]
    if len(parts) == 1 and parts[0].isascii() and parts[0].isdigit():
        parts = list(parts[0])
    is_ordinal = parts and all(part.isascii() and part.isdigit() and 1 <= int(part) <= 12 for part in parts)
    return ["ABCDEFGHIJKL"[int(part) - 1] for part in dict.fromkeys(parts)] if is_ordinal else None


def difficulty_of(words: str, codes: Mapping[str, str] | None = None) -> Difficulty | None:
    """How hard, by word, stars, degree 1 to 5, or coefficient below 1 (the share that gets it right); None unknown."""
    folded = plain(words)
    folded = plain((codes or {}).get(folded.removesuffix(".0"), folded))
    stars = folded.count("★") or folded.count("☆") or folded.count("*")
    if stars:
        folded = str(stars)
    for word, kind in (
        ("易", Difficulty.easy), ("容易", Difficulty.easy), ("简单", Difficulty.easy), ("easy", Difficulty.easy),
        ("低", Difficulty.easy), ("初", Difficulty.easy), ("难", Difficulty.hard), ("hard", Difficulty.hard),
        ("高", Difficulty.hard), ("中", Difficulty.medium), ("一般", Difficulty.medium), ("普通", Difficulty.medium),
        ("适", Difficulty.medium), ("medium", Difficulty.medium), ("normal", Difficulty.medium),
    ):  # fmt: skip
        if word in folded and "难度" not in folded:
            return kind
    try:
        degree = float(folded)
    except ValueError:
        return None
    if 0 <= degree < 1:
        return Difficulty.easy if degree >= 0.7 else Difficulty.medium if degree >= 0.4 else Difficulty.hard
    if 1 <= degree <= 5:
        return Difficulty.easy if degree <= 2 else Difficulty.medium if degree <= 3 else Difficulty.hard
    return None


def options_in(words: str) -> list[str]:
    """Options that stand in one cell: labelled A. B. C., a line each, or set apart by | or ；."""
    labelled = _labelled(words)
    if labelled is not None:
        return labelled[1]
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    if len(lines) > 1:
        return lines
    for mark in ("|", "｜", "；", ";", "$$", "##"):
        if mark in words:
            return [part.strip() for part in words.split(mark) if part.strip()]
    return lines


def _labelled(words: str) -> tuple[str, list[str]] | None:
    """(what stands before, options) where a text holds A. … B. …, from A on without a gap; None where it does not."""
    found: list[re.Match[str]] = []
    for mark in INNER_LABEL.finditer(words):
        letter = unicodedata.normalize("NFKC", mark[1] or mark[2])
        if len(found) < 12 and letter == "ABCDEFGHIJKL"[len(found)]:
            found.append(mark)
    if len(found) < 2:
        return None
    ends = [mark.start() for mark in found[1:]] + [len(words)]
    parts = [words[mark.end() : end].strip(" \t\n;；|,，") for mark, end in zip(found, ends, strict=True)]
    return words[: found[0].start()].strip(), parts


def stem_with_options(words: str) -> tuple[str, list[str]]:
    """A stem and the options that stand under it in the same cell, none where there are none."""
    return _labelled(words) or (words, [])


def unlabelled(options: Sequence[str]) -> list[str]:
    """Options without their own letters, where every one begins with its letter."""
    stripped = []
    for place, option in enumerate(options):
        found = LABEL.match(option)
        letter = unicodedata.normalize("NFKC", (found[1] or found[2])).upper() if found else ""
        if not option:
            stripped.append("")
        elif found and place < 12 and letter == "ABCDEFGHIJKL"[place] and option[found.end() :].strip():
            stripped.append(option[found.end() :].strip())
        else:
            return list(options)
    return stripped


def blanks(stem: str) -> int:
    """How many blanks a stem leaves to be filled."""
    return len(BLANK.findall(stem))


def forms_of(answer: str, stem: str) -> tuple[list[str], bool]:
    """The accepted forms of a fill-in answer, and whether they are several blanks put together in order.

    With a bar the parts are forms of one answer; without, parts as many as the stem has blanks fill them in order.
    """
    if "|" in answer or "｜" in answer:
        return [part.strip() for part in re.split(r"[|｜]", answer) if part.strip()], False
    parts = [part.strip() for part in re.split(r"[;；\n]|(?:##)|(?:\$\$)", answer) if part.strip()]
    count = blanks(stem)
    if count > 1 and len(parts) != count:
        finer = [part.strip() for part in re.split(r"[;；\n、,，\s]+", answer) if part.strip()]
        parts = finer if len(finer) == count else parts
    if count > 1 and len(parts) == count:
        return list(dict.fromkeys(mark.join(parts) for mark in ("、", "，", "；", ""))), True
    return parts, False
