"""Saying something to many people of a programme: a row that it was said, a notice, and a mail. Never twice."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from courses.programmes.models import MessageKind, ProgrammeMessage
from lms import audit, clock
from lms import mail as outbox
from lms.db import Model, db, is_sqlite
from lms.notices import actions as notices
from lms.people.models import Person

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


def addresses(person_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """{person: (name, mail address)} of those who have one."""
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email).where(Person.id.in_(list(person_ids)), Person.email != "")
    )
    return {person_id: (name, email) for person_id, name, email in rows}


def tell(
    programme_id: int,
    person_ids: Collection[int],
    kind: MessageKind,
    mark: str,
    title: str,
    body: str,
    mails: Mapping[int, tuple[str, str]],
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
    count = notices.notify_all(person_ids, title, body, KIND, programme_id, key)
    for person_id in person_ids:
        if person_id in mails:
            name, email = mails[person_id]
            outbox.send_later(email, title, f"{name}，你好：\n\n{body}\n\n登录热线学堂的「今日」就能看到。\n")
    return count
