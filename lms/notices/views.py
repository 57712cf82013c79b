"""The inbox, and what notices listen to."""

from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock
from lms.access import events as access_events
from lms.access.models import Correction
from lms.access.queries import holders_over
from lms.db import db
from lms.imports import events as imports_events
from lms.imports.models import Import
from lms.notices import actions, queries
from lms.notices.models import Notice
from lms.notices.queries import PAGE
from lms.people import events as people_events
from lms.web import guards, links, slots

bp = Blueprint("notices", __name__)


@bp.get("/notices")
def inbox() -> str:
    """Unread first, then the newest."""
    page = max(1, request.args.get("page", 1, type=int))
    rows = queries.inbox(g.person.id, page=page)
    following = url_for("notices.inbox", page=page + 1) if len(rows) > PAGE else None
    before = url_for("notices.inbox", page=page - 1) if page > 1 else None
    return render_template("notices/inbox.html", rows=rows[:PAGE], following=following, before=before)


def _mine(notice_id: int) -> Notice:
    notice = guards.found(db.session.get(Notice, notice_id))
    guards.allow(notice.person_id == g.person.id, seen=False)
    return notice


@bp.post("/notices/<int:notice_id>/read")
def read(notice_id: int) -> Response:
    """Mark as read and open what it is about; without anything to open, back to the inbox."""
    notice = _mine(notice_id)
    actions.mark_read(notice)
    href = links.target(notice.kind, notice.ref_id).href if notice.kind else None
    return redirect(href or url_for("notices.inbox"), 303)


@bp.post("/notices/read")
def read_all() -> Response:
    """Mark everything as read."""
    actions.mark_all_read(g.person.id)
    flash(_("全部标为已读。"), "ok")
    return redirect(url_for("notices.inbox"), 303)


def unread(person: Any) -> int:
    """The number on the bell."""
    return queries.unread(person.id)


def on_correction_asked(correction: Correction, *, name: str) -> None:
    """HR whose reach covers the person learns what is said to be wrong."""
    hr = holders_over("hr", correction.person_id, clock.today())
    actions.notify_all(hr, f"{name}说信息有误", correction.text, kind="correction", ref_id=correction.id)


def on_correction_settled(correction: Correction) -> None:
    """The person gets the answer."""
    title = "你反映的信息已经更正" if correction.was_mended else "你反映的信息核对过了"
    actions.notify(correction.person_id, title, correction.answer, kind="correction", ref_id=correction.id)


def on_import_finished(imported: Import, *, counts: dict[str, int], is_undo: bool) -> None:
    """Who imported learns that it is done."""
    if imported.created_by is None:
        return
    if is_undo:
        title = f"已撤销：{imported.file_name}"
        body = f"撤销 {counts.get('undone', 0)} 行，保留 {counts.get('kept', 0)} 行。"
    else:
        title = f"导入完成：{imported.file_name}"
        body = f"写入 {counts.get('written', 0)} 行，没有写入 {counts.get('refused', 0)} 行。24 小时内可以撤销。"
    actions.notify(imported.created_by, title, body, kind="import", ref_id=imported.id)


def on_persons_withdrawn(person_ids: list[int]) -> None:
    """People who are taken back take their inbox with them."""
    actions.forget(person_ids)


def on_account_locked(person_id: int, *, address: str) -> None:
    """The person learns that somebody tried their number."""
    words = f"有人从 {address or '未知地址'} 多次输错你的密码，账号暂时锁定。不是你本人的话，登录后请修改密码并告诉安全管理员。"
    actions.notify(person_id, "你的账号曾被锁定", words)


def init_app(app: Flask) -> None:
    """Register the blueprint, the number on the bell and the listeners."""
    app.register_blueprint(bp)
    slots.fill(app, "unread", unread)
    access_events.correction_asked.connect(on_correction_asked)
    access_events.correction_settled.connect(on_correction_settled)
    imports_events.import_finished.connect(on_import_finished)
    people_events.persons_withdrawn.connect(on_persons_withdrawn)
    access_events.account_locked.connect(on_account_locked)
