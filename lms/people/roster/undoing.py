"""Taking an imported roster back: each line that is still as it was written; the others stay, by name."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, delete, select

from lms import audit
from lms.db import Model, db
from lms.errors import Refused
from lms.imports import queries
from lms.imports.rules import N_, Outcome, Stored, Task
from lms.organisation import actions as organisation
from lms.organisation.models import Post, Unit, Vendor
from lms.people import events
from lms.people.models import EmploymentForm, Person, Spell
from lms.people.roster.writing import TABLES, _day, _now, state

CHANGED = N_("{name} 的信息后来有人改过，保留现在的。")
IN_USE = N_("{name} 已经登录过，或有了学习、考试、考核记录，保留。要结束就登记离岗。")
WORDS = {"unit": "单位", "post": "岗位", "vendor": "公司"}
NAMED = 30  # of what was made, in one sentence
# Rows that come with an account and go with it; everything else that points at a person is a record of their work.
COMES_WITH_IT = frozenset({"spells", "accounts", "role_grants", "access_records", "notices"})


def undo(task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """Take back some written lines inside the present transaction."""
    found: list[Outcome] = []
    for row in rows:
        if row.data["do"] in {"change", "leave"}:
            found.append(_restore(task, row))
        elif row.data["do"] in {"move", "join"}:
            found.append(_unmove(task, row))
    added = [row for row in rows if row.data["do"] == "add"]  # after the spells that were added to theirs
    return found + (_withdraw(task, added) if added else [])


def tidy(task: Task) -> list[Refused]:
    """Take back the units, posts and vendors that the import made and nothing uses; who they are, and which stay."""
    made: dict[str, dict[int, list[str]]] = {}
    for noted in queries.noted(task.import_id, "made"):
        for what, key, written in noted:
            made.setdefault(what, {})[key] = written
    gone: list[str] = []
    stays: list[str] = []
    for what, table in TABLES.items():
        written_as = made.get(what, {})
        rows: dict[int, Unit | Post | Vendor] = {}
        if written_as:
            statement: Select[Any] = select(table).where(table.id.in_(written_as)).order_by(table.id)
            rows = {row.id: row for row in db.session.scalars(statement)}
        names = {key: f"{WORDS[what]}「{row.name}」" for key, row in rows.items()}
        waiting = {key for key, row in rows.items() if state(row) == written_as[key]}
        while free := waiting - referred(table.__tablename__, list(waiting)):
            organisation.withdraw(rows[key] for key in sorted(free))
            gone += [names.pop(key) for key in sorted(free)]
            waiting -= free  # a department whose teams are gone is next
        stays += names.values()
    return [
        *([Refused("导入时新建、已经没有人用的也撤回了：{names}。", names=_listed(gone))] if gone else []),
        *([Refused("导入时新建的，后来另有人用到或改过，保留：{names}。", names=_listed(stays))] if stays else []),
    ]


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence; of many the first ones and how many there are."""
    return "、".join(names[:NAMED]) + (f" 等 {len(names)} 个" if len(names) > NAMED else "")


def _kept(row: Stored, sentence: str) -> Outcome:
    return Outcome(row.id, is_done=False, sentence=Refused(sentence, name=row.label))


def _withdraw(task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """Persons who were added, if nobody has touched them and they have done nothing; as if never there."""
    ids = {row.ref_id: row for row in rows}
    persons = {p.id: p for p in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    spells: dict[int, list[Spell]] = {}
    for spell in db.session.scalars(select(Spell).where(Spell.person_id.in_(ids))):
        spells.setdefault(spell.person_id, []).append(spell)
    in_use = referred("persons", list(persons), COMES_WITH_IT)
    in_use |= {s.person_id for own in spells.values() for s in own if s.id in referred("spells", [s.id for s in own])}
    for answer in events.persons_withdrawing.send(list(persons)):
        in_use |= answer[1] or set()
    found: list[Outcome] = []
    gone: list[int] = []
    for row in rows:
        person, own = persons.get(row.ref_id or 0), spells.get(row.ref_id or 0, [])
        if person is None or len(own) != 1 or not _is_as_written(person, own[0], row.data):
            found.append(_kept(row, CHANGED))
        elif person.id in in_use:
            found.append(_kept(row, IN_USE))
        else:
            gone.append(person.id)
            audit.record(
                "person.withdraw", "person", person.id, person.name, number=own[0].staff_number,
                **{"import": task.import_id},
            )  # fmt: skip
            found.append(Outcome(row.id, is_done=True))
    if gone:
        events.persons_withdrawn.send(gone)
        db.session.execute(delete(Spell).where(Spell.person_id.in_(gone)))
        db.session.execute(delete(Person).where(Person.id.in_(gone)))
    return found


def _is_as_written(person: Person, spell: Spell, data: dict[str, Any]) -> bool:
    written = (data["name"], data["phone"], data["email"], _day(data["born_on"]), data["number"], data["form"], _day(data["starts_on"]), _day(data["ends_on"]))  # fmt: skip
    present = (person.name, person.phone, person.email, person.born_on, spell.staff_number, spell.form.value, spell.starts_on, spell.ends_on)  # fmt: skip
    is_same_unit = data["unit"] is None or data["unit"] == spell.unit_id
    return written == present and is_same_unit and person.certificate_name == data["name"]


def referred(table: str, ids: Sequence[int], but: frozenset[str] = frozenset()) -> set[int]:
    """Which of these rows any other table points at, whatever package it belongs to."""
    found: set[int] = set()
    if not ids:
        return found
    for other in Model.metadata.tables.values():
        if other.name in but:
            continue
        for key in other.foreign_keys:
            if key.column.table.name == table:
                found |= set(db.session.scalars(select(key.parent).where(key.parent.in_(ids)).distinct()))
    return found


def _restore(task: Task, row: Stored) -> Outcome:
    """Old values in place of new ones, if the new ones are still there."""
    before, after = row.before["before"], row.before["after"]
    spell = db.session.get(Spell, row.before["spell"])
    person = db.session.get(Person, spell.person_id) if spell else None
    if spell is None or person is None or any(_present(person, spell, key) != value for key, value in after.items()):
        return _kept(row, CHANGED)
    for key, value in before.items():
        if key in {"born_on", "ends_on"}:
            setattr(person if key == "born_on" else spell, key, _day(value))
        elif key == "form":
            spell.form = EmploymentForm(value)
        else:
            setattr(spell if key in {"unit_id", "post_id", "vendor_id", "employer"} else person, key, value)
    db.session.flush()
    audit.record(
        "person.restore", "person", person.id, person.name, number=spell.staff_number, keys=sorted(before),
        **{"import": task.import_id},
    )  # fmt: skip
    return Outcome(row.id, is_done=True, ref_id=person.id)


def _present(person: Person, spell: Spell, key: str) -> Any:
    if key == "ends_on":
        return spell.ends_on.isoformat() if isinstance(spell.ends_on, date) else None
    return _now(person, spell, key)


def _unmove(task: Task, row: Stored) -> Outcome:
    """The new spell goes, the old one goes on; not when somebody or something has come to hang on the new one."""
    added = db.session.get(Spell, row.before["added"])
    ended = db.session.get(Spell, row.before["ended"]) if row.before["ended"] else None
    if added is None or added.ends_on != _day(row.data["ends_on"]) or added.form.value != row.data["form"]:
        return _kept(row, CHANGED)
    if referred("spells", [added.id]):
        return _kept(row, IN_USE)
    if ended is not None and ended.ends_on != _day(row.before["ends_on"]):
        return _kept(row, CHANGED)
    db.session.delete(added)
    if ended is not None:
        ended.ends_on = None
    db.session.flush()
    audit.record(
        "spell.withdraw", "person", added.person_id, row.label, number=added.staff_number, **{"import": task.import_id}
    )
    return Outcome(row.id, is_done=True, ref_id=added.person_id)
