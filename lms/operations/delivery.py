"""Deliver what waits in the outbox, each mail its own transaction."""

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
            found = db.session.get_one(mail.OutboxMail, mail_id)
            if found.sent_at is not None:
                continue
            if mail.deliver_one(found, settings):
                sent += 1
            else:
                failed += 1
    return sent, failed
