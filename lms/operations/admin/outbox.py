"""发件箱: every mail with what became of it; one that is stuck can be tried again at once."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import mail
from lms.db import db
from lms.mail import MailState, OutboxMail
from lms.operations.admin.health import tabs
from lms.operations.views.jobs import bp
from lms.web import guards
from lms.web.guards import needs

PAGE = 50


@bp.get("/operations/mail")
@needs("system_admin")
def outbox() -> str:
    """Newest first; state and place in the address. The text of a mail is its reader's own and is not shown."""
    wanted, before = request.args.get("state", ""), request.args.get("before", type=int)
    state = MailState(wanted) if wanted in set(MailState) else None
    rows = mail.listed(state, before, PAGE + 1)
    counts = mail.counts()
    return render_template(
        "operations/outbox.html",
        rows=rows[:PAGE],
        state=state.value if state else "",
        states=[
            ("", f"{_('全部状态')} {sum(counts.values())}"),
            *((one.value, f"{_(label)} {counts[one]}") for one, label in mail.STATE_LABELS.items()),
        ],
        following=url_for("operations.outbox", state=wanted, before=rows[PAGE - 1].id) if len(rows) > PAGE else None,
        is_filtered=state is not None,
        tabs=tabs("operations.outbox"),
    )


@bp.post("/operations/mail/<int:mail_id>/retry")
@needs("system_admin")
def retry_mail(mail_id: int) -> Response:
    """Send one again with the next sweep."""
    mail.retry(guards.found(db.session.get(OutboxMail, mail_id)))
    flash(_("已排到最前，一分钟内再发一次。"), "ok")
    return redirect(url_for("operations.outbox", state=request.args.get("state")), 303)
