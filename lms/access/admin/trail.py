"""The audit trail: read by the audit administrator, filtered in the URL, exported, verified; changed by nobody."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext as _

from lms import audit, clock
from lms.access import queries
from lms.access.admin import words
from lms.access.queries import TrailFilter
from lms.audit import AuditLine
from lms.db import db
from lms.sheets import writing
from lms.web.guards import needs, writes

bp = Blueprint("trail", __name__)
PAGE = 50
EXPORT_LINES = 50_000
COLUMNS = ("编号", "时间", "操作人", "来源", "动作", "对象", "对象编号", "名称", "内容", "指纹")


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def wanted() -> TrailFilter:
    """The filter that the address asks for; days are local, the last one is included."""
    since, until = _day("since"), _day("until")
    return TrailFilter(
        who=request.args.get("who", "").strip()[:40],
        verb=request.args.get("verb", "")[:60],
        kind=request.args.get("kind", "")[:40],
        ref_id=request.args.get("ref", "")[:60],
        since=clock.local_instant(since) if since else None,
        until=clock.local_instant(until + timedelta(days=1)) if until else None,
    )


@bp.get("/audit")
@needs("audit_admin")
def index() -> str:
    """Who did what, newest first."""
    before = request.args.get("before", type=int)
    statement = queries.trail(wanted()).limit(PAGE + 1)
    rows = list(db.session.scalars(statement.where(AuditLine.id < before) if before else statement))
    kept: dict[str, Any] = {key: value for key, value in request.args.to_dict().items() if key != "before" and value}
    verbs, kinds = queries.trail_words()
    return render_template(
        "access/audit.html",
        rows=rows[:PAGE],
        following=url_for("trail.index", **kept, before=rows[PAGE - 1].id) if len(rows) > PAGE else None,
        kept=kept,
        is_filtered=bool(kept or before),
        verbs=verbs,
        kinds=kinds,
        verb_word=words.verb,
        kind_word=words.kind,
        pretty=lambda details: json.dumps(details, ensure_ascii=False, indent=2),
    )


@bp.get("/audit/verify")
@needs("audit_admin")
def verify() -> str:
    """Walk the whole chain and say whether it holds."""
    return render_template("access/verify.html", verdict=audit.verify())


def _lines(rows: list[AuditLine]) -> Iterator[tuple[str | int, ...]]:
    for row in rows:
        details = json.dumps(row.details, ensure_ascii=False)
        at = clock.local(row.at).strftime("%Y-%m-%d %H:%M:%S")
        yield (row.id, at, row.actor_label, row.origin, row.verb, row.kind, row.ref_id, row.label, details, row.hash)


@bp.get("/audit.csv")
@writes
@needs("audit_admin")
def export() -> Response:
    """The lines of the filter as CSV for spreadsheets; the export is itself a line of the trail."""
    rows = list(db.session.scalars(queries.trail(wanted()).limit(EXPORT_LINES)))
    audit.record("audit.export", "audit", "lines", g.person.name, lines=len(rows), filter=request.query_string.decode())
    name = f"audit-{clock.today().isoformat()}.csv"
    return Response(
        writing.csv_bytes([_(name) for name in COLUMNS], _lines(rows)),
        content_type=writing.CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
