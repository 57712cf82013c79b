"""Bring the bank to what the files say: a changed question becomes a new version, a removed one is retired."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from assessments.bank import queries
from assessments.bank.models import Question, QuestionType, QuestionVersion
from assessments.bank.source import LETTERS, Draft
from lms import clock, search
from lms.db import db
from lms.errors import Refused
from lms.markdown.prose import plain
from lms.markdown.rendering import render_inline, render_question
from lms.markdown.values import Cite
from lms.policies import actions as policies


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
        stem_text=plain(stem),
        options=_options(draft, cite),
        accepted=list(draft.accepted),
        tolerance=draft.tolerance,
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


def _announce(version: QuestionVersion, question: Question, draft: Draft) -> None:
    """Note what the question cites and make it findable."""
    policies.set_citations("question", question.code, draft.basis)
    search.put("question", question.code, version.stem_text[:120], f"{draft.topic} {version.stem_text}")


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
