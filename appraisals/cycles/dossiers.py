"""Reads of what follows a grade: publicities, claims, steps of forms, recusals, who was involved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import joinedload

from appraisals.cycles import queries
from appraisals.cycles.models import (
    ArchivedForm,
    Claim,
    ClaimAssignment,
    ClaimDecision,
    ClaimKind,
    Cycle,
    EvidenceCheck,
    FormStep,
    GradeDecision,
    Participation,
    Publicity,
    Recusal,
    SelfSummary,
    SignOff,
)
from appraisals.cycles.rules.claims import CLOSING_HOUR
from appraisals.cycles.rules.stages import FormStage, Stage
from lms import clock
from lms.db import db, plain_rows
from lms.people.models import Person, Spell
from lms.people.rules import Reach

FILED_FROM = (FormStage.signed, FormStage.review_decided, FormStage.appeal_decided, FormStage.archived)


def closes_at(publicity: Publicity) -> datetime:
    """The instant at which a publicity ends."""
    return clock.local_instant(publicity.ends_on, CLOSING_HOUR)


def publicities(cycle_id: int) -> list[Publicity]:
    """The publicities of a cycle, oldest first."""
    return list(db.session.scalars(select(Publicity).where(Publicity.cycle_id == cycle_id).order_by(Publicity.id)))


def running_publicities() -> list[tuple[Publicity, Cycle]]:
    """Lists that are public now, newest first; a list of a cycle that went back to 评定 is not."""
    rows = db.session.execute(
        select(Publicity, Cycle)
        .join(Cycle, Cycle.id == Publicity.cycle_id)
        .where(Cycle.state.in_([Stage.publicity, Stage.final]))
        .order_by(Publicity.id.desc())
    )
    return [(publicity, cycle) for publicity, cycle in rows if clock.now() < closes_at(publicity)]


def steps(participation_id: int) -> list[FormStep]:
    """The steps of a person's form, oldest first."""
    return list(
        db.session.scalars(select(FormStep).where(FormStep.participation_id == participation_id).order_by(FormStep.id))
    )


def steps_of(participation_ids: Iterable[int]) -> dict[int, list[FormStep]]:
    """The steps of many forms at once."""
    found: dict[int, list[FormStep]] = {}
    for step in db.session.scalars(
        select(FormStep).where(FormStep.participation_id.in_(list(participation_ids))).order_by(FormStep.id)
    ):
        found.setdefault(step.participation_id, []).append(step)
    return found


def waiting_for(cycle_id: int, stage: str, limit: int) -> list[int]:
    """Participations of a cycle whose form has not reached a stage yet, in order."""
    reached = select(FormStep.participation_id).where(FormStep.to_stage == stage)
    return list(
        db.session.scalars(
            select(Participation.id)
            .where(Participation.cycle_id == cycle_id, Participation.id.not_in(reached))
            .order_by(Participation.id)
            .limit(limit)
        )
    )


def unfinished(cycle_id: int, limit: int) -> tuple[list[str], int]:
    """Names (so many at most) of those whose form cannot be filed yet: not signed, or a review or appeal under way; and
    how many they are.
    """
    newest = select(func.max(FormStep.id)).group_by(FormStep.participation_id)
    here = select(FormStep.participation_id).where(
        FormStep.id.in_(newest), FormStep.to_stage.in_([stage.value for stage in FILED_FROM])
    )
    left = [Participation.cycle_id == cycle_id, Participation.id.not_in(here)]
    n = db.session.scalar(select(func.count()).select_from(Participation).where(*left)) or 0
    names = select(Person.name).join(Participation, Participation.person_id == Person.id).where(*left)
    return list(db.session.scalars(names.order_by(Participation.id).limit(limit))) if n else [], n


@dataclass(frozen=True)
class Case:
    """A claim with who decides it and what became of it."""

    claim: Claim
    assignment: ClaimAssignment | None
    decision: ClaimDecision | None

    @property
    def is_open(self) -> bool:
        """Nobody has decided it yet."""
        return self.decision is None


def case(claim_id: int) -> Case | None:
    """One claim."""
    found = list(_cases(Claim.id == claim_id))
    return found[0] if found else None


def cases_of(participation_id: int) -> list[Case]:
    """The claims about a person in a cycle, newest first."""
    return _cases(Claim.participation_id == participation_id)


def cases_by(person_id: int, cycle_id: int) -> list[Case]:
    """The claims somebody has made in a cycle, newest first."""
    inside = select(Participation.id).where(Participation.cycle_id == cycle_id)
    return _cases(Claim.claimant_id == person_id, Claim.participation_id.in_(inside))


def cases_in(cycle_id: int, reaches: Iterable[Reach]) -> list[Case]:
    """The claims of a cycle within the reaches, newest first."""
    inside = (
        select(Participation.id)
        .join(Spell, Spell.id == Participation.spell_id)
        .where(Participation.cycle_id == cycle_id, queries.in_reach(reaches))
    )
    return _cases(Claim.participation_id.in_(inside))


_ASKED = select(ClaimAssignment.claim_id).where(ClaimAssignment.reviewer_id == bindparam("reviewer_id"))


def cases_for(reviewer_id: int) -> list[Case]:
    """Claims somebody has been asked to decide, the open ones first."""
    asked = plain_rows(_ASKED, reviewer_id=reviewer_id).scalars().all()
    if not asked:
        return []
    mine = [one for one in _cases(Claim.id.in_(asked)) if one.assignment and one.assignment.reviewer_id == reviewer_id]
    return sorted(mine, key=lambda one: not one.is_open)


def _cases(*conditions: object) -> list[Case]:
    """Claims with their newest assignment and their decision, in three queries."""
    claims = list(
        db.session.scalars(
            select(Claim)
            .where(*conditions)  # type: ignore[arg-type]
            .options(
                joinedload(Claim.claimant),
                joinedload(Claim.participation).options(
                    joinedload(Participation.cycle),
                    joinedload(Participation.person),
                    joinedload(Participation.unit),
                    joinedload(Participation.spell),
                ),
            )
            .order_by(Claim.id.desc())
        )
    )
    if not claims:
        return []
    ids = [claim.id for claim in claims]
    given = {
        one.claim_id: one
        for one in db.session.scalars(
            select(ClaimAssignment)
            .where(ClaimAssignment.claim_id.in_(ids))
            .options(joinedload(ClaimAssignment.reviewer))
            .order_by(ClaimAssignment.id)
        )
    }
    decided = {
        one.claim_id: one for one in db.session.scalars(select(ClaimDecision).where(ClaimDecision.claim_id.in_(ids)))
    }
    return [Case(claim, given.get(claim.id), decided.get(claim.id)) for claim in claims]


def open_claims(cycle_id: int, reaches: Iterable[Reach]) -> int:
    """How many claims of a cycle within the reaches nobody has decided."""
    about = exists().where(  # from the few claims to their people, not from everybody to claims
        Participation.id == Claim.participation_id, Participation.cycle_id == cycle_id, queries.in_reach(reaches)
    )
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Claim)
            .outerjoin(ClaimDecision, ClaimDecision.claim_id == Claim.id)
            .where(ClaimDecision.id.is_(None), about)
        )
        or 0
    )


def open_objections(cycle_id: int) -> list[Case]:
    """Objections of a cycle that nobody has decided."""
    inside = select(Participation.id).where(Participation.cycle_id == cycle_id)
    found = _cases(Claim.kind == ClaimKind.objection, Claim.participation_id.in_(inside))
    return [one for one in found if one.is_open]


def involved(participation: Participation) -> set[int]:
    """Everybody who had a part in somebody's grade: graders, opinions, signatures, earlier reviewers, the person."""
    decided = db.session.scalars(
        select(GradeDecision.decided_by).where(GradeDecision.participation_id == participation.id)
    )
    signed = db.session.scalars(select(SignOff.person_id).where(SignOff.cycle_id == participation.cycle_id))
    reviewed = db.session.scalars(
        select(ClaimDecision.decided_by)
        .join(Claim, Claim.id == ClaimDecision.claim_id)
        .where(Claim.participation_id == participation.id)
    )
    return {participation.person_id, *decided, *signed, *reviewed}


def person_by_number(number: str) -> Person | None:
    """Who has, or had, that staff number."""
    return db.session.scalar(
        select(Person).join(Spell, Spell.person_id == Person.id).where(Spell.staff_number == number.strip().upper())
    )


def recusals(cycle_id: int) -> list[Recusal]:
    """The recusal list of a cycle, newest first."""
    return list(
        db.session.scalars(
            select(Recusal)
            .where(Recusal.cycle_id == cycle_id)
            .options(joinedload(Recusal.person))
            .order_by(Recusal.id.desc())
        )
    )


def recused(participation: Participation) -> dict[int, str]:
    """Who must not decide about a person, with the reason."""
    rows = db.session.execute(
        select(Recusal.person_id, Recusal.reason).where(
            Recusal.cycle_id == participation.cycle_id,
            or_(Recusal.participation_id.is_(None), Recusal.participation_id == participation.id),
        )
    )
    return {person_id: reason for person_id, reason in rows}  # noqa: C416 - rows are not tuples


def evidence_check(participation_id: int, score_id: int | None) -> EvidenceCheck | None:
    """The person's word that the evidence behind a score is right."""
    return db.session.scalar(
        select(EvidenceCheck).where(
            EvidenceCheck.participation_id == participation_id, EvidenceCheck.score_id == score_id
        )
    )


def summaries(participation_id: int) -> list[SelfSummary]:
    """Every version of a person's own summary, newest first."""
    return list(
        db.session.scalars(
            select(SelfSummary).where(SelfSummary.participation_id == participation_id).order_by(SelfSummary.id.desc())
        )
    )


def archived_form(participation_id: int) -> ArchivedForm | None:
    """The newest form filed for a person in a cycle."""
    return db.session.scalar(
        select(ArchivedForm)
        .where(ArchivedForm.participation_id == participation_id)
        .order_by(ArchivedForm.id.desc())
        .limit(1)
    )
