"""Verbs: rule on a faulty item, mark everybody again as a job, object to an item, answer an objection."""

from collections.abc import Generator
from typing import Any

from sqlalchemy import update

from assessments.attempts import actions as attempts
from assessments.attempts import events
from assessments.attempts import queries as attempt_queries
from assessments.attempts.models import Attempt, Result
from assessments.marking.models import KeyRuling
from assessments.marking.rules import Ruling
from assessments.regrades import queries, rules
from assessments.regrades.models import Objection
from assessments.regrades.queries import Scope
from lms import audit, clock, jobs
from lms.access.models import Role
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Job, JobStatus, Progress
from lms.notices import actions as notices

JOB = "regrade"
CHUNK = 4  # attempts in one transaction: some ten milliseconds each, so that savers of answers hardly wait


def decide(scope: Scope, ruling: Ruling, reason: str, decided_by: int, forecast: dict[str, int]) -> KeyRuling:
    """Let a ruling hold from now on and start the job that marks earlier attempts again.

    forecast is what the dry run has shown to the person who decides. Refuses the same ruling twice, and a decider who
    was asked the item.
    """
    words = rules.checked_reason(reason)
    version = queries.held_version(scope.version_id)
    if queries.has_sat(scope, decided_by):
        raise Refused("你自己答过这道题，改判由另一位培训师确认。")
    same = (ruling.kind, list(ruling.keys), scope.exam_id, scope.since)
    for one in queries.rulings_on([version.id]):
        if one.withdrawn_at is None:
            if (one.kind, one.keys, one.exam_id, one.since) == same:
                raise Refused("同样的改判已经确认过，不用再做一次。")
            break
    made = KeyRuling(
        version_id=version.id,
        exam_id=scope.exam_id,
        since=scope.since,
        kind=ruling.kind,
        keys=list(ruling.keys),
        reason=words,
        forecast=forecast,
        decided_by=decided_by,
        decided_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    label = f"改判 {version.question.code}：{rules.KINDS[ruling.kind]}"
    made.job_id = jobs.start(JOB, label[:120], ruling_id=made.id).id
    db.session.flush()
    audit.record(
        "ruling.decide", "ruling", made.id, label, reason=words, keys=list(ruling.keys), exam=scope.exam_id,
        since=scope.since.isoformat() if scope.since else None, **forecast,
    )  # fmt: skip
    return made


def withdraw(ruling: KeyRuling) -> None:
    """Take a ruling back before its job has begun; afterwards only another ruling can correct it."""
    stopped = db.session.execute(
        update(Job)
        .where(Job.id == ruling.job_id, Job.status == JobStatus.queued)
        .values(status=JobStatus.cancelled, finished_at=clock.now())
    )
    if ruling.withdrawn_at is not None or not stopped.rowcount:  # type: ignore[attr-defined]
        raise Refused("改判已经开始，不能取消；做到一半停下会前后不一。要更正，再做一次改判。")
    ruling.withdrawn_at = clock.now()
    audit.record("ruling.withdraw", "ruling", ruling.id, ruling.reason)


def run(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: every attempt whose mark the ruling changes gets its next result. Taken up after a kill it finds what is
    left by itself: attempts that were done no longer differ.
    """
    with reading():
        ruling = db.session.get_one(KeyRuling, params["ruling_id"])
        if ruling.withdrawn_at is not None:
            return
        scope = Scope(ruling.version_id, ruling.exam_id, ruling.since)
        note, kept = ruling.reason, Ruling(ruling.kind, tuple(ruling.keys))
        _asked, items = queries.changed(scope, kept)
        waiting = [one.attempt_id for one in items]
        before = queries.regraded(ruling.id)
    total, done = before + len(waiting), before
    for start in range(0, len(waiting), CHUNK):
        pairs = _portion(waiting[start : start + CHUNK], params["ruling_id"], note)
        done += len(waiting[start : start + CHUNK])
        yield Progress(done, total, f"已改 {done} 份", result={"changed": before + start + len(pairs)})
    ruling = db.session.get_one(KeyRuling, params["ruling_id"])
    n = queries.regraded(ruling.id)
    audit.record("ruling.done", "ruling", ruling.id, note, results=n)
    title = f"改判做完：{n} 份成绩已更正"
    notices.notify(ruling.decided_by, title, note, "ruling", ruling.id, key=f"ruling:{ruling.id}")
    yield Progress(total, total, f"{n} 份成绩已更正，成绩变了的人已收到通知")


def _portion(attempt_ids: list[int], ruling_id: int, note: str) -> tuple[tuple[Result, Result], ...]:
    pairs = []
    for attempt_id in attempt_ids:
        attempt = attempt_queries.attempt(attempt_id)
        if attempt is None:
            continue
        found = attempts.regrade(attempt, cause=("ruling", ruling_id), note=note)
        if found is not None:
            pairs.append(found)
    if pairs:
        events.results_regraded.send(tuple(pairs), note=note)
    return tuple(pairs)


def object_to(attempt: Attempt, position: int, reason: str) -> Objection:
    """Doubt an item one was asked; trainers are told."""
    found = attempt_queries.locked(attempt.id)
    item = queries.item_of(attempt.id, position)
    assert found is not None
    if item is None:
        raise Refused("这次作答里没有这道题。")
    known = queries.objections_of(attempt.id)
    words = rules.check_objection(reason, status=found.status, is_known=position in known)
    asked, _earned = item
    made = Objection(
        attempt_id=found.id,
        position=position,
        version_id=asked.version_id,
        person_id=found.person_id,
        reason=words,
        raised_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    audit.record("objection.raise", "objection", made.id, found.exam.title, position=position)
    notices.notify_role(
        Role.trainer, f"有人对题目提出异议：{found.exam.title}"[:120], words, "objection", made.id,
        key=f"objection:{made.id}",
    )  # fmt: skip
    return made


def answer(
    objection: Objection, answered_by: int, answer: str, *, is_upheld: bool | None, author_id: int | None = None
) -> None:
    """Answer an objection, once; the person who raised it is told and sees the answer."""
    found = queries.held_objection(objection.id)
    assert found is not None
    rules.check_may_answer(
        answerer=answered_by, person_id=found.person_id, author_id=author_id, is_answered=found.answered_at is not None
    )
    words = rules.checked_answer(answer)
    if is_upheld is None:
        raise Refused("先选异议成立还是不成立。")
    found.is_upheld, found.answer, found.answered_by, found.answered_at = is_upheld, words, answered_by, clock.now()
    db.session.flush()
    audit.record("objection.answer", "objection", found.id, words[:80], is_upheld=is_upheld)
    title = "你的异议成立" if is_upheld else "你的异议没有成立"
    notices.notify(
        found.person_id, f"{title}：第 {found.position} 题", words, "attempt", found.attempt_id,
        key=f"objection-answer:{found.id}",
    )  # fmt: skip
