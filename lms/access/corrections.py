"""Reports of wrong details: a person tells HR, HR answers; and who waits for what."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from lms import audit, clock
from lms.access import events
from lms.access.models import Correction
from lms.db import db
from lms.errors import Refused

LONGEST = 500


def ask(person_id: int, name: str, text: str) -> Correction:
    """Tell HR what is wrong with one's details; said twice in the same words, it is one report."""
    said = " ".join(text.split())[:LONGEST]
    known = db.session.query(Correction).filter_by(person_id=person_id, text=said, settled_at=None).first()
    if known is not None:
        return known
    correction = Correction(person_id=person_id, text=said, asked_at=clock.now())
    db.session.add(correction)
    db.session.flush()
    audit.record("person.correction_asked", "correction", correction.id, name, text=said)
    events.correction_asked.send(correction, name=name)
    return correction


def settle(correction: Correction, answer: str, *, was_mended: bool) -> None:
    """Answer a report, once; the person is told."""
    if correction.settled_at is not None:
        raise Refused("{who}已经答复过了。", who=correction.settled_label)
    if correction.person_id == audit.actor().person_id:
        raise Refused("自己反映的信息请另一位人事来答复。")
    correction.settled_at, correction.settled_by = clock.now(), audit.actor().person_id
    correction.settled_label = audit.actor().label[:80]
    correction.was_mended, correction.answer = was_mended, " ".join(answer.split())[:LONGEST]
    db.session.flush()
    audit.record(
        "correction.settle", "correction", correction.id, correction.person.name,
        answer=correction.answer, was_mended=was_mended,
    )  # fmt: skip
    events.correction_settled.send(correction)


def listed(in_scope: Select[int], *, settled: bool, page: int, limit: int = 30) -> list[Correction]:
    """One page and one more of what people in scope say is wrong: open ones oldest first, settled ones newest first."""
    statement = select(Correction).where(Correction.person_id.in_(in_scope)).options(joinedload(Correction.person))
    if settled:
        statement = statement.where(Correction.settled_at.is_not(None)).order_by(Correction.settled_at.desc())
    else:
        statement = statement.where(Correction.settled_at.is_(None)).order_by(Correction.id)
    return list(db.session.scalars(statement.offset((page - 1) * limit).limit(limit + 1)))


def waiting(in_scope: Select[int]) -> int:
    """How many reports of people in scope wait for an answer."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Correction)
            .where(Correction.settled_at.is_(None), Correction.person_id.in_(in_scope))
        )
        or 0
    )


def of_person(person_id: int, limit: int = 5) -> list[Correction]:
    """What a person has said is wrong, newest first."""
    return list(
        db.session.scalars(
            select(Correction).where(Correction.person_id == person_id).order_by(Correction.id.desc()).limit(limit)
        )
    )
