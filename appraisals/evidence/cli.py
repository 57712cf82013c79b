"""Commands about a month's figures."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from appraisals.evidence.sheets import kinds
from lms import audit
from lms.errors import Refused
from lms.imports.actions import direct
from lms.sheets import cells

commands = AppGroup("measures", help="指标：导入一个月的指标或考勤。")


@commands.command("import", help=f"导入一个月的指标或考勤：先核对，再写入。{direct.CODES}")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--month", default="", help="是哪个月的，例如 2026-09；表里有月份一列时可以不写。")
@click.option("--attendance", is_flag=True, help="按考勤表认列（应出勤、实出勤、病假、事假）。")
@click.option("--dry-run", is_flag=True, help="只核对，不写入。")
@click.option("--sheet", default="", help="读哪张工作表；不写就读最像的一张，并说出没有读的。")
@click.option("--group", "groups", multiple=True, help="只写入这些组（可以写几次），例如 new、corrected。")
def bring_in(file: Path, month: str, attendance: bool, dry_run: bool, sheet: str, groups: tuple[str, ...]) -> None:
    """A month's figures from the command line."""
    try:
        first = cells.month(month)
    except Refused as refused:
        click.echo(str(refused), err=True)
        sys.exit(direct.UNREAD)
    kind = kinds.ATTENDANCE if attendance else kinds.MEASURES
    order = direct.Order({"month": first.isoformat() if first else ""}, groups or None, dry_run, sheet)
    with audit.acting_as(None, "命令行", "command line"):
        sys.exit(direct.to_the_end(direct.bring_in(kind, file.read_bytes(), file.name, order), click.echo))
