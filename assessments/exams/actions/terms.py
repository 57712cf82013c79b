"""Make an exam and change its window and terms by hand; attempts keep the terms they began with."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from assessments.bank import queries as bank
from assessments.exams import queries, rules
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.papers import actions as paper_actions
from assessments.papers import queries as papers
from assessments.papers import rules as paper_rules
from assessments.papers.models import Paper, PaperKind
from lms import audit, clock, search
from lms.db import db
from lms.errors import Refused


@dataclass(frozen=True)
class NewTerms:
    """Window and terms as a trainer wants them."""

    opens_at: datetime | None
    closes_at: datetime | None
    minutes: int
    attempts_allowed: int
    first_delay_hours: int
    later_delay_hours: int
    pass_mark: Decimal
    multiple_rule: MultipleRule
    review: Review
    grace_minutes: int
    is_open: bool


def check_code(code: str) -> None:
    """Refuse a code that an exam or a paper has, and the word that stands in the address of the form."""
    if code == "new" or queries.exam(code) is not None or papers.paper(code) is not None:
        raise Refused("编号「{code}」已经用过。换一个编号。", code=code)


def create_like(code: str, title: str, base: Paper, wanted: NewTerms) -> Exam:
    """A new exam on a new paper that is drawn as the base is; refuses a code in use and terms that cannot work before
    anything is written.
    """
    check_code(code)
    _check(wanted, base)
    return create(code, title, paper_actions.copy(base, code, title), wanted)


def create(code: str, title: str, paper: Paper, wanted: NewTerms) -> Exam:
    """A new exam that stands alone on a paper of its own; refuses terms that cannot work."""
    _check(wanted, paper)
    exam = Exam(code=code, title=title, paper=paper, course_codes=list(paper.course_codes), **asdict(wanted))
    db.session.add(exam)
    db.session.flush()
    search.put("exam", code, title, title)
    audit.record("exam.create", "exam", code, title, paper=paper.code)
    return exam


def change_terms(exam: Exam, wanted: NewTerms) -> None:
    """Set the window and terms of an exam; attempts under way keep the terms they began with."""
    _check(wanted, exam.paper)
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for name, value in asdict(wanted).items():
        if getattr(exam, name) != value:
            before[name], after[name] = _words(getattr(exam, name)), _words(value)
            setattr(exam, name, value)
    if after:
        audit.record("exam.change", "exam", exam.code, exam.title, before=before, after=after)


def _check(wanted: NewTerms, paper: Paper) -> None:
    """Refuse what cannot work; an exam that is to be open must be one that people can sit."""
    rules.check_terms(wanted, wanted.pass_mark)
    if not 0 <= wanted.grace_minutes <= rules.LONGEST_GRACE:
        raise Refused(
            "补传宽限应在 0 到 {most} 分钟之间，现在是 {n}。", most=rules.LONGEST_GRACE, n=wanted.grace_minutes
        )
    if not wanted.is_open:
        return
    cells = papers.cells(paper)
    rules.check_publishable(wanted, paper_rules.estimated_minutes(cells), clock.now())
    check_paper(paper)


def check_paper(paper: Paper) -> None:
    """Refuse a paper whose points are not 100, or that the bank cannot fill."""
    cells = papers.cells(paper)
    paper_rules.check_cells(cells)
    if paper.kind == PaperKind.drawn:
        paper_rules.check_feasible(cells, bank.candidates(paper.course_codes))


def release_paper(exam: Exam, paper: Paper) -> None:
    """锁定: let the exam use this version of its paper from now on; attempts keep the questions they began with."""
    check_paper(paper)
    if exam.paper_id == paper.id:
        raise Refused("这一版已经锁定，考试正在用它。")
    before = exam.paper.code
    if paper.locked_at is None:
        paper.locked_at = clock.now()
    exam.paper = paper
    audit.record("exam.release_paper", "exam", exam.code, exam.title, before=before, after=paper.code)


def _words(value: Any) -> str:
    if value is None:
        return "—"
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)
