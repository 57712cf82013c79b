"""Appraisal cycles, who takes part, stages passed, grades decided."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from appraisals.scores.models import ScoreSnapshot
from lms.db import Model
from lms.organisation.models import Unit
from lms.people.models import EmploymentForm, Person, Spell


class CycleKind(enum.StrEnum):
    """Quarterly 平时考核 or annual 年度考核."""

    quarterly = "quarterly"
    annual = "annual"


class Cycle(Model):
    """A cycle: its period, days, and state; the state only moves through the table in rules."""

    __tablename__ = "cycles"
    __table_args__ = (CheckConstraint("period_to > period_from", name="period"),)

    code: Mapped[str] = mapped_column(String(30), unique=True)
    title: Mapped[str] = mapped_column(String(60))
    kind: Mapped[CycleKind]
    period_from: Mapped[date]
    period_to: Mapped[date]
    state: Mapped[str] = mapped_column(String(30))
    grading_due_on: Mapped[date | None]
    signers: Mapped[int] = mapped_column(default=1, server_default="1")  # 2: signed off by two people
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # stage → last day, ISO
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]

    def __str__(self) -> str:
        return self.title


class CycleMove(Model):
    """A cycle passed from one state to another, by whom."""

    __tablename__ = "cycle_moves"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycles.id"), index=True)
    from_state: Mapped[str] = mapped_column(String(30))
    to_state: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(300), default="")
    moved_at: Mapped[datetime]


class PoolQuota(Model):
    """The share of 优秀 in one pool of a cycle: an organ, an institution or a vendor contract."""

    __tablename__ = "pool_quotas"
    __table_args__ = (UniqueConstraint("cycle_id", "pool"),)

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycles.id"))
    pool: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(80))
    percent: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200), default="")


class Participation(Model):
    """A person in a cycle, with the form, unit and post they had; their score and summary."""

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("cycle_id", "person_id"),
        Index("ix_participations_cycle_id_pool_total", "cycle_id", "pool", "total"),
        Index("ix_participations_person_id", "person_id"),
    )

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycles.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    spell_id: Mapped[int] = mapped_column(ForeignKey("spells.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    form: Mapped[EmploymentForm]
    work: Mapped[str] = mapped_column(String(10))
    pool: Mapped[str] = mapped_column(String(60))
    grade_mode: Mapped[str] = mapped_column(String(20))
    grade_mode_reason: Mapped[str] = mapped_column(String(200), default="")
    score_id: Mapped[int | None] = mapped_column(ForeignKey("score_snapshots.id"))
    total: Mapped[Decimal | None]
    dimensions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    gates: Mapped[list[Any]] = mapped_column(default=list)
    summary: Mapped[str] = mapped_column(Text, default="")  # as last handed in; every version is a row of summaries
    summary_at: Mapped[datetime | None]
    draft: Mapped[str] = mapped_column(Text, default="", server_default="")
    draft_at: Mapped[datetime | None]

    cycle: Mapped[Cycle] = relationship()
    person: Mapped[Person] = relationship()
    spell: Mapped[Spell] = relationship()
    unit: Mapped[Unit] = relationship()
    score: Mapped[ScoreSnapshot | None] = relationship()


class GradeDecision(Model):
    """A grade proposed or determined by a named person; a change is a newer row with its reason."""

    __tablename__ = "grade_decisions"
    __table_args__ = (
        Index("ix_grade_decisions_participation_id", "participation_id"),
        Index("ix_grade_decisions_batch", "batch"),
        UniqueConstraint("undoes_id", name="uq_grade_decisions_undoes_id"),
    )

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    grade: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(300), default="")
    is_final: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[int]
    decider_label: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]
    batch: Mapped[str] = mapped_column(String(32), default="", server_default="")  # given together with others
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("grade_decisions.id"))


class SelfSummary(Model):
    """A version of somebody's own summary as they handed it in."""

    __tablename__ = "self_summaries"
    __table_args__ = (Index("ix_self_summaries_participation_id", "participation_id"),)

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    text: Mapped[str] = mapped_column(Text)
    handed_in_at: Mapped[datetime]


class QuotaChange(Model):
    """The share of a pool was changed: from, to, on what basis, why, by whom."""

    __tablename__ = "quota_changes"

    pool_quota_id: Mapped[int] = mapped_column(ForeignKey("pool_quotas.id"), index=True)
    before: Mapped[int]
    after: Mapped[int]
    basis: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(200))
    changed_by: Mapped[int | None]
    changed_label: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]


class TieVote(Model):
    """Votes of the committee for one of those who tie over the last seat; the newest row of a person counts."""

    __tablename__ = "tie_votes"
    __table_args__ = (CheckConstraint("votes >= 0", name="votes"),)

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"), index=True)
    votes: Mapped[int]
    minutes: Mapped[str] = mapped_column(String(200))
    recorded_by: Mapped[int | None]
    recorded_label: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime]


class SignOff(Model):
    """Somebody signed the grades of a cycle with their password; the list they signed is a file named by its hash."""

    __tablename__ = "sign_offs"
    __table_args__ = (UniqueConstraint("cycle_id", "person_id", "digest"),)

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycles.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    label: Mapped[str] = mapped_column(String(80))
    grades: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300), default="")
    signed_at: Mapped[datetime]


class Publicity(Model):
    """A list made public inside the organisation, frozen with its hash; ends_on is its last day, at 18:00."""

    __tablename__ = "publicities"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycles.id"), index=True)
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    rows: Mapped[list[Any]]  # as shown: {participation_id, name (masked), unit, form, grade}
    digest: Mapped[str] = mapped_column(String(64))
    begun_by: Mapped[int | None]
    begun_label: Mapped[str] = mapped_column(String(80))
    begun_at: Mapped[datetime]


class EvidenceCheck(Model):
    """A person looked through the evidence behind one score and found it right."""

    __tablename__ = "evidence_checks"
    __table_args__ = (UniqueConstraint("participation_id", "score_id"),)

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    score_id: Mapped[int] = mapped_column(ForeignKey("score_snapshots.id"))
    checked_at: Mapped[datetime]


class FormStep(Model):
    """A person's form passed from one stage to another; each stage is reached once."""

    __tablename__ = "form_steps"
    __table_args__ = (UniqueConstraint("participation_id", "to_stage"),)

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    from_stage: Mapped[str] = mapped_column(String(30))
    to_stage: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(80))
    agrees: Mapped[bool | None]  # of a signature
    text: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64), default="")  # of the form that was signed or filed
    taken_at: Mapped[datetime]


class ClaimKind(enum.StrEnum):
    """What somebody asks to be looked at again."""

    evidence = "evidence"
    objection = "objection"
    review = "review"
    appeal = "appeal"


class Claim(Model):
    """Somebody says that evidence, a published name or a grade is wrong; decided by a person who was not involved."""

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_participation_id", "participation_id"),)

    kind: Mapped[ClaimKind]
    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    publicity_id: Mapped[int | None] = mapped_column(ForeignKey("publicities.id"))
    claimant_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    subject: Mapped[str] = mapped_column(String(60), default="")  # the part of the score an evidence claim is about
    text: Mapped[str] = mapped_column(Text)
    answer_due_on: Mapped[date | None]
    made_at: Mapped[datetime]

    participation: Mapped[Participation] = relationship()
    claimant: Mapped[Person] = relationship()


class ClaimAssignment(Model):
    """Who is asked to decide a claim; the newest row counts."""

    __tablename__ = "claim_assignments"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    assigned_by: Mapped[int | None]
    assigned_label: Mapped[str] = mapped_column(String(80))
    assigned_at: Mapped[datetime]

    reviewer: Mapped[Person] = relationship()


class ClaimDecision(Model):
    """What became of a claim, once."""

    __tablename__ = "claim_decisions"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), unique=True)
    is_upheld: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    grade: Mapped[str] = mapped_column(String(30), default="")  # given with an upheld review or appeal
    decided_by: Mapped[int]
    decider_label: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]


class Recusal(Model):
    """Somebody must not decide about a person of a cycle (or about anybody in it): kin, conflict of interest."""

    __tablename__ = "recusals"
    __table_args__ = (Index("ix_recusals_cycle_id", "cycle_id"),)

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycles.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participations.id"))  # None: everybody
    reason: Mapped[str] = mapped_column(String(200))
    noted_by: Mapped[int | None]
    noted_label: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class ArchivedForm(Model):
    """A person's 考核登记表 as filed: the file by its hash, kept for good."""

    __tablename__ = "archived_forms"
    __table_args__ = (UniqueConstraint("participation_id", "digest"),)

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    digest: Mapped[str] = mapped_column(String(64))
    evidence_digest: Mapped[str] = mapped_column(String(64), default="")
    pages: Mapped[int] = mapped_column(default=1)
    filed_at: Mapped[datetime]
