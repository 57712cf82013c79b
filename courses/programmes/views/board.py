"""达标看板 of one programme: the matrix, the line to the deadline, the names behind every figure, and the sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from courses.programmes import sheet
from courses.programmes.actions import drafting
from courses.programmes.models import MessageKind, Programme, Stage
from courses.programmes.queries import members, messages
from courses.programmes.queries.members import Row, Wanted
from courses.programmes.rules import board as rules
from courses.programmes.views import editing, figures, frame
from courses.programmes.views.standing import Standing, standings
from lms import audit, clock
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Job
from lms.organisation import queries as organisation
from lms.web import guards
from lms.web.shell import mark_section

NEXT_SHOWN = 8
MOST_EXPORTED = 20_000  # about six seconds of work
JOBS_LOOKED_AT = 30
KEPT = ("unit", "form", "state", "q")
STATES = {
    "open": "未完成",
    "late": "已逾期",
    "done": "已完成",
    "extended": "有延期",
    "all": "全部在任务里的人",
    "gone": "不再要求",
}


@guards.needs(*frame.ROLES)
def programme(programme_id: int) -> str:
    """A draft with its preview, else the board."""
    mark_section(frame.SECTION)
    found = frame.programme_or_404(programme_id)
    return editing.draft_page(found) if found.state is Stage.draft else _board(found)


def _board(found: Programme) -> str:
    reaches, today, now = frame.seen(), clock.today(), clock.now()
    cells = members.counts([found.id], reaches, today, now)[found.id]
    total = rules.total(cells)
    days = members.completed_days(found.id, reaches, today)
    first = clock.local(found.published_at or found.created_at).date()
    is_hr = frame.is_hr()
    waiting = total.asked - total.done
    rows, _all = members.listed(found.id, reaches, Wanted(), today, now, limit=NEXT_SHOWN, total=waiting)
    job = publishing(found.id)
    sent = messages.messages_sent(found.id)
    names = url_for("courses.programme_people", programme_id=found.id)

    def names_at(**query: Any) -> str:
        return _narrowed(names, query)

    return render_template(
        "courses/programmes/board.html",
        programme=found,
        stage=frame.stage_word(found),
        stage_kind=frame.STAGE_KINDS[found.state],
        due=frame.due_words(found),
        total=total,
        is_shown=rules.is_shown(total, is_hr=is_hr),
        matrix=figures.matrix(cells, organisation.units(is_open=False), names_at, is_hr=is_hr) if cells else None,
        trend=figures.trend(days, total.asked, first, today, found.due_on),
        people=_people(found, rows),
        waiting=waiting,
        units=frame.unit_names(),
        offers=[(frame.kind_word(offer.kind), frame.title_of(offer)) for offer in frame.shown_offers(found)],
        job=job,
        sent=[(word, sent.get(kind, 0)) for kind, word in _message_words()],
        may_change=frame.may_change(found),
        names_at=names_at,
    )


def _message_words() -> list[tuple[MessageKind, str]]:
    return [(MessageKind.asked, _("布置")), (MessageKind.reminder, _("提醒")), (MessageKind.nudge, _("催办"))]


def publishing(programme_id: int) -> Job | None:
    """The job that tells everybody, while it runs."""
    newest = select(Job).where(Job.kind == drafting.JOB).order_by(Job.id.desc()).limit(JOBS_LOOKED_AT)
    found = next((job for job in db.session.scalars(newest) if job.params.get("programme") == programme_id), None)
    return found if found is not None and found.is_open else None


def _here(programme_id: int, **query: Any) -> str:
    return _narrowed(url_for("courses.programme_people", programme_id=programme_id), query)


def _narrowed(address: str, query: Mapping[str, Any]) -> str:
    """An address with the filled parts of a query; thousands of cells ask, so it is not built by the router."""
    kept = {key: value for key, value in query.items() if value}
    return f"{address}?{urlencode(kept)}" if kept else address


def people_href(programme_id: int, query: Mapping[str, Any]) -> str:
    """The named list with a filter."""
    return _here(programme_id, **query)


@dataclass(frozen=True)
class Line:
    """A person as listed."""

    row: Row
    standing: Standing
    nudged_at: datetime | None
    due_on: date
    is_late: bool
    reason: str


def _people(found: Programme, rows: list[Row]) -> list[Line]:
    how = standings(found, rows)
    nudged = messages.last_nudges(found.id, [row.person_id for row in rows])
    return [
        Line(
            row,
            how[row.person_id],
            nudged.get(row.person_id),
            clock.local(row.due_at).date(),
            not row.is_done and frame.is_late(row.due_at),
            _(frame.REASONS[row.left_reason or row.reason]),
        )
        for row in rows
    ]


def wanted() -> tuple[Wanted, dict[str, str]]:
    """The filter of the address, and the part of it that links carry on; what makes no sense is left out."""
    args = request.values
    state = args.get("state", "open")
    state = state if state in members.STATES else "open"
    unit = args.get("unit", type=int)
    form = figures.form_of(args.get("form", ""))
    words = args.get("q", "").strip()[:40]
    query = {
        "unit": str(unit or ""),
        "form": form.value if form else "",
        "state": state if state != "open" else "",
        "q": words,
    }
    return Wanted(unit, form, state, words), {key: value for key, value in query.items() if value}


@guards.needs(*frame.ROLES)
def people(programme_id: int) -> str:
    """The names behind a figure: what is left, last activity, whom to nudge or give more time."""
    mark_section(frame.SECTION)
    found = frame.programme_or_404(programme_id)
    guards.allow(found.state is not Stage.draft, seen=False)
    reaches, today, now = frame.seen(), clock.today(), clock.now()
    choice, query = wanted()
    page = max(1, request.args.get("page", 1, type=int))
    page = min(page, 100_000)
    rows, total = members.listed(found.id, reaches, choice, today, now, page=page)
    last_page = max(1, -(-total // members.PAGE))
    if page > last_page:
        page = last_page
        rows, total = members.listed(found.id, reaches, choice, today, now, page=page)
    cells = members.counts([found.id], reaches, today, now)[found.id]
    units, present = frame.unit_names(), _shown_units(cells)
    return render_template(
        "courses/programmes/people.html",
        programme=found,
        people=_people(found, rows),
        total=total,
        first=(page - 1) * members.PAGE + 1 if rows else 0,
        last=(page - 1) * members.PAGE + len(rows),
        before=_here(found.id, **query, page=page - 1) if page > 1 else None,
        after=_here(found.id, **query, page=page + 1) if page < last_page else None,
        choice=choice,
        query=query,
        units=units,
        unit_choices=[
            ("", _("全部单位")),
            *((str(key), word) for key, word in units.items() if key in present),
        ],
        forms=[("", _("全部用工性质")), *figures.form_choices(cells)],
        states=[(key if key != "open" else "", _(word)) for key, word in STATES.items()],
        heading=_heading(choice, units),
        is_running=found.state is Stage.published,
        may_extend=bool(frame.extending(found)),
        may_open=bool(guards.reaches("hr", "line_leader")),
        export=url_for("courses.programme_sheet", programme_id=found.id) + ("?" + urlencode(query) if query else ""),
        all_query=urlencode({**query, "all": 1}),
    )


def _shown_units(cells: rules.Cells) -> set[int]:
    parents = {unit.id: unit.line_parent_id for unit in organisation.units(is_open=False)}
    return {unit_id for unit_id, _form in rules.rolled_up(cells, parents)}


def _heading(choice: Wanted, units: dict[int, str]) -> str:
    parts = [units.get(choice.unit_id or 0, ""), _(choice.form.label) if choice.form else "", _(STATES[choice.state])]
    return " · ".join(part for part in parts if part)


@guards.needs(*frame.ROLES)
def export(programme_id: int) -> Response:
    """The list as it is filtered, as an Excel sheet with numbers as numbers."""
    with reading():  # nothing is locked while the sheet is made
        found = frame.programme_or_404(programme_id)
        guards.allow(found.state is not Stage.draft, seen=False)
        choice, _query = wanted()
        rows, total = members.listed(found.id, frame.seen(), choice, clock.today(), clock.now(), limit=MOST_EXPORTED)
        if total > MOST_EXPORTED:
            raise Refused(
                "筛选出 {n} 人，一次最多导出 {most} 人。先按单位筛选，分几次导出。", n=total, most=MOST_EXPORTED
            )
        title = found.title
        data = sheet.render(title, rows, standings(found, rows), frame.unit_names())
    audit.record("programme.export", drafting.KIND, programme_id, title, rows=len(rows))
    response = make_response(data)
    response.headers["Content-Type"] = sheet.MIME
    response.headers.set("Content-Disposition", "attachment", filename=f"programme-{programme_id}.xlsx")
    return response


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    at = "/training/programmes/<int:programme_id>"
    bp.add_url_rule(at, "programme", programme)
    bp.add_url_rule(f"{at}/people", "programme_people", people)
    bp.add_url_rule(f"{at}/people.xlsx", "programme_sheet", guards.writes(export))
