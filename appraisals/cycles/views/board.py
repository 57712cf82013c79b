"""The board of a cycle: stepper, what is missing, seats, scores, completion, the list, the trace; its list as a sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from appraisals.cycles import dossiers, listing, queries
from appraisals.cycles.models import Cycle, CycleKind
from appraisals.cycles.rules import board as rules
from appraisals.cycles.rules import deciders
from appraisals.cycles.rules.board import BoardRow, Group
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Stage
from appraisals.cycles.views import bulk, charts, steps
from appraisals.cycles.views.filtering import STATES, View, address, count, here, rows_of, view_of
from appraisals.cycles.views.frame import (
    bp,
    cycle_or_404,
    grade_choices,
    grade_word,
    held,
    seen,
)
from appraisals.evidence.rules import round_score
from lms.jobs import Job
from lms.people.models import EmploymentForm
from lms.web.shell import mark_section

PAGE = 20
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
    """One row of the list as drawn; `notes` say in words what stands before the highest grade, and ties."""

    row: BoardRow
    grade: str
    choices: list[tuple[str, str]]
    may_decide: bool
    state: tuple[str, str]
    figures: list[tuple[str, str]]
    notes: list[str]


@bp.get("/appraisals/<code>")
def cycle(code: str) -> str:
    """The board."""
    mark_section("appraisals.cycles")
    found = cycle_or_404(code)
    reaches = seen()
    view = view_of(found, reaches)
    total = count(found, reaches, view)
    page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-total // PAGE)))
    shown = rows_of(found, reaches, view, limit=PAGE, offset=(page - 1) * PAGE)
    equals = listing.equals(found.id, shown)
    recent, changes = queries.changes(found.id, reaches, but=g.person.id)
    taken = queries.moves(found.id)
    job = steps.scores_job(found)
    is_grading = found.state == Stage.grading
    lines = [_line(found, row, view, equals) for row in shown]
    return render_template(
        "appraisals/cycle.html",
        cycle=found,
        stage=Stage(found.state),
        steps=steps.stepper(found, taken, view.groups),
        job=job,
        forward=[one for one in steps.forward(found, held()) if one[0] != Stage.determined],
        may_sign=is_grading and _may_sign(found),
        back=steps.back(found, held()),
        missing=_missing(found, view, job) if is_grading and held() else [],
        pools=charts.pools(view.seats),
        teams=charts.teams(view.groups),
        taken=sum(pool.taken for pool in view.seats),
        seats=sum(pool.seats for pool in view.seats),
        quotas=view.pools,
        top=_top(found, view.groups),
        bins=charts.histogram(view.groups, view.is_all),
        lines_of_pass=_pass_lines(found),
        matrix=charts.matrix(view.groups, view.is_all, lambda **query: here(found, **query)) if view.courses else None,
        complete=sum(group.n for group in view.groups if group.is_complete),
        people=view.people,
        lines=lines,
        may_bulk=any(line.may_decide for line in lines),
        levels=[(key, _(word)) for key, word in bulk.LEVELS.items()],
        undo=bulk.last_step(found) if is_grading else None,
        heads=_heads(found, view),
        page=page,
        first=(page - 1) * PAGE + 1,
        chosen=total,
        query=view.query,
        units=charts.units(view.groups),
        forms=[(form.value, _(form.label)) for form in EmploymentForm],
        states=[(key, _(word)) for key, word in STATES],
        previous=here(found, **view.query, page=page - 1) if page > 1 else None,
        following=here(found, **view.query, page=page + 1) if page * PAGE < total else None,
        export=address(url_for("appraisals.export", code=found.code), view.query),
        trail=steps.trail(found, taken),
        changes=[(change, grade_word(change.form, found.kind, change.grade)) for change in recent],
        changes_total=changes,
        publicities=dossiers.publicities(found.id),
        open_claims=dossiers.open_claims(found.id, reaches) if held() else 0,
        is_staff=bool(held()),
    )


def _may_sign(found: Cycle) -> bool:
    return bool(held(Actor.committee)) or (found.signers > 1 and bool(held(Actor.hr)))


def _top(found: Cycle, groups: list[Group]) -> str:
    """The word of the highest grade: the one that all forms in view share, else the law's."""
    words = {grade_word(form, found.kind, Grade.excellent.value) for form in {group.form for group in groups}}
    if len(words) == 1:
        return words.pop()
    return _("优秀") if found.kind is CycleKind.annual else _("好")


def _pass_lines(found: Cycle) -> list[tuple[str, str]]:
    """The reference lines of the bands, where all forms agree on them: points and words."""
    bands = {term.bands[found.kind] for term in queries.terms_on(found.period_from).values()}
    if len(bands) != 1:
        return []
    (one,) = bands
    return [(f"{one.excellent}", _("最高一档参考线")), (f"{one.competent}", _("第二档参考线"))]


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
            "sort": here(found, **{**view.query, "sort": key, "order": order}),
            "sorted": ("desc" if descending else "asc") if sort == key else None,
        }

    dimensions = [
        head(code, f"{_(word)} {weights[code]}" if code in weights else _(word)) for code, word in rules.DIMENSIONS
    ]
    plain = [{"label": _(word)} for word in ("拟定等次", "状态")]
    return [head("name", _("姓名")), {"label": _("用工性质")}, *dimensions, head("total", _("总分")), *plain]


def _line(found: Cycle, row: BoardRow, view: View, equals: Mapping[tuple[str, Any], int]) -> Line:
    person = g.person
    decider = deciders.proposer(person.id, person.name, person.reaches, row.form, row.vendor_id)
    may = decider is not None and row.person_id != person.id and row.is_graded and found.state == Stage.grading
    word, tone = state_words(row, view)
    figures = [(_(label), _two(row, code)) for code, label in rules.DIMENSIONS]
    return Line(
        row,
        shown_grade(found, row),
        grade_choices(row.form, found.kind),
        may,
        (_(word), tone),
        figures,
        _notes(found, row, equals),
    )


def _notes(found: Cycle, row: BoardRow, equals: Mapping[tuple[str, Any], int]) -> list[str]:
    """What stands before the highest grade, and how many share the total; in words, under the state."""
    if not row.is_graded or Stage(found.state) not in {Stage.evidence_locked, Stage.peer_survey, Stage.grading}:
        return []
    top = grade_word(row.form, found.kind, Grade.excellent.value)
    notes = [
        _("%(why)s，不能评%(top)s", why=_(reason.sentence).format(**reason.values), top=top)
        for reason in row.closed[:2]
    ]
    if row.total is not None and (n := equals.get((row.pool, row.total), 1)) > 1:
        notes.append(_("与 %(n)s 人总分相同，依次比绩、能、一线岗位、满意率", n=n - 1))
    return notes


def is_own_draft(row: BoardRow) -> bool:
    """A grade of the viewer's own that is only proposed: nobody reads it before it is determined."""
    return row.person_id == g.person.id and not row.is_final


def state_words(row: BoardRow, view: View) -> tuple[str, str]:
    """The word and tone of where a person stands; of the viewer's own draft only that it is under way."""
    if is_own_draft(row) and row.is_graded:
        return "评定中", ""
    return STATE_TAGS[rules.state(row, view.over)]


def shown_grade(found: Cycle, row: BoardRow) -> str:
    """The word of a grade, but not of the viewer's own draft."""
    return "—" if is_own_draft(row) else grade_word(row.form, found.kind, row.grade)


def _two(row: BoardRow, code: str) -> str:
    value = row.dimension(code)
    return "—" if value is None else f"{round_score(value):.2f}"


def _missing(found: Cycle, view: View, job: Job | None) -> list[tuple[str, str]]:
    """What stands between here and 签批, each with the link to mend it."""
    here = url_for("appraisals.cycle", code=found.code)
    listed = []
    for pool in view.seats:
        if pool.over:
            words = _("%(pool)s超出 %(n)s 名：调整后再提交", pool=pool.label, n=pool.over)
            listed.append((f"{here}?state=over#list", words))
    blank = [group for group in view.groups if group.is_graded and group.grade is None]
    waiting = [group for group in blank if group.band is not None]
    vendor = sum(group.n for group in waiting if group.vendor_id is not None)
    own = sum(group.n for group in waiting) - vendor
    if own:
        listed.append((f"{here}?state=undecided#list", _("%(n)s 人待定：由人事提出、考核委员会确定", n=own)))
    if vendor:
        words = _("%(n)s 名服务商人员待定：由所属服务商的人事确定", n=vendor)
        listed.append((f"{here}?state=undecided#list", words))
    if lacking := sum(group.n for group in blank if group.band is None):
        words = _("%(n)s 人证据不足，没有总分：补录证据后重算，或写明依据后定", n=lacking)
        listed.append((f"{here}?state=insufficient#list", words))
    if job is not None and job.is_open:
        listed.append(("#job", _("分数正在重算，算完再提交")))
    return listed
