"""Markdown → clean HTML with Python-Markdown and nh3. No HTML of the author's passes: tags show as they are written."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.extensions.footnotes import FootnoteBlockProcessor
from markdown.inlinepatterns import InlineProcessor

MOST_FOOTNOTES = 200
DEEPEST_LIST = 6
CITATION = re.compile(r"\[\[([^\[\]\n|]{1,120})\]\]")
CODE_SPAN = re.compile(r"(?<!`)(`++)[^`\n]*+\1(?!`)")
_ADDRESS = (
    r"\([ ]{0,3}(?:<([^<>\n]*+)>|([^()\s<>]++(?:\([^()\s]*+\)[^()\s]*+)*+))"
    r"(?:\s++\"([^\"\n]*+)\")?+\s*+\)"
)  # possessive throughout, so a hostile line costs no more than its length
IMAGE = re.compile(r"!\[([^\[\]]*+)\]" + _ADDRESS)
_LINK = r"(?<!!)\[([^\[\]]++)\]" + _ADDRESS
_FOOTNOTE = r"\[\^([^\[\]\n]{1,40})\]"
_LIST_LINE = re.compile(r"([-*+]|\d{1,9}\.)[ ]++\S")
_OURS = frozenset({"footnote", "footnote-ref", "footnote-backref"})
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_TAGS = (
    "p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code strong em del mark sup table thead tbody tr th td a img div span"
)


@dataclass(frozen=True)
class Citation:
    """A policy clause as an author names it: 「GB/T33358-2016#3.6」 on a line."""

    ref: str
    clause: str | None
    line: int


@dataclass(frozen=True)
class CiteFacts:
    """What the policy registry knows of a citation; status_tone is ok, warn, danger, info or brand."""

    title: str
    number: str
    clause: str | None
    gist: str
    status_label: str
    status_tone: str
    effective_text: str
    url: str


def split_citation(words: str) -> tuple[str, str | None]:
    """(ref, clause or None) of 「ref#clause」."""
    ref, _, clause = words.partition("#")
    return ref.strip(), clause.strip() or None


def is_local(address: str) -> bool:
    """Does an address stay on this site, whatever a browser makes of slashes, tabs and percent signs?"""
    plain = unquote(address).strip()
    if "\\" in plain or any(character <= " " for character in plain) or plain.startswith("//"):
        return False
    head = re.split(r"[/?#]", plain, maxsplit=1)[0]
    return ":" not in head


def is_own_file(address: str) -> bool:
    """May an image come from here: a relative path or /files/, without climbing?"""
    plain = unquote(address).strip()
    if not plain or not is_local(address) or ".." in plain:
        return False
    return plain.startswith("/files/") or not plain.startswith("/")


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """Keep an attribute of Markdown's making; nh3 has already dropped addresses of other schemes."""
    if attribute == "class":
        return value if value in _OURS else None
    if attribute == "id":
        return value if value.startswith(("fn:", "fnref")) else None
    if tag == "img" and attribute == "src":
        return value if is_own_file(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    attributes={
        "a": {"href", "title", "class"},
        "img": {"src", "alt", "title"},
        "ol": {"start"},
        "li": {"id"},
        "sup": {"id"},
        "td": {"align"},
        "th": {"align"},
        "div": {"class"},
        "span": set(),
    },
    attribute_filter=_filter,
    url_schemes=set(_SCHEMES),
    link_rel=None,
)


class _Link(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override] # noqa: ARG002, N802
        link = Element("a", {"href": self.unescape(m[2] or m[3] or "")})
        link.text = m[1]
        if m[4]:
            link.set("title", self.unescape(m[4]))
        return link, m.start(0), m.end(0)


class _Image(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override] # noqa: ARG002, N802
        image = Element("img", {"src": self.unescape(m[2] or m[3] or ""), "alt": self.unescape(m[1]).strip()})
        if m[4]:
            image.set("title", self.unescape(m[4]))
        return image, m.start(0), m.end(0)


class _Break(InlineProcessor):
    """The one tag authors need, inside table cells: <br>."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override] # noqa: ARG002, N802
        return Element("br"), m.start(0), m.end(0)


class _Cite(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, pattern: str, md: markdown.Markdown, facts: Callable[[str], CiteFacts | None]) -> None:
        super().__init__(pattern, md)
        self.facts = facts

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override] # noqa: ARG002, N802
        words = self.unescape(m[1])
        ref, clause = split_citation(words)
        facts = self.facts(words)
        joint = "" if (clause or "").startswith("第") else " "
        label = f"{ref}{joint}{clause}" if clause else ref
        if facts is None:
            element = Element("span")
            element.text = markdown.util.AtomicString(f"{label}（政策库里没有这一条）")
            return element, m.start(0), m.end(0)
        element = Element("a", {"href": facts.url, "title": facts.title})
        if facts.status_tone != "ok":
            label += f"（{facts.status_label}）"
        element.text = markdown.util.AtomicString(label)
        return element, m.start(0), m.end(0)


class _FootnoteBlock(FootnoteBlockProcessor):
    RE = re.compile(rf"^[ ]{{0,3}}{_FOOTNOTE}:[ ]*(.*)$", re.MULTILINE)


class Converter:
    """Turns Markdown into clean HTML; one per rendering, since Python-Markdown keeps state between calls."""

    def __init__(self, facts: Callable[[str], CiteFacts | None]) -> None:
        extensions: list[Any] = ["tables", "sane_lists", "footnotes", "pymdownx.mark", "pymdownx.tilde"]
        self.markdown = markdown.Markdown(
            extensions=extensions,
            extension_configs={
                "tables": {"use_align_attribute": True},
                "footnotes": {"UNIQUE_IDS": True, "BACKLINK_TITLE": "回到正文中的脚注 %d"},
                "pymdownx.tilde": {"subscript": False},  # 「9~12 点」 is no subscript
            },
            tab_length=2,
        )
        self.markdown.preprocessors.deregister("html_block")
        blocks = self.markdown.parser.blockprocessors
        for name in ("code", "setextheader", "reference"):  # indented code and 「文字\n---」 surprise authors
            blocks.deregister(name)
        inline = self.markdown.inlinePatterns
        for name in ("html", "reference", "short_reference", "image_reference", "short_image_ref", "automail"):
            inline.deregister(name)
        footnotes = next(each for each in self.markdown.registeredExtensions if hasattr(each, "unique_prefix"))
        blocks.register(_FootnoteBlock(footnotes), "footnote", 17)
        inline["footnote"].compiled_re = re.compile(_FOOTNOTE)
        inline.register(_Cite(CITATION.pattern, self.markdown, facts), "citation", 178)
        inline.register(_Link(_LINK, self.markdown), "link", 160)
        inline.register(_Image(IMAGE.pattern, self.markdown), "image_link", 150)
        inline.register(_Break(r"<br[ ]?/?>", self.markdown), "break", 115)

    def convert(self, text: str) -> str:
        """Clean HTML of a text; what nests too deep for the parser comes out as plain paragraphs."""
        if not text.strip():
            return ""
        if text.count("[^") > MOST_FOOTNOTES * 2:
            text = text.replace("[^", r"\[^")
        self.markdown.reset()
        try:
            made = self.markdown.convert(arrange_lists(text))
        except RecursionError:
            made = plain(text)
        return str(_CLEANER.clean(made))


def plain(text: str) -> str:
    """A text as escaped paragraphs, nothing understood."""
    return f"<p>{html.escape(text.strip())}</p>" if text.strip() else ""


def arrange_lists(text: str) -> str:
    """Lists as authors mean them: one may follow a line of text, and any deeper indent is one level deeper."""
    lines: list[str] = []
    indents: list[int] = []
    after_text = False
    for line in text.expandtabs(4).split("\n"):
        bare = line.strip(" ")
        indent = len(line) - len(line.lstrip(" "))
        if not bare:
            after_text = False
            lines.append("")
        elif _LIST_LINE.match(bare) and (indents or indent <= 3):
            if after_text:
                lines.append("")
            while indents and indent < indents[-1]:
                indents.pop()
            if not indents or (indent > indents[-1] + 1 and len(indents) < DEEPEST_LIST):
                indents.append(indent)
            after_text = False
            lines.append("  " * (len(indents) - 1) + line.lstrip(" "))
        elif indents and indent:
            lines.append("  " * len(indents) + line.lstrip(" "))
        else:
            if indents and lines and not lines[-1]:
                indents.clear()
            after_text = not indents
            lines.append(line)
    return "\n".join(lines)
