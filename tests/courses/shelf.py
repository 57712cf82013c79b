"""A small library on disk, and the same loaded, for tests."""

from pathlib import Path

from courses.catalogue import queries
from courses.catalogue.actions import loading as actions
from courses.catalogue.models import Course, CourseUnit, UnitKind
from courses.hours import actions as hours
from lms.db import db

COURSE = """---
code: {code}
title: 接线入门
title_en: First calls
track: C
hours_target: 6
competencies: [K3, K5]
mandatory: {mandatory}
validity_months: 24
owner: 培训科
---
学完能接第一通电话。适合新到岗的坐席。
"""
LESSON = """---
id: {id}
title: {title}
minutes: {minutes}
competencies: [K3]
---
来电人只想说一遍。{extra}

## 先听完 {{#{id}-listen}}

听完再问。

:::要点
先定性，再记录。
:::

:::随堂一问 {id}-q1
来电人说「楼道着火了」，第一步做什么？

- [ ] 登记工单
- [x] 提醒避险并转 119
- [ ] 请他拍照

解析：正在发生的危险先转接。
:::
"""
EXAM = """---
code: {code}
title: 结业测验
minutes: 20
closes: {course}
---
说明。
"""


def lesson(id: str, title: str = "先听后问", minutes: int = 6, extra: str = "") -> str:  # noqa: A002
    return LESSON.format(id=id, title=title, minutes=minutes, extra=extra)


def write(folder: Path, code: str = "T1", *, lessons: int = 2, exam: bool = False, mandatory: bool = True) -> Path:
    """A course folder with that many lessons t1-one …; returns the library's folder."""
    course = folder / code
    (course / "lessons").mkdir(parents=True, exist_ok=True)
    (course / "course.md").write_text(COURSE.format(code=code, mandatory=str(mandatory).lower()), encoding="utf-8")
    for n in range(1, lessons + 1):
        name = course / "lessons" / f"{n:02}-step.md"
        name.write_text(lesson(f"{code.lower()}-step{n}", f"第 {n} 步"), encoding="utf-8")
    if exam:
        (course / "exam.md").write_text(EXAM.format(code=f"exam-{code.lower()}", course=code), encoding="utf-8")
    return folder


def loaded(folder: Path, code: str = "T1", *, exam: bool = False, **kwargs) -> Course:
    """Such a course in the database, with the hour rules; its exam is a bare unit, since exams belong to others."""
    hours.load_rules()
    actions.load_library(write(folder, code, **kwargs))
    course = queries.course(code)
    assert course is not None
    if exam:
        unit = CourseUnit(
            course=course, code=f"exam-{code.lower()}", kind=UnitKind.exam, position=9, title="结业测验", minutes=20
        )
        db.session.add(unit)
        db.session.flush()
    return course


def step(course: Course, n: int = 1) -> CourseUnit:
    """The n-th unit of a course."""
    return [unit for unit in course.units if not unit.is_retired][n - 1]
