"""Seats, ties and advice from counts and a few rows are what the rules say of everybody."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from appraisals.cycles import gradings, listing, queries, seating
from appraisals.cycles.actions import determining, grading
from appraisals.cycles.models import Participation, TieVote
from appraisals.cycles.rules import board, seats
from appraisals.cycles.rules.board import Filter
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.seats import Candidate
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.views.filtering import STATES
from appraisals.evidence.rules import round_score
from appraisals.scores.rules import Bands
from courses.catalogue.models import Course
from lms import clock
from lms.db import db, transaction
from lms.errors import Refused
from lms.people.models import EmploymentForm
from tests import factories
from tests.appraisals.cycles.test_after_grading import MONDAY, World
from tests.appraisals.cycles.test_board import SHUT, row
from tests.appraisals.stories import part
from tests.courses.programmes.stories import complete

EVERYBODY = (queries.EVERYBODY,)
POOL = "institution:1"
BANDS = Bands(Decimal(90), Decimal(80), Decimal(60))
SCORES = ("95", "92.6749", "92.665", "92.66", "90", "89.995", "89.9949", "70", None)  # around roundings and the edge
OPEN_GATE = {"code": "hours", "is_open": True, "sentence": '学时"is_open": false已完成', "values": {}}

people = st.lists(
    st.fixed_dictionaries(
        {
            "total": st.sampled_from(SCORES),
            "dimensions": st.fixed_dictionaries(
                {"achievement": st.sampled_from(["90", "91"])},
                optional={"satisfaction": st.sampled_from(["96", "97"]), "ability": st.just("88")},
            ),
            "gates": st.sampled_from([[], [OPEN_GATE], [OPEN_GATE, SHUT]]),
            "work": st.sampled_from(["agent", "office"]),
            "grade_mode": st.sampled_from(["grade", "grade", "no_grade"]),
        }
    ),
    min_size=1,
    max_size=14,
)


def whole(rows, percent, votes):
    """The proposal over everybody of the pool."""
    return board.proposals(rows, {POOL: percent}, {POOL: BANDS}, votes)[POOL]


def eligible(rows):
    return [one for one in rows if one.is_graded and not one.closed and one.total is not None]


@pytest.mark.no_database
class TestByTheRules:
    @given(people, st.integers(0, 100), st.dictionaries(st.integers(1, 14), st.integers(0, 2)))
    def test_counts_by_score_find_the_same_ties(self, facts, percent, votes):
        rows = [row(n, **one) for n, one in enumerate(facts, 1)]
        counts: dict[Decimal, int] = {}
        for one in eligible(rows):
            counts[one.total] = counts.get(one.total, 0) + 1
        proposal = whole(rows, percent, votes)
        above, totals = seats.last_seat(counts, proposal.seats, BANDS)
        sharing = [one for one in rows if one.is_graded and one.total in totals]
        given_, tied = board.awarded(sharing, proposal.seats - above, BANDS, votes)
        assert tuple(sorted(tied)) == proposal.tied
        assert proposal.seats - above - len(given_) == proposal.empty

    @given(people, st.integers(0, 100), st.dictionaries(st.integers(1, 14), st.integers(0, 2)))
    def test_those_of_the_same_score_and_a_count_give_everybody_the_same_advice(self, facts, percent, votes):
        rows = [row(n, **one) for n, one in enumerate(facts, 1)]
        proposal = whole(rows, percent, votes)
        for one in rows:
            ranked = [other for other in rows if other.is_graded and other.total is not None]
            if one not in ranked:
                alike, higher = [one], []
            else:
                points = round_score(one.total)
                alike = [other for other in ranked if round_score(other.total) == points]
                higher = [other for other in ranked if round_score(other.total) > points]
            item = seats.advise(
                one.person_id, board.candidates(alike, votes), len(higher), len(eligible(higher)), proposal.seats, BANDS
            )
            assert item == next(known for known in proposal.items if known.person_id == one.person_id)

    def test_seats_that_all_fit_or_are_just_given_fall_on_nobody(self):
        scores = {Decimal(95): 2, Decimal(91): 2, Decimal(80): 9}
        assert seats.last_seat(scores, 4, BANDS) == (4, frozenset())
        assert seats.last_seat(scores, 9, BANDS) == (4, frozenset())
        assert seats.last_seat(scores, 2, BANDS) == (2, frozenset())
        assert seats.last_seat(scores, 3, BANDS) == (2, frozenset({Decimal(91)}))
        assert seats.last_seat(scores, 0, BANDS) == (0, frozenset())

    def test_nobody_gets_a_seat_where_those_above_have_them_all(self):
        assert seats.award([Candidate(1, POOL, Decimal(95))], -3) == (set(), set())

    def test_a_contract_of_two_forms_goes_by_the_one_named_first(self):
        forms = board.forms_of(
            board.Tally("contract:1", form, is_graded=True, grade=None, n=1)
            for form in (EmploymentForm.outsourced, EmploymentForm.dispatch)
        )
        assert forms == {"contract:1": EmploymentForm.dispatch}


@pytest.fixture
def world(context):
    with factories.on_day(MONDAY), transaction():
        return World()


def scatter(world, seed: int) -> None:
    """Scores, gates and modes at random, the pools merged into one, so that ties and closed gates meet the last seat."""
    chance = Random(seed)
    for one in queries.participations(world.cycle.id):
        total = chance.choice(SCORES)
        db.session.execute(
            update(Participation)
            .where(Participation.id == one.id)
            .values(
                total=None if total is None else Decimal(total),
                gates=chance.choice([[], [OPEN_GATE], [OPEN_GATE, SHUT]]),
                dimensions={"achievement": chance.choice(["90", "91"]), "ability": "88"},
                grade_mode=chance.choice(["grade", "grade", "grade", "no_grade"]),
                pool=part(world.cycle, world.house.clerk).pool,
            )
        )
        if chance.random() < 0.2:
            db.session.add(TieVote(participation_id=one.id, votes=chance.randint(0, 2), minutes="会议", recorded_by=None,
                                   recorded_label="测试", recorded_at=clock.now()))  # fmt: skip
    db.session.flush()
    db.session.expire_all()


class TestByTheDatabase:
    @pytest.mark.parametrize("seed", range(12))
    def test_ties_and_advice_are_those_of_the_whole_pool(self, world, seed):
        with transaction():
            scatter(world, seed)
        pool = part(world.cycle, world.house.clerk).pool
        rows = queries.board(world.cycle.id, EVERYBODY)
        votes = {key: one.votes for key, one in gradings.votes(world.cycle.id).items()}
        for percent in (0, 20, 50, 80):
            proposal = board.proposals(rows, {pool: percent}, {pool: BANDS}, votes)[pool]
            counted = board.seats_from(listing.tallies(world.cycle.id), {pool: ("池", percent)})
            assert counted == board.seats_of(rows, {pool: ("池", percent)})
            last = seating.last_seats(world.cycle.id, counted, {pool: BANDS}, votes)[pool]
            assert tuple(one.person_id for one in last.tied) == proposal.tied
            assert last.empty == proposal.empty
            for one in queries.participations(world.cycle.id):
                found = seating.advice(one, percent, BANDS, votes)
                assert (found.size, found.seats) == (proposal.size, proposal.seats)
                assert found.item == next(item for item in proposal.items if item.person_id == one.person_id)

    @pytest.mark.parametrize("written", ['[{"is_open": false}]', '[{"is_open":false}]'])
    def test_a_closed_gate_is_found_however_the_list_is_spaced(self, world, written):
        with transaction():
            scatter(world, 1)
            everybody = update(Participation).where(Participation.cycle_id == world.cycle.id)
            db.session.execute(everybody.values(total=Decimal(95), grade_mode="grade", gates=[OPEN_GATE]))
            assert sum(sum(n.values()) for n in seating.contenders(world.cycle.id, Decimal(90)).values()) == 9
            db.session.connection().exec_driver_sql(f"UPDATE participations SET gates = '{written}'")
            assert seating.contenders(world.cycle.id, Decimal(90)) == {}

    def test_counts_are_those_of_the_list_with_grades_taken_back(self, world):
        with transaction():
            world.grade_all([world.house.clerk, world.house.leader])
            given_ = queries.latest_decision(part(world.cycle, world.house.leader).id)
            grading.take_back(given_, world.committee())
        rows = queries.board(world.cycle.id, EVERYBODY)
        tallies = listing.tallies(world.cycle.id)
        pools = {key: (one.label, one.percent) for key, one in queries.pools(world.cycle.id).items()}
        assert board.seats_from(tallies, pools) == board.seats_of(rows, pools)
        assert sum(one.n for one in tallies if one.grade is None) == sum(one.grade is None for one in rows) == 1
        assert [one.id for one in listing.graded(world.cycle.id, {Grade.excellent})] == [
            one.id for one in rows if one.grade == "excellent"
        ]
        with pytest.raises(Refused, match=r"还有 1 人没有等次：赵海宁。"):
            determining.check_ready(world.cycle, world.committee(), tallies)

    @pytest.mark.parametrize("state", [state for state, _ in STATES])
    @pytest.mark.parametrize("over", [False, True])
    def test_a_filter_counts_what_it_lists(self, world, state, over):
        house, courses = world.house, 1
        with transaction():
            course = Course(code="C1", title="课", track="A", hours_target=Decimal(1), competencies=[], is_mandatory=True,
                            validity_months=12, digest="0" * 64, updated_at=clock.now())  # fmt: skip
            db.session.add(course)
            db.session.flush()
            complete(house.clerk.id, course.id)
            world.grade_all([house.clerk, house.leader])
            world.grade(house.hr, Grade.basic, "缺岗两次")
            grading.take_back(queries.latest_decision(part(world.cycle, house.agent).id), world.decider(house.agent))
            grading.take_back(
                queries.latest_decision(part(world.cycle, house.stranger).id), world.decider(house.stranger)
            )
            queries.latest_decision(part(world.cycle, house.clerk).id).is_final = True
            part(world.cycle, house.stranger).total = None
            part(world.cycle, world.other).grade_mode = "no_grade"
        pools = frozenset({part(world.cycle, house.clerk).pool} if over else ())
        groups = listing.groups(world.cycle.id, EVERYBODY, courses=courses)
        for wanted in (Filter(state=state), Filter(state=state, form=EmploymentForm.institution),
                       Filter(state=state, unit_id=house.team.id)):  # fmt: skip
            units = frozenset({house.team.id})
            listed = listing.page(world.cycle.id, EVERYBODY, wanted, over=pools, units=units, courses=courses)
            n = listing.count(world.cycle.id, EVERYBODY, wanted, over=pools, units=units, courses=courses)
            assert board.counted(groups, wanted, pools, units) == n == len(listed)
            by_score = [one.id for one in queries.board(world.cycle.id, EVERYBODY)]
            assert [one.id for one in listed] == [one for one in by_score if one in {row.id for row in listed}]
            pages = [
                one.id
                for start in range(0, n + 2, 2)
                for one in listing.page(world.cycle.id, EVERYBODY, wanted, over=pools, units=units, courses=courses,
                                        limit=2, offset=start)
            ]  # fmt: skip
            assert pages == [one.id for one in listed]

    def test_a_sentence_names_so_many_at_most(self, world, monkeypatch):
        monkeypatch.setattr(determining, "LISTED", 2)
        with pytest.raises(Refused, match=r"还有 9 人没有等次：[^、]+、[^、]+ 等。"):
            determining.check_ready(world.cycle, world.committee(), listing.tallies(world.cycle.id))

    def test_the_last_signature_reads_everybody_once_before_it_is_given(self, world, count_queries):
        with factories.on_day(MONDAY), transaction():
            world.grade_all()
            listed = determining.grade_list(world.cycle)
            count_queries.clear()
            determining.sign_off(world.cycle, world.committee(), listed, listed.seen)
        assert world.cycle.state == Stage.determined
        assert len([one for one in count_queries if one.startswith("SELECT") and "staff_number" in one]) == 0
        assert len([one for one in count_queries if one.startswith("INSERT INTO grade_decisions")]) == 1
        assert not [one for one in count_queries if "dimensions" in one]
