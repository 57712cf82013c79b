"""Dated hour rules, yearly requirements, and the append-only ledger of learning hours."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model
from lms.people.models import EmploymentForm


class HourRule(Model):
    """How an activity becomes hours: bands of minutes, valid from a day, with its policy."""

    __tablename__ = "hour_rules"
    __table_args__ = (Index("uq_hour_rules_code_valid_from", "code", "valid_from", unique=True),)

    code: Mapped[str] = mapped_column(String(40))
    activity: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(20))
    bands: Mapped[list[Any]]
    minimum_share: Mapped[Decimal] = mapped_column(default=Decimal(0))
    daily_maximum: Mapped[Decimal]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    policy_ref: Mapped[str] = mapped_column(String(60), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)


class HourRequirement(Model):
    """Hours a person of that form should reach in a year."""

    __tablename__ = "hour_requirements"
    __table_args__ = (Index("uq_hour_requirements_form_valid_from", "form", "valid_from", unique=True),)

    form: Mapped[EmploymentForm]
    hours: Mapped[Decimal]
    title: Mapped[str] = mapped_column(String(120))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    policy_ref: Mapped[str] = mapped_column(String(60), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)


class HourEntry(Model):
    """One line of the ledger; a mistake is reversed by a second line, never edited."""

    __tablename__ = "hour_entries"
    __table_args__ = (
        Index("ix_hour_entries_person_id_year", "person_id", "year"),
        Index(
            "uq_hour_entries_source", "person_id", "source_kind", "source_id", unique=True,
        ),
        Index("uq_hour_entries_reversal_of", "reversal_of_id", unique=True),
        CheckConstraint("(reversal_of_id IS NULL) = (hours >= 0)", name="sign"),
    )  # fmt: skip

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    year: Mapped[int]
    occurred_on: Mapped[date]
    category: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(160))
    minutes: Mapped[int]
    hours: Mapped[Decimal]
    calculation: Mapped[str] = mapped_column(String(200))
    source_kind: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[str] = mapped_column(String(60))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("hour_rules.id"))
    reversal_of_id: Mapped[int | None] = mapped_column(ForeignKey("hour_entries.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[int | None]
    recorded_at: Mapped[datetime]

    rule: Mapped[HourRule | None] = relationship()
