"""The demo's newest sheet of figures: a month that HR brought in through the wizard, with rows to be mended."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from appraisals.evidence.sheets.kinds import MEASURES
from lms import audit, clock, files
from lms.db import db
from lms.demo import Demo
from lms.imports import queries, rules
from lms.imports.actions import preparing, registering, writing
from lms.jobs import JobStatus
from lms.people.models import Spell
from lms.sheets.writing import Table, workbook

HR = "H4001"
HEADER = ("工号", "姓名", "月份", "接通率")
HOURS_AGO = 2
ROWS = 40


def load(demo: Demo) -> Iterator[str]:
    """接通率 of last month: shown, not scored until its target is confirmed."""
    last = demo.today.replace(day=1) - timedelta(days=1)
    spells = db.session.scalars(
        select(Spell)
        .where(Spell.ends_on.is_(None), Spell.staff_number.startswith("A"), Spell.starts_on < last.replace(day=1))
        .options(joinedload(Spell.person))
        .order_by(Spell.id)
        .limit(ROWS)
    )
    chance = demo.chance
    rows: list[list[Any]] = []
    for spell in spells:
        value = chance.uniform(88, 99.6)
        shown = chance.choice((f"{value:.1f}%", round(value / 100, 4), round(value, 2)))
        rows.append([spell.staff_number, spell.person.name, f"{last.year}年{last.month}月", shown])
    rows.append(["Z9999", "临时账号", f"{last.year}年{last.month}月", "95.0%"])
    rows[3][3] = 130
    name = f"接通率{last:%Y-%m}.xlsx"
    content = workbook(Table(f"{last.month}月", HEADER, rows))
    hr = demo.people[HR]
    with clock.frozen(clock.now() - timedelta(hours=HOURS_AGO)), audit.acting_as(hr.id, hr.name, "web"):
        imported = preparing.upload(
            MEASURES, name, files.store(content), preparing.outline(content, name), rules.EVERYTHING
        )
        preparing.choose(imported, preparing.suggested(MEASURES, imported), {})
        db.session.flush()
        for planned in preparing.understood(MEASURES, imported, queries.task(imported, queries.headers(imported))):
            preparing.keep(imported.id, planned)
        preparing.settle(imported)
        job = writing.confirm(imported, MEASURES, ["new"])
        for step in writing.write(registering.kinds(current_app), {"import_id": imported.id}):
            job.done, job.total, job.note = step.done, step.total, step.note
        job.status, job.started_at, job.finished_at = JobStatus.done, clock.now(), clock.now()
    yield f"指标表：{name} 已导入 {imported.counts.get('new', 0)} 人"
