"""Reads for statistics. The first attempt of each person counts: later ones have seen the questions (features E)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case, func, select

from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, Result, ResultItem
from assessments.attempts.queries import CURRENT
from assessments.bank.models import Question, QuestionVersion
from assessments.exams.models import Exam
from assessments.statistics.models import ExamFigures, ItemFigures
from assessments.statistics.rules import items as item_rules
from assessments.statistics.rules import papers as paper_rules
from assessments.statistics.rules.items import Figures, Row, Sheet, Tally
from assessments.statistics.rules.papers import Paper
from lms.db import db
from lms.organisation.models import Unit
from lms.people import queries as people
from lms.people.models import Spell

AT_ONCE = 2_000  # rows fetched in one go


def first_attempts(exam_id: int) -> Select[int]:
    """Ids of the first attempt of each person that was handed in, graded and not voided."""
    return (
        select(func.min(Attempt.id))
        .where(Attempt.exam_id == exam_id, Attempt.status == AttemptStatus.handed_in)
        .group_by(Attempt.person_id)
    )


def digest(exam_id: int) -> str:
    """SHA-256 (hex) that changes whenever another set of results counts."""
    row = db.session.execute(
        select(
            func.count(), func.coalesce(func.max(Attempt.result_id), 0), func.coalesce(func.sum(Attempt.result_id), 0)
        ).where(Attempt.id.in_(first_attempts(exam_id)))
    ).one()
    return hashlib.sha256("/".join(map(str, row)).encode()).hexdigest()


def people_counted(exam_id: int) -> int:
    """How many people's first attempts there are."""
    return db.session.scalar(select(func.count()).select_from(first_attempts(exam_id).subquery())) or 0


@dataclass(frozen=True)
class Score:
    """How many first attempts ended with a score."""

    score: Decimal
    n: int
    passed: int


def scores(exam_id: int, people_in: Select[int] | None = None) -> list[Score]:
    """The scores of first attempts with how many have each, lowest first; people_in: whose (None: everybody's)."""
    statement = (
        select(Result.score, func.count(), func.sum(case((Result.is_passed, 1), else_=0)))
        .join(Attempt, CURRENT)
        .where(Attempt.id.in_(first_attempts(exam_id)))
        .group_by(Result.score)
        .order_by(Result.score)
    )
    if people_in is not None:
        statement = statement.where(Attempt.person_id.in_(people_in))
    return [Score(score, n, int(passed)) for score, n, passed in db.session.execute(statement)]


@dataclass(frozen=True)
class UnitRate:
    """A unit's first attempts and how many passed."""

    unit: Unit
    n: int
    passed: int

    @property
    def percent(self) -> int:
        return self.passed * 100 // self.n


def by_unit(exam_id: int, day: date, people_in: Select[int] | None) -> list[UnitRate]:
    """Pass rates of the units people work in on that day, in the order of the organisation; who has left is not in it."""
    statement = (
        select(Unit, func.count(), func.sum(case((Result.is_passed, 1), else_=0)))
        .select_from(Attempt)
        .join(Result, CURRENT)
        .join(Spell, Spell.person_id == Attempt.person_id)
        .join(Unit, Unit.id == Spell.unit_id)
        .where(
            Attempt.id.in_(first_attempts(exam_id)),
            Spell.id.in_(people.current_spells(day).with_only_columns(Spell.id)),
        )
        .group_by(Unit.id)
        .order_by(Unit.position, Unit.code)
    )
    if people_in is not None:
        statement = statement.where(Attempt.person_id.in_(people_in))
    return [UnitRate(unit, n, int(passed)) for unit, n, passed in db.session.execute(statement)]


def sheets(exam_id: int) -> Iterator[Sheet]:
    """Every first attempt with its answers, read in portions; items that were removed are left out."""
    rows = db.session.execute(
        select(
            Attempt.id,
            Result.score,
            AttemptQuestion.version_id,
            ResultItem.position,
            ResultItem.points,
            ResultItem.full_points,
            ResultItem.value,
            ResultItem.verdict,
        )
        .select_from(Attempt)
        .join(Result, CURRENT)
        .join(ResultItem, ResultItem.result_id == Result.id)
        .join(
            AttemptQuestion,
            (AttemptQuestion.attempt_id == Attempt.id) & (AttemptQuestion.position == ResultItem.position),
        )
        .where(Attempt.id.in_(first_attempts(exam_id)))
        .order_by(Attempt.id, ResultItem.position)
        .execution_options(yield_per=AT_ONCE)
    )
    for _attempt_id, group in groupby(rows, key=lambda row: row[0]):
        answers = list(group)
        yield Sheet(
            tuple(
                Row(
                    version_id,
                    position,
                    float(points),
                    float(full),
                    tuple((value or {}).get("chosen", ())),
                    verdict == "blank",
                )
                for _id, _score, version_id, position, points, full, value, verdict in answers
                if verdict != "removed"
            ),
            float(answers[0][1]),
        )


@dataclass(frozen=True)
class Known:
    """The figures of an exam: of its paper, of each wording {version: (slot, figures)}, and as of when."""

    paper: Paper
    items: dict[int, tuple[int, Figures]]
    made_at: datetime | None = None


def work_out(exam_id: int) -> Known:
    """The figures from every first attempt; memory stays flat, time grows with answers."""
    found = [(float(one.score), one.n) for one in scores(exam_id)]
    each = [score for score, n in found for _ in range(n)]
    tally = Tally(*item_rules.cuts(each))
    for sheet in sheets(exam_id):
        tally.add(sheet)
    whole = item_rules.weights(tally)
    options = _options(tally.items)
    items = {
        version_id: (
            item.slot,
            item_rules.figures(
                tally,
                version_id,
                [one["key"] for one in options[version_id] if one["is_right"]],
                [one["key"] for one in options[version_id]],
                whole=whole,
            ),
        )
        for version_id, item in tally.items.items()
    }
    return Known(paper_rules.paper(tally, each), items)


def _options(version_ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    rows = db.session.execute(
        select(QuestionVersion.id, QuestionVersion.options).where(QuestionVersion.id.in_(list(version_ids)))
    )
    return {version_id: options for version_id, options in rows}  # noqa: C416 - rows are not tuples


def kept(exam_id: int) -> tuple[ExamFigures, Known] | None:
    """The figures that are kept, however old."""
    row = db.session.scalar(select(ExamFigures).where(ExamFigures.exam_id == exam_id))
    if row is None:
        return None
    found = db.session.scalars(select(ItemFigures).where(ItemFigures.exam_id == exam_id))
    items = {one.version_id: (one.slot, item_rules.from_dict(one.figures)) for one in found}
    return row, Known(Paper(**row.paper), items, row.made_at)


def of_versions(version_ids: Iterable[int]) -> dict[int, Figures]:
    """The kept figures of many wordings in one query; where several exams ask one, those with the most answers."""
    rows = db.session.scalars(
        select(ItemFigures).where(ItemFigures.version_id.in_(list(version_ids))).order_by(ItemFigures.n, ItemFigures.id)
    )
    return {row.version_id: item_rules.from_dict(row.figures) for row in rows}


def main_exam(version_id: int) -> Exam | None:
    """The exam in which a wording was asked most often."""
    return db.session.scalar(
        select(Exam)
        .join(Attempt, Attempt.exam_id == Exam.id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .where(AttemptQuestion.version_id == version_id)
        .group_by(Exam.id)
        .order_by(func.count().desc(), Exam.id)
        .limit(1)
    )


@dataclass(frozen=True)
class Named:
    """A wording as lists name it."""

    version_id: int
    code: str
    number: int
    stem: str
    type: str


def named(version_ids: Iterable[int]) -> dict[int, Named]:
    """Code, version number and words of many wordings in one query."""
    rows = db.session.execute(
        select(
            QuestionVersion.id, Question.code, QuestionVersion.number, QuestionVersion.stem_text, QuestionVersion.type
        )
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(list(version_ids)))
    )
    return {one[0]: Named(one[0], one[1], one[2], " ".join(one[3].split()), one[4]) for one in rows}


def stale() -> list[tuple[int, str, datetime | None]]:
    """(exam, digest now, when last worked out) of every exam whose figures are not those of its results."""
    known = {row.exam_id: row for row in db.session.scalars(select(ExamFigures))}
    ids = db.session.scalars(select(Attempt.exam_id).where(Attempt.result_id.is_not(None)).distinct())
    found = []
    for exam_id in ids:
        now = digest(exam_id)
        row = known.get(exam_id)
        if row is None or row.digest != now:
            found.append((exam_id, now, row.made_at if row else None))
    return found
