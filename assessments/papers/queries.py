"""Reads of papers."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from assessments.bank.models import QuestionVersion
from assessments.papers import rules
from assessments.papers.models import Paper, PaperItem, PaperSection, RowKind
from lms.db import db


def paper(family: str) -> Paper | None:
    """The newest version of a paper, with sections."""
    return db.session.scalar(
        select(Paper)
        .where(Paper.family == family)
        .options(selectinload(Paper.sections))
        .order_by(Paper.version.desc())
        .limit(1)
    )


def versions(family: str) -> list[Paper]:
    """Every version of a paper, newest first."""
    return list(db.session.scalars(select(Paper).where(Paper.family == family).order_by(Paper.version.desc())))


def version(family: str, number: int) -> Paper | None:
    """One version of a paper, with sections."""
    return db.session.scalar(
        select(Paper).where(Paper.family == family, Paper.version == number).options(selectinload(Paper.sections))
    )


def newest_papers() -> list[Paper]:
    """The newest version of every paper, by title, with sections."""
    newest = select(func.max(Paper.id)).group_by(Paper.family)
    return list(
        db.session.scalars(
            select(Paper).where(Paper.id.in_(newest)).options(selectinload(Paper.sections)).order_by(Paper.title)
        )
    )


def cells(found: Paper) -> list[rules.Cell]:
    """The sections of a paper as the rules see them; a blueprint's rows each a cell, what is free comes after them."""
    return [cell for section in found.sections for cell in _cells(section, found.row_kind)]


def _cells(section: PaperSection, rows: RowKind) -> Iterable[rules.Cell]:
    free = section.count - sum(count for _row, count in section.picks)
    for row, count in [*section.picks, *([(None, free)] if free else [])]:
        topics = (row,) if row and rows == RowKind.topic else tuple(section.topics)
        yield rules.Cell(
            position=section.position,
            title=section.title if row is None or not section.picks else f"{section.title}·{row}",
            type=section.type,
            count=count,
            points=section.points,
            topics=topics,
            minimum=section.minimum,
            competencies=(row,) if row and rows == RowKind.competency else (),
        )


def fixed_items(found: Paper) -> list[PaperItem]:
    """The questions of a fixed paper in their order."""
    return list(
        db.session.scalars(
            select(PaperItem)
            .join(PaperSection)
            .where(PaperSection.paper_id == found.id)
            .options(selectinload(PaperItem.question), selectinload(PaperItem.section))
            .order_by(PaperSection.position, PaperItem.position)
        )
    )


def asked_versions(asked: Iterable[rules.Asked]) -> dict[int, QuestionVersion]:
    """The wordings of drawn questions, by id."""
    ids = {one.version_id for one in asked}
    found = db.session.scalars(
        select(QuestionVersion).where(QuestionVersion.id.in_(ids)).options(joinedload(QuestionVersion.question))
    )
    return {version.id: version for version in found}
