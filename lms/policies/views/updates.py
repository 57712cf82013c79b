"""Policy updates: what changed, 我已读懂, who has read; the trainer's pages to publish and to remind."""

from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock, jobs
from lms.errors import Refused
from lms.organisation import queries as organisation
from lms.policies import actions, queries, rules, updates
from lms.policies.forms import UpdateForm, WithdrawForm
from lms.policies.models import PolicyDocument, PolicyUpdate
from lms.policies.updates import OwnUpdate
from lms.web import guards, links, slots
from lms.web.errors import sentence
from lms.web.guards import Visitor, needs
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import CalendarEntry, Card, NavItem, RecordSection, Task

bp = Blueprint("updates", __name__)
STAFF = ("trainer", "hr", "line_leader")
DUE_HOUR = 18  # local; without shift data deadlines end at six
TODAY_SHOWN = 3
Page = str | Response | tuple[str, int]


def _own(update_id: int) -> OwnUpdate | None:
    """The update as it concerns the signed-in person; None when it does not."""
    mine = updates.of_person(g.person.id, clock.today())
    return next((one for one in mine if one.update.id == update_id), None)


@bp.get("/policies/updates/<int(max=2147483647):update_id>")
def update(update_id: int) -> str:
    """One update: what changed, since when, and 我已读懂 for those it concerns."""
    return _page(guards.found(updates.update(update_id)))


def _page(found: PolicyUpdate, error: str = "", answer: str = "") -> str:
    mark_section("home.today")
    return render_template(
        "policies/update.html",
        update=found,
        receipt=updates.receipt(found.id, g.person.id),
        is_concerned=_own(found.id) is not None,
        lesson=links.target("lesson", found.lesson_code) if found.lesson_code else None,
        href=queries.href(found.document.code, found.clause_number or None),
        minutes=rules.READING_MINUTES,
        error=error,
        answer=answer,
        may_watch=bool(guards.reaches(*STAFF)),
    )


@bp.post("/policies/updates/<int(max=2147483647):update_id>/receipt")
def confirm(update_id: int) -> Page:
    """我已读懂: kept once, with version and time; with a question, after it is answered."""
    found = guards.found(updates.update(update_id))
    if updates.receipt(found.id, g.person.id) is None:
        guards.allow(found.withdrawn_at is not None or _own(update_id) is not None)
    answer = request.form.get("answer", "")[:10]
    try:
        actions.confirm_update(found, g.person.id, answer)
    except Refused as refused:
        return _page(found, sentence(refused), answer), 422
    flash(_("已记下：你在 %(at)s 确认读懂。", at=f"{clock.local(clock.now()):%H:%M}"), "ok")
    return redirect(url_for("updates.update", update_id=found.id), 303)


@bp.get("/training/policy-updates")
@needs(*STAFF)
def index() -> str:
    """All updates, newest first, with how many people in reach have confirmed."""
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    rows = updates.all_updates(page)
    following = url_for("updates.index", page=page + 1) if len(rows) > updates.PAGE else None
    rows = rows[: updates.PAGE]
    counts = updates.read_counts([one.id for one in rows], guards.reaches(*STAFF), clock.today())
    return render_template(
        "policies/updates.html",
        rows=rows,
        counts=counts,
        following=following,
        before=url_for("updates.index", page=page - 1) if page > 1 else None,
        may_publish=bool(guards.reaches("trainer")),
        lapsed=slots.cards("policy_lapsed"),
    )


def _offer(form: UpdateForm, document: PolicyDocument) -> UpdateForm:
    clauses = [(c.number, f"{c.number}　{c.gist}") for c in queries.current_version(document).clauses]
    form.clause.choices = [("", _("整份文件")), *clauses]
    form.units.choices = [(unit.id, unit.name) for unit in organisation.units()]
    form.lesson.choices = [("", _("没有对应的课节")), *slots.gather("lesson_choices")]
    return form


@bp.route("/training/policy-updates/new/<code>", methods=["GET", "POST"])
@needs("trainer")
def new(code: str) -> Page:
    """Publish an update of a policy."""
    mark_section("updates.index")
    document = guards.found(queries.document(code))
    if request.method == "GET":
        form = UpdateForm(effective_on=clock.today(), clause=request.args.get("clause", ""), audience="all")
        return render_template("policies/new_update.html", form=_offer(form, document), document=document)
    form = _offer(UpdateForm.from_request(), document)
    if form.validate():
        lessons = {key for key, _label in form.lesson.choices}
        units = {key for key, _label in form.units.choices}
        if form.lesson.data not in lessons or not set(form.units.data or ()) <= units:
            form.form_errors = [_("选的课节或单位已经不在了，重新选一次。")]
        else:
            try:
                made = actions.publish_update(
                    document, form.draft(), clause=form.clause.data or "", lesson_code=form.lesson.data or ""
                )
            except Refused as refused:
                form.form_errors = [sentence(refused)]
            else:
                flash(_("已发布，正在逐人通知。"), "ok")
                return redirect(url_for("updates.readers", update_id=made.id), 303)
    return render_template("policies/new_update.html", form=form, document=document), 422


@bp.get("/training/policy-updates/<int(max=2147483647):update_id>")
@needs(*STAFF)
def readers(update_id: int) -> str:
    """Who has read: units with counts, down to names; what cites the clause."""
    return _readers(guards.found(updates.update(update_id)), WithdrawForm())


def _readers(found: PolicyUpdate, form: WithdrawForm) -> str:
    mark_section("updates.index")
    reaches, today = guards.reaches(*STAFF), clock.today()
    names = {unit.id: unit.name for unit in organisation.units(is_open=False)}
    counts = sorted(updates.counts_by_unit(found, reaches, today), key=lambda c: (c.read - c.total, c.unit_id))
    unit_id = request.args.get("unit", type=int)
    state = request.args.get("state", "unread")
    state = state if state in {"unread", "read", "all"} else "unread"
    after = max(0, request.args.get("after", 0, type=int))
    rows = updates.readers(
        found, reaches, today, unit_id=unit_id, state=state, after=after, limit=updates.PAGE + 1
    )  # fmt: skip
    more = len(rows) > updates.PAGE
    rows = rows[: updates.PAGE]
    keep: dict[str, Any] = {"update_id": found.id, "state": state} | ({"unit": unit_id} if unit_id else {})
    return render_template(
        "policies/readers.html",
        update=found,
        counts=[(names.get(c.unit_id, ""), c) for c in counts],
        read=sum(c.read for c in counts),
        total=sum(c.total for c in counts),
        rows=rows,
        unit_id=unit_id,
        unit_name=names.get(unit_id or 0, ""),
        state=state,
        states=[
            {
                "label": label,
                "href": url_for("updates.readers", **(keep | {"state": key})),
                "current": key == state,
            }
            for key, label in (("unread", _("还没确认")), ("read", _("已确认")), ("all", _("全部")))
        ],
        following=url_for("updates.readers", **keep, after=rows[-1].person_id) if more else None,
        is_filtered=bool(unit_id) or state != "unread" or after > 0,
        citing=_citing(found),
        form=form,
        may_withdraw=bool(guards.reaches("trainer")) and found.withdrawn_at is None,
        opens_people=bool(guards.reaches("hr", "line_leader")),
    )


def _citing(found: PolicyUpdate) -> list[tuple[str, Target]]:
    """(kind, target) of the lessons and questions that cite the clause (the document, where no clause is named)."""
    rows = [
        one
        for one in queries.citations_of(found.document_id)
        if not found.clause_number or one.clause_number in {"", found.clause_number}
    ]
    seen = dict.fromkeys((one.kind, one.ref_id) for one in rows)
    return [(links.kind_label(kind), links.target(kind, ref_id)) for kind, ref_id in seen][:200]


@bp.post("/training/policy-updates/<int(max=2147483647):update_id>/reminders")
@needs(*STAFF)
def remind(update_id: int) -> Page:
    """催办 those in reach who have not confirmed."""
    found = guards.found(updates.update(update_id))
    unit_id = request.form.get("unit", type=int)
    told = actions.remind_unread(found, guards.reaches(*STAFF), unit_id)
    if told:
        flash(_("已催办 %(n)s 人。同一个人一天只催一次。", n=told), "ok")
    else:
        flash(_("没有要催的人：都已确认，或今天已经催过。"), "info")
    return redirect(url_for("updates.readers", update_id=found.id, unit=unit_id), 303)


@bp.post("/training/policy-updates/<int(max=2147483647):update_id>/withdrawal")
@needs("trainer")
def withdraw(update_id: int) -> Page:
    """Take an update back, with a reason."""
    found = guards.found(updates.update(update_id))
    form = WithdrawForm.from_request()
    if not form.validate():
        return _readers(found, form), 422
    try:
        actions.withdraw_update(found, form.reason.data)
    except Refused as refused:
        form.reason.errors = [sentence(refused)]
        return _readers(found, form), 422
    flash(_("已收回。已经确认的记录保留。"), "ok")
    return redirect(url_for("updates.readers", update_id=found.id), 303)


# What updates put on other pages -----------------------------------------------------------------------------------


def tasks(person: Visitor) -> list[Task]:
    """Updates that wait for 我已读懂."""
    return [
        Task(
            title=_("政策更新确认：%(title)s", title=one.update.title),
            due_at=clock.local_instant(one.update.due_on, DUE_HOUR),
            minutes=rules.READING_MINUTES,
            href=url_for("updates.update", update_id=one.update.id),
            action=_("去确认"),
            facts=(_("阅读并确认"),),
            is_mandatory=True,
        )
        for one in updates.of_person(person.id, clock.today())
        if one.confirmed_at is None
    ]


def today_card(person: Visitor) -> Card | None:
    """政策更新: the newest ones, confirmed or not."""
    rows = updates.of_person(person.id, clock.today())[:TODAY_SHOWN]
    return Card("policies/_today.html", {"rows": rows}, order=20) if rows else None


def calendar(person: Visitor) -> list[CalendarEntry]:
    """The days by which updates are to be confirmed."""
    return [
        CalendarEntry(
            day=one.update.due_on,
            title=_("政策更新确认：%(title)s", title=one.update.title),
            kind="policy",
            href=url_for("updates.update", update_id=one.update.id),
            at=clock.local_instant(one.update.due_on, DUE_HOUR),
            is_done=one.confirmed_at is not None,
        )
        for one in updates.of_person(person.id, clock.today())
    ]


def record_section(person_id: int) -> RecordSection:
    """Receipts, for the copy of one's own record."""
    rows = tuple(
        (
            f"{clock.local(receipt.confirmed_at):%Y-%m-%d %H:%M}",
            found.title,
            receipt.version_label,
        )
        for receipt, found in updates.receipts_of(person_id)
    )
    columns = (_("确认时间"), _("政策更新"), _("版本"))
    return RecordSection(_("政策更新确认"), columns, rows, widths=(1.4, 3.6, 1), order=80, key="receipts")


def link(ref_id: str) -> Target | None:
    """The title and page of an update."""
    found = updates.update(int(ref_id)) if ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 10 else None
    return Target(found.title, url_for("updates.update", update_id=found.id)) if found else None


def init_app(app: Flask) -> None:
    """Register the blueprint, the job, the link kind, the search kind and the slots."""
    app.register_blueprint(bp)
    jobs.register(app, actions.TELL_JOB, "政策更新通知", actions.tell_concerned)
    links.register(app, "policy_update", "政策更新", link)
    item = NavItem("政策", "updates.index", "scroll-text", shell="staff", roles=frozenset(STAFF), order=35)
    for slot, filler in (
        ("search_kinds", lambda: [("policy_update", "政策更新")]),
        ("tasks", tasks),
        ("today_more", today_card),
        ("calendar", calendar),
        ("record_sections", record_section),
        ("navigation", lambda: item),
    ):
        slots.fill(app, slot, filler)
