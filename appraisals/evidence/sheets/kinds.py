"""KPIs and attendance of a month as kinds of import: new rows only, a correction names the row it replaces."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import delete, insert, select

from appraisals.evidence.models import MeasureRow
from appraisals.evidence.sheets import columns
from appraisals.evidence.sheets.planning import MonthPlanner, current, month_end
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.imports.rules import N_, Kind, Outcome, Stored, Task

SOURCE = "导入：{file}"


def write(task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """Record the figures of some lines; a line whose figures somebody has recorded since the preview is refused."""
    firsts = {date.fromisoformat(row.data["month"]) for row in rows}
    known = current([row.data["person"] for row in rows], firsts)
    source = SOURCE.format(file=task.file_name)[:80]
    shared = {"source": source, "note": "", "recorded_by": audit.actor().person_id, "recorded_at": clock.now()}
    entries: list[dict[str, Any]] = []
    taken: list[tuple[Stored, int]] = []
    found: list[Outcome] = []
    for row in rows:
        first, person_id = date.fromisoformat(row.data["month"]), row.data["person"]
        present = {
            measure: known.get((person_id, measure, first), (None, None))[0] for measure, _, _ in row.data["values"]
        }
        if any(present[measure] != replaced for measure, _, replaced in row.data["values"]):
            words = Refused("{name} 这个月的数在核对之后有人改过，没有写入。再导入一次看看差别。", name=row.label)
            found.append(Outcome(row.id, is_done=False, sentence=words))
            continue
        taken.append((row, len(row.data["values"])))
        for measure_id, value, replaced in row.data["values"]:
            entries.append(
                shared
                | {
                    "person_id": person_id,
                    "measure_id": measure_id,
                    "period_from": first,
                    "period_to": month_end(first),
                    "value": Decimal(value),
                    "replaces_id": replaced,
                }
            )
            known[person_id, measure_id, first] = (-1, Decimal(value))  # the same line twice in one chunk is refused
    ids = iter(_inserted(entries))
    for row, count in taken:
        made = [next(ids) for _ in range(count)]
        audit.record(
            "measure.import", "person", row.data["person"], row.label, month=row.data["month"][:7], source=source,
            values=count, corrected=sum(replaced is not None for _, _, replaced in row.data["values"]),
            **{"import": task.import_id},
        )  # fmt: skip
        found.append(Outcome(row.id, is_done=True, ref_id=made[0], before={"rows": made}))
    return found


def _inserted(entries: list[dict[str, Any]]) -> list[int]:
    if not entries:
        return []
    statement = insert(MeasureRow).returning(MeasureRow.id, sort_by_parameter_order=True)
    return list(db.session.scalars(statement, entries))


def undo(task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """Remove the rows that this import added; a line of which a figure has been corrected since stays."""
    ids = [row_id for row in rows for row_id in row.before["rows"]]
    replaced = set(db.session.scalars(select(MeasureRow.replaces_id).where(MeasureRow.replaces_id.in_(ids))))
    there = set(db.session.scalars(select(MeasureRow.id).where(MeasureRow.id.in_(ids))))
    found: list[Outcome] = []
    gone: list[int] = []
    for row in rows:
        made = row.before["rows"]
        if replaced & set(made) or not set(made) <= there:
            words = Refused("{name} 这个月的数后来有人更正过，保留。", name=row.label)
            found.append(Outcome(row.id, is_done=False, sentence=words))
            continue
        gone += made
        audit.record(
            "measure.withdraw", "person", row.data["person"], row.label, month=row.data["month"][:7], values=len(made),
            **{"import": task.import_id},
        )  # fmt: skip
        found.append(Outcome(row.id, is_done=True))
    if gone:
        db.session.execute(delete(MeasureRow).where(MeasureRow.id.in_(gone)))
    return found


def _kind(name: str, label: str, fields: Any) -> Kind:
    return Kind(
        name=name,
        label=label,
        counted=N_("人"),
        roles=frozenset({"hr"}),
        scopes=frozenset({"all", "own_unit"}),  # figures come from the centre, never from the vendor they judge
        fields=fields,
        groups=columns.GROUPS,
        planner=MonthPlanner,
        write=write,
        undo=undo,
        options=(columns.MONTH,),
        ref_kind="measure_row",
        section="appraisals.cycles",
    )


def _fields(only_attendance: bool, _task: Task | None) -> Sequence[Any]:
    return columns.fields(only_attendance=only_attendance)


MEASURES = _kind("measures", N_("月度指标"), partial(_fields, False))
ATTENDANCE = _kind("attendance", N_("月度考勤"), partial(_fields, True))
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (MEASURES, ATTENDANCE)}
