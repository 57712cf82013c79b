"""Cells as offices write them, and naughty ones."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.errors import Refused
from lms.sheets import cells

pytestmark = pytest.mark.no_database
ANY = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("98.2%", "98.2"), (0.982, "98.2"), (98.2, "98.2"), ("0.982", "98.2"), ("９８．２％", "98.2"), (1, "100"), ("1%", "1"),
        ("百分之95", "95"), (0.9422, "94.22"), (0, "0"), (130.0, "130"), ("100%", "100"), (0.07, "7"), (0.29, "29"),
    ],
)  # fmt: skip
def test_a_rate_is_understood_in_percent(value, expected):
    assert cells.rate(value) == Decimal(expected)


@pytest.mark.parametrize("value", ["—", "-", "", None, "无", "N/A", "/", " － "])
def test_a_dash_is_nothing(value):
    assert cells.rate(value) is None
    assert cells.day(value) is None
    assert cells.number(value) is None


@pytest.mark.parametrize(
    "value",
    ["2016-04-24", "2016.4.24", "2016/4/24", "2016年4月24日", "20160424", 20160424.0, 42484, 42484.5, "42484",
     date(2016, 4, 24), datetime(2016, 4, 24, 13), "２０１６－０４－２４", "2016-04-24 00:00:00", " 2016年04月24号 "],
)  # fmt: skip
def test_a_day_in_every_way_it_is_written(value):
    assert cells.day(value) == date(2016, 4, 24)


@pytest.mark.parametrize(
    "value", ["24.7.6", "2023-02-29", "2026-13-01", "明天", "1", 3, 0.5, "99999999", True, "2016-04"]
)
def test_what_is_no_day_is_refused_with_what_was_found(value):
    with pytest.raises(Refused) as refused:
        cells.day(value)
    assert cells.shown(value) in str(refused.value)


def test_a_leap_day_and_a_month_end_hold():
    assert cells.day("2024.2.29") == date(2024, 2, 29)
    assert cells.day(date(2024, 2, 29)) == date(2024, 2, 29)
    assert cells.day(45351) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "value",
    ["2026年9月", "202609", "2026-09", "2026.9", "2026/09", 202609.0, "2026年9月份", "2026-09-15", date(2026, 9, 30)],
)
def test_a_month(value):
    assert cells.month(value) == date(2026, 9, 1)


@pytest.mark.parametrize("value", ["2026-13", "九月", "9月", 20265.5e9])
def test_what_is_no_month(value):
    with pytest.raises(Refused):
        cells.month(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1001.0, "1001"), ("00123", "00123"), ("Ａ１００１", "A1001"), ("\ufeff 张 三 \u200b", "张 三"), (True, "是"), (1e21, "1" + "0" * 21),
     ("=1+1", "=1+1"), ("-3", "-3"), (13800001234.0, "13800001234"), (0.1, "0.1"), (float("nan"), "")],
)  # fmt: skip
def test_text_is_what_a_person_reads(value, expected):
    assert cells.text(value) == expected


def test_codes_and_words_are_compared_without_width_case_and_space():
    assert cells.code(" ａ 1001 ") == "A1001"
    assert cells.fold("外包（通联服务）") == cells.fold("外包(通联 服务)")


def test_an_integer():
    assert cells.integer("1,200") == 1200
    assert cells.integer(12.0) == 12
    with pytest.raises(Refused):
        cells.integer(12.5)


@given(ANY)
def test_every_cell_is_a_value_or_a_refusal_and_never_an_accident(value):
    for reader in (cells.text, cells.line, cells.code, cells.fold, cells.is_nothing):
        reader(value)
    for reader in (cells.day, cells.month, cells.rate, cells.number, cells.integer):
        try:
            reader(value)
        except Refused as refused:
            assert len(str(refused)) < 120


@given(st.text())
def test_text_is_stable(value):
    once = cells.text(value)
    assert cells.text(once) == once
    assert "\x00" not in once


@given(st.dates(date(1930, 1, 1), date(2100, 12, 31)))
def test_a_day_survives_each_spelling(day):
    serial = (day - cells.FIRST_DAY).days
    for spelling in (
        day.isoformat(),
        f"{day:%Y.%m.%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        serial,
    ):
        assert cells.day(spelling) == day


@given(st.decimals(min_value="1.01", max_value=100, places=2))
def test_a_rate_survives_each_spelling(percent):
    for spelling in (f"{percent}%", str(percent), float(percent), str(percent / 100)):
        assert cells.rate(spelling) == percent
