"""Verbs of marking: put answers in the queue, mark, change a mark, mark again after an objection, set an exam's terms."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from assessments.attempts import actions as attempts
from assessments.attempts import events
from assessments.attempts import queries as attempt_queries
from assessments.attempts.models import Attempt, AttemptStatus, Result
from assessments.exams.models import Exam
from assessments.markers import queries, rules
from assessments.markers.models import MarkingTerms, Script, ScriptMark
from assessments.markers.rules import Terms
from lms import audit, calendar, clock
from lms.access.models import Role
from lms.db import db
from lms.errors import Refused
from lms.notices import actions as notices


def queue(attempt: Attempt, *, positions: Sequence[int], answers: Mapping[int, dict[str, Any]]) -> list[Script]:
    """Put the written answers of a handed-in attempt into the queue, with the day they are due."""
    assert attempt.handed_in_at is not None
    terms = queries.terms(attempt.exam_id)
    due_on = calendar.add_working_days(clock.local(attempt.handed_in_at).date(), terms.working_days)
    asked = {one.position: one for one in attempt_queries.questions(attempt.id)}
    scripts = [
        Script(
            exam_id=attempt.exam_id,
            attempt_id=attempt.id,
            person_id=attempt.person_id,
            position=position,
            version_id=asked[position].version_id,
            text=answers[position]["text"],
            full_points=asked[position].points,
            is_double=terms.is_double,
            threshold_percent=terms.threshold_percent,
            due_on=due_on,
            handed_in_at=attempt.handed_in_at,
        )
        for position in positions
    ]
    db.session.add_all(scripts)
    db.session.flush()
    title = f"有答卷等待阅卷：{attempt.exam.title}"[:120]
    notices.notify_role(
        Role.trainer, title, f"{due_on.month} 月 {due_on.day} 日前阅完。", "marking", attempt.exam.code,
        key=f"marking:{attempt.exam_id}:{due_on}",
    )  # fmt: skip
    return scripts


def set_terms(exam: Exam, terms: Terms, changed_by: int) -> MarkingTerms:
    """Say how an exam's answers are marked; it holds for answers that are handed in from now on."""
    rules.check_terms(terms)
    row = queries.terms_row(exam.id)
    before = queries.terms(exam.id)
    if row is None:
        row = MarkingTerms(exam_id=exam.id)
        db.session.add(row)
    row.is_double, row.threshold_percent = terms.is_double, terms.threshold_percent
    row.working_days, row.changed_by, row.changed_at = terms.working_days, changed_by, clock.now()
    db.session.flush()
    audit.record("marking.terms", "exam", exam.code, exam.title, before=vars(before), after=vars(terms))
    return row


def _held(script_id: int) -> tuple[Script, Attempt]:
    """The attempt's row first, then the script's: one order for everybody, so that two markers never wait in a circle."""
    known = queries.script(script_id)
    if known is None:
        raise Refused("没有这一份答卷。")
    attempt = attempt_queries.locked(known.attempt_id)
    script = queries.held(script_id)
    assert attempt is not None
    assert script is not None
    return script, attempt


def mark(
    script_id: int, marker_id: int, given: Sequence[str], comment: str = "", *, wanted: int = rules.FIRST
) -> ScriptMark:
    """Mark an answer in the round the page was opened for; the last one that is wanted makes the attempt's result."""
    script, attempt = _held(script_id)
    rules.check_may_mark(
        stage=script.stage,
        wanted=max(wanted, rules.FIRST),
        is_waiting=attempt.status == AttemptStatus.awaiting,
        person_id=script.person_id,
        marker_id=marker_id,
        earlier={one.marker_id for one in script.marks},
    )
    made = _add(script, script.stage, 1, marker_id, given, comment)
    audit.record("script.mark", "script", script.id, script.exam.title, round=made.round, points=str(made.points))
    _settle(script, attempt)
    return made


def change(mark_id: int, changed_by: int, given: Sequence[str], comment: str, reason: str) -> ScriptMark:
    """Replace one's own mark by a newer one with its reason, as long as the result is not out."""
    old = db.session.get(ScriptMark, mark_id)
    if old is None:
        raise Refused("没有这次评分。")
    script, attempt = _held(old.script_id)
    words = rules.check_may_change(
        is_waiting=attempt.status == AttemptStatus.awaiting,
        marker_id=old.marker_id,
        changed_by=changed_by,
        reason=reason,
    )
    newest = [one for one in script.marks if one.round == old.round][-1]
    made = _add(script, old.round, newest.number + 1, changed_by, given, comment, words)
    audit.record(
        "script.change", "script", script.id, script.exam.title,
        before=str(newest.points), after=str(made.points), reason=words,
    )  # fmt: skip
    _settle(script, attempt)
    return made


def mark_again(
    script_id: int, marker_id: int, given: Sequence[str], comment: str, reason: str
) -> tuple[Result, Result] | None:
    """After an upheld objection: another person marks once more, and where the points differ the attempt gets a new
    result, (before, now). The caller has seen that the objection was upheld.
    """
    script, attempt = _held(script_id)
    rules.check_may_mark(
        stage=script.stage,
        wanted=rules.SETTLED,
        is_waiting=attempt.status == AttemptStatus.handed_in,
        person_id=script.person_id,
        marker_id=marker_id,
        earlier={one.marker_id for one in script.marks},
    )
    words = rules.checked_reason(reason)
    made = _add(script, max(one.round for one in script.marks) + 1, 1, marker_id, given, comment, words)
    before, script.points = script.points, made.points
    audit.record(
        "script.mark_again", "script", script.id, script.exam.title,
        before=str(before), after=str(made.points), reason=words,
    )  # fmt: skip
    changed = attempts.regrade(
        attempt, cause=("script", script.id), note=f"重新评分：{words}", hand={script.position: made.points}
    )
    if changed:
        events.results_regraded.send((changed,), note=f"重新评分：{words}")
    return changed


def _add(
    script: Script, round_: int, number: int, marker_id: int, given: Sequence[str], comment: str, reason: str = ""
) -> ScriptMark:
    rows = rules.read_rows(script.version.rubric, given)
    made = ScriptMark(
        script=script,
        round=round_,
        number=number,
        marker_id=marker_id,
        rows=rows,
        points=rules.points_for(rows, script.full_points),
        comment=comment.strip()[: rules.LONGEST_COMMENT],
        reason=reason,
        marked_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _settle(script: Script, attempt: Attempt) -> None:
    """Note what is wanted next; when nothing is wanted of the attempt any more, its result is made."""
    by_round: dict[int, Decimal] = {one.round: one.points for one in sorted(script.marks, key=lambda one: one.id)}
    terms = Terms(script.is_double, script.threshold_percent)
    script.stage, script.points = rules.settle([by_round[key] for key in sorted(by_round)], terms, script.full_points)
    db.session.flush()
    scripts = queries.of_attempt(attempt.id)
    if all(one.stage == rules.SETTLED for one in scripts):
        attempts.finish(attempt, {one.position: one.points for one in scripts if one.points is not None})
