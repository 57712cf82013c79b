"""The board counts seats, scores and completion, and finds the rows somebody asks for."""

from decimal import Decimal

import pytest

from appraisals.cycles.rules import board, deciders
from appraisals.cycles.rules.board import BoardRow
from appraisals.cycles.rules.stages import Actor, Decider
from appraisals.scores.rules import Bands
from lms.errors import Refused
from lms.people.models import EmploymentForm
from lms.web.guards import Reach

pytestmark = pytest.mark.no_database

OPEN = {"code": "hours", "is_open": True, "sentence": "学时已完成", "values": {}}
SHUT = {"code": "hours", "is_open": False, "sentence": "学时只完成 {done}", "values": {"done": "3"}}


def row(number: int, total: str | None = "91", **facts) -> BoardRow:
    known = {
        "id": number, "person_id": number, "name": f"坐席{number}", "sort_key": f"zuo {number:03}", "staff_number": f"A{number}",
        "vendor_id": None, "unit_id": 1, "unit_name": "受理一组", "unit_position": 1, "form": EmploymentForm.institution,
        "work": "agent", "pool": "institution:1", "grade_mode": "grade", "grade_mode_reason": "",
        "total": None if total is None else Decimal(total), "dimensions": {"achievement": "90", "virtue": "80.5"},
        "gates": [OPEN], "summary_at": None, "score_id": 1, "grade": None, "is_final": None, "decided_by": None,
        "decider_label": None, "reason": None,
    }  # fmt: skip
    return BoardRow(**(known | facts))


def test_a_pool_of_five_has_one_seat_and_counts_the_ungraded():
    rows = [row(n, grade="excellent" if n < 3 else None) for n in range(1, 5)] + [row(5, grade_mode="no_grade")]
    (seats,) = board.seats_of(rows, {"institution:1": ("事业编制", 20)})
    assert (seats.size, seats.seats, seats.taken, seats.over) == (5, 1, 2, 1)


def group(n: int = 1, **facts) -> board.Group:
    known = {
        "pool": "institution:1", "unit_id": 1, "unit_name": "受理一组", "unit_position": 1,
        "form": EmploymentForm.institution, "vendor_id": None, "band": 5, "is_graded": True, "grade": None,
        "is_final": False, "is_complete": False, "has_summary": False, "n": n,
    }  # fmt: skip
    return board.Group(**(known | facts))


def test_seats_are_the_same_counted_one_by_one_or_in_groups():
    groups = [group(2, grade="excellent"), group(2), group(1, is_graded=False)]
    (seats,) = board.seats_from(groups, {"institution:1": ("事业编制", 20)})
    assert (seats.size, seats.seats, seats.taken, seats.over) == (5, 1, 2, 1)


def test_the_histogram_counts_those_who_have_a_score():
    bins = board.histogram([group(3, band=0), group(2, band=6), group(4, band=None)])
    assert [one["n"] for one in bins] == [3, 0, 0, 0, 0, 0, 2]


def test_completion_is_counted_by_unit_and_form():
    groups = [group(1, is_complete=True), group(1), group(1, form=EmploymentForm.dispatch, unit_id=2)]
    cells = board.completion(groups)
    assert cells == {(1, EmploymentForm.institution): (1, 2), (2, EmploymentForm.dispatch): (0, 1)}


@pytest.mark.parametrize(
    ("facts", "over", "expected"),
    [
        ({}, (), "undecided"),
        ({"total": None}, (), "insufficient"),
        ({"grade": "excellent"}, (), "decided"),
        ({"grade": "excellent"}, ("institution:1",), "over"),
        ({"grade": "competent"}, ("institution:1",), "decided"),
        ({"grade": "competent", "is_final": True}, (), "final"),
        ({"grade_mode": "pending"}, (), "ungraded"),
    ],
)
def test_where_a_person_stands(facts, over, expected):
    assert board.state(row(1, **facts), frozenset(over)) == expected


def test_advice_goes_by_the_rules_of_seats():
    rows = [row(n, str(90 + n), gates=[SHUT] if n == 5 else [OPEN]) for n in range(1, 6)]
    bands = Bands(Decimal(90), Decimal(75), Decimal(60))
    found = board.proposals(rows, {"institution:1": 20}, {"institution:1": bands})["institution:1"]
    assert found.excellent == {4}


class TestDeciders:
    VENDOR = Reach("hr", "own_vendor", vendor_id=7)

    def propose(self, form, vendor_id, *reaches):
        found = deciders.proposer(1, "某人", reaches, EmploymentForm(form), vendor_id)
        return found.actor if found else None

    def test_vendor_staff_are_graded_by_their_own_vendor_alone(self):
        assert self.propose("outsourced", 7, self.VENDOR) is Actor.vendor_hr
        assert self.propose("outsourced", 8, self.VENDOR) is None
        assert self.propose("dispatch", 7, Reach("hr", "all"), Reach("committee", "all")) is None

    def test_own_staff_are_graded_by_the_committee_or_hr(self):
        assert self.propose("institution", None, Reach("hr", "all"), Reach("committee", "all")) is Actor.committee
        assert self.propose("institution", None, Reach("hr", "all")) is Actor.hr
        assert self.propose("institution", None, self.VENDOR, Reach("line_leader", "own_unit", unit_id=1)) is None

    @pytest.mark.parametrize(
        ("decider", "sentence"),
        [
            (None, "具名的人"),
            (Decider(None, "", Actor.committee), "具名的人"),
            (Decider(9, "系统", Actor.system), "具名的人"),
            (Decider(5, "本人", Actor.committee), "自己的等次"),
            (Decider(9, "戴晴", Actor.vendor_hr, 7), "由人事提出"),
            (Decider(9, "赵海宁", Actor.line_leader), "由人事提出"),
        ],
    )
    def test_a_proposal_needs_the_right_human(self, decider, sentence):
        with pytest.raises(Refused, match=sentence):
            deciders.check_proposer(EmploymentForm.institution, None, 5, decider)

    def test_the_hotline_does_not_decide_for_a_vendor(self):
        with pytest.raises(Refused, match="热线只提供证据和意见"):
            deciders.check_proposer(EmploymentForm.outsourced, 7, 5, Decider(9, "高晨", Actor.committee))

    def test_reasons_and_summaries_have_a_length(self):
        with pytest.raises(Refused, match="最多 300 个字"):
            deciders.check_reason("长" * 301, is_change=False)
        with pytest.raises(Refused, match="最多 3000 个字"):
            deciders.check_summary("长" * 3001)
        with pytest.raises(Refused, match="还没有写"):
            deciders.check_summary("  ")
        with pytest.raises(Refused, match="改等次要写理由"):
            deciders.check_reason(" ", is_change=True)
