"""Reads the library on disk: folders and front matter → sources, or faults with their file and line."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from courses.catalogue import rules
from courses.catalogue.rules import Fault
from lms.markdown.problems import problems
from lms.markdown.rendering import render
from lms.markdown.values import Cite, Rendered

FOLDER = Path(__file__).parent.parent / "library"
EXAMS = "exams"  # a folder beside the courses: exams that stand alone, read by others
LARGEST_FILE = 1_000_000  # bytes; a lesson has at most 200,000 characters
LESSON_FILE = re.compile(r"(\d{1,3})-[a-z0-9-]+\.md")
FENCE = "---"


@dataclass(frozen=True)
class Page:
    """A file with its front matter taken apart; line(name) is where a field stands."""

    file: str
    front: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str
    body_line: int
    digest: str

    def line(self, name: str) -> int:
        return self.lines.get(name, 1)


@dataclass(frozen=True)
class LessonSource:
    """A lesson as written."""

    page: Page
    code: str
    title: str
    title_en: str
    minutes: int
    competencies: list[str]
    rendered: Rendered | None = None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what a reader gets: title, minutes, competencies and text."""
        return rules.text_digest(self.title, self.minutes, self.competencies, self.page.body)


@dataclass(frozen=True)
class ExamSource:
    """A closing exam as far as a course knows it."""

    page: Page
    code: str
    title: str
    title_en: str
    minutes: int


@dataclass(frozen=True)
class CourseSource:
    """A course as written, with its lessons in order."""

    page: Page
    folder: Path
    code: str
    title: str
    title_en: str
    front: Mapping[str, Any]
    lessons: list[LessonSource]
    exam: ExamSource | None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the files say of the course itself: values, summary, order of lessons."""
        words = [repr(sorted(self.front.items())), self.page.body, *(lesson.code for lesson in self.lessons)]
        return hashlib.sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()


@dataclass
class Library:
    """Everything read, and everything wrong with it; written: texts from the browser as they come out now, by id."""

    folder: Path
    courses: list[CourseSource] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    written: dict[int, Rendered] = field(default_factory=dict)


def take_apart(file: str, text: str) -> Page | Fault:
    """Front matter and body of a text; a fault where the front matter is not there or is no YAML mapping."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].strip() != FENCE:
        return Fault(file, 1, "文件要以前置块开头：第一行是 ---，写完各项后再来一行 ---。")
    end = next((n for n, line in enumerate(lines[1:], start=1) if line.strip() == FENCE), None)
    if end is None:
        return Fault(file, 1, "前置块没有结束：各项写完后要有单独一行 ---。")
    try:
        front = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Fault(file, mark.line + 2 if mark else 1, "前置块不是正确的 YAML，检查冒号后的空格、引号和缩进。")
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError, AttributeError, KeyError, IndexError):
        return Fault(file, 1, "前置块不是正确的 YAML，检查日期、引号和特殊字符。")
    if not isinstance(front, dict):
        return Fault(file, 2, "前置块要写成「名称: 内容」，一行一项。")
    where = {
        found[1]: number
        for number, line in enumerate(lines[:end], start=1)
        if (found := re.match(r"([A-Za-z_]+)\s*:", line))
    }
    body = "\n".join(lines[end + 1 :])
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Page(file, {str(key): value for key, value in front.items()}, where, body, end + 2, digest)


def read(folder: Path = FOLDER) -> Library:
    """Every course under a folder. Never raises on what a file holds: each fault is named with file and line."""
    library = Library(folder)
    if not folder.is_dir():
        library.faults.append(Fault(str(folder), 1, "没有这个文件夹。"))
        return library
    for path in sorted(p for p in folder.iterdir() if p.is_dir() and p.name != EXAMS and not p.name.startswith(".")):
        course = _read_course(library, path)
        if course is not None:
            library.courses.append(course)
    library.faults += _repeated(library.courses)
    return library


def prepare(library: Library, cite: Cite) -> Library:
    """The same library with every lesson rendered against the policy registry, and what is wrong in the texts."""
    prepared = Library(library.folder, faults=list(library.faults))
    checks: dict[str, str] = {}
    for course in library.courses:
        lessons = []
        for lesson in course.lessons:
            faults = list(_text_faults(lesson.page, cite))
            rendered = None
            if not faults:
                rendered = render(lesson.page.body, cite=cite)
                faults += _check_faults(lesson.page, rendered, checks)
            prepared.faults += faults
            lessons.append(replace(lesson, rendered=rendered))
        prepared.faults += _text_faults(course.page, cite)
        prepared.courses.append(replace(course, lessons=lessons))
    return prepared


def _read_page(library: Library, path: Path) -> Page | None:
    name = path.relative_to(library.folder).as_posix()
    try:
        if path.stat().st_size > LARGEST_FILE:
            library.faults.append(Fault(name, 1, "文件超过 1 MB，没有读。请拆成几节。"))
            return None
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        library.faults.append(Fault(name, 1, "文件不是 UTF-8 编码。请用 UTF-8 另存一遍。"))
        return None
    except OSError:
        library.faults.append(Fault(name, 1, "文件打不开。请检查它是不是普通文件、有没有读的权限。"))
        return None
    page = take_apart(name, text)
    if isinstance(page, Fault):
        library.faults.append(page)
        return None
    return page


def _wrong(library: Library, page: Page, found: Iterable[tuple[str, str]]) -> bool:
    faults = [Fault(page.file, page.line(name), sentence) for name, sentence in found]
    library.faults += faults
    return bool(faults)


def _read_course(library: Library, path: Path) -> CourseSource | None:
    name = path.relative_to(library.folder).as_posix()
    if not (path / "course.md").exists():
        library.faults.append(Fault(f"{name}/course.md", 1, "缺少 course.md。"))
        return None
    page = _read_page(library, path / "course.md")
    lessons = _read_lessons(library, path)
    exam = _read_exam(library, path)
    if page is None:
        return None
    front = page.front
    if _wrong(library, page, rules.field_faults(front, rules.COURSE_FIELDS, rules.KNOWN_FIELDS["course"])):
        return None
    if front["code"] != path.name:
        _wrong(library, page, [("code", f"code「{front['code']}」和文件夹名「{path.name}」不一样。")])
    if not page.body.strip():
        library.faults.append(Fault(page.file, page.body_line, "没有课程简介。在前置块后面写两三句话。"))
    if exam is not None and exam.page.front["closes"] != front["code"]:
        _wrong(library, exam.page, [("closes", f"closes 要写这门课的编号 {front['code']}。")])
    return CourseSource(page, path, front["code"], front["title"].strip(), _english(front), front, lessons, exam)


def _read_lessons(library: Library, path: Path) -> list[LessonSource]:
    folder = path / "lessons"
    name = path.relative_to(library.folder).as_posix()
    files = sorted(folder.glob("*.md")) if folder.is_dir() else []
    if not files:
        library.faults.append(Fault(f"{name}/lessons", 1, "没有课节。一节写一个文件，例如 lessons/01-mandate.md。"))
    numbers: dict[int, str] = {}
    lessons: list[tuple[int, LessonSource]] = []
    for file in files:
        label = file.relative_to(library.folder).as_posix()
        found = LESSON_FILE.fullmatch(file.name)
        if not found:
            library.faults.append(Fault(label, 1, "文件名要写成「序号-英文名.md」，例如 01-mandate.md。"))
            continue
        number = int(found[1])
        if numbers.setdefault(number, label) != label:
            library.faults.append(Fault(label, 1, f"序号 {found[1]} 和 {numbers[number]} 重复。"))
        page = _read_page(library, file)
        if page is None or _wrong(
            library, page, rules.field_faults(page.front, rules.LESSON_FIELDS, rules.KNOWN_FIELDS["lesson"])
        ):
            continue
        front = page.front
        lessons.append(
            (
                number,
                LessonSource(
                    page, front["id"], front["title"].strip(), _english(front), front["minutes"], front["competencies"]
                ),
            )
        )
    return [lesson for _, lesson in sorted(lessons, key=lambda pair: pair[0])]


def _read_exam(library: Library, path: Path) -> ExamSource | None:
    if not (path / "exam.md").exists():
        return None
    page = _read_page(library, path / "exam.md")
    if page is None or _wrong(library, page, rules.field_faults(page.front, rules.EXAM_FIELDS)):
        return None
    front = page.front
    return ExamSource(page, front["code"], front["title"].strip(), _english(front), front["minutes"])


def _english(front: Mapping[str, Any]) -> str:
    return str(front.get("title_en") or "").strip()


def _repeated(courses: Iterable[CourseSource]) -> Iterable[Fault]:
    """Ids that stand twice: a unit's id is used once in the whole library, for ever."""
    seen: dict[str, str] = {}
    for course in courses:
        steps: list[tuple[str, Page, str]] = [("id", lesson.page, lesson.code) for lesson in course.lessons]
        if course.exam:
            steps.append(("code", course.exam.page, course.exam.code))
        for name, page, code in steps:
            if seen.setdefault(code, page.file) != page.file:
                yield Fault(page.file, page.line(name), f"{name}「{code}」已经用在 {seen[code]}。请换一个编号。")


def _text_faults(page: Page, cite: Cite) -> Iterable[Fault]:
    for problem in problems(page.body, cite=cite):
        yield Fault(page.file, page.body_line + problem.line - 1, problem.sentence)


def _check_faults(page: Page, rendered: Rendered, checks: dict[str, str]) -> Iterable[Fault]:
    """A lesson asks at least one 随堂一问, and its id is used once in the whole library."""
    if not rendered.checks:
        yield Fault(page.file, page.body_line, "没有随堂一问。一节至少写一个。")
    for check in rendered.checks:
        line = page.body_line + check.line - 1
        if checks.setdefault(check.id, page.file) != page.file:
            yield Fault(page.file, line, f"随堂一问「{check.id}」已经用在 {checks[check.id]}。请换一个编号。")
