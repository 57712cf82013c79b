"""Bring the bank to what the files say: a changed question becomes a new version, a removed one is retired."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assessments.bank import queries, source
from assessments.bank.models import Question, QuestionType, QuestionVersion
from assessments.bank.source import LETTERS, Draft
from courses.catalogue.rules import Fault
from lms import clock, search
from lms.db import db
from lms.errors import Refused
from lms.markdown.problems import problems
from lms.markdown.prose import words
from lms.markdown.rendering import render_inline, render_question
from lms.markdown.values import Cite
from lms.policies import actions as policies
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
    """What loading did."""

    added: int = 0
    changed: int = 0
    retired: int = 0


def load_questions(course_code: str, drafts: Iterable[Draft], cite: Cite) -> BankReport:
    """Add, version or retire the questions of a course. A question that came back is live again. Refuses a code that
    belongs to another course: it is used once in the whole bank, for ever.
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
        elif question.course_code != course_code:
            raise Refused("题号 {code} 已经用在课程 {course}，请换一个。", code=code, course=question.course_code)
        elif question.current is not None and question.current.digest == draft.digest:
            if question.is_retired:
                _announce(question.current, question, draft)
            question.is_retired = False
            continue
        else:
            report.changed += 1
        question.is_retired = False
        publish(question, draft, cite)
    report.retired = _retire(course_code, wanted)
    db.session.flush()
    return report


def _retire(course_code: str, wanted: Container[str]) -> int:
    """Take questions that are no longer in the file out of drawing, search and citations; answers keep them."""
    gone = [one for one in queries.of_course(course_code) if one.code not in wanted and not one.is_retired]
    for question in gone:
        question.is_retired = True
        policies.set_citations("question", question.code, [])
    search.remove("question", [question.code for question in gone])
    return len(gone)


def publish(question: Question, draft: Draft, cite: Cite) -> QuestionVersion:
    """Make the draft the question's newest version; attempts under way keep theirs."""
    number = question.current.number + 1 if question.current else 1
    stem = render_question(draft.stem, cite=cite)
    version = QuestionVersion(
        question_id=question.id,
        number=number,
        type=draft.type,
        difficulty=draft.difficulty,
        competency=draft.competency,
        topic=draft.topic,
        lesson_code=draft.lesson_code,
        basis=[[ref, clause] for ref, clause in draft.basis] or [[draft.basis_words, None]],
        stem_html=stem,
        stem_text=_plain(stem),
        options=_options(draft, cite),
        accepted=list(draft.accepted),
        tolerance=draft.tolerance,
        rubric=[dict(row) for row in draft.rubric],
        unit_label=draft.unit_label,
        explanation_html=render_question(draft.explanation, cite=cite),
        source=draft.source,
        digest=draft.digest,
        published_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    question.current = version
    _announce(version, question, draft)
    return version


def _plain(stem: str) -> str:
    """The words of a stem, a paragraph a line, without the heading of the call that may stand in it."""
    lines = (words(line) for line in stem.replace("</p>", "</p>\n").splitlines())
    return "\n".join(line for line in lines if line and line != "来电片段")


def _announce(version: QuestionVersion, question: Question, draft: Draft) -> None:
    """Note what the question cites and make it findable."""
    policies.set_citations("question", question.code, draft.basis)
    title = " ".join(version.stem_text.split())[:120]
    search.put("question", question.code, title, f"{draft.topic} {version.stem_text}")


def _options(draft: Draft, cite: Cite) -> list[dict[str, Any]]:
    if draft.type == QuestionType.true_false:
        return [
            {"key": "A", "html": "对", "is_right": draft.accepted[0] is True, "is_pinned": True},
            {"key": "B", "html": "错", "is_right": draft.accepted[0] is False, "is_pinned": True},
        ]
    return [
        {
            "key": LETTERS[place],
            "html": render_inline(option.text, cite=cite),
            "is_right": option.is_right,
            "is_pinned": option.is_pinned,
        }
        for place, option in enumerate(draft.options)
    ]
