"""How a line of the roster is understood: new, changed, moved, left, perhaps the same person, or to be mended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.imports.rules import Change, Line, Planned, Task
from lms.people import queries, rules
from lms.people.models import FORM_LABELS, VENDOR_FORMS, EmploymentForm, Person, Spell
from lms.people.roster.lines import LineReader, Reading
from lms.people.roster.places import NOWHERE, Place, Places, Policy
from lms.people.roster.showing import Faces, is_other, label, of_double, planned, registered

MISSING_AT_ONCE = 500
UNNAMED = {EmploymentForm.dispatch: "未写明的派遣公司", EmploymentForm.outsourced: "未写明的外包公司"}


class RosterPlanner:
    """Reads lines against persons, spells and the organisation of this moment."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.today = clock.today()
        self.default_day = _day(task.options.get("changed_on")) or self.today
        self.is_whole = any(reach.scope == "all" for reach in task.reaches)
        self.below = queries.units_below(task.reaches)
        self.own_vendors = {r.vendor_id for r in task.reaches if r.scope == "own_vendor" and r.vendor_id is not None}
        policy = Policy(self.is_whole, task.options.get("unknown", ""))
        self.places = Places(policy, {form: _whole(task.options.get(f"vendor_{form}")) for form in VENDOR_FORMS})
        self.reader = LineReader(self.places, self.today)
        self.faces = Faces()

    def plan(self, lines: Sequence[Line]) -> list[Planned]:
        """Each line with what becomes of it; a flat number of queries for all of them."""
        readings = [(line, self.reader.read(line)) for line in lines]
        numbers = {reading.number for _, reading in readings if reading.number}
        numbers |= {reading.values["new_number"] for _, reading in readings if reading.of("new_number")}
        known = self._spells(numbers)
        strangers = {r.name for _, r in readings if r.name and r.number not in known}
        alike = self._namesakes(strangers)
        return [self._planned(line, reading, known, alike) for line, reading in readings]

    def rest(self) -> Iterator[list[Planned]]:
        """Who works here and is not in a sheet that is said to be whole."""
        if self.task.options.get("complete") != "1":
            return
        in_scope = queries.persons_in_scope(self.task.reaches, self.today)
        statement = (
            queries.current_spells(self.today)
            .where(Spell.person_id.in_(in_scope))
            .options(joinedload(Spell.person), joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor))
            .order_by(Spell.id)
        )
        after = 0
        while found := list(db.session.scalars(statement.where(Spell.id > after).limit(MISSING_AT_ONCE))):
            after = found[-1].id
            gone = [s for s in found if s.staff_number not in self.reader.seen and s.person_id != self.task.person_id]
            yield [
                Planned(
                    None, "missing", label(spell.person.name, spell.staff_number),
                    [Refused("{unit}，{day} 起在岗，名单里没有。", unit=spell.unit.name, day=spell.starts_on.isoformat())],
                    data={"do": "leave", "spell": spell.id, "ends_on": max(self.default_day, spell.starts_on).isoformat()},
                    understood=registered(spell),
                )
                for spell in gone
                if spell.ends_on is None
            ]  # fmt: skip

    # What is known ------------------------------------------------------------------------------------------------

    def _spells(self, numbers: set[str]) -> dict[str, Spell]:
        found = db.session.scalars(
            select(Spell)
            .where(Spell.staff_number.in_(numbers))
            .options(joinedload(Spell.person), joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor))
        )
        return {spell.staff_number: spell for spell in found}

    def _namesakes(self, names: set[str]) -> dict[str, list[Person]]:
        """Persons of these names, found by the index on their pinyin."""
        if not names:
            return {}
        keys = {rules.sort_key(name) for name in names}
        found: dict[str, list[Person]] = {}
        for person in db.session.scalars(select(Person).where(Person.sort_key.in_(keys), Person.name.in_(names))):
            found.setdefault(person.name, []).append(person)
        return found

    def _may(self, unit_id: int | None, vendor_id: int | None) -> bool:
        """Whether the importer's reach covers somebody of this unit and vendor."""
        return (
            self.is_whole
            or (vendor_id is not None and vendor_id in self.own_vendors)
            or (unit_id is not None and unit_id in self.below)
        )

    # Deciding -----------------------------------------------------------------------------------------------------

    def _planned(
        self, line: Line, found: Reading, known: Mapping[str, Spell], alike: Mapping[str, list[Person]]
    ) -> Planned:
        spell = known.get(found.number)
        if found.faults:
            return self._faulty(line, found)
        try:
            if spell is not None:
                self.faces.meet(line.number, found, spell.starts_on)
                return self._of_known(line, found, spell, known)
            if self._leaves(found):
                words = [Refused("系统里没有工号 {number}，已经离开的人不用登记。", number=found.number)]
                return planned(line, "same", found, words)
            return self._of_new(line, found, alike)
        except Refused as refused:
            found.faults.append(refused)
            return self._faulty(line, found)

    def _faulty(self, line: Line, found: Reading) -> Planned:
        return planned(line, "faulty", found, found.faults)

    def _leaves(self, found: Reading) -> bool:
        return bool(found.of("state")) or (found.of("ends_on") is not None and found.of("ends_on") <= self.today)

    def _of_new(self, line: Line, found: Reading, alike: Mapping[str, list[Person]]) -> Planned:
        form, unit = found.of("form"), found.of("unit")
        if form is None:
            raise Refused("新增的人要写用工性质。")
        if unit is NOWHERE:
            raise Refused("新增的人要写单位或班组。")
        if found.of("post") is NOWHERE:
            raise Refused("新增的人要写岗位。")
        vendor = self._vendor(found, form)
        if not self._may(unit.id, vendor.id):
            raise Refused(
                "{unit}、{company} 不在你的管理范围内。", unit=unit.name, company=vendor.name or FORM_LABELS[form]
            )
        starts_on = found.of("starts_on") or self.default_day
        self._note_creations(found, unit, vendor)
        data = self._person_data(found) | self._employment_data(found, form, unit, vendor, found.number, starts_on)
        if found.of("starts_on") is None:
            found.notes.append(Refused("没有写到岗日期，按 {day} 登记。", day=starts_on.isoformat()))
        found.values |= {"vendor": vendor, "starts_on": starts_on}
        same = next((one for one in alike.get(found.name, ()) if self._is_alike(one, found)), None)
        earlier = self.faces.meet(line.number, found, starts_on)
        if same is not None:
            return self._of_same(line, found, same, data)
        if earlier is not None:
            return of_double(line, found, earlier, data)
        data["do"] = "add"
        return planned(line, "new", found, found.notes, data=data)

    def _is_alike(self, person: Person, found: Reading) -> bool:
        return (bool(person.phone) and person.phone == found.of("phone")) or (
            person.born_on is not None and person.born_on == found.of("born_on")
        )

    def _of_same(self, line: Line, found: Reading, person: Person, data: dict[str, Any]) -> Planned:
        """Somebody of the same name and phone or birthday under another number."""
        spell = queries.latest_spell(person.id)
        if spell is None or not self._may(spell.unit_id, spell.vendor_id):
            raise Refused("系统里可能已经有这个人，在你管理范围以外。请中心人事来登记。")
        words = Refused(
            "与 {number} {name}（{day} 起）姓名和手机号或出生日期相同，可能是同一人。",
            number=spell.staff_number, name=person.name, day=spell.starts_on.isoformat(),
        )  # fmt: skip
        data |= {"do": "join", "person": person.id, "spell": spell.id}
        changes = [Change("工号", spell.staff_number, found.number)]
        return planned(line, "same_person", found, [words, *found.notes], changes, data)

    def _vendor(self, found: Reading, form: EmploymentForm, present: Spell | None = None) -> Place:
        """The vendor of a line: named, kept, the importer's own, the one chosen for those unnamed, or the only one."""
        if form not in VENDOR_FORMS:
            return NOWHERE
        named: Place = found.of("vendor") or NOWHERE
        if named is not NOWHERE:
            return named
        if present is not None and present.form == form and present.vendor is not None:
            return Place(present.vendor.id, present.vendor.name)
        vendors = {vendor.id: vendor for vendor in self.places.vendors}
        chosen = self.places.defaults.get(form)
        if chosen is None and not self.is_whole and len(self.own_vendors) == 1:
            chosen = next(iter(self.own_vendors))
        if chosen in vendors:
            return Place(vendors[chosen].id, vendors[chosen].name)
        if len(vendors) == 1:
            only = next(iter(vendors.values()))
            return Place(only.id, only.name)
        if not self.is_whole or self.places.policy.mode == "refuse":
            raise Refused("{form}要写是哪家公司。", form=FORM_LABELS[form])
        found.notes.append(Refused("没有写是哪家公司，先记在「{company}」，之后可以改。", company=UNNAMED[form]))
        return self._unnamed(form)

    def _unnamed(self, form: EmploymentForm) -> Place:
        name = UNNAMED[form]
        return next((Place(one.id, one.name) for one in self.places.vendors if one.name == name), Place(None, name))

    def _note_creations(self, found: Reading, unit: Place, vendor: Place) -> None:
        post = found.of("post") or NOWHERE
        if unit.id is None and unit.name:
            found.notes.append(Refused("系统里没有单位「{name}」，写入时新建。", name=unit.name))
        if post.id is None and post.name:
            found.notes.append(Refused("系统里没有岗位「{name}」，写入时新建。", name=post.name))
        if vendor.id is None and vendor.name and vendor.name not in UNNAMED.values():
            found.notes.append(Refused("系统里没有公司「{name}」，写入时新建。", name=vendor.name))

    def _person_data(self, found: Reading) -> dict[str, Any]:
        born_on = found.of("born_on")
        return {
            "name": found.name,
            "given_name": rules.given_name(found.name),
            "sort_key": rules.sort_key(found.name),
            "phone": found.of("phone") or "",
            "email": found.of("email") or "",
            "born_on": born_on.isoformat() if born_on else None,
        }

    def _employment_data(
        self, found: Reading, form: EmploymentForm, unit: Place, vendor: Place, number: str, starts_on: date
    ) -> dict[str, Any]:
        ends_on, post = found.of("ends_on"), found.of("post") or NOWHERE
        return {
            "number": number,
            "form": form.value,
            "unit": unit.id,
            "unit_name": unit.name,
            "department": found.of("department") or "",
            "post": post.id,
            "post_name": post.name,
            "vendor": vendor.id,
            "vendor_name": vendor.name,
            "employer": found.of("employer") or vendor.name,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat() if ends_on else None,
        }

    # Somebody known -----------------------------------------------------------------------------------------------

    def _of_known(self, line: Line, found: Reading, spell: Spell, known: Mapping[str, Spell]) -> Planned:
        if not self._may(spell.unit_id, spell.vendor_id):
            raise Refused("工号 {number} 不在你的管理范围内。", number=found.number)
        if spell.ends_on is not None and spell.ends_on < self.today:
            if self._leaves(found):
                return planned(line, "same", found)
            raise Refused(
                "工号 {number} 在 {day} 已经离岗，不再使用。回来的人换一个新工号。",
                number=found.number, day=spell.ends_on.isoformat(),
            )  # fmt: skip
        is_leaving = self._leaves(found) or (found.of("ends_on") and found.of("ends_on") != spell.ends_on)
        form = found.of("form") or spell.form
        if (is_leaving or form != spell.form) and is_other(found, spell):
            raise Refused(
                "工号 {number} 登记的是{old}，表里是{new}，手机号也不同，像是另一个人。新来的人用新工号；确是同一个人，先更正姓名再导入。",
                number=found.number, old=spell.person.name, new=found.name,
            )  # fmt: skip
        if is_leaving:
            return self._leaving(line, found, spell)
        vendor = self._vendor(found, form, spell)
        if form != spell.form or (form in VENDOR_FORMS and vendor.id != spell.vendor_id):
            return self._moving(line, found, spell, form, vendor, known)
        return self._changing(line, found, spell)

    def _leaving(self, line: Line, found: Reading, spell: Spell) -> Planned:
        ends_on = found.of("ends_on") or max(self.default_day, spell.starts_on)
        if ends_on < spell.starts_on:
            raise Refused(
                "离职日期 {end} 早于到岗日期 {start}。", end=ends_on.isoformat(), start=spell.starts_on.isoformat()
            )
        if spell.ends_on == ends_on:
            return planned(line, "same", found)
        old = spell.ends_on.isoformat() if spell.ends_on else ""
        data = {"do": "leave", "spell": spell.id, "ends_on": ends_on.isoformat()}
        changes = [Change("最后在岗日", old, ends_on.isoformat())]
        return planned(line, "left", found, changes=changes, data=data)

    def _moving(
        self, line: Line, found: Reading, spell: Spell, form: EmploymentForm, vendor: Place, known: Mapping[str, Spell]
    ) -> Planned:
        """Another form or company: a new spell with a new number, or, if the importer says so, a correction."""
        company = vendor.name or found.of("employer")
        changes = [Change("用工性质", FORM_LABELS[spell.form], FORM_LABELS[form])] if form != spell.form else []
        if (spell.vendor.name if spell.vendor else "") != vendor.name:
            changes.append(Change("派遣或外包公司", spell.vendor.name if spell.vendor else "", vendor.name))
        number = found.of("new_number")
        unit = found.of("unit") or NOWHERE
        unit = Place(spell.unit_id, spell.unit.name) if unit is NOWHERE else unit
        if not self._may(unit.id, vendor.id):
            raise Refused(
                "{unit}、{company} 不在你的管理范围内。", unit=unit.name, company=company or FORM_LABELS[form]
            )
        if not number and self.task.options.get("moves") == "correct":
            return self._changing(line, found, spell, form, vendor)
        if not number:
            raise Refused(
                "用工性质或公司变了（{old} → {new}），是新的一段任职，要有新工号：写在「新工号」一列。原来登记错了的，在上一步选「直接更正」。",
                old=changes[0].old or "无", new=changes[0].new or "无",
            )  # fmt: skip
        if number in known or self.reader.seen.get(number, line.number) != line.number:
            raise Refused("新工号 {number} 已经有人用过。工号一人一段、永不重用，换一个。", number=number)
        self.reader.seen[number] = line.number
        starts_on = found.of("changed_on") or self.default_day
        if starts_on <= spell.starts_on:
            raise Refused(
                "变动日期 {day} 要晚于原来一段的开始 {start}。",
                day=starts_on.isoformat(),
                start=spell.starts_on.isoformat(),
            )
        if found.of("post") in (None, NOWHERE):
            found.values["post"] = Place(spell.post_id, spell.post.name)
        self._note_creations(found, unit, vendor)
        data = self._employment_data(found, form, unit, vendor, number, starts_on)
        data["employer"] = data["employer"] or spell.employer
        data |= {"do": "move", "person": spell.person_id, "spell": spell.id, "name": found.name}
        changes += [Change("工号", spell.staff_number, number), Change("开始日期", "", starts_on.isoformat())]
        found.values |= {"vendor": vendor, "starts_on": starts_on}
        return planned(line, "moved", found, found.notes, changes, data, number=number)

    def _changing(
        self, line: Line, found: Reading, spell: Spell, form: EmploymentForm | None = None, vendor: Place = NOWHERE
    ) -> Planned:
        person = spell.person
        new: dict[str, Any] = {}
        changes: list[Change] = []

        def compare(key: str, word: str, old: Any, value: Any, shown: Callable[[Any], str] = str) -> None:
            if value not in (None, "") and value != old:
                new[key] = value.isoformat() if isinstance(value, date) else value
                changes.append(Change(word, shown(old) if old else "", shown(value)))

        compare("name", "姓名", person.name, found.name)
        compare("phone", "手机号", person.phone, found.of("phone"), rules.masked_phone)
        compare("email", "邮箱", person.email, found.of("email"))
        compare("born_on", "出生日期", person.born_on, found.of("born_on"))
        for key, word, present in (("unit", "单位", spell.unit), ("post", "岗位", spell.post)):
            place: Place = found.of(key) or NOWHERE
            if place is not NOWHERE and place.id != present.id:
                new |= {key: place.id, f"{key}_name": place.name, "department": found.of("department") or ""}
                changes.append(Change(word, present.name, place.name))
        compare("employer", "用人单位", spell.employer, found.of("employer"))
        if form is not None:
            new |= {"form": form.value, "vendor": vendor.id, "vendor_name": vendor.name}
            new["employer"] = found.of("employer") or vendor.name or spell.employer
            changes.append(Change("用工性质", FORM_LABELS[spell.form], FORM_LABELS[form]))
        if not changes:
            return planned(line, "same", found)
        if "unit" in new and not self._may(new["unit"], spell.vendor_id):
            raise Refused("{unit} 不在你的管理范围内。", unit=new["unit_name"])
        self._note_creations(found, found.of("unit") or NOWHERE, vendor)
        if "name" in new:
            new |= {"given_name": rules.given_name(found.name), "sort_key": rules.sort_key(found.name)}
        data = {"do": "change", "person": person.id, "spell": spell.id, "new": new}
        notes = []
        if is_other(found, spell):
            notes = [Refused("工号相同，姓名和手机号都对不上：核对是不是同一个人。")]
        group = "other_person" if notes else "changed"
        return planned(line, group, found, [*notes, *found.notes], changes, data)


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None


def _whole(words: str | None) -> int | None:
    return int(words) if words and words.isdigit() else None
