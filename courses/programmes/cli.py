"""bin/lms programmes: what the sweep does, at once."""

import click
from flask.cli import AppGroup

from courses.programmes import sweep

commands = AppGroup("programmes", help="培训任务。")


@commands.command("sweep")
def sweep_now() -> None:
    """马上按规则加入新进人员、移出离开的人、发送到期提醒。"""
    click.echo(f"处理了 {sweep.everything()} 人。")
