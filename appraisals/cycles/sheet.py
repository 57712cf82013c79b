"""The list of a cycle as an Excel sheet, row by row in constant memory; no text is ever taken for a formula or a link."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook

WIDEST = 40
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def render(title: str, header: Sequence[str], rows: Iterable[Sequence[str | Decimal | int | None]]) -> bytes:
    """A workbook with one sheet: numbers as numbers with two decimals, all else as plain text, header frozen."""
    target = BytesIO()
    book = Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31])
    bold, two = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "0.00"})
    sheet.freeze_panes(1, 0)
    for column, word in enumerate(header):
        sheet.set_column(column, column, min(WIDEST, max(8, 2 * len(word) + 2)))
        sheet.write_string(0, column, word, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, Decimal):
                sheet.write_number(line, column, float(value), two)
            elif isinstance(value, int):
                sheet.write_number(line, column, value)
            elif value:
                sheet.write_string(line, column, value)
    book.close()
    return target.getvalue()
