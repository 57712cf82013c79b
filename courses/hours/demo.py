"""The demo's classroom hours: training days with sign-in sheets over two years, and one line taken back."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from courses.hours import actions, queries, rules
from courses.hours.models import HourEntry, HourRule
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import EmploymentForm, Spell

LESSON_MINUTES = 45  # 45 分钟计 1 学时, domain.md §3
DAY_HOURS = 8
# forms with 90 hours a year attend whole days, the others half days
MINUTES = {EmploymentForm.civil_servant: 360, EmploymentForm.institution: 360}
HALF_DAY = 180
EVERY_DAYS = 27
SUBJECTS = (
    "新年度政策口径集中学习", "劳动用工与欠薪来电处置", "个人信息保护与保密教育", "防汛应急值守与口径", "信访工作条例专题",
    "医保社保新政策解读", "回访沟通与情绪疏导", "典型工单复盘", "预付卡消费纠纷专题", "噪声扰民与治安管理处罚法", "年度廉洁从业教育",
    "供暖供气保障口径", "质检标准与评分一致性", "紧急来电三方通话演练",
)  # fmt: skip
TWICE = "签到表重复录入，按培训科核对结果冲销"


def load(demo: Demo) -> Iterator[str]:
    """Training days of the past 22 months for everybody in post then; fills demo.notes["counted"]."""
    rule = _rule(demo)
    sessions = _sessions(demo.today)
    counted: dict[tuple[int, date], Decimal] = {}
    zeals: dict[int, float] = demo.notes.setdefault("zeal", {})
    rows: list[dict[str, Any]] = []
    for spell in db.session.scalars(select(Spell).order_by(Spell.id)):
        zeal = zeals.setdefault(spell.person_id, round(demo.chance.triangular(0.6, 1, 0.97), 3))
        for day, subject in sessions:
            if not spell.is_current(day) or demo.chance.random() > zeal:
                continue
            row = _row(rule, spell.person_id, day, subject, MINUTES.get(spell.form, HALF_DAY), Decimal(0))
            counted[spell.person_id, day] = row["hours"]
            rows.append(row)
    db.session.execute(insert(HourEntry), rows)
    demo.notes["counted"] = counted
    audit.record("demo.load", "hour_entry", "demo", "集中培训学时", rows=len(rows))
    yield f"集中培训 {len(sessions)} 次，学时台账 {len(rows)} 行"
    _take_back(demo, rule, sessions[-2])
    yield "冲销 1 行重复的学时"


def _rule(demo: Demo) -> HourRule:
    """The centre's own rule for classroom training, as a dated row like any other."""
    steps = [{"below": LESSON_MINUTES * n, "hours": str(n - 1)} for n in range(1, DAY_HOURS + 1)]
    rule = HourRule(
        code="class-session",
        activity="class",
        title="集中培训（按签到表）",
        category="concentrated",
        bands=[*steps, {"hours": str(DAY_HOURS)}],
        daily_maximum=Decimal(DAY_HOURS),
        valid_from=date(demo.today.year - 2, 1, 1),
        policy_ref="干部教育培训工作条例",
    )
    db.session.add(rule)
    db.session.flush()
    return rule


def _sessions(today: date) -> list[tuple[date, str]]:
    """Every four weeks a weekday, from January of last year until last week."""
    found = []
    day = date(today.year - 1, 1, 8)
    for n in range(60):
        here = day + timedelta(days=EVERY_DAYS * n)
        here -= timedelta(days=max(0, here.weekday() - 4))
        if here > today - timedelta(days=6):
            break
        found.append((here, SUBJECTS[n % len(SUBJECTS)]))
    return found


def _row(
    rule: HourRule, person_id: int, day: date, subject: str, minutes: int, counted: Decimal, again: str = ""
) -> dict[str, Any]:
    earned = rules.credit(minutes, rule.bands, rule.daily_maximum, counted)
    return {
        "person_id": person_id, "year": day.year, "occurred_on": day, "category": rule.category,
        "label": f"集中培训：{subject}", "minutes": minutes, "hours": earned.hours, "calculation": earned.calculation,
        "source_kind": "training", "source_id": day.isoformat() + again, "rule_id": rule.id,
        "recorded_at": _evening(day),
    }  # fmt: skip


def _evening(day: date) -> datetime:
    return clock.local_instant(day, 18, 5)


def _take_back(demo: Demo, rule: HourRule, session: tuple[date, str]) -> None:
    """林晓岚's sign-in was entered twice; the trainer takes the second line back the next day."""
    person, trainer = demo.people["A1037"], demo.people["T2001"]
    day, subject = session
    if queries.entry_of(person.id, "training", day.isoformat()) is None:
        db.session.execute(insert(HourEntry), [_row(rule, person.id, day, subject, HALF_DAY, Decimal(0))])
    double = _row(rule, person.id, day, subject, HALF_DAY, Decimal(0), again="-2")
    db.session.execute(insert(HourEntry), [double])
    entry = queries.entry_of(person.id, "training", day.isoformat() + "-2")
    assert entry is not None
    with clock.frozen(_evening(day + timedelta(days=1))), audit.acting_as(trainer.id, trainer.name, "demo"):
        actions.reverse(entry, TWICE)
