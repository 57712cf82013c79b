"""Schemes of weights as dated data, and scores as frozen trees."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model
from lms.people.models import EmploymentForm, Person


class SchemeRow(Model):
    """Weights per employment form and kind of work (agent, office), valid from a day."""

    __tablename__ = "schemes"
    __table_args__ = (Index("uq_schemes_form_work_valid_from", "form", "work", "valid_from", unique=True),)

    form: Mapped[EmploymentForm]
    work: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(80))
    weights: Mapped[dict[str, Any]]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    policy_ref: Mapped[str] = mapped_column(String(60), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)


class ScoreSnapshot(Model):
    """A person's score for a period: the whole tree as JSON with its hash; a new reckoning is a new row."""

    __tablename__ = "score_snapshots"
    __table_args__ = (Index("ix_score_snapshots_person_period", "person_id", "period_from", "period_to"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    period_from: Mapped[date]
    period_to: Mapped[date]
    state: Mapped[str] = mapped_column(String(30))
    total: Mapped[Decimal | None]
    tree: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by: Mapped[int | None]


class ScoreProposal(Model):
    """What a frozen score rests on was corrected: shall the score follow? Before and after as reckoned at that time."""

    __tablename__ = "score_proposals"
    __table_args__ = (CheckConstraint("(decided_at IS NULL) = (is_accepted IS NULL)", name="decided"),)

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("score_snapshots.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    total_before: Mapped[Decimal | None]
    total_after: Mapped[Decimal | None]
    cause: Mapped[str] = mapped_column(String(300))
    proposed_at: Mapped[datetime]
    is_accepted: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]

    snapshot: Mapped[ScoreSnapshot] = relationship()
    person: Mapped[Person] = relationship()
