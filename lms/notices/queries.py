"""Reads of the inbox and of what people want by mail."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, func, select

from lms.db import db
from lms.notices.models import Notice, NoticePreference
from lms.people.models import Person

PAGE = 30
_UNREAD = (  # built once: every page of everybody asks it
    select(func.count()).select_from(Notice).where(Notice.person_id == bindparam("person_id"), Notice.read_at.is_(None))
)


@dataclass(frozen=True)
class InboxFilter:
    """What of the inbox is wanted; empty means everything."""

    topic: str = ""
    is_unread: bool = False


def unread(person_id: int) -> int:
    """How many notices a person has not read."""
    return db.session.connection().execute(_UNREAD, {"person_id": person_id}).scalar() or 0


def _wanted(person_id: int, wanted: InboxFilter) -> Select[Notice]:
    statement = select(Notice).where(Notice.person_id == person_id)
    if wanted.topic:
        statement = statement.where(Notice.topic == wanted.topic)
    return statement.where(Notice.read_at.is_(None)) if wanted.is_unread else statement


def inbox(person_id: int, wanted: InboxFilter = InboxFilter(), *, page: int = 1) -> list[Notice]:
    """One page of a person's notices and one more: unread first, then newest first."""
    return list(
        db.session.scalars(
            _wanted(person_id, wanted)
            .order_by(Notice.read_at.is_not(None), Notice.id.desc())
            .offset((page - 1) * PAGE)
            .limit(PAGE + 1)
        )
    )


def topics_of(person_id: int) -> set[str]:
    """The topics that occur in a person's inbox."""
    return set(db.session.scalars(select(Notice.topic).where(Notice.person_id == person_id).distinct()))


def known(keys: list[str]) -> set[str]:
    """Which of these keys have been used."""
    return {key for key in db.session.scalars(select(Notice.key).where(Notice.key.in_(keys))) if key}


def mail_choices(person_id: int) -> dict[str, bool]:
    """{topic: by mail} as far as a person has chosen."""
    rows = db.session.execute(
        select(NoticePreference.topic, NoticePreference.by_mail).where(NoticePreference.person_id == person_id)
    )
    return {topic: by_mail for topic, by_mail in rows}  # noqa: C416 - rows are not tuples


def preference(person_id: int, topic: str) -> NoticePreference | None:
    """What a person has chosen for a topic."""
    return db.session.scalar(
        select(NoticePreference).where(NoticePreference.person_id == person_id, NoticePreference.topic == topic)
    )


def address(person_id: int) -> str:
    """A person's mail address; empty when there is none."""
    return db.session.scalar(select(Person.email).where(Person.id == person_id)) or ""


def addresses(person_ids: Iterable[int], topic: str) -> list[tuple[int, str, str, bool | None]]:
    """(person, name, address, own choice for the topic) of those who have an address, in one query."""
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email, NoticePreference.by_mail)
        .outerjoin(NoticePreference, (NoticePreference.person_id == Person.id) & (NoticePreference.topic == topic))
        .where(Person.id.in_(list(person_ids)), Person.email != "")
        .order_by(Person.id)
    )
    return [(person_id, name, email, chosen) for person_id, name, email, chosen in rows]
