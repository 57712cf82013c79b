"""Policy documents, their versions and the clauses that lessons, questions or rules cite."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class PolicyStatus(enum.StrEnum):
    """Whether a version holds."""

    draft = "draft"
    in_force = "in_force"
    amended = "amended"
    superseded = "superseded"
    repealed = "repealed"


class ClauseMark(enum.StrEnum):
    """How sure a clause is: checked against a public text, or to be confirmed locally."""

    checked = "checked"
    local = "local"


class PolicyDocument(Model):
    """A policy: its number, issuer, and what it replaced."""

    __tablename__ = "policy_documents"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    ref: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(160))
    number: Mapped[str] = mapped_column(String(80))
    issuer: Mapped[str] = mapped_column(String(120))
    level: Mapped[str] = mapped_column(String(40))
    topics: Mapped[list[Any]]
    supersedes: Mapped[list[Any]]
    summary: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")

    versions: Mapped[list["PolicyVersion"]] = relationship(
        back_populates="document", order_by="PolicyVersion.position.desc()"
    )

    def __str__(self) -> str:
        return self.title


class PolicyVersion(Model):
    """One text of a policy with its dates; the newest in force is what a citation shows."""

    __tablename__ = "policy_versions"
    __table_args__ = (UniqueConstraint("document_id", "label"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("policy_documents.id"))
    label: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    status: Mapped[PolicyStatus]
    issued_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    are_dates_checked: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(200), default="")

    document: Mapped[PolicyDocument] = relationship(back_populates="versions")
    clauses: Mapped[list["PolicyClause"]] = relationship(back_populates="version", order_by="PolicyClause.position")


class PolicyClause(Model):
    """A clause: its number and our one-line gist, never the statute's text."""

    __tablename__ = "policy_clauses"
    __table_args__ = (UniqueConstraint("version_id", "number"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    number: Mapped[str] = mapped_column(String(40))
    gist: Mapped[str] = mapped_column(String(300))
    mark: Mapped[ClauseMark]
    checked_on: Mapped[date | None]
    position: Mapped[int]

    version: Mapped[PolicyVersion] = relationship(back_populates="clauses")


class Citation(Model):
    """Something above (a lesson version, a question version, a rule) cites a document, perhaps one clause of it."""

    __tablename__ = "citations"
    __table_args__ = (
        Index("ix_citations_document_id_kind", "document_id", "kind"),
        Index("ix_citations_kind_ref_id", "kind", "ref_id"),
    )

    document_id: Mapped[int] = mapped_column(ForeignKey("policy_documents.id"))
    clause_number: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(40))
    ref_id: Mapped[str] = mapped_column(String(60))
    cited_at: Mapped[datetime]


class PolicyUpdate(Model):
    """What changed in a policy, told to those it concerns; they confirm that they have read and understood it.

    choices: [{key, text, is_right}] of the check question; empty when there is none.
    """

    __tablename__ = "policy_updates"
    __table_args__ = (
        Index("ix_policy_updates_document_id", "document_id"),
        Index("ix_policy_updates_due_on", "due_on"),
    )

    document_id: Mapped[int] = mapped_column(ForeignKey("policy_documents.id"))
    version_label: Mapped[str] = mapped_column(String(40))
    clause_number: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(80))
    change: Mapped[str] = mapped_column(String(200))
    effective_on: Mapped[date]
    due_on: Mapped[date]
    is_for_all: Mapped[bool]
    lesson_code: Mapped[str] = mapped_column(String(60), default="")
    question: Mapped[str] = mapped_column(String(200), default="")
    choices: Mapped[list[Any]]
    explanation: Mapped[str] = mapped_column(String(300), default="")
    published_at: Mapped[datetime]
    published_by: Mapped[int | None]
    published_label: Mapped[str] = mapped_column(String(80))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(String(200), default="")

    document: Mapped[PolicyDocument] = relationship()


class PolicyUpdateUnit(Model):
    """A unit whose people an update concerns; the units below it have rows of their own."""

    __tablename__ = "policy_update_units"
    __table_args__ = (UniqueConstraint("update_id", "unit_id"),)

    update_id: Mapped[int] = mapped_column(ForeignKey("policy_updates.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)


class PolicyReceipt(Model):
    """我已读懂: who, which version, when, and the answer to the check question; never changed."""

    __tablename__ = "policy_receipts"
    __table_args__ = (Index("uq_policy_receipts_update_person", "update_id", "person_id", unique=True),)

    update_id: Mapped[int] = mapped_column(ForeignKey("policy_updates.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    version_label: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(10), default="")
    confirmed_at: Mapped[datetime]
