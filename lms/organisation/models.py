"""Units in two trees, vendors and posts."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class UnitKind(enum.StrEnum):
    """What a unit is in the organisation; quotas pool per organ or institution."""

    organ = "organ"
    institution = "institution"
    department = "department"
    team = "team"
    district = "district"


class Unit(Model):
    """A unit; line_parent is its place in the functional line (条), territory its district (块)."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[UnitKind]
    line_parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    is_open: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)

    line_parent: Mapped["Unit | None"] = relationship(foreign_keys=[line_parent_id], remote_side="Unit.id")
    territory: Mapped["Unit | None"] = relationship(foreign_keys=[territory_id], remote_side="Unit.id")

    def __str__(self) -> str:
        return self.name


class Vendor(Model):
    """A company whose staff work on the hotline, under one contract at a time."""

    __tablename__ = "vendors"
    __table_args__ = (CheckConstraint("contract_to IS NULL OR contract_to >= contract_from", name="contract_days"),)

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    contract_number: Mapped[str] = mapped_column(String(60), default="")
    contract_from: Mapped[date | None]
    contract_to: Mapped[date | None]
    is_open: Mapped[bool] = mapped_column(default=True)

    def __str__(self) -> str:
        return self.name


class Post(Model):
    """A post with its level (1 trainee … 5 expert) and whether its 绩 is measured as agent or office work."""

    __tablename__ = "posts"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 9", name="level"),)

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    level: Mapped[int] = mapped_column(default=1)
    is_front_line: Mapped[bool] = mapped_column(default=True)
    is_leader: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name
