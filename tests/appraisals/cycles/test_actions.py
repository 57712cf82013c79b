"""A cycle is opened, moved, scored, graded and determined; whatever its rules forbid is refused with a sentence."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from appraisals.cycles import queries
from appraisals.cycles.actions import determining, grading, moving, opening, pools, scoring
from appraisals.cycles.models import CycleKind, GradeDecision
from appraisals.cycles.rules.grades import Grade, GradeMode
from appraisals.cycles.rules.stages import Actor, Decider, Stage
from appraisals.scores import queries as scores
from lms import audit, calendar, clock
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.errors import Refused
from lms.people.models import EmploymentForm
from tests import factories
from tests.appraisals import stories
from tests.appraisals.stories import END, START, part

pytestmark = pytest.mark.usefixtures("context")
EVERYBODY = (queries.EVERYBODY,)


@pytest.fixture
def house(context):
    with transaction():
        return stories.house()


def committee(house) -> Decider:
    return Decider(house.committee.id, house.committee.name, Actor.committee)


def vendor_hr(house) -> Decider:
    return Decider(house.vendor_hr.id, house.vendor_hr.name, Actor.vendor_hr, house.vendor.id)


def grade_all(cycle, house, but=()) -> None:
    """Everybody gets the second grade from whoever may give it."""
    deciders = {
        house.vendor.id: vendor_hr(house),
        house.other_vendor.id: Decider(house.stranger.id, "骆飞", Actor.vendor_hr, house.other_vendor.id),
    }
    for row in queries.board(cycle.id, EVERYBODY):
        decider = deciders.get(row.vendor_id, committee(house))
        if decider.person_id == row.person_id:
            decider = Decider(house.hr.id, house.hr.name, Actor.hr) if row.vendor_id is None else None
        if decider and row.person_id not in but:
            grading.decide_grade(queries.participation(cycle.id, row.person_id), Grade.competent, "", decider)


class TestOpening:
    def test_everybody_in_post_at_the_end_takes_part_in_the_pool_of_their_employer(self, house):
        with transaction():
            gone = factories.person("离岗者", unit=house.team, vendor=house.vendor, ends_on=date(2026, 8, 1))
            later = factories.person("新来者", unit=house.team, vendor=house.vendor, starts_on=END + timedelta(days=1))
            cycle = stories.opened()
        rows = {row.person_id: row for row in queries.board(cycle.id, EVERYBODY)}
        assert gone.id not in rows
        assert later.id not in rows
        assert rows[house.agent.id].pool == f"contract:{house.vendor.id}"
        assert rows[house.committee.id].pool.startswith("organ:")
        assert rows[house.clerk.id].pool == f"institution:{house.hr.spells[0].unit_id}"
        assert rows[house.hr.id].work == "office"
        labels = {pool.label: pool.percent for pool in queries.pools(cycle.id).values()}
        assert labels == {"云州市数据局·公务员": 40, "热线中心·事业编制": 40, "云州慧声": 20, "临江众听": 20}

    def test_the_leader_of_the_institution_is_appraised_elsewhere(self, house):
        with transaction():
            director = factories.post("director", "中心主任", is_front_line=False)
            director.is_leader = True
            head = factories.person("主任", form="institution", unit=house.hr.spells[0].unit, post=director)
            team_head = factories.person("组长", form="institution", unit=house.team, post=director)
            cycle = stories.opened()
        ids = {row.person_id for row in queries.board(cycle.id, EVERYBODY)}
        assert head.id not in ids
        assert team_head.id in ids

    def test_who_moved_from_vendor_to_institution_is_there_once_with_the_newer_form(self, house):
        with transaction():
            mover = factories.person("周慧", unit=house.team, vendor=house.vendor, ends_on=date(2026, 8, 15))
            second = factories.person("占位", form="institution", unit=house.team, starts_on=date(2026, 8, 16))
            second.spells[0].person_id = mover.id
            db.session.flush()
            cycle = stories.opened()
        assert part(cycle, mover).form is EmploymentForm.institution

    def test_special_cases_decide_whether_there_is_a_grade(self, house):
        with transaction():
            fresh = factories.person("初任", form="institution", unit=house.team, starts_on=date(2026, 8, 1))
            cycle = opening.open_cycle(
                "X", "测试", CycleKind.quarterly, START, END,
                special={
                    house.clerk.id: opening.SpecialCase(is_under_investigation=True),
                    fresh.id: opening.SpecialCase(is_first_job=True),
                },
            )  # fmt: skip
        assert part(cycle, house.clerk).grade_mode == GradeMode.pending
        assert "第42条" in part(cycle, house.clerk).grade_mode_reason
        assert part(cycle, fresh).grade_mode == GradeMode.comment_only

    @pytest.mark.parametrize(
        ("first", "last", "sentence"),
        [(END, START, "起止日期反了"), (date(2024, 1, 1), date(2024, 3, 31), "没有适用于")],
    )
    def test_a_period_that_cannot_be_is_refused(self, house, first, last, sentence):
        with pytest.raises(Refused, match=sentence):
            opening.open_cycle("X", "测试", CycleKind.quarterly, first, last)

    def test_a_period_without_anybody_is_refused(self, house):
        with pytest.raises(Refused, match="没有在岗的人"), factories.on_day(date(2023, 6, 1)):
            scores.scheme_rows()[0].valid_from = date(2020, 1, 1)
            for row in scores.scheme_rows():
                row.valid_from = date(2020, 1, 1)
                row.weights = {**row.weights, "terms": {**row.weights["terms"], "valid_from": "2020-01-01"}}
            db.session.flush()
            opening.open_cycle("X", "测试", CycleKind.quarterly, date(2023, 1, 1), date(2023, 3, 31))

    def test_a_code_is_used_once(self, house):
        with transaction():
            stories.opened()
        with pytest.raises(Refused, match="已经有代码"):
            stories.opened()

    def test_weights_that_miss_100_are_refused_and_name_the_dimension(self, house):
        with transaction():
            row = scores.scheme_rows()[0]
            weights = {**row.weights, "scheme": {**row.weights["scheme"]}}
            dimensions = [dict(one) for one in weights["scheme"]["dimensions"]]
            dimensions[0]["parts"] = [{**one, "weight": 55} for one in dimensions[0]["parts"]]
            weights["scheme"]["dimensions"] = dimensions
            row.weights = weights
        with pytest.raises(Refused, match="德的权重合计是 110"):
            stories.opened()
        assert queries.cycle("2026-Q3") is None

    def test_opening_costs_the_same_for_many_people(self, house, count_queries):
        with transaction():
            stories.opened()
        few = sum(one.startswith("SELECT") for one in count_queries)
        with transaction():
            for n in range(15):
                factories.person(f"坐席{n}", unit=house.team, vendor=house.vendor)
        count_queries.clear()
        with transaction():
            stories.opened(code="2026-Q3b")
        assert sum(one.startswith("SELECT") for one in count_queries) <= few

    def test_a_share_is_changed_with_its_grounds_and_not_after_the_grades(self, house):
        with transaction():
            cycle = stories.opened()
            pool = part(cycle, house.clerk).pool
            assert pools.set_quota(cycle, pool, 25, "云考委〔2026〕3 号").percent == 25
        for changed, sentence in (
            ((pool, 25, " "), "要写依据"),
            (("no", 25, "x"), "没有「no」"),
            ((pool, 125, "x"), "名额算不出来"),
        ):
            with pytest.raises(Refused, match=sentence):
                pools.set_quota(cycle, *changed)
        cycle.state = Stage.final.value
        with pytest.raises(Refused, match="不能再改"):
            pools.set_quota(cycle, pool, 20, "x")


class TestMoving:
    def test_a_step_is_kept_with_who_took_it(self, house):
        with transaction(), factories.as_person(house.committee):
            cycle = stories.opened()
            moving.move(cycle, Stage.plan_published, Actor.committee, "职工大会讨论过")
        (step,) = queries.moves(cycle.id)
        assert (step.from_state, step.to_state, step.actor_label) == ("plan_draft", "plan_published", "高晨")
        assert db.session.query(AuditLine).filter_by(verb="cycle.move", ref_id=cycle.code).count() == 1

    def test_out_of_order_or_by_another_is_refused(self, house):
        with transaction():
            cycle = stories.opened()
        with pytest.raises(Refused, match="之后不能到"):
            moving.move(cycle, Stage.grading, Actor.hr)
        with pytest.raises(Refused, match="由考核委员会来做"):
            moving.move(cycle, Stage.plan_published, Actor.hr)
        assert cycle.state == Stage.plan_draft

    def test_grading_waits_for_every_score(self, house):
        with transaction():
            cycle = stories.opened()
            moving.move(cycle, Stage.plan_published, Actor.committee)
            job = moving.lock_evidence(cycle, Actor.hr)
        assert job.params == {"cycle_id": cycle.id}
        with pytest.raises(Refused, match="没有算出分数"):
            moving.move(cycle, Stage.grading, Actor.hr)

    def test_scores_are_not_worked_out_outside_their_stages(self, house):
        with transaction():
            cycle = stories.opened()
        with pytest.raises(Refused, match="证据锁定之后"):
            moving.start_scores(cycle)
        cycle.state = Stage.final.value
        with pytest.raises(Refused, match="不再重算"):
            stories.compute(cycle)

    def test_the_summary_is_ones_own_and_only_while_it_is_collected(self, house):
        with transaction():
            cycle = stories.opened()
            moving.move(cycle, Stage.plan_published, Actor.committee)
            mine = part(cycle, house.agent)
            with pytest.raises(Refused, match="不收个人总结"):
                moving.save_summary(mine, "做了很多", house.agent.id)
            moving.move(cycle, Stage.self_summary, Actor.hr)
            moving.save_summary(mine, " 三季度接听 2100 通 ", house.agent.id)
        assert mine.summary == "三季度接听 2100 通"
        assert mine.summary_at
        with pytest.raises(Refused, match="只能由本人写"):
            moving.save_summary(mine, "替他写", house.hr.id)


class TestScoring:
    def test_scores_gates_and_modes_stand_with_the_participation(self, house):
        with transaction():
            stories.evidence(house.agent, hours=12, fatal_errors=1)
            stories.evidence(house.clerk, certificate=False)
            cycle = stories.grading_cycle()
        agent, clerk = part(cycle, house.agent), part(cycle, house.clerk)
        shut = {gate["code"] for gate in agent.gates if not gate["is_open"]}
        assert shut == {"hours", "fatal"}
        assert "certificate" in {gate["code"] for gate in clerk.gates if not gate["is_open"]}
        assert agent.total == agent.score.total
        assert agent.dimensions["satisfaction"] == "96"
        assert set(agent.dimensions) >= {"virtue", "ability", "diligence", "achievement", "integrity"}

    def test_more_than_half_a_year_of_leave_takes_part_without_a_grade_but_maternity_leave_is_graded(self, house):
        with transaction():
            mother = factories.person("周慧", form="institution", unit=house.team)
            ill = factories.person("郑凯", form="institution", unit=house.team)
            year = (date(2026, 1, 1), date(2026, 12, 31))
            stories.record_measures([
                stories.NewValue(mother.id, "maternity_days", *year, Decimal(190), "人事"),
                stories.NewValue(ill.id, "leave_days", *year, Decimal(190), "人事"),
            ])  # fmt: skip
            cycle = opening.open_cycle("Y", "年度", CycleKind.annual, *year)
            stories.compute(cycle)
        assert part(cycle, ill).grade_mode == GradeMode.no_grade
        assert part(cycle, mother).grade_mode == GradeMode.grade
        assert "产假" in part(cycle, mother).grade_mode_reason

    def test_the_job_goes_in_chunks_and_says_how_far_it_is(self, house, monkeypatch):
        monkeypatch.setattr(scoring, "CHUNK", 3)
        with transaction():
            cycle = stories.opened()
            steps = list(scoring.compute_scores({"cycle_id": cycle.id}))
        assert [step.done for step in steps] == [3, 6, 7]
        assert steps[-1].total == 7

    def test_the_number_of_queries_does_not_grow_with_the_people(self, house, count_queries):
        with transaction():
            for n in range(12):
                stories.evidence(factories.person(f"坐席{n}", unit=house.team, vendor=house.vendor))
            cycle = stories.opened()
        ids = queries.participation_ids(cycle.id)

        def selects(some) -> int:
            db.session.expunge_all()
            count_queries.clear()
            with transaction():
                scoring.compute_chunk(db.session.get_one(type(cycle), cycle.id), some)
            return sum(one.startswith("SELECT") for one in count_queries)

        assert selects(ids[:1]) == selects(ids)


class TestGrading:
    @pytest.fixture
    def cycle(self, house):
        with transaction():
            for one in (house.agent, house.clerk, house.leader):
                stories.evidence(one)
            return stories.grading_cycle()

    def test_a_change_is_a_new_row_with_its_reason(self, house, cycle):
        clerk = part(cycle, house.clerk)
        with transaction():
            first = grading.decide_grade(clerk, Grade.excellent, "", committee(house))
            with pytest.raises(Refused, match="改等次要写理由"):
                grading.decide_grade(clerk, Grade.competent, " ", committee(house))
            second = grading.decide_grade(clerk, Grade.competent, "带班时间不足", committee(house))
        assert [one.id for one in queries.decisions(clerk.id)] == [second.id, first.id]
        assert second.decider_label == "高晨，考核委员会"

    def test_pressed_twice_it_stands_once(self, house, cycle):
        clerk = part(cycle, house.clerk)
        with transaction():
            first = grading.decide_grade(clerk, Grade.competent, "", committee(house))
            assert grading.decide_grade(clerk, Grade.competent, "", committee(house)) is first
        assert db.session.query(GradeDecision).count() == 1

    def test_nobody_grades_themselves(self, house, cycle):
        with pytest.raises(Refused, match="自己的等次"):
            grading.decide_grade(part(cycle, house.committee), Grade.competent, "", committee(house))

    def test_vendor_staff_are_graded_by_their_vendor_and_the_hotline_says_an_opinion(self, house, cycle):
        agent = part(cycle, house.agent)
        with pytest.raises(Refused, match="热线只提供证据和意见"):
            grading.decide_grade(agent, Grade.competent, "", committee(house))
        with transaction():
            grading.record_opinion(agent, "口径准确，建议 A", committee(house))
            assert queries.latest_decision(agent.id) is None
            grading.decide_grade(agent, Grade.excellent, "", vendor_hr(house))
        assert queries.latest_decision(agent.id).decider_label == "戴晴，服务商人事"
        with pytest.raises(Refused, match="对自己"):
            grading.record_opinion(agent, "我很好", Decider(house.agent.id, "林晓岚", Actor.line_leader))

    def test_a_lower_grade_needs_a_documented_condition(self, house, cycle):
        with pytest.raises(Refused, match="分数低本身不是理由"):
            grading.decide_grade(part(cycle, house.clerk), Grade.basic, "", committee(house))

    def test_the_highest_grade_waits_for_its_gates(self, house, cycle):
        with pytest.raises(Refused, match=r"没有有效的上岗证|学时只完成"):
            grading.decide_grade(
                part(cycle, house.stranger),
                Grade.excellent,
                "",
                Decider(house.hr.id, "x", Actor.vendor_hr, house.other_vendor.id),
            )

    def test_grades_are_given_in_their_stage_only(self, house, cycle):
        with transaction():
            moving.move(cycle, Stage.evidence_locked, Actor.hr)
        with pytest.raises(Refused, match="等次在评定阶段才能改"):
            grading.decide_grade(part(cycle, house.clerk), Grade.competent, "", committee(house))
        cycle.state = Stage.final.value
        with pytest.raises(Refused, match="意见在证据锁定之后"):
            grading.record_opinion(part(cycle, house.clerk), "迟到的意见", committee(house))

    def test_over_the_quota_a_draft_stands_and_bars_determination_with_names(self, house, cycle):
        with transaction():
            for one in (house.clerk, house.leader):  # 3 people of the institution, 40 % → 1 seat
                grading.decide_grade(part(cycle, one), Grade.excellent, "", committee(house))
            with pytest.raises(Refused, match=r"超出 1 名（2/1）：.*(刘志远|赵海宁)"):
                determining.determine(cycle, committee(house))
        assert cycle.state == Stage.grading

    def test_determination_names_who_is_left(self, house, cycle):
        with transaction():
            grade_all(cycle, house, but={house.clerk.id})
        with pytest.raises(Refused, match=r"没有等次：.*刘志远"):
            determining.determine(cycle, committee(house))
        with pytest.raises(Refused, match="由考核委员会、服务商人事来做"):
            determining.determine(cycle, Decider(house.hr.id, "方静", Actor.hr))
        with pytest.raises(Refused, match="整个周期由考核委员会确定"):
            determining.determine(cycle, vendor_hr(house))

    def test_determined_grades_name_their_human_and_publicity_takes_its_working_days(self, house, cycle):
        with transaction():
            calendar.load_shipped()
            other = factories.person("戴二", unit=house.other_team, vendor=house.vendor, roles=())
            grade_all(cycle, house)
            for one, who in ((house.vendor_hr, other), (house.stranger, other)):
                vendor = house.vendor if one is house.vendor_hr else house.other_vendor
                grading.decide_grade(
                    part(cycle, one), Grade.competent, "", Decider(who.id, who.name, Actor.vendor_hr, vendor.id)
                )
            grading.decide_grade(part(cycle, house.agent), Grade.competent, "", vendor_hr(house))
            assert determining.determine(cycle, committee(house)) == 7
        finals = {row.person_id: row for row in queries.board(cycle.id, EVERYBODY)}
        assert finals[house.agent.id].decider_label == "戴晴，服务商人事"
        assert finals[house.clerk.id].decider_label == "高晨，考核委员会"
        assert finals[house.committee.id].decider_label == "方静，人事"
        assert all(row.is_final for row in finals.values())
        with transaction():
            moving.move(cycle, Stage.publicity, Actor.hr)
        with pytest.raises(Refused, match="公示要满 5 个工作日"):
            moving.move(cycle, Stage.final, Actor.hr)
        end = calendar.add_working_days(clock.today(), 5)
        with factories.on_day(end, 17), pytest.raises(Refused, match="18:00 结束"):
            moving.move(cycle, Stage.final, Actor.hr)
        with factories.on_day(end, 18), transaction():
            moving.move(cycle, Stage.final, Actor.hr)
        assert queries.final_grades([part(cycle, house.clerk).id]) == {part(cycle, house.clerk).id: Grade.competent}
        assert queries.regular_grades([house.clerk.id], 2026) == {house.clerk.id: (Grade.competent,)}

    def test_an_upheld_objection_goes_back_changes_one_and_asks_for_a_new_publicity(self, house, cycle):
        with transaction():
            rows = queries.board(cycle.id, EVERYBODY)
            db.session.add_all(
                GradeDecision(participation_id=row.id, grade="competent", is_final=True, decided_by=house.hr.id,
                              decider_label="x", decided_at=clock.now())
                for row in rows
            )  # fmt: skip
            db.session.flush()
            moving.step(cycle, Stage.determined)
            moving.move(cycle, Stage.publicity, Actor.hr)
            moving.move(cycle, Stage.grading, Actor.committee, "异议成立")
            grading.decide_grade(part(cycle, house.clerk), Grade.excellent, "异议成立，递补", committee(house))
            assert determining.determine(cycle, committee(house)) == 1
            moving.move(cycle, Stage.publicity, Actor.hr)
        clerk = part(cycle, house.clerk)
        assert [one.grade for one in queries.decisions(clerk.id)] == ["excellent", "excellent", "competent"]

    def test_publicity_is_left_out_for_nobody_only(self, house, cycle):
        with transaction():
            grading.decide_grade(part(cycle, house.clerk), Grade.excellent, "", committee(house))
            cycle.state = Stage.determined.value
        with pytest.raises(Refused, match="要先公示"):
            moving.move(cycle, Stage.final, Actor.hr)

    def test_the_trace_is_in_the_audit(self, house, cycle):
        with transaction(), factories.as_person(house.committee):
            grading.decide_grade(part(cycle, house.clerk), Grade.competent, "", committee(house))
        assert audit.verify().broken_id is None
        assert db.session.query(AuditLine).filter_by(verb="grade.propose", actor_label="高晨").count() == 1
