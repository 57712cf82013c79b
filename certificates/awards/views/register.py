"""证书登记: HR's list of all certificates in reach, with what waits on top; making held ones, withdrawing."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from certificates.awards import bundle, queries, rules
from certificates.awards.actions import issuing, withdrawing
from certificates.awards.forms import RevokeForm
from certificates.awards.queries import PAGE, RegisterFilter
from certificates.awards.rules import STATE_LABELS, State
from certificates.awards.views import frame
from certificates.awards.views.frame import bp
from lms import clock
from lms.errors import Refused
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import needs
from lms.web.shell import mark_section

LONGEST_QUERY = 40


@bp.get("/staff/certificates")
@needs("hr")
def register() -> str:
    """Every certificate in reach; filters and page stand in the address."""
    day, reaches = clock.today(), guards.reaches("hr")
    page = min(max(1, request.args.get("page", 1, type=int)), 100_000)
    wanted = _wanted()
    rows, total = queries.register(reaches, day, wanted, page=page)
    kept: dict[str, Any] = {
        key: value for key, value in request.args.items() if key in {"q", "state", "unit", "title", "within"} and value
    }
    units, titles = queries.register_choices(reaches, day)
    waiting = queries.held(day, reaches) if page == 1 and not kept else []
    return render_template(
        "certificates/register.html",
        rows=rows,
        total=total,
        first=(page - 1) * PAGE + 1 if rows else 0,
        last=(page - 1) * PAGE + len(rows),
        before=url_for("certificates.register", **kept, page=page - 1) if page > 1 else None,
        after=url_for("certificates.register", **kept, page=page + 1) if page * PAGE < total else None,
        wanted=wanted,
        is_filtered=bool(kept),
        bundle_href=url_for("certificates.bundle_all", **kept),
        waiting=waiting,
        units=[("", _("全部单位")), *((one, one) for one in units)],
        titles=[("", _("全部证书")), *((one, one) for one in titles)],
        states=[("", _("全部状态")), *((one.value, _(STATE_LABELS[one])) for one in State)],
        within=[("", _("不限到期日")), *((n, _("%(n)s 天内到期", n=n)) for n in rules.WITHIN_DAYS)],
    )


def _wanted() -> RegisterFilter:
    state, within = request.args.get("state", ""), request.args.get("within", type=int)
    return RegisterFilter(
        words=request.args.get("q", "").strip()[:LONGEST_QUERY],
        state=State(state) if state in set(State) else None,
        unit=request.args.get("unit", "")[:60],
        title=request.args.get("title", "")[:80],
        within=within if within in rules.WITHIN_DAYS else None,
    )


@bp.post("/staff/certificates/bundle")
@needs("hr")
def bundle_all() -> Response:
    """打包下载: a job writes everything the filter shows into one ZIP."""
    kept: dict[str, Any] = request.args.to_dict()
    try:
        job = bundle.order(guards.reaches("hr"), _wanted())
    except Refused as refused:
        flash(sentence(refused), "warn")
        return redirect(url_for("certificates.register", **kept), 303)
    return redirect(url_for("operations.job", job_id=job.id), 303)


@bp.post("/staff/certificates/<number>/release")
@needs("hr")
def release(number: str) -> Response:
    """重新制证: make the certificate of a held award; what still stands in the way is said."""
    row = frame.in_reach(number)
    try:
        made = issuing.release(row.award)
    except Refused as refused:
        flash(sentence(refused), "warn")
        return redirect(url_for("certificates.award", number=number), 303)
    flash(_("已制证，编号 %(number)s，本人会收到通知。", number=made.number), "ok")
    return redirect(url_for("certificates.award", number=made.number), 303)


@bp.route("/staff/certificates/<number>/revoke", methods=["GET", "POST"])
@needs("hr")
def revoke(number: str) -> str | Response | tuple[str, int]:
    """Withdraw a certificate: class, reason, confirmation."""
    mark_section("certificates.register")
    row = frame.in_reach(number)
    guards.allow(row.is_issued, seen=False)
    if row.award.revocation is not None:
        flash(_("这张证书已经撤销过了。"), "info")
        return redirect(url_for("certificates.award", number=number), 303)
    if request.method == "GET":
        return render_template("certificates/revoke.html", form=RevokeForm(), award=row.award)
    form = RevokeForm.from_request()
    if form.validate():
        try:
            withdrawing.revoke(row.award, form.reason_class.data, form.reason.data)
        except Refused as refused:
            form.form_errors = [sentence(refused)]
        else:
            flash(_("已撤销，公开验证页马上显示，本人会收到通知。"), "ok")
            return redirect(url_for("certificates.award", number=number), 303)
    return render_template("certificates/revoke.html", form=form, award=row.award), 422
