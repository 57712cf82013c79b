"""A corrected result behind a frozen score is proposed, decided by somebody with a reason, and only then followed."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from appraisals.cycles import queries as cycles
from appraisals.scores import actions
from appraisals.scores.models import ScoreProposal, ScoreSnapshot
from assessments.attempts.models import Attempt, Result
from certificates.awards.actions import withdrawing
from lms.db import db, transaction
from lms.errors import Refused
from tests import factories
from tests.appraisals import stories

pytestmark = pytest.mark.usefixtures("context")


def corrected(result: Result, score: int) -> tuple[Result, Result]:
    """The next result of the attempt, which counts from now on."""
    fresh = Result(
        attempt_id=result.attempt_id, number=2, person_id=result.person_id, exam_id=result.exam_id, score=Decimal(score),
        full_points=result.full_points, is_passed=score >= 80, sections=[], abilities=[], right_count=0, question_count=0,
        reasons=[], graded_at=result.graded_at, note="题干有误",
    )  # fmt: skip
    db.session.add(fresh)
    db.session.flush()
    db.session.get_one(Attempt, result.attempt_id).result_id = fresh.id
    db.session.flush()
    return result, fresh


@pytest.fixture
def story(context):
    with transaction():
        house = stories.house()
        stories.evidence(house.agent)
        result = stories.passed(house.agent, ["A3"], 95, date(2026, 8, 1))
        hr = factories.person("何婷", roles=("hr",)).id
    with transaction():
        cycle = stories.grading_cycle()
        stories.compute(cycle)
    part = stories.part(cycle, house.agent)
    return house, cycle, result, hr, part.total


def proposed(result: Result, score: int) -> list[ScoreProposal]:
    with transaction():
        return actions.propose_for_results((corrected(result, score),), note="题干有误")


def test_before_and_after_are_listed_and_nothing_moves_by_itself(story):
    house, cycle, result, _hr, total = story
    (found,) = proposed(result, 75)
    assert found.total_before == total
    assert found.total_after < total
    assert stories.part(cycle, house.agent).total == total


def test_a_correction_that_changes_no_score_is_not_proposed(story):
    _house, _cycle, result, _hr, _total = story
    assert proposed(result, 95) == []


def test_a_proposal_that_waits_is_brought_up_to_date_instead_of_a_second_one(story):
    house, _cycle, result, _hr, total = story
    (found,) = proposed(result, 75)
    first = found.total_after
    with transaction():
        after = db.session.scalars(select(Result).where(Result.number == 2)).one()
        before_score, after.score, after.is_passed = after.score, Decimal(85), True
        assert actions.propose({house.agent.id: (date(2026, 8, 1), date(2026, 12, 31))}, "再次更正") == []
    (only,) = db.session.scalars(select(ScoreProposal)).all()
    assert first < only.total_after
    assert only.total_before == total
    assert only.cause == "题干有误；再次更正"
    assert before_score == 75


def test_accepting_reckons_anew_and_the_open_cycle_follows(story):
    house, cycle, result, hr, total = story
    (found,) = proposed(result, 75)
    with transaction(), pytest.raises(Refused, match="理由"):
        actions.decide_correction(found.id, hr, " ", is_accepted=True)
    with transaction(), pytest.raises(Refused, match="另一个人"):
        actions.decide_correction(found.id, house.agent.id, "成绩更正", is_accepted=True)
    with transaction():
        actions.decide_correction(found.id, hr, "成绩更正后重算", is_accepted=True)
    db.session.expire_all()
    after = stories.part(cycle, house.agent)
    assert (after.total, after.total < total) == (found.total_after, True)
    assert len(db.session.scalars(select(ScoreSnapshot).where(ScoreSnapshot.person_id == house.agent.id)).all()) == 2
    with transaction(), pytest.raises(Refused, match="已经决定过"):
        actions.decide_correction(found.id, hr, "再决定一次", is_accepted=False)


def test_declining_leaves_the_score(story):
    house, cycle, result, hr, total = story
    (found,) = proposed(result, 75)
    with transaction():
        actions.decide_correction(found.id, hr, "申诉期已过，分数不变", is_accepted=False)
    assert stories.part(cycle, house.agent).total == total
    assert cycles.of_person(house.agent.id)


def test_withdrawing_or_reissuing_a_certificate_is_proposed_for_the_scores_it_counts_in(story):
    house, cycle, _result, _hr, total = story
    with transaction():
        award = stories.award(house.agent, "B2", 60)
    with transaction():
        stories.compute(cycle)
    counted = stories.part(cycle, house.agent).total
    with transaction():
        withdrawing.revoke(award, "wrong_facts", "岗位写错了", 1)
    (found,) = db.session.scalars(select(ScoreProposal)).all()
    assert (found.total_before, found.total_after) == (counted, total)
    assert award.number in found.cause
    assert stories.part(cycle, house.agent).total == counted


def test_two_attempts_of_one_person_in_a_chunk_both_count(story):
    house, _cycle, result, _hr, _total = story
    with transaction():
        late = stories.passed(house.agent, ["C1"], 90, date(2026, 11, 20), code="late")
    with transaction():
        pairs = corrected(result, 75), corrected(late, 85)
        (found,) = actions.propose_for_results(pairs, note="两次作答都有误")
    assert found.total_after < found.total_before
