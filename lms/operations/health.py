"""What the health pages and commands ask of the database."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, text

from lms import clock
from lms.access.models import Account, Role, RoleGrant
from lms.db import db
from lms.jobs import Job, JobStatus
from lms.mail import OutboxMail
from lms.operations import migrating
from lms.settings import Settings

MINIMUM_FREE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, whether the system may serve with it, and a sentence."""

    name: str
    is_fine: bool
    sentence: str
    is_blocking: bool = True


def readiness(settings: Settings) -> list[Finding]:
    """Everything that should hold before the public comes in."""
    findings = [_database(), _schema()]
    if all(f.is_fine for f in findings):
        findings += [_administrators(), _demo(settings), _jobs(), _mail()]
    findings += [_disk(settings.data_dir), _fonts(settings)]
    return findings


def _database() -> Finding:
    try:
        db.session.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001 - whatever the driver says is the answer
        return Finding("database", False, f"数据库连不上：{type(error).__name__}")
    return Finding("database", True, f"数据库可用（{db.engine.dialect.name}）")


def _schema() -> Finding:
    try:
        at = migrating.current(db.session.connection())
    except Exception as error:  # noqa: BLE001
        return Finding("schema", False, f"读不到数据库结构版本：{type(error).__name__}")
    newest = migrating.newest()
    if at != newest:
        return Finding("schema", False, f"数据库结构是 {at or '空'}，程序需要 {newest}：运行 bin/lms db upgrade")
    return Finding("schema", True, f"数据库结构 {at}")


def _administrators() -> Finding:
    held = set(db.session.scalars(select(RoleGrant.role).where(RoleGrant.ended_at.is_(None)).distinct()))
    missing = [r.label for r in (Role.system_admin, Role.security_admin, Role.audit_admin) if r not in held]
    if missing:
        return Finding(
            "administrators", False, f"还没有{'、'.join(missing)}；请安全管理员在「角色」里授予", is_blocking=False
        )
    return Finding("administrators", True, "三员齐全")


def demo_accounts() -> int:
    """How many accounts of the demo organisation there are."""
    return db.session.scalar(select(func.count()).select_from(Account).where(Account.is_demo)) or 0


def _demo(settings: Settings) -> Finding:
    count = demo_accounts()
    if count and settings.is_production:
        return Finding("demo", False, f"正式运行的库里有 {count} 个演示账号，不能开放；请换用空库")
    return Finding("demo", True, f"演示账号 {count} 个" if count else "没有演示账号")


def _jobs() -> Finding:
    failed = db.session.scalar(select(func.count()).select_from(Job).where(Job.status == JobStatus.failed)) or 0
    late = (
        db.session.scalar(
            select(func.count()).select_from(Job).where(Job.status == JobStatus.running, Job.leased_until < clock.now())
        )
        or 0
    )
    words = f"任务：失败 {failed}，等待接手 {late}"
    return Finding("jobs", not late, words, is_blocking=False)


def _mail() -> Finding:
    waiting = (
        db.session.scalar(
            select(func.count()).select_from(OutboxMail).where(OutboxMail.sent_at.is_(None), OutboxMail.tries > 0)
        )
        or 0
    )
    return Finding("mail", not waiting, f"发送受阻的邮件 {waiting} 封", is_blocking=False)


def _disk(folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Finding("disk", False, f"数据目录不在：{folder}")
    enough = free >= MINIMUM_FREE_BYTES
    return Finding("disk", enough, f"数据目录剩余 {free // 1024 // 1024} MB")


def _fonts(settings: Settings) -> Finding:
    count = len(list(settings.fonts_dir.glob("*.ttf"))) if settings.fonts_dir.is_dir() else 0
    if not count:
        return Finding("fonts", False, "证书字体还没有准备：运行 bin/lms fonts prepare", is_blocking=False)
    return Finding("fonts", True, f"证书字体 {count} 个")


def jobs_of(person_id: int | None, before_id: int | None = None, limit: int = 30) -> list[Job]:
    """Newest jobs, of one person or (None) of everybody, before an id."""
    statement = select(Job).order_by(Job.id.desc()).limit(limit)
    if person_id is not None:
        statement = statement.where(Job.created_by == person_id)
    if before_id:
        statement = statement.where(Job.id < before_id)
    return list(db.session.scalars(statement))
