"""A cycle grades everybody by their own law, never gives a seat too many, and moves only as its table says."""

from datetime import date
from decimal import Decimal
from itertools import pairwise, product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from appraisals.cycles.models import CycleKind
from appraisals.cycles.rules import claims, grades, seats, stages, terms
from appraisals.cycles.rules.grades import Grade, GradeMode, ModeDecision, Reason
from appraisals.cycles.rules.seats import Candidate
from appraisals.cycles.rules.stages import Actor, Decider, FormStage, Stage
from appraisals.cycles.rules.terms import Terms
from appraisals.scores.rules import Bands, Scheme
from lms.errors import Refused
from lms.people.models import EmploymentForm

pytestmark = pytest.mark.no_database

DATA = yaml.safe_load((Path(grades.__file__).parents[2] / "scores/schemes.yaml").read_text(encoding="utf-8"))
CIVIL, INSTITUTION, DIRECT, DISPATCH, OUTSOURCED = EmploymentForm
BANDS = Bands(Decimal(90), Decimal(75), Decimal(60))
HALF = 183


def candidate(person_id, score, **facts) -> Candidate:
    """A candidate of the pool; numbers may come as text."""
    for name in ("achievement", "ability", "satisfaction"):
        if facts.get(name) is not None:
            facts[name] = Decimal(facts[name])
    return Candidate(person_id, "organ:1", None if score is None else Decimal(score), **facts)


def allocate(size, percent, candidates):
    return seats.allocate("organ:1", size, percent, candidates, BANDS)


def reasons(proposal, person_id) -> str:
    return "；".join(str(r) for item in proposal.items if item.person_id == person_id for r in item.reasons)


def grade_of(proposal, person_id):
    return next(item.grade for item in proposal.items if item.person_id == person_id)


class TestLabels:
    @pytest.mark.parametrize(
        ("form", "kind", "words"),
        [
            (CIVIL, CycleKind.quarterly, "好 较好 一般 较差"),
            (CIVIL, CycleKind.annual, "优秀 称职 基本称职 不称职"),
            (INSTITUTION, CycleKind.quarterly, "好 较好 一般 较差"),
            (INSTITUTION, CycleKind.annual, "优秀 合格 基本合格 不合格"),
            (DIRECT, CycleKind.annual, "A B C D"),
            (DISPATCH, CycleKind.quarterly, "A B C D"),
            (OUTSOURCED, CycleKind.annual, "A B C D"),
        ],
    )
    def test_each_form_has_the_words_of_its_law_or_contract(self, form, kind, words):
        assert [grades.grade_label(form, kind, grade) for grade in Grade] == words.split()

    def test_every_form_and_kind_has_a_word_for_every_grade(self):
        assert all(grades.grade_label(f, k, g) for f, k, g in product(EmploymentForm, CycleKind, Grade))


class TestQuota:
    @pytest.mark.parametrize(
        ("size", "percent", "expected"),
        [(0, 20, 0), (4, 20, 0), (5, 20, 1), (9, 25, 2), (20, 15, 3), (43, 25, 10), (27, 20, 5), (120, 20, 24)],
    )
    def test_the_vectors(self, size, percent, expected):
        assert seats.quota(size, percent) == expected

    @pytest.mark.parametrize(("size", "percent"), [(-1, 20), (5, -1), (5, 101)])
    def test_numbers_that_cannot_be_are_refused(self, size, percent):
        with pytest.raises(Refused, match="名额算不出来"):
            seats.quota(size, percent)

    @given(st.integers(0, 100_000), st.integers(0, 100))
    def test_it_is_the_largest_whole_number_within_the_share(self, size, percent):
        assert seats.quota(size, percent) * 100 <= size * percent < (seats.quota(size, percent) + 1) * 100

    def test_the_ungraded_count_and_the_leaders_of_the_unit_do_not(self):
        assert seats.pool_size([False, False, True, False]) == 3


class TestPools:
    def test_organ_institution_employer_and_contract_are_never_merged(self):
        keys = [
            seats.pool_key(CIVIL, 1), seats.pool_key(INSTITUTION, 1), seats.pool_key(DIRECT, 1),
            seats.pool_key(DISPATCH, 1, 7), seats.pool_key(OUTSOURCED, 1, 8),
        ]  # fmt: skip
        assert keys == ["organ:1", "institution:1", "employer:1", "contract:7", "contract:8"]

    @pytest.mark.parametrize("form", [DISPATCH, OUTSOURCED])
    def test_vendor_staff_without_a_contract_are_refused(self, form):
        with pytest.raises(Refused, match="没有对应的合同"):
            seats.pool_key(form, 1)

    def test_a_candidate_of_another_pool_is_refused(self):
        with pytest.raises(Refused, match="名额池不能合并"):
            seats.allocate("institution:1", 5, 20, [candidate(1, "95")], BANDS)

    @pytest.mark.parametrize("people", [[1, 1], [1, 2, 3]])
    def test_a_list_with_someone_twice_or_too_many_is_refused(self, people):
        with pytest.raises(Refused, match="有重复或超出"):
            allocate(2, 20, [candidate(person, "95") for person in people])


class TestGradeMode:
    @staticmethod
    def decide(form=INSTITUTION, days_in_unit=365, **facts) -> ModeDecision:
        return grades.grade_mode(grades.ModeFacts(form=form, days_in_unit=days_in_unit, **facts), half_year_days=HALF)

    def test_an_ordinary_year_is_graded_without_a_word(self):
        assert self.decide() == ModeDecision(GradeMode.grade)

    @pytest.mark.parametrize(
        ("facts", "mode", "article"),
        [
            ({"is_first_job": True, "days_in_unit": 182}, GradeMode.comment_only, 37),
            ({"leave_days": 184}, GradeMode.no_grade, 41),
            ({"maternity_days": 190}, GradeMode.grade, 41),
            ({"is_under_investigation": True}, GradeMode.pending, 42),
            ({"is_under_discipline": True}, GradeMode.pending, 43),
            ({"refused_to_take_part": True}, GradeMode.grade, 44),
        ],
    )
    def test_each_special_case_cites_its_article(self, facts, mode, article):
        decision = self.decide(**facts)
        assert decision.mode is mode
        assert str(decision.reason).endswith(f"（人社部发〔2023〕6号第{article}条）")
        assert decision.fixed is (Grade.failing if article == 44 else None)

    @pytest.mark.parametrize(
        "facts", [{"is_first_job": True, "days_in_unit": 183}, {"days_in_unit": 100}, {"leave_days": 183}]
    )
    def test_half_a_year_to_the_day_and_a_mere_newcomer_are_graded(self, facts):
        assert self.decide(**facts) == ModeDecision(GradeMode.grade)

    def test_maternity_leave_never_counts_as_leave(self):
        assert self.decide(maternity_days=240, leave_days=20).mode is GradeMode.grade

    def test_a_refusal_comes_before_everything_else(self):
        facts = {"refused_to_take_part": True, "leave_days": 300, "is_under_investigation": True}
        assert self.decide(**facts).fixed is Grade.failing

    @pytest.mark.parametrize(
        ("form", "start"), [(CIVIL, "公务员考核规定"), (OUTSOURCED, "合同约定"), (DIRECT, "合同约定")]
    )
    def test_other_forms_follow_by_analogy_and_say_so(self, form, start):
        reason = self.decide(form=form, leave_days=200).reason
        assert reason.values["basis"] == f"{start}，参照人社部发〔2023〕6号第41条，待本地确认"


FACTS = {
    "form": CIVIL, "mode": GradeMode.grade, "days_in_unit": 365, "certificate_valid": True,
    "hours": (("年度学时", Decimal(94), Decimal(90)), ("网络学时", Decimal(52), Decimal(50))),
    "regular": (Grade.excellent, Grade.excellent, Grade.competent, Grade.excellent),
}  # fmt: skip


class TestGates:
    def closed(self, **facts) -> list[str]:
        gates = grades.gates(grades.GateFacts(**(FACTS | facts)), half_year_days=HALF)
        against = grades.closed(grades.GateFacts(**(FACTS | facts)), half_year_days=HALF)
        assert [str(gate.reason) for gate in gates if not gate.is_open] == [str(reason) for reason in against]
        assert [gate.code for gate in gates] == [
            "certificate", "hours", "fatal", "mode", "discipline", "regular", "served",
        ]  # fmt: skip
        return [str(reason) for reason in against]

    def test_li_passes_every_gate(self):
        assert self.closed() == []

    @pytest.mark.parametrize(
        ("facts", "sentence"),
        [
            ({"certificate_valid": False}, "没有有效的上岗证"),
            ({"hours": (("年度学时", Decimal("36.0"), Decimal(40)),)}, "年度学时只完成 36/40"),
            ({"fatal_errors": 2}, "质检有 2 次致命错误"),
            ({"mode": GradeMode.pending}, "本次不确定等次"),
            ({"has_discipline_effect": True}, "在处分影响期内"),
            ({"regular": (Grade.excellent, Grade.basic, Grade.failing)}, "平时考核有 2 次一般或较差"),
            ({"days_in_unit": 182}, "在本单位不满半年"),
        ],
    )
    def test_each_gate_closes_by_itself_and_says_why(self, facts, sentence):
        assert self.closed(**facts) == [sentence]

    def test_a_post_that_needs_no_certificate_has_that_gate_open(self):
        assert self.closed(certificate_valid=None) == []

    def test_regular_grades_bind_civil_servants_only(self):
        assert self.closed(form=INSTITUTION, regular=(Grade.basic,)) == []

    def test_half_a_year_to_the_day_is_enough(self):
        assert self.closed(days_in_unit=183) == []

    def test_a_reason_survives_json(self):
        reason = Reason("{label}只完成 {done}/{required}", {"label": "学时", "done": "36", "required": "40"})
        assert Reason(**reason.to_dict()) == reason


class TestRank:
    @pytest.mark.parametrize(
        ("better", "worse", "by"),
        [
            ({"score": "92.68"}, {"score": "92.67"}, ""),
            ({"achievement": "91.6"}, {"achievement": "90.4"}, "绩"),
            ({"ability": "88.81"}, {"ability": "88.8"}, "能"),
            ({"is_front_line": True}, {"is_front_line": False}, "一线或艰苦岗位"),
            ({"satisfaction": "97"}, {"satisfaction": "96.9"}, "满意率"),
            ({"vote": 5}, {"vote": 4}, "委员会投票"),
        ],
    )
    def test_each_criterion_decides_when_those_before_are_equal(self, better, worse, by):
        equal = {"score": "92.67", "achievement": "91", "ability": "88", "satisfaction": "95", "vote": 3}
        first, second = seats.rank([candidate(1, **(equal | worse)), candidate(2, **(equal | better))])
        assert (first.candidate.person_id, first.place, second.place) == (2, 1, 2)
        assert first.decided_by == second.decided_by == by

    def test_criteria_come_in_their_order(self):
        """Each one is worst on what decides and best on all that follows."""
        best = {"achievement": "99", "ability": "99", "is_front_line": True, "satisfaction": "99", "vote": 9}
        ladder = [
            candidate(1, "91", achievement="90", ability="1", satisfaction="1", vote=0),
            candidate(2, "90", **(best | {"achievement": "90", "ability": "1"})),
            candidate(3, "90", **(best | {"achievement": "89", "ability": "90", "is_front_line": False})),
            candidate(
                4, "90", **(best | {"achievement": "89", "ability": "89", "is_front_line": True, "satisfaction": "1"})
            ),
            candidate(5, "90", **(best | {"achievement": "89", "ability": "89", "is_front_line": False})),
        ]
        assert [r.candidate.person_id for r in seats.rank(reversed(ladder))] == [1, 2, 3, 4, 5]

    def test_ties_are_judged_on_the_rounded_score(self):
        first, second = seats.rank([candidate(1, "92.6749", achievement="1"), candidate(2, "92.665", achievement="2")])
        assert (first.candidate.person_id, second.decided_by) == (2, "绩")

    def test_what_not_all_equals_have_does_not_decide_between_them(self):
        ranked = seats.rank(
            [candidate(1, "92", satisfaction="99"), candidate(2, "92"), candidate(3, "92", satisfaction="90")]
        )
        assert [r.place for r in ranked] == [1, 1, 1]
        assert ranked[0].tied_with == (2, 3)

    def test_places_after_a_tie_leave_room_for_it(self):
        ranked = seats.rank([candidate(1, "92"), candidate(2, "92"), candidate(3, "91"), candidate(4, None)])
        assert [(r.candidate.person_id, r.place) for r in ranked] == [(1, 1), (2, 1), (3, 3)]


class TestAllocation:
    def test_li_takes_the_fifth_seat_before_wang_by_achievement(self):
        li, wang = candidate(5, "92.67", achievement="91.6"), candidate(6, "92.67", achievement="90.4")
        proposal = allocate(27, 20, [wang, li, *(candidate(n, f"{97 - n}") for n in range(1, 5))])
        assert (proposal.seats, proposal.empty) == (5, 0)
        assert proposal.excellent == {1, 2, 3, 4, 5}
        assert grade_of(proposal, 6) is Grade.competent
        assert reasons(proposal, 5) == "总分 92.67，排第 5；总分相同，按绩排先后；在 5 个名额之内"
        assert reasons(proposal, 6) == "总分 92.67，排第 6；总分相同，按绩排先后；5 个名额已排满"

    def test_zhou_moves_up_when_an_objection_against_the_seventh_is_upheld(self):
        maternity = grades.grade_mode(
            grades.ModeFacts(form=INSTITUTION, days_in_unit=3650, maternity_days=188), half_year_days=HALF
        )
        others = [candidate(n, f"{99 - n / 2:.2f}") for n in range(1, 11)]
        zhou = candidate(11, "90.67", decision=maternity)
        tail = [candidate(n, "80") for n in range(12, 44)]
        before = allocate(43, 25, [*others, zhou, *tail])
        assert (before.seats, len(before.excellent)) == (10, 10)
        assert grade_of(before, 11) is Grade.competent
        assert "第41条" in reasons(before, 11)
        others[6] = candidate(7, "95.50", closed=(Reason("公示期异议成立"),))
        after = allocate(43, 25, [*others, zhou, *tail])
        assert grade_of(after, 11) is Grade.excellent
        assert grade_of(after, 7) is Grade.competent
        assert "公示期异议成立" in reasons(after, 7)
        assert seats.newly_proposed(before, after) == {11}

    def test_chen_third_of_120_fails_the_hours_gate_and_the_25th_is_offered_her_seat(self):
        facts = grades.GateFacts(OUTSOURCED, GradeMode.grade, 400, (("学时", Decimal(36), Decimal(40)),), True)
        others = [candidate(n, f"{98 - n / 10:.2f}") for n in range(1, 121) if n != 3]
        chen = candidate(3, "97.70", closed=grades.closed(facts, half_year_days=HALF))
        proposal = allocate(120, 20, [*others, chen])
        assert proposal.seats == len(proposal.excellent) == 24
        assert 3 not in proposal.excellent
        assert 25 in proposal.excellent
        assert reasons(proposal, 3) == "总分 97.70，排第 3；学时只完成 36/40"
        made_up = allocate(120, 20, [*others, candidate(3, "97.70")])
        assert 3 in made_up.excellent
        assert 25 not in made_up.excellent

    def test_an_unresolved_tie_over_the_last_seat_leaves_it_empty_until_a_vote_is_recorded(self):
        first, third = candidate(1, "97"), candidate(4, "91")
        proposal = allocate(10, 20, [first, candidate(2, "95"), candidate(3, "95"), third])
        assert (proposal.seats, proposal.excellent, proposal.empty) == (2, {1}, 1)
        assert "名额空着" in reasons(proposal, 2)
        assert "名额空着" in reasons(proposal, 3)
        assert grade_of(proposal, 4) is Grade.competent
        voted = allocate(10, 20, [first, candidate(2, "95", vote=2), candidate(3, "95", vote=3), third])
        assert (voted.excellent, voted.empty) == ({1, 3}, 0)

    def test_a_tie_that_fits_into_the_seats_is_no_matter(self):
        assert allocate(10, 20, [candidate(2, "95"), candidate(3, "95")]).excellent == {2, 3}

    def test_a_score_below_the_candidates_line_takes_no_seat(self):
        proposal = allocate(10, 20, [candidate(1, "89.99"), candidate(2, "90.00")])
        assert (proposal.excellent, proposal.empty) == ({2}, 1)
        assert "低于优秀参考线 90" in reasons(proposal, 1)

    def test_a_low_score_alone_never_gives_a_low_grade(self):
        proposal = allocate(10, 20, [candidate(1, "70"), candidate(2, "12")])
        assert grade_of(proposal, 1) is grade_of(proposal, 2) is Grade.competent
        assert "须写明规定的情形" in reasons(proposal, 2)

    def test_insufficient_evidence_gets_no_grade_proposed(self):
        proposal = allocate(10, 20, [candidate(1, None)])
        assert grade_of(proposal, 1) is None
        assert "证据不足" in reasons(proposal, 1)

    def test_the_ungraded_and_the_refusing_take_no_seat_and_no_place(self):
        ungraded = ModeDecision(GradeMode.no_grade, Reason("病假超过半年"))
        refused = ModeDecision(GradeMode.grade, Reason("拒绝参加"), Grade.failing)
        proposal = allocate(
            5, 100, [candidate(1, "99", decision=ungraded), candidate(2, "98", decision=refused), candidate(3, "97")]
        )
        assert [(i.person_id, i.place, i.grade) for i in proposal.items] == [
            (3, 1, Grade.excellent), (1, None, None), (2, None, Grade.failing),
        ]  # fmt: skip
        assert reasons(proposal, 1) == "病假超过半年"

    small = st.sampled_from(["89", "90", "91"])
    maybe = st.none() | small

    @given(
        st.lists(
            st.tuples(
                st.none() | small, maybe, maybe, st.booleans(), maybe, st.none() | st.integers(0, 2), st.booleans()
            )
        ),
        st.integers(0, 5),
        st.integers(0, 100),
    )
    def test_seats_are_never_exceeded_and_nobody_behind_overtakes(self, people, apart, percent):
        everyone = [
            candidate(n, score, achievement=a, ability=b, is_front_line=f, satisfaction=s, vote=v,
                      closed=() if open_ else (Reason("不行"),))
            for n, (score, a, b, f, s, v, open_) in enumerate(people)
        ]  # fmt: skip
        size = len(everyone) + apart
        proposal = allocate(size, percent, everyone)
        assert len(proposal.excellent) + proposal.empty == proposal.seats == size * percent // 100
        assert proposal.empty >= 0
        assert {item.person_id for item in proposal.items} == set(range(len(everyone)))
        assert proposal == allocate(size, percent, list(reversed(everyone)))
        eligible = [c for c in everyone if c.score is not None and c.score >= 90 and not c.closed]
        taken = [c.person_id in proposal.excellent for c in (r.candidate for r in seats.rank(eligible))]
        assert not any(not ahead and behind for ahead, behind in pairwise(taken))
        assert proposal.excellent <= {c.person_id for c in eligible}


class TestCheckGrade:
    def test_an_ordinary_grade_passes(self):
        grades.check_grade(Grade.competent, decision=grades.ORDINARY)
        grades.check_grade(Grade.excellent, decision=grades.ORDINARY)
        grades.check_grade(Grade.basic, decision=grades.ORDINARY, condition="第13条第2项：……")

    @pytest.mark.parametrize("grade", [Grade.basic, Grade.failing])
    def test_the_lower_grades_need_a_documented_condition(self, grade):
        with pytest.raises(Refused, match="分数低本身不是理由"):
            grades.check_grade(grade, decision=grades.ORDINARY, condition="  ")

    def test_a_closed_gate_stands_before_excellent_only(self):
        against = (Reason("没有有效的上岗证"),)
        with pytest.raises(Refused, match="没有有效的上岗证"):
            grades.check_grade(Grade.excellent, decision=grades.ORDINARY, against=against)
        grades.check_grade(Grade.competent, decision=grades.ORDINARY, against=against)

    @pytest.mark.parametrize("mode", [GradeMode.comment_only, GradeMode.no_grade, GradeMode.pending])
    def test_who_is_not_graded_gets_no_grade(self, mode):
        with pytest.raises(Refused, match="本次不确定等次：因为"):
            grades.check_grade(Grade.competent, decision=ModeDecision(mode, Reason("因为")))

    def test_a_grade_fixed_by_an_article_is_that_grade(self):
        fixed = ModeDecision(GradeMode.grade, Reason("拒绝参加"), Grade.failing)
        grades.check_grade(Grade.failing, decision=fixed)
        with pytest.raises(Refused, match="由条文确定：拒绝参加"):
            grades.check_grade(Grade.competent, decision=fixed)


class TestStages:
    def test_a_year_goes_from_draft_to_archive(self):
        steps = [
            (Stage.plan_draft, None), (Stage.plan_published, Actor.committee), (Stage.self_summary, Actor.system),
            (Stage.evidence_locked, Actor.system), (Stage.peer_survey, Actor.system), (Stage.grading, Actor.hr),
            (Stage.determined, Actor.committee), (Stage.publicity, Actor.hr), (Stage.final, Actor.hr),
            (Stage.archived, Actor.archivist),
        ]  # fmt: skip
        assert [stage for stage, _ in steps] == list(Stage)
        for (state, _), (to, actor) in pairwise(steps):
            stages.check_move(state, to, actor)

    def test_a_form_goes_from_summary_through_review_and_appeal_to_archive(self):
        actors = [
            Actor.system, Actor.system, Actor.line_leader, Actor.vendor_hr, Actor.committee, Actor.hr, Actor.hr,
            Actor.hr, Actor.person, Actor.person, Actor.reviewer, Actor.person, Actor.appeal_body, Actor.archivist,
        ]  # fmt: skip
        for (state, to), actor in zip(pairwise(FormStage), actors, strict=True):
            stages.check_form_move(state, to, actor)

    @pytest.mark.parametrize("table", [stages.MOVES, stages.FORM_MOVES], ids=["cycle", "form"])
    def test_every_stage_is_reached_and_leads_to_the_archive(self, table):
        everything = set(type(next(iter(table))[0]))
        first = next(iter(next(iter(table))))
        reached, ends = {first}, {type(first)("archived")}
        for _ in everything:
            reached |= {to for state, to in table if state in reached}
            ends |= {state for state, to in table if to in ends}
        assert reached == ends == everything
        assert all(table.values())

    @pytest.mark.parametrize(
        ("stage", "table", "check"),
        [(Stage, stages.MOVES, stages.check_move), (FormStage, stages.FORM_MOVES, stages.check_form_move)],
        ids=["cycle", "form"],
    )
    def test_only_what_the_table_says_is_let_through(self, stage, table, check):
        for state, to, actor in product(stage, stage, Actor):
            if actor in table.get((state, to), ()):
                check(state, to, actor)
            else:
                with pytest.raises(Refused):
                    check(state, to, actor)

    @given(st.lists(st.tuples(st.sampled_from(Stage), st.sampled_from(Actor)), max_size=40))
    def test_no_walk_reaches_final_without_the_evidence_being_locked_and_grades_decided(self, walk):
        state, passed = Stage.plan_draft, [Stage.plan_draft]
        for to, actor in walk:
            try:
                stages.check_move(state, to, actor)
            except Refused:
                continue
            state = to
            passed.append(to)
        if Stage.final in passed:
            assert {Stage.evidence_locked, Stage.grading, Stage.determined} <= set(passed)

    @given(st.lists(st.tuples(st.sampled_from(FormStage), st.sampled_from(Actor)), max_size=60))
    def test_no_walk_files_a_form_that_was_not_told_and_signed(self, walk):
        state, passed = FormStage.calibration, [FormStage.calibration]
        for to, actor in walk:
            try:
                stages.check_form_move(state, to, actor)
            except Refused:
                continue
            assert actor in stages.FORM_MOVES[state, to]
            state = to
            passed.append(to)
        if FormStage.archived in passed:
            assert {FormStage.determined, FormStage.final, FormStage.notified, FormStage.signed} <= set(passed)
        for asked, answered in (
            (FormStage.review, FormStage.review_decided),
            (FormStage.appeal, FormStage.appeal_decided),
        ):
            assert passed.count(answered) <= passed.count(asked)
            if asked in passed and FormStage.archived in passed:
                assert answered in passed, "what was asked is answered before the archive"

    @pytest.mark.parametrize(
        ("state", "to", "actor", "sentence"),
        [
            (Stage.plan_draft, Stage.final, Actor.hr, "「方案起草」之后不能到「生效」，下一步可以是：方案公布。"),
            (Stage.archived, Stage.grading, Actor.hr, "「归档」已经是最后一步，内容不能再改。"),
            (
                Stage.grading,
                Stage.determined,
                Actor.hr,
                "从「评定」到「确定等次」这一步由考核委员会、服务商人事来做。内容没有改动。",
            ),
        ],
    )
    def test_a_refused_step_says_what_comes_next_or_whose_it_is(self, state, to, actor, sentence):
        with pytest.raises(Refused) as refused:
            stages.check_move(state, to, actor)
        assert str(refused.value) == sentence

    def test_publicity_may_be_left_out_only_when_nobody_is_to_be_published(self):
        stages.check_skips_publicity(0)
        with pytest.raises(Refused, match="有 1 人"):
            stages.check_skips_publicity(1)

    def test_publicity_lasts_its_working_days(self):
        day = date(2026, 11, 30)
        stages.check_publicity_over(5, 5, day, is_closed=True)
        for days in (4, 5):  # on the last day it still runs to its closing hour
            with pytest.raises(Refused, match=f"满 5 个工作日，现在过了 {days} 个，2026-11-30 18:00"):
                stages.check_publicity_over(days, 5, day, is_closed=False)

    def test_everything_has_a_word(self):
        assert all(thing.label for kind in (Actor, Stage, FormStage) for thing in kind)


class TestDeciders:
    COMMITTEE = Decider(9, "王主任", Actor.committee)
    VENDOR = Decider(8, "赵经理", Actor.vendor_hr, vendor_id=3)

    @pytest.mark.parametrize("form", [CIVIL, INSTITUTION, DIRECT])
    def test_the_committee_decides_for_the_unit_and_the_vendor_may_not(self, form):
        stages.check_decider(form, None, 1, self.COMMITTEE)
        for other in (self.VENDOR, Decider(7, "钱人事", Actor.hr), Decider(7, "孙", Actor.committee, vendor_id=3)):
            with pytest.raises(Refused, match="由单位负责人或者考核委员会确定"):
                stages.check_decider(form, None, 1, other)

    @pytest.mark.parametrize("form", [DISPATCH, OUTSOURCED])
    def test_the_vendor_decides_for_its_own_staff_and_the_hotline_may_not(self, form):
        stages.check_decider(form, 3, 1, self.VENDOR)
        for vendor, decider in ((3, self.COMMITTEE), (4, self.VENDOR), (None, Decider(8, "赵", Actor.vendor_hr))):
            with pytest.raises(Refused, match="由所属服务商的人事确定"):
                stages.check_decider(form, vendor, 1, decider)

    @pytest.mark.parametrize(
        "decider",
        [
            None,
            Decider(None, "王主任", Actor.committee),
            Decider(9, " ", Actor.committee),
            Decider(9, "x", Actor.system),
        ],
    )
    def test_every_grade_has_a_named_human(self, decider):
        with pytest.raises(Refused, match="具名的人"):
            stages.check_decider(CIVIL, None, 1, decider)

    def test_nobody_decides_on_themselves(self):
        with pytest.raises(Refused, match="自己的等次"):
            stages.check_decider(CIVIL, None, 9, self.COMMITTEE)

    def test_a_reviewer_took_no_part_before_and_is_not_recused(self):
        claims.check_reviewer_named("沈平", 5, earlier=[1, 2], recused={3: "近亲属"})
        with pytest.raises(Refused, match="高晨参加过"):
            claims.check_reviewer_named("高晨", 2, earlier=[1, 2], recused={})
        with pytest.raises(Refused, match="赵海宁在回避名单里（近亲属）"):
            claims.check_reviewer_named("赵海宁", 3, earlier=[1, 2], recused={3: "近亲属"})


TERMS = [Terms.from_dict(row) for row in DATA["terms"]]
SCHEMES = [Scheme.from_dict(row) for row in DATA["schemes"]]


class TestTerms:
    def test_every_form_has_terms_and_both_kinds_of_work(self):
        day = date(2026, 1, 1)
        for form in EmploymentForm:
            assert terms.in_force(TERMS, form, day).bands.keys() == set(CycleKind)
            assert {terms.scheme_for(SCHEMES, form, work, day).form for work in ("agent", "office")} == {form}

    def test_the_shipped_shares_of_the_institution_rule(self):
        row = terms.in_force(TERMS, INSTITUTION, date(2026, 1, 1))
        assert row.percent(CycleKind.annual) == 20
        assert row.percent(CycleKind.annual, approved=True) == 25
        assert row.percent(CycleKind.annual, approved=True, failing=True) == 15
        assert row.percent(CycleKind.quarterly) == 40
        assert (row.half_year_days, row.publicity_working_days, row.dispute_working_days) == (183, 5, 5)
        assert row.bands[CycleKind.annual] == BANDS
        assert row.bands[CycleKind.quarterly] == Bands(Decimal(90), Decimal(80), Decimal(60))

    def test_a_later_row_takes_over_on_its_day(self):
        later = Terms.from_dict(DATA["terms"][0] | {"valid_from": "2026-07-01"})
        rows = [later, *TERMS]
        assert terms.in_force(rows, later.form, date(2026, 7, 1)) is later
        assert terms.in_force(rows, later.form, date(2026, 6, 30)) is TERMS[0]

    def test_a_day_before_any_row_is_refused(self):
        with pytest.raises(Refused, match="2024-12-31 没有适用于公务员的考核规则"):
            terms.scheme_for(SCHEMES, CIVIL, "agent", date(2024, 12, 31))

    @pytest.mark.parametrize(
        "change", [{"quota": {}}, {"bands": {"monthly": [1, 2, 3]}}, {"form": "robot"}, {"valid_from": "soon"},
                   {"half_year_days": None}, {"bands": {"annual": ["x", 1, 2]}}]
    )  # fmt: skip
    def test_a_row_that_lacks_something_is_refused(self, change):
        with pytest.raises(Refused, match="读不懂"):
            Terms.from_dict(DATA["terms"][0] | change)
