"""证书: one's own, one of them with its history, and its PDF."""

import logging
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import current_app, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from certificates.awards import queries
from certificates.awards.models import Award, AwardStatus
from certificates.awards.queries import AwardRow
from certificates.awards.rules import REVOCATION_LABELS, RevocationClass, State
from certificates.awards.views import frame
from certificates.awards.views.frame import bp
from courses.catalogue import queries as catalogue
from lms import clock, files
from lms.access import actions as access
from lms.db import reading
from lms.errors import Refused
from lms.web import guards, links
from lms.web.guards import writes
from lms.web.links import Target
from lms.web.shell import mark_section

log = logging.getLogger("lms.certificates")
PAGE_NAME = "证书"
# What browsers need to show a PDF of ours: their own viewer, as a plug-in of this address.
VIEWER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@bp.get("/certificates")
def mine() -> str:
    """One's own certificates: those in force with their face, the others as a list."""
    mark_section("home.me")
    rows = frame.own(g.person.id)
    current = [row for row in rows if not row.is_off]
    return render_template(
        "certificates/mine.html",
        current=[(row, frame.face(row)) for row in current],
        former=[row for row in rows if row.is_off],
    )


@bp.get("/certificates/<number>")
@writes
def award(number: str) -> str:
    """A certificate as it was issued, and what became of it; a look by somebody else is noted."""
    with reading():
        row = frame.visible(number)
        is_own = row.award.person_id == g.person.id
        is_hr = frame.covers(guards.reaches("hr"), row.award.person_id)
        mark_section("home.me" if is_own else "certificates.register" if is_hr else "people.index")
        made = queries.made_from(row.award.id) if row.state == State.replaced else None
        html = render_template(
            "certificates/award.html",
            shell="learner.html" if is_own else "staff.html",
            is_own=is_own,
            is_hr=is_hr,
            row=row,
            award=row.award,
            face=frame.face(row),
            made=made,
            may_download=row.is_issued and (row.state != State.revoked or is_hr),
            source=_source(row.award),
            courses=_courses(row.award),
            history=_history(row, clock.today()),
            person_href=links.target("person", row.award.person_id).href,
        )
        person_id = row.award.person_id
    access.record_view(person_id, g.person, PAGE_NAME)
    return html


def _source(award: Award) -> Target | None:
    """What the award rests on: the attempt, or the course."""
    kind, ref_id = award.facts["source"]
    found = links.target("course", award.subject) if kind != "attempt" else links.target("attempt", ref_id)
    return found if found.href else None


def _courses(award: Award) -> list[tuple[Target, str]]:
    """The courses proved, in the versions of that day; a course that is gone keeps its title."""
    there = {course.code for course in catalogue.open_courses()}
    return [
        (
            Target(line["title"], url_for("courses.course", code=line["code"]) if line["code"] in there else None),
            line["version"],
        )
        for line in award.facts["courses"]
    ]


def _history(row: AwardRow, day: date) -> list[dict[str, Any]]:
    """What happened and what comes, for the timeline."""
    award = row.award
    entries = [
        {"title": _("通过考核"), "note": _words(award.issued_on), "state": "done"},
        {"title": _("暂缓制证"), "note": award.held_reason, "state": "done" if row.state == State.replaced else "now"}
        if not row.is_issued
        else {
            "title": _made(award),
            "note": _words(clock.local(award.issued_at).date()),
            "state": "done",
        },
    ]
    if award.revocation is not None:
        kind = REVOCATION_LABELS[RevocationClass(award.revocation.reason_class)]
        note = _("%(day)s，%(kind)s：%(reason)s", day=_words(clock.local(award.revocation.revoked_at).date()),
                 kind=_(kind), reason=award.revocation.reason)  # fmt: skip
        return [*entries, {"title": _("撤销"), "note": note, "state": "now"}]
    if row.state == State.superseded:
        return [*entries, {"title": _("由新证书接替"), "note": _("同一项目发了新的证书"), "state": "now"}]
    if row.is_issued and award.valid_until is not None:
        over = award.valid_until < day
        words = _words(award.valid_until)
        entries.append({"title": _("已过期") if over else _("有效期至"), "note": words, "state": "now" if over else ""})
    return entries


def _made(award: Award) -> str:
    if award.released_from is None:
        return _("发证")
    return _("重新制证") if award.released_from.status == AwardStatus.held else _("按更正后的成绩换发")


def _words(day: date) -> str:
    return str(current_app.jinja_env.filters["day"](day))


@bp.get("/certificates/<number>.pdf")
@writes
def pdf(number: str) -> Response:
    """The stored bytes, exactly; a withdrawn certificate only for HR. ?view=1 opens it instead of saving."""
    with reading():
        row = frame.visible(number)
        found = row.award
        is_hr = frame.covers(guards.reaches("hr"), found.person_id)
        if found.pdf_hash is None:
            raise Refused("证书暂缓制作：{reason}", reason=found.held_reason)
        if row.state == State.revoked and not is_hr:
            assert found.revocation is not None
            raise Refused("这张证书已撤销，不能再下载。理由：{reason}", reason=found.revocation.reason)
        content, pdf_hash, person_id = _bytes(found), found.pdf_hash, found.person_id
        name = f"{found.holder_name}-{found.title}.pdf".replace("/", "／")
    access.record_view(person_id, g.person, PAGE_NAME)
    how = "inline" if "view" in request.args else "attachment"
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f"{how}; filename=\"{number}.pdf\"; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = VIEWER_POLICY
    answer.set_etag(pdf_hash)
    return answer


def _bytes(award: Award) -> bytes:
    assert award.pdf_hash is not None
    try:
        return files.load(award.pdf_hash)
    except OSError as error:
        log.exception("the file of certificate %s is gone or changed", award.number)
        raise Refused(
            "这张证书的文件不在了，或与发证时不一致，没有给出。证书本身有效；请系统管理员从备份恢复文件 {name}。",
            name=award.pdf_hash[:12],
        ) from error
