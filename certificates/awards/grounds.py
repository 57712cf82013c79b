"""What a certificate rests on: passes, hours, the attempt behind a completed course; and who is told when it is held."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, func, or_, select

from assessments.attempts import queries as attempts
from assessments.attempts.models import Attempt, AttemptStatus, Result
from assessments.exams.models import Exam
from certificates.awards.models import Award
from courses.catalogue.models import CourseUnit
from courses.hours.models import HourEntry
from courses.progress import queries as progress
from lms.access.models import Role, RoleGrant, Scope
from lms.db import db
from lms.organisation.queries import unit_ids_below
from lms.people.models import Spell

ATTEMPT, COMPLETION, HELD = "attempt", "course_completion", "award"  # kinds of source


def best_pass(person_id: int, exam_id: int, until: datetime) -> Result | None:
    """The best passed result of a person at an exam handed in by then, as it counts now; voided attempts do not count."""
    return db.session.scalar(
        select(Result)
        .join(Attempt, attempts.CURRENT)
        .where(
            Result.person_id == person_id,
            Result.exam_id == exam_id,
            Result.is_passed,
            Attempt.handed_in_at <= until,
            Attempt.status == AttemptStatus.handed_in,
        )
        .order_by(Result.score.desc(), Result.id)
        .limit(1)
    )


def hours_earned(person_id: int, units: Iterable[CourseUnit], exams: Iterable[Exam]) -> Decimal:
    """Hours in a person's ledger for these units and exams; what was taken back is taken off."""
    lessons = {unit.code for unit in units}
    sittings = db.session.scalars(
        select(Attempt.id).where(Attempt.person_id == person_id, Attempt.exam_id.in_([exam.id for exam in exams]))
    )
    source = or_(
        and_(HourEntry.source_kind == "lesson", HourEntry.source_id.in_(lessons)),
        and_(HourEntry.source_kind == ATTEMPT, HourEntry.source_id.in_([str(one) for one in sittings])),
    )
    lines = select(HourEntry.id).where(HourEntry.person_id == person_id, source)
    total = db.session.scalar(
        select(func.sum(HourEntry.hours)).where(
            HourEntry.person_id == person_id, or_(source, HourEntry.reversal_of_id.in_(lines))
        )
    )
    return Decimal(total or 0)


def of_attempt(attempt: Attempt) -> list[Award]:
    """The awards that rest on an attempt: its own, that of the course it completed, and what was made from them."""
    wanted = Award.source_kind == ATTEMPT, Award.source_id == str(attempt.id)
    found = [and_(*wanted)]
    unit = attempt.exam.unit
    done = progress.unit_completion(attempt.person_id, unit.id) if unit else None
    if unit and done and (done.source_kind, done.source_id) == (ATTEMPT, str(attempt.id)):
        later = [
            str(one.id)
            for one in progress.course_completions(attempt.person_id, unit.course_id)
            if one.completed_at >= done.completed_at
        ]
        found.append(and_(Award.source_kind == COMPLETION, Award.source_id.in_(later)))
    first = list(db.session.scalars(select(Award).where(or_(*found))))
    return [*first, *_made_from(first)]


def _made_from(awards: list[Award]) -> list[Award]:
    """What was made from these, and from that again."""
    found: list[Award] = []
    while awards:
        awards = list(db.session.scalars(select(Award).where(Award.released_from_id.in_([one.id for one in awards]))))
        found += awards
    return found


def hr_over(spell: Spell | None) -> list[int]:
    """Ids of the HR people whose reach covers a spell; without one, those who reach everybody."""
    grants = db.session.scalars(select(RoleGrant).where(RoleGrant.role == Role.hr, RoleGrant.ended_at.is_(None)))
    return [grant.person_id for grant in grants if _reaches(grant, spell)]


def _reaches(grant: RoleGrant, spell: Spell | None) -> bool:
    if grant.scope == Scope.all or spell is None:
        return grant.scope == Scope.all
    if grant.scope == Scope.own_vendor:
        return grant.vendor_id is not None and grant.vendor_id == spell.vendor_id
    return grant.unit_id is not None and spell.unit_id in unit_ids_below(grant.unit_id)
