"""Writing a programme, publishing and closing it; loading what new ones start with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from courses.programmes.models import (
    Programme,
    ProgrammeDefaults,
    ProgrammeItem,
    ProgrammeName,
)
from courses.programmes.queries import audiences
from courses.programmes.rules import audience as rules
from courses.programmes.rules import content, deadlines, stages
from courses.programmes.rules.audience import Audience, Post
from courses.programmes.rules.content import Key
from courses.programmes.rules.deadlines import Due
from lms import audit, clock, datafiles, jobs
from lms.db import db
from lms.jobs import Job
from lms.policies import actions as policies

DATA = Path(__file__).parent.parent / "defaults.yaml"
KIND = "programme"
JOB = "programme-publish"


@dataclass(frozen=True)
class Plan:
    """What somebody writes down for a programme. named: {person: (is in, reason)}."""

    title: str
    items: tuple[Key, ...]
    audience: Audience
    due: Due
    why: str = ""
    policy_code: str = ""
    needed: int | None = None
    days_before: tuple[int, ...] = ()
    days_after: tuple[int, ...] = ()
    counts_earlier: bool = True
    takes_joiners: bool = True
    named: Mapping[int, tuple[bool, str]] = field(default_factory=dict)


def load_defaults(path: Path = DATA) -> int:
    """Add the shipped defaults that are missing; rows that are there stay. Returns rows added."""
    data = datafiles.read(path)
    there = set(db.session.scalars(select(ProgrammeDefaults.valid_from)))
    fresh = [
        ProgrammeDefaults(
            valid_from=entry["valid_from"],
            days_before=entry["days_before"],
            days_after=entry["days_after"],
            least_days=entry["least_days"],
            note=entry["note"],
            is_confirmed=entry["confirmed"],
        )
        for entry in data["defaults"]
        if entry["valid_from"] not in there
    ]
    db.session.add_all(fresh)
    db.session.flush()
    return len(fresh)


def people_of(audience: Audience) -> list[Post]:
    """Whom a rule means today, by pinyin."""
    return rules.chosen(audience, audiences.working(clock.today()), audiences.below())


def draft(plan: Plan) -> Programme:
    """Write a new programme down; nobody is asked yet."""
    programme = Programme(created_by=audit.actor().person_id, created_at=clock.now(), least_days=plan.due.least_days)
    _write(programme, plan)
    db.session.add(programme)
    db.session.flush()
    _cite(programme)
    audit.record("programme.draft", KIND, programme.id, programme.title, plan=_told(programme))
    return programme


def rewrite(programme: Programme, plan: Plan) -> None:
    """Change a draft; what is published stays as it was."""
    stages.check_may_edit(programme.state)
    before = _told(programme)
    programme.items.clear()
    programme.named.clear()
    db.session.flush()
    _write(programme, plan)
    db.session.flush()
    _cite(programme)
    audit.record("programme.rewrite", KIND, programme.id, programme.title, before=before, after=_told(programme))


def _write(programme: Programme, plan: Plan) -> None:
    content.check_items(plan.items, plan.needed)
    deadlines.check_due(plan.due, clock.today())
    deadlines.check_reminders(plan.days_before, plan.days_after)
    rules.check_days(plan.audience.hired_from, plan.audience.hired_to)
    programme.title = " ".join(plan.title.split())
    programme.why, programme.policy_code, programme.needed = plan.why, plan.policy_code, plan.needed
    programme.audience = plan.audience.as_json()
    programme.due_on, programme.due_days, programme.is_in_workdays = plan.due.on, plan.due.days, plan.due.in_workdays
    programme.days_before, programme.days_after = list(plan.days_before), list(plan.days_after)
    programme.counts_earlier, programme.takes_joiners = plan.counts_earlier, plan.takes_joiners
    programme.items = [
        ProgrammeItem(kind=kind, ref_id=ref, position=n) for n, (kind, ref) in enumerate(plan.items, start=1)
    ]
    programme.named = [
        ProgrammeName(person_id=person_id, is_in=is_in, reason=reason)
        for person_id, (is_in, reason) in plan.named.items()
    ]


def _cite(programme: Programme) -> None:
    policies.set_citations(KIND, programme.id, [(programme.policy_code, None)] if programme.policy_code else [])


def _told(programme: Programme) -> dict[str, object]:
    return {
        "items": [f"{item.kind}:{item.ref_id}" for item in programme.items],
        "needed": programme.needed,
        "audience": programme.audience,
        "named": {one.person_id: [one.is_in, one.reason] for one in programme.named},
        "due": str(programme.due_on or programme.due_days),
    }


def due_of(programme: Programme) -> Due:
    """The deadline of a programme as the rule takes it."""
    return Due(programme.due_on, programme.due_days, programme.is_in_workdays, programme.least_days)


def publish(programme: Programme) -> Job:
    """Ask everybody the rule names; a job tells them chunk by chunk. An empty audience is refused."""
    state = stages.moved(programme.state, "publish")
    deadlines.check_due(due_of(programme), clock.today())
    found = people_of(audiences.audience_of(programme))
    rules.check_not_empty(found)
    programme.state, programme.published_at = state, clock.now()
    db.session.flush()
    audit.record("programme.publish", KIND, programme.id, programme.title, people=len(found))
    return jobs.start(JOB, f"发布「{programme.title}」", programme=programme.id)


def close(programme: Programme) -> None:
    """Ask nobody any more; what people did and were told stays."""
    programme.state, programme.closed_at = stages.moved(programme.state, "close"), clock.now()
    audit.record("programme.close", KIND, programme.id, programme.title)


def discard(programme: Programme) -> None:
    """Throw a draft away; the audit trail keeps what it was."""
    stages.check_may_edit(programme.state)
    policies.set_citations(KIND, programme.id, [])
    audit.record("programme.discard", KIND, programme.id, programme.title, before=_told(programme))
    db.session.delete(programme)


def copy(programme: Programme) -> Programme:
    """The same once more as a draft; a fixed day that has passed must be given anew when it is published."""
    named: Iterable[ProgrammeName] = programme.named
    twin = Programme(
        title=f"{programme.title}（副本）"[:60],
        why=programme.why,
        policy_code=programme.policy_code,
        needed=programme.needed,
        audience=programme.audience,
        due_on=programme.due_on,
        due_days=programme.due_days,
        is_in_workdays=programme.is_in_workdays,
        days_before=programme.days_before,
        days_after=programme.days_after,
        least_days=programme.least_days,
        counts_earlier=programme.counts_earlier,
        takes_joiners=programme.takes_joiners,
        created_by=audit.actor().person_id,
        created_at=clock.now(),
        items=[ProgrammeItem(kind=i.kind, ref_id=i.ref_id, position=i.position) for i in programme.items],
        named=[ProgrammeName(person_id=n.person_id, is_in=n.is_in, reason=n.reason) for n in named],
    )
    db.session.add(twin)
    db.session.flush()
    _cite(twin)
    audit.record("programme.copy", KIND, twin.id, twin.title, of=programme.id)
    return twin
