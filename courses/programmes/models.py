"""Programmes: what is asked, of whom, by when; and the facts of each person in one: came, left, told, extended, done."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class Stage(enum.StrEnum):
    """Where a programme stands."""

    draft = "draft"
    published = "published"
    closed = "closed"


class Reason(enum.StrEnum):
    """Why somebody is in a programme, or no longer asked."""

    rule = "rule"
    joiner = "joiner"
    named = "named"
    left = "left"
    moved = "moved"
    excluded = "excluded"


class MessageKind(enum.StrEnum):
    """What a person was told: asked, reminded before or after the deadline, nudged by somebody."""

    asked = "asked"
    reminder = "reminder"
    nudge = "nudge"


class ProgrammeDefaults(Model):
    """What a new programme starts with from a day on; days are calendar days."""

    __tablename__ = "programme_defaults"

    valid_from: Mapped[date] = mapped_column(unique=True)
    days_before: Mapped[list[Any]]
    days_after: Mapped[list[Any]]
    least_days: Mapped[int]
    note: Mapped[str] = mapped_column(String(200), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)


class Programme(Model):
    """A set of courses and exams asked of everybody an audience rule names, by a day.

    Either due_on holds (18:00 of that day) or due_days after somebody was hired or came in, whichever is later.
    """

    __tablename__ = "programmes"
    __table_args__ = (
        CheckConstraint("(due_on IS NULL) != (due_days IS NULL)", name="due"),
        CheckConstraint("needed IS NULL OR needed > 0", name="needed"),
        Index("ix_programmes_state", "state"),
    )

    title: Mapped[str] = mapped_column(String(60))
    why: Mapped[str] = mapped_column(Text, default="")
    policy_code: Mapped[str] = mapped_column(String(40), default="")
    needed: Mapped[int | None]
    audience: Mapped[dict[str, Any]]
    due_on: Mapped[date | None]
    due_days: Mapped[int | None]
    is_in_workdays: Mapped[bool] = mapped_column(default=False)
    days_before: Mapped[list[Any]]
    days_after: Mapped[list[Any]]
    least_days: Mapped[int]
    counts_earlier: Mapped[bool] = mapped_column(default=True)
    takes_joiners: Mapped[bool] = mapped_column(default=True)
    state: Mapped[Stage] = mapped_column(default=Stage.draft)
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    followed_at: Mapped[datetime | None]
    reminded_on: Mapped[date | None]

    items: Mapped[list["ProgrammeItem"]] = relationship(
        back_populates="programme", order_by="ProgrammeItem.position", cascade="all, delete-orphan"
    )
    named: Mapped[list["ProgrammeName"]] = relationship(
        back_populates="programme", order_by="ProgrammeName.id", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.title


class ProgrammeItem(Model):
    """One thing to complete: a course by its code, or what a package above knows as (kind, ref_id)."""

    __tablename__ = "programme_items"
    __table_args__ = (
        UniqueConstraint("programme_id", "kind", "ref_id"),
        Index("ix_programme_items_kind_ref_id", "kind", "ref_id"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    kind: Mapped[str] = mapped_column(String(20))
    ref_id: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]

    programme: Mapped[Programme] = relationship(back_populates="items")


class ProgrammeName(Model):
    """Somebody named into or out of an audience whatever the rule says, and why."""

    __tablename__ = "programme_names"
    __table_args__ = (UniqueConstraint("programme_id", "person_id"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    is_in: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(120), default="")

    programme: Mapped[Programme] = relationship(back_populates="named")


class ProgrammeMember(Model):
    """Somebody came into a programme: when, why and by when it is asked. Who left and came back has a second row."""

    __tablename__ = "programme_members"
    __table_args__ = (
        UniqueConstraint("programme_id", "person_id", "number"),
        Index("ix_programme_members_person_id", "person_id"),
        Index("ix_programme_members_programme_id_due_at", "programme_id", "due_at"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    number: Mapped[int] = mapped_column(default=1)
    reason: Mapped[Reason]
    joined_at: Mapped[datetime]
    due_at: Mapped[datetime]

    programme: Mapped[Programme] = relationship()


class ProgrammeLeaving(Model):
    """A person is no longer asked, since when and why; what they have done stays."""

    __tablename__ = "programme_leavings"

    member_id: Mapped[int] = mapped_column(ForeignKey("programme_members.id"), unique=True)
    reason: Mapped[Reason]
    left_at: Mapped[datetime]


class ProgrammeExtension(Model):
    """The deadline that holds for a member from now on. Taking one back is a new row with the deadline before it."""

    __tablename__ = "programme_extensions"
    __table_args__ = (Index("ix_programme_extensions_member_id", "member_id"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("programme_members.id"))
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    batch: Mapped[str] = mapped_column(String(32), index=True)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("programme_extensions.id"), unique=True)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime]


class ProgrammeCompletion(Model):
    """A person has done what a programme asks; derived from completed courses and passed exams, stamped once."""

    __tablename__ = "programme_completions"
    __table_args__ = (UniqueConstraint("programme_id", "person_id"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    completed_at: Mapped[datetime]
    completed_on: Mapped[date]


class ProgrammeMessage(Model):
    """What was said to whom: mark names the occasion, so nothing is said twice."""

    __tablename__ = "programme_messages"
    __table_args__ = (UniqueConstraint("programme_id", "person_id", "kind", "mark"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[MessageKind]
    mark: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text, default="")
    sent_by: Mapped[int | None]
    sent_at: Mapped[datetime]
