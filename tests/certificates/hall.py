"""Courses, exams and sittings of one question, for tests of what a pass leads to."""

from decimal import Decimal
from itertools import count

from sqlalchemy import select

from assessments.attempts import actions
from assessments.attempts.models import Answer, Attempt, AttemptQuestion, Result
from assessments.bank.models import Difficulty, Question, QuestionType, QuestionVersion
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.papers.models import Paper, PaperKind
from certificates.awards import queries
from certificates.awards.models import Award
from courses.catalogue.models import Course, CourseUnit, UnitKind
from courses.hours import actions as hours
from courses.progress import actions as progress
from lms import clock
from lms.db import db, transaction

NUMBERS = count(1)
TITLE = "受理岗位资格证书"


def _kept(row):
    db.session.add(row)
    db.session.flush()
    return row


def course(code: str = "C1", title: str = "12345 热线标准与流程", *, lessons: int = 2, exam: bool = False) -> Course:
    """A course of short lessons, with a closing exam if wanted; the hour rules are loaded."""
    hours.load_rules()
    found = _kept(
        Course(
            code=code, title=title, track="C", hours_target=Decimal(6), competencies=["K3"], validity_months=12,
            owner="培训科", digest="x", updated_at=clock.now(),
        )
    )  # fmt: skip
    for n in range(1, lessons + 1):
        _kept(
            CourseUnit(
                course=found,
                code=f"{code.lower()}-step{n}",
                kind=UnitKind.lesson,
                position=n,
                title=f"第 {n} 节",
                minutes=15,
            )
        )
    if exam:
        unit = _kept(
            CourseUnit(
                course=found, code=f"exam-{code.lower()}", kind=UnitKind.exam, position=9, title="结业测验", minutes=20
            )
        )
        make_exam(f"exam-{code.lower()}", title="结业测验", codes=(code,), unit=unit, certificate="")
    return found


def make_exam(
    code="exam-intake-post", *, title="受理岗位资格认证", codes=("C1",), unit=None, certificate=TITLE
) -> Exam:
    paper = _kept(Paper(code=code, title=title, kind=PaperKind.drawn, course_codes=list(codes)))
    return _kept(
        Exam(
            code=code, title=title, paper=paper, unit=unit, course_codes=list(codes), minutes=30, attempts_allowed=3,
            first_delay_hours=24, later_delay_hours=24, pass_mark=Decimal(80), multiple_rule=MultipleRule.all_or_nothing,
            review=Review.immediate, certificate_title=certificate,
        )
    )  # fmt: skip


def _question() -> QuestionVersion:
    n = next(NUMBERS)
    question = _kept(Question(code=f"q-{n}", course_code="C1"))
    return _kept(
        QuestionVersion(
            question=question, number=1, type=QuestionType.single, difficulty=Difficulty.easy, competency="K3", topic="受理",
            basis=[], stem_html="<p>?</p>", stem_text="?", explanation_html="", source="", digest="x", accepted=[],
            options=[{"key": "A", "html": "对", "is_right": True}, {"key": "B", "html": "错", "is_right": False}],
            published_at=clock.now(),
        )
    )  # fmt: skip


def attempt(exam: Exam, person_id: int, *, right: int = 10, number: int = 1) -> Attempt:
    """An open attempt at ten questions, that many of them answered rightly."""
    now = clock.now()
    found = _kept(
        Attempt(
            exam=exam, person_id=person_id, number=number, seed=1, started_at=now,
            deadline_at=clock.local_instant(clock.today(), 23, 59),
            terms={"pass_mark": "80", "multiple_rule": "all_or_nothing", "sections": [[1, "单选题", None]], "review": "immediate"},
        )
    )  # fmt: skip
    for position in range(1, 11):
        version = _question()
        _kept(
            AttemptQuestion(
                attempt=found,
                position=position,
                section=1,
                version_id=version.id,
                option_order=["A", "B"],
                points=Decimal(10),
            )
        )
        value = {"chosen": ["A" if position <= right else "B"]}
        _kept(Answer(attempt_id=found.id, position=position, epoch=1, seq=1, value=value, saved_at=now))
    return found


def sit(exam: Exam, person_id: int, *, right: int = 10, number: int = 1) -> Result:
    """Sit and hand in, in the transaction of the caller."""
    return actions.submit(attempt(exam, person_id, right=right, number=number))


def read_all(found: Course, person_id: int) -> None:
    """Finish every lesson of a course."""
    for unit in found.units:
        if unit.kind == UnitKind.lesson:
            progress.complete_unit(person_id, unit, source=("lesson", unit.code))


def awards(person_id: int) -> list[Award]:
    return list(db.session.scalars(select(Award).where(Award.person_id == person_id).order_by(Award.id)))


def certified(person_id: int, code: str = "exam-intake-post", *, right: int = 10, **exam) -> Award:
    """A person's certificate by an exam of that code, committed; the exam is made when it is not there."""
    with transaction():
        known = db.session.scalar(select(Exam).where(Exam.code == code)) or make_exam(code, codes=(), **exam)
        made = len([one for one in awards(person_id) if one.subject == code])
        result = sit(known, person_id, right=right, number=made + 1)
        found = queries.of_source("attempt", result.attempt_id)
    assert found is not None
    return found


def exam_of(code: str) -> Exam:
    return db.session.scalars(select(Exam).where(Exam.code == code)).one()
