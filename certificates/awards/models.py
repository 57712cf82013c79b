"""Awards: certificates as issued, frozen with their facts and PDF; held ones; revocations."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.attempts.models import Attempt, Result
from lms.db import Model
from lms.people.models import Person


class AwardStatus(enum.StrEnum):
    """Issued, or held until what stands in the way is solved."""

    issued = "issued"
    held = "held"


class Award(Model):
    """A certificate: number, facts as of the day, hash of its PDF. source is the completion or result behind it."""

    __tablename__ = "awards"
    __table_args__ = (
        Index("uq_awards_source", "source_kind", "source_id", unique=True),
        Index("ix_awards_person_id_issued_on", "person_id", "issued_on"),
        CheckConstraint("(status = 'issued') = (pdf_hash IS NOT NULL)", name="pdf"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    source_kind: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60), index=True)
    title: Mapped[str] = mapped_column(String(80))
    status: Mapped[AwardStatus]
    held_reason: Mapped[str] = mapped_column(String(300), default="")
    holder_name: Mapped[str] = mapped_column(String(40))
    post_title: Mapped[str] = mapped_column(String(60))
    unit_name: Mapped[str] = mapped_column(String(60))
    score: Mapped[Decimal | None]
    hours: Mapped[Decimal | None]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    endorsing_department: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]]
    facts_hash: Mapped[str] = mapped_column(String(64))
    pdf_hash: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    released_from_id: Mapped[int | None] = mapped_column(ForeignKey("awards.id"), index=True)

    revocation: Mapped["Revocation | None"] = relationship(back_populates="award")
    released_from: Mapped["Award | None"] = relationship(remote_side="Award.id")


class Revocation(Model):
    """A certificate was withdrawn: by whom, when, why; shown on its public page."""

    __tablename__ = "revocations"

    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), unique=True)
    reason_class: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(300))
    revoked_by: Mapped[int]
    revoked_at: Mapped[datetime]

    award: Mapped[Award] = relationship(back_populates="revocation")


class PassProposal(Model):
    """A regrade changed what certificates rest on, one row a result: a pass was lost (shall certificate, course and hours
    be withdrawn?) or its score is another (shall certificates be issued anew?).
    """

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

    @property
    def is_passed(self) -> bool:
        """Whether the pass stands, so that it is about the printed score."""
        return self.result.is_passed
