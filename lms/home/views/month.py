"""日历: a month as a table, the same as a list, and as a file for other calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from lms import calendar, clock
from lms.home import rules
from lms.web import shell, slots
from lms.web.shell import mark_section
from lms.web.slots import CalendarEntry

bp = Blueprint("calendar", __name__)
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WORDS = {
    "course": (lazy_gettext("课程"), "brand"),
    "exam": (lazy_gettext("考试"), "info"),
    "certificate": (lazy_gettext("证书"), "ok"),
    "appraisal": (lazy_gettext("考核"), ""),
    "policy": (lazy_gettext("政策"), "warn"),
    "other": (lazy_gettext("其他"), ""),
}


@dataclass(frozen=True)
class Day:
    """A day of the month as it is drawn. note: a holiday or 调休; rest: nobody need be at work."""

    day: date
    words: str
    weekday: str
    is_outside: bool
    is_today: bool
    is_rest: bool
    note: str
    entries: tuple[CalendarEntry, ...]


def entries() -> list[CalendarEntry]:
    """Everything of the signed-in person's that has a day, in order."""
    found: Iterable[CalendarEntry] = slots.gather("calendar", g.person)
    return sorted(found, key=lambda one: (one.day, one.is_done, one.title))


@bp.get("/calendar")
def month() -> str:
    """A month; kind narrows it, view chooses table or list (phones always show the list)."""
    mark_section("home.today")
    today = clock.today()
    first = rules.month_of(request.args.get("month", ""), today)
    kind = request.args.get("kind", "")
    kind = kind if kind in rules.KINDS else ""
    view = "list" if request.args.get("view") == "list" else "month"
    weeks = rules.weeks(first)
    notes = calendar.notes(weeks[0][0], weeks[-1][-1])
    everything = entries()
    shown = [one for one in everything if not kind or one.kind == kind]
    days = [[_day(day, first, today, notes, shown) for day in week] for week in weeks]

    def at(**changes: Any) -> str:
        now: dict[str, Any] = {"month": f"{first:%Y-%m}", "kind": kind or None, "view": view}
        return url_for("calendar.month", **(now | changes))

    return render_template(
        "home/calendar.html",
        first=first,
        title=_("%(year)s 年 %(month)s 月", year=first.year, month=first.month),
        weekdays=[_(name) for name in WEEKDAYS],
        weeks=days,
        listed=[day for week in days for day in week if not day.is_outside and (day.entries or day.note)],
        count=sum(len(day.entries) for week in days for day in week if not day.is_outside),
        view=view,
        kind=kind,
        kinds=[{"label": _("全部"), "href": at(kind=None), "current": not kind}]
        + [
            {"label": words, "href": at(kind=key), "current": key == kind}
            for key, (words, _tone) in WORDS.items()
            if any(one.kind == key for one in everything)
        ],
        views=[
            {"label": label, "href": at(view=key), "current": key == view}
            for key, label in (("month", _("月历")), ("list", _("列表")))
        ],
        before=at(month=f"{rules.previous_month(first):%Y-%m}"),
        after=at(month=f"{rules.next_month(first):%Y-%m}"),
        now=None if first == today.replace(day=1) else at(month=None),
        clear=at(kind=None),
        words=WORDS,
    )


def _day(
    day: date, first: date, today: date, notes: dict[date, tuple[bool, str]], shown: Iterable[CalendarEntry]
) -> Day:
    is_worked, note = notes.get(day, (calendar.is_working(day, {}), ""))
    return Day(
        day=day,
        words=shell.day_words(day, year=False),
        weekday=_(WEEKDAYS[day.weekday()]),
        is_outside=day.month != first.month,
        is_today=day == today,
        is_rest=not is_worked,
        note=note,
        entries=tuple(one for one in shown if one.day == day),
    )


@bp.get("/calendar.ics")
def file() -> Response:
    """What lies ahead, for the calendar of a phone or a mail program."""
    today = clock.today()
    ahead = [one for one in entries() if one.day >= today and not one.is_done]
    text = rules.calendar_file(ahead, current_app.config["LMS_SETTINGS"].public_url.rstrip("/"), clock.now())
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = "attachment; filename=hotline-calendar.ics"
    return answer


def init_app(app: Flask) -> None:
    """Register the blueprint."""
    app.register_blueprint(bp)
