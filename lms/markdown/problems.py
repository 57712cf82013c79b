"""What an author should mend before a text is saved: line and sentence, in the order of the lines."""

from collections.abc import Iterator

from lms.errors import Refused
from lms.markdown.prose import CODE_SPAN, IMAGE, is_own_file
from lms.markdown.reading import (
    BLOCKS,
    IDENTIFIER,
    RESERVED,
    Piece,
    halves,
    read,
    read_check,
    tidy,
)
from lms.markdown.rendering import render
from lms.markdown.values import Cite, Problem

_ID_FORM = "小写英文字母、数字和短横，例如"


def problems(source: str, *, cite: Cite | None = None) -> list[Problem]:
    """Every fault of a source; with cite (the policy registry) also the citations it does not know."""
    try:
        text = tidy(source)
    except Refused as refusal:
        return [Problem(1, str(refusal))]
    pieces, found = read(text)
    found += _anchors(pieces)
    for piece in pieces:
        found += _of_piece(piece)
    if cite:
        found += [
            Problem(citation.line, f"政策库里没有「{_named(citation.ref, citation.clause)}」。请核对简称和条款号。")
            for citation in render(source, cite=cite).unknown
        ]
    return sorted(found, key=lambda problem: problem.line)


def _named(ref: str, clause: str | None) -> str:
    return f"{ref}#{clause}" if clause else ref


def _of_piece(piece: Piece) -> Iterator[Problem]:
    if piece.kind == "code":
        return
    yield from _images(piece)
    if piece.kind == "随堂一问":
        yield from _check(piece)
    elif piece.kind == "对比" and halves(piece) is None:
        yield Problem(piece.line, "「对比」块要分两半。请先写不合格的，单独一行 ---，再写合格的。")
    elif piece.kind == "政策依据" and not piece.argument.partition("#")[0].strip():
        yield Problem(piece.line, "「政策依据」没有写引用哪一条。请写成 :::政策依据 简称#条款号。")
    elif piece.kind in BLOCKS and not piece.text.strip():
        yield Problem(piece.line, f"「{piece.kind}」块是空的。请写上内容，或删去这个块。")
    if piece.kind in BLOCKS and "[^" in piece.text:
        yield Problem(piece.line, f"「{piece.kind}」块里不能用脚注。请把脚注写在块外的正文里。")


def _anchors(pieces: list[Piece]) -> Iterator[Problem]:
    """Ids of headings and checks: well formed, and each once in a text."""
    seen: dict[str, int] = {}
    for piece in pieces:
        if piece.kind not in {"heading", "随堂一问"}:
            continue
        name = piece.argument
        what = "标题" if piece.kind == "heading" else "「随堂一问」"
        if not name:
            if piece.kind == "随堂一问":
                yield Problem(piece.line, "「随堂一问」没有编号。请写成 :::随堂一问 c1-mandate-q1，编号定下后不再改。")
        elif not IDENTIFIER.fullmatch(name):
            yield Problem(piece.line, f"{what}的编号「{name[:40]}」写法不对。请只用{_ID_FORM} c1-mandate-q1。")
        elif name in RESERVED:
            yield Problem(piece.line, f"编号「{name}」是页面自己用的。请换一个编号。")
        elif name in seen:
            yield Problem(piece.line, f"编号「{name}」和第 {seen[name]} 行重复。请换一个编号。")
        else:
            seen[name] = piece.line


def _check(piece: Piece) -> Iterator[Problem]:
    written = read_check(piece)
    if not written.stem:
        yield Problem(piece.line, "「随堂一问」没有题干。请在选项前面写上问题。")
    if len(written.options) < 2:
        yield Problem(piece.line, "「随堂一问」至少要两个选项。请每行写一个，错的用 - [ ]，对的用 - [x]。")
    elif not any(option.is_right for option in written.options):
        yield Problem(piece.line, "「随堂一问」没有标出正确的选项。请把对的选项写成 - [x]。")
    if any(not option.text for option in written.options):
        yield Problem(piece.line, "「随堂一问」有空的选项。请写上文字，或删去这一行。")
    if not written.explanation:
        yield Problem(piece.line, "「随堂一问」没有解析。请在选项后面另起一行写「解析：」和理由。")


def _images(piece: Piece) -> Iterator[Problem]:
    in_code = False
    for number, line in enumerate(piece.lines, start=piece.first):
        if line.startswith(("```", "~~~")):
            in_code = not in_code
        if in_code or "![" not in line:
            continue
        for image in IMAGE.finditer(CODE_SPAN.sub("", line)):
            if not image[1].strip():
                yield Problem(number, "图片没有替代文字。请在 ![ ] 的方括号里写图上有什么，看不见图的人靠它。")
            if not is_own_file(image[2] or image[3] or ""):
                yield Problem(number, "图片不在本站，不会显示。请先上传图片，再引用 /files/ 开头的地址。")
