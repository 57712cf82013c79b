"""Extra time: grant it for some days with a reason, end it by a row of its own."""

from datetime import date

from assessments.exams import queries, rules
from assessments.exams.models import ExtraTime, ExtraTimeEnding
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.notices import actions as notices


def grant(
    person_id: int, *, percent: int, minutes: int, starts_on: date, ends_on: date, reason: str, granted_by: int
) -> ExtraTime:
    """Give a person more time in every exam begun between two days; what held on those days before is ended."""
    reason = rules.check_reason(reason)
    rules.check_extra(percent, minutes, starts_on, ends_on, clock.today())
    if person_id == granted_by:
        raise Refused("不能给自己加时，由另一位人事办理。")
    for known in queries.extra_times_of([person_id]):
        if known.ending is None and known.starts_on <= ends_on and starts_on <= known.ends_on:
            raise Refused(
                "这些日子里已经有加时（{first} 至 {last}），先结束那一条。", first=known.starts_on, last=known.ends_on
            )
    made = ExtraTime(
        person_id=person_id, percent=percent, minutes=minutes, reason=reason, starts_on=starts_on, ends_on=ends_on,
        granted_by=granted_by, granted_at=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(
        "extra_time.grant", "person", person_id, percent=percent, minutes=minutes, reason=reason,
        starts_on=str(starts_on), ends_on=str(ends_on),
    )  # fmt: skip
    amount = f"每场考试的时间是规定的 {1 + percent / 100:g} 倍" if percent else f"每场考试加 {minutes} 分钟"
    body = f"{starts_on:%Y-%m-%d} 至 {ends_on:%Y-%m-%d}，{amount}。理由：{reason}。考试说明里能看到。"
    notices.notify(person_id, "你的考试时间延长了", body)
    return made


def end(extra: ExtraTime, reason: str, ended_by: int) -> ExtraTimeEnding:
    """End extra time before its last day; attempts under way keep what they have."""
    reason = rules.check_reason(reason)
    if extra.ending is not None:
        raise Refused("这条加时已经结束了。")
    ending = ExtraTimeEnding(extra_time=extra, reason=reason, ended_by=ended_by, ended_at=clock.now())
    db.session.add(ending)
    db.session.flush()
    audit.record("extra_time.end", "person", extra.person_id, reason=reason)
    return ending
