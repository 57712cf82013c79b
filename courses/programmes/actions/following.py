"""Who is in a programme follows the rule: people come in, leave, and are done. The same verb publishes and follows."""

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete

from courses.programmes.actions import telling
from courses.programmes.actions.drafting import KIND, due_of
from courses.programmes.models import (
    MessageKind,
    Programme,
    ProgrammeCompletion,
    ProgrammeLeaving,
    ProgrammeMember,
    Reason,
    Stage,
)
from courses.programmes.queries import audiences, members, sources
from courses.programmes.queries import programmes as queries
from courses.programmes.queries.members import Own
from courses.programmes.rules import audience as rules
from courses.programmes.rules import content, deadlines
from courses.programmes.rules.audience import Post
from courses.programmes.rules.content import Key
from lms import audit, calendar, clock
from lms.db import db, reading
from lms.jobs import Progress
from lms.notices import actions as notices


@dataclass(frozen=True)
class Asked:
    """What is needed of a programme while people come in, as values that outlive a commit."""

    programme_id: int
    title: str
    why: str
    items: tuple[Key, ...]
    needed: int | None
    counts_earlier: bool
    months: dict[Key, int | None]
    titles: dict[Key, str]
    is_first: bool


@dataclass(frozen=True)
class Steps:
    """Who comes in with their deadline and stay, and who leaves why."""

    asked: Asked
    coming: list[tuple[Post, Reason, datetime, int]]
    leaving: list[tuple[int, Reason]]


def publish(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job that asks everybody; killed, it goes on with those who have not been asked."""
    programme_id = params["programme"]
    done = 0
    for done, total in follow(programme_id):
        yield Progress(done, total, f"已通知 {done} 人")
    with reading():
        programme = queries.programme(programme_id)
        told = (programme.created_by, programme.title) if programme else (None, "")
    if told[0]:
        body = f"已发给 {done} 人。达标看板上能看到每个人的进度。"
        notices.notify(told[0], f"「{told[1]}」已发布", body, KIND, programme_id, f"{KIND}:{programme_id}:published")
    yield Progress(done, done, f"已通知 {done} 人")


def follow(programme_id: int) -> Generator[tuple[int, int], None, None]:
    """Bring the members of a published programme up to the rule, chunk by chunk; yields (done, in all) after each. The
    caller commits between chunks. Nobody is asked or told twice.
    """
    with reading():
        steps = _steps(programme_id)
    if steps is None:
        return
    total, done = len(steps.coming) + len(steps.leaving), 0
    for portion in telling.portions(steps.coming):
        _take_in(steps.asked, portion)
        done += len(portion)
        yield done, total
    for portion in telling.portions(steps.leaving):
        now = clock.now()
        rows = [{"member_id": member_id, "reason": reason, "left_at": now} for member_id, reason in portion]
        telling.keep(ProgrammeLeaving, rows)
        done += len(portion)
        yield done, total
    programme = db.session.get_one(Programme, programme_id)
    programme.followed_at = clock.now()
    if total:
        audit.record(
            "programme.follow", KIND, programme_id, steps.asked.title,
            came=len(steps.coming), left=len(steps.leaving),
        )  # fmt: skip
    yield done, total


def _steps(programme_id: int) -> Steps | None:
    programme = queries.programme(programme_id)
    if programme is None or programme.state is not Stage.published:
        return None
    today = clock.today()
    rule = audiences.audience_of(programme)
    posts = audiences.working(today)
    chosen = {post.person_id: post for post in rules.chosen(rule, posts, audiences.below())}
    inside, stays = members.open_members(programme_id), members.stays(programme_id)
    is_first = programme.followed_at is None
    takes = is_first or programme.takes_joiners
    coming = [p for p in chosen.values() if p.person_id not in inside and (takes or p.person_id in rule.named_in)]
    working = {post.person_id for post in posts}
    due, known = due_of(programme), calendar.exceptions(today, today + timedelta(days=due_days(programme)))
    asked = _asked(programme, is_first=is_first)

    def deadline(post: Post) -> datetime:
        last = deadlines.due_on(
            due, post.hired_on, today, lambda day: calendar.is_working(day, known), is_late=not is_first
        )
        return clock.local_instant(last, deadlines.DUE_HOUR)

    def why_in(post: Post) -> Reason:
        if post.person_id in rule.named_in:
            return Reason.named
        return Reason.rule if is_first else Reason.joiner

    def why_out(person_id: int) -> Reason:
        if person_id not in working:
            return Reason.left
        return Reason.excluded if person_id in rule.named_out else Reason.moved

    return Steps(
        asked,
        [(post, why_in(post), deadline(post), stays.get(post.person_id, 0) + 1) for post in coming],
        [(member_id, why_out(person_id)) for person_id, member_id in inside.items() if person_id not in chosen],
    )


def _asked(programme: Programme, *, is_first: bool) -> Asked:
    offers = sources.offers()
    items = tuple((item.kind, item.ref_id) for item in programme.items)
    return Asked(
        programme.id,
        programme.title,
        programme.why,
        items,
        programme.needed,
        programme.counts_earlier,
        {key: offers[key].months for key in items if key in offers},
        {key: offers[key].title for key in items if key in offers},
        is_first,
    )


def due_days(programme: Programme) -> int:
    """How far ahead the calendar is wanted, in days, for working days with their holidays."""
    return (programme.due_days or 0) * 3 + 30


def _take_in(asked: Asked, portion: list[tuple[Post, Reason, datetime, int]]) -> None:
    """A chunk of people comes in: their rows, what they have done already, and a message to the others."""
    ids = [post.person_id for post, *_ in portion]
    today = clock.today()
    with reading():
        facts = sources.facts(asked.items, ids)
    done = {person_id: at for person_id in ids if (at := completed_at(asked, facts[person_id], today)) is not None}
    now = clock.now()
    rows = [
        {
            "programme_id": asked.programme_id, "person_id": post.person_id, "number": number, "reason": reason,
            "joined_at": now, "due_at": due,
        }
        for post, reason, due, number in portion
    ]  # fmt: skip
    telling.keep(ProgrammeMember, rows)
    stamp(asked.programme_id, done)
    groups: dict[tuple[datetime, int], list[int]] = {}
    for post, _reason, due, number in portion:
        if post.person_id not in done:
            groups.setdefault((due, number), []).append(post.person_id)
    for (due, number), person_ids in groups.items():
        title, body = request_words(asked.title, asked.why, list(asked.titles.values()), asked.needed, due)
        telling.tell(asked.programme_id, person_ids, MessageKind.asked, str(number), title, body)


def request_words(title: str, why: str, items: list[str], needed: int | None, due: datetime) -> tuple[str, str]:
    """What a person reads when a programme asks something of them: title and text."""
    day = clock.local(due).date()
    listed = "、".join(items)
    what = f"完成其中 {needed} 项：{listed}" if needed and needed < len(items) else f"完成：{listed}"
    words = f"{day.year} 年 {day.month} 月 {day.day} 日 18:00 前{what}。在「今日」里可以直接开始，进度随时保存。"
    return f"新的培训任务：{title}"[:120], words + (f"\n\n{why}" if why else "")


def completed_at(asked: Asked, facts: list[content.Fact], entered_on: date) -> datetime | None:
    """When somebody who came in on a day had done what is asked."""
    found = content.counted(facts, asked.months, entered_on, counts_earlier=asked.counts_earlier)
    return content.completed_at(asked.items, asked.needed, found)


def stamp(programme_id: int, done: dict[int, datetime]) -> None:
    """Note that these people are done; a second time changes nothing."""
    rows = [
        {
            "programme_id": programme_id, "person_id": person_id, "completed_at": at,
            "completed_on": clock.local(at).date(),
        }
        for person_id, at in done.items()
    ]  # fmt: skip
    telling.keep(ProgrammeCompletion, rows)


def catch_up(programme_id: int) -> Generator[int, None, None]:
    """Stamp whoever has done what is asked without our hearing of it (an import, a grade mended); chunk by chunk."""
    with reading():
        waiting = members.undone(programme_id)
        programme = queries.programme(programme_id)
        if programme is None or not waiting:
            return
        asked = _asked(programme, is_first=False)
    for portion in telling.portions(waiting):
        with reading():
            facts = sources.facts(asked.items, [person_id for person_id, _joined in portion])
        done = {
            person_id: at
            for person_id, joined_at in portion
            if (at := completed_at(asked, facts[person_id], clock.local(joined_at).date())) is not None
        }
        stamp(programme_id, done)
        yield len(done)


def note(person_id: int, keys: Collection[Key]) -> int:
    """Somebody has just done these things: stamp the programmes that are now complete. Returns how many."""
    done = {own.programme.id: at for own, at in _judged(person_id, keys, is_done=False) if at is not None}
    for programme_id, at in done.items():
        stamp(programme_id, {person_id: at})
    return len(done)


def recount(person_id: int, keys: Collection[Key]) -> int:
    """What stood behind these things has been withdrawn: programmes that are done no longer wait again. Returns how
    many. The stamp is only a note of what the facts said, so it goes; the audit trail keeps that it was there.
    """
    fallen = [own.programme for own, at in _judged(person_id, keys, is_done=True) if at is None]
    for programme in fallen:
        db.session.execute(
            delete(ProgrammeCompletion).where(
                ProgrammeCompletion.programme_id == programme.id, ProgrammeCompletion.person_id == person_id
            )
        )
        audit.record("programme.reopen", KIND, programme.id, programme.title, person=person_id)
    return len(fallen)


def _judged(person_id: int, keys: Collection[Key], *, is_done: bool) -> Iterator[tuple[Own, datetime | None]]:
    """The person's running programmes that ask for these, with the moment at which the facts complete each."""
    asking = members.asking_for(person_id, keys, is_done=is_done)
    offers = sources.offers() if asking else {}
    for own in asking:
        programme = own.programme
        items = [(item.kind, item.ref_id) for item in programme.items]
        facts = sources.facts(items, [person_id])[person_id]
        months = {key: offers[key].months for key in items if key in offers}
        entered_on = clock.local(own.joined_at).date()
        found = content.counted(facts, months, entered_on, counts_earlier=programme.counts_earlier)
        yield own, content.completed_at(items, programme.needed, found)
