"""What a learner does: take up a course, read, answer, finish."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, CourseUnit, LessonVersion, UnitKind
from courses.hours import actions as hours
from courses.hours import queries as hour_queries
from courses.progress import events, queries, rules
from courses.progress.models import (
    CheckAnswer,
    CourseCompletion,
    Enrolment,
    LessonReading,
    StudyDay,
    UnitCompletion,
)
from lms import audit, clock
from lms.db import db
from lms.errors import Refused


def enrol(person_id: int, course: Course) -> Enrolment:
    """Take up a course; a second time changes nothing."""
    hours.hold_person(person_id)
    found = queries.enrolment(person_id, course.id)
    if found is None:
        rules.check_may_enrol(is_open=course.is_open)
        found = Enrolment(person_id=person_id, course_id=course.id, started_at=clock.now())
        db.session.add(found)
        db.session.flush()
    return found


def open_lesson(person_id: int, unit: CourseUnit) -> LessonReading:
    """Begin or go on with a lesson. Who is in the middle of one keeps its version; who had finished gets the newest."""
    hours.hold_person(person_id)
    now = clock.now()
    found = queries.reading(person_id, unit.id)
    if found is None:
        found = _begin(person_id, unit)
    elif queries.unit_completion(person_id, unit.id) is not None:
        newest = catalogue.current_version(unit.id)
        if newest is not None and newest.id != found.version_id:
            found.version, found.block, found.furthest_block = newest, 1, newest.blocks
    found.opened_at = found.beat_at = now
    db.session.flush()
    return found


def _begin(person_id: int, unit: CourseUnit) -> LessonReading:
    version = catalogue.current_version(unit.id) if unit.kind == UnitKind.lesson else None
    if version is None or unit.is_retired or not unit.course.is_open:
        raise Refused("这一节已经不在课程里，不能再开始；以前的学习记录都在。")
    enrol(person_id, unit.course)
    now = clock.now()
    found = LessonReading(
        person_id=person_id,
        unit_id=unit.id,
        version=version,
        block=1,
        furthest_block=1,
        seconds=0,
        opened_at=now,
        beat_at=now,
    )
    db.session.add(found)
    return found


def beat(
    reading: LessonReading, block: int | None = None, *, furthest: int | None = None, resumed: bool = False
) -> LessonReading:
    """A sign that the lesson is being read at a block, and has been seen up to the furthest. Seconds are counted by the server's clock; a page that was
    hidden says resumed, and the time in between earns nothing.
    """
    now = clock.now()
    hours.hold_person(reading.person_id)
    _credit(reading, now, 0 if resumed else rules.LONGEST_GAP)
    _reach(reading, block, furthest)
    db.session.flush()
    return reading


def _credit(reading: LessonReading, at: datetime, longest: int) -> None:
    """Add what passed since the person's last sign of life in any lesson, so that two tabs share the time."""
    previous = queries.last_sign(reading.person_id) or reading.beat_at
    earned = rules.credited(previous, at, longest, reading.seconds, reading.version.minutes)
    reading.beat_at = max(at, reading.beat_at)
    if not earned:
        return
    reading.seconds += earned
    day = clock.local(at).date()
    studied = queries.study_day(reading.person_id, day)
    if studied is None:
        studied = StudyDay(person_id=reading.person_id, day=day, seconds=0)
        db.session.add(studied)
    studied.seconds += earned


def _reach(reading: LessonReading, block: int | None, furthest: int | None) -> None:
    blocks = reading.version.blocks
    if block is not None:
        reading.block = rules.clamped(block, blocks)
    seen = [rules.clamped(one, blocks) for one in (block, furthest) if one is not None]
    reading.furthest_block = max([reading.furthest_block, *seen])


def answer_check(reading: LessonReading, check: str, chosen: Sequence[int]) -> CheckAnswer:
    """Keep an answer to a 随堂一问 (positions of options); it is not scored, and may be given again."""
    asked = next((one for one in reading.version.checks if one["id"] == check), None)
    if asked is None:
        raise Refused("这道随堂一问不在你读的这一版里。刷新页面后再答。")
    options = asked["options"]
    positions = rules.checked_choice(chosen, len(options), is_multiple=asked["is_multiple"])
    right = [position for position, option in enumerate(options) if option["is_right"]]
    hours.hold_person(reading.person_id)
    now = clock.now()
    _credit(reading, now, rules.longest_gap(reading.opened_at, reading.beat_at, reading.version.minutes))
    answer = CheckAnswer(
        person_id=reading.person_id,
        version_id=reading.version_id,
        check_code=check,
        chosen=positions,
        is_right=rules.is_right(positions, right),
        answered_at=now,
    )
    db.session.add(answer)
    db.session.flush()
    return answer


def finish_lesson(person_id: int, unit: CourseUnit, furthest: int | None = None) -> UnitCompletion:
    """Finish a lesson that has been read; refused with what is missing. Once done it stays done. furthest is the last
    block that a page with script has shown; None from a page without.
    """
    hours.hold_person(person_id)
    known = queries.unit_completion(person_id, unit.id)
    if known is not None:
        return known
    reading = queries.reading(person_id, unit.id)
    if reading is None:
        raise Refused("这一节还没有打开读过。先打开课节，读完再点「学完本节」。")
    now = clock.now()
    has_script = furthest is not None or reading.beat_at > reading.opened_at
    longest = rules.LONGEST_GAP if has_script else reading.version.minutes * rules.MINUTE
    _credit(reading, now, longest)
    _reach(reading, None, furthest)
    db.session.flush()
    check_may_finish(reading, has_script=has_script)
    reading.furthest_block = reading.version.blocks
    return complete_unit(person_id, unit, source=("lesson", unit.code), version=reading.version)


def check_may_finish(reading: LessonReading, *, has_script: bool) -> None:
    """Ask the completion rule with the share of time that holds today."""
    version = reading.version
    rule = hour_queries.rule("lesson", clock.today())
    codes = tuple(one["id"] for one in version.checks)
    facts = rules.Reading(
        furthest=reading.furthest_block,
        blocks=version.blocks,
        seconds=reading.seconds,
        minutes=version.minutes,
        checks=codes,
        answered=frozenset(queries.check_answers(reading.person_id, version.id)),
        has_script=has_script,
    )
    rules.check_may_finish(facts, rule.minimum_share if rule else Decimal(0))


def complete_unit(
    person_id: int, unit: CourseUnit, source: tuple[str, object], version: LessonVersion | None = None
) -> UnitCompletion:
    """Note that a unit is done and by what; a lesson earns its hours, the last unit completes the course. A second
    time changes nothing. version is the text that was read.
    """
    hours.hold_person(person_id)
    known = queries.unit_completion(person_id, unit.id)
    now = clock.now()
    if known is None:
        _note_enrolment(person_id, unit.course)
        known = UnitCompletion(
            person_id=person_id,
            unit_id=unit.id,
            unit=unit,
            version_number=version.number if version else None,
            source_kind=source[0],
            source_id=str(source[1]),
            completed_at=now,
        )
        db.session.add(known)
        db.session.flush()
        if unit.kind == UnitKind.lesson:
            hours.credit(
                person_id,
                "lesson",
                version.minutes if version else unit.minutes,
                source=("lesson", unit.code),
                label=f"{unit.course.title}：{unit.title}",
                occurred_on=clock.local(now).date(),
            )
        events.unit_completed.send(known)
    _complete_course(person_id, unit.course)
    return known


def withdraw_unit(
    person_id: int, unit: CourseUnit, source: tuple[str, object], reason: str, withdrawn_by: int | None = None
) -> UnitCompletion | None:
    """Undo a unit whose proof has fallen, and every completion of its course since; the lines stay and count no more.

    None where the unit is not done, or is done by something else than this source: then nothing changes.
    """
    hours.hold_person(person_id)
    known = queries.unit_completion(person_id, unit.id)
    if known is None or (known.source_kind, known.source_id) != (source[0], str(source[1])):
        return None
    now, who = clock.now(), withdrawn_by or audit.actor().person_id
    later = [
        one for one in queries.course_completions(person_id, unit.course_id) if one.completed_at >= known.completed_at
    ]
    falling: list[UnitCompletion | CourseCompletion] = [known, *later]
    for fallen in falling:
        fallen.withdrawn_at, fallen.withdrawn_by, fallen.withdrawn_reason = now, who, reason[:300]
    db.session.flush()
    audit.record(
        "unit.withdraw", "course", unit.course.code, f"{unit.course.title}：{unit.title}",
        person=person_id, source=f"{source[0]}:{source[1]}", reason=reason, course_completions=len(later),
    )  # fmt: skip
    return known


def _note_enrolment(person_id: int, course: Course) -> None:
    """Have an enrolment even in a course that was closed meanwhile, so that what is done is never without one."""
    if queries.enrolment(person_id, course.id) is None:
        db.session.add(Enrolment(person_id=person_id, course_id=course.id, started_at=clock.now()))
        db.session.flush()


def _complete_course(person_id: int, course: Course) -> CourseCompletion | None:
    """Stamp the course when its last unit is done: once, and again in a later version that asked for more."""
    wanted: Iterable[int] = [unit.id for unit in course.units if not unit.is_retired]
    done = queries.units_done(person_id, course.id)
    if not rules.is_complete(wanted, done):
        return None
    earlier = queries.course_completions(person_id, course.id)
    newest_unit = queries.newest_completion(person_id, wanted)
    if earlier and earlier[-1].course_version == course.version:
        return None
    if earlier and newest_unit is not None and newest_unit <= earlier[-1].completed_at:
        return None
    completion = CourseCompletion(
        person_id=person_id,
        course_id=course.id,
        course=course,
        course_version=course.version,
        completed_at=clock.now(),
    )
    db.session.add(completion)
    db.session.flush()
    events.course_completed.send(completion)
    return completion
