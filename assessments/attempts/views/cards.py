"""What exams show on other pages: 今日, course page, 我的档案, the desk; links, search and navigation."""

from datetime import datetime

from flask import Flask, g, url_for
from flask_babel import gettext as _

from assessments.attempts import queries, statistics
from assessments.attempts.models import AttemptStatus, Result
from assessments.attempts.statistics import Counts
from assessments.attempts.views.listing import Row, rows_for
from assessments.attempts.views.results import may_see
from assessments.bank import queries as bank
from assessments.exams import queries as exams
from courses.catalogue.models import Course
from courses.catalogue.rules import shown_title
from courses.progress import queries as progress
from lms import clock
from lms.web import guards, slots
from lms.web import links as link_kinds
from lms.web.guards import Visitor
from lms.web.languages import locale
from lms.web.links import Target
from lms.web.slots import CalendarEntry, Card, NavItem, RecordSection, Task

RECENT = 8
RECORDED = 1000
STAFF = frozenset({"trainer", "hr", "line_leader"})
LABEL = 40  # characters of a stem in a list


def tasks(person: Visitor) -> list[Task]:
    """Exams under way; and those one may sit now that have a closing time, or whose courses are all done. The quiz of
    a course without a window comes with the course.
    """
    rows = [
        row
        for row in rows_for(person.id, [one for one in exams.titles() if one.is_open])
        if row.standing.state in {"running", "ready"}
    ]
    waiting = [row for row in rows if row.standing.state == "ready" and row.exam.unit_id is None]
    done = {one.course.code for one in progress.standings(person.id) if one.completed_at} if waiting else set()
    return [
        _task(row)
        for row in rows
        if row.running or row.exam.closes_at or (row in waiting and set(row.exam.course_codes) <= done)
    ]


def _task(row: Row) -> Task:
    exam = row.exam
    if row.running:
        return Task(
            title=row.title,
            due_at=row.running.deadline_at,
            minutes=None,
            href=url_for("attempts.question", attempt_id=row.running.id, n=1),
            action=_("继续作答"),
            facts=(_("考试正在进行，答案都在"),),
            is_mandatory=True,
        )
    return Task(
        title=row.title,
        due_at=exam.closes_at,
        minutes=exam.minutes,
        href=url_for("exams.exam", code=exam.code),
        action=_("查看要求"),
        facts=(_("考试"), _("剩 %(n)s 次机会", n=row.standing.attempts_left), _("请安排在离线时段")),
    )


def course_cards(course: Course, person: Visitor) -> list[Card]:
    """The closing exam of a course and where the person stands with it."""
    rows = rows_for(person.id, exams.exams_of_course(course.id))
    return [Card("assessments/exams/_course.html", {"row": row}, order=20) for row in rows]


def me_card(person: Visitor) -> Card:
    """The person's newest results, each opening its page."""
    values = {"results": queries.recent_results(person.id, RECENT), "endpoint": "attempts.result"}
    return Card("assessments/attempts/_mine.html", values, order=30)


def record_section(person_id: int) -> RecordSection:
    """Every attempt with a result, for the copy of one's own record."""
    rows = tuple(
        (
            f"{clock.local(one.graded_at):%Y-%m-%d %H:%M}",
            shown_title(one.attempt.exam, locale()),
            str(one.attempt.number),
            f"{one.score:.2f}",
            _("已作废")
            if one.attempt.status == AttemptStatus.voided
            else _("通过")
            if one.is_passed
            else _("未到合格线"),
        )
        for one in queries.recent_results(person_id, RECORDED)
    )
    columns = (_("时间"), _("考试"), _("第几次"), _("分数"), _("结果"))
    return RecordSection(_("考试作答"), columns, rows, widths=(1.6, 3, 0.7, 0.8, 1.2), order=50, key="attempts")


def person_card(person_id: int, _viewer: Visitor) -> Card | None:
    """The same on a person's page, for those whose roles reach the person."""
    if not may_see(person_id):
        return None
    values = {"results": queries.recent_results(person_id, RECENT), "endpoint": "attempts.record"}
    return Card("assessments/attempts/_mine.html", values, order=40)


def events_card(result: Result, _person: Visitor) -> Card | None:
    """What was out of the ordinary in a sitting: answers that came after the deadline, minutes that were added."""
    attempt = result.attempt
    is_late = attempt.handed_in_at is None or attempt.handed_in_at >= attempt.deadline_at
    late = queries.late_answers(attempt.id, attempt.deadline_at) if is_late else 0
    extensions = queries.extensions(attempt.id)
    if not late and not extensions:
        return None
    return Card("assessments/attempts/_events.html", {"late": late, "extensions": extensions}, order=5)


def calendar(person: Visitor) -> list[CalendarEntry]:
    """The days ahead when exams open and close that the person may still sit, and where those under way end."""
    now = clock.now()
    rows = rows_for(person.id, exams.open_exams())
    days = [
        _day(task.due_at, task.title, task.href) for row in rows if row.running for task in [_task(row)] if task.due_at
    ]
    for row in rows:
        if row.standing.state not in {"ready", "waiting", "not_yet"}:
            continue
        for at, fact in ((row.exam.opens_at, _("考试开放")), (row.exam.closes_at, _("考试截止"))):
            if at is not None and at > now:
                words = f"{fact}{_('：')}{row.title}"
                days.append(_day(at, words, url_for("exams.exam", code=row.exam.code)))
    return days


def _day(at: datetime, title: str, href: str) -> CalendarEntry:
    return CalendarEntry(day=clock.local(at).date(), title=title, kind="exam", href=href, at=at)


def desk_card(_person: Visitor) -> Card | None:
    """Exams with people sitting now, the size of the bank, questions that cite what no longer holds."""
    if not guards.reaches("trainer"):
        return None
    everything = exams.open_exams()
    counts = statistics.exam_counts([exam.id for exam in everything])
    lapsed = bank.BankFilter(validity="lapsed")
    values = {
        "rows": [(exam, counts.get(exam.id, Counts())) for exam in everything],
        "bank": sum(bank.counts().values()),
        "lapsed": bank.page_of_bank(lapsed, clock.today(), 1, 1)[1],
    }
    return Card("assessments/exams/_desk.html", values, order=30)


def exam_link(ref_id: str) -> Target | None:
    """An exam's title and page; read once a request however many courses name theirs."""
    if "exam_titles" not in g:
        g.exam_titles = {exam.code: exam for exam in exams.titles()}
    found = g.exam_titles.get(ref_id)
    return Target(shown_title(found, locale()), url_for("exams.exam", code=found.code)) if found else None


def attempt_link(ref_id: str) -> Target | None:
    """An attempt's result, for its person and for those who reach the person."""
    found = queries.attempt(int(ref_id)) if ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 10 else None
    if found is None:
        return None
    label = _("%(title)s，第 %(n)s 次", title=shown_title(found.exam, locale()), n=found.number)
    if found.status == AttemptStatus.open:
        return Target(label, None)
    if found.person_id == g.person.id:
        return Target(label, url_for("attempts.result", attempt_id=found.id))
    reached: dict[int, bool] = g.setdefault("results_reached", {})
    if found.person_id not in reached:
        reached[found.person_id] = may_see(found.person_id)
    return Target(label, url_for("attempts.record", attempt_id=found.id) if reached[found.person_id] else None)


def question_link(ref_id: str) -> Target | None:
    """A question by its number alone; trainers see how it begins and may open it."""
    if not guards.reaches("trainer"):
        return Target(ref_id, None)
    if "question_titles" not in g:
        g.question_titles = bank.titles()
    words = g.question_titles.get(ref_id)
    return Target(f"{ref_id} {words}", url_for("exams.question", code=ref_id)) if words else None


def search_kinds() -> list[tuple[str, str]]:
    """Exams are found by everybody, questions by trainers only."""
    return [("exam", "考试")] + ([("question", "题目")] if guards.reaches("trainer") else [])


def navigation() -> list[NavItem]:
    """考试 for everyone; 题库 for trainers, 考试 for those who look after others."""
    trainers = frozenset({"trainer"})
    return [
        NavItem("考试", "exams.index", "clipboard-check", order=30),
        NavItem("题库", "exams.questions", "library", shell="staff", roles=trainers, order=30),
        NavItem("考试", "attempts.exam_list", "clipboard-check", shell="staff", roles=STAFF, order=31),
    ]


def init_app(app: Flask) -> None:
    """Fill the slots, register link kinds and navigation."""
    for slot, filler in (
        ("navigation", navigation),
        ("tasks", tasks),
        ("course_page", course_cards),
        ("me_main", me_card),
        ("person_tabs", person_card),
        ("desk", desk_card),
        ("result_side", events_card),
        ("calendar", calendar),
        ("search_kinds", search_kinds),
        ("record_sections", record_section),
    ):
        slots.fill(app, slot, filler)
    link_kinds.register(app, "exam", "考试", exam_link)
    link_kinds.register(app, "attempt", "作答记录", attempt_link)
    link_kinds.register(app, "question", "题目", question_link)
