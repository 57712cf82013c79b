"""Reads of grades together: batches, signatures, shares, votes, and who is to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, or_, select

from appraisals.cycles import listing
from appraisals.cycles.models import FormStep, GradeDecision, Participation, PoolQuota, QuotaChange, SignOff, TieVote
from appraisals.cycles.queries import OPINION, WITHDRAWN, in_reach, newest_decisions
from appraisals.cycles.rules.stages import FormStage
from lms.access.models import Role, RoleGrant, Scope
from lms.db import db
from lms.jobs import Job
from lms.organisation.models import Unit
from lms.people.models import EmploymentForm, Person, Spell
from lms.people.rules import Reach

PAGE = 20


class Standing(NamedTuple):
    """One person of a cycle as grades are signed and fixed: no dimensions, no gates."""

    id: int
    person_id: int
    staff_number: str
    name: str
    pool: str
    form: EmploymentForm
    total: Decimal | None
    score_id: int | None
    grade_mode: str
    grade: str | None
    is_final: bool | None
    decided_by: int | None
    decider_label: str | None
    reason: str | None


def hr_ids(vendor_id: int | None) -> list[int]:
    """HR of the whole hotline, and of one vendor where there is one."""
    wanted = RoleGrant.scope == Scope.all
    if vendor_id is not None:
        wanted = or_(wanted, RoleGrant.vendor_id == vendor_id)
    return list(
        db.session.scalars(
            select(RoleGrant.person_id)
            .where(RoleGrant.role == Role.hr, RoleGrant.ended_at.is_(None), wanted)
            .distinct()
            .order_by(RoleGrant.person_id)
        )
    )


def latest_decisions(participation_ids: Iterable[int]) -> dict[int, GradeDecision]:
    """The newest grade of each participation that has one."""
    rows = db.session.scalars(
        select(GradeDecision).where(
            GradeDecision.participation_id.in_(list(participation_ids)),
            GradeDecision.id.in_(newest_decisions()),
            GradeDecision.grade != WITHDRAWN,
        )
    )
    return {row.participation_id: row for row in rows}


def batch(name: str) -> list[GradeDecision]:
    """The grades that were given together, in order."""
    if not name:
        return []
    return list(db.session.scalars(select(GradeDecision).where(GradeDecision.batch == name).order_by(GradeDecision.id)))


def last_of(cycle_id: int, person_id: int) -> GradeDecision | None:
    """The newest proposal of somebody in a cycle that has not been taken back."""
    undone = select(GradeDecision.undoes_id).where(GradeDecision.undoes_id.is_not(None))
    return db.session.scalar(
        select(GradeDecision)
        .join(Participation, Participation.id == GradeDecision.participation_id)
        .where(
            Participation.cycle_id == cycle_id,
            GradeDecision.decided_by == person_id,
            GradeDecision.is_final.is_(False),
            GradeDecision.grade.not_in([OPINION, WITHDRAWN]),
            GradeDecision.undoes_id.is_(None),
            GradeDecision.id.not_in(undone),
        )
        .order_by(GradeDecision.id.desc())
        .limit(1)
    )


def standings(cycle_id: int) -> list[Standing]:
    """Everybody of a cycle by id, with no more than is signed of each."""
    columns = select(
        Participation.id, Participation.person_id, Spell.staff_number, Person.name, Participation.pool,
        Participation.form, Participation.total, Participation.score_id, Participation.grade_mode,
        listing.GRADE.label("grade"), GradeDecision.is_final, GradeDecision.decided_by, GradeDecision.decider_label,
        GradeDecision.reason,
    ).select_from(Participation)  # fmt: skip
    rows = db.session.execute(listing.everybody(columns, cycle_id).order_by(Participation.id))
    return [Standing(*row) for row in rows]


def grades_mark(cycle_id: int) -> tuple[int, int, int]:
    """What changes whenever a grade, a score or a share of a cycle does: newest ids of decision, score, change."""
    inside = Participation.cycle_id == cycle_id
    scored = db.session.scalar(select(func.max(Participation.score_id)).where(inside))
    decided = db.session.scalar(
        select(func.max(GradeDecision.id))
        .join(Participation, Participation.id == GradeDecision.participation_id)
        .where(inside, GradeDecision.grade != OPINION)
    )
    changed = db.session.scalar(
        select(func.max(QuotaChange.id))
        .join(PoolQuota, PoolQuota.id == QuotaChange.pool_quota_id)
        .where(PoolQuota.cycle_id == cycle_id)
    )
    return decided or 0, scored or 0, changed or 0


@dataclass(frozen=True)
class Seen:
    """What a page showed of the grades: the mark at that moment, and the newest signature there was (0: none)."""

    mark: tuple[int, int, int]
    signature: int

    def __str__(self) -> str:
        """As a page carries it; `seen` reads it again."""
        return ".".join(map(str, (*self.mark, self.signature)))


def seen_now(cycle_id: int) -> Seen:
    """What a page shows that is drawn now."""
    newest = db.session.scalar(select(func.max(SignOff.id)).where(SignOff.cycle_id == cycle_id))
    return Seen(grades_mark(cycle_id), newest or 0)


def seen(text: str) -> Seen | None:
    """What a page carried; None for what no page of ours carries."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    decided, scored, changed, signature = map(int, parts)
    return Seen((decided, scored, changed), signature)


def sign_offs(cycle_id: int, digest: str | None = None) -> list[SignOff]:
    """Signatures under the grades of a cycle (or under one list), oldest first."""
    statement = select(SignOff).where(SignOff.cycle_id == cycle_id).order_by(SignOff.id)
    return list(db.session.scalars(statement.where(SignOff.digest == digest) if digest is not None else statement))


def quota_changes(cycle_id: int) -> list[tuple[QuotaChange, str]]:
    """Changes of shares in a cycle with the label of the pool, newest first."""
    rows = db.session.execute(
        select(QuotaChange, PoolQuota.label)
        .join(PoolQuota, PoolQuota.id == QuotaChange.pool_quota_id)
        .where(PoolQuota.cycle_id == cycle_id)
        .order_by(QuotaChange.id.desc())
    )
    return [(change, label) for change, label in rows]


def votes(cycle_id: int) -> dict[int, TieVote]:
    """The newest recorded votes of each person of a cycle who has some."""
    rows = db.session.scalars(
        select(TieVote)
        .join(Participation, Participation.id == TieVote.participation_id)
        .where(Participation.cycle_id == cycle_id)
        .order_by(TieVote.id)
    )
    return {row.participation_id: row for row in rows}


def numbers(participation_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(staff number, name) of each participation."""
    rows = db.session.execute(
        select(Participation.id, Spell.staff_number, Person.name)
        .join(Spell, Spell.id == Participation.spell_id)
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.id.in_(list(participation_ids)))
    )
    return {one: (number, name) for one, number, name in rows}


def newest_job(kind: str, cycle_id: int, looked_at: int = 20) -> Job | None:
    """The newest job of a kind for a cycle, among the last ones of that kind."""
    newest = db.session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id.desc()).limit(looked_at))
    return next((job for job in newest if job.params.get("cycle_id") == cycle_id), None)


def organisation(cycle_id: int) -> str:
    """The employer of most of the people who are not a vendor's, as the head of papers."""
    row = db.session.execute(
        select(Spell.employer, func.count())
        .join(Participation, Participation.spell_id == Spell.id)
        .where(Participation.cycle_id == cycle_id, Spell.vendor_id.is_(None))
        .group_by(Spell.employer)
        .order_by(func.count().desc(), Spell.employer)
        .limit(1)
    ).first()
    return row[0] if row else ""


def form_counts(cycle_id: int, reaches: Iterable[Reach]) -> dict[str, int]:
    """How many forms stand at each stage of their own."""
    newest = select(func.max(FormStep.id)).group_by(FormStep.participation_id)
    rows = db.session.execute(
        select(FormStep.to_stage, func.count())
        .join(Participation, Participation.id == FormStep.participation_id)
        .join(Spell, Spell.id == Participation.spell_id)
        .where(Participation.cycle_id == cycle_id, FormStep.id.in_(newest), in_reach(reaches))
        .group_by(FormStep.to_stage)
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are not tuples


def unsigned(cycle_id: int, reaches: Iterable[Reach], page: int) -> tuple[list[tuple[int, str, str, str]], int]:
    """A page of those who have been told and have not signed: person, name, staff number, unit; and how many."""
    signed = select(FormStep.participation_id).where(FormStep.to_stage == FormStage.signed)
    base = (
        select(Participation.person_id, Person.name, Spell.staff_number, Unit.name)
        .join(FormStep, (FormStep.participation_id == Participation.id) & (FormStep.to_stage == FormStage.notified))
        .join(Person, Person.id == Participation.person_id)
        .join(Spell, Spell.id == Participation.spell_id)
        .join(Unit, Unit.id == Participation.unit_id)
        .where(Participation.cycle_id == cycle_id, Participation.id.not_in(signed), in_reach(reaches))
    )
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    rows = db.session.execute(base.order_by(Participation.id).offset((page - 1) * PAGE).limit(PAGE))
    return [(a, b, c, d) for a, b, c, d in rows], total
