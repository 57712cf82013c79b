"""Markdown → clean HTML with Python-Markdown and nh3. No HTML of the author's passes: tags show as they are written."""

import html
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement

import markdown
import nh3
from markdown.extensions.footnotes import FootnoteBlockProcessor, FootnoteExtension
from markdown.inlinepatterns import InlineProcessor

from lms.markdown.values import CiteFacts

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
_DEEP = re.compile(r"(?:(?:[-*+]|\d{1,9}\.)[ ]++|>[ ]*+){12}")  # list in list in quote, beyond any sense
_OURS = frozenset({"footnote", "footnote-ref", "footnote-backref"})
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+):")
_OWN = threading.local()  # the parser of this thread
_OWN_FILE = re.compile(r"/files/[0-9a-f]{64}\.(?:png|jpg|webp)")
_BLANK = re.compile(r"[\x00-\x20]")
_TAGS = "p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code strong em del mark sup table thead tbody tr th td a img div span"


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
    """May an image come from here: a picture we stored ourselves, written exactly as uploading gave it?"""
    return _OWN_FILE.fullmatch(address) is not None


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """Keep an attribute of Markdown's making, and no address that could be read as another scheme; nh3 looks again."""
    if attribute == "class":
        return value if value in _OURS else None
    if attribute == "id":
        return value if value.startswith(("fn:", "fnref")) else None
    if tag == "img" and attribute == "src":
        return value if is_own_file(value) else None
    if attribute == "href":
        scheme = _SCHEME.match(_BLANK.sub("", value))
        return None if scheme and scheme[1].lower() not in _SCHEMES else value
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

    facts: Callable[[str], CiteFacts | None]  # of the text that is being converted

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override] # noqa: ARG002, N802
        words = self.unescape(m[1])
        ref, clause = split_citation(words)
        facts = self.facts(words)
        joint = "" if (clause or "").startswith("第") else " "
        label = f"{ref}{joint}{clause}" if clause else ref
        element = Element("a", {"href": facts.url, "title": facts.title}) if facts else Element("em")
        element.text = markdown.util.AtomicString(label)
        if facts is None or facts.status_tone != "ok":  # a remark in a span: shown, but no word of the author's
            remark = SubElement(element, "span")
            remark.text = markdown.util.AtomicString(f"（{facts.status_label if facts else '政策库里没有这一条'}）")
        return element, m.start(0), m.end(0)


class _FootnoteBlock(FootnoteBlockProcessor):
    RE = re.compile(rf"^[ ]{{0,3}}{_FOOTNOTE}:[ ]*(.*)$", re.MULTILINE)


class _Parser:
    """Python-Markdown with our rules: two hundred times dearer to build than to use, so a thread keeps its own."""

    def __init__(self) -> None:
        extensions: list[Any] = ["tables", "sane_lists", "footnotes", "pymdownx.mark", "pymdownx.tilde"]
        made = markdown.Markdown(  # type: ignore[no-untyped-call]
            extensions=extensions,
            extension_configs={
                "tables": {"use_align_attribute": True},
                "footnotes": {"UNIQUE_IDS": True, "BACKLINK_TITLE": "回到正文中的脚注 %d"},
                "pymdownx.tilde": {"subscript": False},  # 「9~12 点」 is no subscript
            },
            tab_length=2,
        )
        made.preprocessors.deregister("html_block")
        blocks = made.parser.blockprocessors
        for name in ("code", "setextheader", "reference"):  # indented code and 「文字\n---」 surprise authors
            blocks.deregister(name)
        inline = made.inlinePatterns
        for name in ("html", "reference", "short_reference", "image_reference", "short_image_ref", "automail"):
            inline.deregister(name)
        self.markdown = made
        self.footnotes = next(each for each in made.registeredExtensions if isinstance(each, FootnoteExtension))
        self.cite = _Cite(CITATION.pattern, made)
        blocks.register(_FootnoteBlock(self.footnotes), "footnote", 17)
        inline["footnote"].compiled_re = re.compile(_FOOTNOTE)
        inline.register(self.cite, "citation", 178)
        inline.register(_Link(_LINK, made), "link", 160)
        inline.register(_Image(IMAGE.pattern, made), "image_link", 150)
        inline.register(_Break(r"<br[ ]?/?>", made), "break", 115)


class Converter:
    """Turns the pieces of one text into clean HTML; footnotes of different pieces get different anchors."""

    def __init__(self, facts: Callable[[str], CiteFacts | None]) -> None:
        self.facts = facts
        self.pieces = 0

    def convert(self, text: str) -> str:
        """Clean HTML of a piece; what nests too deep for the parser comes out as plain paragraphs."""
        if not text.strip():
            return ""
        if text.count("[^") > MOST_FOOTNOTES * 2:
            text = text.replace("[^", r"\[^")
        parser: _Parser = _OWN.__dict__.pop("parser", None) or _Parser()
        parser.cite.facts = self.facts
        parser.footnotes.unique_prefix = self.pieces
        self.pieces += 1
        parser.markdown.reset()
        try:
            made = parser.markdown.convert(arrange_lists(text))
        except RecursionError:
            made = "\n".join(plain(part) for part in text.split("\n\n"))
        else:
            _OWN.parser = parser  # one that failed is stuck half-way and not kept
        return str(_CLEANER.clean(made))


def words(made: str) -> str:
    """The words of rendered HTML on one line: no tags, no entities."""
    return " ".join(html.unescape(nh3.clean(made.replace("</p>", " "), tags=set())).split())


def plain(text: str) -> str:
    """A text as escaped paragraphs, nothing understood."""
    return f"<p>{html.escape(text.strip())}</p>" if text.strip() else ""


def arrange_lists(text: str) -> str:
    """Lists as authors mean them: one may follow a line of text, and any deeper indent is one level deeper."""
    lines: list[str] = []
    indents: list[int] = []
    after_text = False
    for written in text.expandtabs(4).split("\n"):
        bare = written.strip(" ")
        indent = len(written) - len(written.lstrip(" "))
        line = f"{' ' * indent}\\{bare}" if _DEEP.match(bare) else written
        bare = line.strip(" ")
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
