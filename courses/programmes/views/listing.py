"""培训任务: the list of programmes with how far they are, and the board over all that run."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext as _

from courses.programmes.models import Programme, Stage
from courses.programmes.queries import audiences, members
from courses.programmes.queries import programmes as queries
from courses.programmes.rules import audience as rules
from courses.programmes.rules import board, stages
from courses.programmes.rules.board import Count
from courses.programmes.views import frame
from lms import clock
from lms.web import guards, slots
from lms.web.shell import mark_section

MOST = 200
LATE_SHOWN = 10
TABS = ("running", "draft", "closed")
STAGES = {"running": Stage.published, "draft": Stage.draft, "closed": Stage.closed}
TAB_WORDS = {"running": "进行中", "draft": "草稿", "closed": "已结束"}


@dataclass(frozen=True)
class Line:
    """A programme as listed."""

    programme: Programme
    count: Count
    is_shown: bool
    due: str
    is_mine: bool


def _lines(states: tuple[Stage, ...]) -> list[Line]:
    """The programmes the viewer may see in these stages, with the figures of their own people; two queries."""
    reaches, today = frame.seen(), clock.today()
    found = queries.programmes(states)[:MOST]
    counts = members.counts([one.id for one in found], reaches, today, clock.now())
    below, is_hr = audiences.below(), frame.is_hr()
    lines = []
    for one in found:
        count = board.total(counts[one.id])
        scope = audiences.scope_stored(one.audience)
        is_mine = rules.may_change(reaches, scope, below)
        if is_mine or (one.state is not Stage.draft and count.asked):
            lines.append(Line(one, count, board.is_shown(count, is_hr=is_hr), frame.due_words(one), is_mine))
    return lines


@guards.needs(*frame.ROLES)
def index() -> str:
    """Programmes by stage."""
    mark_section(frame.SECTION)
    state = request.args.get("state", "running")
    state = state if state in TABS else "running"
    return render_template(
        "courses/programmes/index.html",
        lines=_lines((STAGES[state],)),
        state=state,
        tabs=[
            {"label": _(TAB_WORDS[key]), "href": url_for("courses.programmes", state=key), "current": key == state}
            for key in TABS
        ],
        stage_words={stage: _(word) for stage, word in stages.WORDS.items()},
    )


@guards.needs(*frame.ROLES)
def compliance() -> str:
    """达标: every running programme, who is late, whose certificates end soon."""
    mark_section(frame.COMPLIANCE)
    reaches, today, now = frame.seen(), clock.today(), clock.now()
    lines = [line for line in _lines((Stage.published,)) if line.count.asked]
    late = members.latest([line.programme.id for line in lines], reaches, today, now, limit=LATE_SHOWN)
    titles = {line.programme.id: line.programme.title for line in lines}
    total = sum((line.count for line in lines), Count())
    return render_template(
        "courses/programmes/compliance.html",
        lines=lines,
        total=total,
        late=[(row, titles[programme_id], programme_id, _days_late(row.due_at, today)) for programme_id, row in late],
        units=frame.unit_names(),
        ending=list(slots.gather("certificates_ending", reaches, today)),
        is_hr=frame.is_hr(),
        viewer=g.person,
    )


def _days_late(due_at: object, today: date) -> int:
    return (today - clock.local(due_at).date()).days  # type: ignore[arg-type]


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/programmes", "programmes", index)
    bp.add_url_rule("/training/compliance", "compliance", compliance)
