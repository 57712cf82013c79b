"""Bring the bank to what the files say: a changed question becomes a new version, a removed one is retired."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assessments.bank import queries, source
from assessments.bank.actions.publishing import announce, publish, silence
from assessments.bank.models import Question
from assessments.bank.rules.wording import Draft
from courses.catalogue.rules import Fault
from lms import audit
from lms.db import db
from lms.errors import Refused
from lms.markdown.problems import problems
from lms.markdown.values import Cite
from lms.policies.queries import Registry

LARGEST_FILE = 1_000_000  # bytes


def read_file(
    course_code: str, path: Path, registry: Registry, lessons: Container[str]
) -> tuple[list[Draft], list[Fault]]:
    """The questions of a course's file and everything wrong with it: form, texts, citations, lessons that are not there,
    codes of other courses. A course without the file has no questions.
    """
    name = f"{path.parent.name}/{path.name}"
    if not path.exists():
        return [], []
    try:
        if path.stat().st_size > LARGEST_FILE:
            return [], [Fault(name, 1, "文件超过 1 MB，没有读。请把题目分到几门课里。")]
        text = path.read_text(encoding="utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return [], [Fault(name, 1, "文件不是 UTF-8 编码。请用 UTF-8 另存一遍。")]
    except OSError:
        return [], [Fault(name, 1, "文件打不开。请检查它是不是普通文件、有没有读的权限。")]
    drafts, faults = source.parse(text)
    found = [Fault(name, fault.line, fault.sentence) for fault in faults]
    known = queries.questions_by_code(draft.code for draft in drafts)
    for draft in drafts:
        found += [Fault(name, line, sentence) for line, sentence in _reference_faults(draft, registry, lessons)]
        there = known.get(draft.code)
        if there is not None and there.course_code != course_code:
            found.append(Fault(name, draft.line, f"题号 {draft.code} 已经用在课程 {there.course_code}，请换一个。"))
        if there is None or there.current is None or there.current.digest != draft.digest:
            found += [Fault(name, line, sentence) for line, sentence in _text_faults(draft, registry.cite)]
    return drafts, found


def _reference_faults(draft: Draft, registry: Registry, lessons: Container[str]) -> Iterator[tuple[int, str]]:
    for ref, clause in draft.basis:
        if registry.resolve(ref, clause) is None:
            name = ref + (f"#{clause}" if clause else "")
            yield draft.line_of("依据"), f"{draft.code} 引用的「{name}」不在政策库里。先在政策库加这一条，或改正写法。"
    if draft.lesson_code and draft.lesson_code not in lessons:
        yield draft.line_of("课节"), f"{draft.code} 的课节「{draft.lesson_code}」不存在。改成课程库里有的课节 id。"


def _text_faults(draft: Draft, cite: Cite) -> Iterator[tuple[int, str]]:
    """What is wrong in the texts themselves, where the author finds it."""
    texts = [(draft.line_of("题干"), draft.stem), (draft.line_of("解析"), draft.explanation)]
    for first, text in texts + [(option.line, option.text) for option in draft.options]:
        for problem in problems(text, cite=cite):
            yield first + problem.line - 1, problem.sentence


@dataclass
class BankReport:
    """What loading did; kept: codes whose words or state somebody changed on the page, so that the file had no say."""

    added: int = 0
    changed: int = 0
    retired: int = 0
    kept: list[str] = field(default_factory=list)


def load_questions(course_code: str, drafts: Iterable[Draft], cite: Cite) -> BankReport:
    """Add, version or retire the questions of a course. A question that came back is live again. What somebody did on
    the page stays: the file's newer text is kept beside it and offered there. Refuses a code that belongs to another
    course: it is used once in the whole bank, for ever.
    """
    report = BankReport()
    wanted = {draft.code: draft for draft in drafts}
    present = queries.questions_by_code(wanted)
    for code, draft in wanted.items():
        question = present.get(code)
        if question is None:
            question = Question(code=code, course_code=course_code)
            db.session.add(question)
            db.session.flush()
            report.added += 1
            _take_over(question, draft, cite)
        elif question.course_code != course_code:
            raise Refused("题号 {code} 已经用在课程 {course}，请换一个。", code=code, course=question.course_code)
        elif question.library_digest != draft.digest:
            _change(question, draft, cite, report)
        else:
            question.library_source = ""
            if question.is_retired and not question.retired_reason and question.current:
                question.is_retired = False
                announce(question, question.current)
    _retire(course_code, wanted, report)
    db.session.flush()
    return report


def _change(question: Question, draft: Draft, cite: Cite, report: BankReport) -> None:
    if _is_by_hand(question):
        report.kept.append(question.code)
        if question.library_source != draft.source:
            question.library_source = draft.source
            audit.record("question.keep", "question", question.code, draft.words[:60])
        return
    report.changed += 1
    _take_over(question, draft, cite)


def _take_over(question: Question, draft: Draft, cite: Cite) -> None:
    question.is_retired, question.library_digest, question.library_source = False, draft.digest, ""
    publish(question, draft, cite)


def _is_by_hand(question: Question) -> bool:
    """Whether somebody has written, begun to write or retired it on the page."""
    is_written = question.current is None or question.current.digest != question.library_digest
    return is_written or question.draft is not None or bool(question.retired_reason)


def _retire(course_code: str, wanted: Container[str], report: BankReport) -> None:
    """Take questions that have gone from the file out of drawing, search and citations; answers keep them."""
    for question in queries.of_course(course_code):
        if question.code in wanted or question.is_retired or not question.library_digest:
            continue
        if _is_by_hand(question):
            report.kept.append(question.code)
            continue
        question.is_retired = True
        question.edition += 1
        report.retired += 1
        silence(question)
