"""The question bank for trainers: the list with filters, and a question with its versions."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from assessments.bank import queries
from assessments.bank.models import TYPE_LABELS, Difficulty
from assessments.bank.queries import BankFilter
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import COMPETENCIES, shown_title
from lms import clock
from lms.web import guards, links, slots
from lms.web.guards import needs
from lms.web.languages import locale
from lms.web.shell import mark_section

STAFF = ("trainer",)
PAGE = 30
DIFFICULTY_WORDS = {
    Difficulty.easy: lazy_gettext("易"),
    Difficulty.medium: lazy_gettext("中"),
    Difficulty.hard: lazy_gettext("难"),
}
FILTERS = ("course", "type", "topic", "difficulty", "state", "validity")


@needs(*STAFF)
def question_list() -> str:
    """The bank, filtered and paged."""
    args = request.args
    wanted = BankFilter(args.get("q", "").strip()[:60], **{name: args.get(name, "")[:60] for name in FILTERS})
    page = min(max(1, args.get("page", 1, type=int)), 100_000)
    rows, total = queries.page_of_bank(wanted, clock.today(), page, PAGE)
    keep: dict[str, Any] = {name: value for name in ("q", *FILTERS) if (value := args.get(name))}

    def at(number: int) -> str:
        return url_for("exams.questions", page=number, **keep)

    return render_template(
        "assessments/bank/list.html",
        rows=rows,
        total=total,
        wanted=wanted,
        first=(page - 1) * PAGE + 1,
        last=(page - 1) * PAGE + len(rows),
        previous=at(page - 1) if page > 1 else None,
        following=at(page + 1) if page * PAGE < total else None,
        course_choices=[(course.code, shown_title(course, locale())) for course in catalogue.courses()],
        type_choices=[(kind.value, _(label)) for kind, label in TYPE_LABELS.items()],
        topic_choices=[(topic, topic) for topic in queries.topics()],
        difficulty_choices=[(kind.value, words) for kind, words in DIFFICULTY_WORDS.items()],
        difficulty=DIFFICULTY_WORDS,
    )


@needs(*STAFF)
def question_page(code: str) -> str:
    """A question: wording, right options, explanation, citations, versions; cards from above say how it was answered."""
    mark_section("exams.questions")
    question = guards.found(queries.questions_by_code([code]).get(code))
    version = guards.found(question.current)
    lapsed = {one.ref for one in queries.lapsed_documents(clock.today())}
    return render_template(
        "assessments/bank/question.html",
        question=question,
        version=version,
        stem=Markup(version.stem_html),  # noqa: S704 - cleaned when it was stored
        explanation=Markup(version.explanation_html),  # noqa: S704
        choices=[_choice(option) for option in version.options],
        competency=_(COMPETENCIES.get(version.competency, version.competency)),
        difficulty=DIFFICULTY_WORDS[version.difficulty],
        basis=[(ref, clause, links.target("policy", ref), ref in lapsed) for ref, clause in version.basis],
        lesson=links.target("lesson", version.lesson_code) if version.lesson_code else None,
        version_entries=[
            {
                "title": _("第 %(n)s 版", n=one.number),
                "note": f"{clock.local(one.published_at):%Y-%m-%d}",
                "state": "now" if one.id == version.id else "done",
            }
            for one in queries.versions(question.id)
        ],
        cards=slots.cards("question_page", version),
    )


def _choice(option: dict[str, Any]) -> dict[str, Any]:
    body = Markup(option["html"])  # noqa: S704 - cleaned when it was stored
    return {"key": option["key"], "body": body, "state": "right" if option["is_right"] else "plain"}


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/questions", "questions", question_list)
    bp.add_url_rule("/training/questions/<code>", "question", question_page)
