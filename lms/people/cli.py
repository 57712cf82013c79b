"""Commands about people."""

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from lms import audit
from lms.imports.actions import direct
from lms.people.roster.kind import ROSTER

commands = AppGroup("people", help="人员：导入花名册。")


@commands.command("import", help=f"导入花名册：先核对，再写入新增、变更、离职等各组。{direct.CODES}")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只核对，不写入。")
@click.option("--complete", is_flag=True, help="这是全员名单：在岗但名单里没有的人列为一组。")
@click.option("--day", default="", help="变动从哪天起算，例如 2026-12-01；不写是今天。")
@click.option(
    "--unknown", type=click.Choice(["create", "refuse"]), help="系统里没有的单位、岗位、公司：都新建，或都要修改。"
)
@click.option("--correct", is_flag=True, help="工号没变而用工性质或公司变了的行：直接更正。")
@click.option("--sheet", default="", help="读哪张工作表；不写就读最像的一张，并说出没有读的。")
@click.option("--group", "groups", multiple=True, help="只写入这些组（可以写几次），例如 new、same_person、missing。")
def bring_in(
    file: Path,
    dry_run: bool,
    complete: bool,
    day: str,
    unknown: str | None,
    correct: bool,
    sheet: str,
    groups: tuple[str, ...],
) -> None:
    """The roster from the command line."""
    options = {
        "complete": "1" if complete else "",
        "changed_on": day,
        "unknown": unknown or "",
        "moves": "correct" if correct else "",
    }
    order = direct.Order(options, groups or None, dry_run, sheet)
    with audit.acting_as(None, "命令行", "command line"):
        sys.exit(direct.to_the_end(direct.bring_in(ROSTER, file.read_bytes(), file.name, order), click.echo))


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(commands)
