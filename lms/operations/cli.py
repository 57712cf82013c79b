"""Commands for running the system: db, audit, jobs, mail, backup."""

import click
from flask import Flask
from flask.cli import AppGroup

from lms.operations import migrating

db_commands = AppGroup("db", help="数据库：升级结构。")


@db_commands.command("upgrade")
def upgrade() -> None:
    """把数据库升级到最新结构；已有数据保留。"""
    migrating.upgrade()
    click.echo("数据库已是最新结构。")


@db_commands.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """（开发）按模型与数据库的差别写一份迁移。"""
    migrating.write_revision(message)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(db_commands)
