"""The people of a programme as an Excel sheet: Chinese headers, true numbers and dates; no text is taken for a formula."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Protocol

from xlsxwriter import Workbook

from courses.programmes.queries.members import Row
from lms import clock
from lms.people.models import FORM_LABELS

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = (
    "姓名", "工号", "单位", "用工性质", "状态", "截止日期", "延期理由", "完成日期", "剩余课节", "剩余测验", "剩余分钟",
    "最近学习", "加入日期", "不再要求日期",
)  # fmt: skip
WIDTHS = (10, 10, 16, 10, 10, 12, 24, 12, 10, 10, 10, 12, 12, 14)


class Rest(Protocol):
    """What somebody has left to do."""

    @property
    def lessons(self) -> int: ...
    @property
    def exams(self) -> int: ...
    @property
    def minutes(self) -> int: ...
    @property
    def last_at(self) -> datetime | None: ...


def render(title: str, rows: Sequence[Row], left: Mapping[int, Rest], units: Mapping[int, str]) -> bytes:
    """A workbook with one sheet, header frozen, filter on."""
    target = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(target, options)
    page = book.add_worksheet("".join(sign for sign in title if sign not in "[]:*?/\\'")[:31] or None)
    bold, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
    page.freeze_panes(1, 0)
    for column, (word, width) in enumerate(zip(HEADER, WIDTHS, strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, word, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(_cells(row, left[row.person_id], units)):
            if isinstance(value, date):
                page.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - Excel has no zones
            elif isinstance(value, int):
                page.write_number(line, column, value)
            elif value:
                page.write_string(line, column, value)
    page.autofilter(0, 0, max(1, len(rows)), len(HEADER) - 1)
    book.close()
    return target.getvalue()


def _cells(row: Row, left: Rest, units: Mapping[int, str]) -> tuple[str | int | date | None, ...]:
    if row.is_gone:
        state = "不再要求"
    elif row.is_done:
        state = "已完成"
    else:
        state = "已逾期" if row.due_at < clock.now() else "未完成"
    rest = (0, 0, 0) if row.is_done else (left.lessons, left.exams, left.minutes)
    return (
        row.name, row.staff_number, units.get(row.unit_id, ""), FORM_LABELS[row.form], state, _day(row.due_at),
        row.extension, _day(row.completed_at), *rest, _day(left.last_at), _day(row.joined_at), _day(row.left_at),
    )  # fmt: skip


def _day(at: datetime | None) -> date | None:
    return clock.local(at).date() if at else None
