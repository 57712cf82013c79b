"""What the health pages and commands ask of the database."""

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, and_, case, func, select, text

from lms import clock, mail
from lms.access.models import Account, Role, RoleGrant
from lms.audit import AuditLine
from lms.db import db
from lms.jobs import Job, JobStatus
from lms.mail import MailState
from lms.operations import backup, migrating
from lms.settings import Settings

MINIMUM_FREE_BYTES = 200 * 1024 * 1024
PATIENCE = timedelta(minutes=5)  # a queued job starts with the next sweep at the latest
TOLERANCE = timedelta(minutes=2)  # two machines of one installation may differ a little
BACKUP_AGE = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name and label, whether the system may serve with it, a sentence, and how to mend it.

    The sentence is a Chinese message id with named values; the edge translates it.
    """

    name: str
    label: str
    is_fine: bool
    sentence: str
    values: dict[str, object] = field(default_factory=dict)
    mend: str = ""
    is_blocking: bool = True

    def __str__(self) -> str:
        """The Chinese sentence with its values filled in."""
        return self.sentence.format(**self.values)


def readiness(settings: Settings) -> list[Finding]:
    """Everything that should hold before the public comes in."""
    findings = [_database(), _schema()]
    if all(f.is_fine for f in findings):
        findings += [_administrators(), _demo(settings), _jobs(), _mail(), _clock()]
    findings += [_disk(settings.data_dir), _fonts(settings), _backup(settings)]
    return findings


def _database() -> Finding:
    try:
        db.session.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001 - whatever the driver says is the answer
        return Finding(
            "database", "数据库", False, "数据库连不上：{error}", {"error": type(error).__name__},
            "核对 LMS_DATABASE_URL，看数据库服务是否在运行。",
        )  # fmt: skip
    return Finding("database", "数据库", True, "数据库可用（{kind}）", {"kind": db.engine.dialect.name})


def _schema() -> Finding:
    mend = "先备份，再运行 bin/lms db upgrade。"
    try:
        at = migrating.current(db.session.connection())
    except Exception as error:  # noqa: BLE001
        values: dict[str, object] = {"error": type(error).__name__}
        return Finding("schema", "数据库结构", False, "读不到数据库结构版本：{error}", values, mend)
    values = {"at": at or "—", "newest": migrating.newest()}
    if at != values["newest"]:
        return Finding("schema", "数据库结构", False, "数据库结构是 {at}，程序需要 {newest}", values, mend)
    return Finding("schema", "数据库结构", True, "数据库结构 {at}", values)


def _administrators() -> Finding:
    held = set(db.session.scalars(select(RoleGrant.role).where(RoleGrant.ended_at.is_(None)).distinct()))
    missing = [r.label for r in (Role.system_admin, Role.security_admin, Role.audit_admin) if r not in held]
    if missing:
        values: dict[str, object] = {"roles": "、".join(missing)}
        mend = "请安全管理员在「角色」里授予。"
        return Finding("administrators", "三员", False, "还没有{roles}", values, mend, is_blocking=False)
    return Finding("administrators", "三员", True, "三员齐全")


def demo_accounts() -> int:
    """How many accounts of the demo organisation there are."""
    return db.session.scalar(select(func.count()).select_from(Account).where(Account.is_demo)) or 0


def _demo(settings: Settings) -> Finding:
    values: dict[str, object] = {"n": demo_accounts()}
    if values["n"] and settings.is_production:
        mend = "演示账号的密码是公开的：换一个空数据库，用 bin/serve --empty 重新开始。"
        return Finding("demo", "演示账号", False, "正式运行的库里有 {n} 个演示账号，不能开放", values, mend)
    return Finding("demo", "演示账号", True, "演示账号 {n} 个", values)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _jobs() -> Finding:
    now = clock.now()
    failed, late, waiting = db.session.execute(
        select(
            _sum(Job.status == JobStatus.failed),
            _sum(and_(Job.status == JobStatus.running, Job.leased_until < now)),
            _sum(and_(Job.status == JobStatus.queued, Job.created_at < now - PATIENCE)),
        )
    ).one()
    is_fine = not (late or waiting)
    mend = "" if is_fine else "工作进程没有在跑：重启 bin/serve；LMS_JOBS=separate 时启动 bin/lms jobs work。"
    words = "任务：失败 {failed}，等待接手 {late}，久等未开始 {waiting}"
    values: dict[str, object] = {"failed": failed, "late": late, "waiting": waiting}
    return Finding("jobs", "后台任务", is_fine, words, values, mend, is_blocking=False)


def _mail() -> Finding:
    standing = mail.counts()
    stuck, given_up = standing[MailState.stuck], standing[MailState.given_up]
    is_fine = not (stuck or given_up)
    mend = "" if is_fine else "看「发件箱」里的原因；核对 LMS_SMTP_ 开头的设置，修好后点「再发一次」。"
    values: dict[str, object] = {"stuck": stuck, "given_up": given_up}
    words = "发送受阻的邮件 {stuck} 封，已放弃 {given_up} 封"
    return Finding("mail", "邮件", is_fine, words, values, mend, is_blocking=False)


def _clock() -> Finding:
    newest = db.session.scalar(select(func.max(AuditLine.at)))
    if newest is not None and newest > clock.now() + TOLERANCE:
        return Finding(
            "clock", "时钟", False, "本机时钟比最后一条审计记录（{at}）还早", {"at": _minute(newest)},
            "校准本机时间（NTP）后再开放；考试时限和证书日期都用它。",
        )  # fmt: skip
    return Finding("clock", "时钟", True, "本机时间 {at}", {"at": _minute(clock.now())})


def _minute(instant: datetime) -> str:
    return f"{clock.local(instant):%Y-%m-%d %H:%M}"


def _disk(folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        mend = "核对 LMS_DATA_DIR，或重新挂载磁盘。"
        return Finding("disk", "磁盘", False, "数据目录不在：{folder}", {"folder": folder}, mend)
    enough = free >= MINIMUM_FREE_BYTES
    mend = "" if enough else "清理磁盘或换大的盘；满了以后新的保存都会被拒绝，已保存的不受影响。"
    return Finding("disk", "磁盘", enough, "数据目录剩余 {n} MB", {"n": free // 1024 // 1024}, mend)


def _fonts(settings: Settings) -> Finding:
    count = len(list(settings.fonts_dir.glob("*.ttf"))) if settings.fonts_dir.is_dir() else 0
    mend = "" if count else "运行 bin/lms fonts prepare。"
    return Finding("fonts", "证书字体", bool(count), "证书字体 {n} 个", {"n": count}, mend, is_blocking=False)


def _backup(settings: Settings) -> Finding:
    kept = backup.listed(settings)
    if not kept:
        mend = "在「备份」里做一次，并按运维说明每晚自动做。"
        return Finding("backup", "备份", False, "还没有备份", {}, mend, is_blocking=False)
    is_fresh = clock.now() - kept[0].made_at <= BACKUP_AGE
    mend = "" if is_fresh else "超过两天没有备份：检查定时任务，先在「备份」里做一次。"
    values: dict[str, object] = {"at": _minute(kept[0].made_at)}
    return Finding("backup", "备份", is_fresh, "最近一次备份 {at}", values, mend, is_blocking=False)


def jobs_of(person_id: int | None, before_id: int | None = None, limit: int = 30) -> list[Job]:
    """Newest jobs, of one person or (None) of everybody, before an id."""
    statement = select(Job).order_by(Job.id.desc()).limit(limit)
    if person_id is not None:
        statement = statement.where(Job.created_by == person_id)
    if before_id:
        statement = statement.where(Job.id < before_id)
    return list(db.session.scalars(statement))
