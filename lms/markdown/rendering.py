"""Author's text → safe HTML, plain text and the facts of a lesson. Pure: the policy registry is handed in."""

import hashlib
import html
import re
from collections import deque
from collections.abc import Callable, Iterable

from lms.markdown.drawing import check_section, policy_box
from lms.markdown.placing import Placer
from lms.markdown.prose import CITATION, Converter, plain, split_citation
from lms.markdown.reading import IDENTIFIER, RESERVED, Piece, halves, read, read_check, tidy
from lms.markdown.values import Check, CheckOption, Citation, Cite, CiteFacts, Heading, Rendered

DIALECT = "1"  # raise it when the same source comes out differently, so that stored HTML is made again
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[A-Za-z0-9]++(?:[-.'’][A-Za-z0-9]++)*+")
_LONE_PARAGRAPH = re.compile(r"<p>((?:[^<]|<(?!/?p>))*+)</p>\s*+")
_CHECK = re.compile(r'(<section[^>]* data-check="([a-z0-9-]+)"[^>]*>)(.*?)(</section>)', re.DOTALL)
_CALLOUTS = {
    "要点": ("callout", "要点"),
    "易错": ("callout callout--warn", "容易出错"),
    "话术": ("callout", "可以这样说"),
}


def nothing_known(citation: Citation) -> CiteFacts | None:  # noqa: ARG001
    """A registry without policies."""
    return None


def render(source: str, *, cite: Cite = nothing_known) -> Rendered:
    """Everything of a lesson, faulty sources included (see problems); refuses only one beyond 200,000 characters."""
    writer = _Writer(tidy(source), cite)
    placed = writer.lesson()
    return Rendered(
        html=placed.html,
        text=placed.text,
        headings=tuple(writer.headings),
        citations=tuple(sorted(writer.citations, key=_by_line)),
        unknown=tuple(sorted(writer.unknown, key=_by_line)),
        checks=tuple(writer.checks),
        blocks=placed.blocks,
        characters=len(_WORD.findall(placed.text)),
        digest=digest(source),
    )


def digest(source: str) -> str:
    """SHA-256 (hex) of a source and the dialect's version: equal digests give equal HTML, given equal policies."""
    return hashlib.sha256(f"{DIALECT}\n{source}".encode("utf-8", "replace")).hexdigest()


def render_question(source: str, *, cite: Cite = nothing_known) -> str:
    """Safe HTML of a stem or an explanation; a 来电片段 may stand in it, headings get no anchors."""
    writer = _Writer(tidy(source), cite)
    writer.expect(read(writer.text)[0])
    return writer.body(writer.text)[0]


def render_inline(source: str, *, cite: Cite = nothing_known) -> str:
    """Safe HTML of an option: a single paragraph comes without its <p>."""
    return _unwrapped(render_question(source, cite=cite))


def replace_checks(rendered: str, draw: Callable[[str, str], str]) -> str:
    """A lesson's HTML with the inside of each 随堂一问 drawn anew: draw(check id, inner HTML) → inner HTML."""
    return _CHECK.sub(lambda found: f"{found[1]}{draw(found[2], found[3])}{found[4]}", rendered)


def _by_line(citation: Citation) -> tuple[int, str]:
    return citation.line, citation.ref


def _unwrapped(made: str) -> str:
    found = _LONE_PARAGRAPH.fullmatch(made)
    return found[1] if found else made


class _Writer:
    """One rendering: writes pieces as HTML and remembers the headings, checks and citations it meets."""

    def __init__(self, text: str, cite: Cite) -> None:
        self.text = text
        self.cite = cite
        self.headings: list[Heading] = []
        self.checks: list[Check] = []
        self.citations: dict[Citation, None] = {}
        self.unknown: dict[Citation, None] = {}
        self.taken = set(RESERVED)
        self.converter = Converter(self._facts)
        # Nobody can write this word into a text, since the word depends on the whole text.
        self.secret = hashlib.sha256(b"mark\n" + text.encode()).hexdigest()[:24]
        self.lines: dict[str, deque[int]] = {}

    def expect(self, pieces: Iterable[Piece]) -> None:
        """Note where the citations of these pieces stand, to name the line when one is met."""
        self.lines = {}
        for piece in pieces:
            for number, line in enumerate(piece.lines, start=piece.first):
                for found in CITATION.finditer(line):
                    self.lines.setdefault(found[1], deque()).append(number)

    def lesson(self) -> Placer:
        """The whole text, its top-level blocks numbered."""
        pieces = read(self.text)[0]
        marks = [f"x{self.secret}n{position}x" for position in range(len(pieces))]
        prose = [piece.text if piece.kind == "prose" else mark for piece, mark in zip(pieces, marks, strict=True)]
        self.expect(piece for piece in pieces if piece.kind == "prose")
        flow = self.converter.convert("\n\n".join(prose))
        made: dict[str, tuple[str, str]] = {}
        for piece, mark in zip(pieces, marks, strict=True):
            if piece.kind != "prose":
                self.expect([piece])
                made[mark] = self._lesson_piece(piece)
        return Placer(made, numbered=True).take(flow)

    def body(self, source: str) -> tuple[str, str]:
        """HTML and words of a text inside something: no anchors, no checks, no outline."""
        made, words = [], []
        for piece in read(source)[0]:
            part, text = self._piece(piece)
            made.append(part)
            words.append(text)
        return "\n".join(made), "\n".join(words)

    def _lesson_piece(self, piece: Piece) -> tuple[str, str]:
        if piece.kind == "heading":
            return self._heading(piece)
        if piece.kind == "随堂一问":
            return self._check(piece)
        return self._piece(piece)

    def _piece(self, piece: Piece) -> tuple[str, str]:
        draw = {
            "prose": self._prose,
            "plain": lambda piece: (plain(piece.text), piece.text),
            "code": lambda piece: (f"<pre><code>{html.escape(piece.text, quote=False)}</code></pre>", piece.text),
            "heading": self._minor_heading,
            "对比": self._contrast,
            "政策依据": self._policy,
        }.get(piece.kind, self._box)
        return draw(piece)

    def _prose(self, piece: Piece) -> tuple[str, str]:
        placed = Placer().take(self.converter.convert(piece.text))
        return placed.html.strip(), placed.text

    def _minor_heading(self, piece: Piece) -> tuple[str, str]:
        title, words = self._line(piece.text)
        level = max(3, piece.level)
        return f"<h{level}>{title}</h{level}>", words

    def _box(self, piece: Piece) -> tuple[str, str]:
        made, words = self.body(piece.text)
        if piece.kind == "来电片段":
            made = f'<div class="case"><p class="case__t">来电片段</p>{made}</div>'
        elif piece.kind in _CALLOUTS:
            kind, title = _CALLOUTS[piece.kind]
            made = f'<div class="{kind}"><p class="callout__t">{title}</p>{made}</div>'
        else:
            made = f"<div>{made}</div>"
        return made, words

    def _line(self, source: str) -> tuple[str, str]:
        placed = Placer().take(self.converter.convert(source))
        return _unwrapped(placed.html), placed.text

    def _heading(self, piece: Piece) -> tuple[str, str]:
        title, words = self._line(piece.text)
        written = piece.argument if IDENTIFIER.fullmatch(piece.argument) else f"s-{len(self.headings) + 1}"
        anchor = self._anchor(written, piece.line)
        level = max(2, piece.level)  # the page's own title is the only h1
        self.headings.append(Heading(anchor, " ".join(words.split()), piece.level))
        return f'<h{level} id="{anchor}">{title}</h{level}>', words

    def _anchor(self, wanted: str, line: int) -> str:
        anchor = wanted
        while anchor in self.taken or f"{anchor}-q" in self.taken:  # -q is the question of a check
            anchor = f"{anchor}-{line}"
        self.taken |= {anchor, f"{anchor}-q"}
        return anchor

    def _contrast(self, piece: Piece) -> tuple[str, str]:
        sides = halves(piece)
        if sides is None:
            made, words = self.body(piece.text)
            return f"<div>{made}</div>", words
        (poor, poor_words), (good, good_words) = self.body(sides[0]), self.body(sides[1])
        made = f'<div class="bad"><h3>不合格</h3>{poor}</div><div class="good"><h3>合格</h3>{good}</div>'
        return f'<div class="vs">{made}</div>', f"{poor_words}\n{good_words}"

    def _policy(self, piece: Piece) -> tuple[str, str]:
        ref, clause = split_citation(piece.argument)
        citation = Citation(ref, clause, piece.line)
        facts = self._look_up(citation) if ref else None
        use, words = self.body(piece.text)
        return policy_box(citation, facts, use), f"{ref} {clause or ''}\n{words}"

    def _check(self, piece: Piece) -> tuple[str, str]:
        written = read_check(piece)
        wanted = piece.argument if IDENTIFIER.fullmatch(piece.argument) else f"check-{piece.line}"
        name = self._anchor(wanted, piece.line)
        stem, words = self.body(written.stem)
        options = [(self.body(option.text), option.is_right) for option in written.options]
        check = Check(
            id=name,
            stem_html=stem,
            options=tuple(CheckOption(_unwrapped(made), is_right) for (made, _), is_right in options),
            explanation_html=self.body(written.explanation)[0],
            line=piece.line,
            is_multiple=sum(is_right for _, is_right in options) > 1,
        )
        self.checks.append(check)
        return check_section(check), "\n".join([words, *(text for (_, text), _ in options)])

    def _facts(self, words: str) -> CiteFacts | None:
        ref, clause = split_citation(words)
        waiting = self.lines.get(words) or deque([0])
        line = waiting.popleft() if len(waiting) > 1 else waiting[0]
        return self._look_up(Citation(ref, clause, line))

    def _look_up(self, citation: Citation) -> CiteFacts | None:
        self.citations[citation] = None
        facts = self.cite(citation)
        if facts is None:
            self.unknown[citation] = None
        return facts
