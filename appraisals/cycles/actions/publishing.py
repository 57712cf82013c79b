"""Make the highest grades public inside the organisation: a frozen list with masked names, its hash and its last day."""

import json
from collections.abc import Iterable

from appraisals.cycles import dossiers, listing, queries
from appraisals.cycles.models import Cycle, Publicity
from appraisals.cycles.rules import board, grades, stages
from appraisals.cycles.rules.board import BoardRow
from appraisals.cycles.rules.grades import Grade
from certificates.awards.rules import masked_name
from lms import audit, calendar, clock, files
from lms.db import db
from lms.errors import Refused


def fresh(cycle: Cycle) -> list[BoardRow]:
    """Those with the highest grade who have not been on any list of this cycle, best score first."""
    shown = {row["participation_id"] for one in dossiers.publicities(cycle.id) for row in one.rows}
    return [row for row in listing.graded(cycle.id, {Grade.excellent}) if row.id not in shown]


def is_due(cycle: Cycle) -> bool:
    """Whether anybody with the highest grade has not been on a list yet."""
    if dossiers.publicities(cycle.id):
        return bool(fresh(cycle))
    return bool(listing.graded(cycle.id, {Grade.excellent}, 1))


def begin(cycle: Cycle, people: Iterable[BoardRow]) -> Publicity | None:
    """Publish these people from today for the working days of the longest rule.

    With nobody new there is no list, but for the first of a cycle: a publicity takes its days even when it is empty.
    """
    rows = [
        {
            "participation_id": row.id, "name": masked_name(row.name), "number": row.staff_number[-2:], "unit": row.unit_name, "form": row.form.value,
            "grade": grades.grade_label(row.form, cycle.kind, Grade.excellent),
        }
        for row in people
    ]  # fmt: skip
    if not rows and dossiers.publicities(cycle.id):
        return None
    needed = board.publicity_days(queries.terms_on(cycle.period_from).values())
    today, who = clock.today(), audit.actor()
    content = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    publicity = Publicity(
        cycle_id=cycle.id,
        begins_on=today,
        ends_on=calendar.add_working_days(today, needed),
        rows=rows,
        digest=files.digest(content),
        begun_by=who.person_id,
        begun_label=who.label[:80],
        begun_at=clock.now(),
    )
    db.session.add(publicity)
    db.session.flush()
    audit.record(
        "publicity.begin", "cycle", cycle.code, cycle.title, people=len(rows), until=publicity.ends_on,
        digest=publicity.digest,
    )  # fmt: skip
    return publicity


def check_over(cycle: Cycle) -> None:
    """Refuse while a list is still public, or an objection waits for its decision."""
    needed = board.publicity_days(queries.terms_on(cycle.period_from).values())
    for one in dossiers.publicities(cycle.id):
        days = calendar.working_days_between(one.begins_on, clock.today())
        is_closed = clock.now() >= dossiers.closes_at(one)
        stages.check_publicity_over(days, needed, one.ends_on, is_closed=is_closed)
    waiting = dossiers.open_objections(cycle.id)
    if waiting:
        raise Refused("还有 {n} 条异议没有处理。请先作出决定，再继续。", n=len(waiting))
