"""What certificates show on other pages: 今日, 我的档案, an exam's result, a person's page, 工作台."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _

from assessments.attempts import queries as attempts
from assessments.attempts.models import Result
from assessments.exams import queries as exams
from assessments.exams import rules as exam_rules
from assessments.exams.models import Exam
from certificates.awards import grounds, queries
from certificates.awards.models import Award
from certificates.awards.queries import AwardRow
from certificates.awards.rules import State
from certificates.awards.views import frame
from courses.progress import queries as progress
from lms import clock
from lms.web import guards, links, slots
from lms.web.guards import Reach, Visitor
from lms.web.links import Target
from lms.web.shell import day_words
from lms.web.slots import CalendarEntry, Card, NavItem, RecordSection, Task

HOUR = 18  # local; deadlines end at six
MINE_SHOWN = 6
ENDING_DAYS = (30, 60, 90)


def today_card(person: Visitor) -> Card | None:
    """我的资格: the certificate that ends soonest when one does, else that of the post, with the days left."""
    rows = [row for row in frame.own(person.id) if row.state in {State.valid, State.expiring}]
    held = any(row.state == State.held for row in frame.own(person.id))
    if not rows:
        return Card("certificates/_today.html", {"row": None}, order=30) if held else None
    row = min(
        rows, key=lambda row: (row.state != State.expiring, row.award.source_kind == grounds.COMPLETION, _left(row))
    )
    until = row.award.valid_until
    total = (until - row.award.issued_on + timedelta(days=1)).days if until else 1
    return Card(
        "certificates/_today.html", {"row": row, "total": total, "others": len(rows) - 1, "is_held": held}, order=30
    )


def _left(row: AwardRow) -> int:
    return row.days_left if row.days_left is not None else 100_000


def tasks(person: Visitor) -> list[Task]:
    """Certificates that end within 60 days: to the exam where one may be taken, else to the certificate."""
    ending = [row for row in frame.own(person.id) if row.state == State.expiring]
    found = []
    for row in ending:
        exam = _exam_to_take(row.award)
        href = links.target("exam", exam.code).href if exam else None
        until = row.award.valid_until
        assert until is not None
        found.append(
            Task(
                title=_("续期：%(title)s", title=row.award.title),
                due_at=clock.local_instant(until, HOUR),
                minutes=exam.minutes if exam and href else None,
                href=href or url_for("certificates.award", number=row.award.number),
                action=_("去考试") if href else _("看证书"),
                facts=(_("证书有效期至 %(day)s", day=day_words(until, year=False)),),
                is_mandatory=False,
            )
        )
    return found


def _exam_to_take(award: Award) -> Exam | None:
    """The exam that would renew it, if this person may start it now."""
    known = exams.titles()
    exam = next((one for one in known if one.code == award.subject), None)
    if exam is None:
        codes = award.facts.get("course_codes") or []
        exam = next((one for one in known if one.unit_id is not None and one.course_codes == codes), None)
    if exam is None:
        return None
    made = attempts.sittings(award.person_id, [one.id for one in known if one.is_open or one is exam]).get(exam.id, [])
    state = exam_rules.standing(exam, made, clock.now()).state
    return exam if state in {"ready", "running"} else None


def ending(reaches: Sequence[Reach], day: date) -> list[dict[str, Any]]:
    """For the board over all programmes: how many certificates end within 30, 60 and 90 days."""
    counts = queries.ending_counts(day, reaches, ENDING_DAYS)
    opens = bool(guards.reaches("hr"))
    return [
        {
            "label": _("%(n)s 天内到期", n=days),
            "value": _("%(n)s 张", n=counts[days]),
            "href": url_for("certificates.register", within=days) if opens else None,
        }
        for days in ENDING_DAYS
    ]


def me_card(person: Visitor) -> Card:
    """我的证书."""
    rows = frame.own(person.id)
    return Card("certificates/_mine.html", {"rows": rows[:MINE_SHOWN], "more": len(rows) > MINE_SHOWN}, order=10)


def calendar(person: Visitor) -> list[CalendarEntry]:
    """The last days of certificates in force."""
    return [
        CalendarEntry(
            day=row.award.valid_until,
            title=_("证书到期：%(title)s", title=row.award.title),
            kind="certificate",
            href=url_for("certificates.award", number=row.award.number),
        )
        for row in frame.own(person.id)
        if row.award.valid_until and row.state in {State.valid, State.expiring}
    ]


def record_section(person_id: int) -> RecordSection:
    """Certificates, for the copy of one's own record."""
    rows = tuple(
        (
            row.award.number,
            row.award.title,
            row.award.issued_on.isoformat(),
            row.award.valid_until.isoformat() if row.award.valid_until else _("长期有效"),
            _(row.state.label),
        )
        for row in frame.own(person_id)
    )
    columns = (_("编号"), _("证书"), _("签发"), _("有效期至"), _("状态"))
    return RecordSection(_("证书"), columns, rows, widths=(1.7, 3, 1.1, 1.1, 1), order=60, key="certificates")


def in_search(person: Visitor, words: str) -> list[tuple[str, str, list[tuple[Target, str]]]]:
    """One's own certificates whose title or number holds the words."""
    wanted = words.casefold()
    hits = [
        (Target(row.award.title, url_for("certificates.award", number=row.award.number)), row.award.number)
        for row in frame.own(person.id)
        if wanted in f"{row.award.title} {row.award.number}".casefold()
    ]
    return [("award", _("我的证书"), hits)] if hits else []


def person_card(person_id: int, viewer: Visitor) -> Card | None:
    """A person's certificates on their page; the owner of the page has checked the reach."""
    rows = queries.awards_of(person_id, clock.today())
    return Card("certificates/_person.html", {"rows": rows}, order=30) if rows and viewer else None


def result_card(result: Result, person: Visitor) -> Card | None:
    """The certificate that a pass has led to, the reason why it waits, or what is still wanted for it."""
    if not result.is_passed:
        return None
    award, course = _led_to(result)
    if award is not None:
        row = _standing(award)
        is_own = person.id == award.person_id
        lead = (_("领取证书"), url_for("certificates.award", number=row.award.number)) if row.is_issued else None
        values = {"row": row, "face": frame.face(row), "is_own": is_own, "lead": lead}
        return Card("certificates/_result.html", values, order=10)
    return Card("certificates/_result_wait.html", {"course": course}, order=10) if course else None


def _led_to(result: Result) -> tuple[Award | None, Any]:
    exam = result.attempt.exam
    if exam.unit is None:
        return queries.of_source(grounds.ATTEMPT, result.attempt_id), None
    course = exam.unit.course
    done = progress.course_completions(result.person_id, course.id)
    return (queries.of_source(grounds.COMPLETION, done[-1].id), None) if done else (None, course)


def _standing(award: Award) -> AwardRow:
    """Where an award stands; of a held one, the certificate that was made from it."""
    made = queries.made_from(award.id)
    row = queries.by_id((made or award).id, clock.today())
    assert row is not None
    return row


def desk_card(person: Visitor) -> Card | None:
    """For HR: what waits to be made, and what ends within 7, 30 and 60 days."""
    reaches = tuple(reach for reach in person.reaches if reach.role == "hr")
    if not reaches:
        return None
    day = clock.today()
    values = {"held": queries.held_count(day, reaches), "ending": queries.expiring_counts(day, reaches)}
    return Card("certificates/_desk.html", values, order=25)


def corrections_card(person: Visitor) -> Card | None:
    """For HR: passes that a regrade has taken away and that wait for a decision."""
    reaches = tuple(reach for reach in person.reaches if reach.role == "hr")
    n = queries.open_proposals(reaches, clock.today()) if reaches else 0
    return Card("certificates/_corrections.html", {"n": n}, order=26) if n else None


def corrections_link(_ref_id: str) -> Target | None:
    """The list of corrections, for HR."""
    return Target(_("待处理的更正"), url_for("certificates.corrections") if guards.reaches("hr") else None)


def init_app(app: Flask) -> None:
    """Fill the slots, register the link kind and the entry of the rail."""
    for slot, filler in (
        ("today_side", today_card),
        ("tasks", tasks),
        ("me_main", me_card),
        ("person_tabs", person_card),
        ("result_side", result_card),
        ("desk", desk_card),
        ("calendar", calendar),
        ("search_more", in_search),
        ("record_sections", record_section),
        ("certificates_ending", ending),
        ("desk", corrections_card),
    ):
        slots.fill(app, slot, filler)
    item = NavItem("证书", "certificates.register", "award", shell="staff", roles=frozenset({"hr"}), order=50)
    slots.fill(app, "navigation", lambda: item)
    links.register(app, "award", "证书", frame.award_link)
    links.register(app, "pass_proposal", "待处理的更正", corrections_link)
