"""A copy of one's own record (个人信息保护法第四十五条): as PDF to print, as JSON to take along. Each copy is noted."""

import json
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from flask_babel import gettext as _

from lms import audit, clock
from lms.db import reading
from lms.home import record
from lms.web import guards, naming, shell, slots
from lms.web.slots import RecordSection

bp = Blueprint("record", __name__)


def sections(part: str = "") -> list[RecordSection]:
    """The parts of the signed-in person's record in their order; one alone by its key."""
    found = sorted(slots.gather("record_sections", g.person.id), key=lambda one: one.order)
    return [one for one in found if one.key == part] if part else found


@bp.post("/me/record")
def export() -> Response:
    """The whole record, or one part of it; drawn in a snapshot before the line is written."""
    part = request.form.get("part", "")[:40]
    wants_json = request.form.get("format") == "json"
    person, now = g.person, clock.now()
    with reading():
        found = sections(part)
        guards.allow(bool(found) or not part, seen=False)
        body = (
            _json(found)
            if wants_json
            else _pdf(found, _("%(part)s证明", part=found[0].title) if part else _("个人学习与考核记录"))
        )
    kind = "json" if wants_json else "pdf"
    audit.record("record.export", "person", person.id, person.name, format=kind, part=part or "all")
    answer = Response(body, mimetype="application/json" if wants_json else "application/pdf")
    name = f"{part or 'record'}-{person.staff_number}-{clock.local(now):%Y%m%d}.{kind}"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _pdf(found: list[RecordSection], title: str) -> bytes:
    person, now = g.person, clock.local(clock.now())
    facts = record.Facts(
        title=title,
        who=_("，").join(one for one in (person.name, person.staff_number, person.unit_name, person.post_name) if one),
        organisation=naming.organisation_name(),
        stamp=_(
            "本人于 %(day)s %(time)s 从热线学堂导出，以系统中的记录为准",
            day=shell.day_words(now.date()),
            time=f"{now:%H:%M}",
        ),
        page_words=_("第 {n} 页，共 {total} 页"),
        nothing=_("没有记录"),
        missing_words=_("有些字现有字体里没有，以「〓」代替：{signs}"),
    )
    return record.render(facts, found)


def _json(found: list[RecordSection]) -> str:
    person = g.person
    data: dict[str, Any] = {
        "person": {"name": person.name, "staff_number": person.staff_number, "unit": person.unit_name},
        "exported_at": clock.now().isoformat(),
        "sections": [
            {
                "title": one.title,
                "note": one.note,
                "rows": [dict(zip(one.columns, row, strict=True)) for row in one.rows],
            }
            for one in found
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def init_app(app: Flask) -> None:
    """Register the blueprint."""
    app.register_blueprint(bp)
