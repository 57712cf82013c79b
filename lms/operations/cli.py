"""Commands for running the system: db, audit, jobs, mail, backup, fonts."""

import importlib
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from lms import audit, demo, jobs, mail
from lms.access.models import Account
from lms.db import db, transaction
from lms.mail import MailState
from lms.operations import backup, crowd, memory, migrating
from lms.operations.delivery import deliver_due
from lms.settings import Settings

T = TypeVar("T")

db_commands = AppGroup("db", help="数据库：升级结构。")
audit_commands = AppGroup("audit", help="审计记录：核对防篡改链。")
job_commands = AppGroup("jobs", help="后台任务：列出、处理、单独运行工作进程。")
mail_commands = AppGroup("mail", help="邮件：投递发件箱。")
backup_commands = AppGroup("backup", help="备份：创建、核对、恢复。")
demo_commands = AppGroup("demo", help="演示组织：载入一座城市的热线中心。")
font_commands = AppGroup("fonts", help="证书字体：准备。")


def _settings() -> Settings:
    settings: Settings = current_app.config["LMS_SETTINGS"]
    return settings


@db_commands.command("upgrade")
def upgrade() -> None:
    """把数据库升级到最新结构；已有数据保留，每一步是一个事务。"""
    _settings().data_dir.mkdir(parents=True, exist_ok=True)
    with db.engine.connect() as connection:
        before = migrating.current(connection)
    migrating.upgrade()
    after = migrating.newest()
    click.echo("数据库已经是最新结构。" if before == after else f"数据库结构：{before or '空'} → {after}。")


@db_commands.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """（开发）按模型与数据库的差别写一份迁移。"""
    migrating.write_revision(message)


@audit_commands.command("verify")
def verify_audit() -> None:
    """从第一行起核对审计链；断了就说出第一处断在哪一行，退出码 1。"""
    with transaction(writes=False):
        verdict = audit.verify()
    if verdict.broken_id is not None:
        click.echo(f"审计链在第 {verdict.broken_id} 行断开：{verdict.reason}。之前 {verdict.lines} 行完好。", err=True)
        sys.exit(1)
    click.echo(f"审计链完好，共 {verdict.lines} 行。")


@job_commands.command("list")
def list_jobs() -> None:
    """列出最近的任务。"""
    with transaction(writes=False):
        for job in db.session.query(jobs.Job).order_by(jobs.Job.id.desc()).limit(30):
            click.echo(f"{job.id:>6}  {job.status:<9}  {job.percent:>3}%  {job.label}  {job.note}")


@job_commands.command("sweep")
def sweep() -> None:
    """立即做一遍每分钟的例行处理：接手中断的任务、到时交卷、投递邮件。"""
    failed = False
    for name, count in jobs.sweep().items():
        click.echo(f"{name}: {count if count >= 0 else '出错，见日志'}")
        failed |= count < 0
    sys.exit(1 if failed else 0)


@job_commands.command("work")
@click.option("--workers", default=2, show_default=True, help="同时处理几项任务。")
def work(workers: int) -> None:
    """作为单独的工作进程运行，直到收到中断信号（网站侧设 LMS_JOBS=separate）。"""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the real app for threads
    memory.share_one_heap()
    memory.keep_for_good()
    jobs.register_sweep(app, "memory", memory.give_back)
    consumer = jobs.start_workers(app, workers)
    click.echo(f"工作进程已启动，{workers} 个线程。按 Ctrl+C 停止。")
    stop.wait()
    consumer.stop(graceful=True)
    click.echo("工作进程已停止；没做完的任务会由下一个工作进程接着做。")


@mail_commands.command("deliver")
def deliver() -> None:
    """投递发件箱里所有到时的邮件；有投不出去的，退出码 1。"""
    total = lost = 0
    while True:
        sent, failed = deliver_due()
        if not sent + failed:
            break
        total, lost = total + sent, lost + failed
        click.echo(f"已投递 {total} 封，未成功 {lost} 封…")
    with transaction(writes=False):
        counts = mail.counts()
    left = counts[MailState.waiting] + counts[MailState.stuck]
    click.echo(
        f"投递完毕：{total} 封已投递，{lost} 封未成功。发件箱里还有 {left} 封等下次再试，"
        f"{counts[MailState.given_up]} 封试了多次已放弃（在「运行 → 发件箱」里可以再发）。"
    )
    sys.exit(1 if lost else 0)


@backup_commands.command("create")
@click.argument("target", required=False, type=click.Path(path_type=Path))
def create_backup(target: Path | None) -> None:
    """把数据库和文件打成一份备份（默认放在数据目录的 backups/ 下）。"""
    settings = _settings()
    target = target or backup.new_target(settings)
    with db.engine.connect() as connection:
        at = migrating.current(connection)
    _guarded(lambda: backup.create(settings, target, at, click.echo))


@backup_commands.command("verify")
@click.argument("source", type=click.Path(path_type=Path))
def verify_backup(source: Path) -> None:
    """逐项核对一份备份；不完整时说出哪一项，退出码 1。"""
    verdict = _guarded(lambda: backup.verify(source))
    for fault in verdict.faults:
        click.echo(fault, err=True)
    if verdict.faults:
        sys.exit(1)
    click.echo(f"备份完好：{verdict.files} 项，{verdict.manifest['made_at']}，结构 {verdict.manifest['revision']}。")


@backup_commands.command("restore")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="换掉现有数据（旧库和旧文件另存，不删除）。")
def restore_backup(source: Path, replace: bool) -> None:
    """用一份备份恢复；先停掉网站。核对不过就什么也不动。"""
    db.engine.dispose()
    _guarded(lambda: backup.restore(_settings(), source, click.echo, replace=replace))


def _guarded(step: Callable[[], T]) -> T:
    """Do the step, or print its sentence and end with exit code 1."""
    try:
        return step()
    except backup.BackupError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@font_commands.command("prepare")
def prepare_fonts() -> None:
    """准备证书用的字体（只在第一次花时间）。"""
    # Imported here alone: the server knows this command too and has no use for ten megabytes of tools.
    importlib.import_module("lms.fontmaking").prepare(_settings().fonts_dir, click.echo)


@demo_commands.command("load")
@click.option(
    "--people",
    type=click.IntRange(crowd.SIZE, 100_000),
    default=crowd.SIZE,
    show_default=True,
    help="大约多少人；超过 186 人时把全部记录成份复制到更多分中心，供量速度用，复制的证书没有 PDF 文件。",
)
def load_demo(people: int) -> None:
    """在空库里生成演示组织（同一天每次都一样）；库里已有人员时拒绝，退出码 1。"""
    if _settings().is_production:
        click.echo("正式运行不能载入演示数据。", err=True)
        sys.exit(1)
    with transaction(writes=False):
        known = db.session.query(Account.id).first()
    if known is not None:
        click.echo("库里已经有人员，没有载入演示数据。", err=True)
        sys.exit(1)
    made = demo.fresh()
    with transaction():  # one for all: an interrupted load leaves nothing behind
        for name, share in demo.shares():
            with audit.acting_as(None, "演示数据", f"demo:{name}"):
                for words in share(made):
                    click.echo(words)
    steps = crowd.grow(made, people)
    while True:
        with transaction():  # one a copy: an interrupted load leaves a smaller organisation
            told = next(steps, None)
        if told is None:
            break
        click.echo(told)


def init_app(app: Flask) -> None:
    """Add the commands and the mail sweep."""
    for group in (
        demo_commands,
        db_commands,
        audit_commands,
        job_commands,
        mail_commands,
        backup_commands,
        font_commands,
    ):
        app.cli.add_command(group)
    jobs.register_sweep(app, "mail", lambda: deliver_due()[0])
