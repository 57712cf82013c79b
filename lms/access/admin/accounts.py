"""Accounts: locked, stopped or waiting; never a password."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock
from lms.access import actions, forms, queries
from lms.access.models import Account
from lms.access.rules import may_issue
from lms.access.views.signing import Page
from lms.db import db
from lms.people.models import Person
from lms.web import guards
from lms.web.guards import needs
from lms.web.shell import mark_section
from lms.web.slots import Card

bp = Blueprint("accounts", __name__, url_prefix="/security")
PAGE = 50
STATES = (("", "全部账号"), ("locked", "锁定中"), ("disabled", "已停用"), ("waiting", "还没有登录过"))


@bp.get("/accounts")
@needs("security_admin")
def index() -> str:
    """All accounts, by state and name."""
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()[:40]
    after = request.args.get("after", 0, type=int)
    now = clock.now()
    rows = queries.accounts(clock.today(), now, state=state, words=words, after_id=after, limit=PAGE + 1)
    following = None
    if len(rows) > PAGE:
        following = url_for("accounts.index", state=state, q=words, after=rows[PAGE - 1].account.id)
    return render_template(
        "access/accounts.html",
        rows=rows[:PAGE],
        following=following,
        state=state,
        words=words,
        is_filtered=bool(state or words or after),
        states=STATES,
        now=now,
    )


def _account(account_id: int) -> Account:
    return guards.found(db.session.get(Account, account_id))


def _back(sentence: str) -> Response:
    flash(sentence, "ok")
    return redirect(url_for("accounts.index"), 303)


@bp.post("/accounts/<int:account_id>/unlock")
@needs("security_admin")
def unlock(account_id: int) -> Response:
    """End a lock before its time."""
    actions.unlock(_account(account_id))
    return _back(_("已解锁，马上可以再登录。"))


@bp.route("/accounts/<int:account_id>/disable", methods=["GET", "POST"])
@needs("security_admin")
def disable(account_id: int) -> Page:
    """Stop an account, with a reason."""
    mark_section("accounts.index")
    account = _account(account_id)
    name = db.session.get_one(Person, account.person_id).name
    form = forms.ReasonForm.from_request() if request.method == "POST" else forms.ReasonForm()
    if request.method == "POST" and form.validate():
        actions.disable(account, form.reason.data)
        return _back(_("已停用%(name)s的账号，登录的设备都已退出。", name=name))
    return render_template("access/disable.html", form=form, name=name), 422 if request.method == "POST" else 200


@bp.post("/accounts/<int:account_id>/enable")
@needs("security_admin")
def enable(account_id: int) -> Response:
    """Let a stopped account in again."""
    actions.enable(_account(account_id))
    return _back(_("账号已恢复。"))


def person_card(person_id: int, viewer: Any) -> Card | None:
    """Account and roles on a person's page, with the button for a code."""
    account = queries.account_of(person_id)
    if account is None:
        return None
    grants = queries.grants_of(person_id)
    values = {
        "account": account,
        "grants": grants,
        "person_id": person_id,
        "is_locked": account.locked_until is not None and account.locked_until > clock.now(),
        "codes": queries.open_codes(account.id, clock.now()),
        "may_issue": may_issue(
            [r.role for r in viewer.reaches], [g.role for g in grants], is_self=viewer.id == person_id
        ),
    }
    return Card("access/_account.html", values, order=80)
