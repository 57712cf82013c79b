"""The demo's sittings: answers drawn for each person, graded by the real rules, with all that follows from a pass."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from assessments.attempts import actions
from assessments.attempts.models import Answer, Attempt, AttemptQuestion
from assessments.bank import queries as bank
from assessments.bank.models import QuestionVersion
from assessments.bank.queries import Candidate
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from assessments.marking import rules as marking
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.rules import Asked, Cell
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import Person, Spell

POST_EXAM = "exam-intake-post"
COURSE_EXAMS = {"C1": "exam-c1", "B2": "exam-b2", "A3": "exam-a3"}
MAIN = "A1037"
NAMED = frozenset({"A1012", "A1037", "A1186"})
MAIN_RESULTS = {"exam-a3": (84, 92), "exam-b2": (66, 78)}  # one passed last year, one failed last week
MAIN_A3_DAYS_LEFT = 37
WRONG_TEXTS = ("转办", "五个工作日", "首问负责", "24 小时", "当场办结", "三方通话", "不清楚")
HARDER = {"easy": 0.05, "medium": 0.0, "hard": -0.07}
TRICKIER = {"single": 0.03, "true_false": 0.02, "multiple": -0.09, "fill_in": -0.05, "numeric": -0.02}
VOID_REASONS = (
    "机房停电 20 分钟，经培训科核实，本次不计次数。",
    "作答中途被安排接听应急来电，经班组长证明，本次不计次数。",
    "误用他人工位登录作答，经本人说明和培训科核实，本次作废。",
)
MINUTES_LEFT = 40


@dataclass
class Question:
    """A question version as plain values; it has what marking asks for."""

    id: int
    question_id: int
    type: Any
    difficulty: str
    options: list[Any]
    accepted: list[Any]
    tolerance: Decimal | None
    unit_label: str


@dataclass(order=True)
class Visit:
    """Somebody sits an exam at an instant."""

    at: datetime
    person_id: int
    code: str = field(compare=False)
    number: int = field(compare=False, default=1)


@dataclass
class Hall:
    """Everything the sittings draw from, and what has come of them."""

    chance: random.Random
    now: datetime
    last_day: date
    names: dict[int, str]
    left_on: dict[int, date]
    skill: dict[int, float]
    exams: dict[str, int]
    papers: dict[str, tuple[list[Cell], list[Candidate]]]
    questions: dict[int, Question]
    main_id: int
    ordinary: frozenset[int]
    seen: dict[tuple[int, str], frozenset[int]] = field(default_factory=dict)
    passed: dict[int, set[str]] = field(default_factory=dict)
    voided: int = 0
    waiting: list[Visit] = field(default_factory=list)


def load(demo: Demo) -> Iterator[str]:
    """Sit every exam in the order of time; passes complete courses, earn hours and certificates by their own rules."""
    hall = _hall(demo)
    db.session.execute(
        update(QuestionVersion).values(published_at=clock.local_instant(date(demo.today.year - 2, 9, 1)))
    )
    for person_id, code, day in demo.notes["ready"]:
        _expect(hall, person_id, COURSE_EXAMS[code], day, first=1, last=5)
    month, sat, passed = (0, 0), 0, 0
    while hall.waiting:
        visit = heapq.heappop(hall.waiting)
        here = clock.local(visit.at)
        if (here.year, here.month) != month and sat:
            yield f"考试：{month[0]} 年 {month[1]} 月 {sat} 次，通过 {passed} 次"
            sat = passed = 0
        month = here.year, here.month
        sat += 1
        passed += _sit(hall, visit, demo.people["T2001"].id)
    yield f"考试：{month[0]} 年 {month[1]} 月 {sat} 次，通过 {passed} 次"
    yield _under_way(hall)


def _hall(demo: Demo) -> Hall:
    found = {exam.code: exam for exam in exams.exams()}
    if missing := [code for code in (*COURSE_EXAMS.values(), POST_EXAM) if code not in found]:
        raise RuntimeError(f"载入演示数据之前先载入课程库（bin/lms library load），缺 {'、'.join(missing)}")
    versions = db.session.scalars(select(QuestionVersion).order_by(QuestionVersion.id))
    questions = {
        one.id: Question(
            one.id, one.question_id, one.type, one.difficulty, one.options, one.accepted, one.tolerance, one.unit_label
        )
        for one in versions
    }
    spells = db.session.scalars(select(Spell).order_by(Spell.starts_on))
    return Hall(
        chance=demo.chance,
        now=clock.now(),
        last_day=demo.today - timedelta(days=1),
        names={person.id: person.name for person in db.session.scalars(select(Person))},
        left_on={spell.person_id: spell.ends_on or demo.today for spell in spells},
        skill=demo.notes["skill"],
        exams={code: exam.id for code, exam in found.items()},
        papers={
            code: (papers.cells(exam.paper), bank.candidates(exam.paper.course_codes)) for code, exam in found.items()
        },
        questions=questions,
        main_id=demo.people[MAIN].id,
        ordinary=frozenset(one.id for number, one in demo.people.items() if number[0] == "A" and number not in NAMED),
    )


def _expect(hall: Hall, person_id: int, code: str, after: date, *, first: int, last: int, number: int = 1) -> None:
    """Put a sitting on the list, some days on, unless that lies ahead or after the person has left."""
    chance = hall.chance
    day = after + timedelta(days=chance.randint(first, last))
    if person_id == hall.main_id:
        day = after
        if code == "exam-a3":
            day = _a_year_before(hall.last_day + timedelta(days=2 + MAIN_A3_DAYS_LEFT))
    if day > hall.last_day or day > hall.left_on[person_id]:
        return
    at = clock.local_instant(day, chance.choice((9, 10, 13, 14, 15, 16, 19, 20)), chance.randint(0, 59))
    heapq.heappush(hall.waiting, Visit(at, person_id, code, number))


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _sit(hall: Hall, visit: Visit, trainer_id: int) -> bool:
    """One sitting from start to result; what comes next is put on the list."""
    chance, person_id = hall.chance, visit.person_id
    exam = db.session.get_one(Exam, hall.exams[visit.code])
    asked = _ask(hall, visit, seed := chance.getrandbits(31))
    minutes = round(exam.minutes * chance.uniform(0.35, 0.9), 2)
    values = _answers(hall, visit, asked)
    with audit.acting_as(person_id, hall.names[person_id], "web"):
        with clock.frozen(visit.at):
            attempt = _start(hall, exam, visit, asked, seed)
        _save(hall, attempt.id, values, visit.at, minutes)
        with clock.frozen(visit.at + timedelta(minutes=minutes)):
            result = actions.submit(attempt)
    assert result is not None
    if result.is_passed:
        _after_pass(hall, visit)
        return True
    if person_id == hall.main_id:
        return False
    after = clock.local(visit.at).date()
    if visit.code == POST_EXAM and hall.voided < len(VOID_REASONS):
        after += timedelta(days=1)
        with (
            clock.frozen(clock.local_instant(after, 9, 20)),
            audit.acting_as(trainer_id, hall.names[trainer_id], "web"),
        ):
            actions.void(attempt, VOID_REASONS[hall.voided], trainer_id)
        hall.voided += 1
        _expect(hall, person_id, visit.code, after, first=1, last=3, number=visit.number + 1)
    elif visit.number < exam.attempts_allowed and chance.random() < 0.92:
        hall.skill[person_id] = min(0.96, hall.skill[person_id] + 0.04)
        _expect(hall, person_id, visit.code, after, first=2, last=7, number=visit.number + 1)
    return False


def _after_pass(hall: Hall, visit: Visit) -> None:
    """Who has passed the three courses goes for the post's certificate, most of them."""
    passed = hall.passed.setdefault(visit.person_id, set())
    passed.add(visit.code)
    is_ready = set(COURSE_EXAMS.values()) <= passed and visit.code != POST_EXAM
    if is_ready and visit.person_id != hall.main_id and hall.chance.random() < 0.75:
        _expect(hall, visit.person_id, POST_EXAM, clock.local(visit.at).date(), first=3, last=21)


def _ask(hall: Hall, visit: Visit, seed: int) -> list[Asked]:
    """The paper drawn as for anybody, unseen questions first."""
    key = visit.person_id, visit.code
    seen = hall.seen.get(key, frozenset())
    cells, pool = hall.papers[visit.code]
    asked = paper_rules.draw(seed, cells, pool, seen)
    hall.seen[key] = seen | {hall.questions[one.version_id].question_id for one in asked}
    return asked


def _start(hall: Hall, exam: Exam, visit: Visit, asked: list[Asked], seed: int) -> Attempt:
    """An attempt as `actions.start` makes it, but with a seed that is the same every time."""
    now = clock.now()
    attempt = Attempt(
        exam_id=exam.id,
        person_id=visit.person_id,
        number=visit.number,
        seed=seed,
        started_at=now,
        deadline_at=now + timedelta(minutes=exam.minutes),
        terms=actions._terms(exam),  # noqa: SLF001 - the very terms that a real start keeps
    )
    db.session.add(attempt)
    db.session.flush()
    audit.record("attempt.start", "attempt", attempt.id, exam.title, number=attempt.number)
    db.session.execute(
        insert(AttemptQuestion),
        [
            {
                "attempt_id": attempt.id, "position": one.position, "section": one.section, "version_id": one.version_id,
                "option_order": paper_rules.option_order(
                    seed, one.position, hall.questions[one.version_id].options, shuffled=exam.paper.has_shuffled_options
                ),
                "points": one.points,
            }
            for one in asked
        ],
    )  # fmt: skip
    return attempt


def _answers(hall: Hall, visit: Visit, asked: list[Asked]) -> dict[int, dict[str, Any]]:
    """An answer for each question, by ability; 林晓岚's come out as her story wants."""
    skill = hall.skill[visit.person_id] + hall.chance.gauss(-0.01, 0.04)
    wanted = MAIN_RESULTS.get(visit.code) if visit.person_id == hall.main_id else None
    for _ in range(400):
        values = {one.position: _answer(hall.chance, hall.questions[one.version_id], skill) for one in asked}
        if wanted is None:
            break
        points = [
            marking.mark(hall.questions[a.version_id], values[a.position], a.points, "all_or_nothing").points
            for a in asked
        ]
        if wanted[0] <= sum(points) <= wanted[1]:
            break
        skill = hall.chance.uniform(0.7, 0.97)
    return {position: value for position, value in values.items() if value}


def _answer(chance: random.Random, question: Question, skill: float) -> dict[str, Any]:
    """Right with a chance that depends on person, difficulty and type; else what people do wrong."""
    is_right = chance.random() < skill + HARDER[question.difficulty] + TRICKIER[question.type]
    value: dict[str, Any] = {}
    if question.options:
        keys = sorted(marking.right_keys(question)) if is_right else _wrong_choice(chance, question)
        if keys:
            value["chosen"] = keys
    else:
        value["text"] = str(question.accepted[0]) if is_right else _wrong_text(chance, question)
    if chance.random() < 0.06:
        value["flagged"] = True
    return value


def _wrong_choice(chance: random.Random, question: Question) -> list[str]:
    right, every = marking.right_keys(question), [option["key"] for option in question.options]
    wrong = [key for key in every if key not in right]
    if chance.random() < 0.04:
        return []
    if question.type != "multiple":
        return [chance.choice(wrong)]
    short = sorted(right)
    short.remove(chance.choice(short))
    if short and (not wrong or chance.random() < 0.6):
        return short
    return sorted([*right, chance.choice(wrong)])


def _wrong_text(chance: random.Random, question: Question) -> str:
    if question.type == "numeric":
        right = Decimal(str(question.accepted[0]))
        return str(right + (question.tolerance or 0) + chance.choice((1, 2, 5, 10)))
    return chance.choice([text for text in WRONG_TEXTS if not marking.fill_in_matches(text, question.accepted)])


def _save(hall: Hall, attempt_id: int, values: dict[int, dict[str, Any]], start: datetime, minutes: float) -> None:
    """Each answer as it was saved on the way, every twentieth changed once."""
    chance, seq, rows = hall.chance, 0, []
    step = minutes * 60 / (len(values) + 2)
    for n, (position, value) in enumerate(values.items(), 1):
        at = start + timedelta(seconds=round(step * n + chance.uniform(-0.4, 0.4) * step, 3))
        versions = [value]
        if "chosen" in value and chance.random() < 0.05:
            versions = [{"chosen": value["chosen"][:1]}, value]
        for again, kept in enumerate(versions):
            seq += 1
            rows.append(
                {
                    "attempt_id": attempt_id, "position": position, "epoch": 1, "seq": seq, "value": kept,
                    "saved_at": at + timedelta(seconds=2 * again),
                }
            )  # fmt: skip
    if rows:
        db.session.execute(insert(Answer), rows)


def _under_way(hall: Hall) -> str:
    """Somebody who has passed the courses sits the post's exam right now, twenty minutes in."""
    done = set(COURSE_EXAMS.values())
    person_id = next(
        one
        for one, passed in sorted(hall.passed.items())
        if done <= passed and POST_EXAM not in passed and (one, POST_EXAM) not in hall.seen and one in hall.ordinary
    )  # fmt: skip
    exam = db.session.scalars(select(Exam).where(Exam.code == POST_EXAM).options(joinedload(Exam.paper))).one()
    begun = hall.now - timedelta(minutes=exam.minutes - MINUTES_LEFT)
    visit = Visit(begun, person_id, POST_EXAM)
    asked = _ask(hall, visit, seed := hall.chance.getrandbits(31))
    values = _answers(hall, visit, asked)
    with clock.frozen(begun), audit.acting_as(person_id, hall.names[person_id], "web"):
        attempt = _start(hall, exam, visit, asked, seed)
    some = dict(list(values.items())[:14])
    _save(hall, attempt.id, some, begun, (exam.minutes - MINUTES_LEFT) * 0.95)
    return f"考试：{hall.names[person_id]}正在作答，还剩 {MINUTES_LEFT} 分钟"
