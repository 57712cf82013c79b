"""Reads for trainers and HR: how far units are in courses, who is in mid-lesson, which texts cite lapsed policies."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, distinct, exists, func, select

from courses.catalogue.models import CourseUnit
from courses.progress.models import CourseCompletion, Enrolment, LessonReading, UnitCompletion
from lms.db import db
from lms.organisation.models import Unit
from lms.people import queries as people
from lms.people.models import Spell
from lms.people.rules import Reach
from lms.policies import queries as policies
from lms.policies import rules as policy_rules
from lms.policies.models import Citation


@dataclass(frozen=True)
class Count:
    """People who have taken up a course: how many, and how many completed it."""

    enrolled: int = 0
    completed: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.enrolled + other.enrolled, self.completed + other.completed)

    @property
    def percent(self) -> int:
        """Completed of those enrolled, whole percent, cut."""
        return self.completed * 100 // self.enrolled if self.enrolled else 0


def counts(reaches: Iterable[Reach], day: date) -> dict[int, dict[int, Count]]:
    """{course id: {unit id: Count}} of the people working on that day whom these reaches cover, in two queries."""
    done = (
        select(CourseCompletion.person_id, CourseCompletion.course_id)
        .where(CourseCompletion.withdrawn_at.is_(None))
        .distinct()
        .subquery()
    )
    is_done = done.c.person_id.is_not(None)
    rows = db.session.execute(
        select(
            Enrolment.course_id,
            Spell.unit_id,
            func.count(),
            func.sum(case((is_done, 1), else_=0)),
        )
        .select_from(Enrolment)
        .join(Spell, Spell.person_id == Enrolment.person_id)
        .where(Spell.id.in_(people.current_spells(day).with_only_columns(Spell.id)))
        .where(Enrolment.person_id.in_(people.persons_in_scope(reaches, day)))
        .outerjoin(done, and_(done.c.person_id == Enrolment.person_id, done.c.course_id == Enrolment.course_id))
        .group_by(Enrolment.course_id, Spell.unit_id)
    )
    found: dict[int, dict[int, Count]] = {}
    for course_id, unit_id, enrolled, completed in rows:
        found.setdefault(course_id, {})[unit_id] = Count(enrolled, int(completed))
    return found


def heads(reaches: Iterable[Reach], day: date) -> list[tuple[Unit, int]]:
    """Units with somebody in reach and how many that are, in the order of the organisation."""
    n = func.count()
    rows = db.session.execute(
        select(Unit, n)
        .join(Spell, Spell.unit_id == Unit.id)
        .where(Spell.id.in_(people.current_spells(day).with_only_columns(Spell.id)))
        .where(Spell.person_id.in_(people.persons_in_scope(reaches, day)))
        .group_by(Unit.id)
        .order_by(Unit.position, Unit.code)
    )
    return [(unit, count) for unit, count in rows]


def readers() -> dict[int, int]:
    """{course id: people in the middle of it, who have begun a lesson and not finished that lesson}."""
    is_done = exists().where(
        CourseCompletion.person_id == Enrolment.person_id,
        CourseCompletion.course_id == Enrolment.course_id,
        CourseCompletion.withdrawn_at.is_(None),
    )
    is_finished = exists().where(
        UnitCompletion.unit_id == LessonReading.unit_id,
        UnitCompletion.person_id == LessonReading.person_id,
        UnitCompletion.withdrawn_at.is_(None),
    )
    is_reading = exists().where(
        LessonReading.person_id == Enrolment.person_id,
        CourseUnit.id == LessonReading.unit_id,
        CourseUnit.course_id == Enrolment.course_id,
        ~is_finished,
    )
    rows = db.session.execute(
        select(Enrolment.course_id, func.count()).where(~is_done, is_reading).group_by(Enrolment.course_id)
    )
    return {course_id: n for course_id, n in rows}  # noqa: C416 - rows are not tuples


@dataclass(frozen=True)
class Lapsed:
    """A policy that no longer holds and how many lessons and questions still cite it."""

    code: str
    title: str
    words: str
    tone: str
    lessons: int
    questions: int


def lapsed_citations(day: date) -> list[Lapsed]:
    """Policies that do not hold on a day and are cited by lessons or questions, in a fixed number of queries."""
    cited: dict[int, dict[str, int]] = {}
    for document_id, kind, n in db.session.execute(
        select(Citation.document_id, Citation.kind, func.count(distinct(Citation.ref_id))).group_by(
            Citation.document_id, Citation.kind
        )
    ):
        cited.setdefault(document_id, {})[kind] = n
    found = []
    for document in policies.documents():
        kinds = cited.get(document.id, {})
        version = policies.current_version(document)
        if not kinds or policy_rules.holds(version.status, version.effective_on, day):
            continue
        words, tone = policy_rules.status_words(version.status, version.effective_on, day)
        found.append(
            Lapsed(document.code, document.title, words, tone, kinds.get("lesson", 0), kinds.get("question", 0))
        )
    return found
