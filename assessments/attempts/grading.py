"""Marks the answers of an attempt and keeps the outcome as its next result, which is the one that counts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select

from assessments.attempts import queries
from assessments.attempts.models import Attempt, AttemptQuestion, Result, ResultItem
from assessments.marking import queries as ruling_queries
from assessments.marking import rules as marking
from assessments.marking.rules import Grade, Marked, Ruling
from lms import clock
from lms.db import db


@dataclass(frozen=True)
class Outcome:
    """What the answers are worth: the grade, a row per question, and the positions that still wait for a marker."""

    grade: Grade
    items: tuple[dict[str, Any], ...]
    waiting: tuple[int, ...]


def outcome(
    attempt: Attempt,
    questions: Sequence[AttemptQuestion],
    values: Mapping[int, dict[str, Any] | None],
    hand: Mapping[int, Decimal],
    rulings: Mapping[int, Ruling],
) -> Outcome:
    """Mark every question. values: the answer by position; hand: points that a person gave, by position; rulings by
    version. A short answer without points counts nothing here and is named in `waiting`.
    """
    marked, items, waiting = [], [], []
    for question in questions:
        value, position = values.get(question.position), question.position
        ruling = rulings.get(question.version_id)
        given = hand.get(position)
        if ruling is None and marking.needs_person(question.version, value):
            if given is None:
                waiting.append(position)
            mark = marking.by_hand(given or Decimal(0), question.points)
        else:
            mark = marking.mark(question.version, value, question.points, attempt.terms["multiple_rule"], ruling)
        marked.append(Marked(question.section, question.version.competency, mark, question.points))
        items.append(
            {"position": position, "value": value, "hand_points": given}
            | {"points": mark.points, "full_points": mark.full_points, "verdict": mark.verdict}
        )
    sections = [
        (position, title, None if least is None else Decimal(least))
        for position, title, least in attempt.terms["sections"]
    ]
    grade = marking.total(marked, sections, Decimal(attempt.terms["pass_mark"]))
    return Outcome(grade, tuple(items), tuple(waiting))


def differs(found: Outcome, result: Result) -> bool:
    """Whether an outcome says anything else than a result that is kept."""
    if (found.grade.score, found.grade.is_passed) != (result.score, result.is_passed):
        return True
    before = [(item.position, item.points, item.full_points, item.verdict) for item in result.items]
    after = [(item["position"], item["points"], item["full_points"], item["verdict"]) for item in found.items]
    return before != after


def keep(
    attempt: Attempt, found: Outcome, now: datetime, *, cause: tuple[str, object] = ("", ""), note: str = ""
) -> Result:
    """Write the outcome as the attempt's next result. The attempt's row must be held by this transaction."""
    last = db.session.scalar(select(func.max(Result.number)).where(Result.attempt_id == attempt.id))
    result = _row(attempt, found, now)
    result.attempt, result.number, result.note = attempt, (last or 0) + 1, note[:300]
    result.cause_kind, result.cause_id = cause[0], str(cause[1])
    db.session.add(result)
    db.session.flush()
    if found.items:
        db.session.execute(insert(ResultItem), [{"result_id": result.id, **item} for item in found.items])
    attempt.result_id = result.id
    db.session.flush()
    return result


def _row(attempt: Attempt, found: Outcome, now: datetime) -> Result:
    grade = found.grade
    return Result(
        attempt_id=attempt.id,
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
    )


def of_attempt(attempt: Attempt, answers: Mapping[int, dict[str, Any] | None], hand: Mapping[int, Decimal]) -> Outcome:
    """The outcome of these answers by the rulings that hold for the day the attempt was handed in."""
    questions = queries.questions(attempt.id)
    assert attempt.handed_in_at is not None
    day = clock.local(attempt.handed_in_at).date()
    rulings = ruling_queries.rulings((one.version_id for one in questions), attempt.exam_id, day)
    return outcome(attempt, questions, answers, hand, rulings)


def so_far(attempt: Attempt) -> Result:
    """What the answers that need no marker are worth, as a result that is not kept: for an attempt that waits."""
    questions = queries.questions(attempt.id)
    values = {position: saved.value for position, saved in queries.latest_answers(attempt.id).items()}
    by_machine = [one for one in questions if not marking.needs_person(one.version, values.get(one.position))]
    found = outcome(attempt, by_machine, values, {}, {})
    result = _row(attempt, found, attempt.handed_in_at or attempt.started_at)
    result.items = [ResultItem(**item) for item in found.items]
    return result


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
