"""More time for people of a programme, and taking it back: each is a row."""

import secrets
from collections.abc import Collection, Iterable
from datetime import date

from courses.programmes.actions.drafting import KIND
from courses.programmes.models import Programme, ProgrammeExtension
from courses.programmes.queries import extensions, members
from courses.programmes.rules import deadlines, stages
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.people.rules import Reach

MOST = 500


def extend(
    programme: Programme, person_ids: Collection[int], reaches: Iterable[Reach], until: date, reason: str
) -> tuple[str, int]:
    """Give these people until 18:00 of a day. All or none: one who has left or is done refuses the lot by name. Returns
    the batch, by which it can be taken back, and how many.
    """
    stages.check_running(programme.state)
    if len(person_ids) > MOST:
        raise Refused("一次最多给 {n} 人延期，先筛选再分几次。", n=MOST)
    now, today = clock.now(), clock.today()
    rows = members.chosen(programme.id, reaches, person_ids, today, now)
    if not rows:
        raise Refused("没有选中任何人。回到名单勾选要延期的人。")
    for row in rows:
        deadlines.check_may_extend(row.name, is_done=row.is_done, has_left=row.is_gone)
        deadlines.check_extension(until, reason, today, due=clock.local(row.due_at).date())
    batch, words = secrets.token_hex(8), " ".join(reason.split())
    due_at = clock.local_instant(until, deadlines.DUE_HOUR)
    by = audit.actor().person_id
    db.session.add_all(
        ProgrammeExtension(
            member_id=row.member_id, due_at=due_at, reason=words[:200], batch=batch, made_by=by, made_at=now
        )
        for row in rows
    )
    db.session.flush()
    audit.record(
        "programme.extend", KIND, programme.id, programme.title,
        until=until, reason=words, people=[row.person_id for row in rows], batch=batch,
    )  # fmt: skip
    return batch, len(rows)


def take_back(programme: Programme, batch: str) -> int:
    """Undo the extensions made together, where no later one was made: the deadline before holds again, as a new row."""
    stages.check_running(programme.state)
    made = [(e, m) for e, m in extensions.extension_batch(batch) if m.programme_id == programme.id]
    if not made:
        raise Refused("这次延期已经撤销过，没有再改动。")
    newest = extensions.deadlines_of([member.id for _extension, member in made])
    fresh = [extension for extension, member in made if newest[member.id][0] == extension.id]
    if len(fresh) < len(made):
        raise Refused("其中 {n} 人后来又改过截止日期，没有撤销。需要时逐个处理。", n=len(made) - len(fresh))
    now, by = clock.now(), audit.actor().person_id
    again = secrets.token_hex(8)
    for extension in fresh:
        db.session.add(
            ProgrammeExtension(
                member_id=extension.member_id,
                due_at=extensions.deadline_before(extension),
                reason="撤销延期",
                batch=again,
                undoes_id=extension.id,
                made_by=by,
                made_at=now,
            )
        )
    db.session.flush()
    audit.record("programme.extend_undo", KIND, programme.id, programme.title, batch=batch, people=len(fresh))
    return len(fresh)
