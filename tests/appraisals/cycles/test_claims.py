"""Claims and plans, pure: until when, of what, how it may end, and which days a cycle has."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appraisals.cycles import remedies
from appraisals.cycles.models import ClaimKind, CycleKind
from appraisals.cycles.rules import claims, planning
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import FormStage, Stage
from lms import clock
from lms.errors import Refused
from lms.people.models import EmploymentForm

pytestmark = pytest.mark.no_database
DAY = date(2026, 2, 3)
CIVIL = remedies.remedy(EmploymentForm.civil_servant, DAY)
INSTITUTION = remedies.remedy(EmploymentForm.institution, DAY)
AGENT = remedies.remedy(EmploymentForm.outsourced, DAY)


@pytest.mark.parametrize(
    ("remedy", "kind", "told", "reviewed", "last"),
    [
        (CIVIL, ClaimKind.review, DAY, None, date(2026, 3, 5)),  # 30 days over the end of February
        (CIVIL, ClaimKind.appeal, DAY, None, date(2026, 3, 5)),  # directly
        (CIVIL, ClaimKind.appeal, DAY, date(2026, 2, 20), date(2026, 3, 7)),  # 15 days after the review
        (CIVIL, ClaimKind.review, date(2028, 1, 31), None, date(2028, 3, 1)),  # over a leap day
        (AGENT, ClaimKind.review, date(2026, 12, 20), None, date(2027, 1, 4)),  # over the end of the year
    ],
)
def test_the_last_day_of_a_review_or_appeal(remedy, kind, told, reviewed, last):
    assert claims.last_day(kind, remedy, told, reviewed) == last


def test_where_the_rules_want_a_review_first_an_appeal_waits_for_it():
    with pytest.raises(Refused, match="先申请复核"):
        claims.last_day(ClaimKind.appeal, INSTITUTION, DAY, None)


@pytest.mark.parametrize(
    ("remedy", "grade", "is_open"),
    [
        (CIVIL, Grade.failing, True), (CIVIL, Grade.basic, False), (INSTITUTION, Grade.basic, True),
        (INSTITUTION, Grade.competent, False), (AGENT, Grade.competent, True),
    ],
)  # fmt: skip
def test_which_grades_may_be_contested(remedy, grade, is_open):
    if is_open:
        claims.check_contestable(remedy, grade, "x")
    else:
        with pytest.raises(Refused, match="不在复核、申诉的范围里"):
            claims.check_contestable(remedy, grade, "x")


def test_a_period_ends_at_its_hour_and_the_refusal_names_the_day():
    closes = clock.local_instant(DAY, 18)
    claims.check_open("复核", DAY, closes, closes - timedelta(seconds=1))
    with pytest.raises(Refused, match="复核的期限是 2026-02-03 18:00，已经过了"):
        claims.check_open("复核", DAY, closes, closes)


@given(st.sampled_from(Grade), st.sampled_from([None, *Grade]), st.booleans())
def test_no_decision_makes_the_result_worse(before, after, is_upheld):
    try:
        claims.check_outcome(before, after, is_upheld=is_upheld, needs_grade=True)
    except Refused:
        return
    if is_upheld:
        assert claims.RANKS[after] > claims.RANKS[before]
    else:
        assert after is None


def test_a_form_stands_where_its_own_steps_say_else_where_the_cycle_is():
    assert claims.form_stage(Stage.publicity, []) is FormStage.publicity
    assert claims.form_stage(Stage.final, ["notified", "signed"]) is FormStage.signed
    assert {claims.form_stage(stage, []) for stage in Stage} <= set(FormStage)


@pytest.mark.parametrize(
    ("kind", "today", "code", "first", "last"),
    [
        (CycleKind.quarterly, date(2026, 11, 25), "2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (CycleKind.quarterly, date(2026, 3, 31), "2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (CycleKind.quarterly, date(2028, 2, 29), "2028Q1", date(2028, 1, 1), date(2028, 3, 31)),
        (CycleKind.annual, date(2026, 1, 1), "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_template_covers_the_period_of_its_day(kind, today, code, first, last):
    found = planning.template(kind, today)
    assert (found.code, found.period_from, found.period_to) == (code, first, last)
    planning.check_plan(found.plan, first)


def test_a_plan_keeps_the_order_of_the_stages():
    plan = {Stage.evidence_locked: date(2027, 1, 20), Stage.grading: date(2027, 1, 10)}
    with pytest.raises(Refused, match="「评定」的截止日不能早于「证据锁定」"):
        planning.check_plan(plan, date(2026, 10, 1))
    with pytest.raises(Refused, match="考核期开始之后"):
        planning.check_plan({Stage.grading: date(2026, 10, 1)}, date(2026, 10, 1))
