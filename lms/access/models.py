"""Accounts, activation codes, sessions and role grants."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model
from lms.people.models import Person


class Role(enum.StrEnum):
    """What a person may do; the last three exclude each other (三员分立)."""

    learner = "learner"
    trainer = "trainer"
    line_leader = "line_leader"
    hr = "hr"
    committee = "committee"
    system_admin = "system_admin"
    security_admin = "security_admin"
    audit_admin = "audit_admin"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.learner: "学员",
    Role.trainer: "培训师",
    Role.line_leader: "班组长",
    Role.hr: "人事",
    Role.committee: "考核委员会",
    Role.system_admin: "系统管理员",
    Role.security_admin: "安全管理员",
    Role.audit_admin: "审计管理员",
}
ADMINISTRATORS = frozenset({Role.system_admin, Role.security_admin, Role.audit_admin})


class Scope(enum.StrEnum):
    """How far a role reaches."""

    own_unit = "own_unit"
    own_vendor = "own_vendor"
    all = "all"


class Account(Model):
    """How a person signs in: by any of their staff numbers and one password."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_changed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    is_disabled: Mapped[bool] = mapped_column(default=False)
    welcomed_at: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(String(10), default="zh")
    size: Mapped[str] = mapped_column(String(10), default="normal")
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    has_shortcuts: Mapped[bool] = mapped_column(default=True)
    active_role: Mapped[Role | None]
    is_demo: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()


class PasswordRecord(Model):
    """A password used before, so that the newest ones are not used again."""

    __tablename__ = "password_records"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    replaced_at: Mapped[datetime]


class ActivationCode(Model):
    """A code that lets its holder set a password once; kept as SHA-256."""

    __tablename__ = "activation_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    issued_by: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(120), default="")


class UserSession(Model):
    """A signed-in browser; ends by sign-out, leaving, time, or from another device."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_account_id_ended_at", "account_id", "ended_at"),)

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="")
    viewing_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    viewing_until: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(45), default="")


class RoleGrant(Model):
    """A role given to a person, with its reach, by whom and until when."""

    __tablename__ = "role_grants"
    __table_args__ = (
        CheckConstraint("scope != 'own_unit' OR unit_id IS NOT NULL", name="unit"),
        CheckConstraint("scope != 'own_vendor' OR vendor_id IS NOT NULL", name="vendor"),
        Index("ix_role_grants_person_id_ended_at", "person_id", "ended_at"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    role: Mapped[Role]
    scope: Mapped[Scope]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    vendor_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"))
    granted_by: Mapped[int | None]
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RateCount(Model):
    """How often something was asked for in one minute, over all workers (public verification, sign-in by address)."""

    __tablename__ = "rate_counts"
    __table_args__ = (Index("uq_rate_counts_bucket_minute", "bucket", "minute", unique=True),)

    bucket: Mapped[str] = mapped_column(String(80))
    minute: Mapped[int]
    count: Mapped[int] = mapped_column(default=0)


class AccessRecord(Model):
    """Somebody looked at another person's record: 谁看过我的记录."""

    __tablename__ = "access_records"
    __table_args__ = (Index("ix_access_records_person_id_at", "person_id", "at"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    viewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    viewer_label: Mapped[str] = mapped_column(String(80))
    page: Mapped[str] = mapped_column(String(80))
    viewed_as: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime]


class Correction(Model):
    """Somebody says that their details are wrong; HR looks, mends or explains, and answers."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_settled_at", "settled_at", "id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    text: Mapped[str] = mapped_column(String(500))
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None]
    settled_label: Mapped[str] = mapped_column(String(80), default="")
    was_mended: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(String(500), default="")

    person: Mapped[Person] = relationship()
