"""Evidence for many people at once, in a flat number of queries: measures, courses, exams, certificates, hours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from appraisals.evidence import rules
from appraisals.evidence.models import Measure, MeasureRow, MeasureTarget
from appraisals.evidence.rules import Evidence, Row
from assessments.attempts import queries as attempts
from assessments.attempts.models import Result
from certificates.awards import queries as awards
from courses.hours import queries as hours
from courses.hours.models import HourEntry
from lms.db import db
from lms.people.queries import spells_on

LEAST_RATERS = 5


@dataclass(frozen=True)
class HourFacts:
    """Learning hours done in the year up to a day, and due by then."""

    done: Decimal
    required: Decimal


@dataclass
class Gathered:
    """What is known of one person: evidence by part, and the facts that gates and grade modes ask for."""

    parts: dict[str, Evidence] = field(default_factory=dict)
    hours: HourFacts | None = None
    has_post_certificate: bool = False
    totals: dict[str, Decimal] = field(default_factory=dict)  # fatal errors, days of leave: by measure code


def measures() -> list[Measure]:
    """All measures in their order."""
    return list(db.session.scalars(select(Measure).order_by(Measure.position, Measure.id)))


def measure(code: str) -> Measure | None:
    """A measure by its code."""
    return db.session.scalar(select(Measure).where(Measure.code == code))


def targets_on(day: date) -> dict[str, MeasureTarget]:
    """The target of each measure that is valid on a day, confirmed or not, by measure code."""
    rows = db.session.scalars(
        select(MeasureTarget)
        .where(MeasureTarget.valid_from <= day, (MeasureTarget.valid_to.is_(None)) | (MeasureTarget.valid_to >= day))
        .options(joinedload(MeasureTarget.measure))
        .order_by(MeasureTarget.valid_from)
    )
    return {row.measure.code: row for row in rows}


def confirmed_targets(day: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Base and target of each KPI part that may score on a day; an unconfirmed one is left out."""
    return {
        rules.reading(code).part or code: (row.base, row.target)
        for code, row in targets_on(day).items()
        if row.is_confirmed
    }


def measure_row(row_id: int) -> MeasureRow | None:
    """One recorded value with its measure."""
    return db.session.scalar(select(MeasureRow).where(MeasureRow.id == row_id).options(joinedload(MeasureRow.measure)))


def history(row: MeasureRow) -> list[MeasureRow]:
    """A value with those it replaced, newest first."""
    found = [row]
    while found[-1].replaces_id is not None:
        found.append(db.session.get_one(MeasureRow, found[-1].replaces_id))
    return found


def replacement(row_id: int) -> MeasureRow | None:
    """The newer value that replaced this one."""
    return db.session.scalar(select(MeasureRow).where(MeasureRow.replaces_id == row_id))


def measure_rows(person_ids: Iterable[int], period_from: date, period_to: date) -> dict[int, dict[str, list[Row]]]:
    """Values that nothing replaced and that touch the year before the end of a period: by person, by measure code."""
    newer = aliased(MeasureRow)
    first = min(period_from, period_to - rules.A_YEAR)
    found = db.session.execute(
        select(
            MeasureRow.person_id, Measure.code, MeasureRow.id, MeasureRow.period_from, MeasureRow.period_to,
            MeasureRow.value, MeasureRow.sample_size,
        )
        .join(Measure, Measure.id == MeasureRow.measure_id)
        .outerjoin(newer, newer.replaces_id == MeasureRow.id)
        .where(
            MeasureRow.person_id.in_(list(person_ids)),
            MeasureRow.period_to >= first,
            MeasureRow.period_from <= period_to,
            newer.id.is_(None),
        )
        .order_by(MeasureRow.id)
    )  # fmt: skip
    rows: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for person_id, code, row_id, start, end, value, sample in found:
        rows[person_id][code].append(Row(row_id, start, end, value, sample))
    return rows


def gather(
    person_ids: Sequence[int], period_from: date, period_to: date, *, least_raters: int = LEAST_RATERS
) -> dict[int, Gathered]:
    """Everything known of these people for a period; the number of queries does not depend on how many they are.

    Hours count from January to the end of the period against their share of the year, exams of 德 within the year that
    ends with the period, certificates that are valid on its last day, measures as `rules.READINGS` says.
    """
    ids = list(dict.fromkeys(person_ids))
    found = {person_id: Gathered() for person_id in ids}
    _read_measures(found, ids, (period_from, period_to), least_raters)
    _read_hours(found, ids, period_to)
    _read_exams(found, ids, period_to)
    _read_certificates(found, ids, period_to)
    return found


def _read_measures(found: dict[int, Gathered], ids: list[int], period: tuple[date, date], least_raters: int) -> None:
    """Imported values: each measure's part, the deductions of 廉, and the totals that only gates ask for."""
    rows = measure_rows(ids, *period)
    for person_id, known in found.items():
        deductions: tuple[Row, ...] = ()
        for code, values in rows.get(person_id, {}).items():
            how = rules.reading(code)
            chosen = rules.counting(values, how.combine, *period)
            if code == "integrity_deduction":
                deductions = chosen
            elif how.part is None:
                known.totals[code] = rules.combined(chosen, how.combine) or Decimal(0)
            elif evidence := rules.measure_evidence(code, values, period, least_raters=least_raters):
                known.parts[how.part] = evidence
        known.parts["discipline"] = rules.integrity_evidence(
            (row.value for row in deductions), tuple(("measure_row", row.id) for row in deductions)
        )


def _read_hours(found: dict[int, Gathered], ids: list[int], period_to: date) -> None:
    """Hour completion from the ledger against the requirement of each person's form."""
    january = date(period_to.year, 1, 1)
    done = hours.hours_done(ids, january, period_to)
    links: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for person_id, entry_id in db.session.execute(
        select(HourEntry.person_id, HourEntry.id)
        .where(HourEntry.person_id.in_(ids), HourEntry.occurred_on.between(january, period_to))
        .order_by(HourEntry.id)
    ):
        links[person_id].append(("hour_entry", entry_id))
    yearly = hours.requirements_on(period_to)
    for person_id, spell in spells_on(ids, period_to).items():
        due = rules.required_so_far(yearly.get(spell.form, Decimal(0)), period_to, spell.starts_on)
        found[person_id].hours = HourFacts(done[person_id], due)
        if evidence := rules.hours_evidence(done[person_id], due, tuple(links[person_id])):
            found[person_id].parts["hours"] = evidence


def _read_exams(found: dict[int, Gathered], ids: list[int], period_to: date) -> None:
    """The best result of each exam over 德's courses in the year that ends with the period."""
    best: dict[int, dict[int, Result]] = defaultdict(dict)
    for result in attempts.results(ids, period_to - rules.A_YEAR, period_to):
        if rules.ETHICS_COURSES.isdisjoint(result.attempt.exam.course_codes):
            continue
        known = best[result.person_id].get(result.exam_id)
        if known is None or result.score > known.score:
            best[result.person_id][result.exam_id] = result
    for person_id, by_exam in best.items():
        scores = [(r.score, ("attempt", r.attempt_id)) for r in by_exam.values()]  # on a hundred already
        if evidence := rules.mean_evidence(scores):
            found[person_id].parts["ethics_course"] = evidence


def _read_certificates(found: dict[int, Gathered], ids: list[int], period_to: date) -> None:
    """The mean score of the certificates that are valid on the last day, and whether one is for the post."""
    scores: dict[int, list[tuple[Decimal, tuple[str, int]]]] = defaultdict(list)
    for award in awards.valid_awards(ids, period_to):
        if rules.proves_post(award.subject, award.facts.get("course_codes") or ()):
            found[award.person_id].has_post_certificate = True
        if award.score is not None:
            scores[award.person_id].append((award.score, ("award", award.id)))
    for person_id, known in scores.items():
        if evidence := rules.mean_evidence(known):
            found[person_id].parts["certificates"] = evidence
