"""A faulty item: the dry run tells the truth, the job does what it said, and takes up after a kill."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from assessments.attempts import queries
from assessments.attempts.models import Attempt, Result
from assessments.bank.models import QuestionVersion
from assessments.marking.rules import Ruling
from assessments.regrades import actions
from assessments.regrades import queries as regrades
from assessments.regrades.queries import Scope
from certificates.awards import queries as award_queries
from certificates.awards.actions import correcting as awards
from certificates.awards.actions import withdrawing
from certificates.awards.models import Award, PassProposal, Revocation
from certificates.awards.rules import State
from courses.hours.models import HourEntry
from courses.progress.models import UnitCompletion
from lms import clock, jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.jobs import Job, JobStatus
from lms.notices.models import Notice
from tests import factories
from tests.assessments import hall
from tests.assessments.conftest import loaded

pytestmark = pytest.mark.usefixtures("context")
TEACHER_REASON = "B 项按新规也对"


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(date(2026, 11, 24)):
        yield


@pytest.fixture(scope="module")
def short_library(app, floor, tmp_path_factory):
    return loaded(app, hall.write(tmp_path_factory.mktemp("library"), singles=4))


@pytest.fixture
def story(short_library, monkeypatch):
    """Six people sit the post's exam: three lose one single choice, one of them a multiple choice besides."""
    monkeypatch.setattr("assessments.attempts.actions.secrets.randbits", lambda _bits: 7)  # the same paper for all
    with transaction():
        trainer = factories.person("周敏", roles=("trainer",)).id
        hr = factories.person("何婷", roles=("hr",)).id
        people = [factories.person(name).id for name in ("甲一", "乙二", "丙三", "丁四")]
        for person_id, right in zip(people, (None, {2, 3, 4, 5, 6, 7, 8, 9}, {2, 3, 4, 5, 7, 8, 9}, ()), strict=True):
            hall.sat(person_id, hall.POST, right)
    return trainer, hr, people


def version_at(person_id: int, position: int) -> QuestionVersion:
    attempt = db.session.scalars(select(Attempt).where(Attempt.person_id == person_id)).one()
    return queries.question_at(attempt.id, position).version


def decide(trainer: int, version_id: int, ruling: Ruling, **scope):
    about = Scope(version_id, **scope)
    with transaction():
        found = regrades.preview(about, ruling)
        return actions.decide(about, ruling, TEACHER_REASON, trainer, found.forecast).id


def current(person_id: int) -> Result:
    attempt = db.session.scalars(select(Attempt).where(Attempt.person_id == person_id)).one()
    return queries.result(attempt.id)


def run_job() -> Job:
    job = db.session.scalars(select(Job).where(Job.kind == actions.JOB).order_by(Job.id.desc())).first()
    jobs.run(job.id)
    db.session.expire_all()
    return db.session.get(Job, job.id)


def test_a_newly_passed_person_gets_hours_and_certificate(story):
    trainer, _hr, (_first, second, third, last) = story
    assert current(third).score == 75
    wrong = version_at(third, 6)
    found = regrades.preview(Scope(wrong.id), Ruling("full"))
    crossing = [one for one in found.changes if one.crosses]
    assert [(one.name, one.score, one.after.score) for one in crossing] == [("丙三", 75, 90)]
    assert (found.asked, found.newly_passed, found.newly_failed) == (4, 1, 0)
    decide(trainer, wrong.id, Ruling("full"))
    job = run_job()
    assert job.status == JobStatus.done
    now = current(third)
    assert (now.score, now.is_passed, now.number, now.note) == (90, True, 2, TEACHER_REASON)
    assert db.session.scalars(select(Award).where(Award.person_id == third)).one().score == 90
    assert db.session.scalars(select(HourEntry).where(HourEntry.person_id == third)).one()
    words = db.session.scalars(
        select(Notice.body).where(Notice.person_id == third, Notice.title.startswith("成绩更正"))
    ).one()
    assert "75 分改为 90 分" in words
    assert TEACHER_REASON in words
    assert current(second).number == 1
    assert current(last).number == 2


@pytest.mark.parametrize("kind", ["accept", "replace", "full", "remove"])
@pytest.mark.parametrize("position", [1, 6, 8, 9])
def test_the_dry_run_says_what_the_job_does(story, kind, position):
    trainer, _hr, people = story
    version = version_at(people[2], position)
    wrong = [option["key"] for option in version.options if not option["is_right"]]
    keys = {"accept": wrong[:1], "replace": wrong[:2]}.get(kind, []) if wrong else ["不知道"]
    ruling = Ruling(kind, tuple(keys))
    foreseen = {one.person_id: one.after for one in regrades.preview(Scope(version.id), ruling).changes}
    decide(trainer, version.id, ruling)
    run_job()
    for person_id in people:
        found = current(person_id)
        if person_id in foreseen:
            assert (found.score, found.is_passed) == (foreseen[person_id].score, foreseen[person_id].is_passed)
        else:
            first = queries.results_of(found.attempt_id)[-1]
            assert (found.score, found.is_passed) == (first.score, first.is_passed)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_ruling_that_gives_makes_anybody_worse(story, data):
    _trainer, _hr, people = story
    version = version_at(data.draw(st.sampled_from(people)), data.draw(st.integers(1, 9)))
    keys = [option["key"] for option in version.options] or ["12388", "95", "不知道"]
    ruling = Ruling(*data.draw(st.sampled_from([("full", ()), ("accept", (data.draw(st.sampled_from(keys)),))])))
    for one in regrades.preview(Scope(version.id), ruling).changes:
        assert one.after.score >= one.score
        assert one.after.is_passed >= one.is_passed


def test_a_lost_pass_takes_nothing_away_until_hr_decides(story):
    trainer, hr, (first, *_rest) = story
    version = version_at(first, 6)
    right = tuple(sorted(option["key"] for option in version.options if not option["is_right"]))
    with transaction():
        for result in db.session.scalars(select(Result)):
            db.session.execute(
                update(Attempt)
                .where(Attempt.id == result.attempt_id)
                .values(terms=result.attempt.terms | {"pass_mark": "90"})
            )
    decide(trainer, version.id, Ruling("replace", right))
    run_job()
    assert (current(first).score, current(first).is_passed) == (85, False)
    award = db.session.scalars(select(Award).where(Award.person_id == first)).one()
    assert award.revocation is None
    proposal = db.session.scalars(select(PassProposal).where(PassProposal.person_id == first)).one()
    assert (proposal.score_before, proposal.score_after) == (100, 85)
    assert any(
        db.session.scalars(select(Notice).where(Notice.person_id == hr, Notice.title.startswith("待处理的更正")))
    )
    with transaction(), pytest.raises(Refused, match="理由"):
        awards.decide(proposal.id, hr, "", is_accepted=True)
    with transaction(), pytest.raises(Refused, match="另一个人"):
        awards.decide(proposal.id, first, "成绩更正", is_accepted=True)
    with transaction():
        awards.decide(proposal.id, hr, "成绩更正后不合格", is_accepted=True)
    assert db.session.scalars(select(Revocation)).one().reason_class == "regraded"
    assert db.session.scalar(select(func.sum(HourEntry.hours)).where(HourEntry.person_id == first)) == 0
    with transaction(), pytest.raises(Refused, match="已经决定过"):
        awards.decide(proposal.id, hr, "成绩更正后不合格", is_accepted=False)


def test_a_corrected_score_is_printed_anew_once_hr_decides(story):
    trainer, hr, (_first, second, *_rest) = story
    (old,) = db.session.scalars(select(Award).where(Award.person_id == second)).all()
    assert (old.facts["score"], current(second).score) == ("90", 90)
    decide(trainer, version_at(second, 1).id, Ruling("full"))
    run_job()
    assert current(second).score == 100
    assert db.session.scalars(select(Award).where(Award.person_id == second)).all() == [old]
    proposal = db.session.scalars(select(PassProposal).where(PassProposal.person_id == second)).one()
    assert (proposal.score_before, proposal.score_after, proposal.is_passed) == (90, 100, True)
    with transaction():
        awards.decide(proposal.id, hr, "按更正后的成绩", is_accepted=True)
    old, new = db.session.scalars(select(Award).where(Award.person_id == second).order_by(Award.id)).all()
    assert (new.score, new.facts["score"], new.holder_name) == (100, "100", old.holder_name)
    assert (new.issued_on, new.valid_until, new.released_from_id) == (old.issued_on, old.valid_until, old.id)
    assert (old.score, old.revocation, new.number != old.number, new.pdf_hash != old.pdf_hash) == (90, None, True, True)
    day = clock.today()
    assert award_queries.by_number(old.number, day).state == State.superseded
    assert award_queries.valid_awards([second], day) == [new]
    words = db.session.scalars(
        select(Notice.body).where(Notice.person_id == second, Notice.title.startswith("证书已换发"))
    ).one()
    assert "90 分更正为 100 分" in words
    assert old.number in words


def test_a_second_correction_follows_the_certificate_made_by_the_first(story):
    trainer, hr, (first, second, *_rest) = story
    decide(trainer, version_at(second, 1).id, Ruling("full"))
    run_job()
    with transaction():
        awards.decide(db.session.scalars(select(PassProposal)).one().id, hr, "按更正后的成绩", is_accepted=True)
    version = version_at(second, 2)
    wrong = tuple(sorted(option["key"] for option in version.options if not option["is_right"]))
    decide(trainer, version.id, Ruling("replace", wrong))
    run_job()
    waiting = db.session.scalars(select(PassProposal).where(PassProposal.decided_at.is_(None))).all()
    mine = next(one for one in waiting if one.person_id == second)
    score = current(second).score
    assert score != 100
    with transaction():
        awards.decide(mine.id, hr, "第二次更正", is_accepted=True)
    (valid,) = award_queries.valid_awards([second], clock.today())
    assert valid.score == score
    assert first in {one.person_id for one in waiting}


def test_many_corrections_are_issued_as_a_job_that_leaves_ones_own(story):
    trainer, hr, (first, second, *_rest) = story
    decide(trainer, version_at(first, 2).id, Ruling("remove"))
    run_job()
    found = db.session.scalars(select(PassProposal).where(PassProposal.decided_at.is_(None))).all()
    mine = {one.person_id for one in found}
    assert {second} <= mine
    with transaction(), pytest.raises(Refused, match="理由"):
        awards.start_all(found, hr, " ")
    with transaction(), pytest.raises(Refused, match="没有可以一起换发的"):
        awards.start_all([one for one in found if one.person_id == second], second, "按更正后的成绩")
    with transaction():
        job_id = awards.start_all(found, hr, "按更正后的成绩").id
    jobs.run(job_id)
    db.session.expire_all()
    job = db.session.get_one(Job, job_id)
    assert (job.status, job.problems) == (JobStatus.done, [])
    assert not db.session.scalars(select(PassProposal).where(PassProposal.decided_at.is_(None))).all()
    for person_id in mine:
        (valid,) = award_queries.valid_awards([person_id], clock.today())
        assert valid.score == current(person_id).score
    assert not [step.problems for step in awards.decide_all(job.params) if step.problems], "taken up after a kill"
    assert len(db.session.scalars(select(Award).where(Award.person_id == second)).all()) == 2


def test_a_correction_whose_certificate_is_gone_can_only_be_declined(story):
    trainer, hr, (_first, second, *_rest) = story
    decide(trainer, version_at(second, 1).id, Ruling("full"))
    run_job()
    proposal = db.session.scalars(select(PassProposal)).one()
    (old,) = award_queries.valid_awards([second], clock.today())
    with transaction():
        withdrawing.revoke(old, "other", "姓名写错了", hr)
    with transaction(), pytest.raises(Refused, match="不采纳即可"):
        awards.decide(proposal.id, hr, "按更正后的成绩", is_accepted=True)
    with transaction():
        awards.decide(proposal.id, hr, "证书已撤销", is_accepted=False)
    assert award_queries.valid_awards([second], clock.today()) == []


def test_a_killed_job_is_taken_up_and_nobody_is_regraded_twice(story, monkeypatch):
    trainer, _hr, people = story
    version = version_at(people[2], 6)
    monkeypatch.setattr(actions, "CHUNK", 1)
    ruling_id = decide(trainer, version.id, Ruling("remove"))
    steps = actions.run({"ruling_id": ruling_id})
    with transaction():
        next(steps)
    steps.close()
    assert regrades.regraded(ruling_id) == 1
    job = run_job()
    assert (job.status, job.done, job.total) == (JobStatus.done, 4, 4)
    assert all(current(person_id).number == 2 for person_id in people)
    assert current(people[0]).question_count == 8
    with transaction():
        assert actions._portion([current(people[0]).attempt_id], ruling_id, "") == ()


def test_the_same_ruling_twice_and_ones_own_question_are_refused(story):
    trainer, _hr, people = story
    version = version_at(people[2], 6)
    decide(trainer, version.id, Ruling("full"))
    with pytest.raises(Refused, match="已经确认过"):
        decide(trainer, version.id, Ruling("full"))
    with pytest.raises(Refused, match="自己答过"):
        decide(people[0], version.id, Ruling("remove"))


def test_only_a_ruling_that_has_not_begun_is_taken_back(story):
    trainer, _hr, people = story
    version = version_at(people[2], 6)
    ruling_id = decide(trainer, version.id, Ruling("full"))
    with transaction(), pytest.raises(Refused, match="做完"):
        jobs.cancel(db.session.scalars(select(Job)).one())
    with transaction():
        actions.withdraw(regrades.ruling(ruling_id))
    assert run_job().status == JobStatus.cancelled
    assert current(people[2]).number == 1
    other = decide(trainer, version.id, Ruling("full"))
    run_job()
    with transaction(), pytest.raises(Refused, match="已经开始"):
        actions.withdraw(regrades.ruling(other))


def test_who_hands_in_later_is_marked_by_the_ruling_and_scope_is_kept(story):
    trainer, _hr, people = story
    version = version_at(people[2], 1)
    decide(trainer, version.id, Ruling("full"), since=date(2026, 11, 25))
    run_job()
    assert current(people[1]).number == 1
    with transaction():
        late = factories.person("戊五").id
    with clock.frozen(clock.now() + timedelta(days=1)), transaction():
        result = hall.sat(late, hall.POST, ())
    asked = {one.version_id: one.position for one in queries.questions(result.attempt_id)}
    by_position = {item.position: item for item in queries.result(result.attempt_id).items}
    assert by_position[asked[version.id]].verdict == "right"


def test_voiding_undoes_unit_course_and_hours_and_a_new_pass_counts_again(story):
    trainer, _hr, people = story
    from assessments.attempts import actions as attempts

    with transaction():
        result = hall.sat(people[0])
    done = db.session.scalars(select(UnitCompletion).where(UnitCompletion.person_id == people[0])).one()
    with transaction():
        attempts.void(queries.attempt(result.attempt_id), "误用他人工位", trainer)
    db.session.refresh(done)
    assert done.withdrawn_at is not None
    assert done.withdrawn_reason == "误用他人工位"
    with clock.frozen(clock.now() + timedelta(days=2)), transaction():
        hall.sat(people[0])
    rows = db.session.scalars(select(UnitCompletion).where(UnitCompletion.person_id == people[0])).all()
    assert sorted(row.withdrawn_at is None for row in rows) == [False, True]


class TestObjection:
    def test_it_is_answered_once_by_somebody_else(self, story):
        trainer, _hr, people = story
        attempt = db.session.scalars(select(Attempt).where(Attempt.person_id == people[2])).one()
        with transaction(), pytest.raises(Refused, match="至少 6 个字"):
            actions.object_to(attempt, 6, "不对")
        with transaction():
            made = actions.object_to(attempt, 6, "按新规第三条 B 也对")
        with transaction(), pytest.raises(Refused, match="已经提过"):
            actions.object_to(attempt, 6, "按新规第三条 B 也对")
        with transaction(), pytest.raises(Refused, match="自己提的"):
            actions.answer(made, people[2], "成立，马上改判", is_upheld=True)
        with transaction(), pytest.raises(Refused, match="是你写的"):
            actions.answer(made, trainer, "成立，马上改判", is_upheld=True, author_id=trainer)
        with transaction():
            actions.answer(made, trainer, "成立，马上改判", is_upheld=True)
        with transaction(), pytest.raises(Refused, match="已经答复"):
            actions.answer(made, trainer, "再想想，不成立", is_upheld=False)
        assert db.session.scalars(
            select(Notice).where(Notice.person_id == people[2], Notice.title.startswith("你的异议成立"))
        ).one()
