"""Arranging exams: a new one on a paper, its window and terms, and whether it can be opened."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.attempts import statistics
from assessments.attempts.forms import NewExamForm, TermsForm
from assessments.attempts.statistics import Counts
from assessments.attempts.views.staff import SECTION, STAFF, may_arrange
from assessments.exams import queries as exams
from assessments.exams.actions import terms as exam_terms
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.models import Paper, PaperKind
from lms import clock
from lms.errors import Refused
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.shell import mark_section

Page = str | Response | tuple[str, int]
FIRST_TERMS = {
    "minutes": 60, "attempts_allowed": 3, "first_delay_hours": 24, "later_delay_hours": 24, "pass_mark": 80,
    "multiple_rule": MultipleRule.all_or_nothing.value, "review": Review.after_close.value, "grace_minutes": 10,
}  # fmt: skip


def _exam(code: str) -> Exam:
    mark_section(SECTION)
    return guards.found(exams.exam(code))


@needs(*STAFF)
def terms(code: str) -> Page:
    """Change window and terms; what would stand in the way of opening is listed beside them."""
    exam = _exam(code)
    guards.allow(may_arrange())
    if request.method == "GET":
        return _terms_page(exam, TermsForm.of(exam))
    form, error = TermsForm.from_request(), ""
    if form.validate():
        try:
            exam_terms.change_terms(exam, form.wanted)
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("已保存。正在作答的人按开始时的规定继续。"), "ok")
            return redirect(url_for("attempts.attempt_list", code=code), 303)
    return _terms_page(exam, form, error), 422


def _terms_page(exam: Exam, form: TermsForm, error: str = "") -> str:
    counts = statistics.exam_counts([exam.id]).get(exam.id, Counts())
    cells = papers.cells(exam.paper)
    return render_template(
        "assessments/attempts/terms.html",
        exam=exam,
        form=form,
        error=error,
        counts=counts,
        question_count=sum(cell.count for cell in cells),
        estimate=paper_rules.estimated_minutes(cells),
        shortage=_shortage(exam.paper),
        from_library=bool(exam.digest),
    )


def _shortage(paper: Paper) -> str:
    """What stands between this paper and an exam, in a sentence; empty when nothing does."""
    try:
        exam_terms.check_paper(paper)
    except Refused as refused:
        return errors.sentence(refused)
    return ""


@needs(*STAFF)
def new_exam() -> Page:
    """Make an exam from a copy of a paper; it stays closed until its terms page opens it."""
    mark_section(SECTION)
    guards.allow(may_arrange())
    bases = {paper.family: paper for paper in papers.newest_papers() if paper.kind == PaperKind.drawn}
    if request.method == "GET":
        now = clock.local(clock.now())
        form = NewExamForm(
            None, data=FIRST_TERMS | {"code": f"exam-{now:%Y%m%d}", "base": request.args.get("base", "")}
        )
    else:
        form = NewExamForm.from_request()
    form.base.choices = [
        (family, _("%(title)s（第 %(n)s 版）", title=paper.title, n=paper.version)) for family, paper in bases.items()
    ]
    error = ""
    if request.method == "POST" and form.validate():
        try:
            exam = exam_terms.create_like(form.code.data, form.title.data.strip(), bases[form.base.data], form.wanted)
        except Refused as refused:
            error = errors.sentence(refused)
        else:
            flash(_("考试已建好，还没有开放。先看组卷蓝图，再到考试安排里开放。"), "ok")
            return redirect(url_for("exams.blueprint", code=exam.code), 303)
    page = render_template("assessments/attempts/new_exam.html", form=form, error=error, has_bases=bool(bases))
    return page if request.method == "GET" else (page, 422)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/exams/new", "new_exam", new_exam, methods=["GET", "POST"])
    bp.add_url_rule("/training/exams/<code>/terms", "terms", terms, methods=["GET", "POST"])
