"""Bring questions and exams to what files say; change a window and terms by hand with an audit line."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from assessments.bank import actions as bank
from assessments.bank import source as bank_source
from assessments.exams import queries, rules, source
from assessments.exams.models import Exam, Review
from assessments.exams.source import ExamDraft
from assessments.papers import actions as papers
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import Fault, LibraryFaults
from lms import audit
from lms.db import db
from lms.errors import Refused
from lms.markdown.rendering import render_question
from lms.markdown.values import Cite


TakeApart = Callable[[str, str], Any]  # file and text → front matter, body and lines, or a Fault


def load_course_files(course_code: str, folder: Path, registry: Any, take_apart: TakeApart) -> None:
    """Load questions.md and exam.md of a course folder; LibraryFaults names every file and line that is wrong."""
    found: list[Fault] = []
    name = f"{folder.name}/questions.md"
    path = folder / "questions.md"
    if path.is_file():
        drafts, faults = bank_source.parse(path.read_text(encoding="utf-8"))
        found += [Fault(name, fault.line, fault.sentence) for fault in faults]
        found += [Fault(name, line, sentence) for line, sentence in _reference_faults(drafts, registry)]
        if not found:
            bank.load_questions(course_code, drafts, registry.cite)
    if not found and (folder / "exam.md").is_file():
        found += _load_file(folder / "exam.md", f"{folder.name}/exam.md", registry, take_apart)
    if found:
        raise LibraryFaults(found)


def load_standalone(folder: Path, registry: Any, take_apart: TakeApart) -> None:
    """Load exams/*.md, the exams that stand alone."""
    found: list[Fault] = []
    for path in sorted((folder / "exams").glob("*.md")):
        found += _load_file(path, f"exams/{path.name}", registry, take_apart)
    if found:
        raise LibraryFaults(found)


def _reference_faults(drafts: list[bank_source.Draft], registry: Any) -> Iterator[tuple[int, str]]:
    """Citations the registry does not know, lessons that are not there."""
    lessons = catalogue.units_by_code({draft.lesson_code for draft in drafts if draft.lesson_code})
    for draft in drafts:
        for ref, clause in draft.basis:
            if registry.resolve(ref, clause) is None:
                words = ref + (f"#{clause}" if clause else "")
                yield draft.line, f"{draft.code} 引用的「{words}」不在政策库里。先在政策库加这一条，或改正写法。"
        if draft.lesson_code and draft.lesson_code not in lessons:
            yield draft.line, f"{draft.code} 的课节「{draft.lesson_code}」不存在。"


def _load_file(path: Path, name: str, registry: Any, take_apart: TakeApart) -> list[Fault]:
    page = take_apart(name, path.read_text(encoding="utf-8"))
    if isinstance(page, Fault):
        return [page]
    found = [Fault(name, page.line(field), sentence) for field, sentence in source.faults(page.front)]
    if not found:
        try:
            load_exam(source.draft(page.front, page.body), registry.cite)
        except Refused as refused:
            found.append(Fault(name, page.line("sections"), str(refused)))
    return found


def load_exam(draft: ExamDraft, cite: Cite) -> bool:
    """Make or change an exam; the same draft again changes nothing. True when something changed.

    What a trainer has set by hand (window, attempts, delays, pass mark) stays until the file itself changes.
    """
    digest = hashlib.sha256(repr(draft).encode()).hexdigest()
    exam = queries.exam(draft.code)
    fixed = draft.fixed
    paper = papers.set_paper(draft.code, draft.title, draft.course_codes, draft.cells, fixed)
    if exam is not None and exam.digest == digest:
        return False
    unit = None
    if draft.closes is not None:
        unit = catalogue.units_by_code([draft.code]).get(draft.code)
        if unit is None:
            raise Refused("课程 {course} 里没有测验单元 {code}。", course=draft.closes, code=draft.code)
    if exam is None:
        exam = Exam(code=draft.code)
        db.session.add(exam)
    exam.title, exam.title_en, exam.paper = draft.title, draft.title_en, paper
    exam.unit_id, exam.course_codes = unit.id if unit else None, list(draft.course_codes)
    exam.minutes, exam.attempts_allowed = draft.minutes, draft.attempts
    exam.first_delay_hours, exam.later_delay_hours = draft.first_delay_hours, draft.later_delay_hours
    exam.pass_mark, exam.review, exam.multiple_rule = draft.pass_mark, draft.review, draft.multiple_rule
    exam.instructions_html = render_question(draft.instructions, cite=cite)
    exam.certificate_title, exam.digest, exam.is_open = draft.certificate_title, digest, True
    db.session.flush()
    return True


def change_terms(
    exam: Exam,
    *,
    opens_at: datetime | None,
    closes_at: datetime | None,
    minutes: int,
    attempts: int,
    first_delay_hours: int,
    later_delay_hours: int,
    pass_mark: Decimal,
    review: Review,
    is_open: bool,
) -> None:
    """Set the window and terms of an exam; attempts under way keep the terms they began with."""
    before = _terms(exam)
    exam.opens_at, exam.closes_at, exam.minutes, exam.attempts_allowed = opens_at, closes_at, minutes, attempts
    exam.first_delay_hours, exam.later_delay_hours = first_delay_hours, later_delay_hours
    exam.pass_mark, exam.review, exam.is_open = pass_mark, review, is_open
    rules.check_terms(exam, pass_mark)
    after = _terms(exam)
    if before != after:
        changed = {key for key in after if before[key] != after[key]}
        audit.record(
            "exam.change",
            "exam",
            exam.code,
            exam.title,
            before={key: before[key] for key in sorted(changed)},
            after={key: after[key] for key in sorted(changed)},
        )


def _terms(exam: Exam) -> dict[str, str | None]:
    names = (
        "opens_at", "closes_at", "minutes", "attempts_allowed", "first_delay_hours", "later_delay_hours", "pass_mark",
        "review", "is_open",
    )  # fmt: skip
    return {name: None if getattr(exam, name) is None else str(getattr(exam, name)) for name in names}
