"""The demo's corrections: an item of a course of 德 is taken out, some scores would come out otherwise, HR has not decided yet."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import func, select

from appraisals.scores.models import ScoreProposal
from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus
from assessments.exams.models import Exam
from assessments.marking.rules import Ruling
from assessments.regrades import actions as regrades
from assessments.regrades import queries
from assessments.regrades.queries import Scope
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.jobs import Job, JobStatus
from lms.people.models import Person

EXAM = "exam-a3"
DAYS = 120  # back from today
REASON = "题干引用的条款已经修订，本题不计分"


def load(demo: Demo) -> Iterator[str]:
    """Take out an item that lets one or two people fall below the pass mark; then proposals wait for HR."""
    teacher = db.session.get_one(Person, demo.people["T2002"].id)
    found = _item(teacher.id, demo.today - timedelta(days=DAYS))
    if found is None:
        return
    at = min(clock.now(), clock.local_instant(demo.today - timedelta(days=1), 16, 5))
    with clock.frozen(at), audit.acting_as(teacher.id, teacher.name, "web"):
        ruling = Ruling("remove")
        made = regrades.decide(found, ruling, REASON, teacher.id, queries.preview(found, ruling).forecast)
        job = db.session.get_one(Job, made.job_id)
        job.started_at = clock.now()
        for step in regrades.run({"ruling_id": made.id}):
            job.done, job.total, job.note = step.done, step.total, step.note
        job.status, job.finished_at = JobStatus.done, clock.now()
        db.session.flush()
    n = db.session.scalar(select(func.count()).select_from(ScoreProposal))
    yield f"更正：{queries.regraded(made.id)} 份成绩，{n} 条考核分等待人事决定"


def _item(teacher: int, since: date) -> Scope | None:
    """A wording, not asked of the teacher, whose removal since a day changes few results and costs somebody the pass; or
    else the one that changes fewest.
    """
    rows = db.session.scalars(
        select(AttemptQuestion.version_id)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(
            Exam.code == EXAM,
            Attempt.status == AttemptStatus.handed_in,
            Attempt.handed_in_at >= clock.local_instant(since),
        )
        .group_by(AttemptQuestion.version_id)
        .order_by(func.count(), AttemptQuestion.version_id)
    ).all()
    scopes = [scope for one in rows if not queries.has_sat(scope := Scope(one, since=since), teacher)]
    for scope in scopes:
        if queries.preview(scope, Ruling("remove")).newly_failed:
            return scope
    return scopes[0] if scopes else None
