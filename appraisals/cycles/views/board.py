"""The list of cycles, the board of one, its steps, and its list as a sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _

from appraisals.cycles import queries, sheet
from appraisals.cycles.models import Cycle, CycleKind, PoolQuota
from appraisals.cycles.rules import board as rules
from appraisals.cycles.rules import deciders
from appraisals.cycles.rules.board import BoardRow, Filter, Seats
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.views import charts, steps
from appraisals.cycles.views.frame import (
    bp,
    cycle_or_404,
    grade_choices,
    grade_word,
    held,
    seen,
    sees_all,
)
from appraisals.evidence.rules import round_score
from courses.progress import queries as progress
from lms import audit, clock
from lms.jobs import Job
from lms.organisation.queries import unit_ids_below
from lms.people.models import EmploymentForm
from lms.web.guards import Reach, writes
from lms.web.shell import mark_section

PAGE = 20
STATES = (
    ("", "全部状态"),
    ("attention", "需关注"),
    ("undecided", "待评定"),
    ("decided", "已评定"),
    ("over", "超名额"),
    ("insufficient", "证据不足"),
    ("ungraded", "不定等次"),
    ("incomplete", "必修未完成"),
    ("final", "已确定"),
)
STATE_TAGS = {
    "undecided": ("待评定", ""),
    "decided": ("已评定", "ok"),
    "final": ("已确定", "ok"),
    "over": ("超名额", "danger"),
    "insufficient": ("证据不足", "warn"),
    "ungraded": ("不定等次", "info"),
}


@dataclass(frozen=True)
class Line:
    """One row of the list as drawn."""

    row: BoardRow
    grade: str
    choices: list[tuple[str, str]]
    may_decide: bool
    state: tuple[str, str]
    figures: list[tuple[str, str]]


@bp.get("/appraisals/<code>")
def cycle(code: str) -> str:
    """The board: stepper, what is missing, seats, scores, completion, the list, the trace."""
    mark_section("appraisals.cycles")
    found = cycle_or_404(code)
    reaches = seen()
    view = _view(found, reaches)
    page = max(1, request.args.get("page", 1, type=int))
    page = min(page, max(1, -(-len(view.chosen) // PAGE)))
    shown = view.chosen[(page - 1) * PAGE : page * PAGE]
    recent, changes = queries.changes(found.id, reaches, but=g.person.id)
    taken = queries.moves(found.id)
    job = steps.scores_job(found)
    return render_template(
        "appraisals/cycle.html",
        cycle=found,
        stage=Stage(found.state),
        steps=steps.stepper(found, taken, view.rows),
        job=job,
        forward=steps.forward(found, held()),
        back=steps.back(found, held()),
        missing=_missing(view, job) if found.state == Stage.grading and held() else [],
        pools=charts.pools(view.seats),
        teams=charts.teams(view.rows),
        taken=sum(pool.taken for pool in view.seats),
        seats=sum(pool.seats for pool in view.seats),
        quotas=view.pools,
        top=_top(found, view.rows),
        bins=charts.histogram(view.rows, view.is_all),
        matrix=charts.matrix(view.rows, view.done, view.is_all, lambda **query: _here(found, **query)),
        complete=sum(view.done.values()),
        people=len(view.rows),
        lines=[_line(found, row, view) for row in shown],
        heads=_heads(found, view),
        page=page,
        first=(page - 1) * PAGE + 1,
        chosen=len(view.chosen),
        query=view.query,
        units=charts.units(view.rows),
        forms=[(form.value, _(form.label)) for form in EmploymentForm],
        states=[(key, _(word)) for key, word in STATES],
        previous=_here(found, **view.query, page=page - 1) if page > 1 else None,
        following=_here(found, **view.query, page=page + 1) if page * PAGE < len(view.chosen) else None,
        export=_address(url_for("appraisals.export", code=found.code), view.query),
        trail=steps.trail(found, taken),
        changes=[(change, grade_word(change.form, found.kind, change.grade)) for change in recent],
        changes_total=changes,
    )


@dataclass(frozen=True)
class View:
    """What the board and the sheet both read: everybody in reach, those chosen, seats and completion."""

    rows: list[BoardRow]
    chosen: list[BoardRow]
    seats: list[Seats]
    over: frozenset[str]
    pools: list[PoolQuota]
    done: dict[int, bool]
    is_all: bool
    query: dict[str, str]
    sort: tuple[str, bool]


def _view(found: Cycle, reaches: tuple[Reach, ...]) -> View:
    rows = queries.board(found.id, reaches)
    quotas = queries.pools(found.id)
    labels = {key: (quota.label, quota.percent) for key, quota in quotas.items()}
    is_all = sees_all(reaches)
    # A vendor's HR counts its own pool in full; a line leader sees people, not pools.
    own = {row.pool for row in rows if _is_own_pool(row, reaches)} if not is_all else set(labels)
    seats = rules.seats_of(rows, {key: labels[key] for key in labels if key in own})
    over = frozenset(pool.pool for pool in seats if pool.over)
    counts = progress.mandatory_done([row.person_id for row in rows])
    done = {person_id: n >= total for person_id, (n, total) in counts.items()}
    wanted, query = _wanted()
    below = frozenset(unit_ids_below(wanted.unit_id)) if wanted.unit_id else frozenset()
    chosen = rules.chosen(rows, wanted, over=over, done=done, units=below)
    sort, descending = query.get("sort", "total"), query.get("order", "desc") == "desc"
    chosen = rules.ordered(chosen, sort, descending=descending)
    pools = [quotas[key] for key in labels if key in own]
    return View(rows, chosen, seats, over, pools, done, is_all, query, (sort, descending))


def _top(found: Cycle, rows: list[BoardRow]) -> str:
    """The word of the highest grade: the one that all forms in view share, else the law's."""
    words = {grade_word(form, found.kind, Grade.excellent.value) for form in {row.form for row in rows}}
    if len(words) == 1:
        return words.pop()
    return _("优秀") if found.kind is CycleKind.annual else _("好")


def _is_own_pool(row: BoardRow, reaches: tuple[Reach, ...]) -> bool:
    return any(reach.scope == "own_vendor" and reach.vendor_id == row.vendor_id for reach in reaches)


def _wanted() -> tuple[Filter, dict[str, str]]:
    """The filter of the address, and the part of it that links carry on; what makes no sense is left out."""
    args = request.args
    form = args.get("form", "")
    known = {form.value for form in EmploymentForm}
    wanted = Filter(
        words=args.get("q", "").strip()[:40],
        unit_id=args.get("unit", type=int),
        form=EmploymentForm(form) if form in known else None,
        state=args.get("state", "") if args.get("state", "") in dict(STATES) else "",
    )
    query = {
        "q": wanted.words,
        "unit": str(wanted.unit_id or ""),
        "form": wanted.form.value if wanted.form else "",
        "state": wanted.state,
        "sort": args.get("sort", "") if args.get("sort") in rules.SORTS else "",
        "order": args.get("order", "") if args.get("order") in {"asc", "desc"} else "",
    }
    return wanted, {key: value for key, value in query.items() if value}


def _here(found: Cycle, **query: Any) -> str:
    """The board with another query."""
    return _address(url_for("appraisals.cycle", code=found.code), query) + "#list"


def _address(path: str, query: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def _heads(found: Cycle, view: View) -> list[dict[str, Any]]:
    """The columns of the list, each with the link that sorts by it."""
    sort, descending = view.sort
    weights = steps.weights(found)

    def head(key: str, label: str) -> dict[str, Any]:
        order = "asc" if sort == key and descending else "desc"
        if key == "name" and sort != key:
            order = "asc"
        return {
            "label": label,
            "cls": "" if key == "name" else "r",
            "sort": _here(found, **{**view.query, "sort": key, "order": order}),
            "sorted": ("desc" if descending else "asc") if sort == key else None,
        }

    dimensions = [
        head(code, f"{_(word)} {weights[code]}" if code in weights else _(word)) for code, word in rules.DIMENSIONS
    ]
    plain = [{"label": _(word)} for word in ("拟定等次", "状态")]
    return [head("name", _("姓名")), {"label": _("用工性质")}, *dimensions, head("total", _("总分")), *plain]


def _line(found: Cycle, row: BoardRow, view: View) -> Line:
    person = g.person
    decider = deciders.proposer(person.id, person.name, person.reaches, row.form, row.vendor_id)
    may = decider is not None and row.person_id != person.id and row.is_graded and found.state == Stage.grading
    word, tone = _state(row, view)
    figures = [(_(label), _two(row, code)) for code, label in rules.DIMENSIONS]
    return Line(
        row,
        _shown(found, row),
        grade_choices(row.form, found.kind),
        may,
        (_(word), tone),
        figures,
    )


def _is_own_draft(row: BoardRow) -> bool:
    """A grade of the viewer's own that is only proposed: nobody reads it before it is determined."""
    return row.person_id == g.person.id and not row.is_final


def _state(row: BoardRow, view: View) -> tuple[str, str]:
    """The word and tone of where a person stands; of the viewer's own draft only that it is under way."""
    if _is_own_draft(row) and row.is_graded:
        return "评定中", ""
    return STATE_TAGS[rules.state(row, view.over)]


def _shown(found: Cycle, row: BoardRow) -> str:
    return "—" if _is_own_draft(row) else grade_word(row.form, found.kind, row.grade)


def _two(row: BoardRow, code: str) -> str:
    value = row.dimension(code)
    return "—" if value is None else f"{round_score(value):.2f}"


def _missing(view: View, job: Job | None) -> list[tuple[str, str]]:
    """What stands between here and 确定等次, each with the link to mend it."""
    code = request.view_args["code"] if request.view_args else ""
    here = url_for("appraisals.cycle", code=code)
    found = [
        ("#seats", _("%(pool)s超出 %(n)s 名：调整后再提交", pool=pool.label, n=pool.over))
        for pool in view.seats
        if pool.over
    ]
    waiting = [row for row in view.rows if row.is_graded and row.grade is None and row.total is not None]
    vendor = [row for row in waiting if row.vendor_id is not None]
    own = len(waiting) - len(vendor)
    if own:
        found.append((f"{here}?state=undecided#list", _("%(n)s 人待定：由人事提出、考核委员会确定", n=own)))
    if vendor:
        found.append(
            (f"{here}?state=undecided#list", _("%(n)s 名服务商人员待定：由所属服务商的人事确定", n=len(vendor)))
        )
    if lacking := sum(row.total is None and row.grade is None and row.is_graded for row in view.rows):
        found.append(
            (
                f"{here}?state=insufficient#list",
                _("%(n)s 人证据不足，没有总分：补录证据后重算，或写明依据后定", n=lacking),
            )
        )
    if job is not None and job.is_open:
        found.append(("#job", _("分数正在重算，算完再提交")))
    return found


@bp.get("/appraisals/<code>/export")
@writes
def export(code: str) -> Response:
    """The list as it is filtered, as an Excel sheet; who took it is recorded."""
    found = cycle_or_404(code)
    view = _view(found, seen())
    header = [
        _(word)
        for word in (
            "姓名",
            "工号",
            "部门",
            "用工性质",
            "德",
            "能",
            "勤",
            "绩",
            "廉",
            "总分",
            "等次",
            "状态",
            "决定人",
            "理由",
            "说明",
        )
    ]
    rows = (
        [
            row.name,
            row.staff_number,
            row.unit_name,
            _(row.form.label),
            *(None if (value := row.dimension(key)) is None else round_score(value) for key, _word in rules.DIMENSIONS),
            row.total,
            _shown(found, row),
            _(_state(row, view)[0]),
            "" if _is_own_draft(row) else row.decider_label,
            "" if _is_own_draft(row) else row.reason,
            row.grade_mode_reason,
        ]
        for row in view.chosen
    )
    body = sheet.render(_("考核名单"), header, rows)
    audit.record("cycle.export", "cycle", found.code, found.title, people=len(view.chosen))
    answer = make_response(body)
    answer.mimetype = sheet.MIME
    name = f"{found.code}-{clock.today():%Y%m%d}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/appraisals/<code>/records")
def records(code: str) -> str:
    """Every step of the cycle and every decision in it, newest first."""
    mark_section("appraisals.cycles")
    found = cycle_or_404(code)
    page = max(1, request.args.get("page", 1, type=int))
    changes, total = queries.changes(found.id, seen(), but=g.person.id, limit=PAGE, offset=(page - 1) * PAGE)
    return render_template(
        "appraisals/records.html",
        cycle=found,
        moves=[(step, _(Stage(step.to_state).label)) for step in reversed(queries.moves(found.id))],
        changes=[(change, grade_word(change.form, found.kind, change.grade)) for change in changes],
        total=total,
        first=(page - 1) * PAGE + 1,
        last=min(total, page * PAGE),
        previous=url_for("appraisals.records", code=code, page=page - 1) if page > 1 else None,
        following=url_for("appraisals.records", code=code, page=page + 1) if page * PAGE < total else None,
    )
