"""Audience, deadlines, what counts as done, figures: without a database."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.programmes.models import Stage
from courses.programmes.rules import audience, board, content, deadlines, stages
from courses.programmes.rules.audience import Audience, Post, Scope
from courses.programmes.rules.board import Count
from courses.programmes.rules.content import Fact
from courses.programmes.rules.deadlines import Due
from lms.errors import Refused
from lms.people.models import EmploymentForm
from lms.web.guards import Reach

pytestmark = pytest.mark.no_database

DAY = date(2026, 11, 24)
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
FORMS = st.sampled_from(EmploymentForm)
TREE = {1: {2, 3}, 2: {4}, 3: set(), 4: set(), 5: set()}
IDS = st.integers(1, 5)
SETS = st.frozensets(IDS, max_size=3)
POSTS = st.builds(Post, st.integers(1, 40), IDS, st.none() | IDS, FORMS, IDS, DAYS)
PEOPLE = st.lists(POSTS, max_size=25, unique_by=lambda post: post.person_id)
AUDIENCES = st.builds(
    Audience,
    units=SETS,
    vendors=SETS,
    forms=st.frozensets(FORMS, max_size=2),
    posts=SETS,
    hired_from=st.none() | DAYS,
    hired_to=st.none() | DAYS,
    only_named=st.booleans(),
    scope=st.none() | st.builds(Scope, SETS, SETS),
    named_in=st.frozensets(st.integers(1, 40), max_size=5),
    named_out=st.frozensets(st.integers(1, 40), max_size=5),
)


def below(units: frozenset[int]) -> frozenset[int]:
    found = set(units)
    for _ in TREE:
        found |= {child for unit in found for child in TREE[unit]}
    return frozenset(found)


def post(person_id=1, unit_id=1, vendor_id=None, form="institution", post_id=1, hired_on=DAY) -> Post:
    return Post(person_id, unit_id, vendor_id, EmploymentForm(form), post_id, hired_on)


def ids(found) -> list[int]:
    return [one.person_id for one in found]


class TestAudience:
    def test_without_conditions_it_is_everybody(self):
        assert ids(audience.chosen(Audience(), [post(1), post(2)], below)) == [1, 2]

    def test_all_conditions_must_hold(self):
        rule = Audience(units=frozenset({2}), forms=frozenset({EmploymentForm.dispatch}), hired_from=DAY)
        people = [
            post(1, 4, 1, "dispatch"),
            post(2, 3, 1, "dispatch"),
            post(3, 4, 1, "outsourced"),
            post(4, 4, 1, "dispatch", hired_on=DAY - timedelta(days=1)),
        ]
        assert ids(audience.chosen(rule, people, below)) == [1]

    def test_both_ends_of_the_hire_days_count(self):
        rule = Audience(hired_from=DAY, hired_to=DAY)
        assert ids(audience.chosen(rule, [post(1)], below)) == [1]

    def test_named_out_wins_and_nobody_outside_the_scope_comes_in(self):
        rule = Audience(
            only_named=True, named_in=frozenset({1, 2, 3}), named_out=frozenset({2}), scope=Scope(frozenset({2}))
        )
        assert ids(audience.chosen(rule, [post(1, 2), post(2, 2), post(3, 5)], below)) == [1]

    @given(AUDIENCES, PEOPLE)
    def test_whoever_is_chosen_is_within_scope_not_named_out_and_named_or_fitting(self, rule, people):
        found = audience.chosen(rule, people, below)
        assert ids(found) == [one.person_id for one in people if one in found]
        for one in found:
            assert one.person_id not in rule.named_out
            if rule.scope:
                assert one.unit_id in below(rule.scope.units) or one.vendor_id in rule.scope.vendors
            if one.person_id not in rule.named_in:
                assert not rule.only_named
                assert not rule.units or one.unit_id in below(rule.units)
                assert not rule.vendors or one.vendor_id in rule.vendors
                assert not rule.forms or one.form in rule.forms
                assert not rule.posts or one.post_id in rule.posts
                assert (rule.hired_from or date.min) <= one.hired_on <= (rule.hired_to or date.max)

    @given(AUDIENCES, PEOPLE, SETS)
    def test_one_more_condition_never_brings_anybody_in(self, rule, people, more):
        if rule.units or not more:
            return
        narrower = Audience(**{**vars(rule), "units": more})
        assert set(ids(audience.chosen(narrower, people, below))) <= set(ids(audience.chosen(rule, people, below)))

    @given(AUDIENCES)
    def test_a_rule_survives_being_stored(self, rule):
        assert Audience.from_json(rule.as_json(), rule.named_in, rule.named_out) == rule

    def test_scope_is_what_the_reaches_cover(self):
        vendor, unit = Reach("hr", "own_vendor", vendor_id=7), Reach("line_leader", "own_unit", unit_id=2)
        assert audience.scope_of([vendor, Reach("hr", "all")]) is None
        assert audience.scope_of([vendor, unit]) == Scope(frozenset({2}), frozenset({7}))

    @pytest.mark.parametrize(
        ("reaches", "scope", "may"),
        [
            ([Reach("hr", "all")], None, True),
            ([Reach("hr", "all")], Scope(frozenset({2})), True),
            ([Reach("hr", "own_vendor", vendor_id=1)], None, False),
            ([Reach("hr", "own_vendor", vendor_id=1)], Scope(vendors=frozenset({1})), True),
            ([Reach("hr", "own_vendor", vendor_id=1)], Scope(vendors=frozenset({1, 2})), False),
            ([Reach("line_leader", "own_unit", unit_id=2)], Scope(frozenset({4})), True),
            ([Reach("line_leader", "own_unit", unit_id=2)], Scope(frozenset({3})), False),
            ([], None, False),
            ([], Scope(), False),
        ],
    )
    def test_a_programme_is_changed_by_who_covers_all_of_it(self, reaches, scope, may):
        assert audience.may_change(reaches, scope, below) is may

    def test_an_empty_audience_and_backward_days_are_refused(self):
        with pytest.raises(Refused, match="一个人也没有"):
            audience.check_not_empty([])
        with pytest.raises(Refused):
            audience.check_days(DAY, DAY - timedelta(days=1))


def every_day(_day: date) -> bool:
    return True


class TestDeadlines:
    def test_a_fixed_day_is_the_same_for_all_but_who_comes_late(self):
        due = Due(on=DAY, least_days=7)
        assert deadlines.due_on(due, date(2020, 1, 1), DAY, every_day) == DAY
        assert deadlines.due_on(due, DAY, DAY - timedelta(days=2), every_day, is_late=True) == DAY + timedelta(days=5)
        assert deadlines.due_on(due, DAY, DAY - timedelta(days=30), every_day, is_late=True) == DAY

    def test_days_count_from_the_later_of_hire_and_entry(self):
        due = Due(days=30)
        assert deadlines.due_on(due, DAY + timedelta(days=3), DAY, every_day) == DAY + timedelta(days=33)
        assert deadlines.due_on(due, date(2020, 1, 1), DAY, every_day) == DAY + timedelta(days=30)

    def test_month_ends_and_the_leap_day(self):
        assert deadlines.due_on(Due(days=30), date(2024, 1, 30), date(2024, 1, 30), every_day) == date(2024, 2, 29)
        assert deadlines.due_on(Due(days=1), date(2025, 2, 28), date(2025, 2, 28), every_day) == date(2025, 3, 1)

    def test_working_days_leave_out_holidays_and_count_a_worked_saturday(self):
        # 2026: 10 October is a worked Saturday, 1 to 7 October are holidays
        known = {date(2026, 10, n): False for n in range(1, 8)} | {date(2026, 10, 10): True}

        def is_working(day: date) -> bool:
            return known.get(day, day.weekday() < 5)

        start = date(2026, 9, 30)
        assert deadlines.due_on(Due(days=3, in_workdays=True), start, start, is_working) == date(2026, 10, 10)

    @given(DAYS, st.integers(1, 120), st.dictionaries(DAYS, st.booleans(), max_size=30))
    def test_a_number_of_working_days_later_is_a_working_day_with_that_many_between(self, start, count, known):
        def is_working(day: date) -> bool:
            return known.get(day, day.weekday() < 5)

        last = deadlines.workday_after(start, count, is_working)
        assert is_working(last)
        between = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
        assert sum(map(is_working, between)) == count

    @pytest.mark.parametrize(
        "due",
        [
            Due(),
            Due(on=DAY, days=3),
            Due(on=DAY - timedelta(days=1)),
            Due(on=date(2099, 1, 1)),
            Due(days=0),
            Due(days=9999),
        ],
    )
    def test_a_deadline_that_makes_no_sense_is_refused(self, due):
        with pytest.raises(Refused):
            deadlines.check_due(due, DAY)

    def test_today_is_still_a_deadline(self):
        deadlines.check_due(Due(on=DAY), DAY)
        deadlines.check_due(Due(days=1), DAY)


class TestReminders:
    @pytest.mark.parametrize(
        ("left", "step"), [(8, None), (7, 7), (6, 7), (2, 7), (1, 1), (0, 1), (-1, -1), (-6, -1), (-7, -7), (-30, -7)]
    )
    def test_the_latest_occasion_that_has_come(self, left, step):
        due = DAY + timedelta(days=left)
        assert deadlines.occasion(due, DAY, [7, 1], [1, 7], date(2026, 1, 1)) == step

    def test_who_has_just_come_in_is_not_reminded_at_once(self):
        due = DAY + timedelta(days=7)
        assert deadlines.occasion(due, DAY, [7, 1], [], DAY) is None
        assert deadlines.occasion(due, DAY, [7, 1], [], DAY - timedelta(days=1)) == 7

    @given(DAYS, st.lists(st.integers(0, 90), max_size=3), st.lists(st.integers(1, 90), max_size=3))
    def test_walking_day_by_day_every_occasion_comes(self, start, before, after):
        due, told = start + timedelta(days=45), set()
        for n in range(140):
            step = deadlines.occasion(due, start + timedelta(days=n), before, after, start - timedelta(days=200))
            if step is not None:
                told.add(step)
        assert told <= {*before, *(-days for days in after)}
        assert {days for days in before if days <= 45} <= told
        assert {-days for days in after} <= told

    def test_days_as_people_type_them(self):
        assert deadlines.parsed_days("1、7") == [7, 1]
        assert deadlines.parsed_days(" 7, 1，7 ") == [7, 1]
        assert deadlines.parsed_days("") == []
        for text in ("七", "-1", "1.5", "9999", "²"):
            with pytest.raises(Refused):
                deadlines.parsed_days(text)

    def test_too_many_or_too_far_is_refused(self):
        with pytest.raises(Refused):
            deadlines.check_reminders([1, 2, 3, 4], [1, 2, 3])
        with pytest.raises(Refused):
            deadlines.check_reminders([91], [])
        with pytest.raises(Refused):
            deadlines.check_reminders([], [0])
        deadlines.check_reminders([7, 1, 0], [1])


class TestExtensions:
    def test_a_reason_of_four_characters_and_a_later_day(self):
        deadlines.check_extension(DAY + timedelta(days=1), "住院治疗", DAY, due=DAY)
        for until, reason, due in (
            (DAY + timedelta(days=1), "住 院 治", DAY),
            (DAY, "住院治疗", DAY - timedelta(days=9)),
            (DAY + timedelta(days=1), "住院治疗", DAY + timedelta(days=1)),
            (DAY + timedelta(days=800), "住院治疗", DAY),
        ):
            with pytest.raises(Refused):
                deadlines.check_extension(until, reason, DAY, due=due)

    def test_who_has_left_or_is_done_gets_none(self):
        deadlines.check_may_extend("林", is_done=False, has_left=False)
        with pytest.raises(Refused, match="林.*不在这项任务"):
            deadlines.check_may_extend("林", is_done=False, has_left=True)
        with pytest.raises(Refused, match="林.*已经完成"):
            deadlines.check_may_extend("林", is_done=True, has_left=False)


C1, A3, EXAM = ("course", "C1"), ("course", "A3"), ("exam", "post")


def fact(key, day: date) -> Fact:
    return Fact(key, datetime(day.year, day.month, day.day, 4, tzinfo=UTC), day)


class TestContent:
    @given(DAYS, st.integers(1, 60))
    def test_months_later_is_that_month_and_its_day_or_its_last(self, day, months):
        later = content.months_later(day, months)
        assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
        assert later.day == min(day.day, calendar.monthrange(later.year, later.month)[1])

    def test_what_was_done_before_counts_while_it_is_valid(self):
        assert content.still_holds(date(2025, 11, 25), 12, DAY)
        assert not content.still_holds(date(2025, 11, 24), 12, DAY)
        assert content.still_holds(date(2001, 1, 1), None, DAY)

    def test_counted_takes_the_newest_and_leaves_out_what_has_run_out(self):
        facts = [fact(C1, date(2020, 1, 1)), fact(A3, date(2026, 1, 1)), fact(A3, date(2026, 2, 1))]
        found = content.counted(facts, {C1: 24, A3: 12}, DAY, counts_earlier=True)
        assert found == {A3: facts[2]}
        assert content.counted(facts, {}, DAY, counts_earlier=False) == {}
        after = fact(C1, DAY)
        assert content.counted([after], {C1: 1}, DAY, counts_earlier=False) == {C1: after}

    def test_all_or_some(self):
        done = {C1: fact(C1, date(2026, 1, 1)), EXAM: fact(EXAM, date(2026, 3, 1))}
        items = [C1, A3, EXAM]
        assert content.completed_at(items, None, done) is None
        assert content.completed_at(items, 2, done) == done[EXAM].at
        assert content.completed_at(items, 1, done) == done[C1].at
        assert content.completed_at([C1], None, done) == done[C1].at
        assert content.completed_at([], None, done) is None

    @pytest.mark.parametrize(
        ("items", "needed"), [([], None), ([C1], 2), ([C1], 0), ([("c", str(n)) for n in range(31)], None)]
    )
    def test_items_that_cannot_be_are_refused(self, items, needed):
        with pytest.raises(Refused):
            content.check_items(items, needed)


class TestStages:
    def test_forward_only(self):
        assert stages.moved(Stage.draft, "publish") is Stage.published
        assert stages.moved(Stage.published, "close") is Stage.closed
        for state, verb in (
            (Stage.draft, "close"), (Stage.published, "publish"), (Stage.closed, "publish"), (Stage.closed, "close"),
        ):  # fmt: skip
            with pytest.raises(Refused):
                stages.moved(state, verb)

    def test_a_draft_is_edited_and_a_running_one_nudged(self):
        stages.check_may_edit(Stage.draft)
        stages.check_running(Stage.published)
        for check, state in ((stages.check_may_edit, Stage.published), (stages.check_running, Stage.closed)):
            with pytest.raises(Refused):
                check(state)


F1, F2 = EmploymentForm.dispatch, EmploymentForm.institution
CELLS = {(4, F1): Count(8, 6, 1), (2, F1): Count(2, 2, 0), (3, F2): Count(4, 1, 3)}


class TestBoard:
    def test_every_unit_counts_those_below_it_and_the_total_counts_each_once(self):
        rolled = board.rolled_up(CELLS, {1: None, 2: 1, 3: 1, 4: 2})
        assert rolled[2, F1] == Count(10, 8, 1)
        assert rolled[1, F1] == Count(10, 8, 1)
        assert rolled[1, F2] == Count(4, 1, 3)
        assert board.total(CELLS) == Count(14, 9, 4)
        assert board.forms_present(CELLS) == [F2, F1]

    def test_a_circle_in_the_tree_ends(self):
        assert board.rolled_up({(1, F1): Count(1)}, {1: 2, 2: 1})[2, F1] == Count(1)

    def test_under_five_only_hr_sees(self):
        assert not board.is_shown(Count(4, 1), is_hr=False)
        assert board.is_shown(Count(4, 1), is_hr=True)
        assert board.is_shown(Count(5, 1), is_hr=False)
        assert not board.is_shown(Count(), is_hr=True)

    @given(st.dictionaries(DAYS, st.integers(1, 9), max_size=20), DAYS, st.integers(0, 300))
    def test_the_line_rises_to_everybody_done_by_its_end(self, days, first, length):
        last = first + timedelta(days=length)
        points = board.line(days, first, last)
        assert [day for day, _ in points] == [first + timedelta(days=n) for n in range(length + 1)]
        assert points == sorted(points)
        assert points[-1][1] == sum(n for day, n in days.items() if day <= last)
        thin = board.thinned(points, 12)
        assert len(thin) <= 12
        assert thin[0] == points[0]
        assert thin[-1] == points[-1]

    def test_the_forecast_goes_on_at_the_pace_of_fourteen_days_and_never_beyond_all(self):
        points = [(DAY - timedelta(days=14 - n), 2 * n) for n in range(15)]
        found = board.forecast(points, 100, DAY, DAY + timedelta(days=10))
        assert found is not None
        assert (found.done, found.percent) == (48, 48.0)
        assert board.forecast(points, 40, DAY, DAY + timedelta(days=10)).done == 40
        assert board.forecast(points, 40, DAY, DAY) is None
        assert board.forecast(points, 40, DAY, None) is None
        assert board.forecast(points[:1], 40, DAY, DAY + timedelta(days=1)) is None
