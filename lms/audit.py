"""Append-only, hash-chained record of who did what. Lines are written last, just before the commit."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lms import clock
from lms.db import Model, db

GENESIS = "0" * 64
PENDING = "audit_pending"


class AuditLine(Model):
    """One thing somebody did: who, verb, object, what changed; its hash covers the line before it."""

    __tablename__ = "audit_lines"
    __table_args__ = (
        Index("ix_audit_lines_kind_ref_id", "kind", "ref_id"),
        Index("ix_audit_lines_actor_id_at", "actor_id", "at"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(80))
    origin: Mapped[str] = mapped_column(String(80))
    verb: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    ref_id: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Model):
    """The one row that holds the newest hash; locking it puts writers of lines in a queue."""

    __tablename__ = "audit_head"

    hash: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where: a web address, the command line, a job."""

    person_id: int | None
    label: str
    origin: str


SYSTEM = Actor(None, "系统", "system")
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


@contextmanager
def acting_as(person_id: int | None, label: str, origin: str) -> Iterator[None]:
    """Whatever is recorded inside the block was done by this person."""
    token = _actor.set(Actor(person_id, label, origin))
    try:
        yield
    finally:
        _actor.reset(token)


def set_actor(person_id: int | None, label: str, origin: str) -> None:
    """The same for the rest of a request."""
    _actor.set(Actor(person_id, label, origin))


def actor() -> Actor:
    """Who acts now."""
    return _actor.get()


def record(verb: str, kind: str, ref_id: object, label: str = "", **details: Any) -> None:
    """Note what was done to (kind, ref_id); details are plain JSON values such as before= and after=."""
    who = _actor.get()
    db.session.info.setdefault(PENDING, []).append(
        {
            "at": clock.now(),
            "actor_id": who.person_id,
            "actor_label": who.label[:80],
            "origin": who.origin[:80],
            "verb": verb,
            "kind": kind,
            "ref_id": str(ref_id),
            "label": label[:200],
            "details": json.loads(json.dumps(details, ensure_ascii=False, default=str)),
        }
    )


def digest(previous: str, line: dict[str, Any]) -> str:
    """SHA-256 (hex) over the previous hash and the line in canonical JSON."""
    body = {key: line[key] for key in sorted(line)}
    body["at"] = line["at"].isoformat()
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256((previous + text).encode()).hexdigest()


def write_pending(session: Session) -> None:
    """Write the lines noted in this transaction; called by the transaction just before it commits."""
    pending: list[dict[str, Any]] = session.info.pop(PENDING, [])
    if not pending:
        return
    head = session.scalars(select(AuditHead).with_for_update()).first()
    if head is None:
        head = AuditHead(id=1, hash=GENESIS, lines=0)
        session.add(head)
    rows, previous = [], head.hash
    for line in pending:
        line_hash = digest(previous, line)
        rows.append({**line, "previous_hash": previous, "hash": line_hash})
        previous = line_hash
    session.flush()
    session.execute(insert(AuditLine), rows)
    head.hash, head.lines = previous, head.lines + len(rows)


@dataclass(frozen=True)
class Verdict:
    """What verification found: how many lines hold, and the first that does not."""

    lines: int
    broken_id: int | None = None
    reason: str = ""


def verify(batch: int = 2_000) -> Verdict:
    """Walk the chain from its first line; name the first broken one."""
    previous, seen, last_id = GENESIS, 0, 0
    while True:
        rows = list(
            db.session.scalars(select(AuditLine).where(AuditLine.id > last_id).order_by(AuditLine.id).limit(batch))
        )
        for row in rows:
            line = {
                key: getattr(row, key)
                for key in ("at", "actor_id", "actor_label", "origin", "verb", "kind", "ref_id", "label", "details")
            }
            if row.previous_hash != previous:
                return Verdict(seen, row.id, "上一行的指纹对不上：中间有记录被删除或插入")
            if digest(previous, line) != row.hash:
                return Verdict(seen, row.id, "这一行的内容被改过")
            previous, last_id, seen = row.hash, row.id, seen + 1
        db.session.expunge_all()
        if len(rows) < batch:
            break
    head = db.session.scalars(select(AuditHead)).first()
    if head is not None and (head.lines != seen or head.hash != previous):
        return Verdict(seen, last_id + 1, f"末尾缺 {head.lines - seen} 行")
    return Verdict(seen)
