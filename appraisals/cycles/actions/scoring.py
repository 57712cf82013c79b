"""Work out the scores of a cycle in chunks of people, each chunk a transaction of its own."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from appraisals.cycles import queries, roster
from appraisals.cycles.models import Cycle, CycleKind, Participation
from appraisals.cycles.rules import grades
from appraisals.cycles.rules.grades import Gate, GateFacts, GradeMode, ModeFacts
from appraisals.cycles.rules.stages import SETTLED, Stage
from appraisals.evidence import queries as evidence
from appraisals.evidence.queries import Gathered, HourFacts
from appraisals.evidence.rules import plain
from appraisals.scores import actions as scores
from appraisals.scores.actions import Reckoned, Subject
from appraisals.scores.models import ScoreSnapshot
from appraisals.scores.rules import Node
from lms import audit
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Progress

CHUNK = 200
ZERO = Decimal(0)


@dataclass(frozen=True)
class Worked:
    """A chunk worked out and not yet written: the scores, and what each participation will say of itself."""

    period: tuple[date, date]
    scores: list[Reckoned]
    rows: list[dict[str, Any]]

    @property
    def lacking(self) -> int:
        """How many have too little evidence for a total."""
        return sum(one.tree.shown is None for one in self.scores)


def compute_scores(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: every score of the cycle `cycle_id`, chunk by chunk; run again it changes only what has changed.

    Each chunk is read and worked out in a snapshot, and written in one short transaction.
    """
    with reading():
        _check_open(db.session.get_one(Cycle, params["cycle_id"]))
        ids = queries.participation_ids(params["cycle_id"])
    lacking = 0
    for start in range(0, len(ids), CHUNK):
        with reading():
            worked = work_out(db.session.get_one(Cycle, params["cycle_id"]), ids[start : start + CHUNK])
        _check_open(db.session.get_one(Cycle, params["cycle_id"]))
        write(worked)
        lacking += worked.lacking
        done = min(start + CHUNK, len(ids))
        yield Progress(done, len(ids), f"已算 {done} 人，其中 {lacking} 人证据不足")
    cycle = db.session.get_one(Cycle, params["cycle_id"])
    audit.record("cycle.scores", "cycle", cycle.code, cycle.title, people=len(ids), lacking=lacking)


def _check_open(cycle: Cycle) -> None:
    if Stage(cycle.state) in SETTLED:
        raise Refused("等次已经确定，分数不再重算。要重算先退回评定。")


def follow_correction(snapshot: ScoreSnapshot) -> int:
    """A correction of a score was accepted: cycles of that period in which the grade is still open take it over.

    Returns how many did. Where the grade is determined the score stays beside it as a newer line; the grade changes only
    by sending the cycle back to grading.
    """
    taken = 0
    for person in queries.of_person(snapshot.person_id):
        cycle = person.cycle
        is_same = (cycle.period_from, cycle.period_to) == (snapshot.period_from, snapshot.period_to)
        if is_same and person.score_id is not None and Stage(cycle.state) not in SETTLED:
            compute_chunk(cycle, [person.id])
            taken += 1
    return taken


def compute_chunk(cycle: Cycle, ids: Sequence[int]) -> int:
    """Scores, gates and grade modes of some participations; returns how many lack evidence. Queries stay flat."""
    worked = work_out(cycle, ids)
    write(worked)
    return worked.lacking


def work_out(cycle: Cycle, ids: Sequence[int]) -> Worked:
    """Read the evidence of some participations and work everything out; writes nothing."""
    people = queries.participations(cycle.id, ids)
    person_ids = [person.person_id for person in people]
    terms = queries.terms_on(cycle.period_from)
    period = (cycle.period_from, cycle.period_to)
    gathered = evidence.gather(person_ids, *period, least_raters=min(term.least_raters for term in terms.values()))
    subjects = [Subject(person.person_id, person.form, person.work) for person in people]
    reckoned = scores.reckon(subjects, *period, gathered=gathered)
    since = roster.since(person_ids)
    annual = cycle.kind is CycleKind.annual
    regular = queries.regular_grades(person_ids, cycle.period_to.year) if annual else {}
    rows = []
    for person in people:
        known, half_year = gathered[person.person_id], terms[person.form].half_year_days
        days = (cycle.period_to - since[person.person_id, person.unit_id]).days + 1
        mode, reason = _mode(person, known, days, half_year)
        facts = GateFacts(
            form=person.form,
            mode=GradeMode(mode),
            days_in_unit=days,
            hours=(("学时", known.hours.done, known.hours.required),) if known.hours else (),
            certificate_valid=known.has_post_certificate if person.work == "agent" else None,
            fatal_errors=int(known.totals.get("fatal_errors", ZERO)),
            regular=regular.get(person.person_id, ()),
        )
        gates = grades.gates(facts, half_year_days=half_year)
        row = _row(person.person_id, reckoned[person.person_id].tree, gates, known.hours)
        rows.append(row | {"id": person.id, "grade_mode": mode, "grade_mode_reason": reason})
    return Worked(period, list(reckoned.values()), rows)


def write(worked: Worked) -> None:
    """Keep the scores that changed and bring the participations up to them: two statements."""
    kept = scores.keep(worked.scores, *worked.period)
    values = [{**row, "score_id": kept[row["person_id"]]} for row in worked.rows]
    for row in values:
        row.pop("person_id")
    db.session.flush()
    if values:
        db.session.execute(update(Participation), values)
    for loaded in [one for one in db.session.identity_map.values() if isinstance(one, Participation)]:
        db.session.expire(loaded)


def _mode(person: Participation, known: Gathered, days: int, half_year: int) -> tuple[str, str]:
    """Ask again whether there is a grade, now that the days of leave are known; what HR has set stays."""
    if person.grade_mode in {GradeMode.pending, GradeMode.comment_only}:
        return person.grade_mode, person.grade_mode_reason
    leave, maternity = (int(known.totals.get(code, ZERO)) for code in ("leave_days", "maternity_days"))
    facts = ModeFacts(person.form, days, leave_days=leave, maternity_days=maternity)
    decision = grades.grade_mode(facts, half_year_days=half_year)
    return decision.mode.value, str(decision.reason or "")[:200]


def _row(person_id: int, tree: Node, gates: Sequence[Gate], hours: HourFacts | None) -> dict[str, Any]:
    """The total, the dimensions (unrounded) and the gates that lists need."""
    figures = {node.code: node.points for node in tree.children if node.points is not None}
    satisfaction = tree.find("satisfaction")
    if satisfaction is not None and satisfaction.value is not None:
        figures["satisfaction"] = satisfaction.value
    if hours is not None:
        figures |= {"hours_done": hours.done, "hours_required": hours.required}
    return {
        "person_id": person_id,
        "total": tree.shown,
        "dimensions": {code: plain(points) for code, points in figures.items()},
        "gates": [{"code": gate.code, "is_open": gate.is_open, **gate.reason.to_dict()} for gate in gates],
    }
