"""Outbox table, send_later(), delivery: by SMTP where set, else readable files in the data folder."""

import enum
import smtplib
import socket
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from sqlalchemy import ColumnElement, Index, String, Text, and_, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import audit, clock
from lms.db import Model, db
from lms.errors import Refused
from lms.settings import Settings

MAX_TRIES = 8


class MailState(enum.StrEnum):
    """What became of a mail."""

    waiting = "waiting"
    stuck = "stuck"
    given_up = "given_up"
    sent = "sent"


STATE_LABELS = {
    MailState.waiting: "等待发送",
    MailState.stuck: "受阻，会再试",
    MailState.given_up: "已放弃",
    MailState.sent: "已发送",
}
# What is first fits: some of these are kinds of OSError, which comes last.
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "邮件服务器不接受登录：核对 LMS_SMTP_USER 和 LMS_SMTP_PASSWORD。"),
    (smtplib.SMTPRecipientsRefused, "邮件服务器不收这个收件地址：核对本人登记的邮箱。"),
    (smtplib.SMTPSenderRefused, "邮件服务器不收这个发件地址：核对 LMS_MAIL_FROM。"),
    (smtplib.SMTPNotSupportedError, "邮件服务器不支持这样的登录或加密：核对 LMS_SMTP_TLS 和 LMS_SMTP_USER。"),
    (ssl.SSLError, "加密连接没有建立：核对 LMS_SMTP_TLS 和服务器的证书。"),
    (socket.gaierror, "找不到邮件服务器：核对 LMS_SMTP_HOST。"),
    (TimeoutError, "邮件服务器没有回答：核对 LMS_SMTP_HOST、LMS_SMTP_PORT 和网络。"),
    (ConnectionError, "连不上邮件服务器：核对 LMS_SMTP_HOST 和 LMS_SMTP_PORT。"),
    (smtplib.SMTPException, "邮件服务器没有收下这封邮件。"),
    (UnicodeError, "邮件地址写得不对：核对收件地址、LMS_MAIL_FROM 和 LMS_SMTP_HOST。"),
    (OSError, "邮件没有发出：核对网络和磁盘。"),
)
TIMEOUT_SECONDS = 20
LEASE = timedelta(minutes=5)  # longer than any attempt at a silent server


class OutboxMail(Model):
    """A mail to be sent, written in the transaction that wants it."""

    __tablename__ = "outbox_mails"
    __table_args__ = (Index("ix_outbox_mails_next_try", "sent_at", "next_try_at"),)

    to: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(300), default="")

    @property
    def state(self) -> MailState:
        if self.sent_at is not None:
            return MailState.sent
        if self.tries >= MAX_TRIES:
            return MailState.given_up
        return MailState.stuck if self.tries else MailState.waiting

    @property
    def reason(self) -> tuple[str, str]:
        """Why it has not left: a sentence (a message id), and what the mail server or the system said."""
        words, _line, detail = self.last_error.partition("\n")
        return words, detail


def _is(state: MailState) -> ColumnElement[bool]:
    unsent = OutboxMail.sent_at.is_(None)
    return {
        MailState.sent: OutboxMail.sent_at.is_not(None),
        MailState.waiting: and_(unsent, OutboxMail.tries == 0),
        MailState.stuck: and_(unsent, OutboxMail.tries.between(1, MAX_TRIES - 1)),
        MailState.given_up: and_(unsent, OutboxMail.tries >= MAX_TRIES),
    }[state]


def counts() -> dict[MailState, int]:
    """How many mails stand in each state."""
    found = db.session.execute(
        select(*(func.coalesce(func.sum(case((_is(state), 1), else_=0)), 0) for state in MailState))
    ).one()
    return dict(zip(MailState, found, strict=True))


def listed(state: MailState | None, before_id: int | None, limit: int) -> list[OutboxMail]:
    """Mails of a state (None: all), newest first, before an id."""
    statement = select(OutboxMail).order_by(OutboxMail.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(_is(state))
    if before_id:
        statement = statement.where(OutboxMail.id < before_id)
    return list(db.session.scalars(statement))


def retry(mail: OutboxMail) -> None:
    """Let a mail that has not left be tried again now, with all its tries."""
    if mail.sent_at is not None:
        raise Refused("这封邮件已经发出，没有再发。")
    mail.tries, mail.next_try_at = 0, clock.now()
    audit.record("mail.retry", "mail", mail.id, mail.subject)


def send_later(to: str, subject: str, body: str) -> OutboxMail:
    """Put a plain-text mail into the outbox; it leaves after the commit."""
    now = clock.now()
    clean = " ".join(subject.split())[:200]
    mail = OutboxMail(to=to, subject=clean, body=body, created_at=now, next_try_at=now)
    db.session.add(mail)
    return mail


def due(limit: int = 50) -> list[OutboxMail]:
    """Mails whose turn has come, oldest first."""
    return list(
        db.session.scalars(
            select(OutboxMail)
            .where(OutboxMail.sent_at.is_(None), OutboxMail.next_try_at <= clock.now(), OutboxMail.tries < MAX_TRIES)
            .order_by(OutboxMail.id)
            .limit(limit)
        )
    )


def compose(mail: OutboxMail, settings: Settings) -> EmailMessage:
    """The message as it goes over the wire."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = make_msgid(f"outbox{mail.id}", domain="hotline-academy.local")
    message.set_content(mail.body)
    return message


def claim(mail_id: int) -> OutboxMail | None:
    """The mail, put out of everybody else's way while it is being sent; None where another process was quicker."""
    found = db.session.get_one(OutboxMail, mail_id, with_for_update=True, populate_existing=True)
    now = clock.now()
    if found.sent_at is not None or found.next_try_at > now:
        return None
    found.next_try_at = now + LEASE
    return found


def send(mail_id: int, message: EmailMessage, settings: Settings) -> str:
    """Send a message, or write it as a file; the reason where that failed. It may take as long as the server is silent,
    so no transaction may be open.
    """
    try:
        if settings.smtp_host:
            _by_smtp(message, settings)
        else:
            settings.mail_dir.mkdir(parents=True, exist_ok=True)
            (settings.mail_dir / f"{mail_id:06d}.eml").write_bytes(message.as_bytes())
    except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: an address that no mail can have
        return f"{_reason(error)}\n{type(error).__name__}: {error}"[:300]
    return ""


def _reason(error: Exception) -> str:
    """What went wrong, for whoever can mend it."""
    return next((words for kind, words in REASONS if isinstance(error, kind)), "邮件没有发出。")


def note(mail: OutboxMail, problem: str) -> bool:
    """What became of a mail: sent, or the reason and twice as long a wait before the next try."""
    if problem:
        mail.tries += 1
        mail.last_error = problem
        mail.next_try_at = clock.now() + timedelta(minutes=2**mail.tries)
        return False
    mail.sent_at = clock.now()
    return True


def _by_smtp(message: EmailMessage, settings: Settings) -> None:
    context = ssl.create_default_context() if settings.smtp_tls != "none" else None
    if settings.smtp_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)
