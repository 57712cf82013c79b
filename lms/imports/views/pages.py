"""An import's page through its life: progress, preview in groups, confirmation, result, undo; and what it plugs into."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock, files
from lms.errors import Refused
from lms.imports import queries, rules
from lms.imports.actions import preparing, registering, writing
from lms.imports.models import Import, ImportRow, RowStatus, Stage
from lms.imports.rules import Kind
from lms.imports.views import uploading
from lms.imports.views.frame import Page, bp, import_of, job_of, may_see, steps
from lms.jobs import Job
from lms.sheets import apart
from lms.sheets import writing as tables
from lms.web import links, slots
from lms.web.errors import sentence
from lms.web.links import Target

ROUTES = uploading  # importing it puts its routes on the blueprint
STATUS_WORDS = {
    RowStatus.written: ("已写入", "ok"),
    RowStatus.refused: ("没有写入", "danger"),
    RowStatus.undone: ("已撤销", ""),
    RowStatus.kept: ("没有撤销", "warn"),
}


@bp.get("/imports/<int:import_id>")
def show(import_id: int) -> Page:
    """Where an import stands and what to do next."""
    imported, kind = import_of(import_id)
    if imported.stage == Stage.uploaded:
        return redirect(url_for("imports.columns", import_id=import_id), 303)
    return _page(imported, kind)


def _page(imported: Import, kind: Kind, error: str = "") -> str:
    job = job_of(imported)
    page = max(1, request.args.get("page", 1, type=int))
    wanted: dict[str, Any] = {
        "group": request.args.get("group", "") if request.args.get("group") in {g.key for g in kind.groups} else "",
        "status": request.args.get("status", "") if request.args.get("status") in set(RowStatus) else "",
        "words": request.args.get("q", "").strip()[:40],
        "warned": kind.warned if request.args.get("warned") else [],
    }
    is_reading = imported.stage == Stage.reading
    rows, total = ([], 0) if is_reading else queries.rows(imported.id, page=page, **wanted)
    kept: dict[str, Any] = {
        "group": wanted["group"] or None,
        "status": wanted["status"] or None,
        "q": wanted["words"] or None,
        "warned": "1" if wanted["warned"] else None,
    }
    address = url_for("imports.show", import_id=imported.id)
    is_over = imported.stage in {Stage.done, Stage.undoing, Stage.undone, Stage.writing}
    outcomes = queries.outcomes(imported.id) if is_over else {}
    return render_template(
        "imports/show.html",
        imported=imported,
        kind=kind,
        job=job,
        is_stuck=imported.stage in {Stage.writing, Stage.undoing, Stage.reading} and (job is None or not job.is_open),
        steps=steps(3 if imported.stage in {Stage.reading, Stage.ready} else 4),
        groups=[(group, imported.counts.get(group.key, 0)) for group in kind.groups if imported.counts.get(group.key)],
        all_rows=sum(imported.counts.values()),
        rows=[_shown(row, kind) for row in rows],
        total=total,
        first=(page - 1) * queries.PAGE + 1 if rows else 0,
        last=(page - 1) * queries.PAGE + len(rows),
        before=url_for("imports.show", import_id=imported.id, **kept, page=page - 1) if page > 1 else None,
        after=url_for("imports.show", import_id=imported.id, **kept, page=page + 1)
        if page * queries.PAGE < total
        else None,
        wanted=wanted,
        keep={key: kept[key] for key in ("group", "status", "warned") if kept[key]},
        others=queries.other_sheets(imported),
        told=_told_of(imported, job),
        tabs=_tabs(imported, kind, outcomes, wanted),
        address=address,
        outcomes=outcomes,
        has_faults=any(imported.counts.get(g.key) for g in kind.groups if g.is_fault) or bool(outcomes.get("refused")),
        undo_until=_undo_until(imported, kind),
        cards=slots.cards(kind.done_slot, imported.id) if kind.done_slot and imported.stage == Stage.done else [],
        error=error,
    )


def _told_of(imported: Import, job: Job | None) -> list[str]:
    """What is to be said of an import as a whole that was taken back."""
    kept = job.result.get("told", []) if job is not None and imported.stage == Stage.undone else []
    return [sentence(rules.retold(one)) for one in kept]


def _tabs(imported: Import, kind: Kind, outcomes: dict[str, int], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups of a preview; of a finished import what became of its lines. Each with its count. Warnings are a mark
    on lines of any group, so they are counted beside the groups, not among them.
    """
    address = url_for("imports.show", import_id=imported.id)
    found = [{"label": _("全部"), "href": address, "count": sum(imported.counts.values())}]
    found[0]["current"] = not (wanted["group"] or wanted["status"] or wanted["warned"])
    for status, (word, _tone) in STATUS_WORDS.items():
        if outcomes.get(status):
            href = url_for("imports.show", import_id=imported.id, status=status.value)
            found.append(
                {"label": _(word), "href": href, "count": outcomes[status], "current": wanted["status"] == status}
            )
    for group in kind.groups:
        if imported.counts.get(group.key):
            href = url_for("imports.show", import_id=imported.id, group=group.key)
            entry = {"label": _(group.label), "href": href, "count": imported.counts[group.key]}
            found.append(entry | {"current": wanted["group"] == group.key})
    if imported.stage == Stage.ready and (count := queries.count_warned(imported.id, kind.warned)):
        href = url_for("imports.show", import_id=imported.id, warned="1")
        found.append({"label": _("有提醒"), "href": href, "count": count, "current": bool(wanted["warned"])})
    return found


def _undo_until(imported: Import, kind: Kind) -> Any:
    """Until when the import can be undone, or None when it cannot."""
    try:
        rules.check_may_undo(imported.stage, imported.finished_at, clock.now(), can=kind.undo is not None)
    except Refused:
        return None
    return rules.undo_until(imported.finished_at) if imported.finished_at else None


def _shown(row: ImportRow, kind: Kind) -> dict[str, Any]:
    """A line for the table: what it is, what changes, what is to be said."""
    group = kind.group(row.group)
    told = [sentence(rules.retold(kept)) for kept in row.sentences]
    if row.outcome:
        told.append(sentence(rules.retold(row.outcome)))
    word, tone = STATUS_WORDS.get(row.status, (group.label, group.tone))
    return {
        "number": row.number,
        "label": row.label,
        "understood": row.data.get(preparing.UNDERSTOOD, ""),
        "href": links.target(row.ref_kind, row.ref_id).href if row.ref_id and row.status != RowStatus.undone else None,
        "word": _(word),
        "tone": tone,
        "is_warned": bool(row.sentences) and row.status == RowStatus.planned and row.group in kind.warned,
        "changes": [(_(label), old, new) for label, old, new in row.changes],
        "told": told,
    }


@bp.post("/imports/<int:import_id>/confirmation")
def confirm(import_id: int) -> Page:
    """Write the ticked groups."""
    imported, kind = import_of(import_id)
    try:
        writing.confirm(imported, kind, request.form.getlist("group"))
    except Refused as refused:
        if imported.stage != Stage.ready:
            raise
        return _page(imported, kind, sentence(refused)), 422
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/continuation")
def resume(import_id: int) -> Response:
    """Go on with what was stopped."""
    imported, kind = import_of(import_id)
    writing.resume(imported, kind)
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/end")
def stop(import_id: int) -> Response:
    """Leave it at what is written."""
    imported, _kind = import_of(import_id)
    writing.stop(imported)
    flash(_("这次导入到此为止，已写入的保留。"), "ok")
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/discard")
def discard(import_id: int) -> Response:
    """Drop it before anything is written."""
    imported, kind = import_of(import_id)
    writing.discard(imported)
    flash(_("已放弃这次导入，什么也没有写入。"), "ok")
    return redirect(url_for("imports.index", kind=kind.name), 303)


@bp.post("/imports/<int:import_id>/undo")
def undo(import_id: int) -> Response:
    """Take back what was written."""
    imported, kind = import_of(import_id)
    writing.undo(imported, kind)
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.get("/imports/<int:import_id>/errors.xlsx")
def faults(import_id: int) -> Response:
    """The rows to be mended as they were sent, with a column that says what is wrong."""
    imported, kind = import_of(import_id)
    header = queries.headers(imported)
    body = tables.workbook(tables.Table(imported.sheet, [*header, _("错误")], _faulty(imported, kind, len(header))))
    return uploading.download(body, f"{kind.name}-{imported.id}-errors.xlsx")


def _faulty(imported: Import, kind: Kind, width: int) -> Iterator[list[Any]]:
    """Faulty rows in the order of the sheet, read again from the file, page by page."""
    rows = apart.rows(files.load(imported.file_hash), imported.file_name, imported.sheet)
    after = 0
    while found := queries.faults(imported.id, kind, after):
        for row_id, number, kept in found:
            after = row_id
            cells = next((cells for at, cells in rows if at == number), ())
            words = "；".join(sentence(rules.retold(one)) for one in kept)
            yield [*(tuple(cells) + (None,) * width)[:width], words]


def link(ref_id: str) -> Target | None:
    """An import's file name and page."""
    found = queries.one(int(ref_id)) if ref_id.isdigit() else None
    if found is None:
        return None
    return Target(found.file_name, url_for("imports.show", import_id=found.id) if may_see(found) else None)


def init_app(app: Flask) -> None:
    """Register the blueprint, the jobs, the link kind."""
    app.register_blueprint(bp)
    registering.register_jobs(app)
    links.register(app, "import", "导入", link)
