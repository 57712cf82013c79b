"""The demo's objections, one waiting and one upheld, and the ruling that followed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

from sqlalchemy import select

from assessments.attempts import queries as attempts
from assessments.attempts.models import Attempt, AttemptStatus, Result, ResultItem
from assessments.bank.models import QuestionType
from assessments.exams.models import Exam
from assessments.marking.rules import Ruling
from assessments.regrades import actions, queries
from assessments.regrades.queries import Scope
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.jobs import Job, JobStatus
from lms.people.models import Person

EXAM = "exam-c1"
WAITING = "题干没有说是第几次来电，按《热线工作规范》重复来电应当升级，我选的也说得通。"
UPHELD = "新的转办目录 11 月起把这一类交给街道，我选的那一项也应当算对。"
ANSWER = "核对了转办目录，你说得对：11 月起两种做法都可以。这道题改判，成绩会一并更正。"


def load(demo: Demo) -> Iterator[str]:
    """Two objections of two people to single choices they lost, and a ruling on the upheld one."""
    teacher = demo.people["T2002"].id
    rows = _lost(teacher)
    if len(rows) < 2:
        return
    name = db.session.get_one(Person, teacher).name
    (attempt, position), (other, place) = rows
    with _at(demo, 2, 15), audit.acting_as(attempt.person_id, _name(attempt.person_id), "web"):
        upheld = actions.object_to(attempt, position, UPHELD)
    with _at(demo, 1, 10), audit.acting_as(other.person_id, _name(other.person_id), "web"):
        actions.object_to(other, place, WAITING)
    with _at(demo, 1, 11), audit.acting_as(teacher, name, "web"):
        actions.answer(upheld, teacher, ANSWER, is_upheld=True)
        n = rule(upheld.version_id, _chosen(attempt.id, position), "转办目录 11 月更新，这一项也对", teacher)
    yield f"改判：1 道题，{n} 份成绩已更正；异议 2 条"


def rule(version_id: int, ruling: Ruling, reason: str, decided_by: int) -> int:
    """Decide a ruling and do its job at once, in the present transaction; returns how many results were made."""
    about = Scope(version_id)
    made = actions.decide(about, ruling, reason, decided_by, queries.preview(about, ruling).forecast)
    job = db.session.get_one(Job, made.job_id)
    job.started_at = clock.now()
    for step in actions.run({"ruling_id": made.id}):
        job.done, job.total, job.note = step.done, step.total, step.note
    job.status, job.finished_at = JobStatus.done, clock.now()
    db.session.flush()
    return queries.regraded(made.id)


def _at(demo: Demo, days: int, hour: int) -> AbstractContextManager[None]:
    return clock.frozen(clock.local_instant(demo.today - timedelta(days=days), hour, 20))


def _name(person_id: int) -> str:
    return db.session.get_one(Person, person_id).name


def _lost(teacher: int) -> list[tuple[Attempt, int]]:
    """Single choices that were answered wrongly in two of the newest attempts at the exam, of two people, that the teacher was
    not asked.
    """
    found: dict[int, tuple[Attempt, int]] = {}
    rows = db.session.execute(
        select(Attempt, ResultItem.position)
        .join(Result, attempts.CURRENT)
        .join(ResultItem, ResultItem.result_id == Result.id)
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(Exam.code == EXAM, Attempt.status == AttemptStatus.handed_in, ResultItem.verdict == "wrong")
        .order_by(Attempt.id.desc(), ResultItem.position)
    )
    for attempt, position in rows:
        asked = attempts.question_at(attempt.id, position)
        if asked is None or asked.version.type != QuestionType.single or attempt.person_id in found:
            continue
        if not queries.has_sat(Scope(asked.version_id), teacher):
            found[attempt.person_id] = (attempt, position)
        if len(found) == 2:
            break
    return list(found.values())


def _chosen(attempt_id: int, position: int) -> Ruling:
    found = queries.item_of(attempt_id, position)
    assert found is not None
    return Ruling("accept", tuple((found[1].value or {}).get("chosen", ())))
