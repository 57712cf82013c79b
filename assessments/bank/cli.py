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
from lms import audit, clock, files, jobs
from lms.db import db, reading, transaction
from lms.errors import Refused
from lms.imports import queries as imports
from lms.imports import rules
from lms.imports.actions import preparing
from lms.imports.actions import writing as engine
from lms.imports.models import Import, RowStatus
from lms.imports.rules import EVERYTHING
from lms.sheets import writing

SHOWN = 200  # sentences
CHUNK = 500  # rows kept in one transaction


def _stop(words: str) -> None:
    click.echo(words, err=True)
    sys.exit(1)


def _course(wanted: str) -> str:
    """The course that rows without one belong to: the one asked for, else the first."""
    with reading():
        codes = [course.code for course in catalogue.open_courses()]
    if not codes:
        _stop("还没有课程，题目没有地方放。先运行 bin/lms library load。")
    if wanted and wanted.upper() not in codes:
        _stop(f"没有课程「{wanted}」，现有 {'、'.join(codes)}。")
    return wanted.upper() or codes[0]


def _say(planned: list[rules.Planned]) -> None:
    """What would happen, by group, then every sentence with its row."""
    total, counts = len(planned), {group.key: 0 for group in sheets.QUESTIONS.groups}
    for one in planned:
        counts[one.group] += 1
    click.echo(
        f"题目 {total} 道：" + "，".join(f"{group.label} {counts[group.key]}" for group in sheets.QUESTIONS.groups)
    )
    told = [(one.number, sentence) for one in planned for sentence in one.sentences]
    for number, sentence in told[:SHOWN]:
        click.echo(f"第 {number} 行：{sentence}")
    if len(told) > SHOWN:
        click.echo(f"另有 {len(told) - SHOWN} 条说明没有列出。")


def _prepared(path: Path, options: dict[str, str]) -> tuple[int, list[rules.Planned]]:
    """Keep the file, guess the columns, look at every row outside any write: the import's id, not yet confirmed."""
    content = path.read_bytes()
    outlined = preparing.outline(content, path.name)
    with transaction(), audit.acting_as(None, "命令行", "cli"):
        imported = preparing.upload(sheets.QUESTIONS, path.name, files.store(content), outlined, EVERYTHING)
        header = imports.headers(imported)
        given = preparing.suggested(sheets.QUESTIONS, imported)
        mapping, faults = rules.checked_mapping(given, sheets.QUESTIONS.fields(None), len(header))
        if faults:
            raise faults[0][1]
        preparing.check_size(imported)
        preparing.choose(imported, mapping, options)
        import_id = imported.id
    with reading():
        imported = db.session.get_one(Import, import_id)
        task = imports.task(imported, header)
        click.echo(f"工作表「{imported.sheet}」，表头在第 {imported.header_row} 行。")
        planned = [one for chunk in preparing.understood(sheets.QUESTIONS, imported, task) for one in chunk]
    for start in range(0, len(planned), CHUNK):
        with transaction():
            preparing.keep(import_id, planned[start : start + CHUNK])
    with transaction():
        preparing.settle(db.session.get_one(Import, import_id))
    return import_id, planned


def commands() -> AppGroup:
    """The group `questions`."""
    group = AppGroup("questions", help="题库：从表格导入，导出成表格。")

    @group.command("import")
    @click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option("--dry-run", is_flag=True, help="只核对，说出每行的问题，什么也不写入。")
    @click.option("--course", default="", help="表里没写课程的题归在哪门课，例如 C1；不写就是第一门。")
    @click.option("--review", is_flag=True, help="导入后直接送审；缺内容的仍留作草稿。")
    def take(path: Path, dry_run: bool, course: str, review: bool) -> None:
        """导入题目（xlsx、CSV）。新题是草稿，由培训师审核发布；要修改的行不写入。"""
        options = {"course": _course(course), "review": "1" if review else ""}
        try:
            import_id, planned = _prepared(path, options)
        except Refused as refused:
            _stop(str(refused))
            return
        _say(planned)
        if dry_run:
            with transaction(), audit.acting_as(None, "命令行", "cli"):
                engine.discard(db.session.get_one(Import, import_id))
            click.echo("只核对，没有写入。")
            return
        _write(import_id, options["course"])

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


def _write(import_id: int, course: str) -> None:
    """Confirm every group that may be written and wait for the job."""
    try:
        with transaction(), audit.acting_as(None, "命令行", "cli"):
            imported = db.session.get_one(Import, import_id)
            groups = [group.key for group in sheets.QUESTIONS.groups if group.is_writable]
            job = engine.confirm(imported, sheets.QUESTIONS, groups)
            job_id = job.id
    except Refused as refused:
        _stop(str(refused))
        return
    jobs.run(job_id)
    with reading():
        written = imports.count(import_id, RowStatus.written)
        refused_rows = imports.count(import_id, RowStatus.refused)
    click.echo(f"已导入 {written} 题，没写课程的归在 {course}。24 小时内可以在「导入」页撤销。")
    if refused_rows:
        click.echo(f"{refused_rows} 行没有写入，原因在「导入」页。")


def init_app(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(commands())
