"""Outbox table, send_later(), delivery: by SMTP where set, else readable files in the data folder."""

import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Model, db
from lms.settings import Settings

MAX_TRIES = 8
TIMEOUT_SECONDS = 20


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


def deliver_one(mail: OutboxMail, settings: Settings) -> bool:
    """Send one mail; on failure note the reason and wait twice as long before the next try."""
    try:
        if settings.smtp_host:
            _by_smtp(compose(mail, settings), settings)
        else:
            settings.mail_dir.mkdir(parents=True, exist_ok=True)
            (settings.mail_dir / f"{mail.id:06d}.eml").write_bytes(compose(mail, settings).as_bytes())
    except (OSError, smtplib.SMTPException) as error:
        mail.tries += 1
        mail.last_error = f"{type(error).__name__}: {error}"[:300]
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
