"""Saying something to many people of a programme: a row that it was said, a notice, mail too. Never twice."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from courses.programmes.models import MessageKind, ProgrammeMessage
from lms import audit, clock
from lms.db import Model, db, is_sqlite
from lms.notices import actions as notices

CHUNK = 200  # people a transaction: the write lock stays under 50 ms
KIND = "programme"


def portions(things: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """The things in lists of at most that many."""
    waiting = iter(things)
    while portion := list(islice(waiting, size)):
        yield portion


def keep(table: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, leaving out those that are there already."""
    if rows:
        insert = sqlite_insert if is_sqlite() else postgres_insert
        db.session.execute(insert(table).on_conflict_do_nothing(), list(rows))  # type: ignore[arg-type]


def tell(
    programme_id: int,
    person_ids: Collection[int],
    kind: MessageKind,
    mark: str,
    title: str,
    body: str,
    sent_at: datetime | None = None,
) -> int:
    """Say it to these people who have not heard it on this occasion; the caller has left out those who have."""
    now = sent_at or clock.now()
    sender = audit.actor().person_id
    rows = [
        {
            "programme_id": programme_id, "person_id": person_id, "kind": kind, "mark": mark, "body": body,
            "sent_by": sender, "sent_at": now,
        }
        for person_id in person_ids
    ]  # fmt: skip
    keep(ProgrammeMessage, rows)
    key = f"{KIND}:{programme_id}:{kind}:{mark}"
    return notices.notify_all(person_ids, title, body, KIND, programme_id, key, mail=True)
