"""A wording becomes the newest version of a question: rendered once, cleaned, findable, its citations noted."""

from dataclasses import dataclass
from typing import Any

from assessments.bank.models import Question, QuestionType, QuestionVersion
from assessments.bank.rules.wording import LETTERS, LOCAL_BASIS, Draft
from lms import clock, search
from lms.db import db
from lms.markdown.prose import words
from lms.markdown.rendering import render_inline, render_question
from lms.markdown.values import Cite
from lms.policies import actions as policies


@dataclass(frozen=True)
class Made:
    """A wording as it is stored: clean HTML, options with their keys, the stem's plain words."""

    stem_html: str
    stem_text: str
    options: list[dict[str, Any]]
    explanation_html: str


def rendered(draft: Draft, cite: Cite) -> Made:
    """The wording rendered and cleaned; takes milliseconds and no database beyond the registry in memory."""
    stem = render_question(draft.stem, cite=cite)
    return Made(stem, plain(stem), options_of(draft, cite), render_question(draft.explanation, cite=cite))


def publish(question: Question, draft: Draft, cite: Cite) -> QuestionVersion:
    """Make the draft the question's newest version; attempts under way keep theirs."""
    return store(question, draft, rendered(draft, cite))


def store(question: Question, draft: Draft, made: Made) -> QuestionVersion:
    """The same with what was rendered before the write began."""
    version = QuestionVersion(
        question_id=question.id,
        number=question.current.number + 1 if question.current else 1,
        type=draft.type,
        difficulty=draft.difficulty,
        competency=draft.competency,
        topic=draft.topic,
        lesson_code=draft.lesson_code,
        basis=[[ref, clause] for ref, clause in draft.basis] or [[draft.basis_words, None]],
        stem_html=made.stem_html,
        stem_text=made.stem_text,
        options=made.options,
        accepted=list(draft.accepted),
        tolerance=draft.tolerance,
        rubric=[dict(row) for row in draft.rubric],
        unit_label=draft.unit_label,
        explanation_html=made.explanation_html,
        source=draft.source,
        digest=draft.digest,
        published_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    question.current = version
    question.edition += 1
    announce(question, version)
    return version


def plain(stem: str) -> str:
    """The words of a stem, a paragraph a line, without the heading of the call that may stand in it."""
    lines = (words(line) for line in stem.replace("</p>", "</p>\n").splitlines())
    return "\n".join(line for line in lines if line and line != "来电片段")


def announce(question: Question, version: QuestionVersion) -> None:
    """Note what the question cites and make it findable."""
    cited = [(ref, clause) for ref, clause in version.basis if not ref.startswith(LOCAL_BASIS)]
    policies.set_citations("question", question.code, cited)
    title = " ".join(version.stem_text.split())[:120]
    search.put("question", question.code, title, f"{version.topic} {version.stem_text}")


def options_of(draft: Draft, cite: Cite) -> list[dict[str, Any]]:
    """The options as a version keeps them; true and false are two that never change places."""
    if draft.type == QuestionType.true_false:
        return [
            {"key": "A", "html": "对", "is_right": draft.accepted == [True], "is_pinned": True},
            {"key": "B", "html": "错", "is_right": draft.accepted == [False], "is_pinned": True},
        ]
    return [
        {
            "key": LETTERS[place],
            "html": render_inline(option.text, cite=cite),
            "is_right": option.is_right,
            "is_pinned": option.is_pinned,
        }
        for place, option in enumerate(draft.options[: len(LETTERS)])
    ]


def silence(question: Question) -> None:
    """Take a question out of search and citations; answers keep it."""
    policies.set_citations("question", question.code, [])
    search.remove("question", [question.code])
