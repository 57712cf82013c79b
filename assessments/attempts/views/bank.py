"""The question bank for trainers: the list with filters, and a question with its versions and picks."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from assessments.attempts import queries as attempts
from assessments.bank import queries
from assessments.bank.models import TYPE_LABELS, Difficulty, Question, QuestionType, QuestionVersion
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import COMPETENCIES
from lms import clock
from lms.db import db
from lms.web import guards, links
from lms.web.guards import needs
from lms.web.shell import mark_section

STAFF = ("trainer",)
PAGE = 30
DIFFICULTY_WORDS = {Difficulty.easy: "易", Difficulty.medium: "中", Difficulty.hard: "难"}


@dataclass(frozen=True)
class Wanted:
    """What the list is filtered by."""

    words: str
    course: str
    type: str
    topic: str
    state: str

    @property
    def is_any(self) -> bool:
        return any((self.words, self.course, self.type, self.topic, self.state))


def _rows(wanted: Wanted, page: int) -> tuple[list[Question], int]:
    statement = select(Question).join(QuestionVersion, QuestionVersion.id == Question.current_id)
    if wanted.course:
        statement = statement.where(Question.course_code == wanted.course)
    if wanted.type in set(QuestionType):
        statement = statement.where(QuestionVersion.type == QuestionType(wanted.type))
    if wanted.topic:
        statement = statement.where(QuestionVersion.topic == wanted.topic)
    statement = statement.where(Question.is_retired.is_(wanted.state == "retired"))
    for word in wanted.words.split()[:6]:
        statement = statement.where(QuestionVersion.stem_text.contains(word, autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    found = db.session.scalars(
        statement.options(joinedload(Question.current)).order_by(Question.code).limit(PAGE).offset((page - 1) * PAGE)
    )
    return list(found), total


@needs(*STAFF)
def question_list() -> str:
    """The bank, filtered and paged."""
    args = request.args
    wanted = Wanted(
        args.get("q", "").strip()[:60], args.get("course", ""), args.get("type", ""), args.get("topic", ""),
        args.get("state", ""),
    )  # fmt: skip
    page = max(1, args.get("page", 1, type=int))
    rows, total = _rows(wanted, page)
    topics = sorted(
        db.session.scalars(
            select(QuestionVersion.topic).join(Question, Question.current_id == QuestionVersion.id).distinct()
        )
    )
    keep = {key: value for key, value in args.items() if key != "page" and value}

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
        course_choices=[(course.code, course.title) for course in catalogue.courses()],
        type_choices=[(kind.value, _(label)) for kind, label in TYPE_LABELS.items()],
        topic_choices=[(topic, topic) for topic in topics],
        difficulty=DIFFICULTY_WORDS,
    )


@needs(*STAFF)
def question_page(code: str) -> str:
    """A question: wording, options with how often each was picked, explanation, versions."""
    mark_section("exams.questions")
    question = guards.found(queries.questions_by_code([code]).get(code))
    version = guards.found(question.current)
    answered, right, picks = attempts.picks(version.id)
    versions = db.session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
    ).all()
    return render_template(
        "assessments/bank/question.html",
        question=question,
        version=version,
        stem=Markup(version.stem_html),  # noqa: S704 - cleaned when it was stored
        explanation=Markup(version.explanation_html),  # noqa: S704
        choices=[_choice(option, picks, answered) for option in version.options],
        competency=_(COMPETENCIES.get(version.competency, version.competency)),
        difficulty=DIFFICULTY_WORDS[version.difficulty],
        basis=[(ref, clause, links.target("policy", ref)) for ref, clause in version.basis],
        lesson=links.target("lesson", version.lesson_code) if version.lesson_code else None,
        answered=answered,
        right=right,
        version_entries=[
            {
                "title": _("第 %(n)s 版", n=one.number),
                "note": f"{clock.local(one.published_at):%Y-%m-%d}",
                "state": "done",
            }
            for one in versions
        ],
    )


def _choice(option: dict[str, Any], picks: dict[str, int], answered: int) -> dict[str, Any]:
    count = picks.get(option["key"], 0)
    return {
        "key": option["key"],
        "body": Markup(option["html"]),  # noqa: S704
        "state": "right" if option["is_right"] else None,
        "right": option["is_right"],
        "count": count,
        "percent": round(count * 100 / answered) if answered else 0,
    }


def register(bp: Blueprint) -> None:
    """The addresses."""
    bp.get("/training/questions", endpoint="questions")(question_list)
    bp.get("/training/questions/<code>", endpoint="question")(question_page)
