"""组卷蓝图: the matrix with live totals, sample papers with their overlap, and the lock that hands a version to exams."""

import secrets
from itertools import combinations
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.bank import queries as bank
from assessments.bank.models import QuestionVersion
from assessments.exams import queries
from assessments.exams.actions import terms
from assessments.exams.models import Exam
from assessments.exams.views import matrix
from assessments.exams.views.matrix import Errors, Written
from assessments.papers import actions as paper_actions
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.models import Paper, PaperKind, RowKind
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import shown_title
from lms.errors import Refused
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.languages import locale
from lms.web.shell import mark_section

SECTION = "attempts.exam_list"
STAFF = ("trainer",)
SAMPLES = 3
LARGEST_SEED = 2**31 - 1 - SAMPLES
LETTERS = "ABCDEFGH"
Page = str | Response | tuple[str, int]


def _exam(code: str) -> Exam:
    """The exam, for trainers who work for everybody: a paper is everybody's."""
    mark_section(SECTION)
    found = guards.found(queries.exam(code))
    guards.allow(any(reach.scope == "all" for reach in guards.reaches(*STAFF)))
    return found


def _version(exam: Exam, number: int | None) -> Paper:
    family = exam.paper.family
    return guards.found(papers.paper(family) if number is None else papers.version(family, number))


@needs(*STAFF)
def blueprint(code: str) -> Page:
    """The matrix of the newest version, or of the one asked for with v; rows: topic or competency."""
    exam = _exam(code)
    paper = _version(exam, request.args.get("v", type=int))
    wanted = request.args.get("rows", paper.row_kind)
    rows = RowKind(wanted) if wanted in set(RowKind) else paper.row_kind
    return _page(exam, paper, matrix.of_paper(paper, rows))


@needs(*STAFF)
def save_blueprint(code: str) -> Page:
    """Keep what was filled in as a new version, or only reckon it (do=check)."""
    exam = _exam(code)
    paper = _version(exam, None)
    written = matrix.of_form(request.form, [course.code for course in catalogue.courses()])
    sections, wrong = matrix.read(written)
    if request.form.get("do") == "check" or wrong:
        page = _page(exam, paper, written, wrong)
        return (page, 422) if wrong else page
    try:
        made = paper_actions.save_blueprint(paper.family, paper.title, written.course_codes, sections, written.rows)
    except Refused as refused:
        return _page(exam, paper, written, [("#matrix", errors.sentence(refused))]), 422
    if made.id == paper.id:
        flash(_("内容没有变化，还是第 %(n)s 版。", n=made.version), "info")
    else:
        flash(_("已保存为第 %(n)s 版。锁定以后考试才会用它。", n=made.version), "ok")
    return redirect(url_for("exams.blueprint", code=code), 303)


def _page(exam: Exam, paper: Paper, written: Written, wrong: Errors | None = None) -> str:
    pool = bank.candidates(written.course_codes)
    rows, columns = matrix.drawn_up(written, pool)
    sections, _wrong = matrix.read(written)
    named = [row for row in rows if row.key != matrix.FREE]
    points = sum(section.count * section.points for section in sections)
    return render_template(
        "assessments/exams/blueprint.html",
        exam=exam,
        paper=paper,
        versions=papers.versions(paper.family),
        is_fixed=paper.kind == PaperKind.fixed,
        written=written,
        rows=rows,
        columns=columns,
        errors=wrong or [],
        courses=[(course.code, shown_title(course, locale())) for course in catalogue.courses()],
        count=sum(section.count for section in sections),
        points=points,
        is_full=points == paper_rules.FULL_POINTS,
        minutes=_minutes(sections),
        seconds={str(column.type): paper_rules.SECONDS.get(str(column.type), paper_rules.SECONDS_ELSE) for column in columns},
        covered=sum(bool(row.total) for row in named),
        row_count=len(named),
        short=sum(cell.is_short for row in rows for cell in row.cells),
        is_used=exam.paper_id == paper.id,
    )  # fmt: skip


def _minutes(sections: list[paper_actions.Section]) -> int:
    return paper_rules.estimated_minutes(
        [paper_rules.Cell(1, one.title, one.type, one.count, one.points) for one in sections]
    )


@needs(*STAFF)
def lock(code: str) -> Response:
    """锁定: attempts begun from now on are drawn from this version."""
    exam = _exam(code)
    paper = _version(exam, request.form.get("v", type=int))
    try:
        terms.release_paper(exam, paper)
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    else:
        flash(_("第 %(n)s 版已锁定。以后开始的作答用这一版，正在作答的人不受影响。", n=paper.version), "ok")
    return redirect(url_for("exams.blueprint", code=code, v=paper.version), 303)


@needs(*STAFF)
def samples(code: str) -> str | Response:
    """Three papers drawn as for three people, one of them shown, and how many questions each two share."""
    exam = _exam(code)
    paper = _version(exam, request.args.get("v", type=int))
    seed = request.args.get("seed", type=int)
    if seed is None or not 0 <= seed <= LARGEST_SEED:
        fresh = secrets.randbelow(LARGEST_SEED)
        return redirect(url_for("exams.samples", code=code, v=paper.version, seed=fresh), 303)
    shown = min(max(1, request.args.get("n", 1, type=int)), SAMPLES)
    values: dict[str, Any] = {"exam": exam, "paper": paper, "seed": seed, "shown": shown, "error": "", "pairs": []}
    try:
        drawn = _drawn(paper, seed)
    except Refused as refused:
        return render_template("assessments/exams/samples.html", **values | {"error": errors.sentence(refused)})
    values["pairs"] = [
        (a + 1, b + 1, paper_rules.overlap(drawn[a], drawn[b])) for a, b in combinations(range(len(drawn)), 2)
    ]
    versions = papers.asked_versions(drawn[shown - 1])
    parts = [
        (section, [_shown(seed + shown - 1, one, versions[one.version_id]) for one in drawn[shown - 1] if one.section == section.position])
        for section in paper.sections
    ]  # fmt: skip
    return render_template("assessments/exams/samples.html", parts=parts, count=len(drawn[shown - 1]), **values)


def _drawn(paper: Paper, seed: int) -> list[list[paper_rules.Asked]]:
    if paper.kind == PaperKind.fixed:
        items = papers.fixed_items(paper)
        asked = [
            paper_rules.Asked(n, item.section.position, item.question.current_id or 0, item.section.points)
            for n, item in enumerate(items, 1)
        ]
        return [asked] * SAMPLES
    cells, pool = papers.cells(paper), bank.candidates(paper.course_codes)
    paper_rules.check_feasible(cells, pool)
    return [paper_rules.draw(seed + n, cells, pool) for n in range(SAMPLES)]


def _shown(seed: int, asked: paper_rules.Asked, version: QuestionVersion) -> dict[str, Any]:
    order = paper_rules.option_order(seed, asked.position, version.options, shuffled=True)
    by_key = {option["key"]: option for option in version.options}
    return {
        "position": asked.position,
        "code": version.question.code,
        "topic": version.topic,
        "stem": Markup(version.stem_html),  # noqa: S704 - cleaned when it was stored
        "options": [
            (LETTERS[place], Markup(by_key[key]["html"]), by_key[key]["is_right"])  # noqa: S704 - cleaned when stored
            for place, key in enumerate(order)
        ],
        "accepted": "、".join(str(one) for one in version.accepted),
    }


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    one = "/training/exams/<code>/blueprint"
    bp.add_url_rule(one, "blueprint", blueprint)
    bp.add_url_rule(one, "save_blueprint", save_blueprint, methods=["POST"])
    bp.add_url_rule(f"{one}/lock", "lock_blueprint", lock, methods=["POST"])
    bp.add_url_rule(f"{one}/samples", "samples", samples)
