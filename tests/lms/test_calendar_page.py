"""日历: months and weeks, what stands on a day, the file for other calendars."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import calendar, clock
from lms.db import transaction
from lms.home import rules
from lms.web.slots import CalendarEntry
from tests import factories

DAY = date(2026, 11, 24)
MONTHS = st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(lambda day: day.replace(day=1))


class TestRules:
    pytestmark = pytest.mark.no_database

    @given(MONTHS)
    def test_weeks_hold_each_day_of_the_month_once(self, first):
        days = [day for week in rules.weeks(first) for day in week]
        assert all(len(week) == 7 and week[0].weekday() == 0 for week in rules.weeks(first))
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
        assert [day for day in days if day.month == first.month and day.year == first.year] == [
            first + timedelta(days=n) for n in range((rules.next_month(first) - first).days)
        ]
        assert 28 <= len(days) <= 42

    @given(MONTHS)
    def test_there_and_back(self, first):
        assert rules.previous_month(rules.next_month(first)) == first

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-02", date(2026, 2, 1)),
            ("2024-2", date(2024, 2, 1)),
            *((bad, date(2026, 11, 1)) for bad in ("", "x", "2026", "2026-13", "2026-00", "1999-12", "2101-01", "-", "２０２６-02",
                                                   "2026-02-01", "99999999-1")),
        ],
    )  # fmt: skip
    def test_a_month_is_read_or_is_this_one(self, text, expected):
        assert rules.month_of(text, DAY) == expected

    @given(st.text(max_size=120), st.booleans())
    def test_a_file_keeps_its_lines_short_and_whole(self, title, has_hour):
        at = clock.local_instant(DAY, 18) if has_hour else None
        text = rules.calendar_file([CalendarEntry(DAY, title, "exam", "/x", at)], "https://y", clock.local_instant(DAY))
        lines = text.split("\r\n")
        assert all(len(line.encode()) <= 75 for line in lines)
        assert lines[0] == "BEGIN:VCALENDAR"
        assert lines[-2:] == ["END:VCALENDAR", ""]
        whole = text.replace("\r\n ", "")
        assert whole.count("BEGIN:VEVENT") == 1 or "BEGIN" in title
        assert ("DTSTART:20261124T100000Z" in whole) == has_hour


@pytest.fixture
def lin(app, client):
    with app.app_context(), transaction():
        someone = factories.person("林晓岚").id
    factories.sign_in(client, someone)
    return client


@pytest.fixture
def entries(app):
    """Only these stand in the calendar, whatever the packages give."""
    slots = app.extensions["slots"]
    before = slots.get("calendar", [])
    given_: list[CalendarEntry] = []
    slots["calendar"] = [lambda _person: given_]
    yield given_
    slots["calendar"] = before


class TestPage:
    def test_a_month_is_a_table_with_the_day_marked(self, lin, entries):
        entries.append(CalendarEntry(DAY, "岗位认证", "exam", "/exams/x", clock.local_instant(DAY, 18)))
        with factories.on_day(DAY):
            page = lin.get("/calendar").text
        assert "2026 年 11 月" in page
        assert page.count('<th scope="col">') == 7
        cell = re.search(r'<td class="is-today[^"]*">(.*?)</td>', page, re.DOTALL)[1]
        for words in ("今天", "岗位认证", "18:00", "考试", 'href="/exams/x"'):
            assert words in cell

    def test_other_months_and_the_way_back(self, lin, entries):
        with factories.on_day(DAY):
            page = lin.get("/calendar?month=2026-12").text
        assert "2026 年 12 月" in page
        assert "month=2026-11" in page
        assert "month=2027-01" in page
        assert "回到本月" in page

    def test_one_kind_alone(self, lin, entries):
        entries += [CalendarEntry(DAY, "甲", "exam"), CalendarEntry(DAY, "乙", "policy", is_done=True)]
        with factories.on_day(DAY):
            page = lin.get("/calendar?kind=policy&view=list").text
            assert "乙" in page
            assert "已完成" in page
            assert "甲" not in page
            empty = lin.get("/calendar?kind=policy&view=list&month=2026-10").text
        assert "没有这一类的事" in empty
        assert "清除筛选" in empty

    def test_an_empty_month_says_what_comes_here(self, lin, entries):
        assert "这个月没有到期的事" in lin.get("/calendar?view=list").text

    def test_holidays_and_swapped_days_are_marked(self, app, lin, entries):
        with app.app_context(), transaction():
            calendar.load_shipped()
        page = lin.get("/calendar?month=2025-01").text
        assert "春节" in page
        assert re.search(r"班<span class=\"sr\">：春节调休", page)

    def test_titles_are_text(self, lin, entries):
        entries.append(CalendarEntry(DAY, "<b>粗</b>", "other"))
        with factories.on_day(DAY):
            assert "<b>粗</b>" not in lin.get("/calendar").text

    def test_the_file_holds_what_lies_ahead(self, lin, entries):
        entries += [
            CalendarEntry(DAY, "今天的", "exam"),
            CalendarEntry(DAY - timedelta(days=1), "昨天的", "exam"),
            CalendarEntry(DAY, "做完的", "exam", is_done=True),
        ]
        with factories.on_day(DAY):
            answer = lin.get("/calendar.ics")
        assert answer.mimetype == "text/calendar"
        assert "今天的" in answer.text
        assert "昨天的" not in answer.text
        assert "做完的" not in answer.text

    def test_strangers_sign_in_first(self, app):
        for path in ("/calendar", "/calendar.ics"):
            assert app.test_client().get(path).status_code == 401
