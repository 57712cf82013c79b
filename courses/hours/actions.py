"""Write the ledger: credit, reverse, and load the dated rules."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from courses.hours import queries, rules
from courses.hours.models import HourEntry, HourRequirement, HourRule
from lms import audit, clock, datafiles
from lms.db import db
from lms.errors import Refused
from lms.people.models import EmploymentForm, Person

DATA = Path(__file__).parent / "rules.yaml"


def credit(
    person_id: int, activity: str, minutes: int, source: tuple[str, object], label: str, occurred_on: date
) -> HourEntry | None:
    """Add a line by the rule of that day; None where no rule holds or this source has been counted already."""
    kind, ref_id = source[0], str(source[1])
    hold_person(person_id)
    rule = queries.rule(activity, occurred_on)
    if rule is None or queries.entry_of(person_id, kind, ref_id) is not None:
        return None
    earned = rules.credit(minutes, rule.bands, rule.daily_maximum, queries.counted_on(person_id, occurred_on))
    entry = HourEntry(
        person_id=person_id,
        year=occurred_on.year,
        occurred_on=occurred_on,
        category=rule.category,
        label=label[:160],
        minutes=minutes,
        hours=earned.hours,
        calculation=earned.calculation[:200],
        source_kind=kind,
        source_id=ref_id,
        rule_id=rule.id,
        recorded_by=audit.actor().person_id,
        recorded_at=clock.now(),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def reverse(entry: HourEntry, reason: str) -> HourEntry:
    """Take a line back by a second one with the opposite sign; the first stays as it is."""
    hold_person(entry.person_id)
    taken_back = queries.reversal_of(entry.id)
    rules.check_may_reverse(
        entry.hours,
        is_reversal=entry.reversal_of_id is not None,
        is_reversed=taken_back is not None,
        reason=reason,
    )
    line = HourEntry(
        person_id=entry.person_id,
        year=entry.year,
        occurred_on=entry.occurred_on,
        category=entry.category,
        label=entry.label,
        minutes=entry.minutes,
        hours=-entry.hours,
        calculation=f"冲销第 {entry.id} 行的 {rules.shown(entry.hours)} 学时",
        source_kind="hour_entry",
        source_id=str(entry.id),
        rule_id=entry.rule_id,
        reversal_of_id=entry.id,
        reason=reason.strip()[:200],
        recorded_by=audit.actor().person_id,
        recorded_at=clock.now(),
    )
    db.session.add(line)
    db.session.flush()
    audit.record("hours.reverse", "hour_entry", entry.id, entry.label, hours=str(entry.hours), reason=line.reason)
    return line


def hold_person(person_id: int) -> None:
    """One writer at a time for a person's own learning records (a row lock on PostgreSQL; SQLite has one writer)."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def load_rules(path: Path = DATA) -> int:
    """Add the shipped rules and requirements that are missing; rows that are there stay. Returns rows added."""
    data = datafiles.read(path)
    for entry in data["rules"]:
        for sentence in rules.rule_faults(entry):
            raise Refused("学时规则 {code}：{sentence}", code=str(entry.get("code")), sentence=sentence)
    known_rules = {tuple(row) for row in db.session.execute(select(HourRule.code, HourRule.valid_from))}
    known_wanted = {tuple(row) for row in db.session.execute(select(HourRequirement.form, HourRequirement.valid_from))}
    fresh: list[HourRule | HourRequirement] = [
        HourRule(
            code=entry["code"],
            activity=entry["activity"],
            title=entry["title"],
            category=entry["category"],
            bands=entry["bands"],
            minimum_share=Decimal(entry.get("minimum_share", "0")),
            daily_maximum=Decimal(entry["daily_maximum"]),
            **_dated(entry),
        )
        for entry in data["rules"]
        if (entry["code"], entry["valid_from"]) not in known_rules
    ]
    fresh += [
        HourRequirement(
            form=EmploymentForm(entry["form"]), hours=Decimal(entry["hours"]), title=entry["title"], **_dated(entry)
        )
        for entry in data["requirements"]
        if (EmploymentForm(entry["form"]), entry["valid_from"]) not in known_wanted
    ]
    db.session.add_all(fresh)
    db.session.flush()
    return len(fresh)


def _dated(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "valid_from": entry["valid_from"],
        "valid_to": entry.get("valid_to"),
        "policy_ref": entry.get("policy_ref", ""),
        "is_confirmed": entry.get("confirmed", False),
    }
