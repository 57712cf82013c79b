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
        Index("ix_participations_cycle_id_pool", "cycle_id", "pool"),
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
    summary: Mapped[str] = mapped_column(Text, default="")
    summary_at: Mapped[datetime | None]

    cycle: Mapped[Cycle] = relationship()
    person: Mapped[Person] = relationship()
    spell: Mapped[Spell] = relationship()
    unit: Mapped[Unit] = relationship()
    score: Mapped[ScoreSnapshot | None] = relationship()


class GradeDecision(Model):
    """A grade proposed or determined by a named person; a change is a newer row with its reason."""

    __tablename__ = "grade_decisions"
    __table_args__ = (Index("ix_grade_decisions_participation_id", "participation_id"),)

    participation_id: Mapped[int] = mapped_column(ForeignKey("participations.id"))
    grade: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(300), default="")
    is_final: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[int]
    decider_label: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]
