"""Commands about policies."""

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from lms.db import transaction
from lms.policies import actions

commands = AppGroup("policies", help="政策库：从文件载入。")


@commands.command("load")
def load() -> None:
    """载入政策库文件；有错时指出文件，什么也不写入。"""
    with transaction():
        report = actions.load_registry()
    for name, sentence in report.faults:
        click.echo(f"{name}：{sentence}", err=True)
    if report.faults:
        sys.exit(1)
    click.echo(f"政策库 {report.documents} 条：新增 {report.added}，变更 {report.changed}。")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(commands)
