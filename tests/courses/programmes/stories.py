"""A small hotline for tests of programmes: two teams, two vendors, a course, and plans over them."""

from datetime import date, timedelta

from sqlalchemy import select

from courses.programmes.actions import drafting, following
from courses.programmes.actions.drafting import Plan
from courses.programmes.models import Programme
from courses.programmes.rules.audience import Audience
from courses.programmes.rules.deadlines import Due
from courses.progress.models import CourseCompletion
from lms import clock, jobs
from lms.db import db, transaction
from lms.jobs import Job
from lms.people.rules import Reach
from lms.web.guards import Reach as Given

ALL: tuple[Reach, ...] = (Given("hr", "all"),)
T1 = ("course", "T1")


def plan(**changes) -> Plan:
    """A course asked of everybody, a month ahead."""
    given = {
        "title": "年度必修",
        "items": (T1,),
        "audience": Audience(),
        "due": Due(on=clock.today() + timedelta(days=30), least_days=7),
        "days_before": (7, 1),
        "days_after": (1,),
    }
    return Plan(**(given | changes))


def published(**changes) -> Programme:
    """Such a programme published, everybody told."""
    programme = drafting.draft(plan(**changes))
    drafting.publish(programme)
    run(following.follow(programme.id))
    return programme


def run(steps) -> None:
    """A generator verb to its end."""
    for _step in steps:
        pass


def complete(person_id: int, course_id: int, at=None, version: int = 1) -> CourseCompletion:
    """A course is done, without the lessons."""
    row = CourseCompletion(
        person_id=person_id, course_id=course_id, course_version=version, completed_at=at or clock.now()
    )
    db.session.add(row)
    db.session.flush()
    return row


def run_jobs() -> None:
    """Every waiting job."""
    with transaction(writes=False):
        waiting = list(db.session.scalars(select(Job.id).order_by(Job.id)))
    for job_id in waiting:
        jobs.run(job_id)


def days(n: int) -> date:
    """Some days from today."""
    return clock.today() + timedelta(days=n)
