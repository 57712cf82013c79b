"""The bank on one page: list, editor, preview and figures, for the question that is open."""

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext as _

from assessments.bank import queries, source
from assessments.bank.forms import Editor, opened
from assessments.bank.models import TYPE_LABELS, Question
from assessments.bank.rules import figures as figure_rules
from assessments.bank.rules.states import STATE_LABELS
from assessments.bank.views import panes
from assessments.bank.views.frame import (
    DIFFICULTY_WORDS,
    PAGE,
    STAFF,
    address,
    figures_of,
    may_review,
    page_number,
    query_of,
    question_or_404,
    state_of,
    wanted_filter,
)
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import COMPETENCIES, shown_title
from lms import clock
from lms.policies import queries as policies
from lms.web.guards import needs
from lms.web.languages import locale
from lms.web.shell import mark_section

PANES = ("list", "edit", "prev")
STATE_CHOICES = ("published", "draft", "in_review", "returned", "retired")
SORTS = {"code": "按题号", "-changed": "按最近改动", "topic": "按考点", "difficulty": "按难度"}
WORDS = 90  # characters of a stem in the list


@needs(*STAFF)
def question_list() -> str:
    """The bank, filtered and paged, its first question open beside it."""
    return bank_page(None, "list")


@needs(*STAFF)
def question_page(code: str) -> str:
    """The same with that question open."""
    return bank_page(question_or_404(code), "edit")


def bank_page(question: Question | None, pane: str, editor: Editor | None = None, **more: Any) -> str:
    """The page with a question open; editor is what was sent where that is not what is kept."""
    mark_section("exams.questions")
    wanted, page = wanted_filter(), page_number()
    rows, total = queries.page_of_bank(wanted, clock.today(), page, PAGE)
    is_index = question is None
    question = question or (rows[0] if rows else None)
    shown = {row.current_id for row in [*rows, *([question] if question else [])] if row.current_id}
    figures = figures_of(sorted(shown), question.current_id if question else None)
    asked = request.args.get("pane", pane)
    return render_template(
        "assessments/bank/bank.html",
        question=question,
        is_index=is_index,
        pane=asked if asked in PANES else pane,
        counts=queries.bank_counts(),
        rows=[_row(row, figures) for row in rows],
        total=total,
        wanted=wanted,
        query=query_of(wanted, page),
        first=(page - 1) * PAGE + 1,
        last=(page - 1) * PAGE + len(rows),
        previous=url_for("exams.questions", **query_of(wanted), page=page - 1) if page > 1 else None,
        following=url_for("exams.questions", **query_of(wanted), page=page + 1) if page * PAGE < total else None,
        address=address,
        sent=more,
        **choices(),
        **(_opened(question, editor, figures) if question else {}),
    )


def choices() -> dict[str, Any]:
    """What the selects of the list and the editor offer."""
    return {
        "course_choices": [(course.code, shown_title(course, locale())) for course in catalogue.courses()],
        "type_choices": [(kind.value, _(label)) for kind, label in TYPE_LABELS.items()],
        "topic_choices": [(topic, topic) for topic in queries.topics()],
        "difficulty_choices": [(kind.value, words) for kind, words in DIFFICULTY_WORDS.items()],
        "competency_choices": [(code, f"{code} {_(words)}") for code, words in COMPETENCIES.items()],
        "state_choices": [(name, _(STATE_LABELS[name][0])) for name in STATE_CHOICES],
        "sort_choices": [(name, _(words)) for name, words in SORTS.items()],
        "tag_choices": [(tag, tag) for tag in queries.tags()],
        "policy_choices": [(one.ref, one.title) for one in policies.documents()],
    }


def _row(question: Question, figures: dict[int, Any]) -> dict[str, Any]:
    latest = question.draft or question.current
    state = state_of(question)
    found = figures.get(question.current_id or 0)
    text = " ".join(latest.stem_text.split()) if latest else ""
    return {
        "code": question.code,
        "words": text[:WORDS] + ("…" if len(text) > WORDS else ""),
        "type": _(latest.type.label) if latest else "",
        "state": state,
        "tag": None if state == "published" else (_(STATE_LABELS[state][0]), STATE_LABELS[state][1]),
        "tags": [tag.label for tag in question.tags],
        "figures": found if found and figure_rules.is_shown(found) else None,
        "needs_review": bool(found and figure_rules.needs_review(found)),
        "edition": question.edition,
    }


def _opened(question: Question, editor: Editor | None, figures: dict[int, Any]) -> dict[str, Any]:
    wording = source.latest_wording(question)
    if editor is None and wording is not None:
        editor = opened(wording, question.edition, question.course_code, [tag.label for tag in question.tags])
    state = state_of(question)
    return {
        "editor": editor,
        "state": state,
        "state_tag": (_(STATE_LABELS[state][0]), STATE_LABELS[state][1]),
        "may_edit": state in {"published", "draft", "returned"},
        "may_review": may_review(question),
        "is_author": bool(question.draft and g.person.id in question.draft.author_ids),
        **panes.of(question, editor, figures),
    }


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/questions", "questions", question_list)
    bp.add_url_rule("/training/questions/<code>", "question", question_page)
