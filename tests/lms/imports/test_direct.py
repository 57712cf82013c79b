"""Imports from the command line: what is said, what is left behind, and the exit code."""

import io

import pytest
from sqlalchemy import func, select
from xlsxwriter import Workbook

from lms import files
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.imports.models import Import, ImportRow, Stage
from lms.jobs import Job
from lms.people.models import Spell
from lms.sheets.writing import Table, workbook
from tests import factories
from tests.lms.sheets.test_reading import without_values

pytestmark = pytest.mark.usefixtures("context")
HEADER = ("姓名", "工号", "班组", "用工性质", "岗位", "到岗日期", "手机号")
GOOD = ["张三", "N1", "受理一组", "编外合同", "坐席", "2026-01-05", "13900000001"]
BAD = ["李四", "N2", "受理一组", "编外合同", "坐席", "31号", ""]
DOUBLE = ["张三", "N9", "受理一组", "编外合同", "坐席", "2026-06-01", "13900000001"]


@pytest.fixture(autouse=True)
def house(context):
    with transaction():
        factories.unit("T1", "受理一组")
        factories.post("agent", "坐席")


@pytest.fixture
def people(app, tmp_path):
    """Import a roster of these rows (or bytes) with these options: (exit code, what was said)."""

    def run(rows, *options, name="名册.xlsx"):
        path = tmp_path / name
        path.write_bytes(rows if isinstance(rows, bytes) else workbook(Table("花名册", HEADER, rows)))
        result = app.test_cli_runner().invoke(args=["people", "import", str(path), *options])
        return result.exit_code, result.output

    return run


def left() -> tuple[int, ...]:
    """How many imports, lines, jobs and audit lines there are."""
    with transaction(writes=False):
        return tuple(
            db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Import, ImportRow, Job, AuditLine)
        )


def numbers() -> set[str]:
    with transaction(writes=False):
        return set(db.session.scalars(select(Spell.staff_number)))


@pytest.mark.parametrize(
    ("rows", "code"), [([GOOD], 0), ([GOOD, BAD], 1), ([BAD], 1), ([GOOD, DOUBLE], 1), (b"\x89PNG\r\n", 2)]
)
def test_a_dry_run_leaves_nothing_behind_and_ends_as_the_import_would(people, monkeypatch, rows, code):
    before = left()
    monkeypatch.setattr(files, "store", lambda _content: pytest.fail("a dry run keeps no file"))
    found, said = people(rows, "--dry-run")
    assert found == code, said
    assert left() == before
    monkeypatch.undo()
    assert people(rows)[0] == code


def test_what_is_written_and_what_is_not_is_said(people):
    code, said = people([GOOD, BAD, DOUBLE])
    assert code == 1
    assert "核对 3 行：新增 1，可能是同一人 1，要修改 1" in said
    assert "第 3 行：「31号」不是日期" in said
    assert "第 4 行：与第 2 行的 N1 姓名和手机号或出生日期相同" in said
    assert "「可能是同一人」1 行不会自己写入：看过以后加 --group same_person 写入。" in said
    assert numbers() == {"N1"}
    assert people([GOOD])[0] == 1  # nothing to write
    assert people([DOUBLE], "--group", "same_person")[0] == 0
    assert numbers() == {"N1", "N9"}


def test_an_import_with_nothing_to_write_does_not_wait_for_anybody(people):
    code, said = people([BAD])
    assert code == 1
    assert "什么也没有写入" in said
    with transaction(writes=False):
        assert set(db.session.scalars(select(Import.stage))) == {Stage.discarded}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("姓名,手机号\n张三,13900000001\n".encode(), "没有对应「工号」的列"),
        ("姓名,工号\n".encode(), "表头下面没有数据"),
        (b"", "文件是空的"),
        (b"%PDF-1.7", "这是 PDF"),
        (("姓名,工号\n" + "张三,1\n" * 60_000).encode(), "一次最多导入 50000 行"),
    ],
)
def test_what_cannot_be_read_at_all_ends_with_two_and_a_sentence(people, content, words):
    before = left()
    for options in ((), ("--dry-run",)):
        code, said = people(content, *options, name="名册.csv")
        assert (code, words in said) == (2, True), said
    assert left() == before


def test_the_exit_codes_are_told_by_the_help_of_each_command(app):
    for command in (["people", "import"], ["measures", "import"], ["questions", "import"]):
        said = app.test_cli_runner().invoke(args=[*command, "--help"]).output
        assert "退出码：0" in said
        assert "--sheet" in said


def formulas(rows: int) -> bytes:
    """A roster whose first days are formulas without a result."""
    target = io.BytesIO()
    made = Workbook(target)
    sheet = made.add_worksheet("花名册")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, GOOD)
    for n in range(rows):
        sheet.write_row(n + 2, 0, [f"李{n}", f"F{n}", *GOOD[2:5]])
        sheet.write_formula(n + 2, 5, "=TODAY()", None, 46000)
    made.close()
    return without_values(target.getvalue())


def test_a_formula_without_a_result_is_no_empty_cell(people):
    code, said = people(formulas(1))
    assert code == 1
    assert "第 3 行：F3 的公式没有存下结果" in said
    assert "新增 1，要修改 1" in said
    assert numbers() == {"N1"}
    code, said = people(formulas(501))
    assert code == 2
    assert "F 列里有很多公式没有存下结果" in said


class TestSheets:
    """A workbook with several sheets."""

    def book(self, *, first="说明", hidden=False):
        target = io.BytesIO()
        made = Workbook(target)
        sheet = made.add_worksheet(first)
        if hidden:
            made.add_worksheet("封面").write(0, 0, "云州市热线中心")
            sheet.hide()
            made.get_worksheet_by_name("封面").activate()
        sheet.write_row(0, 0, HEADER)
        if hidden:
            sheet.write_row(1, 0, ["旧人", "OLD1", *GOOD[2:]])
        for name, row in (("在岗", GOOD), ("新来", ["李四", "N2", *GOOD[2:6], "13900000002"])):
            more = made.add_worksheet(name)
            more.write_row(0, 0, HEADER)
            more.write_row(1, 0, row)
        made.close()
        return target.getvalue()

    def test_the_one_that_was_read_is_said_with_the_others(self, people):
        code, said = people(self.book())
        assert code == 0, said
        assert "工作表「在岗」，表头在第 1 行" in said
        assert "没有读的工作表：「说明」（1 行），「新来」（2 行）。要读别的，加 --sheet 名称。" in said
        assert numbers() == {"N1"}

    def test_a_hidden_first_one_does_not_win(self, people):
        code, said = people(self.book(first="去年", hidden=True))
        assert code == 0, said
        assert "「去年」（2 行，隐藏）" in said
        assert numbers() == {"N1"}

    def test_another_one_is_chosen_by_name(self, people):
        assert people(self.book(), "--sheet", "新来")[0] == 0
        assert numbers() == {"N2"}
        code, said = people(self.book(), "--sheet", "没有")
        assert code == 2
        assert "没有工作表「没有」，或者它是空的。有内容的是「说明」、「在岗」、「新来」。" in said

    def test_the_preview_says_it_and_leads_to_the_others(self, app, client):
        with transaction():
            hr = factories.person("何静", form="institution", roles=("learner", "hr"), scope="all").id
        factories.sign_in(client, hr)
        answer = client.post("/imports/roster/new", data={"file": (io.BytesIO(self.book()), "名册.xlsx")})
        address = answer.location.removesuffix("/columns")
        columns = {"column-name": "0", "column-number": "1", "column-team": "2", "column-form": "3", "column-post": "4"}
        assert client.post(f"{address}/columns", data=columns).status_code == 303
        page = client.get(address).text
        assert "读的是工作表「在岗」，表头在第 1 行。" in page
        assert "张三 N1" in page
        assert f'href="{address}/columns?sheet=%E6%96%B0%E6%9D%A5"' in page
        client.post(f"{address}/columns", data=columns | {"sheet": "新来", "header": "1"})
        page = client.get(address).text
        assert "读的是工作表「新来」" in page
        assert "李四 N2" in page
        assert "张三 N1" not in page
