"""What goes into and comes out of rendering: citations and policy facts, checks, headings, problems."""

from collections.abc import Callable
from dataclasses import dataclass


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


Cite = Callable[[Citation], CiteFacts | None]


@dataclass(frozen=True)
class CheckOption:
    text_html: str
    is_right: bool


@dataclass(frozen=True)
class Check:
    """A 随堂一问. A form posts `choice`, the position of an option, once or (is_multiple) several times."""

    id: str
    stem_html: str
    options: tuple[CheckOption, ...]
    explanation_html: str
    line: int
    is_multiple: bool


@dataclass(frozen=True)
class Heading:
    """A heading of the lesson's outline; level 1 to 6 as written."""

    id: str
    title: str
    level: int


@dataclass(frozen=True)
class Rendered:
    """What a lesson's source comes to. characters: Chinese characters and words; digest: source and dialect."""

    html: str
    text: str
    headings: tuple[Heading, ...]
    citations: tuple[Citation, ...]
    unknown: tuple[Citation, ...]
    checks: tuple[Check, ...]
    blocks: int
    characters: int
    digest: str


@dataclass(frozen=True)
class Problem:
    """A fault an author should mend: where, and what to do."""

    line: int
    sentence: str
