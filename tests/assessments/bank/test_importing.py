"""Question sheets through the wizard and the command line: preview, write, undo, round trip."""

import io

import pytest
from sqlalchemy import select

from assessments.bank import queries
from assessments.bank.actions import sheets
from assessments.bank.models import Question, QuestionType
from lms import jobs
from lms.db import db, transaction
from lms.imports import rules
from lms.imports.models import ImportRow
from lms.sheets import reading, writing
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, text
from tests.assessments.bank.test_editing_pages import edition, save, state
from tests.assessments.conftest import loaded

HEADER = ("题型", "题干", "选项A", "选项B", "选项C", "正确答案", "解析", "考点", "政策依据")
ROWS = [
    ("单选题", "几秒内应答？", "10 秒", "15 秒", "20 秒", "Ｂ", "以 15 秒为限。", "受理规范", "GB/T 33358-2016"),
    ("多选题", "哪些不并入？", "110", "119", "12315", "A、B", "", "受理规范", ""),
    ("单选题", "答案没有选项？", "甲", "乙", "", "E", "无", "受理规范", ""),
    ("判断题", "t1-s1 的题干？", "", "", "", "√", "对。", "受理规范", "内部规定"),
]


@pytest.fixture(scope="module")
def citing_library(app, floor, tmp_path_factory):
    with app.app_context(), transaction():
        hall.policies()
    return loaded(app, hall.write(tmp_path_factory.mktemp("library")))


@pytest.fixture
def trainer(app, citing_library):
    return another(app, "顾明远", roles=("trainer",))[0]


def upload(browser, rows, header=HEADER, **options):
    """Upload a sheet and settle its columns as they were guessed; the import's id."""
    content = writing.workbook(writing.Table("题库", header, rows))
    answer = browser.post(
        "/imports/questions/new",
        data={"file": (io.BytesIO(content), "题目.xlsx")},
        content_type="multipart/form-data",
    )
    import_id = int(answer.location.split("/")[2])
    columns = {f"column-{key}": str(at) for key, at in guessed(header).items()}
    form = columns | {f"option-{key}": value for key, value in ({"course": "T1"} | options).items()}
    assert browser.post(f"/imports/{import_id}/columns", data=form).status_code == 303
    return import_id


def guessed(header):
    return rules.guess(header, sheets.FIELDS)


def written(app, browser, import_id, groups=("new", "changed")):
    assert browser.post(f"/imports/{import_id}/confirmation", data={"group": list(groups)}).status_code == 303
    run(app)


def run(app):
    with app.app_context():
        with transaction(writes=False):
            waiting = jobs.stale_ids()
        for job_id in waiting:
            jobs.run(job_id)


def groups(app, import_id):
    with app.app_context(), transaction(writes=False):
        rows = db.session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.number))
        return [row.group for row in rows]


class TestWizard:
    def test_preview_write_and_undo(self, app, trainer):
        import_id = upload(trainer, ROWS)
        assert groups(app, import_id) == ["new", "new", "faulty", "new"]
        page = text(trainer, f"/imports/{import_id}")
        for words in (
            "第 4 行：答案是 E，但选项只有 A 到 B",
            "题干和题库里的 t1-s1 相同",
            "15 秒（正确）",
            "政策库里没有「内部规定」",
        ):
            assert words in page
        written(app, trainer, import_id)
        assert [state(app, f"t1-w00{n}") for n in (1, 2, 3)] == [("draft", None)] * 3
        with app.app_context(), transaction(writes=False):
            assert queries.question("t1-w001").draft.content["basis"] == [["GB/T33358-2016", None]]
            assert len(queries.candidates(["T1"])) == 13
        save(app, trainer, "t1-w002", explanation="后来补的。")
        assert trainer.post(f"/imports/{import_id}/undo").status_code == 303
        run(app)
        with app.app_context(), transaction(writes=False):
            left = db.session.scalars(select(Question.code).where(Question.code.startswith("t1-w"))).all()
            assert left == ["t1-w002"]
        assert "t1-w002 后来有人改过" in text(trainer, f"/imports/{import_id}")

    def test_sent_to_review_at_once_where_nothing_is_missing(self, app, trainer):
        written(app, trainer, upload(trainer, ROWS[:2], review="1"))
        assert state(app, "t1-w001") == ("in_review", None)
        assert state(app, "t1-w002") == ("draft", None)

    def test_a_row_with_a_known_code_changes_that_question(self, app, trainer):
        header = ("题号", "题型", "题干", "A", "B", "C", "答案", "解析")
        rows = [
            ("t1-s1", "单选题", "新题干？", "错一", "对", "错二", "B", "t1-s1 的解析。"),
            ("t1-s2", "单选题", "t1-s2 的题干？", "错一", "对", "错二", "B", "t1-s2 的解析。"),
            ("t1-s1", "单选题", "又一遍？", "错一", "对", "错二", "B", "解析。"),
        ]
        import_id = upload(trainer, rows, header)
        assert groups(app, import_id) == ["changed", "same", "faulty"]
        written(app, trainer, import_id)
        assert state(app, "t1-s1") == ("draft", 1)
        trainer.post(f"/imports/{import_id}/undo")
        run(app)
        assert state(app, "t1-s1") == (None, 1)

    def test_a_change_of_a_question_changed_since_the_preview_is_not_written(self, app, trainer):
        header = ("题号", "题型", "题干", "A", "B", "C", "答案", "解析")
        row = ("t1-s1", "单选题", "新题干？", "错一", "对", "错二", "B", "t1-s1 的解析。")
        import_id = upload(trainer, [row], header)
        before = edition(app, "t1-s1")
        save(app, trainer, "t1-s1", stem="先改的？")
        written(app, trainer, import_id)
        assert edition(app, "t1-s1") == before + 1
        assert "刚刚被别人改过" in text(trainer, f"/imports/{import_id}")


class TestSheet:
    def test_what_is_exported_imports_unchanged(self, app, trainer):
        save(app, trainer, "t1-s1", stem="改过的？", tags="供暖")
        content = trainer.get("/training/bank/questions.xlsx").data
        answer = trainer.post(
            "/imports/questions/new",
            data={"file": (io.BytesIO(content), "题库.xlsx")},
            content_type="multipart/form-data",
        )
        import_id = int(answer.location.split("/")[2])
        columns = {f"column-{key}": str(at) for key, at in guessed(sheets.HEADER).items()}
        assert trainer.post(f"/imports/{import_id}/columns", data=columns).status_code == 303
        assert groups(app, import_id) == ["same"] * 13

    def test_every_kind_of_question_goes_out_and_comes_in_again(self, app, trainer, tmp_path):
        header = ("题型", "题干", "选项A", "选项B", "正确答案", "解析", "考点", "允许误差", "单位", "评分标准")
        rows = [
            ("单选题", "=1+1？\n第二行", "A. 甲", "乙", "A", "解析", "考点", "", "", ""),
            ("多选题", "哪些？", "甲", "乙", "AB", "解析", "考点", "", "", ""),
            ("判断题", "对不对？", "", "", "错", "解析", "考点", "", "", ""),
            ("填空题", "____ 秒", "", "", "十五|15", "解析", "考点", "", "", ""),
            ("数值题", "几成？", "", "", "95", "解析", "考点", "0.5", "%", ""),
            (
                "简答题",
                "怎样安抚？",
                "",
                "",
                "先听|再问",
                "解析",
                "考点",
                "",
                "",
                "先安抚 4 分\n- 2 分：只做到一样\n再核实 2.5 分",
            ),
            ("简答题", "还没有标准？", "", "", "略", "", "", "", "", ""),
        ]
        import_id = upload(trainer, rows, header)
        assert groups(app, import_id) == ["new"] * 7
        written(app, trainer, import_id)
        codes = [f"t1-w{n:03d}" for n in range(1, 8)]
        with app.app_context(), transaction(writes=False):
            before = {code: queries.question(code).draft.content for code in codes}
        assert {content["type"] for content in before.values()} == {str(kind) for kind in QuestionType}
        assert [row["points"] for row in before["t1-w006"]["rubric"]] == ["4", "2.5"]
        save(app, trainer, "t1-w007", stem="没写完的？", model="")  # an answer is wanted, and is still to be written
        content = trainer.get("/training/bank/questions.xlsx").data
        path = tmp_path / "题库.xlsx"
        path.write_bytes(content)
        again = app.test_cli_runner().invoke(args=["questions", "import", str(path), "--dry-run"])
        assert "核对 20 行：无变化 20\n" in again.output
        book = reading.open_book(content, "题库.xlsx")
        sheet = [row for number, row in book.rows("题库") if number > 1 and row[0] in codes[:6]]
        assert len(sheet) == 6
        import_id = upload(trainer, [["", *row[1:]] for row in sheet], sheets.HEADER)
        written(app, trainer, import_id)
        with app.app_context(), transaction(writes=False):
            copies = [queries.question(f"t1-w{n:03d}").draft.content for n in range(8, 14)]
        assert copies == [before[code] for code in codes[:6]]

    def test_the_command_line(self, app, trainer, tmp_path):
        path = tmp_path / "题.xlsx"
        path.write_bytes(writing.workbook(writing.Table("题库", HEADER, ROWS)))
        runner = app.test_cli_runner()
        tried = runner.invoke(args=["questions", "import", str(path), "--dry-run"])
        assert tried.exit_code == 1, tried.output  # a row is to be mended
        assert "可导入 3，要修改 1" in tried.output
        assert "第 4 行：答案是 E，但选项只有 A 到 B。" in tried.output
        assert "第 5 行：政策库里没有「内部规定」" in tried.output
        done = runner.invoke(args=["questions", "import", str(path), "--course", "t1"])
        assert done.exit_code == 1, done.output
        assert "已写入 3 题" in done.output
        assert state(app, "t1-w001") == ("draft", None)
        out = tmp_path / "out.xlsx"
        assert "写出 16 题" in runner.invoke(args=["questions", "export", str(out)]).output
        same = runner.invoke(args=["questions", "import", str(out)])
        assert same.exit_code == 1, same.output  # nothing was written
        assert "无变化 16" in same.output and "什么也没有写入" in same.output
        path.write_bytes(writing.workbook(writing.Table("题库", HEADER, [("单选题", "新的？", *ROWS[0][2:])])))
        assert runner.invoke(args=["questions", "import", str(path), "--dry-run"]).exit_code == 0
        assert runner.invoke(args=["questions", "import", str(path)]).exit_code == 0
        assert runner.invoke(args=["questions", "import", str(path), "--course", "Z9"]).exit_code == 2
        (tmp_path / "bad.xlsx").write_bytes(b"\x89PNG")
        assert runner.invoke(args=["questions", "import", str(tmp_path / "bad.xlsx")]).exit_code == 2
        assert "退出码：0" in runner.invoke(args=["questions", "import", "--help"]).output
