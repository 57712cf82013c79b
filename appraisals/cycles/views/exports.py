"""The list of a cycle as a sheet, and every step and decision in it."""

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _

from appraisals.cycles import queries, sheet
from appraisals.cycles.rules import board as rules
from appraisals.cycles.rules.stages import Stage
from appraisals.cycles.views.board import is_own_draft, shown_grade, state_words
from appraisals.cycles.views.filtering import rows_of, view_of
from appraisals.cycles.views.frame import bp, cycle_or_404, grade_word, seen
from appraisals.evidence.rules import round_score
from lms import audit, clock
from lms.web.guards import writes
from lms.web.shell import mark_section

PAGE = 20


@bp.get("/appraisals/<code>/export")
@writes
def export(code: str) -> Response:
    """The list as it is filtered, as an Excel sheet; who took it is recorded."""
    found = cycle_or_404(code)
    reaches = seen()
    view = view_of(found, reaches)
    chosen = rows_of(found, reaches, view)
    labels = {pool.pool: pool.label for pool in view.pools}
    header = [
        _(word)
        for word in (
            "姓名",
            "工号",
            "部门",
            "用工性质",
            "名额池",
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
            labels.get(row.pool, ""),
            *(None if (value := row.dimension(key)) is None else round_score(value) for key, _word in rules.DIMENSIONS),
            row.total,
            shown_grade(found, row),
            _(state_words(row, view)[0]),
            "" if is_own_draft(row) else row.decider_label,
            "" if is_own_draft(row) else row.reason,
            row.grade_mode_reason,
        ]
        for row in chosen
    )
    body = sheet.render(_("考核名单"), header, rows)
    audit.record("cycle.export", "cycle", found.code, found.title, people=len(chosen))
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
