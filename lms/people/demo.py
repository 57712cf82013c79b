"""The demo's rosters: last month's is written and can still be undone, this month's waits for somebody to confirm."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lms import audit, clock, files
from lms.db import db
from lms.demo import Demo
from lms.imports import queries, rules
from lms.imports.actions import preparing, registering, writing
from lms.imports.models import Import
from lms.imports.rules import Kind
from lms.jobs import Job, JobStatus
from lms.people.models import Spell
from lms.sheets.writing import Table, workbook

HR = "H4001"
HEADER = ("姓名", "工号", "所在部门", "班组", "用工性质", "岗位", "到岗日期", "离职日期", "手机号", "备注")
CENTRE = "云州市12345政务服务便民热线中心"
HOURS_AGO = 3
CHANGED, SAME = 9, 6


def bring_in(kind: Kind, name: str, content: bytes, *, groups: Sequence[str] = (), options: Any = None) -> Import:
    """An import as somebody would make it: understood, and with groups also written; its job is done at once."""
    outlined = preparing.outline(content, name)
    imported = preparing.upload(kind, name, files.store(content), outlined, rules.EVERYTHING)
    preparing.choose(imported, preparing.suggested(kind, imported), options or {})
    db.session.flush()
    task = queries.task(imported, queries.headers(imported))
    for planned in preparing.understood(kind, imported, task):
        preparing.keep(imported.id, planned)
    preparing.settle(imported)
    if groups:
        job: Job = writing.confirm(imported, kind, groups)
        kinds = registering.kinds(current_app)
        for step in writing.write(kinds, {"import_id": imported.id}):
            job.done, job.total, job.note = step.done, step.total, step.note
        job.status, job.started_at, job.finished_at = JobStatus.done, clock.now(), clock.now()
    return imported


def load(demo: Demo) -> Iterator[str]:
    """A written and a waiting roster."""
    kind = registering.kinds(current_app)["roster"]
    spells = list(
        db.session.scalars(
            select(Spell)
            .where(Spell.ends_on.is_(None), Spell.staff_number.startswith("A"))
            .options(joinedload(Spell.person), joinedload(Spell.unit), joinedload(Spell.post), joinedload(Spell.vendor))
            .order_by(Spell.id)
            .limit(80)
        )
    )
    hr = demo.people[HR]
    moment = clock.now() - timedelta(hours=HOURS_AGO)
    with audit.acting_as(hr.id, hr.name, "web"):
        with clock.frozen(moment - timedelta(hours=1)):
            written = bring_in(kind, "10月花名册变动.xlsx", _changes(demo, spells), groups=("changed",))
        with clock.frozen(moment):
            waiting = bring_in(kind, "11月花名册.xlsx", _month(demo, spells))
    yield f"花名册：已导入 {written.counts.get('changed', 0)} 人的变更，另有 {sum(waiting.counts.values())} 行待确认"


def _row(spell: Spell, **other: Any) -> list[Any]:
    """A person's line as it is on record, or with something else in it."""
    form = spell.form.label + (f"（{spell.vendor.name[2:4]}）" if spell.vendor else "")
    values = {
        "name": spell.person.name, "number": spell.staff_number, "department": CENTRE, "team": spell.unit.name,
        "form": form, "post": spell.post.name, "starts_on": spell.starts_on, "ends_on": None,
        "phone": spell.person.phone, "note": "",
    }  # fmt: skip
    return list((values | other).values())


def _changes(demo: Demo, spells: Sequence[Spell]) -> bytes:
    chance = demo.chance
    rows = [_row(spell, phone=f"139{chance.randrange(10**8):08d}", note="换号") for spell in spells[30 : 30 + CHANGED]]
    rows += [_row(spell) for spell in spells[50 : 50 + SAME]]
    rows.append(_row(spells[60], phone="1390001", note="少写了几位"))
    return workbook(Table("变动", HEADER, rows))


def _month(demo: Demo, spells: Sequence[Spell]) -> bytes:
    today, chance = demo.today, demo.chance
    joiners: list[list[Any]] = [
        ["欧阳若溪", "A2001", CENTRE, "受理一组", "服务外包（慧声）", "见习坐席", f"{today:%Y.%m.%d}", None, f"137{chance.randrange(10**8):08d}", ""],
        ["马翀", "A2002", CENTRE, "受理二组", "劳务派遣(众听)", "坐席", f"{today.year}年{today.month}月{today.day}日", None, f"137{chance.randrange(10**8):08d}", ""],
        ["古丽·阿依夏木", "A2003", CENTRE, "回访组", "编外合同制", "回访员", today.isoformat(), None, f"137{chance.randrange(10**8):08d}", ""],
        ["赵　可", "A2004", CENTRE, "受理三组", "事业编", "坐席", today, None, f"137{chance.randrange(10**8):08d}", ""],
        ["司马翀", "A2005", CENTRE, "受里一组", "外包（慧声）", "坐席", today, None, f"137{chance.randrange(10**8):08d}", ""],
        ["", "A2006", CENTRE, "受理一组", "外包（慧声）", "坐席", today, None, f"137{chance.randrange(10**8):08d}", "姓名待补"],
        ["林思琪", "A2007", CENTRE, "受理一组", "临时工？", "坐席", today, None, f"137{chance.randrange(10**8):08d}", ""],
        [spells[5].person.name, "A2008", CENTRE, "受理二组", "编外合同", "坐席", today, None, spells[5].person.phone, "转为编外"],
    ]  # fmt: skip
    rows = [_row(spell) for spell in spells[:SAME]]
    rows += [
        _row(spells[10], team="受理三组"),
        _row(spells[11], post="高级坐席"),
        _row(spells[12], post="质检员", team="质检组"),
    ]
    rows += [_row(spells[14], ends_on=today), _row(spells[15], ends_on=today - timedelta(days=2)), _row(spells[10])]
    return workbook(Table("花名册", HEADER, [*rows, *joiners]))
