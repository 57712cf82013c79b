"""Verbs of practice: answer the day's question, answer a handful of mistakes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError

from assessments.attempts import rules as answer_rules
from assessments.bank.models import QuestionType, QuestionVersion
from assessments.marking import rules as marking
from assessments.practice import queries, rules
from assessments.practice.models import PracticeAnswer
from lms import audit, clock
from lms.db import db
from lms.errors import Refused

MULTIPLE_RULE = "half_for_subset"  # a subset counts as partly right, so it lands in the book


def answer_daily(person_id: int, version_id: int, given: Mapping[str, Any]) -> PracticeAnswer:
    """Keep and mark the answer to the day's question; one a day."""
    day = clock.today()
    known = queries.daily_answer(person_id, day)
    drawn = None if known else queries.daily_draw(person_id, day)
    value = _value(drawn, given) if drawn is not None and drawn.id == version_id else {}
    rules.check_daily(
        known is not None, drawn.id if drawn else None, version_id, is_blank=not answer_rules.is_answered(value)
    )
    assert drawn is not None
    return _keep(person_id, drawn, value, f"daily-{day.isoformat()}", daily_on=day)


def answer_set(person_id: int, set_key: str, given: Mapping[int, Mapping[str, Any]]) -> list[PracticeAnswer]:
    """Keep and mark a handful: {question id: answer}; only questions of the person's book count, blanks are left out.

    The same handful sent twice is kept once.
    """
    there = queries.set_answers(person_id, set_key)
    if there:
        return there
    in_book = {one.question_id for one in queries.mistakes(person_id)}
    known = queries.current_questions(question_id for question_id in given if question_id in in_book)
    values = {
        question_id: _value(question.current, given[question_id])
        for question_id, question in known.items()
        if question.current is not None
    }
    answered = {key: value for key, value in values.items() if answer_rules.is_answered(value)}
    rules.check_set([True for _ in answered])
    kept = []
    for question_id in given:
        version = known[question_id].current if question_id in answered else None
        if version is not None:
            kept.append(_keep(person_id, version, answered[question_id], set_key))
    return kept


def _value(version: QuestionVersion, given: Mapping[str, Any]) -> dict[str, Any]:
    keys = [option["key"] for option in version.options]
    return answer_rules.read_value(
        {"chosen": given.get("chosen"), "text": given.get("text")},
        keys,
        is_multiple=version.type == QuestionType.multiple,
    )


def _keep(
    person_id: int, version: QuestionVersion, value: dict[str, Any], set_key: str, *, daily_on: date | None = None
) -> PracticeAnswer:
    mark = marking.mark(version, value, Decimal(1), MULTIPLE_RULE)
    answer = PracticeAnswer(
        person_id=person_id,
        question_id=version.question_id,
        version_id=version.id,
        daily_on=daily_on,
        set_key=set_key,
        value=value,
        verdict=mark.verdict,
        answered_on=clock.today(),
        answered_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(answer)
    except IntegrityError:  # a second press at the same moment
        raise Refused("这道题刚刚已经提交过了，刷新页面看结果。") from None
    kind = "daily" if daily_on else "mistakes"
    audit.record("practice.answer", "practice_answer", answer.id, kind, verdict=mark.verdict)
    return answer
