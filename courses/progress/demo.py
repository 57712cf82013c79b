"""The demo's learning: who read which lesson when, who is in the middle, what is assigned and by when."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, CourseUnit, CourseVersion, LessonVersion, UnitKind
from courses.hours import queries as hour_queries
from courses.hours import rules as hour_rules
from courses.hours.models import HourEntry, HourRule
from courses.progress.models import CheckAnswer, Enrolment, LessonReading, StudyDay, UnitCompletion
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import Spell

WINDOW_DAYS = 275  # nine months
COURSES = ("C1", "B2", "A3")
MAIN = "A1037"
NEWCOMER = "A1186"
DUE = (-16, -9, -3, 0, 0, 1, 2, 3, 4, 6, 12, 20, 30)  # days from today; half of the open assignments are close
DAYS_TO_READ = 60
WHOLE = 40  # more lessons than there are
ROWS = (LessonReading, UnitCompletion, HourEntry, CheckAnswer, StudyDay, Enrolment)


@dataclass(frozen=True)
class Learner:
    """Somebody who learns: since when, until when, how able and how steady."""

    person_id: int
    number: str
    starts_on: date
    ends_on: date
    skill: float
    stops_after: int
    took_two_last_year: bool
    took_a3_last_year: bool


@dataclass
class Book:
    """What will be written: rows by table, and the day on which the lessons of a course were done."""

    chance: random.Random
    today: date
    now: datetime
    lesson_rule: HourRule
    courses: dict[str, Course]
    versions: dict[int, LessonVersion]
    counted: dict[tuple[int, date], Decimal]
    rows: dict[type, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in ROWS})
    studied: dict[tuple[int, date], int] = field(default_factory=dict)
    ready: list[tuple[int, str, date]] = field(default_factory=list)
    notices: list[tuple[Any, ...]] = field(default_factory=list)

    def lessons(self, code: str) -> list[CourseUnit]:
        units = self.courses[code].units
        return [unit for unit in units if unit.kind == UnitKind.lesson and not unit.is_retired]

    def study(self, person_id: int, day: date, seconds: int) -> None:
        key = person_id, day
        self.studied[key] = self.studied.get(key, 0) + seconds


def load(demo: Demo) -> Iterator[str]:
    """Readings, completed lessons with their hours, study days and assignments; fills demo.notes["ready"]."""
    _publish_earlier(demo.today)
    courses = {course.code: course for course in catalogue.open_courses()}
    if missing := [code for code in COURSES if code not in courses]:
        raise RuntimeError(f"载入演示数据之前先载入课程库（bin/lms library load），缺 {'、'.join(missing)}")
    rule = hour_queries.rule("lesson", demo.today)
    assert rule is not None
    book = Book(
        demo.chance, demo.today, clock.now(), rule, courses,
        catalogue.current_lesson_versions(course.id for course in courses.values()), demo.notes.get("counted", {}),
    )  # fmt: skip
    learners = _learners(demo)
    for learner in learners:
        if learner.number == MAIN:
            _main_person(book, learner)
        else:
            _somebody(book, learner)
            _look_again(book, learner)
    book.rows[StudyDay] = [
        {"person_id": person_id, "day": day, "seconds": seconds} for (person_id, day), seconds in book.studied.items()
    ]
    for table in ROWS:
        for start in range(0, len(book.rows[table]), 1000):
            db.session.execute(insert(table), book.rows[table][start : start + 1000])
    demo.notes.setdefault("notices", []).extend(book.notices)
    demo.notes["ready"], demo.notes["skill"] = book.ready, {one.person_id: one.skill for one in learners}
    done, reading = len(book.rows[UnitCompletion]), len(book.rows[LessonReading])
    audit.record("demo.load", "course", "demo", "学习记录", completions=done, readings=reading)
    yield f"学习：打开课节 {reading} 次，学完 {done} 节；{len(book.rows[StudyDay])} 个学习日"


def _publish_earlier(today: date) -> None:
    """The library was there before anybody learned from it."""
    at = clock.local_instant(date(today.year - 2, 9, 1), 9)
    db.session.execute(update(CourseVersion).values(published_at=at))
    db.session.execute(update(LessonVersion).values(published_at=at))
    db.session.execute(update(Course).values(updated_at=at))


def _learners(demo: Demo) -> list[Learner]:
    """Everybody who ever worked here, in a stable order; the rare names learn everything, so that they get certificates."""
    chance, today = demo.chance, demo.today
    spells = db.session.scalars(
        select(Spell).options(joinedload(Spell.person)).order_by(Spell.person_id, Spell.starts_on)
    )
    by_person: dict[int, list[Spell]] = {}
    for spell in spells:
        by_person.setdefault(spell.person_id, []).append(spell)
    found = []
    for person_id, held in by_person.items():
        first, last = held[0], held[-1]
        is_sure = not last.staff_number.startswith(("A", "B")) or _is_rare(last)
        kind = chance.choices(("all", "some", "none"), (76, 19, 5))[0]
        total = WHOLE if is_sure or kind == "all" else (chance.randint(1, 17) if kind == "some" else 0)
        is_old = (today - first.starts_on).days > 560
        found.append(
            Learner(
                person_id,
                last.staff_number,
                first.starts_on,
                min(last.ends_on or today, today - timedelta(days=1)),
                round(min(0.97, chance.gauss(0.872, 0.05) + (0.04 if is_sure else 0)), 3),
                0 if last.staff_number == NEWCOMER else total,
                is_old and chance.random() < 0.45,
                (today - first.starts_on).days > 430 and chance.random() < 0.6,
            )
        )
    return found


def _is_rare(spell: Spell) -> bool:
    """A character outside the commonest block, or a name with a dot or four characters."""
    return any(ord(sign) > 0xFFFF or sign in "䶮㛃喆堃翀·" for sign in spell.person.name)


def _somebody(book: Book, learner: Learner) -> None:
    """Courses one after the other from some day of the nine months on, on about every fifth day."""
    chance, today, left = book.chance, book.today, learner.stops_after
    recent = [code for code in COURSES if not (code == "A3" and learner.took_a3_last_year)]
    if learner.took_two_last_year and left:
        recent = [code for code in recent if code == "A3"]
        day = max(learner.starts_on + timedelta(days=10), today - timedelta(days=chance.randint(520, 640)))
        for code in ("C1", "B2"):
            day = _course(book, learner, code, day, WHOLE, pace=4)
    if learner.took_a3_last_year and left:
        begun = max(learner.starts_on + timedelta(days=10), today - timedelta(days=chance.randint(330, 402)))
        _course(book, learner, "A3", begun, WHOLE, pace=2)
    start = max(learner.starts_on + timedelta(days=8), today - timedelta(days=WINDOW_DAYS - chance.randint(0, 215)))
    if 0 < left < WHOLE:  # still on the way
        start = max(start, today - timedelta(days=chance.randint(8, 75)))
    for code in recent:
        count = len(book.lessons(code))
        if left <= 0 or start > learner.ends_on:
            _assigned(book, learner, code)
            continue
        start = _course(book, learner, code, start, left)
        left -= count


def _look_again(book: Book, learner: Learner) -> None:
    """Two of five have opened a lesson they know again in the last days."""
    chance = book.chance
    known = [row for row in book.rows[LessonReading] if row["person_id"] == learner.person_id]
    if not known or learner.ends_on < book.today - timedelta(days=1) or chance.random() > 0.4:
        return
    for back in sorted(chance.sample(range(1, 11), chance.randint(1, 3)), reverse=True):
        at, row = _hour(chance, book.today - timedelta(days=back)), chance.choice(known)
        seconds = chance.randint(150, 540)
        if at > row["beat_at"]:
            book.study(learner.person_id, clock.local(at).date(), seconds)
            row["seconds"], row["opened_at"], row["beat_at"] = (
                row["seconds"] + seconds,
                at - timedelta(seconds=seconds),
                at,
            )


def _course(book: Book, learner: Learner, code: str, start: date, most: int, pace: int = 6) -> date:
    """Read a course from a day on, at most so many lessons; returns the day after which the next one begins."""
    chance, day = book.chance, start
    lessons = book.lessons(code)
    done = 0
    for unit in lessons:
        day = _next_study_day(chance, day, pace)
        if day > learner.ends_on:
            yesterday = learner.ends_on - timedelta(days=chance.randint(0, 4))
            if done < most and yesterday >= start and chance.random() < 0.6:
                _half_read(book, learner.person_id, unit, _hour(chance, yesterday), chance.uniform(0.2, 0.8))
            break
        if done == most:
            if chance.random() < 0.8:
                _half_read(book, learner.person_id, unit, _hour(chance, day), chance.uniform(0.2, 0.8))
            break
        _read(book, learner, unit, _hour(chance, day))
        done += 1
    is_done = done == len(lessons)
    _enrol(book, learner, code, start, is_done=is_done)
    if is_done:
        book.ready.append((learner.person_id, code, day))
    return day + timedelta(days=chance.randint(3, 12))


def _next_study_day(chance: random.Random, day: date, pace: int) -> date:
    """Some days on; Sundays are free, and after a week of duty a rest of several days."""
    day += timedelta(days=chance.randint(1, pace) + (chance.randint(4, 9) if chance.random() < 0.12 else 0))
    return day + timedelta(days=1) if day.weekday() == 6 else day


def _hour(chance: random.Random, day: date) -> datetime:
    return clock.local_instant(
        day, chance.choice((8, 9, 10, 12, 12, 13, 14, 16, 17, 19, 20, 20, 21)), chance.randint(0, 59)
    )


def _read(book: Book, learner: Learner, unit: CourseUnit, end: datetime) -> None:
    """A lesson read to its end: reading, check answers, completion and the hours it earns by the rule."""
    chance, version, person_id = book.chance, book.versions[unit.id], learner.person_id
    seconds = int(version.minutes * 60 * chance.uniform(0.65, 1.5))
    begun = end - timedelta(seconds=seconds + chance.randint(5, 90))
    day = clock.local(end).date()
    book.study(person_id, day, seconds)
    again = clock.local(end).date() + timedelta(days=chance.randint(2, 20))
    beat_at = end
    if chance.random() < 0.3 and again <= learner.ends_on:  # looked up again before an exam
        extra = chance.randint(120, 420)
        book.study(person_id, again, extra)
        seconds, beat_at = seconds + extra, _hour(chance, again)
    book.rows[LessonReading].append(
        _reading(
            person_id,
            unit,
            version,
            version.blocks,
            version.blocks,
            seconds,
            begun if beat_at == end else beat_at,
            beat_at,
        )
    )
    for check in version.checks:
        _check(book, person_id, version, check, end)
    book.rows[UnitCompletion].append(
        {
            "person_id": person_id, "unit_id": unit.id, "version_number": version.number, "source_kind": "lesson",
            "source_id": unit.code, "completed_at": end,
        }
    )  # fmt: skip
    _earn(book, person_id, unit, version, end)


def _earn(book: Book, person_id: int, unit: CourseUnit, version: LessonVersion, end: datetime) -> None:
    rule, day = book.lesson_rule, clock.local(end).date()
    before = book.counted.get((person_id, day), Decimal(0))
    earned = hour_rules.credit(version.minutes, rule.bands, rule.daily_maximum, before)
    book.counted[person_id, day] = before + earned.hours
    book.rows[HourEntry].append(
        {
            "person_id": person_id, "year": day.year, "occurred_on": day, "category": rule.category,
            "label": f"{unit.course.title}：{unit.title}"[:160], "minutes": version.minutes, "hours": earned.hours,
            "calculation": earned.calculation, "source_kind": "lesson", "source_id": unit.code, "rule_id": rule.id,
            "recorded_by": person_id, "recorded_at": end,
        }
    )  # fmt: skip


def _half_read(book: Book, person_id: int, unit: CourseUnit, at: datetime, share: float) -> None:
    """A lesson in the middle: the paragraph, and the seconds up to there."""
    version = book.versions[unit.id]
    block = max(2, min(version.blocks - 1, round(version.blocks * share)))
    seconds = int(version.minutes * 60 * share)
    book.study(person_id, clock.local(at).date(), seconds)
    begun = at - timedelta(seconds=seconds + 20)
    book.rows[LessonReading].append(_reading(person_id, unit, version, block, block, seconds, begun, at))


def _reading(
    person_id: int,
    unit: CourseUnit,
    version: LessonVersion,
    block: int,
    furthest: int,
    seconds: int,
    opened_at: datetime,
    beat_at: datetime,
) -> dict[str, Any]:
    return {
        "person_id": person_id, "unit_id": unit.id, "version_id": version.id, "block": block,
        "furthest_block": furthest, "seconds": seconds, "opened_at": opened_at, "beat_at": beat_at,
    }  # fmt: skip


def _check(book: Book, person_id: int, version: LessonVersion, check: dict[str, Any], end: datetime) -> None:
    """A 随堂一问 answered, four times of five rightly."""
    options = check["options"]
    right = [place for place, option in enumerate(options) if option["is_right"]]
    chosen = (
        right
        if book.chance.random() < 0.8
        else [book.chance.choice([n for n in range(len(options)) if n not in right] or right)]
    )
    book.rows[CheckAnswer].append(
        {
            "person_id": person_id, "version_id": version.id, "check_code": check["id"], "chosen": chosen,
            "is_right": set(chosen) == set(right), "answered_at": end - timedelta(seconds=book.chance.randint(40, 200)),
        }
    )  # fmt: skip


def _enrol(book: Book, learner: Learner, code: str, start: date, *, is_done: bool) -> None:
    """The course was assigned a few days before; who is not done has a day that is near, some have passed it."""
    due = start + timedelta(days=DAYS_TO_READ)
    if not is_done:
        due = book.today + timedelta(days=book.chance.choice(DUE))
    _note(book, learner, code, start - timedelta(days=book.chance.randint(0, 5)), due, is_done=is_done)


def _assigned(book: Book, learner: Learner, code: str) -> None:
    """Assigned and not begun."""
    if learner.ends_on >= book.today - timedelta(days=1):
        since = max(learner.starts_on, book.today - timedelta(days=book.chance.randint(12, 40)))
        due = book.today + timedelta(days=book.chance.choice(DUE))
        _note(book, learner, code, since, due)


def _remind(book: Book, learner: Learner, code: str, since: date, due: date) -> None:
    """A course that is not done: told when it was assigned, three days before its day, and the day after it."""
    title = book.courses[code].title
    words = f"请在 {due.month} 月 {due.day} 日前学完。课节按自己的时间学，进度随时保存。"
    steps = (
        (since, f"新课程：{title}", words),
        (due - timedelta(days=3), f"课程还有 3 天到期：{title}", "学完课节并通过结业测验才算完成。"),
        (due + timedelta(days=1), f"课程已过截止日期：{title}", "过期后仍可学完，请尽快安排；有困难告诉班组长。"),
    )
    for day, words_of_title, body in steps:
        at = clock.local_instant(day, 8, 40)
        if since <= day and at < book.now:
            book.notices.append((learner.person_id, at, words_of_title, body, "course", code))


def _note(book: Book, learner: Learner, code: str, since: date, due: date, *, is_done: bool = False) -> None:
    book.rows[Enrolment].append(
        {
            "person_id": learner.person_id, "course_id": book.courses[code].id,
            "started_at": min(clock.local_instant(since, 8, 30), book.now), "due_on": max(due, since), "is_assigned": True,
        }
    )  # fmt: skip
    if not is_done:
        _remind(book, learner, code, since, max(due, since))


def _main_person(book: Book, learner: Learner) -> None:
    """林晓岚: A3 since last year, B2 read, C1 half done with its fourth lesson open, and something read this week."""
    today, person_id = book.today, learner.person_id

    def read(code: str, days_ago: list[int], due: int) -> None:
        for unit, n in zip(book.lessons(code), days_ago, strict=False):
            _read(book, learner, unit, clock.local_instant(today - timedelta(days=n), 12 + n % 7, (n * 7) % 60))
        _note(
            book,
            learner,
            code,
            today - timedelta(days=days_ago[0] + 3),
            today + timedelta(days=due),
            is_done=code == "A3",
        )

    read("A3", [362, 360, 357, 355, 350, 347, 343], due=-320)
    book.ready.append((person_id, "A3", today - timedelta(days=340)))
    read("B2", [41, 36, 33, 27, 20, 13], due=6)
    book.ready.append((person_id, "B2", today - timedelta(days=6)))
    read("C1", [8, 4, 2], due=3)
    for row, days, minutes in zip(book.rows[LessonReading][-9:], (5, 4, 3, 2), (13, 11, 15, 9), strict=False):
        again = clock.local_instant(today - timedelta(days=days), 20, 15)  # B2 once more before the next attempt
        book.study(person_id, clock.local(again).date(), minutes * 60)
        row["opened_at"], row["beat_at"] = again - timedelta(minutes=minutes), again
        row["seconds"] += minutes * 60
    at = min(clock.local_instant(today - timedelta(days=1), 20, 40), book.now)
    _half_read(book, person_id, book.lessons("C1")[3], at, 0.45)
