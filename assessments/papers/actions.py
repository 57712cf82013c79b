"""Bring papers to what exam files say."""

from collections.abc import Sequence

from sqlalchemy import delete

from assessments.bank import queries as bank
from assessments.bank.models import QuestionType
from assessments.papers import queries, rules
from assessments.papers.models import Paper, PaperItem, PaperKind, PaperSection
from lms.db import db
from lms.errors import Refused


def set_paper(
    code: str,
    title: str,
    course_codes: Sequence[str],
    cells: Sequence[rules.Cell],
    fixed: Sequence[Sequence[str]] | None = None,
) -> Paper:
    """Make or change a paper; refuses points that are not 100 and cells the bank cannot fill.

    fixed: question codes per section for a paper that asks everybody the same; None for one drawn by seed.
    """
    rules.check_cells(cells)
    if fixed is None:
        rules.check_feasible(cells, bank.candidates(course_codes))
    found = queries.paper(code) or Paper(code=code)
    found.title, found.course_codes = title, list(course_codes)
    found.kind = PaperKind.drawn if fixed is None else PaperKind.fixed
    db.session.add(found)
    db.session.flush()
    _set_sections(found, cells)
    if fixed is not None:
        _set_items(found, cells, fixed)
    return found


def _set_sections(found: Paper, cells: Sequence[rules.Cell]) -> None:
    present = {section.position: section for section in found.sections}
    for position in set(present) - {cell.position for cell in cells}:
        db.session.execute(delete(PaperItem).where(PaperItem.section_id == present[position].id))
        db.session.delete(present[position])
    for cell in cells:
        section = present.get(cell.position)
        if section is None:
            section = PaperSection(paper_id=found.id, position=cell.position)
            db.session.add(section)
        section.title, section.count, section.points = cell.title, cell.count, cell.points
        section.type = QuestionType(cell.type) if cell.type else None
        section.topics, section.minimum = list(cell.topics), cell.minimum
    db.session.flush()
    db.session.refresh(found, ["sections"])


def _set_items(found: Paper, cells: Sequence[rules.Cell], fixed: Sequence[Sequence[str]]) -> None:
    """Put the listed questions into their sections; a list that says what is there already changes nothing."""
    known = bank.questions_by_code(code for codes in fixed for code in codes)
    sections = {section.position: section for section in found.sections}
    asked: set[str] = set()
    for cell, codes in zip(cells, fixed, strict=True):
        if len(codes) != cell.count:
            raise Refused("「{title}」应有 {count} 题，列了 {n} 题。", title=cell.title, count=cell.count, n=len(codes))
        for code in codes:
            if code not in known or not known[code].is_asked:
                raise Refused("题库里没有题目 {code}。", code=code)
            if code in asked:
                raise Refused("题目 {code} 在试卷里列了两次。", code=code)
            asked.add(code)
        section = sections[cell.position]
        wanted = [known[code].id for code in codes]
        if [item.question_id for item in section.items] == wanted:
            continue
        db.session.execute(delete(PaperItem).where(PaperItem.section_id == section.id))
        db.session.add_all(
            PaperItem(section_id=section.id, question_id=question_id, position=position)
            for position, question_id in enumerate(wanted, 1)
        )
        db.session.flush()
        db.session.expire(section, ["items"])
