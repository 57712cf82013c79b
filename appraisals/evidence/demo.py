"""The demo's measures: what the call platform, quality checks, rosters and surveys have sent month by month."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from appraisals.evidence import actions, queries
from appraisals.evidence.actions import NewValue
from appraisals.evidence.models import MeasureRow
from appraisals.evidence.rules import READINGS
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import Person, Spell

MAIN = "A1037"
LACKING = 2  # people away in the quarter, for whom too little has come
MEAN_SKILL, SPREAD = 0.872, 0.05
IMPORT_DAY = 5  # of the next month
CORRECTION_DAY = 12


@dataclass(frozen=True)
class Figure:
    """How a monthly measure of agents comes out: mean, per step of ability, chance, limits, sample, source.

    A centre of this size takes about 25 000 calls a week and dispatches a sixth of them (domain.md §2.2), so about
    780 calls, 130 work orders and 105 callbacks a month for each agent.
    """

    code: str
    mean: float
    step: float
    spread: float
    low: float
    high: float
    sample: int
    source: str


MONTHLY = (
    Figure("qc", 90.2, 2.6, 1.8, 68, 99.5, 10, "质检抽检"),
    Figure("satisfaction", 94.9, 1.4, 1.1, 89, 99, 105, "话务平台月报"),
    Figure("fcr", 91.2, 1.6, 1.2, 82, 98.5, 780, "话务平台月报"),
    Figure("on_time", 98.5, 0.4, 0.4, 95.2, 100, 130, "工单系统月报"),
    Figure("dispatch_accuracy", 98.0, 0.6, 0.5, 94, 100, 130, "工单系统月报"),
    Figure("attendance", 97.8, 0.7, 1.0, 88, 100, 22, "考勤表"),
)
OFFICE_MONTHLY = (Figure("attendance", 98.4, 0.5, 0.8, 90, 100, 22, "考勤表"),)
QUARTERLY = (
    Figure("improvement", 84, 4.0, 3.0, 60, 98, 0, "班组长评定"),
    Figure("extra_duty", 86, 3.0, 4.0, 60, 100, 0, "排班表"),
    Figure("simulator", 85, 3.5, 3.0, 60, 99, 12, "情景演练"),
)
OFFICE_QUARTERLY = (
    Figure("key_tasks", 88.5, 3.0, 2.2, 70, 100, 0, "重点任务清单"),
    Figure("task_supervision", 89, 2.8, 2.5, 70, 100, 0, "督办台账"),
    Figure("served_unit_rating", 88, 2.6, 2.5, 70, 100, 9, "服务对象评价"),
    Figure("extra_duty", 88, 3.0, 3.0, 60, 100, 0, "值班表"),
    Figure("simulator", 86, 3.0, 3.0, 60, 99, 12, "应急演练"),
)
HALF_YEARLY = (
    Figure("survey_360", 88.5, 2.6, 2.0, 75, 98, 9, "民主测评"),
    Figure("competency_rating", 84, 3.6, 2.5, 60, 98, 0, "能力评定"),
)
NEW_DAYS = 200  # newcomers are rated each quarter
SPECIAL = (  # measure, value, first and last (month, day) of last year, words
    ("leave_days", "196", (1, 6), (7, 20), "病假，有医院证明"),
    ("maternity_days", "128", (6, 3), (10, 8), "产假"),
    ("integrity_deduction", "2", (10, 14), (10, 14), "考勤代打卡一次，已核实"),
)
FATAL = 3


@dataclass(frozen=True)
class Worker:
    """Somebody who is measured: when, at what kind of work, and how well they tend to do."""

    person_id: int
    number: str
    starts_on: date
    ends_on: date | None
    is_agent: bool
    level: float

    def worked(self, first: date, last: date) -> bool:
        return self.starts_on <= first and (self.ends_on is None or self.ends_on >= last)


def quarter_before(today: date) -> tuple[date, date]:
    """First and last day of the newest quarter that has ended."""
    month = 3 * ((today.month - 1) // 3) + 1
    last = date(today.year, month, 1) - timedelta(days=1)
    return date(last.year, last.month - 2, 1), last


def load(demo: Demo) -> Iterator[str]:
    """Every month's values, imported in the next; fills demo.notes with the quarter and those who lack evidence."""
    actions.load_measures()
    quarter = quarter_before(demo.today)
    workers = _workers(demo)
    lacking = _lacking(demo, workers, quarter)
    demo.notes["quarter"], demo.notes["lacking"] = quarter, lacking
    special = _special(workers, quarter[1].year - 1)
    leave = {new.person_id: new for new in special if new.code in {"leave_days", "maternity_days"}}
    importer: Person = demo.people["H4001"]
    who, rows = (importer.id, importer.name), 0
    for first, last in _months(date(quarter[1].year - 1, 1, 1), demo.today):
        away = lacking if quarter[0] <= first <= quarter[1] else frozenset()
        present = [
            one for one in workers if one.worked(first, last) and not _is_away(leave, one.person_id, first, last)
        ]
        values = _values(demo.chance, present, first, last, away)
        if first == date(quarter[1].year - 1, 10, 1):
            values += special
        with clock.frozen(clock.local_instant(last + timedelta(days=IMPORT_DAY), 10)), audit.acting_as(*who, "web"):
            rows += actions.record_measures(values, f"{first.year} 年 {first.month} 月指标")
        if last.month % 6 == 0:
            yield f"指标：到 {last.year} 年 {last.month} 月 {rows} 行"
    _correct(demo, who, quarter)
    yield f"指标：共 {rows} 行，更正 1 行"


def _workers(demo: Demo) -> list[Worker]:
    """Everybody with a spell, with a level around 0 that goes with their ability."""
    skill: dict[int, float] = demo.notes["skill"]
    spells = db.session.scalars(
        select(Spell).options(joinedload(Spell.post)).order_by(Spell.person_id, Spell.starts_on)
    )
    levels: dict[int, float] = {}
    found = []
    for spell in spells:
        able = (min(skill.get(spell.person_id, MEAN_SKILL), 0.96) - MEAN_SKILL) / SPREAD
        level = levels.setdefault(spell.person_id, max(-2.2, min(2.2, 0.5 * able + demo.chance.gauss(0, 0.75))))
        found.append(
            Worker(
                spell.person_id, spell.staff_number, spell.starts_on, spell.ends_on, spell.post.is_front_line,
                0.35 if spell.staff_number == MAIN else level,
            )
        )  # fmt: skip
    return found


def _lacking(demo: Demo, workers: list[Worker], quarter: tuple[date, date]) -> frozenset[int]:
    able = [
        one.person_id
        for one in workers
        if one.is_agent and one.number[0] == "A" and one.number not in {MAIN, "A1012"}
        and one.worked(quarter[0] - timedelta(days=200), quarter[1])
    ]  # fmt: skip
    return frozenset(demo.chance.sample(able, LACKING))


def _months(first: date, today: date) -> Iterator[tuple[date, date]]:
    """First and last day of each month whose values have been imported by now."""
    while True:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        last = following - timedelta(days=1)
        if last + timedelta(days=IMPORT_DAY) >= today:
            return
        yield first, last
        first = following


def _is_away(leave: dict[int, NewValue], person_id: int, first: date, last: date) -> bool:
    """Whether a long leave touches a month."""
    found = leave.get(person_id)
    return found is not None and found.period_from <= last and found.period_to >= first


def _values(
    chance: random.Random, workers: list[Worker], first: date, last: date, away: frozenset[int]
) -> list[NewValue]:
    """What arrives for a month, and with it for the quarter and half-year that end in it."""
    quarter = date(last.year, last.month - 2, 1) if last.month % 3 == 0 else None
    half = date(last.year, last.month - 5, 1) if last.month % 6 == 0 else None
    values: list[NewValue] = []
    for worker in workers:
        monthly = MONTHLY if worker.is_agent else OFFICE_MONTHLY
        due = [(figure, first) for figure in (OFFICE_MONTHLY if worker.person_id in away else monthly)]
        if quarter and worker.person_id not in away:
            due += [
                (figure, max(quarter, worker.starts_on))
                for figure in (QUARTERLY if worker.is_agent else OFFICE_QUARTERLY)
            ]
        is_new = quarter is not None and (last - worker.starts_on).days < NEW_DAYS
        if since := half or (quarter if is_new else None):
            due += [(figure, max(since, worker.starts_on)) for figure in HALF_YEARLY]
        values += [_value(chance, worker, figure, start, last) for figure, start in due]
    return values


def _value(chance: random.Random, worker: Worker, figure: Figure, first: date, last: date) -> NewValue:
    raw = figure.mean + figure.step * worker.level + chance.gauss(0, figure.spread)
    # survey samples stay above the least number of raters
    sample = max(5, round(figure.sample * chance.uniform(0.8, 1.2))) if figure.sample else None
    value = Decimal(str(round(max(figure.low, min(figure.high, raw)), 1)))
    words = f"{figure.source} {last.year}-{last.month:02d}"
    return NewValue(worker.person_id, figure.code, first, last, value, words, sample)


def _special(workers: list[Worker], year: int) -> list[NewValue]:
    """Long leave, maternity leave, a deduction and fatal errors of last year, each of somebody else."""
    agents = [one for one in workers if one.is_agent and one.number[0] == "A" and one.number not in {MAIN, "A1012"}]
    there = [one for one in agents if one.worked(date(year, 1, 1), date(year, 12, 31))]
    values = [
        NewValue(
            there[3 * n].person_id, code, date(year, *start), date(year, *end), Decimal(value), "人事登记", note=words
        )
        for n, (code, value, start, end, words) in enumerate(SPECIAL)
    ]
    first, last = date(year, 10, 1), date(year, 10, 31)
    return values + [
        NewValue(one.person_id, "fatal_errors", first, last, Decimal(1), f"质检抽检 {year}-10", note="报出了来电人姓名")
        for one in there[20 : 20 + FATAL]
    ]


def _correct(demo: Demo, who: tuple[Any, Any], quarter: tuple[date, date]) -> None:
    """林晓岚 asked for a check of one month's satisfaction; two callbacks had been booked to her by mistake."""
    measure = queries.measure("satisfaction")
    assert measure is not None
    month = date(quarter[1].year, quarter[1].month - 1, 1)
    row = db.session.scalars(
        select(MeasureRow).where(
            MeasureRow.person_id == demo.people[MAIN].id,
            MeasureRow.measure_id == measure.id,
            MeasureRow.period_from == month,
        )
    ).one()
    day = row.period_to + timedelta(days=CORRECTION_DAY)
    with clock.frozen(clock.local_instant(day, 15, 30)), audit.acting_as(*who, "web"):
        actions.record_measure(
            row.person_id,
            measure.code,
            row.period_from,
            row.period_to,
            min(READINGS["satisfaction"].maximum, row.value + Decimal("1.9")),
            "话务平台核对",
            sample_size=row.sample_size,
            note="2 通回访误记在本人名下，已改正",
            replaces=row,
        )
