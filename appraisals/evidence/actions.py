"""Load measures from their file; record values with their source."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from appraisals.evidence import queries, rules
from appraisals.evidence.models import Measure, MeasureRow, MeasureTarget
from lms import audit, clock, datafiles
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person

FILE = Path(__file__).parent / "measures.yaml"


@dataclass
class MeasureReport:
    """What loading did."""

    measures: int = 0
    changed: int = 0
    targets: int = 0


def load_measures(path: Path = FILE) -> MeasureReport:
    """Bring the measures to what the file says; targets are added, and one that was confirmed here stays confirmed."""
    report = MeasureReport()
    known = {measure.code: measure for measure in queries.measures()}
    entries: list[dict[str, Any]] = datafiles.read(path)["measures"]
    for position, entry in enumerate(entries):
        report.measures += 1
        measure = known.get(entry["code"])
        if measure is None:
            measure = Measure(code=entry["code"], label=entry["label"])
            db.session.add(measure)
            report.changed += 1
        measure.label, measure.position = entry["label"], position
        measure.unit_label, measure.is_rate = entry["unit"], bool(entry.get("is_rate", False))
        measure.definition = entry.get("definition", "")
        db.session.flush()
        report.targets += sum(_load_target(measure, target) for target in entry.get("targets") or ())
    if report.changed or report.targets:
        audit.record("measure.load", "measure", "registry", "考核指标", added=report.changed, targets=report.targets)
    return report


def _load_target(measure: Measure, entry: dict[str, Any]) -> bool:
    """Add a dated target that is not there yet; True when it was added. Rows in force are never rewritten."""
    present = db.session.scalar(
        select(MeasureTarget.id).where(
            MeasureTarget.measure_id == measure.id, MeasureTarget.valid_from == entry["valid_from"]
        )
    )
    if present is not None:
        return False
    db.session.add(
        MeasureTarget(
            measure_id=measure.id,
            base=Decimal(str(entry["base"])),
            target=Decimal(str(entry["target"])),
            valid_from=entry["valid_from"],
            valid_to=entry.get("valid_to"),
            policy_ref=entry.get("policy", ""),
            is_confirmed=bool(entry.get("confirmed", False)),
        )
    )
    return True


@dataclass(frozen=True)
class NewValue:
    """A value to be recorded: whose, which measure, for which days, from where."""

    person_id: int
    code: str
    period_from: date
    period_to: date
    value: Decimal
    source: str
    sample_size: int | None = None
    note: str = ""


def record_measure(
    person_id: int,
    code: str,
    period_from: date,
    period_to: date,
    value: Decimal,
    source: str,
    *,
    sample_size: int | None = None,
    note: str = "",
    replaces: MeasureRow | None = None,
) -> MeasureRow:
    """Record a value (rates in percent) with its source; a correction is a new row that names the one it replaces."""
    measure = queries.measure(code)
    new = NewValue(person_id, code, period_from, period_to, Decimal(value), source, sample_size, note)
    row = _row(new, measure, is_known=db.session.get(Person, person_id) is not None)
    if replaces is not None:
        _check_replaces(replaces, row)
        row.replaces_id = replaces.id
    db.session.add(row)
    db.session.flush()
    before = replaces.value if replaces else None
    label = measure.label if measure else code
    audit.record("measure.record", "measure_row", row.id, label, before=before, after=row.value, source=source)
    return row


def record_measures(values: Iterable[NewValue], source: str = "") -> int:
    """Record many values in a flat number of queries, with one audit line; nothing is written if one is refused."""
    entries = list(values)
    known = {measure.code: measure for measure in queries.measures()}
    persons = set(db.session.scalars(select(Person.id).where(Person.id.in_({new.person_id for new in entries}))))
    rows = [_row(new, known.get(new.code), is_known=new.person_id in persons) for new in entries]
    db.session.add_all(rows)
    db.session.flush()
    label = source or (entries[0].source if entries else "")
    audit.record("measure.import", "measure", "import", label, rows=len(rows))
    return len(rows)


def _row(new: NewValue, measure: Measure | None, *, is_known: bool) -> MeasureRow:
    """The row of a value, or the sentence that says why it cannot be one."""
    if measure is None:
        raise Refused("没有「{code}」这个指标。没有写入，请核对代码，或先载入指标。", code=new.code)
    if not is_known:
        raise Refused("没有编号为 {person} 的人。没有写入，请核对名单。", person=new.person_id)
    if not new.source.strip():
        raise Refused("「{label}」没有写来源。没有写入，请写明数据从哪里来。", label=measure.label)
    rules.check_row(new.code, measure.label, new.value, new.period_from, new.period_to)
    return MeasureRow(
        person_id=new.person_id,
        measure_id=measure.id,
        period_from=new.period_from,
        period_to=new.period_to,
        value=new.value,
        sample_size=new.sample_size,
        source=new.source.strip()[:80],
        note=new.note.strip()[:200],
        recorded_by=audit.actor().person_id,
        recorded_at=clock.now(),
    )


def _check_replaces(replaces: MeasureRow, row: MeasureRow) -> None:
    """A correction stays with the same person and measure, and a row is corrected once."""
    if replaces.person_id != row.person_id or replaces.measure_id != row.measure_id:
        raise Refused("更正的那一行不是这个人的同一个指标。没有写入，请核对。")
    if queries.replacement(replaces.id) is not None:
        raise Refused("这一行已经更正过。没有写入，请在最新的一行上更正。")
