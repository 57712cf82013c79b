"""Walks clean HTML once: numbers top-level blocks, sets our own pieces in their places, gathers the plain text."""

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from lms.markdown.prose import is_local

_VOID = frozenset({"br", "hr", "img"})
_INLINE = frozenset({"a", "code", "del", "em", "mark", "span", "strong", "sup"})
_FIRST_TAG = re.compile(r"<[a-z0-9]+")


class Placer(HTMLParser):
    """Feed it clean HTML, then read html, text and blocks. Marks are words that stand for pieces of our own making."""

    def __init__(self, pieces: Mapping[str, tuple[str, str]] | None = None, *, numbered: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces = dict(pieces or {})
        self.numbered = numbered
        self.blocks = 0
        self._out: list[str] = []
        self._words: list[str] = []
        self._depth = 0
        self._swallow = False
        self._silent = False  # inside a remark or a footnote's number

    @property
    def html(self) -> str:
        """Everything placed so far."""
        return "".join(self._out)

    @property
    def text(self) -> str:
        """The words alone, one block a line."""
        lines = (" ".join(line.split()) for line in "".join(self._words).split("\n"))
        return "\n".join(line for line in lines if line)

    def take(self, clean: str) -> "Placer":
        """Place a whole text; pieces whose mark did not survive stand at the end rather than vanish."""
        self.feed(clean)
        self.close()
        for mark in list(self.pieces):
            self._place(mark)
        return self

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the tag again, with what we add to it."""
        given = dict(attrs)
        if tag == "img" and not given.get("src"):
            return
        if tag == "a" and not is_local(given.get("href") or ""):
            given["rel"] = "noopener noreferrer"
        if tag == "img":
            given["loading"] = "lazy"
        if tag == "span" or "class" in given:
            self._silent = tag in {"span", "a"}
        if tag not in _INLINE:
            self._words.append("\n")
        written = "".join(f' {name}="{html.escape(value or "")}"' for name, value in given.items())
        number = self._number() if self._depth == 0 else ""
        if tag == "table":
            self._out.append(f'<div class="tablewrap"{number}>')
            number = ""
        self._out.append(f"<{tag}{number}{written}>")
        if tag not in _VOID:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        """Close the tag, unless its piece has taken its place."""
        if tag in _VOID:
            return
        self._depth -= 1
        if tag in {"span", "a"}:
            self._silent = False
        if tag not in _INLINE:
            self._words.append("\n")
        if self._swallow:
            self._swallow = False
            return
        self._out.append(f"</{tag}></div>" if tag == "table" else f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write text; a paragraph that is nothing but a mark becomes its piece."""
        if self._depth == 1 and data in self.pieces and self._out[-1].startswith("<p"):
            self._out.pop()
            self.blocks -= 1 if self.numbered else 0
            self._place(data)
            self._swallow = True
            return
        if not self._silent:
            self._words.append(data)
        self._out.append(html.escape(data, quote=False))

    def _place(self, mark: str) -> None:
        made, text = self.pieces.pop(mark)
        self._words.append(f"\n{text}\n")
        number = self._number()
        self._out.append(_FIRST_TAG.sub(lambda found: found[0] + number, made, count=1) if number else made)

    def _number(self) -> str:
        if not self.numbered:
            return ""
        self.blocks += 1
        return f' data-p="{self.blocks}"'
