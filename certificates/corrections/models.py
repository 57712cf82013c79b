"""Proposals that follow from a lost pass, and what was decided."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.attempts.models import Attempt, Result
from lms.db import Model
from lms.people.models import Person


class PassProposal(Model):
    """A regrade took a pass away: shall certificate, course and hours be withdrawn? One for each such result."""

    __tablename__ = "pass_proposals"
    __table_args__ = (CheckConstraint("(decided_at IS NULL) = (is_accepted IS NULL)", name="decided"),)

    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"), unique=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    score_before: Mapped[Decimal]
    score_after: Mapped[Decimal]
    cause: Mapped[str] = mapped_column(String(300))
    proposed_at: Mapped[datetime]
    is_accepted: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]

    attempt: Mapped[Attempt] = relationship()
    result: Mapped[Result] = relationship()
    person: Mapped[Person] = relationship()
