"""What a certificate will say: read from results, completions, the ledger and the employment of that day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from assessments.attempts import queries as attempts
from assessments.attempts.models import Result
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from certificates.awards import grounds, rules
from certificates.awards.issuer import issuer
from certificates.awards.layout import CertificateFacts, CourseLine
from certificates.awards.models import Award
from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, CourseUnit, UnitKind
from courses.hours import queries as hours
from courses.hours import rules as hour_rules
from courses.progress import queries as progress
from courses.progress.models import CourseCompletion
from lms import clock
from lms.db import db
from lms.organisation.queries import centre_name
from lms.people.models import Person, Spell

COURSE_TITLE = "课程结业证书"
LONGEST_DEPARTMENT = 80
LONGEST_COURSE = 76  # with 结业证书 behind it the title fits its column


@dataclass(frozen=True)
class Ground:
    """What an award rests on, before it is about a holder: the source, what it is for, and what is proved by it."""

    source: tuple[str, int]
    person_id: int
    subject: str
    title: str
    printed_title: str
    statement: str
    emphasis: str
    courses: tuple[dict[str, str], ...]
    score: Decimal | None
    hours: Decimal
    issued_on: date
    months: int
    department: str


def of_result(result: Result) -> Ground | None:
    """The ground of an exam's certificate; None where the exam closes a course, gives none or was not passed."""
    exam = result.attempt.exam
    if not result.is_passed or not exam.certificate_title or exam.unit_id is not None:
        return None
    day = clock.local(result.graded_at).date()
    courses = [course for code in exam.course_codes if (course := catalogue.course(code)) is not None]
    statement, emphasis = rules.exam_statement(exam.certificate_title, exam.title)
    closing = [one for course in courses for one in _exams(course)]
    return Ground(
        source=(grounds.ATTEMPT, result.attempt_id),
        person_id=result.person_id,
        subject=exam.code,
        title=exam.certificate_title,
        printed_title=exam.certificate_title,
        statement=statement,
        emphasis=emphasis,
        courses=tuple(_line(course, _version(result.person_id, course)) for course in courses),
        score=result.score,
        hours=grounds.hours_earned(result.person_id, _units(courses), [exam, *closing]),
        issued_on=day,
        months=rules.EXAM_MONTHS,
        department=_department(courses),
    )


def of_completion(completion: CourseCompletion) -> Ground:
    """The ground of a course's certificate; the score is the best of its closing exam, if it has one."""
    course, person_id = completion.course, completion.person_id
    day = clock.local(completion.completed_at).date()
    closing = _exams(course)
    earned = grounds.hours_earned(person_id, course.units, closing)
    earned += sum((_coming(person_id, exam, day) for exam in closing), Decimal(0))
    return Ground(
        source=(grounds.COMPLETION, completion.id),
        person_id=person_id,
        subject=course.code,
        title=f"{course.title[:LONGEST_COURSE]}结业证书",
        printed_title=COURSE_TITLE,
        statement=rules.course_statement(course.title),
        emphasis=f"《{course.title}》",
        courses=(_line(course, completion.course_version),),
        score=_best(person_id, closing, completion.completed_at),
        hours=earned,
        issued_on=day,
        months=course.validity_months,
        department=_department([course]),
    )


def score_now(award: Award) -> Decimal | None:
    """The score a certificate would print if made of the results as they count now: of its attempt, or the best that had
    closed the course by then.
    """
    kind, ref_id = award.facts["source"]
    if kind == grounds.ATTEMPT:
        found = attempts.result(int(ref_id))
        return found.score if found else None
    completion = db.session.get_one(CourseCompletion, int(ref_id))
    return _best(completion.person_id, _exams(completion.course), completion.completed_at)


def _best(person_id: int, closing: Iterable[Exam], until: datetime) -> Decimal | None:
    passes = [found for exam in closing if (found := grounds.best_pass(person_id, exam.id, until)) is not None]
    return max((one.score for one in passes), default=None)


def _units(courses: Iterable[Course]) -> list[CourseUnit]:
    return [unit for course in courses for unit in course.units]


def _exams(course: Course) -> list[Exam]:
    closing = [unit.id for unit in course.units if unit.kind == UnitKind.exam and not unit.is_retired]
    return [exam for unit_id in closing if (exam := exams.exam_of_unit(unit_id)) is not None]


def _coming(person_id: int, exam: Exam, day: date) -> Decimal:
    """Hours that a pass of that day is still to earn: a pass completes its course just before its hours are written."""
    passed = grounds.best_pass(person_id, exam.id, clock.now())
    rule = hours.rule("exam", day)
    if passed is None or rule is None or clock.local(passed.graded_at).date() != day:
        return Decimal(0)
    if hours.entry_of(person_id, grounds.ATTEMPT, str(passed.attempt_id)) is not None:
        return Decimal(0)
    return hour_rules.credit(exam.minutes, rule.bands, rule.daily_maximum, hours.counted_on(person_id, day)).hours


def _version(person_id: int, course: Course) -> int:
    """The version a person completed last, else the one there is."""
    done = progress.course_completions(person_id, course.id)
    return done[-1].course_version if done else course.version


def _line(course: Course, version: int) -> dict[str, str]:
    return {"code": course.code, "title": course.title, "version": f"第 {version} 版"}


def _department(courses: Iterable[Course]) -> str:
    return "、".join(dict.fromkeys(course.owner for course in courses if course.owner))[:LONGEST_DEPARTMENT]


def frozen(ground: Ground, person: Person, spell: Spell | None, number: str) -> dict[str, Any]:
    """Everything the certificate says, as plain JSON values that give the same text on every database."""
    organisation = issuer().organisation or centre_name()
    return {
        "source": list(map(str, ground.source)),
        "person_id": person.id,
        "holder_name": person.certificate_name or person.name,
        "post_title": spell.post.name if spell else "",
        "unit_name": spell.unit.name if spell else "",
        "subject": ground.subject,
        "title": ground.printed_title,
        "organisation": organisation,
        "statement": ground.statement,
        "emphasis": ground.emphasis,
        "courses": list(ground.courses),
        "course_codes": [line["code"] for line in ground.courses],
        "score": plain(ground.score),
        "hours": plain(ground.hours) if ground.hours > 0 else None,
        "issued_on": ground.issued_on.isoformat(),
        "valid_until": rules.valid_until(ground.issued_on, ground.months).isoformat(),
        "endorsing_department": ground.department or organisation[:LONGEST_DEPARTMENT],
        "endorser_name": "",
        **numbered(number),
    }


def numbered(number: str) -> dict[str, str]:
    """The facts that come with a number; it is also the code that people type to verify."""
    return {"number": number, "verify_code": number, "verify_url": issuer().verify_url(number)}


def plain(value: Decimal | None) -> str | None:
    """A number as the facts keep it: no noughts at its end."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def printed(kept: dict[str, Any]) -> CertificateFacts:
    """The kept facts as the page of the certificate wants them."""
    return CertificateFacts(
        title=kept["title"],
        organisation=kept["organisation"],
        holder_name=kept["holder_name"],
        statement=kept["statement"],
        post_title=kept["post_title"],
        courses=tuple(CourseLine(line["title"], line["version"]) for line in kept["courses"]),
        score=Decimal(kept["score"]) if kept["score"] is not None else None,
        hours=Decimal(kept["hours"]) if kept["hours"] is not None else None,
        number=kept["number"],
        issued_on=date.fromisoformat(kept["issued_on"]),
        valid_until=date.fromisoformat(kept["valid_until"]) if kept["valid_until"] else None,
        endorsing_department=kept["endorsing_department"],
        endorser_name=kept["endorser_name"],
        verify_url=kept["verify_url"],
        verify_code=kept["verify_code"],
    )
