"""The demo's practice: 每日一题 of the last weeks by those who like it, marked by the real rules."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from assessments.bank.models import Question, QuestionVersion
from assessments.marking import rules as marking
from assessments.practice import rules
from assessments.practice.actions import MULTIPLE_RULE
from assessments.practice.models import PracticeAnswer
from courses.catalogue.models import Course, CourseUnit
from courses.progress.models import UnitCompletion
from lms import clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import Spell

SEED = 365
DAYS = 28
MAIN = "A1037"
KEEN = 0.35  # share of the people who do 每日一题 at all


def load(demo: Demo) -> Iterator[str]:
    """A month of daily answers; nobody has answered today, so that it can be tried."""
    chance = random.Random(SEED)
    bank = _bank()
    main_id = demo.people[MAIN].id
    current = set(db.session.scalars(select(Spell.person_id).where(Spell.ends_on.is_(None))))
    rows: list[dict[str, Any]] = []
    for person_id, begun in sorted(_learnt().items()):
        if person_id not in current or not (person_id == main_id or chance.random() < KEEN):
            continue
        keenness = chance.uniform(0.3, 0.9)
        skill = chance.uniform(0.55, 0.95)
        asked: set[int] = set()
        for back in range(DAYS, 0, -1):
            day = demo.today - timedelta(days=back)
            courses = sorted(code for code, first in begun.items() if first < day)
            offered = [one for code in courses for one in bank.get(code, []) if one.question_id not in asked]
            if not offered or chance.random() > keenness:
                continue
            version = offered[rules.daily_place(person_id, day, len(offered))]
            asked.add(version.question_id)
            rows.append(_answer(chance, person_id, version, day, skill))
    rows.sort(key=lambda row: (row["answered_at"], row["person_id"]))
    for start in range(0, len(rows), 1000):
        db.session.execute(insert(PracticeAnswer), rows[start : start + 1000])
    right = sum(row["verdict"] == "right" for row in rows)
    yield f"每日一题：{len(rows)} 次，答对 {right} 次"


def _bank() -> dict[str, list[QuestionVersion]]:
    """The questions a day may draw, by course."""
    found: dict[str, list[QuestionVersion]] = defaultdict(list)
    for question in db.session.scalars(
        select(Question)
        .where(Question.is_retired.is_(False))
        .options(joinedload(Question.current))
        .order_by(Question.id)
    ):
        if question.current is not None and question.current.type in rules.DAILY_TYPES:
            found[question.course_code].append(question.current)
    return found


def _learnt() -> dict[int, dict[str, date]]:
    """{person: {course code: the day of the first unit done}}."""
    found: dict[int, dict[str, date]] = {}
    for person_id, code, at in db.session.execute(
        select(UnitCompletion.person_id, Course.code, UnitCompletion.completed_at)
        .join(CourseUnit, CourseUnit.id == UnitCompletion.unit_id)
        .join(Course, Course.id == CourseUnit.course_id)
        .order_by(UnitCompletion.completed_at.desc())
    ):
        found.setdefault(person_id, {})[code] = clock.local(at).date()
    return found


def _answer(chance: random.Random, person_id: int, version: QuestionVersion, day: date, skill: float) -> dict[str, Any]:
    right = sorted(marking.right_keys(version))
    others = [one["key"] for one in version.options if one["key"] not in right]
    if chance.random() < skill:
        chosen = right
    elif version.type == "multiple":
        chosen = sorted(right[:-1]) if chance.random() < 0.6 else sorted([*right[:-1], chance.choice(others or right)])
    else:
        chosen = [chance.choice(others)]
    value = {"chosen": chosen}
    return {
        "person_id": person_id, "question_id": version.question_id, "version_id": version.id, "daily_on": day,
        "set_key": f"daily-{day.isoformat()}", "value": value,
        "verdict": marking.mark(version, value, Decimal(1), MULTIPLE_RULE).verdict, "answered_on": day,
        "answered_at": clock.local_instant(day, chance.randint(8, 17), chance.randint(0, 59)),
    }  # fmt: skip
