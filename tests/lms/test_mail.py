"""Outbox: mail leaves after the commit, by a real SMTP server or as readable files."""

import smtplib
import socket
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from lms import clock, mail
from lms.db import db, transaction
from lms.mail import OutboxMail
from lms.operations.delivery import deliver_due

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("context")


class Inbox:
    def __init__(self):
        self.messages = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def smtp(app, monkeypatch):
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings = app.config["LMS_SETTINGS"]
    changed = type(settings)(**{**settings.__dict__, "smtp_host": "127.0.0.1", "smtp_port": port})
    monkeypatch.setitem(app.config, "LMS_SETTINGS", changed)
    yield inbox
    controller.stop()


def put(subject="考试提醒", body="你好，\n明天 18:00 前请完成考试。"):
    with transaction():
        mail.send_later("lin@example.test", subject, body)


def test_a_mail_reaches_a_real_server_once(smtp):
    put()
    assert deliver_due() == (1, 0)
    assert deliver_due() == (0, 0)
    (message,) = smtp.messages
    assert message["Subject"] == "考试提醒"
    assert "明天 18:00" in message.get_content()


def test_a_line_break_in_the_subject_cannot_add_a_header(smtp):
    put(subject="提醒\r\nBcc: other@example.test")
    deliver_due()
    (message,) = smtp.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "提醒 Bcc: other@example.test"


def test_a_refused_mail_waits_longer_each_time(smtp):
    smtp.answer = "451 later"
    with clock.frozen(NOW):
        put()
        assert deliver_due() == (0, 1)
        assert deliver_due() == (0, 0)
    with clock.frozen(NOW + timedelta(minutes=3)):
        smtp.answer = "250 OK"
        assert deliver_due() == (1, 0)
    row = db.session.scalars(select(OutboxMail)).one()
    assert row.tries == 1
    assert row.reason[0] == "邮件服务器没有收下这封邮件。"
    assert smtplib.SMTPDataError.__name__ in row.reason[1]


def test_without_smtp_a_readable_file_is_written(app):
    put()
    assert deliver_due() == (1, 0)
    row = db.session.scalars(select(OutboxMail)).one()
    path = app.config["LMS_SETTINGS"].mail_dir / f"{row.id:06d}.eml"
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == "lin@example.test"


def test_a_mail_of_a_rolled_back_transaction_is_never_sent():
    with pytest.raises(RuntimeError), transaction():
        mail.send_later("a@example.test", "x", "y")
        raise RuntimeError
    assert deliver_due() == (0, 0)


def test_no_transaction_is_open_while_a_mail_is_sent_and_nobody_sends_it_twice(app, monkeypatch):
    put()
    seen = []

    def silent(mail_id, _message, _settings):
        seen.append(db.session.registry.has() and db.session().in_transaction())
        assert deliver_due() == (0, 0)  # another process, meanwhile
        return ""

    monkeypatch.setattr(mail, "send", silent)
    assert deliver_due() == (1, 0)
    assert seen == [False]
