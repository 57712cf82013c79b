"""What a learner sees of programmes: the page of one, tasks and deadlines, and the cards on other pages."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Flask, g, render_template, url_for
from flask_babel import gettext as _

from courses.catalogue.models import Course
from courses.programmes.models import Programme, Stage
from courses.programmes.queries import members, sources
from courses.programmes.queries import programmes as queries
from courses.programmes.queries.members import Own
from courses.programmes.queries.sources import Offer
from courses.programmes.rules import content
from courses.programmes.views import frame
from courses.progress import queries as progress
from courses.progress.queries import CourseStanding
from courses.progress.rules import Asked
from lms import clock
from lms.policies import queries as policies
from lms.web import guards, links, slots
from lms.web.guards import Visitor
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import CalendarEntry, Card, NavItem, Task

TODAY = "home.today"
COMPLIANCE_ROLES = frozenset(frame.ROLES)


@dataclass(frozen=True)
class Item:
    """One thing that is asked, as one person has it."""

    offer: Offer
    title: str
    kind: str
    done_on: date | None
    note: str
    href: str | None


def _running(person_id: int) -> list[Own]:
    """The programmes that wait for a person, read once a request however many cards want them."""
    kept: dict[int, list[Own]] = g.setdefault("programmes_running", {})
    if person_id not in kept:
        kept[person_id] = members.of_person(person_id, running=True)
    return kept[person_id]


def _counted(person_id: int, waiting: list[Own]) -> dict[int, dict[content.Key, content.Fact]]:
    """{programme: what counts of what the person has done}, a fixed number of queries for all of them."""
    keys = {(item.kind, item.ref_id) for own in waiting for item in own.programme.items}
    if not keys:
        return {}
    offers = _offers()
    facts = sources.facts(keys, [person_id])[person_id]
    found = {}
    for own in waiting:
        items = {(item.kind, item.ref_id) for item in own.programme.items}
        months = {key: offers[key].months for key in items if key in offers}
        counted = content.counted(
            (fact for fact in facts if fact.key in items),
            months,
            clock.local(own.joined_at).date(),
            counts_earlier=own.programme.counts_earlier,
        )
        found[own.programme.id] = counted
    return found


def _offers() -> dict[content.Key, Offer]:
    known: dict[content.Key, Offer] | None = g.get("programme_offers")
    if known is None:
        known = g.programme_offers = sources.offers()
    return known


def asked_courses(person_id: int) -> list[Asked]:
    """The courses that running programmes ask of a person; those already done, or that one may choose from, do not wait."""
    waiting = _running(person_id)
    counted = _counted(person_id, waiting)
    return [
        Asked(
            item.ref_id,
            own.due_at,
            own.programme.title,
            is_waiting=not _is_choice(own.programme) and (item.kind, item.ref_id) not in counted[own.programme.id],
        )
        for own in waiting
        for item in own.programme.items
        if item.kind == sources.COURSE
    ]


def _is_choice(programme: Programme) -> bool:
    return bool(programme.needed and programme.needed < len(programme.items))


def tasks(person: Visitor) -> list[Task]:
    """What is asked besides courses, which have tasks of their own: exams; and one for the whole where some are enough."""
    waiting = _running(person.id)
    if all(not _is_choice(own.programme) and _only_courses(own.programme) for own in waiting):
        return []
    counted = _counted(person.id, waiting)
    found: dict[content.Key, Task] = {}
    whole: list[Task] = []
    for own in waiting:
        done = counted[own.programme.id]
        if _is_choice(own.programme):
            whole.append(_whole(own, len(done)))
            continue
        for item in own.programme.items:
            key = item.kind, item.ref_id
            if item.kind != sources.COURSE and key not in done and key not in found:
                task = _task(key, own)
                if task is not None:
                    found[key] = task
    return [*found.values(), *whole]


def calendar(person: Visitor) -> list[CalendarEntry]:
    """The deadlines of what is or was asked of somebody, for 日历."""
    return [
        CalendarEntry(
            day=clock.local(own.due_at).date(),
            title=own.programme.title,
            kind="course",
            href=url_for("courses.my_programme", programme_id=own.programme.id),
            at=own.due_at,
            is_done=own.completed_at is not None,
        )
        for own in members.of_person(person.id)
        if own.left_at is None and (own.completed_at is not None or own.programme.state is Stage.published)
    ]


def _only_courses(programme: Programme) -> bool:
    return all(item.kind == sources.COURSE for item in programme.items)


def _whole(own: Own, done: int) -> Task:
    left = (own.programme.needed or 0) - done
    return Task(
        title=own.programme.title,
        due_at=own.due_at,
        minutes=None,
        href=url_for("courses.my_programme", programme_id=own.programme.id),
        action=_("去选"),
        facts=(_("再完成 %(n)s 项", n=left),),
        is_mandatory=True,
    )


def _task(key: content.Key, own: Own) -> Task | None:
    href, offer = links.target(*key).href, _offers().get(key)
    if offer is None or href is None:
        return None
    facts = (frame.kind_word(offer.kind), own.programme.title)
    title = frame.title_of(offer)
    return Task(title, own.due_at, offer.minutes or None, href, _("查看要求"), facts, is_mandatory=True)


def shown_items(programme: Programme, person_id: int | None, joined_at: datetime | None = None) -> list[Item]:
    """What a programme asks, with how far a person is; without a person, as it looks to somebody who has done nothing."""
    done: dict[content.Key, content.Fact] = {}
    standing: dict[str, CourseStanding] = {}
    if person_id is not None and joined_at is not None:
        items = [(item.kind, item.ref_id) for item in programme.items]
        months = {key: offer.months for key, offer in _offers().items() if key in items}
        facts = sources.facts(items, [person_id])[person_id]
        entered_on = clock.local(joined_at).date()
        done = content.counted(facts, months, entered_on, counts_earlier=programme.counts_earlier)
        standing = {one.course.code: one for one in progress.standings(person_id)}
    found = []
    for offer in frame.shown_offers(programme):
        fact = done.get(offer.key)
        one = standing.get(offer.ref_id) if offer.kind == sources.COURSE else None
        if fact is not None:
            note = _("已完成")
        elif one is not None and one.has_begun and not one.is_done:
            note = _("已学完 %(n)s / %(m)s 节，还剩 %(left)s 分钟", n=one.done, m=len(one.steps), left=one.minutes_left)
        elif one is not None and one.is_done:
            note = _("已过有效期，再通过一次测验")
        else:
            note = _("%(n)s 分钟", n=offer.minutes) if offer.minutes else _("还没开始")
        href = links.target(offer.kind, offer.ref_id).href
        title, kind = frame.title_of(offer), frame.kind_word(offer.kind)
        found.append(Item(offer, title, kind, fact.on if fact else None, note, href))
    return found


def my_programme(programme_id: int) -> str:
    """A programme as the person who is asked has it."""
    own = guards.found(next((own for own in members.of_person(g.person.id) if own.programme.id == programme_id), None))
    programme = own.programme
    guards.allow(programme.state is not Stage.draft, seen=False)
    mark_section(TODAY)
    return render_template(
        "courses/programmes/mine.html",
        programme=programme,
        own=own,
        items=shown_items(programme, g.person.id, own.joined_at),
        policy=policies.document(programme.policy_code) if programme.policy_code else None,
        is_late=own.completed_at is None and frame.is_late(own.due_at),
        needed=programme.needed,
        left_word=_(frame.REASONS[own.left_reason]) if own.left_reason else "",
    )


def course_card(course: Course, person: Visitor) -> Card | None:
    """Which programme asks a person for a course, and by when."""
    asked = [
        own
        for own in _running(person.id)
        if any(item.kind == sources.COURSE and item.ref_id == course.code for item in own.programme.items)
    ]
    return Card("courses/programmes/_course.html", {"rows": asked}, order=5) if asked else None


def training_card(course: Course, _viewer: Visitor) -> Card:
    """The running programmes that ask for a course, for those who plan training."""
    rows = [one for one in queries.asking_for(sources.COURSE, course.code) if frame.may_change(one)]
    return Card("courses/programmes/_training.html", {"rows": rows, "code": course.code}, order=10)


def person_card(person_id: int, viewer: Visitor) -> Card | None:
    """What is asked of somebody, with where they stand; the owner of the page has checked the reach."""
    rows = [own for own in members.of_person(person_id) if own.programme.state is not Stage.draft]
    if not rows:
        return None
    opens = any(reach.role in frame.ROLES for reach in viewer.reaches)
    words = {own.member_id: _standing_words(own) for own in rows}
    return Card("courses/programmes/_person.html", {"rows": rows, "words": words, "opens": opens}, order=25)


def _standing_words(own: Own) -> tuple[str, str]:
    """(state in words, its kind of tag)."""
    if own.completed_at is not None:
        return _("已完成"), "ok"
    if own.left_at is not None:
        return _("不再要求"), ""
    if own.programme.state is Stage.closed:
        return _("任务已结束，没有完成"), "warn"
    return (_("已逾期"), "danger") if frame.is_late(own.due_at) else (_("未完成"), "brand")


def link(ref_id: str) -> Target | None:
    """A programme: the page of whoever is asked, else the board for those who plan."""
    programme = queries.programme(int(ref_id)) if ref_id.isdigit() and len(ref_id) < 12 else None
    if programme is None:
        return None
    person = g.get("person")
    if person is None:
        return Target(programme.title, None)
    if any(own.programme.id == programme.id for own in members.of_person(person.id)):
        return Target(programme.title, url_for("courses.my_programme", programme_id=programme.id))
    return Target(programme.title, url_for("courses.programme", programme_id=programme.id) if frame.seen() else None)


def desk(person: Visitor) -> Card | None:
    """工作台: running programmes with people who are late, and drafts that wait."""
    if not frame.seen():
        return None
    from_now = clock.now()
    running = queries.programmes((Stage.published,))
    counts = members.counts([one.id for one in running], frame.seen(), clock.today(), from_now)
    rows: list[tuple[Programme, Any]] = [
        (one, total) for one in running if (total := sum(counts[one.id].values(), frame.NOBODY)).asked
    ]
    return Card("courses/programmes/_desk.html", {"rows": rows[:6], "person": person}, order=15) if rows else None


def navigation() -> NavItem:
    """达标, for those who answer for other people's training."""
    return NavItem("达标", frame.COMPLIANCE, "target", shell="staff", roles=COMPLIANCE_ROLES, order=22)


def init_app(app: Flask) -> None:
    """Fill the slots and name the link kind."""
    links.register(app, "programme", "培训任务", link)
    sources.register(sources.COURSES)
    for slot, filler in (
        ("tasks", tasks),
        ("calendar", calendar),
        ("asked_courses", asked_courses),
        ("course_page", course_card),
        ("training_course", training_card),
        ("person_tabs", person_card),
        ("desk", desk),
        ("navigation", navigation),
    ):
        slots.fill(app, slot, filler)


def register(bp: Blueprint) -> None:
    """Put the page at its address."""
    bp.add_url_rule("/programmes/<int:programme_id>", "my_programme", my_programme)
