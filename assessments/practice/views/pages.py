"""练习: the day's question, the book of mistakes, five at a time; all of it plain forms."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.bank import queries as bank
from assessments.bank.models import QuestionType, QuestionVersion
from assessments.marking import rules as marking
from assessments.practice import actions, queries, rules
from assessments.practice.models import PracticeAnswer
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import shown_title
from lms import clock
from lms.errors import Refused
from lms.policies import queries as policies
from lms.web import guards
from lms.web.errors import sentence
from lms.web.languages import locale
from lms.web.links import Target
from lms.web.shell import mark_section

SECTION = "practice.index"
LISTED, RECENT = 10, 5
Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Shown:
    """A question as practice shows it: to answer, or answered with its reasons."""

    version: QuestionVersion
    value: dict[str, Any]
    verdict: str
    basis: list[Target]
    lesson: Target | None

    @property
    def stem(self) -> Markup:
        return Markup(self.version.stem_html)  # noqa: S704 - cleaned when it was stored

    @property
    def explanation(self) -> Markup:
        return Markup(self.version.explanation_html)  # noqa: S704

    @property
    def is_multiple(self) -> bool:
        return self.version.type == QuestionType.multiple

    @property
    def type_label(self) -> str:
        return _(self.version.type.label)

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The options to choose from."""
        return [
            {"value": one["key"], "key": one["key"], "body": Markup(one["html"])}  # noqa: S704
            for one in self.version.options
        ]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The options after answering, with what was right and what was chosen."""
        chosen, right = set(self.value.get("chosen", ())), marking.right_keys(self.version)
        rows = []
        for one in self.version.options:
            key, state, note = one["key"], "plain", None
            if key in chosen:
                state, note = ("right", None) if key in right else ("wrong", _("选错了"))
            elif key in right:
                state, note = ("missed", None) if self.is_multiple else ("right", _("正确答案"))
            rows.append({"key": key, "body": Markup(one["html"]), "state": state, "note": note})  # noqa: S704
        return rows

    @property
    def answer(self) -> str:
        """What was answered, in letters or words."""
        return _("、").join(sorted(self.value.get("chosen", ()))) or str(self.value.get("text") or "")

    @property
    def right(self) -> str:
        """What would have been right."""
        if self.version.options:
            return _("、").join(sorted(marking.right_keys(self.version)))
        return f"{self.version.accepted[0]} {self.version.unit_label}".strip()


def shown(rows: list[tuple[QuestionVersion, dict[str, Any], str]]) -> list[Shown]:
    """Questions with their citations and lessons, looked up once for all."""
    cited = bank.documents_cited(ref for version, *_rest in rows for ref, _clause in version.basis)
    units = catalogue.units_by_code({version.lesson_code for version, *_rest in rows if version.lesson_code})
    lessons = {
        code: Target(
            shown_title(unit, locale()),
            url_for("courses.lesson", code=code) if unit.course.is_open and not unit.is_retired else None,
        )
        for code, unit in units.items()
    }
    return [
        Shown(
            version, value, verdict,
            [_basis(ref, clause, cited) for ref, clause in version.basis], lessons.get(version.lesson_code),
        )
        for version, value, verdict in rows
    ]  # fmt: skip


def _basis(ref: str, clause: str | None, cited: dict[str, tuple[str, str]]) -> Target:
    if ref not in cited:
        return Target(ref, None)
    code, number = cited[ref]
    return Target(f"{number} {clause or ''}".strip(), policies.href(code, clause))


def daily_of(person_id: int) -> tuple[Shown | None, bool]:
    """The day's question and whether it is answered; None before anything is learnt."""
    day = clock.today()
    known = queries.daily_answer(person_id, day)
    if known is not None:
        return shown([(known.version, known.value, known.verdict)])[0], True
    drawn = queries.daily_draw(person_id, day)
    return (Shown(drawn, {}, "", [], None) if drawn else None), False


def index() -> str:
    """练习: today's question, what is in the book, what was answered."""
    person_id = g.person.id
    daily, is_answered = daily_of(person_id)
    book = queries.mistakes(person_id)
    return render_template(
        "assessments/practice/index.html",
        daily=daily,
        is_answered=is_answered,
        courses=_counted(book),
        count=len(book),
        history=queries.daily_history(person_id)[:RECENT],
    )


def _counted(book: list[queries.Mistake]) -> list[dict[str, Any]]:
    """The courses that the book's questions belong to, with counts."""
    of = queries.courses_of([one.question_id for one in book])
    names = {course.code: shown_title(course, locale()) for course in catalogue.courses()} if book else {}
    counts: dict[str, int] = {}
    for one in book:
        counts[of[one.question_id]] = counts.get(of[one.question_id], 0) + 1
    return [{"code": code, "title": names.get(code, code), "n": n} for code, n in sorted(counts.items())]


def daily() -> str:
    """The day's question on a page of its own, and the days before."""
    return _daily_page()


def _daily_page(error: str = "") -> str:
    mark_section(SECTION)
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    found, is_answered = daily_of(g.person.id)
    rows = queries.daily_history(g.person.id, page=page)
    return render_template(
        "assessments/practice/daily.html",
        daily=found,
        is_answered=is_answered,
        error=error,
        rows=rows[: queries.PAGE],
        before=url_for("practice.daily", page=page - 1) if page > 1 else None,
        following=url_for("practice.daily", page=page + 1) if len(rows) > queries.PAGE else None,
    )


def answer_daily() -> Page:
    """Keep the answer; back to where it was given, with the explanation."""
    version_id = request.form.get("version", 0, type=int)
    try:
        actions.answer_daily(
            g.person.id, version_id, {"chosen": request.form.getlist("chosen"), "text": request.form.get("text")}
        )
    except Refused as refused:
        if queries.daily_answer(g.person.id, clock.today()) is None:
            return _daily_page(sentence(refused)), 422
        flash(sentence(refused), "info")
    if request.form.get("back") == "today":
        return redirect(url_for("home.today", _anchor="daily"), 303)
    return redirect(url_for("practice.daily"), 303)


def mistakes() -> str:
    """错题本: each with what was answered, what is right and why; by course."""
    mark_section(SECTION)
    book = queries.mistakes(g.person.id)
    courses = _counted(book)
    course = request.args.get("course", "")
    course = course if course in {one["code"] for one in courses} else ""
    of = queries.courses_of([one.question_id for one in book])
    wanted = [one for one in book if not course or of[one.question_id] == course]
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    part = wanted[(page - 1) * LISTED : page * LISTED]
    versions = queries.versions(one.version_id for one in part)
    rows = shown([(versions[one.version_id], one.value, "wrong") for one in part])

    def at(**changes: Any) -> str:
        now: dict[str, Any] = {"course": course or None}
        return url_for("practice.mistakes", **(now | changes))

    return render_template(
        "assessments/practice/mistakes.html",
        rows=list(zip(part, rows, strict=True)),
        course=course,
        courses=[("", _("全部课程")), *((one["code"], f"{one['title']}（{one['n']}）") for one in courses)],
        total=len(wanted),
        first=(page - 1) * LISTED + 1 if part else 0,
        last=(page - 1) * LISTED + len(part),
        before=at(page=page - 1) if page > 1 else None,
        following=at(page=page + 1) if page * LISTED < len(wanted) else None,
        right_days=rules.RIGHT_DAYS,
        set_size=min(rules.SET_SIZE, len(wanted)),
    )


def practise() -> str | Response:
    """Five of the book on one form: those not yet right today first, then the oldest."""
    return _practise()


def _practise(error: str = "") -> str | Response:
    mark_section(SECTION)
    course = request.values.get("course", "")
    book = queries.mistakes(g.person.id)
    of = queries.courses_of([one.question_id for one in book])
    wanted = [one for one in book if not course or of[one.question_id] == course]
    wanted.sort(key=lambda one: (one.standing.right_days, one.standing.came_at or clock.now()))
    asked = request.form.getlist("question", type=int)
    if asked:
        wanted = [one for one in wanted if one.question_id in asked]
    questions = queries.current_questions(one.question_id for one in wanted[: rules.SET_SIZE])
    versions = [q.current for one in wanted[: rules.SET_SIZE] if (q := questions.get(one.question_id)) and q.current]
    if not versions:
        flash(_("这里没有要练的错题了。"), "ok")
        return redirect(url_for("practice.mistakes"), 303)
    return render_template(
        "assessments/practice/practise.html",
        rows=[Shown(version, _given(version.question_id), "", [], None) for version in versions],
        course=course,
        error=error,
        set_key=request.form.get("set") or secrets.token_hex(8),
    )


def _given(question_id: int) -> dict[str, Any]:
    return {
        "chosen": request.form.getlist(f"chosen-{question_id}"),
        "text": request.form.get(f"text-{question_id}", ""),
    }


def answer_set() -> Page:
    """Keep a handful of answers and show what became of them."""
    set_key = request.form.get("set", "")[:32]
    asked = request.form.getlist("question", type=int)[: rules.SET_SIZE]
    if not set_key.isalnum() or not asked:
        return redirect(url_for("practice.practise"), 303)
    try:
        actions.answer_set(g.person.id, set_key, {question_id: _given(question_id) for question_id in asked})
    except Refused as refused:
        page = _practise(sentence(refused))
        return page if isinstance(page, Response) else (page, 422)
    return redirect(url_for("practice.answers", set_key=set_key, course=request.form.get("course") or None), 303)


def answers(set_key: str) -> str:
    """What became of a handful."""
    mark_section(SECTION)
    kept: list[PracticeAnswer] = queries.set_answers(g.person.id, set_key[:40])
    guards.allow(bool(kept), seen=False)
    book = {one.question_id: one for one in queries.mistakes(g.person.id)}
    rows = shown([(one.version, one.value, one.verdict) for one in kept])
    return render_template(
        "assessments/practice/answers.html",
        rows=[(one, book.get(one.version.question_id)) for one in rows],
        right=sum(one.verdict == "right" for one in kept),
        left=len(book),
        right_days=rules.RIGHT_DAYS,
        course=request.args.get("course", ""),
    )


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/practice", "index", index)
    bp.add_url_rule("/practice/daily", "daily", daily)
    bp.add_url_rule("/practice/daily", "answer_daily", answer_daily, methods=["POST"])
    bp.add_url_rule("/practice/mistakes", "mistakes", mistakes)
    bp.add_url_rule("/practice/mistakes/set", "practise", practise)
    bp.add_url_rule("/practice/mistakes/set", "answer_set", answer_set, methods=["POST"])
    bp.add_url_rule("/practice/sets/<set_key>", "answers", answers)
