"""Verbs on persons and their employment: join, move, leave, correct."""

from dataclasses import dataclass
from datetime import date, timedelta

from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.people import events, queries, rules
from lms.people.models import EmploymentForm, Person, Spell


@dataclass(frozen=True)
class Details:
    """What is kept about a person besides employment."""

    name: str
    certificate_name: str = ""
    phone: str = ""
    email: str = ""
    born_on: date | None = None


@dataclass(frozen=True)
class Employment:
    """What a stretch of employment consists of."""

    staff_number: str
    form: EmploymentForm
    employer: str
    unit_id: int
    post_id: int
    starts_on: date
    vendor_id: int | None = None
    ends_on: date | None = None


def add_person(details: Details, employment: Employment) -> Person:
    """A new person with a first spell; whoever listens opens the account. Refuses before anything is changed."""
    rules.check_phone(details.phone)
    _check(employment)
    person = Person(name="", given_name="", sort_key="", certificate_name="")
    _write(person, details)
    db.session.add(person)
    db.session.flush()
    audit.record("person.add", "person", person.id, person.name)
    start_spell(person, employment)
    events.persons_added.send([person.id])
    return person


def correct(person: Person, details: Details) -> None:
    """Put right what is kept about a person; issued certificates keep the name of their day."""
    rules.check_phone(details.phone)
    before = _shown(person)
    _write(person, details)
    db.session.flush()
    after = _shown(person)
    changed = {key for key in after if before[key] != after[key]}
    if changed:
        audit.record(
            "person.correct", "person", person.id, person.name,
            before={key: before[key] for key in sorted(changed)}, after={key: after[key] for key in sorted(changed)},
        )  # fmt: skip


def _write(person: Person, details: Details) -> None:
    name = " ".join(details.name.split())
    person.name, person.given_name, person.sort_key = name, rules.given_name(name), rules.sort_key(name)
    person.certificate_name = " ".join(details.certificate_name.split()) or name
    person.phone, person.email, person.born_on = details.phone, details.email, details.born_on


def _shown(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "certificate_name": person.certificate_name,
        "phone": rules.masked_phone(person.phone) + f"#{len(person.phone)}",
        "email": person.email,
        "born_on": str(person.born_on or ""),
    }


def start_spell(person: Person, employment: Employment) -> Spell:
    """A new stretch of employment; one still running ends the day before, so a move keeps one record."""
    _check(employment)
    before = queries.spells_of(person.id)
    running = next((s for s in before if s.ends_on is None and s.starts_on < employment.starts_on), None)
    others = [(s.starts_on, s.ends_on) for s in before if s is not running]
    rules.check_no_overlap(employment.starts_on, employment.ends_on, others)
    if running is not None:
        running.ends_on = employment.starts_on - timedelta(days=1)
        audit.record("spell.end", "person", person.id, person.name, spell=running.staff_number, on=running.ends_on)
    spell = Spell(person_id=person.id, **vars(employment))
    db.session.add(spell)
    db.session.flush()
    audit.record(
        "spell.start", "person", person.id, person.name,
        number=spell.staff_number, form=spell.form, employer=spell.employer, unit=spell.unit_id, on=spell.starts_on,
    )  # fmt: skip
    return spell


def _check(employment: Employment) -> None:
    rules.check_employer(employment.form, employment.vendor_id)
    rules.check_days(employment.starts_on, employment.ends_on)
    if queries.number_taken(employment.staff_number):
        raise Refused("工号 {number} 已经有人用过。工号一人一段、永不重用，换一个。", number=employment.staff_number)


def end_spell(spell: Spell, ends_on: date, reason: str) -> None:
    """The last day of a stretch of employment; from the next day on there is no sign-in, open sessions end at once."""
    rules.check_days(spell.starts_on, ends_on)
    if spell.ends_on is not None and spell.ends_on < clock.today():
        raise Refused("这一段已经在 {day} 结束。", day=spell.ends_on.isoformat())
    before = spell.ends_on
    spell.ends_on = ends_on
    db.session.flush()
    name = spell.person.name
    audit.record(
        "spell.end", "person", spell.person_id, name, spell=spell.staff_number, before=before, on=ends_on, reason=reason
    )
    events.spell_ended.send(spell)
