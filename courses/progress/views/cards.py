"""What learning shows on other pages: 今日, 我的档案, 工作台, a person's page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g, url_for
from flask_babel import gettext as _

from courses.catalogue import queries as catalogue_queries
from courses.catalogue.models import CourseUnit, UnitKind
from courses.hours import queries as hours
from courses.hours.rules import shown
from courses.progress import queries, training
from courses.progress.queries import CourseStanding
from courses.progress.rules import Asked
from courses.progress.views.learning import shown_title, unit_href
from lms import clock
from lms.web import slots
from lms.web.guards import Visitor
from lms.web.slots import Card, NavItem, RecordSection, Task

STAFF = frozenset({"trainer", "hr"})
WEEK = 7
CARDS_SHOWN = 6
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def own_standing(person_id: int) -> list[CourseStanding]:
    """The person's courses, read once a request however many cards want them."""
    kept: dict[int, list[CourseStanding]] = g.setdefault("courses_standing", {})
    if person_id not in kept:
        kept[person_id] = queries.standing(person_id, dues(person_id))
    return kept[person_id]


def asked(person_id: int) -> list[Asked]:
    """What nouns above ask of a person, read once a request."""
    kept: dict[int, list[Asked]] = g.setdefault("courses_asked", {})
    if person_id not in kept:
        kept[person_id] = list(slots.gather("asked_courses", person_id))
    return kept[person_id]


def dues(person_id: int) -> dict[str, datetime]:
    """{course code: the nearest deadline} of what a person is asked to do."""
    found: dict[str, datetime] = {}
    for one in asked(person_id):
        found[one.code] = min(one.due_at, found.get(one.code, one.due_at))
    return found


def tasks(person: Visitor) -> list[Task]:
    """Courses that are asked and not done, with what is left of them; a course asked for twice by its nearest day."""
    waiting: dict[str, Asked] = {}
    for one in sorted(asked(person.id), key=lambda one: one.due_at):
        if one.is_waiting:
            waiting.setdefault(one.code, one)
    if not waiting:
        return []
    standing = {one.course.code: one for one in own_standing(person.id)}
    return [_task(one, standing[one.code]) for one in waiting.values() if one.code in standing]


def _task(one: Asked, standing: CourseStanding) -> Task:
    title, step = shown_title(standing.course), standing.next_step
    if step is None:  # done once, but no longer valid: its exam proves it anew
        exams = [row for row in standing.steps if not row.is_lesson]
        href = unit_href(exams[-1].unit) if exams else url_for("courses.course", code=one.code)
        return Task(title, one.due_at, None, href, _("再考一次"), (_("上次的已过有效期"), one.what), is_mandatory=True)
    return Task(
        title=title,
        due_at=one.due_at,
        minutes=standing.minutes_left,
        href=unit_href(step.unit),
        action=_("继续") if standing.has_begun else _("开始"),
        facts=(_("课程，剩 %(n)s 节", n=len(standing.steps) - standing.done), one.what),
        is_mandatory=True,
    )


def next_card(person: Visitor) -> Card | None:
    """接着学: the course read last, else the one due first, else a mandatory one not begun."""
    taken = [one for one in own_standing(person.id) if one.next_step]
    if not taken:
        return _suggestion(person)
    read = [one for one in taken if one.read_at]
    chosen = max(read, key=lambda one: one.read_at.timestamp() if one.read_at else 0) if read else taken[0]
    return _next(person.id, chosen)


def _next(person_id: int, chosen: CourseStanding) -> Card:
    step = chosen.next_step
    assert step is not None
    place = ""
    reading = queries.reading(person_id, step.unit.id) if step.state == "now" else None
    if reading is not None:
        place = _place(reading.version.html, reading.version.headings, reading.block)
    return Card(
        "courses/progress/_next.html",
        {"one": chosen, "step": step, "place": place, "href": unit_href(step.unit)},
        order=10,
    )


def _place(html: str, headings: list[dict[str, Any]], block: int) -> str:
    """The heading under which a block stands, or nothing before the first."""
    at = html.find(f' data-p="{block}"')
    place = ""
    for heading in headings:
        where = html.find(f' id="{heading["id"]}"')
        if 0 <= html.rfind("<", 0, max(where, 0)) <= at:
            place = heading["title"]
    return place


def _suggestion(person: Visitor) -> Card | None:
    everything = queries.standings(person.id)
    waiting = [one for one in everything if one.next_step]
    if not waiting:
        return Card("courses/progress/_all_done.html", {}, order=10) if everything else None
    first = min(waiting, key=lambda one: (not one.course.is_mandatory, one.course.code))
    return _next(person.id, first)


def week_card(person: Visitor) -> Card:
    """近 7 天: minutes a day, from what the server credited."""
    today = clock.today()
    first = today - timedelta(days=WEEK - 1)
    seconds = queries.study_seconds(person.id, first, today)
    days: list[dict[str, Any]] = []
    for n in range(WEEK):
        day = first + timedelta(days=n)
        label = _("今天") if day == today else _(WEEKDAYS[day.weekday()])
        days.append({"label": label, "minutes": -(-seconds.get(day, 0) // 60), "now": day == today, "rest": False})
    total = sum(one["minutes"] for one in days)  # as the bars say it
    return Card("courses/progress/_week.html", {"days": days, "total": total}, order=40)


def more_card(person: Visitor) -> Card | None:
    """在学课程: a card a course."""
    found = [one for one in own_standing(person.id) if not one.is_done][:CARDS_SHOWN]
    return Card("courses/progress/_courses.html", {"rows": found, "dues": dues(person.id)}, order=10) if found else None


def me_card(person: Visitor) -> Card:
    """我的档案: courses and hours."""
    return _learning_card(person.id, "courses/progress/_mine.html", 20)


def person_card(person_id: int, viewer: Visitor) -> Card:
    """The same on a person's page, for those who may see it; the owner of the page has checked the reach."""
    may_reverse = viewer.id != person_id and any(reach.role == "hr" for reach in viewer.reaches)
    return _learning_card(person_id, "courses/progress/_person.html", 20, may_reverse=may_reverse)


def _learning_card(person_id: int, template: str, order: int, *, may_reverse: bool = False) -> Card:
    today = clock.today()
    ledger = hours.ledger(person_id, today.year, today)
    values = {"rows": own_standing(person_id), "ledger": ledger, "shown": shown, "may_reverse": may_reverse}
    return Card(template, values, order=order)


@dataclass(frozen=True)
class CourseRow:
    """A course as a trainer sees it."""

    code: str
    title: str
    version: int
    lessons: int
    readers: int
    updated_at: object


def desk(person: Visitor) -> list[Card]:
    """The trainer's cards: courses with versions and readers; texts that cite what no longer holds."""
    if not any(reach.role == "trainer" for reach in person.reaches):
        return []
    readers = training.readers()
    rows = [
        CourseRow(
            found.code,
            shown_title(found),
            found.version,
            sum(unit.kind == UnitKind.lesson and not unit.is_retired for unit in found.units),
            readers.get(found.id, 0),
            found.updated_at,
        )
        for found in catalogue_queries.open_courses()
    ]
    cards = [Card("courses/progress/_desk.html", {"rows": rows}, order=20)]
    lapsed = training.lapsed_citations(clock.today())
    if lapsed:
        cards.append(Card("courses/progress/_lapsed.html", {"rows": lapsed}, order=10))
    return cards


def lesson_readers(unit: CourseUnit) -> dict[int, int]:
    """{version number: people who have read it}, for a lesson's history."""
    return queries.readers_by_version(unit.id)


def lapsed_card() -> Card | None:
    """Texts that cite what no longer holds, for the trainer's page of policy updates."""
    rows = training.lapsed_citations(clock.today())
    return Card("courses/progress/_lapsed.html", {"rows": rows}, order=10) if rows else None


def record_section(person_id: int) -> RecordSection:
    """Courses taken up, for the copy of one's own record."""
    rows = tuple(
        (
            one.course.code,
            shown_title(one.course),
            _("%(n)s / %(m)s 节", n=one.done, m=len(one.steps)),
            f"{clock.local(one.completed_at):%Y-%m-%d}" if one.completed_at else "",
        )
        for one in own_standing(person_id)
    )
    columns = (_("代码"), _("课程"), _("进度"), _("学完"))
    return RecordSection(_("课程"), columns, rows, widths=(0.7, 4, 1, 1.2), order=30, key="courses")


def navigation() -> list[NavItem]:
    """课程 for everyone, 培训 for trainers and HR."""
    return [
        NavItem("课程", "courses.catalogue", "book-open", order=20),
        NavItem("培训", "courses.training", "graduation-cap", shell="staff", roles=STAFF, order=20),
    ]


def init_app(app: Flask) -> None:
    """Fill the slots."""
    for slot, filler in (
        ("navigation", navigation),
        ("tasks", tasks),
        ("today_main", next_card),
        ("today_side", week_card),
        ("today_more", more_card),
        ("me_main", me_card),
        ("person_tabs", person_card),
        ("desk", desk),
        ("lesson_readers", lesson_readers),
        ("policy_lapsed", lapsed_card),
        ("record_sections", record_section),
    ):
        slots.fill(app, slot, filler)
