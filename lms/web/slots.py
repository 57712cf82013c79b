"""Named places on a page of a lower noun that packages above fill with values or small cards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app

Filler = Callable[..., Any]


@dataclass(frozen=True)
class Task:
    """Something to do, for 今日: what, by when, how many minutes, where."""

    title: str
    due_at: datetime | None
    minutes: int | None
    href: str
    action: str
    facts: tuple[str, ...] = ()
    is_mandatory: bool = False


@dataclass(frozen=True)
class CalendarEntry:
    """Something on a day of 日历: slot `calendar`, called with the person. `at` where it has an hour (aware instant);
    kind is one of course, exam, certificate, appraisal, policy, other; done ones stay, quietly.
    """

    day: date
    title: str
    kind: str
    href: str | None = None
    at: datetime | None = None
    is_done: bool = False


@dataclass(frozen=True)
class RecordSection:
    """A part of one's own record as it is printed and handed out: slot `record_sections`, called with the person id.
    Rows are plain values in the order of the columns; widths are shares of the page, all equal when empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    widths: tuple[float, ...] = ()
    key: str = ""  # by which it can be printed alone
    order: int = 50


@dataclass(frozen=True)
class Card:
    """A small card: a template and its values, drawn by the page that owns the slot; lower order comes first. On the
    result page a value `lead` (label, address) is the first thing to do next.
    """

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    order: int = 50


@dataclass(frozen=True)
class NavItem:
    """An entry of the learner's bar or the staff rail. roles: who sees it (empty: everyone signed in)."""

    label: str
    endpoint: str
    icon: str
    shell: str = "learner"
    roles: frozenset[str] = frozenset()
    order: int = 50


def fill(app: Flask, slot: str, filler: Filler) -> None:
    """Let the filler contribute to that slot; it is called with what the owner passes."""
    app.extensions.setdefault("slots", {}).setdefault(slot, []).append(filler)


def gather(slot: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """What every filler of the slot gives: one value, a list of values, or None for nothing."""
    for filler in current_app.extensions.get("slots", {}).get(slot, ()):
        given = filler(*args, **kwargs)
        if given is None:
            continue
        if isinstance(given, list | tuple):
            yield from given
        else:
            yield given


def cards(slot: str, *args: Any, **kwargs: Any) -> list[Card]:
    """The cards of a slot in their order."""
    return sorted(gather(slot, *args, **kwargs), key=lambda card: card.order)
