"""Bring questions and exams to what files say."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from assessments.bank.actions import loading as bank
from assessments.exams import queries, source
from assessments.exams.models import Exam
from assessments.exams.source import ExamDraft
from assessments.papers import actions as papers
from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, UnitKind
from courses.catalogue.rules import Fault, LibraryFaults
from lms import audit, search
from lms.db import db
from lms.errors import Refused
from lms.markdown.problems import problems
from lms.markdown.rendering import render_question
from lms.policies.queries import Registry

STANDALONE = "exams"  # the folder beside the courses


class Page(Protocol):
    """A file whose front matter has been taken apart."""

    @property
    def front(self) -> Mapping[str, Any]: ...
    @property
    def body(self) -> str: ...
    @property
    def body_line(self) -> int: ...
    def line(self, name: str) -> int: ...


TakeApart = Callable[[str, str], Page | Fault]


def load_files(folder: Path, registry: Registry, take_apart: TakeApart) -> list[str]:
    """Load every questions.md, exam.md and exams/*.md of a library whose courses are in the database; the codes of the
    questions that stayed as people wrote them on the page. LibraryFaults names every file and line that is wrong; the
    caller's transaction must then be rolled back.
    """
    courses = {course.code: course for course in catalogue.open_courses()}
    lessons = {
        unit.code
        for course in courses.values()
        for unit in course.units
        if unit.kind == UnitKind.lesson and not unit.is_retired
    }
    faults: list[Fault] = []
    kept: list[str] = []
    for code in courses:
        drafts, found = bank.read_file(code, folder / code / "questions.md", registry, lessons)
        faults += found
        if not found:
            kept += bank.load_questions(code, drafts, registry.cite).kept
    seen: dict[str, str] = {}
    for path in _exam_files(folder, courses):
        faults += _load_file(path, path.relative_to(folder).as_posix(), registry, take_apart, courses, seen)
    if faults:
        raise LibraryFaults(faults)
    _close_missing(seen)
    return kept


def _exam_files(folder: Path, courses: Mapping[str, Course]) -> Iterator[Path]:
    yield from (path for code in courses if (path := folder / code / "exam.md").is_file())
    yield from sorted((folder / STANDALONE).glob("*.md"))


def _load_file(
    path: Path,
    name: str,
    registry: Registry,
    take_apart: TakeApart,
    courses: Mapping[str, Course],
    seen: dict[str, str],
) -> list[Fault]:
    try:
        page = take_apart(name, path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, OSError):
        return [Fault(name, 1, "文件打不开，或不是 UTF-8 编码。请用 UTF-8 另存一遍。")]
    if isinstance(page, Fault):
        return [page]
    is_standalone = path.parent.name == STANDALONE
    found = [Fault(name, line, sentence) for line, sentence in _page_faults(page, registry, courses, is_standalone)]
    if not found:
        draft = source.draft(page.front, page.body)
        if seen.setdefault(draft.code, name) != name:
            return [Fault(name, page.line("code"), f"code「{draft.code}」已经用在 {seen[draft.code]}。请换一个编号。")]
        try:
            load_exam(draft, registry)
        except Refused as refused:
            found.append(Fault(name, page.line("sections"), str(refused)))
    return found


def _page_faults(
    page: Page, registry: Registry, courses: Mapping[str, Course], is_standalone: bool
) -> Iterator[tuple[int, str]]:
    for field, sentence in source.faults(page.front, courses):
        yield page.line(field), sentence
    if is_standalone == bool(page.front.get("closes")):
        yield page.line("closes"), "课程里的 exam.md 要写 closes，独立考试不写。"
    for problem in problems(page.body, cite=registry.cite):
        yield page.body_line + problem.line - 1, problem.sentence


def load_exam(draft: ExamDraft, registry: Registry) -> bool:
    """Make or change an exam; the same draft again changes nothing. True when something changed.

    What a trainer has set by hand (window, attempts, delays, pass mark, blueprint) stays until the file itself changes.
    """
    found = queries.exam(draft.code)
    paper = papers.set_paper(draft.code, draft.title, draft.course_codes, draft.cells, draft.fixed)
    unit = catalogue.units_by_code([draft.code]).get(draft.code) if draft.closes else None
    if draft.closes and unit is None:
        raise Refused("课程 {course} 里没有测验单元 {code}。", course=draft.closes, code=draft.code)
    html = render_question(draft.instructions, cite=registry.cite)
    if found is not None and found.digest == draft.digest and found.instructions_html == html:
        return False
    if found is None:
        found = Exam(code=draft.code)
        db.session.add(found)
    if found.digest != draft.digest:
        for name, value in draft.terms.items():
            setattr(found, name, value)
        found.is_open, found.paper = True, paper
    found.unit = unit
    found.instructions_html, found.digest = html, draft.digest
    db.session.flush()
    search.put("exam", found.code, found.title, " ".join(draft.instructions.split()))
    audit.record("exam.load", "exam", found.code, found.title)
    return True


def _close_missing(seen: Mapping[str, str]) -> None:
    """An exam whose file is gone is closed; attempts and results stay. It opens again when the file comes back."""
    for exam in queries.exams():
        if exam.code not in seen and exam.digest:
            exam.is_open, exam.digest = False, ""
            search.remove("exam", [exam.code])
            audit.record("exam.close", "exam", exam.code, exam.title)
