"""Verbs on notices: tell a person, tell a role, mark as read, choose what comes by mail."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert, update

from lms import audit, clock
from lms import mail as outbox
from lms.access.models import Role
from lms.access.queries import holders
from lms.db import db
from lms.notices import queries, rules
from lms.notices.models import Notice, NoticePreference


def notify(
    person_id: int,
    title: str,
    body: str = "",
    kind: str = "",
    ref_id: object = "",
    key: str | None = None,
    mail: bool = False,
    topic: str = "",
) -> Notice | None:
    """Put a notice into a person's inbox; a key makes it happen once only.

    (kind, ref_id) is what it opens; topic is one of rules.TOPICS, else follows from the kind. It goes out by mail when
    the person wants that topic by mail; mail=True is for what is urgent, and yields to the person's choice only.
    """
    if key is not None and queries.known([key]):
        return None
    told = rules.topic_of(kind, topic)
    notice = Notice(
        person_id=person_id,
        title=title[:120],
        body=body,
        topic=told,
        kind=kind,
        ref_id=str(ref_id),
        created_at=clock.now(),
        key=key,
    )
    db.session.add(notice)
    db.session.flush()
    _mail([person_id], title, body, told, is_urgent=mail)
    return notice


def notify_all(
    person_ids: Iterable[int],
    title: str,
    body: str = "",
    kind: str = "",
    ref_id: object = "",
    key: str | None = None,
    topic: str = "",
    *,
    mail: bool = False,
) -> int:
    """The same notice for many people in a few statements; with a key, once for each person. Returns how many are new.

    mail=True is for what is urgent, as in notify.
    """
    ids = list(dict.fromkeys(person_ids))
    keys = {person_id: f"{key}:{person_id}" if key else None for person_id in ids}
    used = queries.known([name for name in keys.values() if name])
    told = rules.topic_of(kind, topic)
    shared = {
        "title": title[:120], "body": body, "topic": told, "kind": kind, "ref_id": str(ref_id),
        "created_at": clock.now(),
    }  # fmt: skip
    fresh = [shared | {"person_id": i, "key": keys[i]} for i in ids if keys[i] not in used]
    if fresh:
        db.session.execute(insert(Notice.__table__), fresh)  # type: ignore[arg-type]
        _mail([i for i in ids if keys[i] not in used], title, body, told, is_urgent=mail)
    return len(fresh)


def _mail(person_ids: list[int], title: str, body: str, topic: str, *, is_urgent: bool = False) -> None:
    """Into the outbox for those who have an address and want the topic by mail."""
    for _person_id, name, address, chosen in queries.addresses(person_ids, topic):
        if rules.by_mail(topic, {} if chosen is None else {topic: chosen}, is_urgent=is_urgent):
            outbox.send_later(address, title, f"{name}，你好：\n\n{body or title}\n\n登录热线学堂的「通知」查看。\n")


def notify_role(
    role: Role | str,
    title: str,
    body: str = "",
    kind: str = "",
    ref_id: object = "",
    key: str | None = None,
    topic: str = "work",
) -> int:
    """The same notice for everybody who holds a role now; returns how many are new."""
    return notify_all(holders(role), title, body, kind, ref_id, key, topic)


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


def choose_mail(person_id: int, wanted: Mapping[str, bool]) -> None:
    """Keep for which topics a person wants mail; unknown topics are left out."""
    changed = {}
    for topic, by_mail in wanted.items():
        if topic not in rules.TOPICS:
            continue
        row = queries.preference(person_id, topic)
        if row is None:
            row = NoticePreference(person_id=person_id, topic=topic, by_mail=by_mail)
            db.session.add(row)
            if by_mail != rules.TOPICS[topic].by_mail:
                changed[topic] = by_mail
        elif row.by_mail != by_mail:
            row.by_mail = changed[topic] = by_mail
    if changed:
        audit.record("notice.choose_mail", "person", person_id, "", after=changed)
