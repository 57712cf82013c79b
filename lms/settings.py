"""Environment → Settings. Production refuses sample secrets and says what is missing, in sentences."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_SECRET = "sample-secret-for-trying-out-only"  # noqa: S105 - refused in production
MINIMUM_SECRET = 32
MINIMUM_SIGNS = 10  # different ones; 48 signs drawn from 64 have some thirty
SAMPLE_WORDS = ("sample", "change", "secret", "password", "example", "0123456789", "abcdefgh")
DATABASES = re.compile(
    r"sqlite:///.+"
    r"|postgres(ql)?(\+psycopg)?://([^/?#@]*@)?([^/?#@:\[\]]*|\[[0-9a-fA-F:.]+\])(:\d{1,5})?([/?][^#]*)?"
)  # one @ only: another one in a password must be written %40, or part of it would be read as the host
STORAGES = re.compile(r"sqlite:///.|postgres(ql)?://")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
COUNTED = (
    "job_workers",
    "threads",
    "workers",
    "password_min_length",
    "login_failures",
    "login_lock_minutes",
    "session_idle_minutes",
    "session_hours",
    "activation_days",
    "verify_per_minute",
)
LAST_PORT = 65535


class SettingsError(ValueError):
    """A setting cannot be used; the message says which and what to write instead."""


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides. Names in the environment are LMS_ and the field in capitals."""

    env: str = "development"
    secret_key: str = SAMPLE_SECRET
    data_dir: Path = ROOT / "var"
    database_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    time_zone: str = "Asia/Shanghai"
    organisation: str = ""
    contact: str = ""
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: str = "none"
    mail_from: str = "热线学堂 <noreply@localhost>"
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_key: str = ""
    s3_secret: str = ""
    s3_region: str = "us-east-1"
    jobs: str = "embedded"
    jobs_storage: str = ""
    job_workers: int = 2
    threads: int = 64
    workers: int = 1
    password_min_length: int = 10
    password_classes: int = 3
    login_failures: int = 5
    login_lock_minutes: int = 30
    session_idle_minutes: int = 60
    session_hours: int = 8
    activation_days: int = 14
    verify_per_minute: int = 30
    certificate_prefix: str = "YZ"
    log_level: str = "INFO"
    testing: bool = False
    problems: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def database(self) -> str:
        """SQLAlchemy URL: what was set, else SQLite in the data folder."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'hotline.db'}"
        if self.database_url.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        return self.database_url

    @property
    def is_sqlite(self) -> bool:
        return self.database.startswith("sqlite")

    @property
    def fonts_dir(self) -> Path:
        return self.data_dir / "fonts"

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **given: object) -> "Settings":
        """Read LMS_* variables (given keywords win), refuse what cannot work with one sentence a fault."""
        source = os.environ if environ is None else environ
        values: dict[str, object] = {}
        faults: list[str] = []
        for item in fields(cls):
            if item.name == "problems":
                continue
            if item.name in given:
                values[item.name] = given[item.name]
                continue
            raw = source.get(f"LMS_{item.name.upper()}")
            if raw is None or raw == "":
                continue
            values[item.name] = _read(item.name, raw, item.default, faults)
        settings = cls(**values)  # type: ignore[arg-type]
        faults += _faults(settings)
        if faults:
            raise SettingsError("\n".join(faults))
        return settings


def _read(name: str, raw: str, default: object, faults: list[str]) -> object:
    if isinstance(default, bool):
        return raw.strip().lower() in {"1", "true", "yes", "on"}
    if isinstance(default, int):
        try:
            return int(raw)
        except ValueError:
            faults.append(f"LMS_{name.upper()} 应为整数，现在是「{raw}」。")
            return default
    if isinstance(default, Path):
        return Path(raw).expanduser().resolve()
    return raw.strip()


def _faults(settings: Settings) -> list[str]:
    faults = []
    if settings.env not in {"development", "production"}:
        faults.append(f"LMS_ENV 应为 development 或 production，现在是「{settings.env}」。")
    if not _is_address(settings.public_url):
        faults.append(f"LMS_PUBLIC_URL 应为 https://主机名 这样的网址，现在是「{settings.public_url}」。")
    if settings.time_zone not in available_timezones():
        faults.append(f"LMS_TIME_ZONE「{settings.time_zone}」不是已知的时区，例如 Asia/Shanghai。")
    if settings.jobs not in {"embedded", "separate"}:
        faults.append(f"LMS_JOBS 应为 embedded 或 separate，现在是「{settings.jobs}」。")
    faults += _server_faults(settings)
    if not (
        settings.certificate_prefix.isascii()
        and settings.certificate_prefix.isalpha()
        and len(settings.certificate_prefix) <= 4
    ):
        faults.append("LMS_CERTIFICATE_PREFIX 应为一到四个英文字母，例如 YZ。")
    if not 0 <= settings.trusted_proxies <= 5:
        faults.append("LMS_TRUSTED_PROXIES 应为 0 到 5，表示前面有几层自己的反向代理。")
    if settings.is_sqlite and settings.workers != 1:
        faults.append("SQLite 只能用一个进程：把 LMS_WORKERS 设为 1，或把 LMS_DATABASE_URL 指向 PostgreSQL。")
    faults += [
        f"LMS_{name.upper()} 应为 1 或更大的整数，现在是 {getattr(settings, name)}。"
        for name in COUNTED
        if getattr(settings, name) < 1
    ]
    if settings.log_level.upper() not in LOG_LEVELS:
        faults.append(f"LMS_LOG_LEVEL 应为 {'、'.join(LOG_LEVELS)} 之一，现在是「{settings.log_level}」。")
    faults += _s3_faults(settings)
    if settings.is_production:
        if _is_weak(settings.secret_key):
            faults.append(
                "正式运行须有自己的 LMS_SECRET_KEY：随机的，至少 32 个字符。可用 "
                '`python3 -c "import secrets; print(secrets.token_urlsafe(48))"` 生成一个。'
            )
        if not settings.public_url.startswith("https://"):
            faults.append("正式运行的 LMS_PUBLIC_URL 须以 https:// 开头，二维码、邮件链接和来源检查都用它。")
    return faults


def _server_faults(settings: Settings) -> list[str]:
    """Of the database and the mail server. The database's address is never repeated: it holds a password."""
    faults = []
    if settings.database_url and not DATABASES.fullmatch(settings.database_url):
        faults.append(
            "LMS_DATABASE_URL 应为 postgresql://用户:口令@主机:端口/库名，或 sqlite:////绝对路径；"
            "口令里的 @ : / # ? 要写成 %40 %3A %2F %23 %3F。"
        )
    if "://" in settings.jobs_storage and not STORAGES.match(settings.jobs_storage):
        faults.append("LMS_JOBS_STORAGE 应为 postgresql://用户:口令@主机/库名；不设就放在数据目录里。")
    if not 1 <= settings.smtp_port <= LAST_PORT:
        faults.append(f"LMS_SMTP_PORT 应为 1 到 {LAST_PORT}，现在是 {settings.smtp_port}。")
    if "@" not in settings.mail_from:
        faults.append(f"LMS_MAIL_FROM 应写成 名称 <地址@域名>，现在是「{settings.mail_from}」。")
    if settings.smtp_tls not in {"none", "starttls", "tls"}:
        faults.append(f"LMS_SMTP_TLS 应为 none、starttls 或 tls，现在是「{settings.smtp_tls}」。")
    return faults


def _is_address(text: str) -> bool:
    """Whether it is the address of a site: http or https, a host, a port that can be."""
    try:
        url = urlsplit(text)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no port
        return False


def _is_weak(secret: str) -> bool:
    """A secret that is too short, a sample, or of so few different signs that it was typed and not drawn."""
    plain = secret.lower()
    return (
        len(secret) < MINIMUM_SECRET
        or len(set(secret)) < MINIMUM_SIGNS
        or any(word in plain for word in SAMPLE_WORDS)
        or any(secret == (secret[:n] * len(secret))[: len(secret)] for n in range(1, len(secret) // 2 + 1))
    )


def _s3_faults(settings: Settings) -> list[str]:
    if not settings.s3_bucket:
        return []
    faults = []
    if not _is_address(settings.s3_endpoint):
        faults.append(f"LMS_S3_ENDPOINT 应为 https://主机名 这样的网址，现在是「{settings.s3_endpoint}」。")
    if not (settings.s3_key and settings.s3_secret):
        faults.append("设了 LMS_S3_BUCKET，还要设 LMS_S3_KEY 和 LMS_S3_SECRET。")
    return faults
