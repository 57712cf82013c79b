"""The inbox with its filters, what comes by mail, and what notices listen to."""

from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock, jobs
from lms.access import events as access_events
from lms.access.models import Correction
from lms.access.queries import holders_over
from lms.db import db
from lms.jobs import Job, JobStatus
from lms.notices import actions, forms, queries, rules
from lms.notices.models import Notice
from lms.notices.queries import PAGE, InboxFilter
from lms.people import events as people_events
from lms.web import guards, links, slots
from lms.web.slots import Card

bp = Blueprint("notices", __name__)


@bp.get("/notices")
def inbox() -> str:
    """Unread first, then the newest; by topic, unread alone, page by page."""
    page = min(max(1, request.args.get("page", 1, type=int)), 100_000)
    topic = request.args.get("topic", "")
    wanted = InboxFilter(topic if topic in rules.TOPICS else "", request.args.get("state") == "unread")
    rows = queries.inbox(g.person.id, wanted, page=page)
    present = queries.topics_of(g.person.id)

    def at(**changes: Any) -> str:
        now: dict[str, Any] = {"topic": wanted.topic or None, "state": "unread" if wanted.is_unread else None}
        return url_for("notices.inbox", **(now | changes))

    return render_template(
        "notices/inbox.html",
        rows=rows[:PAGE],
        following=at(page=page + 1) if len(rows) > PAGE else None,
        before=at(page=page - 1) if page > 1 else None,
        wanted=wanted,
        topics=rules.TOPICS,
        topic_choices=[("", _("全部"))]
        + [(one.code, _(one.label)) for one in rules.TOPICS.values() if one.code in present],
        is_filtered=bool(wanted.topic or wanted.is_unread),
    )


@bp.post("/notices/mail")
def choose_mail() -> Response:
    """Keep which topics come by mail."""
    actions.choose_mail(g.person.id, forms.wanted(request.form.getlist("topic")))
    flash(_("设置已保存。"), "ok")
    return redirect(url_for("access.settings", _anchor="mail"), 303)


def mail_card(person: Any) -> Card:
    """On the settings page: which topics come by mail."""
    chosen = queries.mail_choices(person.id)
    is_staff = any(reach.role != "learner" for reach in person.reaches)
    rows = [(one, rules.by_mail(one.code, chosen)) for one in rules.TOPICS.values() if is_staff or not one.is_for_staff]
    return Card("notices/_mail.html", {"rows": rows, "address": queries.address(person.id)}, order=20)


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


def on_persons_withdrawn(person_ids: list[int]) -> None:
    """People who are taken back take their inbox with them."""
    actions.forget(person_ids)


def on_account_locked(person_id: int, *, address: str) -> None:
    """The person learns that somebody tried their number."""
    words = f"有人从 {address or '未知地址'} 多次输错你的密码，账号暂时锁定。不是你本人的话，登录后请修改密码并告诉安全管理员。"
    actions.notify(person_id, "你的账号曾被锁定", words, topic="account")


JOB_ENDS = {
    JobStatus.done: "已完成：{label}",
    JobStatus.failed: "没有做完：{label}",
    JobStatus.cancelled: "已取消：{label}",
}


def on_job_ended(job: Job) -> None:
    """Whoever started long work learns how it ended."""
    if job.created_by is not None:
        title = JOB_ENDS[job.status].format(label=job.label)
        actions.notify(job.created_by, title, job.note, "job", job.id, key=f"job:{job.id}")


def init_app(app: Flask) -> None:
    """Register the blueprint, the number on the bell and the listeners."""
    app.register_blueprint(bp)
    slots.fill(app, "unread", unread)
    jobs.ended.connect(on_job_ended)
    slots.fill(app, "settings", mail_card)
    access_events.correction_asked.connect(on_correction_asked)
    access_events.correction_settled.connect(on_correction_settled)
    people_events.persons_withdrawn.connect(on_persons_withdrawn)
    access_events.account_locked.connect(on_account_locked)
