"""Reads an author's lines into pieces: prose, headings, code and the seven kinds of block. Knows no HTML."""

import re
from dataclasses import dataclass

from lms.errors import Refused
from lms.markdown.values import Problem

LONGEST_TEXT = 200_000  # characters of one lesson or question
LONGEST_PARAGRAPH = 8_000  # characters without an empty line; bounds the time Markdown can take
LONGEST_HEADING = 300
BLOCKS = ("要点", "易错", "话术", "对比", "来电片段", "政策依据", "随堂一问")
WITH_ARGUMENT = {"政策依据", "随堂一问"}
TOO_LONG = "这篇文字超过 {limit} 个字，没有处理，原来的内容还在。请拆成几节再保存。"

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
RESERVED = {"main"}  # the page's own anchors
_UNWANTED = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFEFF])
_FENCE = re.compile(r"(`{3,}+|~{3,}+)[^`]*$")
_HEADING = re.compile(r"(#{1,6}+)[ \t\u3000]++(\S.*)$")
_OPTION = re.compile(r"[-*+][ \t]++\[([ xX])\](.*)$")


@dataclass(frozen=True)
class Piece:
    """Consecutive lines of one kind: prose, plain, code, heading, a block's name, or unknown for a name nobody knows."""

    kind: str
    line: int
    lines: tuple[str, ...]
    argument: str = ""
    level: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def first(self) -> int:
        """The line number of the first of lines: a block's name stands one line above."""
        return self.line if self.kind in {"prose", "plain", "heading"} else self.line + 1


@dataclass(frozen=True)
class OptionSource:
    text: str
    is_right: bool


@dataclass(frozen=True)
class CheckSource:
    """The parts of a 随堂一问 as written, each still Markdown."""

    stem: str
    options: tuple[OptionSource, ...]
    explanation: str


def tidy(source: str) -> str:
    """The source with one kind of line end and no control characters; refuses an overlong one before any other work."""
    if len(source) > LONGEST_TEXT:
        raise Refused(TOO_LONG, limit=LONGEST_TEXT)
    text = source.encode("utf-8", "ignore").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWANTED)


def read(text: str) -> tuple[list[Piece], list[Problem]]:
    """The pieces of a tidied text in order, and what is wrong with their outline. Lines count from 1."""
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        reader.take(number, line)
    reader.finish()
    return reader.pieces, reader.problems


def read_check(piece: Piece) -> CheckSource:
    """Stem, options and explanation of a 随堂一问; what is missing is empty."""
    stem: list[str] = []
    options: list[tuple[list[str], bool]] = []
    explanation: list[str] | None = None
    for line in piece.lines:
        bare = line.strip()
        if explanation is not None:
            explanation.append(line)
        elif bare.startswith(("解析：", "解析:")):
            explanation = [bare[3:].lstrip()]
        elif found := _OPTION.match(bare):
            options.append(([found[2].strip()], found[1] in "xX"))
        elif options:
            options[-1][0].append(bare)
        else:
            stem.append(line)
    return CheckSource(
        "\n".join(stem).strip(),
        tuple(OptionSource("\n".join(lines).strip(), is_right) for lines, is_right in options),
        "\n".join(explanation or ()).strip(),
    )


def halves(piece: Piece) -> tuple[str, str] | None:
    """The poor and the good side of a 对比, or None where the line --- or a side is missing."""
    marks = [index for index, line in enumerate(piece.lines) if line.strip() == "---"]
    if not marks:
        return None
    poor, good = ("\n".join(part).strip() for part in (piece.lines[: marks[0]], piece.lines[marks[0] + 1 :]))
    return (poor, good) if poor and good else None


class _Reader:
    """Takes line after line; what is open (code, comment, block) decides how the next one is understood."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []
        self.prose: list[str] = []
        self.prose_line = 1
        self.block: tuple[str, str, int] | None = None  # name, argument, line
        self.body: list[str] = []
        self.fence = ""
        self.fence_line = 0
        self.comment_line = 0
        self.spare_ends = 0  # ends still to come of blocks that a nested one closed early

    def take(self, number: int, line: str) -> None:
        bare = line.strip()
        if self.fence:
            self._code(bare, line)
        elif self.comment_line or line.startswith("<!--"):
            self.comment_line = 0 if "-->" in line else self.comment_line or number
            self._keep(number, "")
        elif len(colons := bare[: len(bare) - len(bare.lstrip(":："))]) >= 3:
            self._border(number, colons, bare.lstrip(":：").strip())
        elif found := _FENCE.match(line):
            self._open_code(number, line, found[1])
        elif self.block is None and len(line) <= LONGEST_HEADING and (found := _HEADING.match(line.rstrip())):
            self._flush()
            title, identifier = _heading(found[2])
            self.pieces.append(Piece("heading", number, (title,), identifier, len(found[1])))
        else:
            self._keep(number, line)

    def finish(self) -> None:
        if self.fence:
            self.problems.append(Problem(self.fence_line, f"代码块没有结束。请在代码后面单独一行写 {self.fence}。"))
            if self.block is None:
                self._close_code()
        if self.comment_line:
            self.problems.append(Problem(self.comment_line, "注释没有结束，后面的文字都不会显示。请在注释末尾写 -->。"))
        if self.block:
            sentence = f"「{self.block[0]}」块没有结束。请在块的最后单独一行写 :::。"
            self.problems.append(Problem(self.block[2], sentence))
            self._close_block()
        self._flush()

    def _keep(self, number: int, line: str) -> None:
        if self.block:
            self.body.append(line)
            return
        if not self.prose:
            self.prose_line = number
        self.prose.append(line)

    def _open_code(self, number: int, line: str, fence: str) -> None:
        self.fence, self.fence_line = fence, number
        if self.block:
            self.body.append(line)
        else:
            self._flush()
            self.body = []

    def _code(self, bare: str, line: str) -> None:
        ends = len(bare) >= len(self.fence) and not bare.strip(self.fence[0])
        if self.block:
            self.body.append(line)
        elif ends:
            self._close_code()
        else:
            self.body.append(line)
        if ends:
            self.fence = ""

    def _close_code(self) -> None:
        self.pieces.append(Piece("code", self.fence_line, tuple(self.body)))

    def _border(self, number: int, colons: str, rest: str) -> None:
        if "：" in colons:
            self.problems.append(Problem(number, "块的冒号要用英文半角。请把这一行开头改成 :::。"))
        if rest:
            self._open_block(number, rest)
        elif self.block:
            self._close_block()
        elif self.spare_ends:
            self.spare_ends -= 1
        else:
            self.problems.append(Problem(number, "这里有一个多余的 :::，前面没有要结束的块。请删去这一行。"))

    def _open_block(self, number: int, rest: str) -> None:
        name, _, argument = rest.replace("\t", " ").partition(" ")
        argument = argument.strip()
        if self.block:
            outer = self.block[0]
            sentence = f"「{outer}」块里又开了一个「{name}」块，块不能套块。请先用单独一行 ::: 结束「{outer}」。"
            self.problems.append(Problem(number, sentence))
            self._close_block()
            self.spare_ends += 1
        if name not in BLOCKS:
            sentence = f"没有叫「{name[:20]}」的块。请改成{'、'.join(BLOCKS)}之一，名字后面空一格再写别的。"
            self.problems.append(Problem(number, sentence))
        elif argument and name not in WITH_ARGUMENT:
            sentence = f"「:::{name}」后面不写别的文字。请把这些文字移到下一行。"
            self.problems.append(Problem(number, sentence))
        self._flush()
        self.block, self.body = (name, argument, number), []

    def _close_block(self) -> None:
        assert self.block
        name, argument, line = self.block
        self.pieces.append(Piece(name if name in BLOCKS else "unknown", line, tuple(self.body), argument))
        self.block = None

    def _flush(self) -> None:
        """End the prose so far; paragraphs beyond measure stay plain text."""
        lines, self.prose = self.prose, []
        start = 0
        if sum(map(len, lines)) <= LONGEST_PARAGRAPH:
            self._add_prose("prose", 0, lines)
            return
        for index in range(len(lines) + 1):
            if index < len(lines) and lines[index].strip():
                continue
            size = sum(len(line) + 1 for line in lines[start:index])
            self._add_prose("plain" if size > LONGEST_PARAGRAPH else "prose", start, lines[start : index + 1])
            start = index + 1

    def _add_prose(self, kind: str, offset: int, lines: list[str]) -> None:
        if not any(line.strip() for line in lines):
            return
        line = self.prose_line + offset
        self.pieces.append(Piece(kind, line, tuple(lines)))
        if kind == "plain":
            sentence = f"这一段超过 {LONGEST_PARAGRAPH} 个字，只会显示成纯文字。请用空行分成几段。"
            self.problems.append(Problem(line, sentence))


def _heading(words: str) -> tuple[str, str]:
    """Title and id of 「标题 {#id}」; the id is empty where none is written."""
    words = words.rstrip()
    start = words.rfind("{")
    if start > 0 and words.endswith("}") and words[start + 1 : start + 2] == "#":
        return words[:start].rstrip(), words[start + 2 : -1].strip()
    return words.rstrip("#").rstrip() or words, ""
