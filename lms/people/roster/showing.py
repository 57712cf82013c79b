"""A line of the roster as HR sees it: what was understood, in which group, and whether somebody stands there twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from lms.errors import Refused
from lms.imports.rules import Change, Line, Planned
from lms.people.models import FORM_LABELS, EmploymentForm, Spell
from lms.people.roster.lines import Reading
from lms.people.roster.places import Place

BETWEEN = " · "
DAY_WORDS = (
    ("starts_on", BETWEEN),
    ("ends_on", f"{BETWEEN}离职 "),
    ("changed_on", f"{BETWEEN}变动 "),
    ("born_on", f"{BETWEEN}出生 "),
)
SAME_SHARE = 0.5


def planned(
    line: Line,
    group: str,
    found: Reading,
    sentences: Sequence[Refused] = (),
    changes: Sequence[Change] = (),
    data: dict[str, Any] | None = None,
    number: str = "",
) -> Planned:
    """A line of a group, with what was understood of it."""
    who = label(found.name, number or found.number)
    return Planned(line.number, group, who, sentences, changes, data or {}, understood(found))


def understood(found: Reading) -> str:
    """What was understood of a line, in one: form, company, unit, post, days. What the sheet does not say is left out."""
    values = found.values
    words = _employment(values.get("form"), values.get("vendor"), values.get("unit"), values.get("post"))
    for key, shown in DAY_WORDS:
        if key in values:
            words += shown + values[key].isoformat()
    return words.removeprefix(BETWEEN)


@lru_cache(maxsize=4096)
def _employment(form: EmploymentForm | None, *places: Place | None) -> str:
    parts = [FORM_LABELS[form]] if form else []
    return BETWEEN.join(parts + [place.name for place in places if place is not None and place.name])


def registered(spell: Spell) -> str:
    """The same of somebody who is on record and stands in no line."""
    company = spell.vendor.name if spell.vendor else ""
    parts = (FORM_LABELS[spell.form], company, spell.unit.name, spell.post.name, spell.starts_on.isoformat())
    return BETWEEN.join(part for part in parts if part)


def label(name: str, number: str) -> str:
    """Who a line is about."""
    return " ".join(part for part in (name, number) if part)


@dataclass(frozen=True)
class Face:
    """Somebody a line has named: the line, the staff number, the first day."""

    line: int
    number: str
    starts_on: date


class Faces:
    """Whom the lines have named so far, by name and mobile number and by name and birthday; the first stays.

    Kept as plain words and numbers: tens of thousands of small objects would keep the garbage collector busy.
    """

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}  # name and mark → line
        self._numbers: dict[int, str] = {}
        self._days: dict[int, date] = {}

    def meet(self, line: int, found: Reading, starts_on: date) -> Face | None:
        """The earlier line about somebody of this name with this mobile number or birthday; this one is remembered."""
        values, earlier = found.values, None
        for key in ("phone", "born_on"):
            if key in values:
                first = self._lines.setdefault(f"{found.name}\n{values[key]}", line)
                earlier = first if earlier is None and first != line else earlier
        self._numbers[line], self._days[line] = found.number, starts_on
        return None if earlier is None else Face(earlier, self._numbers[earlier], self._days[earlier])


def of_double(line: Line, found: Reading, earlier: Face, data: dict[str, Any]) -> Planned:
    """Somebody who stands in the same sheet already, under another number."""
    words = [
        Refused(
            "与第 {n} 行的 {number} 姓名和手机号或出生日期相同，可能是同一人。确是两个人的，不要勾选，单独登记。",
            n=earlier.line, number=earlier.number,
        )
    ]  # fmt: skip
    if data["starts_on"] <= earlier.starts_on.isoformat():
        words.append(
            Refused("这一行不比前面那一行晚起算，两段接不上，勾选了也不会写入：先改好到岗日期，或删掉多余的一行。")
        )
    data |= {"do": "join", "spell": None, "first": earlier.number}
    changes = [Change("工号", earlier.number, found.number)]
    return planned(line, "same_person", found, [*words, *found.notes], changes, data)


def is_other(found: Reading, spell: Spell) -> bool:
    """Whether a line with a known number is about somebody else: another name, not another spelling, and another phone."""
    old = spell.person
    return bool(found.name) and found.of("phone") != old.phone and not _is_like(old.name, found.name)


def _is_like(old: str, new: str) -> bool:
    """Whether a name may be another spelling of the other: half of it is the same."""
    return SequenceMatcher(None, old, new).ratio() >= SAME_SHARE
