"""How a line of a month's sheet is understood: whose figures, for which month, new or a correction."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from appraisals.evidence.models import MeasureRow
from appraisals.evidence.sheets.columns import Column, columns, named
from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.imports.rules import Change, Line, Planned, Task
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.people.models import Person, Spell
from lms.sheets import cells

_IN_NAME = re.compile(r"(20\d{2})\s*(?:年|[-._])?\s*(1[0-2]|0?[1-9])(?!\d)")
HUNDRED, PLACES = Decimal(100), Decimal("0.0001")
ROUNDED = Decimal("0.5")  # percentage points by which a rate may have been rounded
Key = tuple[int, int, date]  # person, measure, first day of the month


def month_end(first: date) -> date:
    """The last day of a month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)


def current(keys_of: Sequence[int], firsts: set[date]) -> dict[Key, tuple[int, Decimal]]:
    """The row that counts (id, value) of each person, measure and whole month."""
    newer = aliased(MeasureRow)
    found = db.session.execute(
        select(
            MeasureRow.id, MeasureRow.person_id, MeasureRow.measure_id, MeasureRow.period_from, MeasureRow.period_to,
            MeasureRow.value,
        )
        .outerjoin(newer, newer.replaces_id == MeasureRow.id)
        .where(MeasureRow.person_id.in_(keys_of), MeasureRow.period_from.in_(firsts), newer.id.is_(None))
        .order_by(MeasureRow.id)
    )  # fmt: skip
    return {
        (person, measure, start): (row_id, value)
        for row_id, person, measure, start, end, value in found
        if end == month_end(start)
    }


class MonthPlanner:
    """Reads lines against people, measures and what was recorded before."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.today = clock.today()
        self.columns = columns(self.today)
        self.wanted = date.fromisoformat(task.options["month"]) if task.options.get("month") else None
        self.named = self._month_of_name(task.file_name)
        self.is_whole = any(reach.scope == "all" for reach in task.reaches)
        self.below = people.units_below(task.reaches)
        self.seen: dict[tuple[str, date, str], int] = {}

    def _month_of_name(self, name: str) -> date | None:
        found = _IN_NAME.search(name)
        return date(int(found[1]), int(found[2]), 1) if found else None

    def plan(self, lines: Sequence[Line]) -> list[Planned]:
        """Each line with what becomes of it; a flat number of queries for all of them."""
        numbers = {cells.code(line.cells.get("number")) for line in lines}
        owners = self._owners(numbers)
        read = [(line, *self._read(line, owners)) for line in lines]
        ids = [owner.id for _, owner, _, _, _ in read if owner is not None]
        firsts = {first for _, _, first, _, _ in read if first is not None}
        known = current(ids, firsts) if ids and firsts else {}
        return [self._planned(line, owner, first, values, faults, known) for line, owner, first, values, faults in read]

    def rest(self) -> Iterator[list[Planned]]:
        """Nobody is missing from a month's sheet."""
        yield from ()

    def _owners(self, numbers: set[str]) -> dict[str, tuple[Person, Spell]]:
        rows = db.session.execute(
            select(Spell, Person).join(Person, Person.id == Spell.person_id).where(Spell.staff_number.in_(numbers))
        )
        return {spell.staff_number: (person, spell) for spell, person in rows}

    def _read(
        self, line: Line, owners: Mapping[str, tuple[Person, Spell]]
    ) -> tuple[Person | None, date | None, dict[str, Decimal], list[Refused]]:
        faults: list[Refused] = []
        number = cells.code(line.cells.get("number"))
        owner, spell = owners.get(number, (None, None))
        if not number:
            faults.append(Refused("工号是空的。"))
        elif owner is None or spell is None:
            faults.append(Refused("系统里没有工号 {number}。", number=number))
        elif not self.is_whole and not people_rules.may_see(self.task.reaches, spell, below=self.below):
            faults.append(Refused("工号 {number} 不在你的管理范围内。", number=number))
        first = self._month(line, faults)
        if number and first:
            what = cells.fold(line.cells.get("measure"))
            before = self.seen.setdefault((number, first, what), line.number)
            if before != line.number:
                faults.append(
                    Refused("工号 {number} 这个月的数在第 {n} 行已经有了，以前面的为准。", number=number, n=before)
                )
        values = self._values(line, faults)
        self._read_days(line, values, faults)
        return owner, first, values, faults

    def _values(self, line: Line, faults: list[Refused]) -> dict[str, Decimal]:
        """The figures of a line by measure, from a column each or from the one that the line names."""
        values: dict[str, Decimal] = {}
        for key, column in self.columns.items():
            if key in line.cells:
                try:
                    value = column.read(line.cells[key])
                except Refused as refused:
                    faults.append(refused)
                else:
                    if value is not None:
                        values[key] = value
        if not cells.is_nothing(line.cells.get("measure")):
            try:
                column = named(cells.line(line.cells["measure"]), self.columns)
                single = column.read(line.cells.get("value"))
            except Refused as refused:
                faults.append(refused)
            else:
                if single is not None:
                    values[column.code] = single
        return values

    def _month(self, line: Line, faults: list[Refused]) -> date | None:
        try:
            given = cells.month(line.cells.get("month"))
        except Refused as refused:
            faults.append(refused)
            return None
        first = given or self.wanted or self.named
        if first is None:
            faults.append(Refused("没有写是哪个月的。表里加上月份，或在上一步写月份。"))
        elif given and self.wanted and given != self.wanted:
            faults.append(
                Refused("月份是 {given}，不是所选的 {wanted}。", given=f"{given:%Y-%m}", wanted=f"{self.wanted:%Y-%m}")
            )
        elif first > self.today:
            faults.append(Refused("{month} 还没有到，核对月份。", month=f"{first:%Y-%m}"))
        return first

    def _read_days(self, line: Line, values: dict[str, Decimal], faults: list[Refused]) -> None:
        """Attendance from days due and worked, days of leave from their kinds."""
        days: dict[str, Decimal] = {}
        for key in ("due_days", "worked_days", "sick_days", "personal_days"):
            try:
                value = cells.number(line.cells.get(key))
            except Refused as refused:
                faults.append(refused)
                continue
            if value is not None and not 0 <= value <= 100:
                faults.append(Refused("天数 {value} 要在 0 到 100 之间。", value=cells.plain(value)))
            elif value is not None:
                days[key] = value
        due, worked = days.get("due_days"), days.get("worked_days")
        if due and worked is not None:
            reckoned = (worked * HUNDRED / due).quantize(PLACES, rounding=ROUND_HALF_UP)
            written = values.setdefault("attendance", reckoned)
            if worked > due:
                faults.append(
                    Refused("实出勤 {worked} 天多于应出勤 {due} 天。", worked=cells.plain(worked), due=cells.plain(due))
                )
            elif abs(written - reckoned) > ROUNDED:
                faults.append(
                    Refused(
                        "出勤率 {rate} 和天数对不上：{worked} ÷ {due} 是 {reckoned}%。核对后改一处。",
                        rate=cells.plain(written), worked=cells.plain(worked), due=cells.plain(due),
                        reckoned=cells.plain(reckoned),
                    )
                )  # fmt: skip
        if ("sick_days" in days or "personal_days" in days) and "leave_days" not in values:
            values["leave_days"] = days.get("sick_days", Decimal(0)) + days.get("personal_days", Decimal(0))

    def _planned(
        self, line: Line, owner: Person | None, first: date | None, values: Mapping[str, Decimal],
        faults: list[Refused], known: Mapping[Key, tuple[int, Decimal]],
    ) -> Planned:  # fmt: skip
        number, name = cells.code(line.cells.get("number")), cells.line(line.cells.get("name"))
        shown = owner.name if owner else name
        label = f"{shown} {number}".strip()
        if faults or owner is None or first is None:
            return Planned(line.number, "faulty", label, faults)
        entries, changes, is_correction = [], [], False
        for key, value in values.items():
            column: Column = self.columns[key]
            old = known.get((owner.id, column.id, first))
            if old is not None and old[1] == value:
                continue
            is_correction |= old is not None
            entries.append([column.id, str(value), old[0] if old else None])
            changes.append(Change(column.word(), column.shown(old[1]) if old else "", column.shown(value)))
        if not entries:
            words = [] if values else [Refused("这一行没有数值。")]
            return Planned(line.number, "same", label, words)
        data: dict[str, Any] = {"person": owner.id, "month": first.isoformat(), "values": entries}
        is_other = bool(name) and cells.fold(name) != cells.fold(owner.name)
        if is_other:
            words = [
                Refused(
                    "表里写的是「{name}」，系统里 {number} 是「{known}」。", name=name, number=number, known=owner.name
                )
            ]
            return Planned(line.number, "other_person", label, words, changes, data)
        return Planned(line.number, "corrected" if is_correction else "new", label, (), changes, data)
