"""The demo's arrangements: an exam of next week with its own blueprint, a window that is open, somebody with extra time."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from assessments.bank.models import TYPE_LABELS, QuestionType
from assessments.exams import queries
from assessments.exams.actions import extra_time, terms
from assessments.exams.actions.terms import NewTerms
from assessments.exams.models import MultipleRule, Review
from assessments.papers import actions as papers
from assessments.papers.actions import Section
from assessments.papers.models import RowKind
from lms import audit, clock
from lms.demo import Demo

POST_EXAM = "exam-intake-post"
CODE, TITLE = "exam-winter-review", "冬季业务复核"
TRAINER, HR = "T2001", "H4001"
SLOWER = "A1160"
WINDOW_DAYS = 9
PICKS = {
    QuestionType.single: (Decimal(3), (("受理分流", 2), ("信访程序", 3), ("工单流程", 2), ("热线职责", 2)), 16),
    QuestionType.multiple: (Decimal(5), (("信访程序", 1), ("举报保护", 1)), 8),
    QuestionType.true_false: (Decimal(2), (), 6),
}  # type → points each, questions per topic, questions in all


def load(demo: Demo) -> Iterator[str]:
    """Arrange the exams ahead; after the sittings of the past, which knew no window."""
    trainer, hr = demo.people[TRAINER], demo.people[HR]
    with audit.acting_as(trainer.id, trainer.name, "web"):
        _winter_review(demo.today)
        exam = queries.exam(POST_EXAM)
        assert exam is not None
        exam.closes_at = clock.local_instant(demo.today + timedelta(days=WINDOW_DAYS), 18)
    slower = demo.people.get(SLOWER)
    if slower is not None:
        with audit.acting_as(hr.id, hr.name, "web"):
            extra_time.grant(
                slower.id, percent=25, minutes=0, starts_on=demo.today - timedelta(days=20),
                ends_on=demo.today + timedelta(days=160), reason="右手骨折，凭医院证明，打字较慢", granted_by=hr.id,
            )  # fmt: skip
    yield f"考试安排：{TITLE}下周开放，1 人加时"


def _winter_review(today: date) -> None:
    sections = [
        Section(TYPE_LABELS[kind], kind, count, points, picks=picks) for kind, (points, picks, count) in PICKS.items()
    ]
    paper = papers.save_blueprint(CODE, TITLE, ["C1", "B2"], sections, RowKind.topic)
    monday = today + timedelta(days=7 - today.weekday())
    exam = terms.create(
        CODE,
        TITLE,
        paper,
        NewTerms(
            opens_at=clock.local_instant(monday, 9), closes_at=clock.local_instant(monday + timedelta(days=4), 18),
            minutes=50, attempts_allowed=2, first_delay_hours=24, later_delay_hours=24, pass_mark=Decimal(75),
            multiple_rule=MultipleRule.half_for_subset, review=Review.after_close, grace_minutes=10, is_open=True,
        ),
    )  # fmt: skip
    paper.locked_at = clock.now()
    exam.title_en = "Winter review"
