"""Verbs on courses and the order of their lessons, as trainers use them in the browser."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from courses.catalogue import queries, rules
from courses.catalogue.actions import publishing
from courses.catalogue.models import Course, CourseUnit, UnitKind
from lms import audit, clock, search
from lms.db import db
from lms.errors import Refused
from lms.markdown.rendering import render_question
from lms.policies import actions as policies
from lms.policies import queries as policy_queries


@dataclass(frozen=True)
class CourseFacts:
    """What a trainer says of a course; summary is Markdown on few lines."""

    title: str
    title_en: str
    track: str
    hours_target: Decimal
    competencies: tuple[str, ...]
    is_mandatory: bool
    validity_months: int
    owner: str
    needs_review: bool
    summary_text: str


def hold(course: Course) -> None:
    """Put those who change this course in a queue until the transaction ends."""
    db.session.execute(select(Course.id).where(Course.id == course.id).with_for_update())


def create(code: str, facts: CourseFacts) -> Course:
    """A new course, closed to learners until it is opened."""
    rules.check_new_code(code, is_taken=queries.course(code) is not None, pattern=rules.COURSE_CODE)
    now = clock.now()
    course = Course(code=code, version=0, digest="", units=[], is_local=True, is_open=False, updated_at=now)
    _apply(course, facts)
    course.edited_at = now
    db.session.add(course)
    db.session.flush()
    publishing.keep_course_version(course)
    audit.record("course.create", "course", code, course.title)
    return course


def change(course: Course, facts: CourseFacts) -> bool:
    """Change what is said of a course; False when nothing is different."""
    hold(course)
    before = {name: getattr(course, name) for name in asdict(facts)}
    _apply(course, facts)
    after = {name: getattr(course, name) for name in asdict(facts)}
    changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if not changed:
        return False
    _touch(course)
    if course.is_open:
        search.put("course", course.code, course.title, course.summary_text)
    audit.record(
        "course.edit",
        "course",
        course.code,
        course.title,
        before={name: pair[0] for name, pair in changed.items()},
        after={name: pair[1] for name, pair in changed.items()},
    )
    return True


def _apply(course: Course, facts: CourseFacts) -> None:
    values: dict[str, Any] = asdict(facts)
    values["competencies"] = list(facts.competencies)
    values["summary_text"] = " ".join(facts.summary_text.split())
    if course.summary_text != values["summary_text"] or not course.summary_html:
        course.summary_html = render_question(facts.summary_text, cite=policy_queries.registry().cite)
    for name, value in values.items():
        setattr(course, name, value)


def _touch(course: Course) -> None:
    """Note that the browser said something of the course itself, so that loading its file asks first."""
    course.edited_at = clock.now()
    db.session.flush()
    publishing.keep_course_version(course)


def set_open(course: Course, *, is_open: bool) -> None:
    """Open a course to learners, or close it to newcomers; who is in it may finish."""
    hold(course)
    if course.is_open == is_open:
        return
    if is_open:
        rules.check_may_open(sum(u.kind == UnitKind.lesson and not u.is_retired for u in course.units))
        search.put("course", course.code, course.title, course.summary_text)
    else:
        search.remove("course", [course.code])
    course.is_open = is_open
    _touch(course)
    audit.record("course.open" if is_open else "course.close", "course", course.code, course.title)


def add_lesson(course: Course, code: str, title: str) -> CourseUnit:
    """A new lesson at the end, before the exam; learners meet it when its first text is published."""
    hold(course)
    rules.check_new_code(code, is_taken=queries.unit(code) is not None, pattern=rules.UNIT_CODE)
    unit = CourseUnit(
        course=course,
        code=code,
        kind=UnitKind.lesson,
        position=0,
        title=title,
        minutes=1,
        is_retired=True,
        is_local=True,
    )
    db.session.add(unit)
    db.session.flush()
    _place(course, [one.id for one in lessons(course) if one.id != unit.id] + [unit.id])
    _touch(course)
    audit.record("lesson.create", "lesson", code, title, course=course.code)
    return unit


def lessons(course: Course) -> list[CourseUnit]:
    """A course's lessons in order, those that learners do not see included."""
    return sorted((u for u in course.units if u.kind == UnitKind.lesson), key=lambda unit: (unit.position, unit.id))


def _place(course: Course, ids: list[int]) -> None:
    """Give the lessons their places in that order, the exam after them."""
    for unit in course.units:
        unit.position = ids.index(unit.id) + 1 if unit.id in ids else len(ids) + 1
    db.session.flush()


def move_lesson(unit: CourseUnit, step: int) -> bool:
    """Move a lesson one place up (-1) or down (1) among those its learners see; False at the end of the list."""
    course = unit.course
    hold(course)
    everything = lessons(course)
    shown = [str(one.id) for one in everything if one.is_retired == unit.is_retired]
    order = rules.moved(shown, str(unit.id), step)
    if order == shown:
        return False
    wanted = iter(order)
    _place(course, [int(next(wanted)) if one.is_retired == unit.is_retired else one.id for one in everything])
    _touch(course)
    audit.record("lesson.move", "lesson", unit.code, unit.title, step=step)
    return True


def set_retired(unit: CourseUnit, *, is_retired: bool) -> None:
    """Take a lesson out of its course, or bring it back; who completed it has still done so."""
    hold(unit.course)
    if unit.is_retired == is_retired:
        return
    version = queries.current_version(unit.id)
    if version is None:
        raise Refused("这一节还没有发布过。写好正文、发布第一版，学员就能看到。")
    unit.is_retired = is_retired
    if is_retired:
        publishing.hide_lesson(unit)
        policies.set_citations("lesson", unit.code, [])
    else:
        publishing.bring_back(unit, version)
    _touch(unit.course)
    audit.record("lesson.retire" if is_retired else "lesson.bring_back", "lesson", unit.code, unit.title)
