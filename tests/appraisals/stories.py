"""A hotline with people of every form, their evidence of a quarter, and a cycle at any stage."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from appraisals.cycles import cli, queries
from appraisals.cycles.actions import moving, opening, scoring
from appraisals.cycles.models import Cycle, CycleKind
from appraisals.cycles.rules.stages import Actor, Stage
from appraisals.evidence.actions import NewValue, record_measures
from assessments.attempts.models import Attempt, AttemptStatus, Result
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.papers.models import Paper, PaperKind
from certificates.awards.models import Award, AwardStatus
from courses.hours.models import HourEntry, HourRequirement
from lms import clock
from lms.db import db
from lms.organisation.models import Unit, Vendor
from lms.people.models import EmploymentForm, Person
from tests import factories

START, END = date(2026, 7, 1), date(2026, 9, 30)
AGENT = {
    "qc": 91, "satisfaction": 96, "fcr": 93, "on_time": 98.2, "improvement": 85, "attendance": 98, "extra_duty": 90,
    "survey_360": 90, "competency_rating": 86, "simulator": 88,
}  # fmt: skip
OFFICE = {
    "key_tasks": 94, "task_supervision": 92, "served_unit_rating": 88, "attendance": 98, "extra_duty": 90,
    "survey_360": 90, "competency_rating": 86, "simulator": 88,
}  # fmt: skip


@dataclass
class House:
    """Who is who."""

    hr: Person
    committee: Person
    leader: Person
    vendor_hr: Person
    stranger: Person
    agent: Person
    clerk: Person
    team: Unit
    other_team: Unit
    vendor: Vendor
    other_vendor: Vendor


def house() -> House:
    """方静 is HR, 高晨 sits in the committee, 赵海宁 leads 受理一组, 戴晴 is the vendor's HR, 骆飞 another vendor's."""
    cli.load_all()
    organ = factories.unit("O1", "云州市数据局", "organ")
    centre = factories.unit("I1", "热线中心", "institution", organ)
    team = factories.unit("T1", "受理一组", "team", centre)
    other_team = factories.unit("T2", "受理二组", "team", centre)
    vendor, other = factories.vendor("V1", "云州慧声"), factories.vendor("V2", "临江众听")
    office = factories.post("officer", "综合岗", is_front_line=False)
    agent = factories.person("林晓岚", unit=team, vendor=vendor)
    if not db.session.query(HourRequirement).count():
        db.session.add_all(
            HourRequirement(form=form, hours=Decimal(40), title="测试", valid_from=date(2025, 1, 1))
            for form in EmploymentForm
        )
    return House(
        hr=factories.person("方静", form="institution", unit=centre, post=office, roles=("learner", "hr")),
        committee=factories.person(
            "高晨", form="civil_servant", unit=centre, post=office, roles=("learner", "committee")
        ),
        leader=factories.person(
            "赵海宁", form="institution", unit=team, roles=("learner", "line_leader"), scope="own_unit"
        ),
        vendor_hr=factories.person("戴晴", unit=other_team, vendor=vendor, roles=("learner", "hr"), scope="own_vendor"),
        stranger=factories.person("骆飞", unit=other_team, vendor=other, roles=("hr",), scope="own_vendor"),
        agent=agent,
        clerk=factories.person("刘志远", form="institution", unit=team),
        team=team,
        other_team=other_team,
        vendor=vendor,
        other_vendor=other,
    )


def evidence(
    person: Person, *, work: str = "agent", hours: int = 30, certificate: bool = True, **changed: float
) -> None:
    """A quarter's values, hours in the ledger and a certificate; `changed` are other values, None leaves one out."""
    values = {**(AGENT if work == "agent" else OFFICE), **changed}
    record_measures(
        NewValue(person.id, code, START, END, Decimal(str(value)), "测试导入", sample_size=6)
        for code, value in values.items()
        if value is not None
    )
    if hours:
        db.session.add(
            HourEntry(
                person_id=person.id, year=2026, occurred_on=date(2026, 3, 1), category="class", label="集中培训",
                minutes=45 * hours, hours=Decimal(hours), calculation="测试", source_kind="test", source_id=str(person.id),
                recorded_at=clock.now(),
            )
        )  # fmt: skip
    if certificate:
        award(person)
    db.session.flush()


def award(person: Person, subject: str = "C1", score: int = 92, valid_until: date | None = None) -> Award:
    """A certificate with its score."""
    found = Award(
        number=f"T{subject}{person.id}", person_id=person.id, source_kind="test", source_id=f"{subject}{person.id}",
        subject=subject, title=subject, status=AwardStatus.issued, holder_name=person.name, post_title="坐席",
        unit_name="受理一组", score=Decimal(score), issued_on=date(2026, 1, 5), valid_until=valid_until,
        endorsing_department="培训科", facts={}, facts_hash="0" * 64, pdf_hash="0" * 64, issued_at=clock.now(),
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    return found


def opened(kind: CycleKind = CycleKind.quarterly, code: str = "2026-Q3") -> Cycle:
    """A cycle in 方案起草."""
    return opening.open_cycle(code, "2026 年第三季度考核", kind, START, END, grading_due_on=date(2026, 11, 27))


def grading_cycle(code: str = "2026-Q3", kind: CycleKind = CycleKind.quarterly) -> Cycle:
    """A cycle in 评定, every score worked out."""
    cycle = opened(kind, code)
    moving.move(cycle, Stage.plan_published, Actor.committee)
    moving.move(cycle, Stage.evidence_locked, Actor.hr)
    compute(cycle)
    moving.move(cycle, Stage.grading, Actor.hr)
    return cycle


def compute(cycle: Cycle) -> None:
    """Run the job to its end."""
    for _step in scoring.compute_scores({"cycle_id": cycle.id}):
        pass


def part(cycle: Cycle, person: Person):
    """The participation of a person."""
    found = queries.participation(cycle.id, person.id)
    assert found is not None
    return found


def passed(person: Person, courses: list[str], score: int, day: date, code: str = "") -> Result:
    """A graded attempt at an exam over some courses."""
    code = code or f"exam-{'-'.join(courses)}"
    exam = db.session.scalar(select(Exam).where(Exam.code == code))
    if exam is None:
        paper = Paper(code=code, title=code, kind=PaperKind.fixed, course_codes=courses)
        db.session.add(paper)
        db.session.flush()
        exam = Exam(
            code=code, title=f"{code} 测验", paper_id=paper.id, course_codes=courses, minutes=30, attempts_allowed=3,
            first_delay_hours=0, later_delay_hours=0, pass_mark=Decimal(80), multiple_rule=MultipleRule.all_or_nothing,
            review=Review.immediate,
        )  # fmt: skip
        db.session.add(exam)
        db.session.flush()
    number = db.session.query(Attempt).filter_by(exam_id=exam.id, person_id=person.id).count() + 1
    at = clock.local_instant(day, 10)
    attempt = Attempt(
        exam_id=exam.id, person_id=person.id, number=number, seed=1, status=AttemptStatus.handed_in, started_at=at,
        deadline_at=at, handed_in_at=at, terms={},
    )  # fmt: skip
    db.session.add(attempt)
    db.session.flush()
    result = Result(
        attempt_id=attempt.id, person_id=person.id, exam_id=exam.id, score=Decimal(score), full_points=Decimal(100),
        is_passed=score >= 80, sections=[], abilities=[], right_count=0, question_count=0, reasons=[], graded_at=at,
    )  # fmt: skip
    db.session.add(result)
    db.session.flush()
    attempt.result_id = result.id
    db.session.flush()
    return result
