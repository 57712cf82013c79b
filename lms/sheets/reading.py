"""Bytes and a file name → sheets whose rows are numbered as the person sees them. Limits are checked before parsing.

    book = reading.open_book(content, "花名册.xlsx")      # refuses with a sentence what is no sheet
    for number, cells in book.rows("花名册"):             # 1, ("姓名", "工号", …): every row, also empty ones

Formula cells give the value that was saved with them. Text stays text, whatever it begins with.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from lms.errors import Refused
from lms.sheets import formulas
from lms.sheets.cells import Cell

MAX_BYTES = 15 * 1024 * 1024
MAX_INFLATED = 300 * 1024 * 1024
MAX_RATIO = 250  # of a whole file above a megabyte; ordinary sheets reach 10 to 40
MAX_ENTRIES = 2_000
MAX_COLUMNS = 200
MAX_ROWS = 50_000  # data rows, without header and instructions
SPARE_ROWS = 200
MAX_GRID = 6_000_000  # cells of the rectangle round all values
SHEETS = 20  # of a file that are looked at
MEBIBYTE = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*")
MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|table|head|meta|\?xml|mime)", re.IGNORECASE | re.DOTALL)
DELIMITERS = ",\t;，；|"
_PLACED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*[^/]>')
_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0b\x0c\x0e-\x1f]")
CELL_LIMIT = 32_767 * 4  # Excel's longest cell in bytes; keeps one quote that is never closed from eating a file

Row = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True)
class SheetName:
    """A sheet of a file: its name and whether it is hidden."""

    name: str
    is_hidden: bool = False


class Book:
    """A file that was read: its sheets, and the rows of each."""

    def __init__(
        self,
        sheets: list[SheetName],
        workbook: CalamineWorkbook | None,
        lines: list[list[str]],
        unsaved: dict[str, list[formulas.Place]] | None = None,
    ) -> None:
        self.sheets = sheets
        self.unsaved = unsaved or {}  # by sheet: (row, column) of formulas without a value
        self._workbook = workbook
        self._lines = lines

    def rows(self, sheet: str) -> Iterator[Row]:
        """Every row of a sheet as (number, cells), from row 1; a merged cell stands in each row it covers."""
        if self._workbook is None:
            for number, line in enumerate(self._lines, start=1):
                yield number, tuple(cell if cell.strip() else None for cell in line)
            return
        try:
            found = self._workbook.get_sheet_by_name(sheet)
        except (CalamineError, ValueError):
            raise damaged() from None
        merged: dict[int, list[tuple[int, int]]] = {}  # first row → (last row, column), for those over several rows
        for (top, left), (bottom, _right) in found.merged_cell_ranges or ():
            if bottom > top:
                merged.setdefault(top, []).append((bottom, left))
        indent: list[Cell] = [None] * (
            found.start[1] if found.start else 0
        )  # the parser begins at the first column used
        open_cells: dict[int, tuple[int, Cell]] = {}
        for index, raw in enumerate(found.iter_rows()):
            cells: list[Cell] = [*indent, *(None if cell == "" else cell for cell in raw)]
            for column, (last, value) in list(open_cells.items()):
                if index > last:
                    del open_cells[column]
                elif column < len(cells) and cells[column] is None:
                    cells[column] = value
            for last, column in merged.get(index, ()):
                if column < len(cells):
                    open_cells[column] = (last, cells[column])
            yield index + 1, tuple(cells)


@dataclass(frozen=True)
class Surveyed:
    """A sheet at first sight: how many rows hold anything, the first rows as they stand, formulas without a value."""

    name: str
    is_hidden: bool
    rows: int
    head: list[Row]
    unsaved: list[formulas.Place]


def survey(content: bytes, file_name: str, head: int) -> list[Surveyed]:
    """The first sheets of a file (SHEETS at most), each with its first `head` rows; refuses what is no sheet."""
    book = open_book(content, file_name)
    found = []
    for sheet in book.sheets[:SHEETS]:
        first, count = [], 0
        for number, cells in book.rows(sheet.name):
            count += not is_empty(cells)
            if number <= head:
                first.append((number, cells))
        found.append(Surveyed(sheet.name, sheet.is_hidden, count, first, book.unsaved.get(sheet.name, [])))
    return found


def is_empty(cells: tuple[Cell, ...]) -> bool:
    """Whether a row holds nothing but spaces."""
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def open_book(content: bytes, file_name: str) -> Book:
    """The sheets of a file, or a refusal that says what the file is and what to do."""
    if not content:
        raise Refused("文件是空的。打开原来的表格，另存为 .xlsx 再上传。")
    if len(content) > MAX_BYTES:
        raise Refused(
            "文件有 {n} MB，最多 {most} MB。分成几份再导入。", n=len(content) // MEBIBYTE, most=MAX_BYTES // MEBIBYTE
        )
    if content.startswith(b"PK\x03\x04"):
        return _open_xlsx(content)
    if content.startswith(OLE):
        if ENCRYPTED in content:
            raise Refused("这个文件设了打开密码，读不出来。去掉密码另存一份再上传。")
        raise Refused("这是旧格式的 .xls 文件（或别的 Office 文件）。在 Excel 或 WPS 里另存为 .xlsx 再上传。")
    if content.startswith(PICTURES):
        raise Refused("这是一张图片，不是表格（文件名不能说明内容）。上传 .xlsx 或 .csv。")
    if content.startswith(b"%PDF"):
        raise Refused("这是 PDF，不是表格。上传 .xlsx 或 .csv。")
    if MARKUP.match(content[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise Refused("这其实是网页格式的文件，有些系统导出时只改了扩展名。用 Excel 或 WPS 打开，另存为 .xlsx 再上传。")
    return Book([SheetName(PurePath(file_name).stem[:31] or "CSV")], None, _read_csv(_decode(content)))


# xlsx ------------------------------------------------------------------------------------------------------------


def _open_xlsx(content: bytes) -> Book:
    entries, unsaved = _check_archive(content)
    names = {name.replace("\\", "/").lower() for name in entries}
    if "xl/workbook.bin" in names:
        raise Refused("这是 .xlsb 格式。在 Excel 里另存为 .xlsx 再上传。")
    if "xl/workbook.xml" not in names:
        raise Refused("这个文件不是 Excel 表格。打开原来的表格，另存为 .xlsx 再上传。")
    try:
        workbook = CalamineWorkbook.from_object(io.BytesIO(content))
        found = [
            SheetName(sheet.name, sheet.visible != SheetVisibleEnum.Visible)
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
        sheets = [one for one in found if not one.is_hidden] + [one for one in found if one.is_hidden]
    except PasswordError:
        raise Refused("这个文件设了打开密码，读不出来。去掉密码另存一份再上传。") from None
    except (CalamineError, OSError, ValueError):
        raise damaged() from None
    if not sheets:
        raise Refused("文件里没有工作表。打开原来的表格，另存为 .xlsx 再上传。")
    return Book(sheets, workbook, [], formulas.by_sheet(content, unsaved))


def damaged() -> Refused:
    """The sentence for a file that cannot be read."""
    return Refused("文件损坏，读不出来。用 Excel 或 WPS 打开，另存为 .xlsx 再上传。")


def _check_archive(content: bytes) -> tuple[set[str], dict[str, set[formulas.Place]]]:
    """Refuse what would grow beyond bounds when unpacked, by its own account and by unpacking it; its entry names, and
    by entry where formulas without a value stand.
    """
    unsaved: dict[str, set[formulas.Place]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _too_large()
            if any(entry.flag_bits & 1 for entry in entries):
                raise Refused("这个文件设了打开密码，读不出来。去掉密码另存一份再上传。")
            limit = min(MAX_INFLATED, max(MEBIBYTE, len(content) * MAX_RATIO))
            if sum(entry.file_size for entry in entries) > limit:
                raise _too_large()
            for entry in entries:
                grid = _Grid()
                limit -= _unpack(content, entry, limit, grid)
                if grid.unsaved:
                    unsaved[entry.filename] = grid.unsaved
            return {entry.filename for entry in entries}, unsaved
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError):
        raise damaged() from None


def _too_large() -> Refused:
    return Refused("这个文件解开后大得不正常，没有读取。另存为只含数据的 .xlsx 再上传。")


def _unpack(content: bytes, entry: zipfile.ZipInfo, limit: int, grid: "_Grid") -> int:
    """Bytes that an entry really unpacks to; of a sheet, where its values lie is checked on the way."""
    start = entry.header_offset
    start += 30 + int.from_bytes(content[start + 26 : start + 28], "little")
    start += int.from_bytes(content[entry.header_offset + 28 : entry.header_offset + 30], "little")
    packed = memoryview(content)[start : start + entry.compress_size]
    is_sheet = entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
    if entry.compress_type == zipfile.ZIP_STORED:
        if len(packed) > limit:
            raise _too_large()
        if is_sheet:
            grid.look(bytes(packed))
        return len(packed)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise damaged()
    inflater, total, waiting = zlib.decompressobj(-15), 0, bytes(packed)
    while waiting and not inflater.eof:
        piece = inflater.decompress(waiting, MEBIBYTE)
        waiting = inflater.unconsumed_tail
        total += len(piece)
        if total > limit:
            raise _too_large()
        if is_sheet:
            grid.look(piece)
    return total


class _Grid:
    """Where the values of a sheet lie, so that no far-off cell makes an enormous empty rectangle."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.rest = b""
        self.unsaved: set[formulas.Place] = set()

    def look(self, piece: bytes) -> None:
        """Take in a further piece of the sheet's XML."""
        whole = self.rest + piece
        for letters, digits in _PLACED.findall(whole):
            row, column = int(digits), column_number(letters.decode())
            self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        for name, row in formulas.unsaved(whole):
            self.unsaved.add((row, column_number(name) - 1))
        self.rest = whole[max(whole.rfind(b"<c "), 0) :][-4096:]  # a cell that the piece cuts is seen whole next time
        if self.columns > MAX_COLUMNS:
            raise Refused(
                "工作表有 {n} 列，最多 {most} 列。删掉用不到的列（连同远处的零星单元格）再上传。",
                n=self.columns,
                most=MAX_COLUMNS,
            )
        if self.rows * self.columns > MAX_GRID or self.rows > MAX_ROWS * 4:
            raise too_many_rows(self.rows)


def too_many_rows(count: int) -> Refused:
    """The sentence for more rows than are taken at once."""
    return Refused("工作表有 {n} 行，一次最多导入 {most} 行。没有写入，分成几份再导入。", n=count, most=MAX_ROWS)


def column_number(letters: str) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found


def column_letters(number: int) -> str:
    """A column's letters from its number: 1 is A."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


# CSV -------------------------------------------------------------------------------------------------------------


def _decode(content: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with one, else GB18030; what is none of them is refused."""
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ("utf-16",) if has_mark else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _PRIVATE.search(decoded):
            return decoded
    raise Refused("看不懂这个文件的编码。在 Excel 或 WPS 里另存为 .xlsx，或另存为 UTF-8 的 CSV 再上传。")


def _read_csv(content: str) -> list[list[str]]:
    """Lines and fields; the separator is the one that parts the first lines most evenly."""
    lines = [line for line in content.splitlines()[:50] if line.strip()]
    if not lines:
        raise Refused("文件是空的。打开原来的表格，另存为 .xlsx 再上传。")
    delimiter = max(
        DELIMITERS, key=lambda mark: (sum(mark in line for line in lines), sum(line.count(mark) for line in lines))
    )
    csv.field_size_limit(CELL_LIMIT)
    try:
        found = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error:
        raise Refused("CSV 里有没有配对的引号，读不下去。另存为 .xlsx 再上传。") from None
    if len(found) > MAX_ROWS * 4:
        raise too_many_rows(len(found))
    widest = max(map(len, found))
    if widest > MAX_COLUMNS:
        raise Refused(
            "工作表有 {n} 列，最多 {most} 列。删掉用不到的列（连同远处的零星单元格）再上传。",
            n=widest,
            most=MAX_COLUMNS,
        )
    return found
