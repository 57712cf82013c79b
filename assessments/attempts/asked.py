"""Exams as programmes ask for them: which there are, who has passed, and which courses a pass proves anew."""

from collections.abc import Collection

from sqlalchemy import Integer, String, bindparam, select

from assessments.attempts.models import Attempt, AttemptStatus, Result
from assessments.attempts.queries import CURRENT
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from courses.catalogue.models import Course, CourseUnit
from courses.hours.queries import chunks
from courses.programmes.actions import following
from courses.programmes.queries.sources import Done, Offer, Source
from courses.programmes.rules.content import Key
from lms.db import plain_rows

KIND = "exam"
MONTHS = (
    24  # a pass of an exam that closes no course counts as long as its certificate, domain page §6.1 (岗位证书 2 y)
)

# Built once: 今日 asks both of everybody whom a programme asks for something.
_PEOPLE = bindparam("person_ids", type_=Integer, expanding=True)
_CODES = bindparam("codes", type_=String, expanding=True)
_PASSED = (
    select(Result.person_id, Exam.code, Result.graded_at)
    .join(Exam, Exam.id == Result.exam_id)
    .join(Attempt, CURRENT)
    .where(Result.person_id.in_(_PEOPLE), Exam.code.in_(_CODES), Result.is_passed)
    .where(Attempt.status == AttemptStatus.handed_in)
)
_RENEWED = (
    select(Result.person_id, Course.code, Result.graded_at)
    .join(Exam, Exam.id == Result.exam_id)
    .join(CourseUnit, CourseUnit.id == Exam.unit_id)
    .join(Course, Course.id == CourseUnit.course_id)
    .join(Attempt, CURRENT)
    .where(Result.person_id.in_(_PEOPLE), Course.code.in_(_CODES), Result.is_passed)
    .where(Attempt.status == AttemptStatus.handed_in)
)


def offers() -> list[Offer]:
    """The open exams that stand alone; the exam of a course comes with the course."""
    return [
        Offer(KIND, exam.code, exam.title, exam.title_en, exam.minutes, MONTHS)
        for exam in exams.titles()
        if exam.is_open and exam.unit_id is None
    ]


def passed(codes: Collection[str], person_ids: Collection[int]) -> list[Done]:
    """Every pass of these exams by these people; void attempts do not count."""
    found: list[Done] = []
    for portion in chunks(person_ids):
        rows = plain_rows(_PASSED, person_ids=portion, codes=list(codes))
        found += [(person_id, code, at) for person_id, code, at in rows]
    return found


def renewed(course_codes: Collection[str], person_ids: Collection[int]) -> list[Done]:
    """Every pass by these people of the exam that closes one of these courses."""
    found: list[Done] = []
    for portion in chunks(person_ids):
        rows = plain_rows(_RENEWED, person_ids=portion, codes=list(course_codes))
        found += [(person_id, code, at) for person_id, code, at in rows]
    return found


def on_passed(result: Result) -> None:
    """A pass may complete a programme that asks for the exam, or for the course it closes."""
    following.note(result.person_id, _keys(result.attempt.exam))


def on_withdrawn(attempt: Attempt) -> None:
    """A pass that is taken back no longer completes what it completed."""
    following.recount(attempt.person_id, _keys(attempt.exam))


def _keys(exam: Exam) -> list[Key]:
    return [(KIND, exam.code)] if exam.unit is None else [("course", exam.unit.course.code)]


EXAMS = Source(KIND, "考试", offers, passed, renewed)
