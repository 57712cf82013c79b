"""The list of a cycle as an Excel sheet, by the platform's writer: true numbers, text as text, header frozen."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from lms.sheets import writing

MIME = writing.XLSX


def render(title: str, header: Sequence[str], rows: Iterable[Sequence[str | Decimal | int | None]]) -> bytes:
    """A workbook with one sheet."""
    return writing.workbook(writing.Table(title, header, rows))
