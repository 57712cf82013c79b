"""Measures that arrive as rows with a source: QA scores, satisfaction, attendance, ratings."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class Measure(Model):
    """What is measured: its code, unit, and for a KPI the dated base and target."""

    __tablename__ = "measures"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    label: Mapped[str] = mapped_column(String(60))
    unit_label: Mapped[str] = mapped_column(String(20), default="分")
    is_rate: Mapped[bool] = mapped_column(default=False)
    definition: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return self.label


class MeasureTarget(Model):
    """Base and target of a KPI from a day on; an unconfirmed one does not score."""

    __tablename__ = "measure_targets"
    __table_args__ = (
        Index("uq_measure_targets_measure_valid_from", "measure_id", "valid_from", unique=True),
        CheckConstraint("target > base", name="order"),
    )

    measure_id: Mapped[int] = mapped_column(ForeignKey("measures.id"))
    base: Mapped[Decimal]
    target: Mapped[Decimal]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    policy_ref: Mapped[str] = mapped_column(String(60), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)

    measure: Mapped[Measure] = relationship()


class MeasureRow(Model):
    """One measured value of one person for one period, with its source; a correction is a newer row."""

    __tablename__ = "measure_rows"
    __table_args__ = (
        Index("ix_measure_rows_person_period", "person_id", "period_from", "period_to"),
        CheckConstraint("period_to >= period_from", name="period"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measures.id"), index=True)
    period_from: Mapped[date]
    period_to: Mapped[date]
    value: Mapped[Decimal]
    sample_size: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[int | None]
    recorded_at: Mapped[datetime]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("measure_rows.id"), unique=True)

    measure: Mapped[Measure] = relationship()
