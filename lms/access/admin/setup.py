"""Set-up of an empty system in the browser: the first unit, the system and the security administrator. Once."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms import FormField

from lms import audit, clock
from lms.access import actions, passwords, queries, rules
from lms.access.forms import AdministratorForm, UnitForm
from lms.access.models import Role
from lms.access.views.signing import Page, policy
from lms.db import reading
from lms.errors import Refused
from lms.organisation import actions as organisation
from lms.people import actions as people
from lms.people.actions import Details, Employment
from lms.people.models import EmploymentForm
from lms.web.errors import sentence
from lms.web.forms import BaseForm
from lms.web.guards import public

bp = Blueprint("setup", __name__)


class SetupForm(BaseForm):
    """Everything that is needed before anybody can sign in."""

    unit = FormField(UnitForm)
    system = FormField(AdministratorForm)
    security = FormField(AdministratorForm)


def _check(form: SetupForm) -> None:
    for part in (form.system, form.security):
        number = rules.normal_number(part.number.data)
        rules.check_password(part.password.data, policy(), [number], passwords.common())
    rules.check_two_people(
        rules.normal_number(form.system.number.data),
        rules.normal_number(form.security.number.data),
        form.system["name"].data,
        form.security["name"].data,
    )


@bp.route("/setup", methods=["GET", "POST"])
@public
def first() -> Page:
    """Make the first unit and the first two administrators; closed for ever once there is an account."""
    with reading():
        is_closed = queries.has_accounts()
    if is_closed:
        abort(404)
    form = SetupForm.from_request() if request.method == "POST" else SetupForm()
    if request.method == "GET":
        return _page(form, 200)
    if not form.validate():
        return _page(form, 422)
    try:
        _check(form)
    except Refused as refused:
        form.form_errors = [sentence(refused)]
        return _page(form, 422)
    hashes = [passwords.hash_password(part.password.data) for part in (form.system, form.security)]
    _create(form, hashes)
    flash(
        _(
            "系统已设好，用刚才的工号登录。下一步：系统管理员在「人员」登记同事，安全管理员发激活码，并授予审计管理员和人事。"
        ),
        "ok",
    )
    return redirect(url_for("access.sign_in"), 303)


def _page(form: SetupForm, status: int) -> tuple[str, int]:
    told = [_(text).format(**given) for text, given in rules.password_rules(policy())]
    faults: list[tuple[str | None, str]] = [(f"#{f.id}", f.errors[0]) for part in form for f in part.form if f.errors]
    faults += [(None, words) for words in form.form_errors]
    return render_template("access/setup.html", form=form, password_rules=told, errors=faults), status


def _create(form: SetupForm, hashes: list[str]) -> None:
    if not actions.claim_setup():
        abort(404)
    unit, post = organisation.found(form.unit["name"].data, form.unit.code.data)
    parts = ((form.system, Role.system_admin), (form.security, Role.security_admin))
    with audit.acting_as(None, "首次设置", request.remote_addr or "web"):
        for (part, role), password_hash in zip(parts, hashes, strict=True):
            person = people.add_person(
                Details(part["name"].data),
                Employment(
                    rules.normal_number(part.number.data), EmploymentForm.institution, unit.name, unit.id, post.id,
                    clock.today(),
                ),
            )  # fmt: skip
            account = queries.account_of(person.id)
            assert account is not None
            actions.set_password(account, password_hash, keep_session=None)
            account.welcomed_at = clock.now()
            actions.first_grant(person, role)
