"""Reads of papers."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from assessments.papers import rules
from assessments.papers.models import Paper, PaperItem, PaperSection
from lms.db import db


def paper(code: str) -> Paper | None:
    """A paper by its code, with sections."""
    return db.session.scalar(select(Paper).where(Paper.code == code).options(selectinload(Paper.sections)))


def cells(found: Paper) -> list[rules.Cell]:
    """The sections of a paper as the rules see them."""
    return [
        rules.Cell(
            position=section.position,
            title=section.title,
            type=section.type,
            count=section.count,
            points=section.points,
            topics=tuple(section.topics),
            minimum=section.minimum,
        )
        for section in found.sections
    ]


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
