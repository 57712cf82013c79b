"""Reminders at their days, and a nudge by a person: once a day each, written down, in the inbox and by mail."""

from collections.abc import Collection, Generator, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from courses.programmes.actions import telling
from courses.programmes.actions.drafting import KIND
from courses.programmes.models import MessageKind, Programme
from courses.programmes.queries import members, messages
from courses.programmes.rules import deadlines, stages
from lms import audit, clock, jobs
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Job, Progress
from lms.people.rules import Reach

JOB = "programme-nudge"
AT_ONCE = 300  # more people than that are nudged by a job
LONGEST = 300
LEAST = 4


def remind(programme_id: int) -> Generator[int, None, None]:
    """Send the reminders that are due today, chunk by chunk; yields how many were sent. The caller commits between."""
    today = clock.today()
    with reading():
        programme = db.session.get(Programme, programme_id)
        if programme is None or today == programme.reminded_on:
            return
        title, before, after = programme.title, list(programme.days_before), list(programme.days_after)
        groups = _due_today(programme_id, before, after, today)
    for (due_on, step), person_ids in groups.items():
        words = reminder_words(title, due_on, step)
        for portion in telling.portions(person_ids):
            telling.tell(programme_id, portion, MessageKind.reminder, _mark(due_on, step), *words)
            yield len(portion)
    programme = db.session.get_one(Programme, programme_id)
    programme.reminded_on = today
    sent = sum(map(len, groups.values()))
    if sent:
        audit.record("programme.remind", KIND, programme_id, title, people=sent)
    yield 0


def _mark(due_on: date, step: int) -> str:
    return f"{due_on.isoformat()}:{step}"


def _due_today(
    programme_id: int, before: list[int], after: list[int], today: date
) -> dict[tuple[date, int], list[int]]:
    """{(deadline, occasion): people} who are to be reminded today and have not been."""
    until = clock.local_instant(today + timedelta(days=max(before, default=0) + 1), 23, 59)
    groups: dict[tuple[date, int], list[int]] = {}
    for person_id, due_at, joined_at in members.to_remind(programme_id, until):
        due_on = clock.local(due_at).date()
        step = deadlines.occasion(due_on, today, before, after, clock.local(joined_at).date())
        if step is not None:
            groups.setdefault((due_on, step), []).append(person_id)
    told = messages.told(programme_id, MessageKind.reminder, [_mark(*key) for key in groups])
    kept = {
        key: [person_id for person_id in person_ids if (person_id, _mark(*key)) not in told]
        for key, person_ids in groups.items()
    }
    return {key: person_ids for key, person_ids in kept.items() if person_ids}


def reminder_words(title: str, due_on: date, step: int) -> tuple[str, str]:
    """Title and text of a reminder; step: days before the deadline, negative after it."""
    day = f"{due_on.year} 年 {due_on.month} 月 {due_on.day} 日"
    if step < 0:
        return (
            f"已过截止日期：{title}"[:120],
            f"截止是 {day} 18:00。过期后仍可以完成，进度都在；有困难告诉班组长或人事，可以申请延期。",
        )
    when = "今天" if step == 0 else f"还有 {step} 天"
    return f"{when}截止：{title}"[:120], f"{day} 18:00 前完成。在「今日」里可以直接接着学，进度随时保存。"


def nudge_words(title: str, due_at: datetime) -> str:
    """What a nudge says unless its sender writes something else."""
    day = clock.local(due_at).date()
    return (
        f"「{title}」还没有完成，截止是 {day.year} 年 {day.month} 月 {day.day} 日 18:00。抽空接着学，有困难直接告诉我。"
    )


def check_words(body: str) -> None:
    """A nudge says something, briefly."""
    if len("".join(body.split())) < LEAST:
        raise Refused("写一句要说的话，至少 {n} 个字。", n=LEAST)
    if len(body) > LONGEST:
        raise Refused("最多 {n} 个字，缩短一些。", n=LONGEST)


def nudge(
    programme: Programme, person_ids: Collection[int], reaches: Iterable[Reach], body: str
) -> tuple[int, Job | None]:
    """Remind these people by name, those within the reaches who are asked, not done and not nudged today. Returns how
    many; for very many a job that goes on.
    """
    stages.check_running(programme.state)
    check_words(body)
    now, today = clock.now(), clock.today()
    rows = members.chosen(programme.id, reaches, person_ids, today, now)
    told = messages.told(programme.id, MessageKind.nudge, [today.isoformat()])
    chosen = [
        row.person_id
        for row in rows
        if not row.is_done and not row.is_gone and (row.person_id, today.isoformat()) not in told
    ]
    if not chosen:
        raise Refused("选中的人今天都已经催办过，或者已经完成、不在任务里。一人一天最多催办一次。")
    audit.record("programme.nudge", KIND, programme.id, programme.title, people=len(chosen), text=body)
    if len(chosen) > AT_ONCE:
        job = jobs.start(JOB, f"催办「{programme.title}」", programme=programme.id, people=chosen, text=body)
        return len(chosen), job
    _send(programme.id, programme.title, chosen, body)
    return len(chosen), None


def _send(programme_id: int, title: str, person_ids: list[int], body: str) -> None:
    mark = clock.today().isoformat()
    telling.tell(programme_id, person_ids, MessageKind.nudge, mark, f"提醒：{title}"[:120], body)


def nudge_many(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job behind a nudge of very many; killed, it leaves out those who were told."""
    programme_id, total = params["programme"], len(params["people"])
    with reading():
        title = db.session.get_one(Programme, programme_id).title
        told = {person for person, _ in messages.told(programme_id, MessageKind.nudge, [clock.today().isoformat()])}
    waiting = [person_id for person_id in params["people"] if person_id not in told]
    done = total - len(waiting)
    for portion in telling.portions(waiting):
        _send(programme_id, title, portion, params["text"])
        done += len(portion)
        yield Progress(done, total, f"已催办 {done} 人")
