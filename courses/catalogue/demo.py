"""The demo's lessons in work: one draft begun, one that waits for a colleague, two with a history."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

from courses.catalogue import queries
from courses.catalogue.actions import drafts
from courses.catalogue.models import CourseUnit, LessonVersion
from courses.catalogue.rules import LessonText
from lms import audit, clock
from lms.demo import Demo

AUTHOR, COLLEAGUE = "T2001", "T2002"
HISTORY = (
    ("c1-mandate", "补上来电人说打错号码时的说法", 62, AUTHOR, COLLEAGUE, "不用再打别的号码。", "不用再打别的号码，也不用再说一遍。"),
    ("c1-mandate", "把「接住」说得更清楚", 18, COLLEAGUE, AUTHOR, "该接的接住，", "该接的先接住，"),
    ("b2-accept", "开头换成一句话的提醒", 33, AUTHOR, None, None, None),
)  # fmt: skip
REVIEWED = ("a3-classify", "加一条易错：表格转发前先看分级")
STARTED = "c1-callback"
MISTAKE = "\n:::易错\n转发表格之前没有看分级，事后才补标。先看分级，再决定能不能转。\n:::\n"


def load(demo: Demo) -> Iterator[str]:
    """Versions published over the last weeks by two trainers, then drafts of this week."""
    for code, note, days, author, reviewer, old, new in HISTORY:
        unit = _unit(code)
        text = drafts.begun_text(unit)
        source = text.source.replace(old, new, 1) if old and new else f"先记住一句：听清楚再决定受理。\n\n{text.source}"
        _publish(demo, unit, _with(text, source), note, days, author, reviewer)
    code, note = REVIEWED
    unit = _unit(code)
    text = drafts.begun_text(unit)
    before, mark, after = text.source.partition("\n:::随堂一问")
    with _as(demo, COLLEAGUE):
        row = drafts.save(unit, _with(text, f"{before.rstrip()}\n{MISTAKE}{mark}{after}"), unit.saves)
        assert row is not None
        drafts.submit(unit, drafts.prepare(unit, row), row.revision, note)
    unit = _unit(STARTED)
    text = drafts.begun_text(unit)
    with _as(demo, AUTHOR):
        drafts.save(unit, _with(text, f"{text.source.rstrip()}\n\n## 回访时被反问\n\n"), unit.saves)
    yield f"课节：{len(HISTORY)} 个新版本，1 份草稿，1 份等待审阅"


def _unit(code: str) -> CourseUnit:
    unit = queries.unit(code)
    assert unit is not None, f"课程库里没有 {code}"
    return unit


def _with(text: LessonText, source: str) -> LessonText:
    return LessonText(text.title, text.title_en, text.minutes, text.competencies, source)


def _as(demo: Demo, number: str) -> AbstractContextManager[None]:
    person = demo.people[number]
    return audit.acting_as(person.id, person.name, "demo")


def _publish(
    demo: Demo, unit: CourseUnit, text: LessonText, note: str, days: int, author: str, reviewer: str | None
) -> LessonVersion:
    with _as(demo, author):
        row = drafts.save(unit, text, unit.saves)
        assert row is not None
        ready = drafts.prepare(unit, row)
        if reviewer is None:
            version = drafts.publish(unit, ready, row.revision, note)
        else:
            drafts.submit(unit, ready, row.revision, note)
    if reviewer is not None:
        with _as(demo, reviewer):
            version = drafts.publish(unit, ready, row.revision, note)
    version.published_at = clock.local_instant(demo.today - timedelta(days=days), 9 + demo.chance.randint(0, 6))
    course = unit.course
    noted = queries.course_version(course.id, course.version)
    assert noted is not None
    noted.published_at = course.updated_at = version.published_at
    return version
