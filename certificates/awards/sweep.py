"""Tells holders that a certificate will run out: at 60, 30 and 7 days, each once."""

from datetime import date
from itertools import islice

from certificates.awards import queries, rules
from lms import audit, clock
from lms.db import transaction
from lms.notices import actions as notices

FIRST_HOUR = 8  # local; nobody is woken by a mail
CHUNK = 100
MAIL_DAYS = 30
_last: list[date] = []


def once_a_day() -> int:
    """Remind once on each local day, from eight o'clock; a restart in between does no harm, keys make each notice unique."""
    now = clock.local(clock.now())
    if now.hour < FIRST_HOUR or _last == [now.date()]:
        return 0
    done = remind_expiring()
    _last[:] = [now.date()]
    return done


def remind_expiring() -> int:
    """Notify the holders of certificates near their end; returns how many notices are new."""
    day = clock.today()
    with transaction(writes=False):
        due = iter(
            [
                (award.id, award.person_id, award.title, award.number, award.valid_until, days)
                for award in queries.expiring(max(rules.REMINDER_DAYS), day)
                if award.valid_until and (days := rules.due_reminder((award.valid_until - day).days)) is not None
            ]
        )
    sent = 0
    while portion := list(islice(due, CHUNK)):
        with transaction(), audit.acting_as(None, "系统", "sweep"):
            for award_id, person_id, title, number, until, days in portion:
                left = (until - day).days
                notice = notices.notify(
                    person_id,
                    f"还有 {left} 天到期：{title}" if left else f"今天到期：{title}",
                    f"编号 {number}，有效期至 {until.year} 年 {until.month} 月 {until.day} 日。到期前重新通过考核，资格不中断。",
                    "award",
                    award_id,
                    key=f"award-expiring:{award_id}:{days}",
                    mail=days <= MAIL_DAYS,
                )
                sent += notice is not None
    return sent
