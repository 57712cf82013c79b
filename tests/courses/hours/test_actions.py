"""The ledger: each source counts once, a day has a maximum, a mistake is taken back by a second line."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from courses.hours import actions, queries
from courses.hours.models import HourEntry, HourRule
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.errors import Refused
from lms.people.models import EmploymentForm
from tests import factories

pytestmark = pytest.mark.usefixtures("context")
DAY = date(2026, 11, 23)


@pytest.fixture
def lin() -> int:
    with transaction():
        actions.load_rules()
        return factories.person().id


def credit(person_id: int, minutes: int = 9, source: str = "c1-a", day: date = DAY, activity: str = "lesson"):
    with transaction():
        return actions.credit(person_id, activity, minutes, ("lesson", source), "热线的职责", day)


def test_a_lesson_earns_a_line_with_its_calculation_and_rule(lin):
    entry = credit(lin)
    assert (entry.hours, entry.year, entry.category) == (Decimal("0.25"), 2026, "online")
    assert entry.calculation == "9 分钟，不超过 15 分钟，计 0.25 学时"
    assert entry.rule.code == "online-lesson"


def test_the_same_source_counts_once(lin):
    assert credit(lin) is not None
    assert credit(lin) is None
    assert queries.hours_done([lin], DAY, DAY) == {lin: Decimal("0.25")}


def test_an_activity_without_a_rule_earns_nothing(lin):
    assert credit(lin, activity="singing") is None
    assert credit(lin, day=date(2020, 1, 1)) is None


def test_a_day_holds_eight_hours_and_the_line_says_so(lin):
    for n in range(9):
        credit(lin, 45, f"c1-{n}")
    assert queries.hours_done([lin], DAY, DAY)[lin] == 8
    last = queries.entry_of(lin, "lesson", "c1-8")
    assert last.hours == 0
    assert "当日上限 8 学时" in last.calculation
    assert credit(lin, 45, "c1-next", date(2026, 11, 24)).hours == 1


def test_a_reversal_is_a_second_line_and_the_first_stays(lin):
    entry = credit(lin, 45)
    with transaction():
        line = actions.reverse(entry, "录入重复")
    assert (line.hours, line.reversal_of_id, line.reason) == (Decimal(-1), entry.id, "录入重复")
    assert entry.hours == 1
    assert queries.hours_done([lin], DAY, DAY)[lin] == 0
    assert db.session.scalars(select(AuditLine.verb)).all().count("hours.reverse") == 1


def test_a_line_is_reversed_once_and_a_reversal_stays(lin):
    entry = credit(lin)
    with transaction():
        line = actions.reverse(entry, "录入重复")
    for wrong in (entry, line):
        with pytest.raises(Refused), transaction():
            actions.reverse(wrong, "再来一次")


def test_rules_are_added_once_and_a_changed_row_stays(lin):
    with transaction():
        rule = db.session.scalars(select(HourRule).where(HourRule.code == "online-lesson")).one()
        rule.daily_maximum = Decimal(6)
    with transaction():
        assert actions.load_rules() == 0
    assert queries.rule("lesson", DAY).daily_maximum == 6


@pytest.mark.parametrize(
    ("form", "hours"),
    [("civil_servant", 90), ("institution", 90), ("direct_contract", 40), ("dispatch", 40), ("outsourced", 40)],
)
def test_each_form_has_its_requirement(lin, form, hours):
    assert queries.required_hours(EmploymentForm(form), DAY) == hours
    assert queries.requirements_on(DAY)[EmploymentForm(form)] == hours
    assert queries.required_hours(EmploymentForm(form), date(2019, 1, 1)) == 0


def test_hours_of_many_take_one_query(lin, count_queries):
    with transaction():
        ids = [factories.person(f"王{n}").id for n in range(5)]
    credit(ids[0], 45)
    del count_queries[:]
    done = queries.hours_done([lin, *ids], date(2026, 1, 1), date(2026, 12, 31))
    assert len(count_queries) == 1
    assert done == {lin: 0, ids[0]: 1, **dict.fromkeys(ids[1:], 0)}


def test_the_ledger_sums_a_year_against_the_requirement(lin):
    credit(lin, 45)
    credit(lin, 45, "c1-b", date(2025, 12, 31))
    found = queries.ledger(lin, 2026, DAY)
    assert (found.total, found.requirement.hours, found.missing, found.percent) == (1, 40, 39, 2)
    assert queries.years(lin) == [2026, 2025]


def test_the_ledger_is_append_only_by_constraint(lin):
    entry = credit(lin, 45)
    assert db.session.scalars(select(HourEntry)).one() is entry
