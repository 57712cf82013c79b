"""In-app notices, and which of them a person wants by mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model


class Notice(Model):
    """A message in a person's inbox; what it is about is (kind, ref_id), opened through a link."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_person_id_read_at", "person_id", "read_at"),
        Index("uq_notices_key", "key", unique=True),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text, default="")
    topic: Mapped[str] = mapped_column(String(20), default="general")
    kind: Mapped[str] = mapped_column(String(40), default="")
    ref_id: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    key: Mapped[str | None] = mapped_column(String(120))


class NoticePreference(Model):
    """Whether a person wants notices of a topic by mail; without a row the topic's default holds."""

    __tablename__ = "notice_preferences"
    __table_args__ = (Index("uq_notice_preferences_person_topic", "person_id", "topic", unique=True),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    topic: Mapped[str] = mapped_column(String(20))
    by_mail: Mapped[bool]
