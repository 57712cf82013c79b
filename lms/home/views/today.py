"""今日, 我的档案, 工作台 and search: pages that slots fill."""

from dataclasses import dataclass

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock, search
from lms.home import rules
from lms.home.rules import Deadline
from lms.web import links, shell, slots
from lms.web.links import Target
from lms.web.slots import NavItem, Task

bp = Blueprint("home", __name__)
STAFF_ROLES = frozenset({"trainer", "line_leader", "hr", "committee", "system_admin", "security_admin", "audit_admin"})
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
HITS_PER_KIND = 10


@dataclass(frozen=True)
class TaskRow:
    """A task with its deadline told."""

    task: Task
    deadline: Deadline
    when: str
    note: str
    fits: bool


@bp.get("/")
def today() -> str | Response:
    """今日: what to go on with, what is due; somebody without lessons of their own starts at the desk."""
    person = g.person
    if not any(reach.role == "learner" for reach in person.reaches):
        return redirect(url_for("home.desk"), 303)
    minutes = request.args.get("minutes", type=int)
    if minutes not in rules.MINUTE_CHOICES:
        minutes = rules.DEFAULT_MINUTES
    now = clock.now()
    tasks: list[Task] = rules.ordered(slots.gather("tasks", person), minutes, now)  # type: ignore[assignment]
    wall = clock.local(now)
    return render_template(
        "home/today.html",
        greeting=_(rules.greeting(wall.hour)),
        wall=wall,
        weekday=_(WEEKDAYS[wall.weekday()]),
        minutes=minutes,
        minute_links=[
            {
                "label": _("%(n)s 分钟", n=n) if n < rules.MINUTE_CHOICES[-1] else _("%(n)s 分钟以上", n=n),
                "href": url_for("home.today", minutes=n),
                "current": n == minutes,
            }
            for n in rules.MINUTE_CHOICES
        ],
        tasks=[_row(task, minutes) for task in tasks],
        main=slots.cards("today_main", person),
        side=slots.cards("today_side", person),
        more=slots.cards("today_more", person),
    )


def _row(task: Task, minutes: int) -> TaskRow:
    now, day = clock.now(), clock.today()
    due_day = clock.local(task.due_at).date() if task.due_at else None
    told = rules.deadline(task.due_at, now, day, due_day)
    if due_day is None or task.due_at is None:
        return TaskRow(task, told, _("不限时间"), "", rules.fits(task, minutes))
    weekday = _(WEEKDAYS[due_day.weekday()])
    hour = clock.local(task.due_at).strftime("%H:%M")
    date_words = shell.day_words(due_day, year=False)
    if told.state == "late":
        late = -(told.days or 0)
        when = _("逾期 %(n)s 天", n=late) if late else _("今天已过时限")
        note = _("%(day)s %(hour)s 截止", day=date_words, hour=hour)
    elif told.state == "today":
        when, note = _("今天 %(hour)s 前", hour=hour), weekday
    else:
        when, note = date_words, _("%(weekday)s，还有 %(n)s 天", weekday=weekday, n=told.days)
    return TaskRow(task, told, when, note, rules.fits(task, minutes))


@bp.get("/me")
def me() -> str:
    """我的档案: certificates, hours, exams, appraisals; who has looked."""
    person = g.person
    return render_template("home/me.html", main=slots.cards("me_main", person), side=slots.cards("me_side", person))


@bp.get("/desk")
def desk() -> str | Response:
    """工作台: what waits for each of the person's roles."""
    person = g.person
    if not any(reach.role in STAFF_ROLES for reach in person.reaches):
        return redirect(url_for("home.today"), 303)
    return render_template("home/desk.html", cards=slots.cards("desk", person))


@dataclass(frozen=True)
class Group:
    """Hits of one kind."""

    key: str
    label: str
    hits: list[tuple[Target, str]]


@bp.get("/search", endpoint="search")
def find() -> str:
    """One search over everything the person may see, grouped."""
    query = request.args.get("q", "").strip()[:80]
    groups: list[Group] = []
    if query:
        kinds: dict[str, str] = dict(slots.gather("search_kinds"))
        found: dict[str, list[tuple[Target, str]]] = {}
        for hit in search.find(query, kinds, HITS_PER_KIND):
            target = links.target(hit.kind, hit.ref_id)
            if target.href:
                found.setdefault(hit.kind, []).append((Target(hit.title, target.href), hit.excerpt))
        for more in slots.gather("search_more", g.person, query):
            groups.append(Group(*more))
        groups += [Group(kind, _(kinds[kind]), hits) for kind, hits in found.items()]
    kind = request.args.get("kind", "")
    choices = [{"label": _("全部"), "href": url_for("home.search", q=query), "current": not kind, "count": None}] + [
        {
            "label": one.label,
            "href": url_for("home.search", q=query, kind=one.key),
            "current": one.key == kind,
            "count": len(one.hits),
        }
        for one in groups
    ]
    shown = [one for one in groups if not kind or one.key == kind]
    return render_template("home/search.html", q=query, groups=shown, kind=kind, choices=choices)


def init_app(app: Flask) -> None:
    """Register the blueprint and the ends of the navigation."""
    app.register_blueprint(bp)
    slots.fill(
        app,
        "navigation",
        lambda: [
            NavItem("今日", "home.today", "house", order=10),
            NavItem("我的档案", "home.me", "id-card", order=90),
            NavItem("工作台", "home.desk", "gauge", shell="staff", roles=STAFF_ROLES, order=5),
        ],
    )
