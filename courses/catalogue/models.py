"""Courses, their units, lessons and the versions that learners keep."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model


class UnitKind(enum.StrEnum):
    """What closes a unit of a course: reading a lesson, or passing its exam."""

    lesson = "lesson"
    exam = "exam"


class VersionOrigin(enum.StrEnum):
    """Where a text of a lesson was written: in the library on disk, or in the browser."""

    library = "library"
    browser = "browser"


class DraftState(enum.StrEnum):
    """Whether a draft is being written or waits for another trainer's eyes."""

    editing = "editing"
    in_review = "in_review"


class CopyReason(enum.StrEnum):
    """Why a text left the draft without being published."""

    conflict = "conflict"
    discarded = "discarded"
    restored = "restored"


COPY_WORDS = {
    CopyReason.conflict: "两个人同时改，选了另一份",
    CopyReason.discarded: "放弃了草稿",
    CopyReason.restored: "用历史版本换下",
}


class Course(Model):
    """A course as it is now, whether the library or the browser said so last (source_digest: what the library said
    when it was last loaded; edited_at: when somebody changed the course itself in the browser).
    """

    __tablename__ = "courses"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    track: Mapped[str] = mapped_column(String(1))
    hours_target: Mapped[Decimal]
    competencies: Mapped[list[Any]]
    is_mandatory: Mapped[bool] = mapped_column(default=False)
    validity_months: Mapped[int]
    owner: Mapped[str] = mapped_column(String(40), default="")
    summary_html: Mapped[str] = mapped_column(Text, default="")
    summary_text: Mapped[str] = mapped_column(Text, default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    needs_review: Mapped[bool] = mapped_column(default=False)
    is_local: Mapped[bool] = mapped_column(default=False)
    source_digest: Mapped[str] = mapped_column(String(64), default="")
    edited_at: Mapped[datetime | None]

    units: Mapped[list["CourseUnit"]] = relationship(back_populates="course", order_by="CourseUnit.position")

    def __str__(self) -> str:
        return self.title


class CourseVersion(Model):
    """What a course consisted of when it changed: lesson versions and exam, for certificates and disputes."""

    __tablename__ = "course_versions"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    number: Mapped[int]
    contents: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class CourseUnit(Model):
    """A step of a course: a lesson, or its closing exam (known here only by code, title and minutes). A lesson that
    has no version yet is retired, so that no learner meets it. is_local: made in the browser, in no library file. saves:
    how often its text was changed by anybody, which is how an editor learns that it has grown stale.
    """

    __tablename__ = "course_units"
    __table_args__ = (Index("ix_course_units_course_id_position", "course_id", "position"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    code: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[UnitKind]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    minutes: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)
    is_local: Mapped[bool] = mapped_column(default=False)
    source_digest: Mapped[str] = mapped_column(String(64), default="")
    saves: Mapped[int] = mapped_column(default=0)

    course: Mapped[Course] = relationship(back_populates="units")


class LessonVersion(Model):
    """One published text of a lesson; somebody in mid-lesson keeps theirs."""

    __tablename__ = "lesson_versions"
    __table_args__ = (UniqueConstraint("unit_id", "number"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("course_units.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    minutes: Mapped[int]
    competencies: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    headings: Mapped[list[Any]]
    checks: Mapped[list[Any]]
    blocks: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    origin: Mapped[VersionOrigin] = mapped_column(default=VersionOrigin.library)
    title_en: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    author: Mapped[str] = mapped_column(String(80), default="")
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reviewer: Mapped[str] = mapped_column(String(80), default="")

    unit: Mapped[CourseUnit] = relationship()


class LessonDraft(Model):
    """The one text of a lesson that is in work; learners do not see it. revision is the lesson's count of saves at the last one; based_on is the
    version it began from (0: none); minutes None: to be reckoned from the text; author_ids: all who wrote in it.
    """

    __tablename__ = "lesson_drafts"
    __table_args__ = (UniqueConstraint("unit_id"), Index("ix_lesson_drafts_state", "state"))

    unit_id: Mapped[int] = mapped_column(ForeignKey("course_units.id"))
    revision: Mapped[int]
    based_on: Mapped[int]
    state: Mapped[DraftState] = mapped_column(default=DraftState.editing)
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    minutes: Mapped[int | None]
    competencies: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(200), default="")
    author_ids: Mapped[list[Any]]
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    editor: Mapped[str] = mapped_column(String(80))
    begun_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    submitter_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    submitter: Mapped[str] = mapped_column(String(80), default="")
    submitted_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(String(500), default="")

    unit: Mapped[CourseUnit] = relationship()


class DraftCopy(Model):
    """A text that left the draft unpublished, kept so that nothing a person wrote is lost."""

    __tablename__ = "draft_copies"
    __table_args__ = (Index("ix_draft_copies_unit_id", "unit_id"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("course_units.id"))
    reason: Mapped[CopyReason]
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    minutes: Mapped[int | None]
    competencies: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    author: Mapped[str] = mapped_column(String(80))
    kept_at: Mapped[datetime]


class Picture(Model):
    """A picture that lessons may show: its bytes lie in the file store under their hash."""

    __tablename__ = "pictures"
    __table_args__ = (UniqueConstraint("digest"),)

    digest: Mapped[str] = mapped_column(String(64))
    suffix: Mapped[str] = mapped_column(String(4))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    uploaded_at: Mapped[datetime]
