"""Files as they come: what is read, and what is refused with a sentence before it can do harm."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from xlsxwriter import Workbook

from lms.errors import Refused
from lms.sheets import reading, writing

pytestmark = pytest.mark.no_database


def book(fill, **options) -> bytes:
    target = io.BytesIO()
    made = Workbook(target, options)
    fill(made)
    made.close()
    return target.getvalue()


def rows(content, name="a.xlsx", sheet=None):
    found = reading.open_book(content, name)
    return list(found.rows(sheet or found.sheets[0].name))


def refusal(content, name="a.xlsx") -> str:
    with pytest.raises(Refused) as refused:
        reading.open_book(content, name)
    return str(refused.value)


def test_rows_are_numbered_as_the_person_sees_them():
    def fill(made):
        sheet = made.add_worksheet("表")
        sheet.write("B3", "姓名")
        sheet.write("B5", "林晓岚")

    found = rows(book(fill))
    assert [number for number, _ in found] == [1, 2, 3, 4, 5]
    assert found[2] == (3, (None, "姓名"))
    assert reading.is_empty(found[3][1])


def test_formula_cells_give_their_saved_values_and_text_stays_text():
    def fill(made):
        sheet = made.add_worksheet()
        sheet.write_formula("A1", "=1+1", None, 2)
        sheet.write_string("B1", '=HYPERLINK("http://x")')
        sheet.write_string("C1", "00123")
        sheet.write_formula("D1", "=1/0", None, "#DIV/0!")

    assert rows(book(fill))[0][1] == (2.0, '=HYPERLINK("http://x")', "00123", None)


def without_values(content: bytes) -> bytes:
    """The same workbook as a program writes it that reckons nothing: formulas, no results."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            bare = re.sub(rb"</f><v>[^<]*</v>", b"</f><v></v>", source.read(name))
            made.writestr(name, bare.replace(b'r="C3"', b'r="C3" t="str"'))
    return target.getvalue()


def test_formulas_without_a_value_and_errors_are_known_by_sheet_and_place():
    def fill(made):
        for name in ("甲 & 乙", "丙"):
            sheet = made.add_worksheet(name)
            sheet.write("A1", "x")
            sheet.write_formula("B2", "=A1&1", None, 5)
            sheet.write_formula("C3", '=IF(1,"","")', None, "")
        sheet.write_formula("D4", "=#REF!", None, "#REF!")
        sheet.write_formula("E4", "=VLOOKUP(1,A:B,2)", None, "#N/A")

    content = book(fill)
    assert reading.open_book(content, "a.xlsx").unsaved["丙"] == [(3, 2), (4, 3)]  # C3 without its type
    bare = reading.open_book(without_values(content), "a.xlsx").unsaved
    assert bare["甲 & 乙"] == [(2, 1)]  # an empty text that was saved is a value
    assert bare["丙"] == [(2, 1), (4, 3), (4, 4)]


def test_a_formula_is_found_wherever_a_piece_of_the_sheet_ends(monkeypatch):
    def fill(made):
        sheet = made.add_worksheet()
        for row in range(400):
            sheet.write_formula(row, 1, f"=A{row}+1", None, 7)

    monkeypatch.setattr(reading, "MEBIBYTE", 1000)  # pieces
    monkeypatch.setattr(reading, "MAX_RATIO", 10_000)
    found = reading.open_book(without_values(book(fill)), "a.xlsx").unsaved["Sheet1"]
    assert found == [(row, 1) for row in range(1, 401)]


def test_a_merged_cell_stands_in_each_row_it_covers():
    def fill(made):
        sheet = made.add_worksheet()
        sheet.merge_range("A1:A3", "受理一组")
        sheet.write_column("B1", ["甲", "乙", "丙", "丁"])

    assert [cells[0] for _, cells in rows(book(fill))] == ["受理一组"] * 3 + [None]


def test_hidden_sheets_come_last_and_are_named_so():
    def fill(made):
        made.add_worksheet("表")
        made.add_worksheet("隐").hide()

    found = reading.open_book(book(fill), "a.xlsx").sheets
    assert found[0].name == "表"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "图片"),
        (b"%PDF-1.7", "PDF"),
        (reading.OLE + b"\x00" * 600, ".xls"),
        (reading.OLE + b"\x00" * 100 + reading.ENCRYPTED, "密码"),
        (b"<html><table><tr><td>1", "网页"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "网页"),
        (b"PK\x03\x04broken", "损坏"),
        (bytes(range(256)) * 4, "编码"),
        (b"   \n\n", "空的"),
    ],
)
def test_what_is_no_sheet_is_refused_by_what_it_is(content, words):
    assert words in refusal(content)


def test_a_zip_that_is_no_workbook_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "不是 Excel" in refusal(target.getvalue())


def bomb(declared: int | None = None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 * 1024 * 1024))
    content = target.getvalue()
    if declared is not None:  # an archive that lies about what it holds
        real = (40 * 1024 * 1024).to_bytes(4, "little")
        content = content.replace(real, declared.to_bytes(4, "little"))
    return content


@pytest.mark.parametrize("declared", [None, 1000])
def test_a_zip_bomb_is_refused_whatever_it_says_of_itself(declared):
    assert "大得不正常" in refusal(bomb(declared))


def test_a_far_off_cell_does_not_make_an_enormous_rectangle():
    def fill(made):
        sheet = made.add_worksheet()
        sheet.write(0, 0, "姓名")
        sheet.write(1_048_575, 150, "x")

    assert "一次最多导入" in refusal(book(fill))


def test_a_cell_far_to_the_right_is_too_wide():
    def fill(made):
        made.add_worksheet().write(0, 16_383, "x")

    assert "列" in refusal(book(fill))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "，"])
def test_csv_in_every_encoding_and_with_every_separator(encoding, mark):
    content = f"姓名{mark}工号\r\n㑇海宁{mark}00123\r\n".encode(encoding)
    assert [cells for _, cells in rows(content, "a.csv")] == [("姓名", "工号"), ("㑇海宁", "00123")]


def test_quotes_and_line_breaks_in_csv():
    content = '题干,答案\n"甲,""乙""\n丙",A\n'.encode()
    assert rows(content, "a.csv")[1] == (2, ('甲,"乙"\n丙', "A"))


def test_what_is_written_is_read_again_and_nothing_becomes_a_formula():
    table = writing.Table(
        "名/单", ["姓名", "分", "日期"], [["=1+1", Decimal("98.20"), date(2026, 9, 1)], ["@x", 3, None]]
    )
    content = writing.workbook(table, writing.Table("名/单", ["a"], []))
    found = reading.open_book(content, "a.xlsx")
    assert [sheet.name for sheet in found.sheets] == ["名 单", "名 单 2"]
    assert [cells for _, cells in found.rows("名 单")] == [
        ("姓名", "分", "日期"), ("=1+1", 98.2, date(2026, 9, 1)), ("@x", 3.0, None),
    ]  # fmt: skip
    assert writing.csv_bytes(["a"], [["=cmd"], ["-1"], [-1]]).decode("utf-8-sig").split() == ["a", "'=cmd", "'-1", "-1"]
