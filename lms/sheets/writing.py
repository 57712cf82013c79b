"""Tables out: xlsx with true numbers and dates in constant memory, CSV that opens in Excel. No text becomes a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
WIDEST = 48
NARROWEST = 8
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))

Value = str | int | float | Decimal | date | datetime | bool | None


@dataclass(frozen=True)
class Table:
    """One sheet: its name, header words, rows; widths in characters where the header's own will not do."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Value]]
    widths: Sequence[int] = field(default=())


def workbook(*tables: Table) -> bytes:
    """An xlsx with a sheet for each table: header bold and frozen, numbers as numbers, days as days, text as text."""
    target = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(target, options)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    two = book.add_format({"num_format": "0.00"})
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for table, name in zip(tables, _sheet_names(tables), strict=True):
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, word in enumerate(table.header):
            wide = table.widths[column] if column < len(table.widths) else 2 * len(word) + 2
            sheet.set_column(column, column, min(WIDEST, max(NARROWEST, wide)))
            sheet.write_string(0, column, word, bold)
        for line, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, bool):
                    sheet.write_string(line, column, "是" if value else "否")
                elif isinstance(value, Decimal):
                    sheet.write_number(line, column, float(value), two)
                elif isinstance(value, int | float):
                    sheet.write_number(line, column, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(line, column, value.replace(tzinfo=None), moment)
                elif isinstance(value, date):
                    sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
                else:
                    sheet.write_string(line, column, value[:32_767])
    book.close()
    return target.getvalue()


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Names that Excel takes: no marks it forbids, at most 31 characters, each once."""
    found: list[str] = []
    for number, table in enumerate(tables, start=1):
        name = table.title.translate(NOT_IN_NAMES).strip()[:31] or f"Sheet{number}"
        if name.casefold() in {known.casefold() for known in found}:
            name = f"{name[:27]} {number}"
        found.append(name)
    return found


def safe(value: Value) -> str:
    """A value as CSV text; what a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_MARKS) else value
    return str(value)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A CSV with the mark by which Excel knows UTF-8."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(header)
    writer.writerows([safe(value) for value in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")
