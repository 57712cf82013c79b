"""Deliver what waits in the outbox; no transaction is open while a mail server is spoken to."""

from flask import current_app

from lms import mail
from lms.db import db, transaction
from lms.settings import Settings


def deliver_due() -> tuple[int, int]:
    """Deliver the mails whose turn has come: (sent, failed). A mail that fails waits longer before the next try."""
    settings: Settings = current_app.config["LMS_SETTINGS"]
    with transaction(writes=False):
        waiting = [found.id for found in mail.due()]
    sent = failed = 0
    for mail_id in waiting:
        with transaction():
            found = mail.claim(mail_id)
            message = mail.compose(found, settings) if found else None
        if message is None:
            continue
        problem = mail.send(mail_id, message, settings)  # a silent server keeps nobody from writing
        with transaction():
            if mail.note(db.session.get_one(mail.OutboxMail, mail_id), problem):
                sent += 1
            else:
                failed += 1
    return sent, failed
