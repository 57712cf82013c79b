"""From a cell to a value, as offices write them: full-width digits, serial days, 98.2% or 0.982, dashes for nothing.

Each function takes what `reading` yields (text, number, bool, date, time or None) and gives a plain value, None for an
empty cell, or refuses with a sentence that names what was found.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from math import isfinite

from lms.errors import Refused

Cell = str | int | float | bool | date | datetime | time | timedelta | None

NOTHING = frozenset({"", "-", "—", "——", "–", "－", "/", "／", "\\", "无", "N/A", "n/a", "NA", "#N/A", "NULL", "null"})
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
# Letters, digits and the space in full width; full-width punctuation is how Chinese is written and stays.
NARROW = {0xFF00 + n: 0x20 + n for n in (*range(0x10, 0x1A), *range(0x21, 0x3B), *range(0x41, 0x5B))} | {
    0x3000: 0x20,
    0x00A0: 0x20,
}
# What makes a text worth cleaning: anything before the space, no-break and ideographic space, invisible marks, full width.
_UNCLEAN = re.compile(
    "[\x00-\x1f\x7f\xa0\xad\u200b-\u200f\u202a-\u202e\u2060\u3000\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FIRST_DAY = date(1899, 12, 30)  # serial 1 is 1900-01-01; Excel's 29 February 1900 shifts all later days by one
SERIALS = range(10_000, 80_000)  # 1927 to 2119: a bare number outside is no day
YEARS = range(1920, 2120)
_DAY = re.compile(
    r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*(?:日|号)?(?:[\sT]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*(?:[-./年]\s*)?(\d{1,2})\s*(?:月(?:份)?)?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
PLACES = Decimal("0.0001")
HUNDRED = Decimal(100)
LONGEST_SHOWN = 30


def text(value: Cell) -> str:
    """The words of a cell: trimmed, invisible characters gone, letters and digits narrow; 1001.0 is "1001"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return _plain(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, str) and not _UNCLEAN.search(value):
        return value.strip()
    cleaned = str(value).translate(INVISIBLE).translate(NARROW)
    cleaned = CONTROL.sub("", cleaned.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.strip() for line in cleaned.split("\n")).strip()


def line(value: Cell) -> str:
    """The words of a cell on one line, runs of space as one."""
    return " ".join(text(value).split())


def code(value: Cell) -> str:
    """A number or code as it is compared: full width folded, capitals, no spaces; 00123 stays 00123."""
    words = text(value)
    return "".join((words if words.isascii() else unicodedata.normalize("NFKC", words)).split()).upper()


def fold(value: Cell) -> str:
    """Words as they are compared: width, capitals, spaces and punctuation do not matter (外包（甲）= 外包(甲))."""
    folded = unicodedata.normalize("NFKC", text(value)).casefold()
    return "".join(char for char in folded if char.isalnum())


def is_nothing(value: Cell) -> bool:
    """Whether a cell says that there is nothing: empty, a dash, 无, N/A."""
    return value is None or (isinstance(value, str) and text(value) in NOTHING)


def day(value: Cell) -> date | None:
    """A day: a date cell, a serial number, 2026-1-5, 2026.1.5, 2026/1/5, 2026年1月5日 or 20260105."""
    if is_nothing(value):
        return None
    if isinstance(value, datetime):
        return _checked_day(value.date(), value)
    if isinstance(value, date):
        return _checked_day(value, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _serial_day(value)
    if isinstance(value, str):
        words = unicodedata.normalize("NFKC", text(value))
        found = _DAY.fullmatch(words) or _SOLID.fullmatch(words)
        if found:
            try:
                return _checked_day(date(*map(int, found.groups())), value)
            except ValueError:
                pass
        elif re.fullmatch(r"\d{5}(\.\d+)?", words):
            return _serial_day(float(words))
    raise Refused("「{value}」不是日期，写成 2026-11-24 这样。", value=shown(value))


def _serial_day(value: float) -> date:
    if isfinite(value) and value == int(value) and (solid := _SOLID.fullmatch(str(int(value)))):
        try:
            return _checked_day(date(*map(int, solid.groups())), value)
        except ValueError:
            pass
    elif isfinite(value) and int(value) in SERIALS:
        return FIRST_DAY + timedelta(days=int(value))
    raise Refused("「{value}」不是日期，写成 2026-11-24 这样。", value=shown(value))


def _checked_day(found: date, value: Cell) -> date:
    if found.year not in YEARS:
        raise Refused("「{value}」的年份不对，写成 2026-11-24 这样。", value=shown(value))
    return found


def month(value: Cell) -> date | None:
    """The first day of a month: 2026-09, 2026年9月, 202609, 2026.9, or any day of it."""
    if is_nothing(value):
        return None
    words = unicodedata.normalize("NFKC", text(value)) if isinstance(value, str | int | float) else ""
    if found := _MONTH.fullmatch(words):
        year, number = map(int, found.groups())
        if year in YEARS and 1 <= number <= 12 and (len(words) != 5 or not words.isdigit()):
            return date(year, number, 1)
    try:
        whole = day(value)
    except Refused:
        raise Refused("「{value}」不是月份，写成 2026-09 这样。", value=shown(value)) from None
    return whole.replace(day=1) if whole else None


def number(value: Cell) -> Decimal | None:
    """An exact number, to four places; 1,234.5 and full-width digits are understood."""
    if is_nothing(value):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        words = repr(value)
    elif isinstance(value, str):
        words = unicodedata.normalize("NFKC", text(value)).replace(" ", "")
        words = words.replace(",", "") if _GROUPED.fullmatch(words) else words
    else:
        words = ""
    if not _NUMBER.fullmatch(words):
        raise Refused("「{value}」不是数字。", value=shown(value))
    try:
        exact = Decimal(words)
        return exact.quantize(PLACES, rounding=ROUND_HALF_UP).normalize() + 0
    except InvalidOperation:
        raise Refused("「{value}」太大，核对后再导入。", value=shown(value)) from None


def rate(value: Cell) -> Decimal | None:
    """A rate in percent: 0.982, 98.2 and "98.2%" are all 98.2. A number up to 1 without a percent sign is a fraction."""
    if isinstance(value, str):
        words = unicodedata.normalize("NFKC", text(value)).replace(" ", "")
        if words.endswith("%") and words != "%":
            return number(words[:-1])
        if words.startswith("百分之"):
            return number(words[3:])
        if not is_nothing(value) and not _NUMBER.fullmatch(words):
            raise Refused("「{value}」不是比率，写成 98.2% 或 0.982。", value=shown(value))
        fraction = Decimal(words) if _NUMBER.fullmatch(words) and len(words) < LONGEST_SHOWN else None
    else:
        fraction = Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if fraction is not None and fraction.is_finite() and -1 <= fraction <= 1:
        return (fraction * HUNDRED).quantize(PLACES, rounding=ROUND_HALF_UP).normalize() + 0
    return number(value)


def integer(value: Cell) -> int | None:
    """A whole number; 12.0 is 12, 12.5 is refused."""
    exact = number(value)
    if exact is None:
        return None
    if exact != exact.to_integral_value():
        raise Refused("「{value}」不是整数。", value=shown(value))
    return int(exact)


def shown(value: Cell) -> str:
    """What was found in a cell, short enough for a sentence."""
    words = line(value)
    return words if len(words) <= LONGEST_SHOWN else words[: LONGEST_SHOWN - 1] + "…"


def plain(value: Decimal) -> str:
    """A number as text without exponent and trailing zeros."""
    words = format(value, "f")
    words = words.rstrip("0").rstrip(".") if "." in words else words
    return "0" if words in {"-0", ""} else words


def _plain(value: float) -> str:
    """A number cell as a person reads it: no .0, no exponent."""
    if not isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else plain(Decimal(repr(value)))
