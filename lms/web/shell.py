"""What every template of the shells may use: person, navigation, product and organisation names."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from lms import clock
from lms.web import headers, languages, naming, slots
from lms.web.slots import NavItem


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation as drawn."""

    label: str
    href: str
    icon: str
    current: bool


def entries(shell: str) -> list[Entry]:
    """The navigation of a shell, as far as the signed-in person's roles go."""
    person = g.get("person")
    roles = {reach.role for reach in person.reaches} if person else set()
    items: list[NavItem] = [item for item in slots.gather("navigation") if item.shell == shell]
    here = request.endpoint or ""
    return [
        Entry(_(item.label), url_for(item.endpoint), item.icon, _is_current(item.endpoint, here))
        for item in sorted(items, key=lambda item: item.order)
        if not item.roles or item.roles & roles
    ]


def _is_current(endpoint: str, here: str) -> bool:
    section = g.get("section")
    return endpoint == section if section else endpoint == here


def mark_section(endpoint: str) -> None:
    """Say which entry of the navigation the present page belongs to."""
    g.section = endpoint


def context() -> dict[str, Any]:
    """Variables of every template."""
    person = g.get("person")
    values: dict[str, Any] = {
        "product_name": _("热线学堂"),
        "organisation_name": naming.organisation_name(),
        "person": person,
        "unread": 0,
        "identities": [],
        "nav": lambda: _entries_once("learner"),
        "rail": lambda: _entries_once("staff"),
        "display": {"size": request.cookies.get("size", ""), "theme": request.cookies.get("theme", "")},
    }
    if person is not None and hasattr(person, "role"):
        values |= _of_person(person)
    return values


def _entries_once(shell: str) -> list[Entry]:
    """The navigation of a shell, made once a request and only for a page that draws it; empty with nobody signed in."""
    person = g.get("person")
    if person is None or not hasattr(person, "role"):
        return []
    here = (shell, g.get("section"), person.id, person.role)
    kept: dict[Any, list[Entry]] = request.environ.setdefault("lms.navigation", {})
    if here not in kept:
        kept[here] = entries(shell)
    return kept[here]


def _of_person(person: Any) -> dict[str, Any]:
    """Unread notices and identities: asked once a request, also where a page renders pieces of itself."""
    here = (person.id, person.role)
    kept: dict[Any, dict[str, Any]] = request.environ.setdefault("lms.shell", {})
    if here not in kept:
        kept[here] = {
            "unread": sum(slots.gather("unread", person)),
            "identities": list(slots.gather("identities", person)),
        }
    return kept[here]


def _local(instant: Any, pattern: str = "%-m 月 %-d 日 %H:%M") -> str:
    return clock.local(instant).strftime(pattern) if instant else ""


def day_words(day: Any, *, year: bool = True) -> str:
    """A day as the reader's language writes it; empty for none."""
    if day is None:
        return ""
    english = languages.locale() == "en"
    if english:
        return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"
    return f"{day.year} 年 {day.month} 月 {day.day} 日" if year else f"{day.month} 月 {day.day} 日"


def _moment(instant: Any, *, year: bool = False) -> str:
    if instant is None:
        return ""
    wall = clock.local(instant)
    return f"{day_words(wall.date(), year=year)} {wall:%H:%M}"


def _number(value: Any, places: int | None = None) -> str:
    """A number as people write it: no trailing zeros unless places are asked for; — for none."""
    if value is None:
        return "—"
    if places is not None:
        return f"{value:.{places}f}"
    text = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def init_app(app: Flask) -> None:
    """Give templates the shell's variables and filters: day, moment, number, local."""
    app.context_processor(context)
    app.jinja_env.filters.update(day=day_words, moment=_moment, number=_number, local=_local)
    app.jinja_env.globals.update(cards=slots.cards, csp_nonce=headers.nonce, now=clock.now, today=clock.today)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
