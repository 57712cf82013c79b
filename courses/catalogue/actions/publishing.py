"""What every new text of a lesson brings with it, whoever wrote it: version, search, citations, the course's version."""

import hashlib
import json
from typing import Any

from sqlalchemy import select

from courses.catalogue import queries, rules
from courses.catalogue.models import Course, CourseUnit, CourseVersion, LessonVersion, UnitKind, VersionOrigin
from courses.catalogue.rules import LessonText
from lms import clock, search
from lms.audit import Actor
from lms.db import db
from lms.markdown.rendering import render
from lms.markdown.values import Rendered
from lms.policies import actions as policies

NOBODY = Actor(None, "", "")
COURSE_VALUES = (
    "title", "title_en", "track", "competencies", "is_mandatory", "validity_months", "owner", "summary_text",
)  # fmt: skip


def drawn(rendered: Rendered) -> dict[str, Any]:
    """The columns of a version that come from rendering."""
    return {
        "html": rendered.html,
        "text": rendered.text,
        "headings": [{"id": one.id, "title": one.title, "level": one.level} for one in rendered.headings],
        "checks": [
            {
                "id": check.id,
                "stem_html": check.stem_html,
                "options": [{"text_html": o.text_html, "is_right": o.is_right} for o in check.options],
                "explanation_html": check.explanation_html,
                "is_multiple": check.is_multiple,
            }
            for check in rendered.checks
        ],
        "blocks": rendered.blocks,
    }


def add_version(
    unit: CourseUnit,
    number: int,
    text: LessonText,
    rendered: Rendered,
    *,
    origin: VersionOrigin,
    note: str = "",
    author: Actor = NOBODY,
    reviewer: Actor = NOBODY,
) -> LessonVersion:
    """A new text of a lesson; its unit bears the same title and length, search and the policy library know it."""
    minutes = text.minutes or rules.reading_minutes(rendered.characters, len(rendered.checks))
    version = LessonVersion(
        unit_id=unit.id,
        number=number,
        title=text.title,
        title_en=text.title_en,
        minutes=minutes,
        competencies=list(text.competencies),
        source=text.source,
        digest=rules.text_digest(text.title, minutes, text.competencies, text.source),
        published_at=clock.now(),
        origin=origin,
        note=note,
        author_id=author.person_id,
        author=author.label[:80],
        reviewer_id=reviewer.person_id,
        reviewer=reviewer.label[:80],
        **drawn(rendered),
    )
    db.session.add(version)
    unit.title, unit.title_en, unit.minutes = text.title, text.title_en, minutes
    policies.set_citations("lesson", unit.code, [(one.ref, one.clause) for one in rendered.citations])
    db.session.flush()
    return version


def show_lesson(unit: CourseUnit, text: str) -> None:
    """Let search find a lesson that learners can open."""
    search.put("lesson", unit.code, unit.title, text)


def hide_lesson(unit: CourseUnit) -> None:
    """Take a lesson out of search."""
    search.remove("lesson", [unit.code])


def keep_course_version(course: Course, exam_digest: str | None = None) -> bool:
    """Note what a course consists of now, if that is something new; True when it was. exam_digest: of the exam's file,
    None where no file was read, so that the one known stays.
    """
    units = db.session.scalars(
        select(CourseUnit)
        .where(CourseUnit.course_id == course.id, CourseUnit.is_retired.is_(False))
        .order_by(CourseUnit.position, CourseUnit.id)
    ).all()
    versions = queries.current_versions(unit.id for unit in units)
    before = queries.course_version(course.id, course.version)
    known = {one["code"]: one.get("digest", "") for one in before.contents["units"]} if before else {}
    contents: dict[str, Any] = {name: getattr(course, name) for name in COURSE_VALUES}
    contents["hours_target"] = f"{course.hours_target:.2f}"
    contents["units"] = [
        {"code": unit.code, "title": unit.title, "version": versions[unit.id].number}
        if unit.id in versions
        else {"code": unit.code, "title": unit.title, "digest": exam_digest or known.get(unit.code, "")}
        for unit in units
        if unit.id in versions or unit.kind == UnitKind.exam
    ]
    digest = hashlib.sha256(json.dumps(contents, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    if course.digest == digest:
        return False
    course.digest, course.version, course.updated_at = digest, course.version + 1, clock.now()
    db.session.add(
        CourseVersion(course_id=course.id, number=course.version, contents=contents, published_at=course.updated_at)
    )
    db.session.flush()
    return True


def bring_back(unit: CourseUnit, version: LessonVersion) -> None:
    """Let search and the policy library know a lesson again that had been retired."""
    show_lesson(unit, version.text)
    policies.set_citations("lesson", unit.code, [(one.ref, one.clause) for one in render(version.source).citations])
