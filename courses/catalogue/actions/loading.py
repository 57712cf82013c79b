"""Bring the courses in the database to what the library on disk says; what was edited in the browser stays unless the
caller prefers files, and learners keep the version they are in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from blinker import Signal

from courses.catalogue import events, library, queries, rules
from courses.catalogue.actions.publishing import add_version, drawn, hide_lesson, keep_course_version, show_lesson
from courses.catalogue.library import CourseSource, ExamSource, LessonSource, Library
from courses.catalogue.models import Course, CourseUnit, LessonVersion, UnitKind, VersionOrigin
from courses.catalogue.rules import Fault, LessonText, LibraryFaults
from lms import audit, clock, search
from lms.db import db
from lms.markdown.rendering import render, render_question
from lms.markdown.values import Rendered
from lms.policies import actions as policies
from lms.policies import queries as policy_queries
from lms.policies.queries import Registry

LIBRARY = library.FOLDER
Prefer = Literal["files", "browser"]


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
    kept: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)


def read_library(folder: Path = LIBRARY) -> Library:
    """The library as files, rendered against the policy registry; its faults are in .faults. Writes nothing."""
    cite = policy_queries.registry().cite
    written = {one.id: render(one.source, cite=cite) for one in queries.browser_versions()}
    return replace(library.prepare(library.read(folder), cite), written=written)


def load_library(folder: Path = LIBRARY, *, prepared: Library | None = None, prefer: Prefer | None = None) -> Report:
    """Load courses, lessons, units and exams; the same files again change nothing. Where the browser and the file both
    changed, the browser's stays and .kept names it; prefer decides: "files" makes the file's text the newest version,
    "browser" stops telling. With any fault LibraryFaults, and the caller's transaction must be rolled back. `prepared`
    is what read_library gave before the write began.
    """
    prepared = prepared or read_library(folder)
    known = {course.code: course for course in queries.courses()}
    faults = [*prepared.faults, *_taken(prepared, known)]
    if faults:
        raise LibraryFaults(faults)
    registry = policy_queries.registry()
    report = Report()
    for source in prepared.courses:
        course = _load_course(source, known.get(source.code), registry, report, prefer)
        faults += _announce(events.course_loaded, course, folder=source.folder, registry=registry)
    _refresh_written(prepared, report)
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
            kept=report.kept,
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


def _load_course(
    source: CourseSource, course: Course | None, registry: Registry, report: Report, prefer: Prefer | None
) -> Course:
    is_new = course is None
    if course is None:
        course = Course(code=source.code, version=0, digest="", units=[])
        db.session.add(course)
    takes = _takes_course(source, course, report, prefer)
    if takes:
        _apply(source, course, registry)
        if is_new:
            course.updated_at = clock.now()
    db.session.flush()
    present = {unit.code: unit for unit in course.units}
    versions = queries.current_versions(unit.id for unit in present.values())
    place = _Places(course, keeps=not takes)
    for lesson in source.lessons:
        unit = place.take(course, present.get(lesson.code), UnitKind.lesson, lesson)
        _load_lesson(unit, versions.get(unit.id), lesson, report, prefer)
        report.lessons += 1
    exam = place.take(course, present.get(source.exam.code), UnitKind.exam, source.exam) if source.exam else None
    if takes:
        kept = {lesson.code for lesson in source.lessons} | ({source.exam.code} if source.exam else set())
        _retire(present, kept, report)
    place.close(exam)
    report.courses += 1
    db.session.flush()
    if keep_course_version(course, source.exam.page.digest if source.exam else None):
        (report.added if is_new else report.changed).append(course.code)
    if course.is_open:
        search.put("course", course.code, course.title, course.summary_text)
    db.session.flush()
    db.session.refresh(course, ["units"])
    return course


def _takes_course(source: CourseSource, course: Course, report: Report, prefer: Prefer | None) -> bool:
    """Whether the file decides on a course's values and order: unless somebody changed them in the browser."""
    digest = source.digest
    changed, course.source_digest = course.source_digest != digest, digest
    if course.edited_at is None:
        return True
    if not changed:
        return False
    if prefer == "files":
        course.edited_at = None
        return True
    if prefer is None:
        course.source_digest = ""  # told again until somebody decides
        report.kept.append(course.code)
    return False


def _apply(source: CourseSource, course: Course, registry: Registry) -> None:
    front = source.front
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
        "summary_html": render_question(source.page.body, cite=registry.cite),
        "is_open": True,
        "is_local": False,
    }
    for name, value in values.items():
        setattr(course, name, value)


class _Places:
    """Gives the units of a course their places: the file's order, or, with keeps, the browser's and new ones after."""

    def __init__(self, course: Course, *, keeps: bool) -> None:
        self.keeps = keeps
        self.course = course
        lessons = [unit.position for unit in course.units if unit.kind == UnitKind.lesson]
        self.last = max(lessons, default=0) if keeps else 0

    def take(
        self, course: Course, unit: CourseUnit | None, kind: UnitKind, source: LessonSource | ExamSource
    ) -> CourseUnit:
        """The unit of a source, in its place; a lesson's title follows with its text."""
        is_new = unit is None
        if unit is None:
            unit = CourseUnit(course=course, code=source.code, kind=kind)
            db.session.add(unit)
        if is_new or not self.keeps:
            self.last += 1
            unit.position, unit.is_retired = self.last, False
        if is_new or kind == UnitKind.exam:
            unit.title, unit.title_en, unit.minutes = source.title, source.title_en, source.minutes
        unit.is_local = False
        db.session.flush()
        return unit

    def close(self, exam: CourseUnit | None) -> None:
        """Lessons that no file knows stand after those of the files, the exam last."""
        for unit in sorted(self.course.units, key=lambda unit: unit.position):
            if unit.is_local and not self.keeps:
                self.last += 1
                unit.position = self.last
        if exam is not None:
            exam.position = self.last + 1
            exam.is_retired = False


def _load_lesson(
    unit: CourseUnit, version: LessonVersion | None, lesson: LessonSource, report: Report, prefer: Prefer | None
) -> None:
    """The file's text becomes the newest version when it changed, unless the newest was written in the browser and
    nobody said that files come first; it is refreshed when only the policies it shows did.
    """
    rendered = lesson.rendered
    assert rendered is not None, "a library is prepared before it is loaded"
    known, changed = lesson.digest, unit.source_digest != lesson.digest
    if version is not None and version.digest == lesson.digest:
        unit.title_en = lesson.title_en
        refresh(unit, version, rendered, report)
    elif version is not None and version.origin == VersionOrigin.browser and (not changed or prefer != "files"):
        if changed and prefer is None:
            known = unit.source_digest  # told again until somebody decides
            report.kept.append(unit.code)
    else:
        text = LessonText(lesson.title, lesson.title_en, lesson.minutes, tuple(lesson.competencies), lesson.page.body)
        number = version.number + 1 if version else 1
        add_version(unit, number, text, rendered, origin=VersionOrigin.library)
        report.new_versions.append(unit.code)
        if queries.draft(unit.id) is not None:
            report.drafts.append(unit.code)
        elif version is not None:
            unit.saves += 1
        if not unit.is_retired:
            show_lesson(unit, rendered.text)
    unit.source_digest = known


def refresh(unit: CourseUnit, version: LessonVersion, rendered: Rendered, report: Report) -> None:
    """Draw a stored text again where the policies it shows have changed."""
    if version.html != rendered.html:
        for name, value in drawn(rendered).items():
            setattr(version, name, value)
        report.refreshed.append(unit.code)
    if not unit.is_retired:
        show_lesson(unit, rendered.text)


def _retire(present: Mapping[str, CourseUnit], kept: set[str], report: Report) -> None:
    """Units that the files no longer hold leave the course, but not those made in the browser; who completed them has
    still done so.
    """
    for code, unit in present.items():
        if code not in kept and not unit.is_retired and not unit.is_local:
            unit.is_retired = True
            report.retired.append(code)
            hide_lesson(unit)
            policies.set_citations("lesson", code, [])


def _refresh_written(prepared: Library, report: Report) -> None:
    """Texts written in the browser show the policies as they are now, too."""
    for version in queries.browser_versions():
        rendered = prepared.written.get(version.id)
        if rendered is not None:
            refresh(version.unit, version, rendered, report)


def _close_missing(prepared: Library, known: Mapping[str, Course], report: Report) -> None:
    """A course whose folder is gone is closed to newcomers; nothing of it is deleted."""
    there = {source.code for source in prepared.courses}
    for code, course in known.items():
        if code not in there and course.is_open and not course.is_local:
            course.is_open = False
            report.closed.append(code)
            search.remove("course", [code])
            search.remove("lesson", [unit.code for unit in course.units])
