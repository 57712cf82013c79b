"""The list of a cycle, counted and paged by the database: groups for the figures, one page of rows for the table."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Select, and_, case, cast, false, func, or_, select

from appraisals.cycles.models import GradeDecision, Participation
from appraisals.cycles.queries import OPINION, WITHDRAWN, in_reach
from appraisals.cycles.rules.board import DIMENSIONS, EDGES, BoardRow, Filter, Group, Tally
from appraisals.cycles.rules.grades import LOW_GRADES, Grade, GradeMode
from courses.catalogue.models import Course
from courses.progress.models import CourseCompletion
from lms.db import db
from lms.organisation.models import Unit
from lms.people.models import Person, Spell
from lms.people.rules import Reach

CODES = frozenset(code for code, _ in DIMENSIONS)
GRADE = case((GradeDecision.grade == WITHDRAWN, None), else_=GradeDecision.grade)
IS_GRADED = Participation.grade_mode == GradeMode.grade
HIGHEST = GradeDecision.grade.in_([Grade.excellent.value])
UNDECIDED = and_(IS_GRADED, GRADE.is_(None))
UNSCORED = Participation.score_id.is_(None)


def _newest() -> ColumnElement[bool]:
    """The newest grade of the participation at hand, found by its index: no pass over all decisions."""
    newest = (
        select(func.max(GradeDecision.id))
        .where(GradeDecision.participation_id == Participation.id, GradeDecision.grade != OPINION)
        .correlate(Participation)
        .scalar_subquery()
    )
    return GradeDecision.id == newest


def mandatory() -> int:
    """How many mandatory courses there are."""
    return db.session.scalar(select(func.count()).select_from(Course).where(Course.is_open, Course.is_mandatory)) or 0


def _done(courses: int, cycle_id: int) -> ColumnElement[bool]:
    """Whether the person at hand has completed every mandatory course."""
    if not courses:
        return false()
    inside = select(Participation.person_id).where(Participation.cycle_id == cycle_id)
    complete = (
        select(CourseCompletion.person_id)
        .join(Course, Course.id == CourseCompletion.course_id)
        .where(
            Course.is_open,
            Course.is_mandatory,
            CourseCompletion.person_id.in_(inside),
            CourseCompletion.withdrawn_at.is_(None),
        )
        .group_by(CourseCompletion.person_id)
        .having(func.count(CourseCompletion.course_id.distinct()) >= courses)
    )
    return Participation.person_id.in_(complete)


def groups(cycle_id: int, reaches: Iterable[Reach], *, courses: int) -> list[Group]:
    """Everybody within the reaches counted by pool, unit, form, band of points, grade and completion: one query."""
    band = case(
        (Participation.total.is_(None), -1),
        *((Participation.total < EDGES[n + 1][0], n) for n in range(len(EDGES) - 1)),
        else_=len(EDGES) - 1,
    )
    columns: list[Any] = [
        Participation.pool, Participation.unit_id, Participation.form, Spell.vendor_id, band,
        case((IS_GRADED, 1), else_=0), GRADE, case((GradeDecision.is_final, 1), else_=0),
        case((_done(courses, cycle_id), 1), else_=0), case((Participation.summary_at.is_(None), 0), else_=1),
    ]  # fmt: skip
    inner = (
        select(*(column.label(f"c{n}") for n, column in enumerate(columns)))
        .select_from(Participation)
        .join(Spell, Spell.id == Participation.spell_id)
        .outerjoin(GradeDecision, _newest())
        .where(Participation.cycle_id == cycle_id, in_reach(reaches))
        .subquery()
    )
    keys = list(inner.c)
    rows = db.session.execute(
        select(*keys, Unit.name, Unit.position, func.count())
        .join(Unit, Unit.id == keys[1])
        .group_by(*keys, Unit.name, Unit.position)
    )
    return [
        Group(
            pool=row[0], unit_id=row[1], form=row[2], vendor_id=row[3], band=None if row[4] < 0 else row[4],
            is_graded=bool(row[5]), grade=row[6], is_final=bool(row[7]), is_complete=bool(row[8]),
            has_summary=bool(row[9]), unit_name=row[10], unit_position=row[11], n=row[12],
        )
        for row in rows
    ]  # fmt: skip


def tallies(cycle_id: int) -> list[Tally]:
    """Everybody of a cycle counted by pool, form and grade, graded or not: one query."""
    is_graded = case((IS_GRADED, 1), else_=0)
    inner = (
        select(Participation.pool, Participation.form, is_graded.label("is_graded"), GRADE.label("grade"))
        .select_from(Participation)
        .outerjoin(GradeDecision, _newest())
        .where(Participation.cycle_id == cycle_id)
        .subquery()
    )
    keys = list(inner.c)
    rows = db.session.execute(select(*keys, func.count()).group_by(*keys).order_by(*keys))
    return [Tally(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows]


def _table() -> Select[Any]:
    """The columns of a row of the list; `_chosen` or `everybody` says whose."""
    columns: list[Any] = [
        Participation.id, Participation.person_id, Person.name, Person.sort_key, Spell.staff_number,
        Spell.vendor_id, Participation.unit_id, Unit.name.label("unit_name"), Unit.position, Participation.form,
        Participation.work, Participation.pool, Participation.grade_mode, Participation.grade_mode_reason,
        Participation.total, Participation.dimensions, Participation.gates, Participation.summary_at,
        Participation.score_id, GRADE.label("grade"), GradeDecision.is_final, GradeDecision.decided_by,
        GradeDecision.decider_label, GradeDecision.reason, GradeDecision.id.label("decision_id"),
    ]  # fmt: skip
    return select(*columns).select_from(Participation).join(Unit, Unit.id == Participation.unit_id)


def everybody(statement: Select[Any], cycle_id: int) -> Select[Any]:
    """The statement over a whole cycle, with person, spell and newest grade."""
    return (
        statement.join(Person, Person.id == Participation.person_id)
        .join(Spell, Spell.id == Participation.spell_id)
        .outerjoin(GradeDecision, _newest())
        .where(Participation.cycle_id == cycle_id)
    )


def _read(
    cycle_id: int, chosen: Callable[[Select[Any]], Select[Any]], limit: int | None, offset: int = 0
) -> list[BoardRow]:
    """The chosen rows in their order. A page of a long list is sorted by id alone: to sort what the rows hold as JSON
    costs many times that.
    """
    if limit is None:
        found = db.session.execute(chosen(_table())).all()
    else:
        ids = list(db.session.scalars(chosen(select(Participation.id)).limit(limit).offset(offset)))
        place = {one: n for n, one in enumerate(ids)}
        found = db.session.execute(everybody(_table(), cycle_id).where(Participation.id.in_(ids))).all() if ids else []
        found = sorted(found, key=lambda row: place[row.id])
    rows = (BoardRow(*row) for row in found)
    return [row if row.grade is not None else replace(row, is_final=None, decision_id=None) for row in rows]


def _chosen(
    statement: Select[Any],
    cycle_id: int,
    reaches: Iterable[Reach],
    wanted: Filter,
    *,
    over: frozenset[str],
    units: frozenset[int],
    courses: int,
) -> Select[Any]:
    """The rows a filter lets through; `units` are the wanted unit and those below."""
    statement = everybody(statement, cycle_id).where(in_reach(reaches))
    words = wanted.words.strip()
    if words:
        statement = statement.where(
            or_(
                Person.name.contains(words, autoescape=True),
                Spell.staff_number.istartswith(words, autoescape=True),
                Person.sort_key.startswith(words.lower(), autoescape=True),
            )
        )
    if wanted.unit_id is not None:
        statement = statement.where(Participation.unit_id.in_(units))
    if wanted.form is not None:
        statement = statement.where(Participation.form == wanted.form)
    if wanted.state:
        statement = statement.where(_state(wanted.state, cycle_id, over, courses))
    return statement


def _state(wanted: str, cycle_id: int, over: frozenset[str], courses: int) -> ColumnElement[bool]:
    """Where a person stands, as `rules.board.state` says it of one row."""
    too_many = and_(IS_GRADED, HIGHEST, Participation.pool.in_(over))
    known: dict[str, ColumnElement[bool]] = {
        "ungraded": ~IS_GRADED,
        "undecided": and_(UNDECIDED, Participation.total.is_not(None)),
        "insufficient": and_(UNDECIDED, Participation.total.is_(None)),
        "over": too_many,
        "final": and_(IS_GRADED, GRADE.is_not(None), ~too_many, GradeDecision.is_final),
        "decided": and_(IS_GRADED, GRADE.is_not(None), ~too_many, GradeDecision.is_final.is_(False)),
        "attention": or_(UNDECIDED, too_many, GRADE.in_([grade.value for grade in LOW_GRADES])),
        "incomplete": ~_done(courses, cycle_id),
    }
    return known[wanted]


def _order(by: str, *, descending: bool) -> list[Any]:
    """By name, score or dimension; those without a number come last either way."""
    if by == "name":
        return [column.desc() if descending else column.asc() for column in (Person.sort_key, Participation.id)]
    figure: Any = Participation.total
    if by in CODES:
        figure = cast(Participation.dimensions[by].as_string(), Numeric(20, 10))
    return [figure.is_(None), figure.desc() if descending else figure.asc(), Participation.id]


def page(
    cycle_id: int,
    reaches: Iterable[Reach],
    wanted: Filter,
    *,
    over: frozenset[str] = frozenset(),
    units: frozenset[int] = frozenset(),
    courses: int = 0,
    by: str = "total",
    descending: bool = True,
    limit: int | None = None,
    offset: int = 0,
) -> list[BoardRow]:
    """The wanted rows in their order, a page of them or all."""

    def chosen(statement: Select[Any]) -> Select[Any]:
        those = _chosen(statement, cycle_id, reaches, wanted, over=over, units=units, courses=courses)
        return those.order_by(*_order(by, descending=descending))

    return _read(cycle_id, chosen, limit, offset)


def some(cycle_id: int, *wanted: ColumnElement[bool], limit: int | None = None) -> list[BoardRow]:
    """Those of everybody's list who meet the conditions, best score first, so many at most."""
    order = _order("total", descending=True)
    return _read(cycle_id, lambda statement: everybody(statement, cycle_id).where(*wanted).order_by(*order), limit)


def graded(cycle_id: int, grades: Collection[Grade], limit: int | None = None) -> list[BoardRow]:
    """Those whose newest grade is one of these, best score first, so many at most."""
    return some(cycle_id, GradeDecision.grade.in_([grade.value for grade in grades]), limit=limit)


def names(cycle_id: int, *wanted: ColumnElement[bool], limit: int) -> list[str]:
    """The names of those who meet the conditions, best score first, so many at most."""
    statement = everybody(select(Person.name).select_from(Participation), cycle_id).where(*wanted)
    return list(db.session.scalars(statement.order_by(*_order("total", descending=True)).limit(limit)))


def count(
    cycle_id: int,
    reaches: Iterable[Reach],
    wanted: Filter,
    *,
    over: frozenset[str],
    units: frozenset[int],
    courses: int,
) -> int:
    """How many rows a filter lets through."""
    base = _chosen(
        select(func.count()).select_from(Participation), cycle_id, reaches, wanted, over=over, units=units,
        courses=courses,
    )  # fmt: skip
    return db.session.scalar(base) or 0


def unscored(cycle_id: int) -> int:
    """How many of a cycle have no score yet."""
    waiting = select(func.count()).where(Participation.cycle_id == cycle_id, UNSCORED)
    return db.session.scalar(waiting) or 0


def equals(cycle_id: int, rows: Iterable[BoardRow]) -> dict[tuple[str, Any], int]:
    """How many in a pool share each of these totals: 2 or more is a tie."""
    totals = {row.total for row in rows if row.total is not None}
    found = db.session.execute(
        select(Participation.pool, Participation.total, func.count())
        .where(
            Participation.cycle_id == cycle_id,
            Participation.total.in_(totals),
            IS_GRADED,
        )
        .group_by(Participation.pool, Participation.total)
    )
    return {(pool, total): n for pool, total, n in found}
