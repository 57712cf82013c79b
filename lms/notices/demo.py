"""The demo's inbox and 谁看过: what happened lately, told to whom it concerns, in the order of time; most of it read."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from lms import clock
from lms.access.models import AccessRecord, Role
from lms.db import db
from lms.demo import Demo
from lms.notices import rules
from lms.notices.models import Notice
from lms.people.models import VENDOR_FORMS, Spell

MAIN = "A1037"
UNREAD_DAYS = 6
FOR_ALL = (  # days ago, hour, title, body
    (34, 9, "本月集中培训安排", "本月集中培训改在周五下午，地点三楼教室。当班的同事由班组长安排补训。"),
    (20, 17, "报修类来电口径更新", "水电气暖的报修先问地址、范围和有没有危险，再按新口径派单。口径在知识库首页。"),
    (12, 10, "本周六 23:00 至周日 1:00 系统维护", "维护期间不能学习和考试，已保存的进度不受影响。"),
    (5, 16, "「回访沟通」跟听名额", "想跟听优秀回访录音的同事，周五前告诉班组长。"),
)
PAGE = "人员档案"
LEADERS = {"L3001": 9, "L3002": 7, "L3003": 7}  # how many of their people each has looked at
VENDOR_HR = {"H4101": 12, "H4102": 12}
HR = {"H4001": 46}
KEEP_DAYS = 120


def load(demo: Demo) -> Iterator[str]:
    """Sort what the other shares have told, add what concerns everybody, mark most as read; then who looked at whom."""
    told = _told(demo)
    db.session.execute(delete(Notice))
    told.sort(key=lambda row: (row["created_at"], row["person_id"]))
    main_id = demo.people[MAIN].id
    now = clock.now()
    for row in told:
        row["read_at"] = _read_at(demo.chance, row["created_at"], now, is_main=row["person_id"] == main_id)
    for start in range(0, len(told), 1000):
        db.session.execute(insert(Notice), told[start : start + 1000])
    unread = sum(row["read_at"] is None for row in told)
    yield f"通知 {len(told)} 条，{unread} 条未读"
    looked = sorted(_looked(demo, now), key=lambda row: (row["at"], row["person_id"], row["page"]))
    db.session.execute(insert(AccessRecord), looked)
    yield f"谁看过：{len(looked)} 条"


def _told(demo: Demo) -> list[dict[str, Any]]:
    """Everything in an inbox so far, what the shares noted, and what everybody was told."""
    rows = [
        _row(one.person_id, one.created_at, one.title, one.body, one.kind, one.ref_id, one.key)
        for one in db.session.scalars(select(Notice))
    ]
    rows += [_row(*facts) for facts in demo.notes.get("notices", [])]
    spells = db.session.scalars(select(Spell).where(Spell.ends_on.is_(None)).order_by(Spell.id)).all()
    for days, hour, title, body in FOR_ALL:
        day = demo.today - timedelta(days=days)
        rows += [
            _row(spell.person_id, clock.local_instant(day, hour), title, body)
            for spell in spells
            if spell.is_current(day)
        ]
    return rows


def _row(
    person_id: int, at: datetime, title: str, body: str = "", kind: str = "", ref_id: str = "", key: str | None = None
) -> dict[str, Any]:
    return {
        "person_id": person_id, "created_at": at, "title": title, "body": body, "topic": rules.topic_of(kind),
        "kind": kind, "ref_id": ref_id, "key": key,
    }  # fmt: skip


def _read_at(chance: random.Random, created_at: datetime, now: datetime, *, is_main: bool) -> datetime | None:
    """Most read within two days; of the last days about half is still unread."""
    is_recent = now - created_at < timedelta(days=UNREAD_DAYS)
    share = 0.5 if is_recent else 0.94
    read_at = created_at + timedelta(minutes=chance.randint(3, 2600))
    if read_at >= now or (is_main and is_recent):
        return None
    return read_at if is_main or chance.random() < share else None


def _looked(demo: Demo, now: datetime) -> list[dict[str, Any]]:
    """Leaders at their team, vendors' HR at their staff, HR at anybody; and what the shares noted."""
    chance = demo.chance
    spells = {
        spell.person_id: spell
        for spell in db.session.scalars(select(Spell).where(Spell.ends_on.is_(None)).order_by(Spell.id))
    }
    viewers = {number: demo.people[number] for number in (*LEADERS, *VENDOR_HR, *HR)}
    rows: list[dict[str, Any]] = list(demo.notes.get("looked", []))
    for number, many in (LEADERS | VENDOR_HR | HR).items():
        own, viewer = spells[viewers[number].id], viewers[number]
        people = [
            one.person_id
            for one in spells.values()
            if one.person_id != viewer.id
            and (number in HR or (number in LEADERS and one.unit_id == own.unit_id)
                 or (number in VENDOR_HR and one.form in VENDOR_FORMS and one.vendor_id == own.vendor_id))
        ]  # fmt: skip
        seen = chance.sample(people, min(many, len(people)))
        seen += [demo.people[MAIN].id] if demo.people[MAIN].id in people else []
        for person_id in dict.fromkeys(seen):
            day = demo.today - timedelta(days=chance.randint(1, KEEP_DAYS))
            at = clock.local_instant(day, chance.randint(8, 17), chance.randint(0, 59))
            if day > spells[person_id].starts_on:
                rows.append(
                    {
                        "person_id": person_id,
                        "viewer_id": viewer.id,
                        "viewer_label": viewer.name,
                        "page": PAGE,
                        "viewed_as": (Role.line_leader if number in LEADERS else Role.hr).label,
                        "at": at,
                    }
                )
    return [row for row in rows if row["at"] < now]
