"""Start, take over, extend, hand in, void: the verbs of an attempt (saving an answer has a file of its own)."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from assessments.attempts import events, queries, rules
from assessments.attempts.models import (
    Attempt,
    AttemptExtension,
    AttemptQuestion,
    AttemptStatus,
    AttemptVoiding,
    HandedInBy,
    Result,
    ResultItem,
)
from assessments.bank import queries as bank
from assessments.bank.models import QuestionVersion
from assessments.exams import queries as exam_queries
from assessments.exams import rules as exam_rules
from assessments.exams.models import Exam
from assessments.exams.rules import NO_EXTRA, Extra
from assessments.marking import rules as marking
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.models import PaperKind
from courses.hours import actions as hours
from courses.hours import queries as hour_queries
from courses.progress import actions as progress
from lms import audit, clock
from lms.db import db
from lms.errors import Refused

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


def submit(attempt: Attempt, by: HandedInBy = HandedInBy.person) -> Result:
    """Grade what was saved and close the attempt; a pass completes the exam's unit and earns its hours."""
    found = queries.locked(attempt.id)
    assert found is not None
    rules.check_may_submit(found.status)
    now = clock.now()
    if now >= found.deadline_at:
        by = HandedInBy.deadline
    found.handed_in_at = found.deadline_at if by == HandedInBy.deadline else now
    found.status, found.handed_in_by = AttemptStatus.handed_in, by
    result = _grade(found, now)
    db.session.add(result)
    db.session.flush()
    audit.record("attempt.hand_in", "attempt", found.id, found.exam.title, by=by.value, score=str(result.score))
    if result.is_passed:
        if found.exam.unit is not None:
            progress.complete_unit(found.person_id, found.exam.unit, source=("attempt", found.id))
        hours.credit(
            found.person_id,
            "exam",
            found.exam.minutes,
            source=("attempt", found.id),
            label=found.exam.title,
            occurred_on=clock.local(now).date(),
        )
        events.exam_passed.send(result)
    events.attempt_graded.send(result)
    return result


def _grade(attempt: Attempt, now: datetime) -> Result:
    """The result of what was saved before the deadline, as rows not yet written."""
    saved = queries.latest_answers(attempt.id)
    marked: list[marking.Marked] = []
    items: list[ResultItem] = []
    for question in queries.questions(attempt.id):
        answer = saved.get(question.position)
        value = answer.value if answer else None
        mark = marking.mark(question.version, value, question.points, attempt.terms["multiple_rule"])
        marked.append(marking.Marked(question.section, question.version.competency, mark))
        items.append(
            ResultItem(
                position=question.position,
                value=value,
                points=mark.points,
                full_points=mark.full_points,
                verdict=mark.verdict,
            )
        )
    sections = [
        (position, title, None if least is None else Decimal(least))
        for position, title, least in attempt.terms["sections"]
    ]
    grade = marking.total(marked, sections, Decimal(attempt.terms["pass_mark"]))
    return Result(
        attempt=attempt,
        person_id=attempt.person_id,
        exam_id=attempt.exam_id,
        score=grade.score,
        full_points=grade.full_points,
        is_passed=grade.is_passed,
        sections=[{key: _text(v) for key, v in asdict(s).items()} for s in grade.sections],
        abilities=[{key: _text(v) for key, v in asdict(a).items()} for a in grade.abilities],
        right_count=grade.right_count,
        question_count=grade.question_count,
        reasons=list(grade.reasons),
        graded_at=now,
        items=items,
    )


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def void(attempt: Attempt, reason: str, voided_by: int) -> AttemptVoiding:
    """Declare an attempt void with a reason the person sees; it no longer counts, nothing is deleted."""
    found = queries.locked(attempt.id)
    assert found is not None
    reason = rules.check_may_void(found.status, reason)
    now = clock.now()
    found.handed_in_at = found.handed_in_at or now
    found.status = AttemptStatus.voided
    earned = hour_queries.entry_of(found.person_id, "attempt", str(found.id))
    if earned is not None:
        hours.reverse(earned, reason)
    voiding = AttemptVoiding(attempt_id=found.id, reason=reason, voided_by=voided_by, voided_at=now)
    db.session.add(voiding)
    audit.record("attempt.void", "attempt", found.id, found.exam.title, reason=reason)
    events.attempt_voided.send(found, reason=reason)
    return voiding
