"""Verbs on notices: tell a person, tell a role, mark as read."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, update

from lms import clock
from lms import mail as outbox
from lms.access.models import Role
from lms.access.queries import holders
from lms.db import db
from lms.notices import queries
from lms.notices.models import Notice
from lms.people.models import Person


def notify(
    person_id: int,
    title: str,
    body: str = "",
    kind: str = "",
    ref_id: object = "",
    key: str | None = None,
    mail: bool = False,
) -> Notice | None:
    """Put a notice into a person's inbox, by mail too if asked and known; a key makes it happen once only."""
    if key is not None and queries.known([key]):
        return None
    notice = Notice(
        person_id=person_id,
        title=title[:120],
        body=body,
        kind=kind,
        ref_id=str(ref_id),
        created_at=clock.now(),
        key=key,
    )
    db.session.add(notice)
    db.session.flush()
    if mail:
        person = db.session.get_one(Person, person_id)
        if person.email:
            outbox.send_later(
                person.email, title, f"{person.name}，你好：\n\n{body or title}\n\n登录热线学堂的「通知」查看。\n"
            )
    return notice


def notify_all(
    person_ids: Iterable[int], title: str, body: str = "", kind: str = "", ref_id: object = "", key: str | None = None
) -> int:
    """The same notice for many people in two statements; with a key, once for each person. Returns how many are new."""
    ids = list(dict.fromkeys(person_ids))
    keys = {person_id: f"{key}:{person_id}" if key else None for person_id in ids}
    used = queries.known([name for name in keys.values() if name])
    shared = {"title": title[:120], "body": body, "kind": kind, "ref_id": str(ref_id), "created_at": clock.now()}
    fresh = [shared | {"person_id": i, "key": keys[i]} for i in ids if keys[i] not in used]
    if fresh:
        db.session.execute(insert(Notice.__table__), fresh)  # type: ignore[arg-type]
    return len(fresh)


def notify_role(
    role: Role | str, title: str, body: str = "", kind: str = "", ref_id: object = "", key: str | None = None
) -> int:
    """The same notice for everybody who holds a role now; returns how many are new."""
    return notify_all(holders(role), title, body, kind, ref_id, key)


def mark_read(notice: Notice) -> None:
    """Note that a notice was read."""
    notice.read_at = notice.read_at or clock.now()


def mark_all_read(person_id: int) -> None:
    """Note that everything in a person's inbox was read."""
    db.session.execute(
        update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )


def forget(person_ids: Iterable[int]) -> None:
    """Remove the inbox of people who are taken back as if never there."""
    db.session.execute(delete(Notice).where(Notice.person_id.in_(list(person_ids))))
