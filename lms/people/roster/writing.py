"""What was understood of a roster becomes persons and spells: many lines in few statements, one audit line a person."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from lms import audit, clock
from lms.db import Model, db
from lms.errors import Refused
from lms.imports.rules import N_, Outcome, Stored, Task
from lms.organisation import actions as organisation
from lms.organisation import queries
from lms.organisation.models import Post, Unit, Vendor
from lms.people import events, rules
from lms.people.models import EmploymentForm, Person, Spell

TAKEN = N_("工号 {number} 在核对之后已经有人登记，没有写入。再导入一次看看差别。")
TABLES: Mapping[str, type[Unit | Post | Vendor]] = {"unit": Unit, "post": Post, "vendor": Vendor}
UNWRITTEN = N_("前面的 {number} 没有写入，这一行接不上，没有写入。把前面的一起写入，再导入一次。")
MOVED_ON = N_("{name} 的任职在核对之后有人改过，没有写入。再导入一次看看差别。")


def write(task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """Write some planned lines inside the present transaction; what has changed since the preview is refused, by line."""
    places = _Made(rows)
    taken = _taken(row.data["number"] for row in rows if "number" in row.data)
    fresh = [row for row in rows if row.data["do"] == "add"]
    found = _add(task, [row for row in fresh if row.data["number"] not in taken], places)
    found += [_refused(row, TAKEN, number=row.data["number"]) for row in fresh if row.data["number"] in taken]
    spells = _locked({row.data["spell"] for row in rows if row.data.get("spell")})
    firsts = _by_number({row.data["first"] for row in rows if row.data.get("first")})
    verbs: dict[str, Callable[..., Outcome]] = {"change": _change, "move": _move, "join": _move, "leave": _leave}
    for row in rows:
        verb = verbs.get(row.data["do"])
        if verb is None:
            continue
        if row.data.get("number") in taken:
            found.append(_refused(row, TAKEN, number=row.data["number"]))
            continue
        first = row.data.get("first")
        spell = firsts.get(first) if first else spells.get(row.data["spell"])
        if spell is None:
            words = (UNWRITTEN, {"number": first}) if first else (MOVED_ON, {"name": row.label})
            found.append(_refused(row, words[0], **words[1]))
            continue
        try:
            found.append(verb(task, row, spell, places))
        except Refused as refused:
            found.append(Outcome(row.id, is_done=False, sentence=refused))
    if places.made and found:
        found[0].before["made"] = places.made  # for undo: of the import as a whole, whichever line notes it
    return found


def _refused(row: Stored, sentence: str, **values: Any) -> Outcome:
    return Outcome(row.id, is_done=False, sentence=Refused(sentence, **values))


def _locked(ids: set[int]) -> dict[int, Spell]:
    if not ids:
        return {}
    found = db.session.scalars(select(Spell).where(Spell.id.in_(ids)).with_for_update(of=Spell))
    return {spell.id: spell for spell in found}


def _by_number(numbers: set[str]) -> dict[str, Spell]:
    if not numbers:
        return {}
    found = db.session.scalars(select(Spell).where(Spell.staff_number.in_(numbers)).with_for_update(of=Spell))
    return {spell.staff_number: spell for spell in found}


def _taken(numbers: Iterable[str]) -> set[str]:
    wanted = list(numbers)
    if not wanted:
        return set()
    return set(db.session.scalars(select(Spell.staff_number).where(Spell.staff_number.in_(wanted))))


def state(row: Model) -> list[str]:
    """Every value of a unit, post or vendor, by which it is seen whether somebody has changed it since."""
    return [str(getattr(row, column.name)) for column in row.__table__.columns]


def _unmade(data: dict[str, Any], what: str) -> str | None:
    """The name of a unit, post or vendor that was not there when the line was understood."""
    return data.get(f"{what}_name") if data.get(what, 0) is None else None


class _Made:
    """Units, posts and vendors that lines name and nobody has: made once, then known by name."""

    def __init__(self, rows: Sequence[Stored]) -> None:
        self._ids: dict[tuple[str, str], int] = {}
        self._centre: str | None = None
        self.made: list[tuple[str, int, list[str]]] = []  # what, id, as it was made
        for what, table in TABLES.items():
            named = [data for row in rows if _unmade(data := row.data.get("new", row.data), what)]
            wanted = {data[f"{what}_name"] for data in named}
            if what == "unit":
                wanted |= {data["department"] for data in named if data.get("department")}
            if wanted:
                found = db.session.execute(select(table.name, table.id).where(table.name.in_(wanted)))
                self._ids |= {(what, name): key for name, key in found}

    def centre(self) -> str:
        """Who employs those that no company employs."""
        if self._centre is None:
            self._centre = queries.centre_name()
        return self._centre

    def unit(self, data: dict[str, Any]) -> int:
        """The unit's id; a new one stands under the department of its line."""
        if data["unit"] is not None:
            return int(data["unit"])
        above = data.get("department", "")
        if above and ("unit", data["unit_name"]) not in self._ids:
            self._id("unit", above, organisation.unit_named)
        return self._id("unit", data["unit_name"], lambda name: organisation.unit_named(name, above))

    def post(self, data: dict[str, Any]) -> int:
        """The post's id."""
        return (
            int(data["post"])
            if data["post"] is not None
            else self._id("post", data["post_name"], organisation.post_named)
        )

    def vendor(self, data: dict[str, Any]) -> int | None:
        """The vendor's id; None for who has none."""
        if data["vendor"] is not None or not data["vendor_name"]:
            return data["vendor"]  # type: ignore[no-any-return]
        return self._id("vendor", data["vendor_name"], organisation.vendor_named)

    def _id(self, what: str, name: str, make: Callable[[str], int]) -> int:
        key = (what, name)
        if key not in self._ids:
            table = TABLES[what]
            found = db.session.scalar(select(table.id).where(table.name == name).limit(1))
            self._ids[key] = make(name) if found is None else found
            if found is None:
                self.made.append((what, self._ids[key], state(db.session.get_one(table, self._ids[key]))))
        return self._ids[key]


# Joining ---------------------------------------------------------------------------------------------------------


def _add(task: Task, rows: list[Stored], places: _Made) -> list[Outcome]:
    """New persons with their first spells; whoever listens opens the accounts."""
    if not rows:
        return []
    spells = [_spell_values(row.data, places) for row in rows]
    ids = list(
        db.session.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [
                {
                    "name": row.data["name"],
                    "given_name": row.data["given_name"],
                    "sort_key": row.data["sort_key"],
                    "certificate_name": row.data["name"],
                    "phone": row.data["phone"],
                    "email": row.data["email"],
                    "born_on": _day(row.data["born_on"]),
                }
                for row in rows
            ],
        )
    )
    db.session.execute(
        insert(Spell.__table__),  # type: ignore[arg-type]
        [{"person_id": person_id, **values} for person_id, values in zip(ids, spells, strict=True)],
    )
    for person_id, row, values in zip(ids, rows, spells, strict=True):
        audit.record(
            "person.add", "person", person_id, row.data["name"], number=values["staff_number"], form=values["form"],
            employer=values["employer"], unit=values["unit_id"], on=values["starts_on"], **{"import": task.import_id},
        )  # fmt: skip
    events.persons_added.send(ids)
    return [Outcome(row.id, is_done=True, ref_id=person_id) for row, person_id in zip(rows, ids, strict=True)]


def _spell_values(data: dict[str, Any], places: _Made) -> dict[str, Any]:
    vendor_id = places.vendor(data)
    return {
        "staff_number": data["number"],
        "form": EmploymentForm(data["form"]),
        "employer": (data["employer"] or data["vendor_name"] or places.centre())[:80],
        "vendor_id": vendor_id,
        "unit_id": places.unit(data),
        "post_id": places.post(data),
        "starts_on": _day(data["starts_on"]),
        "ends_on": _day(data["ends_on"]),
    }


# Changing --------------------------------------------------------------------------------------------------------

OF_PERSON = ("name", "given_name", "sort_key", "phone", "email")


def _change(task: Task, row: Stored, spell: Spell, places: _Made) -> Outcome:
    """Put new values in place of old; what was there is kept for undo and for the audit."""
    new, person, before = row.data["new"], db.session.get_one(Person, spell.person_id), {}
    for key in OF_PERSON:
        if key in new:
            before[key] = getattr(person, key)
            setattr(person, key, new[key])
    if "name" in new and person.certificate_name == before["name"]:
        before["certificate_name"], person.certificate_name = person.certificate_name, new["name"]
    if "born_on" in new:
        before["born_on"], person.born_on = _text(person.born_on), _day(new["born_on"])
    if "unit" in new:
        before["unit_id"], spell.unit_id = spell.unit_id, places.unit(new)
    if "post" in new:
        before["post_id"], spell.post_id = spell.post_id, places.post(new)
    if "form" in new:
        before |= {"form": spell.form.value, "vendor_id": spell.vendor_id}
        spell.form, spell.vendor_id = EmploymentForm(new["form"]), places.vendor(new)
        rules.check_employer(spell.form, spell.vendor_id)
    if "employer" in new:
        before["employer"], spell.employer = spell.employer, new["employer"]
    db.session.flush()
    after = {key: _now(person, spell, key) for key in before}
    audit.record(
        "person.change", "person", person.id, person.name, number=spell.staff_number,
        before=_masked(before), after=_masked(after), **{"import": task.import_id},
    )  # fmt: skip
    kept = {"spell": spell.id, "before": before, "after": after}
    return Outcome(row.id, is_done=True, ref_id=person.id, before=kept)


def _now(person: Person, spell: Spell, key: str) -> Any:
    """The present value of something that was changed, as plain JSON."""
    value = getattr(spell if key in {"unit_id", "post_id", "form", "vendor_id", "employer"} else person, key)
    return value.value if isinstance(value, EmploymentForm) else _text(value) if isinstance(value, date) else value


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in values.items() if key not in {"given_name", "sort_key"}}
    return shown | ({"phone": rules.masked_phone(shown["phone"])} if "phone" in shown else {})


def _move(task: Task, row: Stored, spell: Spell, places: _Made) -> Outcome:
    """A new spell of a person who is known; the one still running ends the day before."""
    data = row.data
    starts_on = _day(data["starts_on"])
    assert starts_on is not None
    others = list(db.session.scalars(select(Spell).where(Spell.person_id == spell.person_id)))
    running = next((one for one in others if one.ends_on is None and one.starts_on < starts_on), None)
    rules.check_no_overlap(
        starts_on, _day(data["ends_on"]), [(s.starts_on, s.ends_on) for s in others if s is not running]
    )
    if running is not None:
        running.ends_on = starts_on - timedelta(days=1)
    added = Spell(person_id=spell.person_id, **_spell_values(data, places))
    db.session.add(added)
    db.session.flush()
    audit.record(
        "spell.start", "person", added.person_id, data["name"], number=added.staff_number, form=added.form,
        employer=added.employer, unit=added.unit_id, on=added.starts_on,
        ended=running.staff_number if running else None, **{"import": task.import_id},
    )  # fmt: skip
    kept = {
        "added": added.id,
        "ended": running.id if running else None,
        "ends_on": _text(running.ends_on) if running else None,
    }
    return Outcome(row.id, is_done=True, ref_id=added.person_id, before=kept)


def _leave(task: Task, row: Stored, spell: Spell, places: _Made) -> Outcome:  # noqa: ARG001 - the verbs' signature
    """The last day of a spell; open sessions end at once when it is over."""
    ends_on = _day(row.data["ends_on"])
    assert ends_on is not None
    rules.check_days(spell.starts_on, ends_on)
    if spell.ends_on is not None and spell.ends_on < clock.today():
        raise Refused("这一段已经在 {day} 结束。", day=spell.ends_on.isoformat())
    before, spell.ends_on = spell.ends_on, ends_on
    db.session.flush()
    audit.record(
        "spell.end", "person", spell.person_id, row.label, spell=spell.staff_number, before=before, on=ends_on,
        reason="花名册", **{"import": task.import_id},
    )  # fmt: skip
    events.spell_ended.send(spell)
    kept = {"spell": spell.id, "before": {"ends_on": _text(before)}, "after": {"ends_on": _text(ends_on)}}
    return Outcome(row.id, is_done=True, ref_id=spell.person_id, before=kept)


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
