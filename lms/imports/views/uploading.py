"""The list of imports, the upload, the template, the columns."""

from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import files
from lms.db import db, reading
from lms.errors import Refused
from lms.imports import queries, rules
from lms.imports.actions import preparing
from lms.imports.models import Import
from lms.imports.rules import Kind, Planned
from lms.imports.views.frame import WAITING, Page, bp, import_of, job_of, kind_of, own_kinds, steps
from lms.sheets import cells, writing
from lms.sheets import reading as sheets
from lms.web import guards
from lms.web.errors import sentence

SAMPLE_ROWS = 3


@bp.get("/imports")
def index() -> str:
    """Past imports, newest first: one's own, and everybody's where one's role reaches everything."""
    known = own_kinds()
    guards.allow(bool(known))
    page = max(1, request.args.get("page", 1, type=int))
    wanted = request.args.get("kind", "")
    shown = {wanted: known[wanted]} if wanted in known else known
    everywhere = [name for name, kind in known.items() if any(r.scope == "all" for r in guards.reaches(*kind.roles))]
    rows = queries.listed(shown, g.person.id, everywhere, page=page)
    return render_template(
        "imports/index.html",
        rows=rows[: queries.PAGE],
        kinds=known,
        wanted=wanted if wanted in known else "",
        before=url_for("imports.index", kind=wanted or None, page=page - 1) if page > 1 else None,
        after=url_for("imports.index", kind=wanted or None, page=page + 1) if len(rows) > queries.PAGE else None,
        first=(page - 1) * queries.PAGE + 1,
    )


@bp.route("/imports/<name>/new", methods=["GET", "POST"])
def new(name: str) -> Page:
    """Choose a file; it is looked at before anything is kept."""
    kind, reaches = kind_of(name)
    if request.method == "GET":
        return render_template("imports/new.html", kind=kind, steps=steps(1), fields=kind.fields(None), error=None)
    try:
        content, file_name = _uploaded()
        outlined = preparing.outline(content, file_name)
    except Refused as refused:
        words = sentence(refused)
        page = render_template("imports/new.html", kind=kind, steps=steps(1), fields=kind.fields(None), error=words)
        return page, 422
    imported = preparing.upload(kind, file_name, files.store(content), outlined, reaches)
    return redirect(url_for("imports.columns", import_id=imported.id), 303)


def _uploaded() -> tuple[bytes, str]:
    """The bytes and name of the chosen file."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Refused("选一个 .xlsx 或 .csv 文件。")
    with given.stream:
        return given.read(), cells.line(given.filename)[-200:]


@bp.get("/imports/<name>/template.xlsx")
def template(name: str) -> Response:
    """An empty sheet with the columns a kind knows, and a row that shows how to fill them."""
    kind, _reaches = kind_of(name)
    fields = kind.fields(None)
    told = [
        (_(one.label), _("必填") if one.is_required else _("选填"), _(one.hint) if one.hint else "", one.sample)
        for one in fields
    ]
    body = writing.workbook(
        writing.Table(
            _(kind.label), [one.label for one in fields], [], [max(12, 2 * len(one.label) + 4) for one in fields]
        ),
        writing.Table(_("填写说明"), [_("列"), _("要不要填"), _("说明"), _("例如")], told, [16, 12, 44, 20]),
    )
    return download(body, f"{kind.name}-template.xlsx")


def download(body: bytes, name: str, mimetype: str = writing.XLSX) -> Response:
    """Bytes as a file to keep."""
    answer = make_response(body)
    answer.mimetype = mimetype
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.route("/imports/<int:import_id>/columns", methods=["GET", "POST"])
def columns(import_id: int) -> Page:
    """Which sheet, which row is the header, which column is what; guessed, and to be changed."""
    with reading():
        imported, kind = import_of(import_id)
        job = job_of(imported)
        if imported.stage not in WAITING or (job is not None and job.is_open):
            return redirect(url_for("imports.show", import_id=import_id), 303)
        db.session.expunge(imported)  # what follows tries things out; nothing of it may reach the table
        _place(imported, kind)
        if request.method == "GET":
            mapping: dict[str, int] = dict(imported.mapping) if _is_settled(imported) else {}
            mapping = mapping or preparing.suggested(kind, imported)
            return _columns_page(imported, kind, mapping, imported.options, [])
        mapping, options, faults = _answers(imported, kind)
        if faults:
            return _columns_page(imported, kind, mapping, options, faults), 422
        imported.mapping, imported.options = mapping, options
        is_large = queries.data_rows(imported) > preparing.AT_ONCE
        task = queries.task(imported, queries.headers(imported))
        chunks = [] if is_large else list(preparing.understood(kind, imported, task))
    _settle(imported, kind, chunks, is_large=is_large)
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _answers(imported: Import, kind: Kind) -> tuple[dict[str, int], dict[str, str], list[tuple[str, Refused]]]:
    """The columns and options that were chosen, and what is wrong with them."""
    fields = kind.fields(queries.task(imported))
    given = {one.key: request.form.get(f"column-{one.key}", type=int) for one in fields}
    mapping, faults = rules.checked_mapping(given, fields, len(queries.headers(imported)))
    options, option_faults = _options(kind)
    faults += option_faults
    try:
        preparing.check_size(imported)
        preparing.check_formulas(imported, mapping)
    except Refused as refused:
        faults.append(("header", refused))
    return mapping, options, faults


def _is_settled(imported: Import) -> bool:
    """Whether the columns that are kept belong to the sheet and header row that are shown."""
    return bool(imported.mapping) and imported.fingerprint == rules.fingerprint(queries.headers(imported))


def _place(imported: Import, kind: Kind) -> None:
    """The sheet and header row of the address or the form, where there are such; a fresh sheet has its header found."""
    name = request.values.get("sheet", "")
    if name != imported.sheet and name in {one["name"] for one in imported.outline}:
        imported.sheet = name
        imported.header_row = rules.header_row(queries.sheet_of(imported)["head"], kind.fields(None))
        return
    number = request.values.get("header", 0, type=int)
    if number in {row for row, _cells in queries.sheet_of(imported)["head"]}:
        imported.header_row = number


def _options(kind: Kind) -> tuple[dict[str, str], list[tuple[str, Refused]]]:
    """What was answered beside the columns, and what is wrong with it."""
    found: dict[str, str] = {}
    faults: list[tuple[str, Refused]] = []
    for option in kind.asked():
        given = request.form.get(f"option-{option.key}", "").strip()[:60]
        if option.kind == "check":
            found[option.key] = "1" if given else ""
        elif option.kind == "choice":
            found[option.key] = given if given in {value for value, _label in option.choices} else ""
        elif given:
            try:
                value = cells.month(given) if option.kind == "month" else cells.day(given)
                found[option.key] = value.isoformat() if value else ""
            except Refused as refused:
                found[option.key] = given
                faults.append((option.key, refused))
        else:
            found[option.key] = ""
    return found, faults


def _columns_page(
    imported: Import, kind: Kind, mapping: dict[str, int], options: dict[str, Any], faults: list[tuple[str, Refused]]
) -> str:
    sheet, header = queries.sheet_of(imported), queries.headers(imported)
    letters = [sheets.column_letters(at + 1) for at in range(len(header))]
    below = [row for row in sheet["head"] if row[0] > imported.header_row and any(row[1])][:SAMPLE_ROWS]
    return render_template(
        "imports/columns.html",
        imported=imported,
        kind=kind,
        asked=kind.asked(),
        steps=steps(2),
        sheet=sheet,
        header=header,
        letters=letters,
        below=below,
        fields=kind.fields(queries.task(imported)),
        mapping=mapping,
        options=options,
        errors={key: sentence(refused) for key, refused in faults},
        rows=queries.data_rows(imported),
    )


def _settle(chosen: Import, kind: Kind, chunks: list[list[Planned]], *, is_large: bool) -> None:
    """Keep what was chosen; a small sheet's lines were understood before, outside any write, a large one's is a job."""
    imported, _kind = import_of(chosen.id)
    imported.sheet, imported.header_row = chosen.sheet, chosen.header_row
    preparing.choose(imported, chosen.mapping, chosen.options)
    if is_large:
        preparing.start_reading(imported, kind)
        return
    while preparing.forget_rows(imported.id, preparing.LARGEST):
        pass
    for planned in chunks:
        preparing.keep(imported.id, planned)
    preparing.settle(imported)
    if not imported.counts:
        flash(_("选中的列里没有数据。"), "warn")
