"""A line of the roster, read cell by cell: values, what is wrong, what is to be noted. Nothing is compared yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from lms.errors import Refused
from lms.imports.rules import Line
from lms.people.models import VENDOR_FORMS
from lms.people.roster import columns
from lms.people.roster.places import NOWHERE, Places
from lms.sheets import cells

T = TypeVar("T")
OLDEST = date(1940, 1, 1)
FARTHEST_DAYS = 366  # a first day further ahead is a slip of the pen
AGES = (14, 90)
DAYS_A_YEAR = 365


@dataclass
class Reading:
    """A line as far as it could be read: values, what is wrong, what is to be noted."""

    number: str = ""
    name: str = ""
    faults: list[Refused] = field(default_factory=list)
    notes: list[Refused] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def of(self, key: str) -> Any:
        """A value, or None where the sheet says nothing."""
        return self.values.get(key)


class LineReader:
    """Reads the lines of one sheet in order; of two equal staff numbers the first stays."""

    def __init__(self, places: Places, today: date) -> None:
        self.places = places
        self.today = today
        self.seen: dict[str, int] = {}

    def read(self, line: Line) -> Reading:
        found = Reading()
        given = line.cells

        def take(key: str, reader: Callable[[Any], T]) -> T | None:
            if key not in given:
                return None
            try:
                value = reader(given[key])
            except Refused as refused:
                found.faults.append(refused)
                return None
            if value is not None and value != "":
                found.values[key] = value
            return value

        found.name = take("name", columns.name) or ""
        found.number = take("number", columns.number) or ""
        if found.number:
            first = self.seen.setdefault(found.number, line.number)
            if first != line.number:
                found.faults.append(
                    Refused("工号 {number} 在第 {n} 行已经有了，以前面的为准。", number=found.number, n=first)
                )
        take("phone", columns.phone)
        take("email", columns.email)
        for key in ("born_on", "starts_on", "ends_on", "changed_on"):
            take(key, cells.day)
        take("state", columns.has_gone)
        take("new_number", lambda value: None if cells.is_nothing(value) else columns.number(value))
        self._read_employment(found, given, take)
        self._check_days(found)
        return found

    def _read_employment(self, found: Reading, given: Mapping[str, Any], take: Callable[..., Any]) -> None:
        form, bracketed = take("form", columns.form) or (None, "")
        found.values["form"] = form
        company = "" if cells.is_nothing(given.get("vendor")) else cells.line(given.get("vendor"))
        try:
            found.values["vendor"] = self.places.vendor(company or bracketed) if form in VENDOR_FORMS else NOWHERE
        except Refused as refused:
            found.faults.append(refused)
        team, department, post = (
            "" if cells.is_nothing(given.get(key)) else cells.line(given.get(key))
            for key in ("team", "department", "post")
        )
        try:
            found.values["unit"] = self.places.unit(team, department)
        except Refused as refused:
            found.faults.append(refused)
        try:
            found.values["post"] = self.places.post(post)
        except Refused as refused:
            found.faults.append(refused)
        found.values["department"] = self.places.department(department) if team else ""
        found.values["employer"] = cells.line(given.get("employer"))[:80]

    def _check_days(self, found: Reading) -> None:
        starts_on, ends_on, born_on = found.of("starts_on"), found.of("ends_on"), found.of("born_on")
        if starts_on and (starts_on < OLDEST or (starts_on - self.today).days > FARTHEST_DAYS):
            found.faults.append(Refused("到岗日期 {day} 离今天太远，核对一下。", day=starts_on.isoformat()))
        if starts_on and ends_on and ends_on < starts_on:
            found.faults.append(
                Refused("离职日期 {end} 早于到岗日期 {start}。", end=ends_on.isoformat(), start=starts_on.isoformat())
            )
        if born_on and not AGES[0] <= (self.today - born_on).days // DAYS_A_YEAR <= AGES[1]:
            found.faults.append(Refused("出生日期 {day} 不对，核对一下。", day=born_on.isoformat()))
