"""The demo's learning: who read which lesson when, and who is in the middle."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, CourseVersion, LessonVersion
from courses.hours import queries as hour_queries
from courses.progress.demo_book import ROWS, Book, Learner, enrol, half_read, hour, read
from courses.progress.models import LessonReading, StudyDay, UnitCompletion
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import Spell

WINDOW_DAYS = 275  # nine months
COURSES = ("C1", "B2", "A3")
MAIN = "A1037"
NEWCOMER = "A1186"
WHOLE = 40  # more lessons than there are


def load(demo: Demo) -> Iterator[str]:
    """Readings, completed lessons with their hours, and study days; fills demo.notes["ready"]."""
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
        at, row = hour(chance, book.today - timedelta(days=back)), chance.choice(known)
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
                half_read(book, learner.person_id, unit, hour(chance, yesterday), chance.uniform(0.2, 0.8))
            break
        if done == most:
            if chance.random() < 0.8:
                half_read(book, learner.person_id, unit, hour(chance, day), chance.uniform(0.2, 0.8))
            break
        read(book, learner, unit, hour(chance, day))
        done += 1
    is_done = done == len(lessons)
    enrol(book, learner, code, start - timedelta(days=chance.randint(0, 5)))
    if is_done:
        book.ready.append((learner.person_id, code, day))
    return day + timedelta(days=chance.randint(3, 12))


def _next_study_day(chance: random.Random, day: date, pace: int) -> date:
    """Some days on; Sundays are free, and after a week of duty a rest of several days."""
    day += timedelta(days=chance.randint(1, pace) + (chance.randint(4, 9) if chance.random() < 0.12 else 0))
    return day + timedelta(days=1) if day.weekday() == 6 else day


def _main_person(book: Book, learner: Learner) -> None:
    """林晓岚: A3 since last year, B2 read, C1 half done with its fourth lesson open, and something read this week."""
    today, person_id = book.today, learner.person_id

    def course(code: str, days_ago: list[int]) -> None:
        for unit, n in zip(book.lessons(code), days_ago, strict=False):
            read(book, learner, unit, clock.local_instant(today - timedelta(days=n), 12 + n % 7, (n * 7) % 60))
        enrol(book, learner, code, today - timedelta(days=days_ago[0] + 3))

    course("A3", [362, 360, 357, 355, 350, 347, 343])
    book.ready.append((person_id, "A3", today - timedelta(days=340)))
    course("B2", [41, 36, 33, 27, 20, 13])
    book.ready.append((person_id, "B2", today - timedelta(days=6)))
    course("C1", [8, 4, 2])
    for row, days, minutes in zip(book.rows[LessonReading][-9:], (5, 4, 3, 2), (13, 11, 15, 9), strict=False):
        again = clock.local_instant(today - timedelta(days=days), 20, 15)  # B2 once more before the next attempt
        book.study(person_id, clock.local(again).date(), minutes * 60)
        row["opened_at"], row["beat_at"] = again - timedelta(minutes=minutes), again
        row["seconds"] += minutes * 60
    at = min(clock.local_instant(today - timedelta(days=1), 20, 40), book.now)
    half_read(book, person_id, book.lessons("C1")[3], at, 0.45)


def load_versions(demo: Demo) -> Iterator[str]:
    """Who read a lesson after a new version of it came out has read that version."""
    later = db.session.scalars(select(LessonVersion).where(LessonVersion.number > 1).order_by(LessonVersion.id)).all()
    for version in later:
        db.session.execute(
            update(UnitCompletion)
            .where(UnitCompletion.unit_id == version.unit_id, UnitCompletion.completed_at >= version.published_at)
            .values(version_number=version.number)
        )
        db.session.execute(
            update(LessonReading)
            .where(LessonReading.unit_id == version.unit_id, LessonReading.opened_at >= version.published_at)
            .values(version_id=version.id, block=1, furthest_block=version.blocks)
        )
    yield f"读过新版本的人对上版本：{len(later)} 个版本，截至 {demo.today}"
