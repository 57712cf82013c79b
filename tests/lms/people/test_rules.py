"""Rules about people: names, reach, days."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.errors import Refused
from lms.people import rules
from lms.people.models import EmploymentForm
from lms.web.guards import Reach

pytestmark = pytest.mark.no_database

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@dataclass(frozen=True)
class Place:
    unit_id: int
    vendor_id: int | None = None


@pytest.mark.parametrize(
    ("name", "given_part", "key"),
    [
        ("林晓岚", "晓岚", "lin xiao lan"), ("欧阳娜", "娜", "ou yang na"), ("曾单", "单", "zeng dan"),
        ("尉迟恭", "恭", "yu chi gong"), ("单雄", "雄", "shan xiong"), ("Ann Lee", "Ann Lee", "ann lee"), ("李", "李", "li"),
    ],
)  # fmt: skip
def test_names_are_split_and_sorted_as_a_register_does(name, given_part, key):
    assert rules.given_name(name) == given_part
    assert rules.sort_key(name) == key


@given(st.text(min_size=1, max_size=40))
def test_any_name_has_a_given_name_and_a_key_that_fits(name):
    assert rules.given_name(name)
    assert len(rules.sort_key(name)) <= 120


def test_a_phone_is_shown_with_its_middle_hidden():
    assert rules.masked_phone("13812345678") == "138****5678"
    assert rules.masked_phone("123") == "****"
    assert rules.masked_phone("") == ""


@pytest.mark.parametrize(
    ("reach", "may"),
    [
        (Reach("hr", "all"), True), (Reach("hr", "own_unit", unit_id=7), True), (Reach("hr", "own_unit", unit_id=1), True),
        (Reach("hr", "own_unit", unit_id=9), False), (Reach("hr", "own_vendor", vendor_id=3), True),
        (Reach("hr", "own_vendor", vendor_id=4), False), (Reach("hr", "own_vendor"), False),
    ],
)  # fmt: skip
def test_a_reach_covers_all_its_unit_with_those_below_or_its_vendor(reach, may):
    below = {1, 7} if reach.unit_id == 1 else set()
    assert rules.may_see([reach], Place(7, 3), below=below) is may


def test_no_reach_sees_nobody():
    assert not rules.may_see([], Place(1))
    assert not rules.may_see([Reach("hr", "own_vendor")], Place(1, None))


def test_dispatched_and_outsourced_have_a_vendor_and_nobody_else():
    for form in EmploymentForm:
        has = form in {EmploymentForm.dispatch, EmploymentForm.outsourced}
        rules.check_employer(form, 1 if has else None)
        with pytest.raises(Refused):
            rules.check_employer(form, None if has else 1)


@given(DAYS, st.integers(0, 400), DAYS, st.one_of(st.none(), st.integers(0, 400)))
def test_two_spells_never_share_a_day(start, length, other, other_length):
    end, other_end = (
        start + timedelta(days=length),
        None if other_length is None else other + timedelta(days=other_length),
    )
    shared = any(
        other <= start + timedelta(days=n) and (other_end is None or start + timedelta(days=n) <= other_end)
        for n in range(length + 1)
    )
    try:
        rules.check_no_overlap(start, end, [(other, other_end)])
    except Refused:
        assert shared
    else:
        assert not shared


def test_a_spell_does_not_end_before_it_starts():
    rules.check_days(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(Refused):
        rules.check_days(date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize("phone", ["1381234567", "138-1234-5678", "１３８１２３４５６７８"])
def test_a_phone_has_eleven_digits(phone):
    rules.check_phone("")
    rules.check_phone("13812345678")
    with pytest.raises(Refused):
        rules.check_phone(phone)
