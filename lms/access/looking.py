"""Verbs of looking through another person's eyes: begin, end."""

from collections.abc import Iterable
from datetime import timedelta

from lms import audit, clock
from lms.access import rules
from lms.access.models import AccessRecord, Role, UserSession
from lms.access.session import SignedIn
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person
from lms.people.queries import current_spell


def look_as(session_id: int, viewer: SignedIn, person: Person, held: Iterable[Role], reason: str) -> None:
    """Let a session show what another person sees, for half an hour, read-only; the person learns who and why."""
    reason = rules.check_may_look(viewer.id, person.id, held, reason)
    if current_spell(person.id, clock.today()) is None:
        raise Refused("这位已经离岗，没有可看的视角。")
    kept = db.session.get_one(UserSession, session_id)
    kept.viewing_id, kept.viewing_until = person.id, clock.now() + timedelta(minutes=rules.LOOK_MINUTES)
    db.session.add(
        AccessRecord(
            person_id=person.id,
            viewer_id=viewer.id,
            viewer_label=viewer.name[:80],
            page=f"以本人视角查看：{reason}"[:80],
            at=clock.now(),
        )
    )
    audit.record("view_as.start", "person", person.id, person.name, reason=reason, minutes=rules.LOOK_MINUTES)


def stop_looking(session_id: int) -> None:
    """Show one's own pages again."""
    kept = db.session.get_one(UserSession, session_id)
    if kept.viewing_id is not None:
        audit.record("view_as.end", "person", kept.viewing_id)
    kept.viewing_id = kept.viewing_until = None
