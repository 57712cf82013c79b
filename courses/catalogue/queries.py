"""Reads of courses, units, lesson versions, drafts and pictures."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from courses.catalogue.models import (
    Course,
    CourseUnit,
    CourseVersion,
    DraftCopy,
    DraftState,
    LessonDraft,
    LessonVersion,
    Picture,
    UnitKind,
    VersionOrigin,
)
from lms.db import db, once

_OPEN = select(Course).where(Course.is_open).options(selectinload(Course.units)).order_by(Course.code)


def course(code: str) -> Course | None:
    """A course by its code, with its units."""
    return db.session.scalar(select(Course).where(Course.code == code).options(selectinload(Course.units)))


def courses() -> Sequence[Course]:
    """Every course there ever was, with units, by code."""
    return db.session.scalars(select(Course).options(selectinload(Course.units)).order_by(Course.code)).all()


def open_courses() -> Sequence[Course]:
    """The courses of the library as it is now, with units, by code; read once a page."""
    return once(("catalogue.open_courses",), lambda: db.session.scalars(_OPEN).all())


def unit(code: str) -> CourseUnit | None:
    """A unit by its code, with its course and the units beside it."""
    return db.session.scalar(
        select(CourseUnit)
        .where(CourseUnit.code == code)
        .options(joinedload(CourseUnit.course).selectinload(Course.units))
    )


def units_by_code(codes: Iterable[str]) -> dict[str, CourseUnit]:
    """Units by code, with their course."""
    found = db.session.scalars(
        select(CourseUnit).where(CourseUnit.code.in_(list(codes))).options(joinedload(CourseUnit.course))
    )
    return {one.code: one for one in found}


def lesson_version(version_id: int) -> LessonVersion | None:
    """One published text of a lesson."""
    return db.session.get(LessonVersion, version_id)


def current_version(unit_id: int) -> LessonVersion | None:
    """The newest text of a lesson."""
    return db.session.scalar(
        select(LessonVersion).where(LessonVersion.unit_id == unit_id).order_by(LessonVersion.number.desc()).limit(1)
    )


def current_versions(unit_ids: Iterable[int]) -> dict[int, LessonVersion]:
    """The newest text of each of these lessons by unit id, in one query."""
    newest = (
        select(LessonVersion.unit_id, func.max(LessonVersion.number).label("number"))
        .where(LessonVersion.unit_id.in_(list(unit_ids)))
        .group_by(LessonVersion.unit_id)
        .subquery()
    )
    found = db.session.scalars(
        select(LessonVersion).join(
            newest, (newest.c.unit_id == LessonVersion.unit_id) & (newest.c.number == LessonVersion.number)
        )
    )
    return {version.unit_id: version for version in found}


def current_lesson_versions(course_ids: Iterable[int]) -> dict[int, LessonVersion]:
    """The newest text of every lesson of these courses by unit id."""
    ids = db.session.scalars(
        select(CourseUnit.id).where(
            CourseUnit.course_id.in_(list(course_ids)),
            CourseUnit.kind == UnitKind.lesson,
            CourseUnit.is_retired.is_(False),
        )
    ).all()
    return current_versions(ids)


def course_version(course_id: int, number: int) -> CourseVersion | None:
    """What a course consisted of in one of its versions."""
    return db.session.scalar(
        select(CourseVersion).where(CourseVersion.course_id == course_id, CourseVersion.number == number)
    )


def browser_versions() -> Sequence[LessonVersion]:
    """The newest texts that were written in the browser, with their units."""
    newest = select(func.max(LessonVersion.id)).group_by(LessonVersion.unit_id)
    return db.session.scalars(
        select(LessonVersion)
        .where(LessonVersion.origin == VersionOrigin.browser, LessonVersion.id.in_(newest))
        .options(joinedload(LessonVersion.unit))
    ).all()


def versions(unit_id: int) -> Sequence[LessonVersion]:
    """Every published text of a lesson, newest first."""
    return db.session.scalars(
        select(LessonVersion).where(LessonVersion.unit_id == unit_id).order_by(LessonVersion.number.desc())
    ).all()


def draft(unit_id: int) -> LessonDraft | None:
    """The text of a lesson that is in work."""
    return db.session.scalar(select(LessonDraft).where(LessonDraft.unit_id == unit_id))


def drafts() -> Sequence[LessonDraft]:
    """Every draft with its unit and course, those edited last first."""
    return db.session.scalars(
        select(LessonDraft)
        .options(joinedload(LessonDraft.unit).joinedload(CourseUnit.course))
        .order_by(LessonDraft.edited_at.desc())
    ).all()


def drafts_of_course(course_id: int) -> dict[int, LessonDraft]:
    """The drafts of a course by unit id."""
    found = db.session.scalars(
        select(LessonDraft)
        .join(CourseUnit, CourseUnit.id == LessonDraft.unit_id)
        .where(CourseUnit.course_id == course_id)
    )
    return {one.unit_id: one for one in found}


def draft_counts() -> dict[int, tuple[int, int]]:
    """{course id: (drafts being written, drafts waiting for review)} in one query."""
    rows = db.session.execute(
        select(CourseUnit.course_id, LessonDraft.state, func.count())
        .join(CourseUnit, CourseUnit.id == LessonDraft.unit_id)
        .group_by(CourseUnit.course_id, LessonDraft.state)
    )
    found: dict[int, tuple[int, int]] = {}
    for course_id, state, n in rows:
        writing, waiting = found.get(course_id, (0, 0))
        found[course_id] = (writing, n) if state == DraftState.in_review else (n, waiting)
    return found


def copies(unit_id: int) -> Sequence[DraftCopy]:
    """Texts that left the draft unpublished, newest first."""
    return db.session.scalars(
        select(DraftCopy).where(DraftCopy.unit_id == unit_id).order_by(DraftCopy.id.desc()).limit(50)
    ).all()


def check_owners(check_ids: Iterable[str], unit_id: int) -> dict[str, str]:
    """{check id: lesson title} of those ids that another lesson's newest text already uses."""
    wanted = set(check_ids)
    if not wanted:
        return {}
    newest = select(func.max(LessonVersion.id)).where(LessonVersion.unit_id != unit_id).group_by(LessonVersion.unit_id)
    rows = db.session.execute(select(LessonVersion.title, LessonVersion.checks).where(LessonVersion.id.in_(newest)))
    return {check["id"]: title for title, checks in rows for check in checks if check["id"] in wanted}


def picture(digest: str) -> Picture | None:
    """A picture by the hash of its bytes."""
    return db.session.scalar(select(Picture).where(Picture.digest == digest))


def pictures(digests: Iterable[str]) -> set[str]:
    """Those of these hashes that are pictures of ours."""
    return set(db.session.scalars(select(Picture.digest).where(Picture.digest.in_(list(digests)))))
