"""Bring the courses in the database to what the library on disk says; learners keep the version they are in."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blinker import Signal

from courses.catalogue import events, library, queries, rules
from courses.catalogue.library import CourseSource, LessonSource, Library
from courses.catalogue.models import Course, CourseUnit, CourseVersion, LessonVersion, UnitKind
from courses.catalogue.rules import Fault, LibraryFaults
from lms import audit, clock, search
from lms.db import db
from lms.markdown.rendering import render_question
from lms.markdown.values import Rendered
from lms.policies import actions as policies
from lms.policies import queries as policy_queries
from lms.policies.queries import Registry

LIBRARY = library.FOLDER


@dataclass
class Report:
    """What loading did; names are codes."""

    courses: int = 0
    lessons: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    new_versions: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def read_library(folder: Path = LIBRARY) -> Library:
    """The library as files, rendered against the policy registry; its faults are in .faults. Writes nothing."""
    return library.prepare(library.read(folder), policy_queries.registry().cite)


def load_library(folder: Path = LIBRARY, *, prepared: Library | None = None) -> Report:
    """Load courses, lessons, units and exams; the same files again change nothing. With any fault LibraryFaults, and
    the caller's transaction must be rolled back. `prepared` is what read_library gave before the write began.
    """
    prepared = prepared or read_library(folder)
    known = {course.code: course for course in queries.courses()}
    faults = [*prepared.faults, *_taken(prepared, known)]
    if faults:
        raise LibraryFaults(faults)
    registry = policy_queries.registry()
    report = Report()
    for source in prepared.courses:
        course = _load_course(source, known.get(source.code), registry, report)
        faults += _announce(events.course_loaded, course, folder=source.folder, registry=registry)
    _close_missing(prepared, known, report)
    faults += _announce(events.library_loaded, prepared.folder, registry=registry)
    if faults:
        raise LibraryFaults(faults)
    if report.added or report.changed or report.closed:
        audit.record(
            "library.load",
            "library",
            "library",
            "课程库",
            added=report.added,
            changed=report.changed,
            new_versions=report.new_versions,
            retired=report.retired,
            closed=report.closed,
        )
    return report


def _announce(signal: Signal, sender: Any, **facts: Any) -> list[Fault]:
    """Send a signal; faults that a listener found in its files are gathered with ours."""
    try:
        signal.send(sender, **facts)
    except LibraryFaults as found:
        return found.faults
    return []


def _taken(prepared: Library, known: Mapping[str, Course]) -> Iterator[Fault]:
    """An id once given stays with its course and its kind for ever, retired or not."""
    owners = {unit.code: (code, unit.kind) for code, course in known.items() for unit in course.units}
    for source in prepared.courses:
        steps = [(lesson.page, "id", lesson.code, UnitKind.lesson) for lesson in source.lessons]
        if source.exam:
            steps.append((source.exam.page, "code", source.exam.code, UnitKind.exam))
        for page, name, code, kind in steps:
            owner = owners.get(code, (source.code, kind))
            if owner != (source.code, kind):
                sentence = f"{name}「{code}」以前已用在课程 {owner[0]}，不能再给别的课节用。请换一个编号。"
                yield Fault(page.file, page.line(name), sentence)


def _load_course(source: CourseSource, course: Course | None, registry: Registry, report: Report) -> Course:
    now = clock.now()
    is_new = course is None
    if course is None:
        course = Course(code=source.code, version=0, digest="", units=[])
        db.session.add(course)
    front = source.front
    summary = render_question(source.page.body, cite=registry.cite)
    values: dict[str, Any] = {
        "title": source.title,
        "title_en": source.title_en,
        "track": front["track"],
        "hours_target": rules.target_hours(front["hours_target"]),
        "competencies": list(front["competencies"]),
        "is_mandatory": bool(front.get("mandatory", False)),
        "validity_months": front["validity_months"],
        "owner": front["owner"].strip(),
        "summary_text": " ".join(source.page.body.split()),
    }
    contents: dict[str, Any] = {**values, "hours_target": str(values["hours_target"]), "units": []}
    for name, value in {**values, "summary_html": summary, "is_open": True}.items():
        setattr(course, name, value)
    if is_new:
        course.updated_at = now
    db.session.flush()
    present = {unit.code: unit for unit in course.units}
    versions = queries.current_versions(unit.id for unit in present.values())
    position = 0
    for position, lesson in enumerate(source.lessons, start=1):
        unit = _keep_unit(course, present.get(lesson.code), UnitKind.lesson, position, lesson)
        version = _keep_version(unit, versions.get(unit.id), lesson, report)
        contents["units"].append({"code": unit.code, "title": unit.title, "version": version.number})
        report.lessons += 1
    if source.exam:
        unit = _keep_unit(course, present.get(source.exam.code), UnitKind.exam, position + 1, source.exam)
        contents["units"].append({"code": unit.code, "title": unit.title, "digest": source.exam.page.digest})
    _retire(present, {unit["code"] for unit in contents["units"]}, report)
    report.courses += 1
    _keep_course_version(course, contents, report, is_new=is_new)
    search.put("course", course.code, course.title, course.summary_text)
    db.session.flush()
    db.session.refresh(course, ["units"])
    return course


def _keep_unit(
    course: Course, unit: CourseUnit | None, kind: UnitKind, position: int, source: LessonSource | library.ExamSource
) -> CourseUnit:
    if unit is None:
        unit = CourseUnit(course=course, code=source.code, kind=kind)
        db.session.add(unit)
    unit.position, unit.title, unit.title_en, unit.minutes = position, source.title, source.title_en, source.minutes
    unit.is_retired = False
    db.session.flush()
    return unit


def _keep_version(
    unit: CourseUnit, version: LessonVersion | None, lesson: LessonSource, report: Report
) -> LessonVersion:
    """The lesson's newest version: a new row when the text changed, refreshed when only the policies it shows did."""
    rendered = lesson.rendered
    assert rendered is not None, "a library is prepared before it is loaded"
    drawn = _drawn(rendered)
    if version is not None and version.digest == lesson.digest:
        if version.html != rendered.html:
            for name, value in drawn.items():
                setattr(version, name, value)
            report.refreshed.append(unit.code)
    else:
        number = version.number + 1 if version else 1
        version = LessonVersion(
            unit_id=unit.id,
            number=number,
            title=lesson.title,
            minutes=lesson.minutes,
            competencies=list(lesson.competencies),
            source=lesson.page.body,
            digest=lesson.digest,
            published_at=clock.now(),
            **drawn,
        )
        db.session.add(version)
        report.new_versions.append(unit.code)
        policies.set_citations("lesson", unit.code, [(one.ref, one.clause) for one in rendered.citations])
    search.put("lesson", unit.code, unit.title, rendered.text)
    return version


def _drawn(rendered: Rendered) -> dict[str, Any]:
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


def _retire(present: Mapping[str, CourseUnit], kept: set[str], report: Report) -> None:
    """Units that the files no longer hold leave the course; who completed them has still done so."""
    for code, unit in present.items():
        if code not in kept and not unit.is_retired:
            unit.is_retired = True
            report.retired.append(code)
            search.remove("lesson", [code])
            policies.set_citations("lesson", code, [])


def _keep_course_version(course: Course, contents: dict[str, Any], report: Report, *, is_new: bool) -> None:
    digest = hashlib.sha256(json.dumps(contents, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    if course.digest == digest:
        return
    course.digest, course.version, course.updated_at = digest, course.version + 1, clock.now()
    db.session.add(
        CourseVersion(course_id=course.id, number=course.version, contents=contents, published_at=course.updated_at)
    )
    (report.added if is_new else report.changed).append(course.code)


def _close_missing(prepared: Library, known: Mapping[str, Course], report: Report) -> None:
    """A course whose folder is gone is closed to newcomers; nothing of it is deleted."""
    there = {source.code for source in prepared.courses}
    for code, course in known.items():
        if code not in there and course.is_open:
            course.is_open = False
            report.closed.append(code)
            search.remove("course", [code])
            search.remove("lesson", [unit.code for unit in course.units])
