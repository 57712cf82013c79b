"""After the grades: signed off, made public, contested, told, signed, filed. Whatever skips a step is refused."""

import io
import zipfile
from datetime import date, timedelta

import pytest

from appraisals.cycles import dossiers, gradings, queries
from appraisals.cycles.actions import (
    archiving,
    bulk,
    contesting,
    determining,
    grading,
    moving,
    pools,
    publishing,
    signing,
)
from appraisals.cycles.models import ClaimKind, CycleKind, GradeDecision
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Decider, FormStage, Stage
from lms import calendar, files
from lms.db import db, transaction
from lms.errors import Refused
from lms.notices.models import Notice
from tests import factories
from tests.appraisals import stories
from tests.appraisals.stories import part

pytestmark = pytest.mark.usefixtures("context")
EVERYBODY = (queries.EVERYBODY,)
MONDAY = date(2026, 11, 23)


def run(steps) -> None:
    for _ in steps:
        pass


class World:
    """The house with one cycle in 评定 on a Monday, and everybody who acts in it."""

    def __init__(self, kind: CycleKind = CycleKind.quarterly) -> None:
        calendar.load_shipped()
        self.house = stories.house()
        for one in (self.house.agent, self.house.clerk, self.house.leader):
            stories.evidence(one)
        self.other = factories.person("戴二", unit=self.house.other_team, vendor=self.house.vendor, roles=())
        self.outsider = factories.person("沈平", form="institution", unit=self.house.other_team, staff_number="R1")
        self.cycle = stories.grading_cycle(kind=kind)

    def decider(self, person) -> Decider:
        house = self.house
        spell = part(self.cycle, person).spell
        if spell.vendor_id == house.vendor.id:
            who = self.other if person is house.vendor_hr else house.vendor_hr
            return Decider(who.id, who.name, Actor.vendor_hr, house.vendor.id)
        if spell.vendor_id is not None:
            return Decider(self.other.id, "戴二", Actor.vendor_hr, house.other_vendor.id)
        who, actor = (house.hr, Actor.hr) if person is house.committee else (house.committee, Actor.committee)
        return Decider(who.id, who.name, actor)

    def everybody(self):
        house = self.house
        return [house.hr, house.committee, house.leader, house.vendor_hr, house.stranger, house.agent, house.clerk,
                self.other, self.outsider]  # fmt: skip

    def grade(self, person, grade=Grade.competent, reason="") -> GradeDecision:
        return grading.decide_grade(part(self.cycle, person), grade, reason, self.decider(person))

    def grade_all(self, excellent=()) -> None:
        for person in self.everybody():
            self.grade(person, Grade.excellent if person in excellent else Grade.competent)

    def committee(self) -> Decider:
        return Decider(self.house.committee.id, self.house.committee.name, Actor.committee)

    def sign_off(self):
        listed = determining.grade_list(self.cycle)
        return determining.sign_off(self.cycle, self.committee(), listed, listed.seen)

    def publish(self, excellent) -> None:
        self.grade_all(excellent)
        self.sign_off()
        moving.move(self.cycle, Stage.publicity, Actor.hr)

    def finish(self) -> None:
        moving.move(self.cycle, Stage.final, Actor.hr)
        run(signing.notify({"cycle_id": self.cycle.id}))


@pytest.fixture
def world(context):
    with factories.on_day(MONDAY), transaction():
        return World()


def after(days: int, hour: int = 18):
    """So many working days after the Monday."""
    return factories.on_day(calendar.add_working_days(MONDAY, days), hour)


def notices(person) -> list[str]:
    return [one.title for one in db.session.query(Notice).filter_by(person_id=person.id).order_by(Notice.id)]


class TestUndo:
    def test_it_is_a_new_row_with_the_grade_before_and_twice_is_once(self, world):
        with transaction():
            world.grade(world.house.clerk)
            second = world.grade(world.house.clerk, Grade.excellent, "补充证据")
            undone = grading.take_back(second, world.committee())
            assert grading.take_back(second, world.committee()) is undone
        clerk = part(world.cycle, world.house.clerk)
        assert [one.grade for one in queries.decisions(clerk.id)] == ["competent", "excellent", "competent"]
        assert queries.latest_decision(clerk.id).grade == "competent"

    def test_the_first_grade_taken_back_leaves_none_and_a_new_one_needs_no_reason(self, world):
        with transaction():
            grading.take_back(world.grade(world.house.clerk), world.committee())
            clerk = part(world.cycle, world.house.clerk)
            assert queries.latest_decision(clerk.id) is None
            row = next(row for row in queries.board(world.cycle.id, EVERYBODY) if row.id == clerk.id)
            assert row.grade is None
            world.grade(world.house.clerk, Grade.excellent)
        assert queries.latest_decision(clerk.id).grade == "excellent"

    def test_what_somebody_changed_since_or_decided_is_left(self, world):
        with transaction():
            first = world.grade(world.house.clerk)
            hr = Decider(world.house.hr.id, "方静", Actor.hr)
            with pytest.raises(Refused, match="只能撤销自己"):
                grading.take_back(first, hr)
            grading.decide_grade(part(world.cycle, world.house.clerk), Grade.excellent, "补充", hr)
        with pytest.raises(Refused, match="刘志远的等次后来又改过"):
            grading.take_back(first, world.committee())

    def test_two_tabs_do_not_overwrite_each_other(self, world):
        clerk = part(world.cycle, world.house.clerk)
        with transaction():
            first = grading.decide_grade(clerk, Grade.competent, "", world.committee(), seen=0)
            hr = Decider(world.house.hr.id, "方静", Actor.hr)
            grading.decide_grade(clerk, Grade.excellent, "补充证据", hr, seen=first.id)
            with pytest.raises(Refused, match="刘志远的等次刚刚由方静，人事改过"):
                grading.decide_grade(clerk, Grade.basic, "另一个理由", world.committee(), seen=first.id)


class TestManyAtOnce:
    def of(self, world):
        return lambda found: (
            None
            if found.person_id == world.house.committee.id or found.spell.vendor_id
            else Decider(world.house.committee.id, "高晨", Actor.committee)
        )

    def ids(self, world, *people):
        return [part(world.cycle, person).id for person in people]

    def test_the_preview_says_of_each_what_would_become_of_them(self, world):
        house = world.house
        with transaction():
            world.grade(house.clerk)
            ids = self.ids(world, house.clerk, house.leader, house.agent, house.committee)
            planned = bulk.plan(world.cycle, ids, Grade.competent, "", self.of(world))
        by = {one.participation.person_id: one for one in planned}
        assert by[house.clerk.id].is_same
        assert by[house.leader.id].goes
        assert "由所属服务商的人事确定" in str(by[house.agent.id].refused)
        assert not by[house.committee.id].goes
        assert db.session.query(GradeDecision).count() == 1

    def test_a_batch_is_given_and_taken_back_together_but_for_what_changed_since(self, world):
        house = world.house
        ids = self.ids(world, house.clerk, house.leader, house.hr)
        with transaction():
            batch, n = bulk.decide_many(world.cycle, ids, Grade.competent, "", self.of(world), {})
            assert n == 3
            world.grade(house.leader, Grade.excellent, "带班好")
            assert bulk.undo_batch(batch, self.of(world)) == (2, ["赵海宁"])
            assert bulk.undo_batch(batch, self.of(world)) == (0, ["赵海宁"])
        assert queries.latest_decision(ids[0]) is None
        assert queries.latest_decision(ids[1]).grade == "excellent"

    def test_somebody_graded_meanwhile_stops_the_whole(self, world):
        house = world.house
        ids = self.ids(world, house.clerk, house.leader)
        with transaction():
            world.grade(house.leader, Grade.excellent)
        with pytest.raises(Refused, match="赵海宁的等次刚刚"), transaction():
            bulk.decide_many(world.cycle, ids, Grade.competent, "理由", self.of(world), {ids[0]: 0, ids[1]: 0})
        assert queries.latest_decision(ids[0]) is None

    def test_nobody_or_too_many_is_refused(self, world):
        with pytest.raises(Refused, match="先在名单里勾选"):
            bulk.plan(world.cycle, [], Grade.competent, "", self.of(world))
        with pytest.raises(Refused, match="一次最多 200 人"):
            bulk.plan(world.cycle, list(range(201)), Grade.competent, "", self.of(world))


class TestSigningOff:
    def test_the_list_is_kept_under_its_hash_and_every_grade_is_final(self, world):
        with factories.on_day(MONDAY), transaction():
            world.grade_all()
            listed = determining.grade_list(world.cycle)
            row = world.sign_off()
        assert row.digest == listed.digest == files.digest(listed.content)
        assert world.cycle.state == Stage.determined
        assert all(row.is_final for row in queries.board(world.cycle.id, EVERYBODY))
        with pytest.raises(Refused, match="等次在评定阶段才能改"):
            world.grade(world.house.clerk, Grade.excellent, "迟了")
        with pytest.raises(Refused, match="名额比例不能再改"):
            pools.set_quota(world.cycle, part(world.cycle, world.house.clerk).pool, 25, "x")

    def test_pressed_twice_it_is_one_signature(self, world):
        with factories.on_day(MONDAY), transaction():
            world.grade_all()
            listed = determining.grade_list(world.cycle)
            first = determining.sign_off(world.cycle, world.committee(), listed, listed.seen)
            assert determining.sign_off(world.cycle, world.committee(), listed, listed.seen) is first
        assert len(gradings.sign_offs(world.cycle.id)) == 1

    def test_what_changed_since_it_was_shown_is_not_signed(self, world):
        with transaction():
            world.grade_all()
            shown = determining.grade_list(world.cycle)
            world.grade(world.house.clerk, Grade.excellent, "补充证据")
        for listed in (shown, determining.grade_list(world.cycle)):
            with pytest.raises(Refused, match="名单在你看过之后有改动"):
                determining.sign_off(world.cycle, world.committee(), listed, shown.seen)
        assert world.cycle.state == Stage.grading

    def test_two_people_sign_where_the_cycle_asks_for_it(self, world):
        world.cycle.signers = 2
        hr = Decider(world.house.hr.id, "方静", Actor.hr)
        with transaction():
            world.grade_all()
            listed = determining.grade_list(world.cycle)
            determining.sign_off(world.cycle, hr, listed, listed.seen)
            assert world.cycle.state == Stage.grading
            determining.sign_off(world.cycle, world.committee(), listed, listed.seen)
        assert world.cycle.state == Stage.determined

    def test_a_change_between_the_two_makes_the_first_signature_void(self, world):
        world.cycle.signers = 2
        hr = Decider(world.house.hr.id, "方静", Actor.hr)
        with transaction():
            world.grade_all()
            listed = determining.grade_list(world.cycle)
            determining.sign_off(world.cycle, hr, listed, listed.seen)
            world.grade(world.house.clerk, Grade.excellent, "补充证据")
            world.sign_off()
        assert world.cycle.state == Stage.grading

    def test_one_signature_is_the_committees(self, world):
        world.grade_all()
        listed = determining.grade_list(world.cycle)
        with pytest.raises(Refused, match="由考核委员会签批"):
            determining.sign_off(world.cycle, Decider(world.house.hr.id, "方静", Actor.hr), listed, listed.seen)

    def test_the_plain_step_does_not_determine(self, world):
        world.grade_all()
        with pytest.raises(Refused, match="输入密码"):
            moving.move(world.cycle, Stage.determined, Actor.committee)


class TestPublicity:
    def test_the_list_is_masked_frozen_and_lasts_its_working_days(self, world):
        with factories.on_day(MONDAY), transaction():
            world.publish([world.house.clerk])
        (one,) = dossiers.publicities(world.cycle.id)
        assert one.rows[0]["name"] == "刘*远"
        assert one.ends_on == date(2026, 11, 30)
        assert "刘志远" not in str(one.rows)
        assert any("公示" in title for title in notices(world.house.agent))

    @pytest.mark.parametrize(("start", "end"), [
        (date(2026, 2, 11), date(2026, 2, 25)),  # over 春节 with a worked Saturday before it
        (date(2026, 9, 30), date(2026, 10, 13)),  # over 国庆 with a worked Saturday after it
        (date(2026, 12, 30), date(2027, 1, 6)),  # over the end of a year
        (date(2028, 2, 25), date(2028, 3, 3)),  # over a leap day
    ])  # fmt: skip
    def test_its_end_knows_the_holidays(self, world, start, end):
        with factories.on_day(start), transaction():
            one = publishing.begin(world.cycle, queries.board(world.cycle.id, EVERYBODY)[:1])
        assert one.ends_on == end

    def test_it_is_final_after_six_on_the_last_day_and_not_before(self, world):
        with factories.on_day(MONDAY), transaction():
            world.publish([world.house.clerk])
        with after(5, 17), pytest.raises(Refused, match="公示要满 5 个工作日"):
            moving.move(world.cycle, Stage.final, Actor.hr)
        with after(5, 18), transaction():
            moving.move(world.cycle, Stage.final, Actor.hr)
        assert world.cycle.state == Stage.final

    def test_an_objection_comes_within_the_period_and_holds_everything_up(self, world):
        house = world.house
        with factories.on_day(MONDAY), transaction():
            world.publish([house.clerk])
        (one,) = dossiers.publicities(world.cycle.id)
        with after(5, 17), transaction():
            claim = contesting.contest_publicity(one, part(world.cycle, house.clerk), house.agent.id, "夜班缺岗一次")
            again = contesting.contest_publicity(one, part(world.cycle, house.clerk), house.agent.id, "夜班缺岗一次")
            assert again is claim
        with after(5, 18):
            with pytest.raises(Refused, match="2026-11-30 18:00，已经过了"):
                contesting.contest_publicity(one, part(world.cycle, house.clerk), house.hr.id, "迟到的异议")
            with pytest.raises(Refused, match="还有 1 条异议"):
                moving.move(world.cycle, Stage.final, Actor.hr)
        with after(3), pytest.raises(Refused, match="不在公示的名单里"):
            contesting.contest_publicity(one, part(world.cycle, house.leader), house.agent.id, "不在名单的人")

    def test_who_was_involved_or_stands_aside_is_refused_by_name(self, world):
        house = world.house
        with factories.on_day(MONDAY), transaction():
            world.publish([house.clerk])
            (one,) = dossiers.publicities(world.cycle.id)
            claim = contesting.contest_publicity(one, part(world.cycle, house.clerk), house.agent.id, "夜班缺岗一次")
            hr = Decider(house.hr.id, "方静", Actor.hr)
            case = dossiers.case(claim.id)
            for person, sentence in (
                (house.committee, "高晨参加过这个人的评定"),
                (house.agent, "林晓岚参加过"),
                (house.clerk, "刘志远参加过"),
            ):
                with pytest.raises(Refused, match=sentence):
                    contesting.assign(case, person, hr)
            contesting.recuse(world.cycle, house.leader, part(world.cycle, house.clerk), "近亲属")
            with pytest.raises(Refused, match="赵海宁在回避名单里（近亲属）"):
                contesting.assign(case, house.leader, hr)
            with pytest.raises(Refused, match="没有指定由你处理"):
                contesting.decide(case, world.outsider, is_upheld=False, text="不成立")
            contesting.assign(case, world.outsider, hr)
            contesting.decide(dossiers.case(claim.id), world.outsider, is_upheld=False, text="登记完整，不成立")
            with pytest.raises(Refused, match="已经由沈平"):
                contesting.decide(dossiers.case(claim.id), world.outsider, is_upheld=True, text="又成立")
        assert any("公示异议不成立" in title for title in notices(house.agent))

    def test_an_upheld_objection_publishes_only_who_moves_up_and_in_full(self, world):
        """Example B: the list shrinks by one, 周 moves up and gets five working days of her own."""
        house = world.house
        with factories.on_day(MONDAY), transaction():
            world.publish([house.clerk])
        with after(2), transaction():
            moving.move(world.cycle, Stage.grading, Actor.committee, "异议成立")
            world.grade(house.clerk, Grade.competent, "异议成立，核实缺岗")
            world.grade(house.leader, Grade.excellent, "递补")
            world.sign_off()
            moving.move(world.cycle, Stage.publicity, Actor.hr)
        _first, second = dossiers.publicities(world.cycle.id)
        assert [row["participation_id"] for row in second.rows] == [part(world.cycle, house.leader).id]
        assert second.ends_on == calendar.add_working_days(MONDAY, 7)
        with after(6), pytest.raises(Refused, match="公示要满"):
            moving.move(world.cycle, Stage.final, Actor.hr)
        with after(7), transaction():
            moving.move(world.cycle, Stage.final, Actor.hr)


class TestTheEndOfAForm:
    @pytest.fixture
    def done(self, world):
        with factories.on_day(MONDAY), transaction():
            world.publish([world.house.clerk])
        with after(5), transaction():
            world.finish()
        return world

    def test_everybody_is_told_once(self, done):
        with after(5), transaction():
            run(signing.notify({"cycle_id": done.cycle.id}))
        assert sum("结果告知" in title for title in notices(done.house.agent)) == 1

    def test_the_person_signs_once_and_disagreement_has_its_reason(self, done):
        agent = part(done.cycle, done.house.agent)
        with after(6), transaction(), factories.as_person(done.house.agent):
            with pytest.raises(Refused, match="写明事实和理由"):
                signing.sign(agent, done.house.agent.id, agrees=False, text=" ")
            with pytest.raises(Refused, match="由本人签署"):
                signing.sign(agent, done.house.hr.id, agrees=True, text="")
            first = signing.sign(agent, done.house.agent.id, agrees=False, text="质检扣分有误")
            assert signing.sign(agent, done.house.agent.id, agrees=False, text="质检扣分有误") is first
            with pytest.raises(Refused, match="已经签署过"):
                signing.sign(agent, done.house.agent.id, agrees=True, text="")
        assert any("林晓岚签署了不同意" in title for title in notices(done.house.hr))
        assert len(first.digest) == 64

    def test_nothing_is_filed_before_every_form_is_signed(self, done):
        with after(6):
            with pytest.raises(Refused, match=r"还有 9 人的登记表没有签完.*林晓岚"):
                moving.move(done.cycle, Stage.archived, Actor.hr)
            with transaction():
                for person in done.everybody()[:-1]:
                    signing.sign(part(done.cycle, person), person.id, agrees=True, text="")
            with pytest.raises(Refused, match="还有 1 人"):
                moving.move(done.cycle, Stage.archived, Actor.hr)
            with transaction():
                left = part(done.cycle, done.outsider)
                with pytest.raises(Refused, match="自己的登记表"):
                    signing.witness(left, done.outsider.id, "x")
                assert signing.witness(left, done.house.hr.id, "已离岗，邮寄送达，两人见证").agrees is None
                moving.move(done.cycle, Stage.archived, Actor.hr)
        assert done.cycle.state == Stage.archived

    def test_a_review_of_a_vendors_agent_is_given_by_the_vendor_and_never_makes_it_worse(self, done):
        house = done.house
        agent = part(done.cycle, house.agent)
        with after(6), transaction():
            with pytest.raises(Refused, match="之后不能到"):
                contesting.contest_grade(ClaimKind.review, agent, house.agent.id, "还没签就申请")
            signing.sign(agent, house.agent.id, agrees=False, text="扣分有误")
            claim = contesting.contest_grade(ClaimKind.review, agent, house.agent.id, "扣分有误，附录音编号")
            case = dossiers.case(claim.id)
            with pytest.raises(Refused, match="由所属服务商指定"):
                contesting.assign(case, done.outsider, Decider(house.hr.id, "方静", Actor.hr))
            vendor = Decider(house.vendor_hr.id, "戴晴", Actor.vendor_hr, house.vendor.id)
            with pytest.raises(Refused, match="戴晴参加过"):
                contesting.assign(case, house.vendor_hr, vendor)
            contesting.assign(case, done.outsider, vendor)
            case = dossiers.case(claim.id)
            for grade, sentence in (
                (None, "要写明改为哪个等次"),
                (Grade.basic, "不能使结果更重"),
                (Grade.competent, "更高的等次"),
            ):
                with pytest.raises(Refused, match=sentence):
                    contesting.decide(case, done.outsider, is_upheld=True, text="成立", grade=grade)
            with pytest.raises(Refused, match="维持原结果"):
                contesting.decide(case, done.outsider, is_upheld=False, text="不成立", grade=Grade.excellent)
            contesting.decide(case, done.outsider, is_upheld=False, text="录音核实，扣分无误")
        assert signing.standing(agent) is FormStage.review_decided
        assert queries.final_grades([agent.id]) == {agent.id: Grade.competent}

    def test_an_upheld_review_is_a_new_final_row_and_the_highest_is_published_anew(self, done):
        house = done.house
        leader = part(done.cycle, house.leader)
        with after(6), transaction():
            pools.queries.pools(done.cycle.id)[leader.pool].percent = 60
            signing.sign(leader, house.leader.id, agrees=True, text="")
            with pytest.raises(Refused, match="不在复核、申诉的范围里"):
                contesting.contest_grade(ClaimKind.review, leader, house.leader.id, "想要更高")
            clerk = part(done.cycle, house.agent)
            signing.sign(clerk, house.agent.id, agrees=True, text="")
            quota = queries.pools(done.cycle.id)[clerk.pool]
            quota.percent = 40
            claim = contesting.contest_grade(ClaimKind.review, clerk, house.agent.id, "漏算一条表扬")
            vendor = Decider(house.vendor_hr.id, "戴晴", Actor.vendor_hr, house.vendor.id)
            contesting.assign(dossiers.case(claim.id), done.outsider, vendor)
            contesting.decide(
                dossiers.case(claim.id), done.outsider, is_upheld=True, text="补算成立", grade=Grade.excellent
            )
        newest = queries.decisions(clerk.id)[0]
        assert (newest.grade, newest.is_final, newest.decider_label) == ("excellent", True, "沈平，复核人")
        assert [row["participation_id"] for row in dossiers.publicities(done.cycle.id)[-1].rows] == [clerk.id]

    def test_a_review_ends_on_its_day(self, done):
        agent = part(done.cycle, done.house.agent)
        told = calendar.add_working_days(MONDAY, 5)
        with after(6), transaction():
            signing.sign(agent, done.house.agent.id, agrees=True, text="")
        last = told + timedelta(days=15)
        with factories.on_day(last, 18), pytest.raises(Refused, match=f"复核的期限是 {last}"):
            contesting.contest_grade(ClaimKind.review, agent, done.house.agent.id, "迟了")
        with factories.on_day(last, 17), transaction():
            contesting.contest_grade(ClaimKind.review, agent, done.house.agent.id, "赶上了")

    def test_an_appeal_comes_after_the_review_where_the_contract_says_so(self, done):
        agent = part(done.cycle, done.house.agent)
        with after(6), transaction():
            signing.sign(agent, done.house.agent.id, agrees=True, text="")
            with pytest.raises(Refused, match="先申请复核"):
                contesting.contest_grade(ClaimKind.appeal, agent, done.house.agent.id, "直接申诉")


class TestEvidence:
    def test_it_is_confirmed_or_contested_within_five_working_days(self, world):
        agent = part(world.cycle, world.house.agent)
        with after(5, 17), transaction():
            first = contesting.confirm_evidence(agent, world.house.agent.id)
            assert contesting.confirm_evidence(agent, world.house.agent.id) is first
            claim = contesting.contest_evidence(agent, world.house.agent.id, "qc", "第 3 通录音不是我")
            with pytest.raises(Refused, match="由本人核对"):
                contesting.contest_evidence(agent, world.house.hr.id, "qc", "x")
        with after(5, 18), pytest.raises(Refused, match="核对证据的期限是 2026-11-30 18:00"):
            contesting.contest_evidence(agent, world.house.agent.id, "qc", "迟了")
        assert claim.subject == "qc"
        hr = Decider(world.house.hr.id, "方静", Actor.hr)
        with transaction():
            contesting.assign(dossiers.case(claim.id), world.house.hr, hr)  # those who keep the data may decide
            contesting.decide(dossiers.case(claim.id), world.house.hr, is_upheld=True, text="录音归属更正")


class TestArchive:
    def archived(self, world):
        with factories.on_day(MONDAY), transaction():
            world.publish([world.house.clerk])
        with after(5), transaction():
            world.finish()
        with after(6), transaction():
            for person in world.everybody():
                signing.sign(part(world.cycle, person), person.id, agrees=True, text="")
            moving.move(world.cycle, Stage.archived, Actor.hr)

    def test_a_killed_job_goes_on_where_it_stopped_and_files_each_form_once(self, world, monkeypatch):
        self.archived(world)
        monkeypatch.setattr(archiving, "CHUNK", 4)
        with transaction():
            steps = archiving.file_forms({"cycle_id": world.cycle.id})
            assert next(steps).done == 4
            steps.close()
        assert len(dossiers.waiting_for(world.cycle.id, FormStage.archived, 99)) == 5
        with transaction():
            last = list(archiving.file_forms({"cycle_id": world.cycle.id}))[-1]
        assert not dossiers.waiting_for(world.cycle.id, FormStage.archived, 99)
        assert len(files.load(last.result["file"])) == last.result["bytes"]

    def test_the_pack_holds_forms_hashes_and_records(self, world):
        self.archived(world)
        with transaction():
            last = list(archiving.file_forms({"cycle_id": world.cycle.id}))[-1]
        with zipfile.ZipFile(io.BytesIO(files.load(last.result["file"]))) as pack:
            names = pack.namelist()
            listed = pack.read("evidence-hashes.csv").decode("utf-8-sig").splitlines()
            publicities = pack.read("publicities.json").decode()
        assert sum(name.startswith("forms/") for name in names) == 9
        assert {"moves.json", "votes.json", "quotas.json", "claims.json", "sign-offs.json"} <= set(names)
        assert len(listed) == 10
        assert "刘*远" in publicities

    def test_before_the_archive_there_is_no_pack(self, world):
        with pytest.raises(Refused, match="归档之后"):
            run(archiving.file_forms({"cycle_id": world.cycle.id}))
