"""Start, take over, extend, hand in, void: the verbs of an attempt (saving an answer has a file of its own)."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from assessments.attempts import events, grading, queries, rules
from assessments.attempts.models import (
    Attempt,
    AttemptExtension,
    AttemptQuestion,
    AttemptStatus,
    AttemptVoiding,
    HandedInBy,
    Result,
)
from assessments.attempts.saving import save as save  # noqa: PLC0414 - one of the verbs; the hot path has its own file
from assessments.bank import queries as bank
from assessments.bank.models import QuestionVersion
from assessments.exams import queries as exam_queries
from assessments.exams import rules as exam_rules
from assessments.exams.models import Exam
from assessments.exams.rules import NO_EXTRA, Extra
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.models import PaperKind
from courses.hours import actions as hours
from courses.hours import queries as hour_queries
from courses.progress import actions as progress
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.notices import actions as notices

SEED_BITS = 31


def start(exam: Exam, person_id: int, device: str, *, may_renew: bool = False, keeps_answers: bool = False) -> Attempt:
    """Open an attempt: counts against the limit, draws the paper by a stored seed, pins question versions.

    may_renew: a pass of before counts no more; keeps_answers: the page keeps answers while the network is away.
    """
    now = clock.now()
    hours.hold_person(person_id)  # two starts at once are decided one after the other
    made = queries.sittings(person_id, [exam.id]).get(exam.id, [])
    exam_rules.check_may_start(exam, made, now, may_renew=may_renew)
    extra = exam_queries.extra_on(person_id, clock.local(now).date())
    deadline_at = exam_rules.deadline(exam, now, extra)
    seed = secrets.randbits(SEED_BITS)
    attempt = Attempt(
        exam_id=exam.id,
        person_id=person_id,
        number=queries.highest_number(person_id, exam.id) + 1,
        seed=seed,
        started_at=now,
        deadline_at=deadline_at,
        grace_until=rules.grace_until(deadline_at, exam.grace_minutes) if keeps_answers else None,
        device=device[:64],
        terms=_terms(exam, extra),
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


def _terms(exam: Exam, extra: Extra = NO_EXTRA) -> dict[str, Any]:
    return {
        "pass_mark": str(exam.pass_mark),
        "multiple_rule": exam.multiple_rule.value,
        "review": exam.review.value,
        "closes_at": exam.closes_at.isoformat() if exam.closes_at else None,
        "minutes": exam.minutes,
        "extra": [extra.percent, extra.minutes],
        "grace_minutes": exam.grace_minutes,
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


def take_over(attempt: Attempt, device: str, *, keeps_answers: bool = False) -> None:
    """Move the exam to this device; the one before can no longer save. No time is lost or gained."""
    found = queries.locked(attempt.id)
    assert found is not None
    if found.status != AttemptStatus.open:
        raise Refused("已经交卷，不用再移到这台设备。")
    found.epoch += 1
    found.device = device[:64]
    if keeps_answers:
        found.grace_until = _grace(found)
    audit.record("attempt.take_over", "attempt", found.id, epoch=found.epoch)


def _grace(attempt: Attempt) -> datetime | None:
    return rules.grace_until(attempt.deadline_at, attempt.terms.get("grace_minutes", 0))


def extend(attempt: Attempt, minutes: int, reason: str, granted_by: int) -> AttemptExtension:
    """Give a running attempt more minutes; its page learns it within a minute, or with the next answer."""
    found = queries.locked(attempt.id)
    assert found is not None
    reason = exam_rules.check_reason(reason)
    rules.check_may_extend(found.status, minutes)
    found.deadline_at += timedelta(minutes=minutes)
    if found.grace_until is not None:
        found.grace_until = _grace(found)
    made = AttemptExtension(
        attempt_id=found.id, minutes=minutes, reason=reason, granted_by=granted_by, granted_at=clock.now(),
        deadline_at=found.deadline_at,
    )  # fmt: skip
    db.session.add(made)
    audit.record("attempt.extend", "attempt", found.id, found.exam.title, minutes=minutes, reason=reason)
    return made


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
    events.pass_withdrawn.send(attempt)


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
