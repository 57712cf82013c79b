"""Start, save, take over, hand in, void: the verbs of an attempt."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from assessments.attempts import events, grading, queries, rules
from assessments.attempts.models import (
    Answer,
    Attempt,
    AttemptQuestion,
    AttemptStatus,
    AttemptVoiding,
    HandedInBy,
    Result,
)
from assessments.attempts.rules import Overtaken
from assessments.bank import queries as bank
from assessments.bank.models import QuestionType, QuestionVersion
from assessments.exams import rules as exam_rules
from assessments.exams.models import Exam
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.models import PaperKind
from courses.hours import actions as hours
from courses.hours import queries as hour_queries
from courses.progress import actions as progress
from lms import audit, clock
from lms.db import db, is_sqlite
from lms.errors import Refused
from lms.notices import actions as notices

SEED_BITS = 31


def start(exam: Exam, person_id: int, device: str) -> Attempt:
    """Open an attempt: counts against the limit, draws the paper by a stored seed, pins question versions."""
    now = clock.now()
    hours.hold_person(person_id)  # two starts at once are decided one after the other
    made = queries.sittings(person_id, [exam.id]).get(exam.id, [])
    exam_rules.check_may_start(exam, made, now)
    seed = secrets.randbits(SEED_BITS)
    attempt = Attempt(
        exam_id=exam.id,
        person_id=person_id,
        number=queries.highest_number(person_id, exam.id) + 1,
        seed=seed,
        started_at=now,
        deadline_at=exam_rules.deadline(exam, now),
        device=device[:64],
        terms=_terms(exam),
    )
    db.session.add(attempt)
    db.session.flush()
    asked = _asked(exam, person_id, seed)
    options = _options(question.version_id for question in asked)
    db.session.execute(
        insert(AttemptQuestion),
        [
            {
                "attempt_id": attempt.id,
                "position": question.position,
                "section": question.section,
                "version_id": question.version_id,
                "option_order": paper_rules.option_order(
                    seed,
                    question.position,
                    options[question.version_id],
                    shuffled=exam.paper.has_shuffled_options,
                ),
                "points": question.points,
            }
            for question in asked
        ],
    )
    audit.record("attempt.start", "attempt", attempt.id, exam.title, number=attempt.number)
    return attempt


def _terms(exam: Exam) -> dict[str, Any]:
    return {
        "pass_mark": str(exam.pass_mark),
        "multiple_rule": exam.multiple_rule.value,
        "review": exam.review.value,
        "closes_at": exam.closes_at.isoformat() if exam.closes_at else None,
        "minutes": exam.minutes,
        "sections": [
            [section.position, section.title, None if section.minimum is None else str(section.minimum)]
            for section in exam.paper.sections
        ],
    }


def _asked(exam: Exam, person_id: int, seed: int) -> list[paper_rules.Asked]:
    if exam.paper.kind == PaperKind.fixed:
        items = papers.fixed_items(exam.paper)
        return [
            paper_rules.Asked(n, item.section.position, item.question.current_id or 0, item.section.points)
            for n, item in enumerate(items, 1)
        ]
    pool = bank.candidates(exam.paper.course_codes)
    return paper_rules.draw(seed, papers.cells(exam.paper), pool, queries.questions_seen(person_id, exam.id))


def _options(version_ids: Any) -> dict[int, list[Any]]:
    rows = db.session.execute(
        select(QuestionVersion.id, QuestionVersion.options).where(QuestionVersion.id.in_(list(version_ids)))
    )
    return {version_id: options for version_id, options in rows}  # noqa: C416 - rows are not tuples


_attempts, _asked_table = Attempt.__table__, AttemptQuestion.__table__
_versions, _answers = QuestionVersion.__table__, cast("Table", Answer.__table__)
_newest = (
    select(func.max(_answers.c.seq))
    .where(
        _answers.c.attempt_id == _attempts.c.id,
        _answers.c.position == _asked_table.c.position,
        _answers.c.epoch == _attempts.c.epoch,
    )
    .scalar_subquery()
)
# Built once: saving an answer is one of these and one insert.
_STATE = (
    select(
        _attempts.c.status,
        _attempts.c.deadline_at,
        _attempts.c.epoch,
        _asked_table.c.option_order,
        _versions.c.type,
        _newest.label("newest"),
    )
    .select_from(
        _attempts.join(_asked_table, _asked_table.c.attempt_id == _attempts.c.id).join(
            _versions, _versions.c.id == _asked_table.c.version_id
        )
    )
    .where(
        _attempts.c.id == bindparam("attempt_id"),
        _attempts.c.person_id == bindparam("person_id"),
        _asked_table.c.position == bindparam("position"),
    )
)
_STATE_HELD = _STATE.with_for_update(read=True, of=_attempts)
_KEEP_SQLITE = sqlite_insert(_answers).on_conflict_do_nothing().returning(_answers.c.id)
_KEEP_POSTGRES = postgres_insert(_answers).on_conflict_do_nothing().returning(_answers.c.id)


def save(attempt_id: int, person_id: int, position: int, *, epoch: int, seq: int, given: Mapping[str, Any]) -> datetime:
    """Keep one answer as a new row; returns when. The same save twice is kept once; the hot path, so no ORM.

    Refuses another person's attempt, a question not in the paper, a closed attempt, a passed deadline, a device
    the exam has left, and a sequence number that is not above every one kept for this question.
    """
    now, connection = clock.now(), db.session.connection()
    row = connection.execute(
        _STATE if is_sqlite() else _STATE_HELD,
        {"attempt_id": attempt_id, "person_id": person_id, "position": position},
    ).first()
    if row is None:
        raise Refused("这次作答里没有这道题，没有保存。刷新页面再试。")
    rules.check_may_save(row.status, row.deadline_at, row.epoch, epoch, now)
    value = rules.read_value(
        given,
        row.option_order,
        is_multiple=row.type == QuestionType.multiple,
        longest=rules.LONGEST_TEXT.get(row.type, rules.MAX_TEXT),
    )
    if row.newest is not None and seq <= row.newest:
        return _kept_before(attempt_id, position, epoch, seq, value)
    added = connection.execute(
        _KEEP_SQLITE if is_sqlite() else _KEEP_POSTGRES,
        {"attempt_id": attempt_id, "position": position, "epoch": epoch, "seq": seq, "value": value, "saved_at": now},
    )
    if added.first() is None:
        return _kept_before(attempt_id, position, epoch, seq, value)
    return now


def _kept_before(attempt_id: int, position: int, epoch: int, seq: int, value: dict[str, Any]) -> datetime:
    """When this very save was kept; anything else that comes late has been overtaken."""
    newest = queries.newest_answer(attempt_id, position)
    if newest is None or (newest.epoch, newest.seq, newest.value) != (epoch, seq, value):
        raise Overtaken(queries.next_seq(attempt_id, epoch))
    return newest.saved_at


def take_over(attempt: Attempt, device: str) -> None:
    """Move the exam to this device; the one before can no longer save. No time is lost or gained."""
    found = queries.locked(attempt.id)
    assert found is not None
    if found.status != AttemptStatus.open:
        raise Refused("已经交卷，不用再移到这台设备。")
    found.epoch += 1
    found.device = device[:64]
    audit.record("attempt.take_over", "attempt", found.id, epoch=found.epoch)


def submit(attempt: Attempt, by: HandedInBy = HandedInBy.person) -> Result | None:
    """Close the attempt and grade what was saved; a pass completes the exam's unit and earns its hours.

    None where answers wait for a marker: then the attempt is 等待阅卷, and `finish` makes its result.
    """
    found = queries.locked(attempt.id)
    assert found is not None
    rules.check_may_submit(found.status)
    now = clock.now()
    if now >= found.deadline_at:
        by = HandedInBy.deadline
    found.handed_in_at = found.deadline_at if by == HandedInBy.deadline else now
    found.status, found.handed_in_by = AttemptStatus.handed_in, by
    answers = {position: saved.value for position, saved in queries.latest_answers(found.id).items()}
    outcome = grading.of_attempt(found, answers, {})
    if outcome.waiting:
        found.status = AttemptStatus.awaiting
        db.session.flush()
        audit.record(
            "attempt.hand_in", "attempt", found.id, found.exam.title, by=by.value, waiting=len(outcome.waiting)
        )
        events.attempt_awaits_marking.send(found, positions=outcome.waiting, answers=answers)
        return None
    result = grading.keep(found, outcome, now)
    audit.record("attempt.hand_in", "attempt", found.id, found.exam.title, by=by.value, score=str(result.score))
    _announce(result)
    return result


def finish(attempt: Attempt, hand: Mapping[int, Decimal]) -> Result:
    """Grade an attempt whose answers have all been marked; hand: points by position. What a hand-in does follows."""
    found = queries.locked(attempt.id)
    assert found is not None
    rules.check_may_finish(found.status)
    answers = {position: saved.value for position, saved in queries.latest_answers(found.id).items()}
    outcome = grading.of_attempt(found, answers, hand)
    if outcome.waiting:
        raise Refused("还有 {n} 道题没有阅完，成绩还不能出。", n=len(outcome.waiting))
    found.status = AttemptStatus.handed_in
    result = grading.keep(found, outcome, clock.now())
    audit.record("attempt.finish", "attempt", found.id, found.exam.title, score=str(result.score))
    _announce(result)
    notices.notify(
        found.person_id,
        f"成绩出来了：{found.exam.title}"[:120],
        f"{shown(result.score)} 分，{'通过' if result.is_passed else '还没到合格线'}。",
        "attempt",
        found.id,
        key=f"marked:{found.id}",
    )
    return result


def _announce(result: Result) -> None:
    """What follows from a grade: a pass completes the exam's unit, earns its hours and is announced."""
    if result.is_passed:
        _pass(result)
    events.attempt_graded.send(result)


def _pass(result: Result) -> None:
    attempt = result.attempt
    if attempt.exam.unit is not None:
        progress.complete_unit(attempt.person_id, attempt.exam.unit, source=("attempt", attempt.id))
    hours.credit(
        attempt.person_id,
        "exam",
        attempt.exam.minutes,
        source=("attempt", attempt.id),
        label=attempt.exam.title,
        occurred_on=clock.local(result.graded_at).date(),
    )
    events.exam_passed.send(result)


def regrade(
    attempt: Attempt, *, cause: tuple[str, object], note: str, hand: Mapping[int, Decimal] | None = None
) -> tuple[Result, Result] | None:
    """Grade an attempt again by the rulings that hold now: (result before, result now), or None where nothing changes.

    hand: points that a person has given anew, by position. A new pass has every consequence of a pass; a pass that is
    lost takes nothing away by itself, the listeners of `results_regraded` propose it. The caller announces that.
    """
    found = queries.locked(attempt.id)
    assert found is not None
    before = queries.result(found.id)
    if before is None or found.status != AttemptStatus.handed_in:
        return None
    given = {item.position: item.hand_points for item in before.items if item.hand_points is not None} | dict(
        hand or {}
    )
    outcome = grading.of_attempt(found, {item.position: item.value for item in before.items}, given)
    if not grading.differs(outcome, before):
        return None
    result = grading.keep(found, outcome, clock.now(), cause=cause, note=note)
    audit.record(
        "attempt.regrade", "attempt", found.id, found.exam.title,
        before=str(before.score), after=str(result.score), is_passed=result.is_passed, reason=note,
    )  # fmt: skip
    if result.is_passed and not before.is_passed:
        _pass(result)
    if (before.score, before.is_passed) != (result.score, result.is_passed):
        _tell(before, result, note)
    return before, result


def _tell(before: Result, result: Result, note: str) -> None:
    """Tell the person what has changed and why."""
    words = f"由 {shown(before.score)} 分改为 {shown(result.score)} 分"
    if result.is_passed != before.is_passed:
        words += (
            "，现在通过了，学时和证书已经记上"
            if result.is_passed
            else "，低于合格线；证书和学时怎样处理由人事决定，会另行通知"
        )
    exam = result.attempt.exam
    notices.notify(
        result.person_id, f"成绩更正：{exam.title}"[:120], f"{words}。原因：{note}。", "attempt", result.attempt_id
    )


def shown(score: Decimal) -> str:
    """A score without noughts at its end."""
    return f"{score.normalize():f}"


def withdraw_pass(attempt: Attempt, reason: str, withdrawn_by: int | None = None) -> None:
    """Take back what a pass gave: the exam's unit with the completion of its course, and the hours. Certificates are
    withdrawn by those who issue them, before this.
    """
    if attempt.exam.unit is not None:
        progress.withdraw_unit(attempt.person_id, attempt.exam.unit, ("attempt", attempt.id), reason, withdrawn_by)
    earned = hour_queries.entry_of(attempt.person_id, "attempt", str(attempt.id))
    if earned is not None and hour_queries.reversal_of(earned.id) is None:
        hours.reverse(earned, reason)


def void(attempt: Attempt, reason: str, voided_by: int) -> AttemptVoiding:
    """Declare an attempt void with a reason the person sees; it no longer counts, nothing is deleted. Whatever a pass
    gave is undone with it: certificates, the exam's unit, the course, the hours.
    """
    found = queries.locked(attempt.id)
    assert found is not None
    reason = rules.check_may_void(found.status, reason)
    now = clock.now()
    found.handed_in_at = found.handed_in_at or now
    found.status = AttemptStatus.voided
    voiding = AttemptVoiding(attempt_id=found.id, reason=reason, voided_by=voided_by, voided_at=now)
    db.session.add(voiding)
    audit.record("attempt.void", "attempt", found.id, found.exam.title, reason=reason)
    events.attempt_voided.send(found, reason=reason)
    withdraw_pass(found, reason, voided_by)
    return voiding
