"""Commands about the question bank: bring a sheet in, write one out."""

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from assessments.bank import queries
from assessments.bank.actions import sheets
from assessments.bank.models import Question
from assessments.bank.queries import BankFilter
from courses.catalogue import queries as catalogue
from lms import audit, clock
from lms.db import reading, transaction
from lms.imports.actions import direct
from lms.sheets import writing


def _stop(words: str) -> None:
    click.echo(words, err=True)
    sys.exit(direct.UNREAD)


def _course(wanted: str) -> str:
    """The course that rows without one belong to: the one asked for, else the first."""
    with reading():
        codes = [course.code for course in catalogue.open_courses()]
    if not codes:
        _stop("还没有课程，题目没有地方放。先运行 bin/lms library load。")
    if wanted and wanted.upper() not in codes:
        _stop(f"没有课程「{wanted}」，现有 {'、'.join(codes)}。")
    return wanted.upper() or codes[0]


def commands() -> AppGroup:
    """The group `questions`."""
    group = AppGroup("questions", help="题库：从表格导入，导出成表格。")

    @group.command("import", help=f"导入题目（xlsx、CSV）：新题是草稿，由培训师审核发布。{direct.CODES}")
    @click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option("--dry-run", is_flag=True, help="只核对，说出每行的问题，什么也不写入。")
    @click.option("--course", default="", help="表里没写课程的题归在哪门课，例如 C1；不写就是第一门。")
    @click.option("--review", is_flag=True, help="导入后直接送审；缺内容的仍留作草稿。")
    @click.option("--sheet", default="", help="读哪张工作表；不写就读最像的一张，并说出没有读的。")
    def take(path: Path, dry_run: bool, course: str, review: bool, sheet: str) -> None:
        """Questions from a sheet."""
        chosen = _course(course)
        order = direct.Order({"course": chosen, "review": "1" if review else ""}, None, dry_run, sheet)
        with audit.acting_as(None, "命令行", "cli"):
            code = direct.to_the_end(direct.bring_in(sheets.QUESTIONS, path.read_bytes(), path.name, order), click.echo)
        if not dry_run and code != direct.UNREAD:
            click.echo(f"没写课程的题归在 {chosen}。24 小时内可以在「导入」页撤销。")
        sys.exit(code)

    @group.command("export")
    @click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--course", default="", help="只要这门课的题。")
    @click.option("--state", default="", help="published、draft、in_review、returned 或 retired。")
    def give(path: Path, course: str, state: str) -> None:
        """把在用的题目写成 xlsx；原样再导入什么也不变。"""
        with reading():
            wanted = BankFilter(course=course.upper(), state=state)
            found: list[Question] = queries.all_of_bank(wanted, clock.today(), sheets.MOST_ROWS)
            content = writing.workbook(sheets.table(found))
        path.write_bytes(content)
        with transaction(), audit.acting_as(None, "命令行", "cli"):
            audit.record("question.export", "question", "bank", "题库", count=len(found))
        click.echo(f"写出 {len(found)} 题：{path}")

    return group


def init_app(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(commands())
