"""Imports and their rows: what was uploaded, what each line was understood as, and what became of it."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model


class Stage(enum.StrEnum):
    """Where an import stands."""

    uploaded = "uploaded"
    reading = "reading"
    ready = "ready"
    writing = "writing"
    done = "done"
    undoing = "undoing"
    undone = "undone"
    discarded = "discarded"

    @property
    def label(self) -> str:
        return STAGE_LABELS[self]


STAGE_LABELS = {
    Stage.uploaded: "待对应列",
    Stage.reading: "正在核对",
    Stage.ready: "待确认",
    Stage.writing: "正在写入",
    Stage.done: "已导入",
    Stage.undoing: "正在撤销",
    Stage.undone: "已撤销",
    Stage.discarded: "已放弃",
}


class RowStatus(enum.StrEnum):
    """What became of a line."""

    planned = "planned"
    written = "written"
    refused = "refused"
    undone = "undone"
    kept = "kept"


class Import(Model):
    """One uploaded sheet on its way in. The file lies in the files folder under its hash."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_kind_fingerprint", "kind", "fingerprint"),)

    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64))
    outline: Mapped[list[Any]]
    sheet: Mapped[str] = mapped_column(String(100), default="")
    header_row: Mapped[int] = mapped_column(default=1)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    mapping: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    reaches: Mapped[list[Any]]
    stage: Mapped[Stage] = mapped_column(default=Stage.uploaded)
    counts: Mapped[dict[str, Any]]
    chosen: Mapped[list[Any]]
    job_id: Mapped[int | None]
    created_by: Mapped[int | None] = mapped_column(index=True)
    created_label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ImportRow(Model):
    """One line as it was understood: group, sentences, old → new, and what writing needs and leaves."""

    __tablename__ = "import_rows"
    __table_args__ = (
        Index("ix_import_rows_import_group", "import_id", "group", "id"),
        Index("ix_import_rows_import_status", "import_id", "status", "id"),
        Index("ix_import_rows_ref", "ref_kind", "ref_id"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    number: Mapped[int | None]
    group: Mapped[str] = mapped_column(String(30))
    label: Mapped[str] = mapped_column(String(120), default="")
    sentences: Mapped[list[Any]]
    changes: Mapped[list[Any]]
    data: Mapped[dict[str, Any]]
    status: Mapped[RowStatus] = mapped_column(default=RowStatus.planned)
    ref_kind: Mapped[str] = mapped_column(String(40), default="")
    ref_id: Mapped[int | None]
    before: Mapped[dict[str, Any] | None]
    outcome: Mapped[list[Any] | None]
