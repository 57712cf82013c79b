"""Roles: who holds what with which reach; granted and ended by the security administrator."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock
from lms.access import actions, forms, queries, rules
from lms.access.models import ADMINISTRATORS, ROLE_LABELS, Role, RoleGrant, Scope
from lms.access.views.signing import Page
from lms.db import db
from lms.errors import Refused
from lms.organisation import queries as organisation
from lms.people.models import Person
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import needs
from lms.web.shell import mark_section

bp = Blueprint("security", __name__, url_prefix="/security")
PAGE = 50


@bp.get("/roles")
@needs("security_admin", "audit_admin")
def roles() -> str:
    """Roles in force, newest first; 学员 only when asked for."""
    wanted = request.args.get("role", "")
    role = Role(wanted) if wanted in set(Role) else None
    words = request.args.get("q", "").strip()[:40]
    before = request.args.get("before", type=int)
    rows = queries.grants(clock.today(), role=role, words=words, before_id=before, limit=PAGE + 1)
    following = None
    if len(rows) > PAGE:
        following = url_for("security.roles", role=wanted, q=words, before=rows[PAGE - 1].grant_id)
    return render_template(
        "access/roles.html",
        rows=rows[:PAGE],
        following=following,
        role=wanted,
        words=words,
        is_filtered=bool(wanted or words or before),
        labels=ROLE_LABELS,
        missing=[kind for kind in sorted(ADMINISTRATORS) if not queries.holders(kind)],
        may_grant=bool(guards.reaches("security_admin")),
    )


@bp.route("/roles/new", methods=["GET", "POST"])
@needs("security_admin")
def grant() -> Page:
    """Give somebody a role."""
    mark_section("security.roles")
    form = forms.GrantForm.from_request()
    if request.method == "GET":
        form = forms.GrantForm(number=request.args.get("number", ""), role=request.args.get("role"))
    form.unit_id.choices = [("", _("选择")), *((u.id, u.name) for u in organisation.units())]
    form.vendor_id.choices = [("", _("选择")), *((v.id, v.name) for v in organisation.vendors())]
    if request.method == "GET":
        return render_template("access/grant.html", form=form)
    if form.validate():
        facts = queries.facts_by_number(rules.normal_number(form.number.data))
        if facts is None:
            form.number.errors = [_("没有这个工号，核对一下。")]
        else:
            person = db.session.get_one(Person, facts.person_id)
            try:
                actions.grant(
                    person, Role(form.role.data), Scope(form.scope.data), form.unit_id.data, form.vendor_id.data
                )
            except Refused as refused:
                form.form_errors = [sentence(refused)]
            else:
                flash(_("已授予%(name)s「%(role)s」。", name=person.name, role=_(Role(form.role.data).label)), "ok")
                return redirect(url_for("security.roles"), 303)
    return render_template("access/grant.html", form=form), 422


@bp.route("/roles/<int:grant_id>/end", methods=["GET", "POST"])
@needs("security_admin")
def end(grant_id: int) -> str | Response:
    """Take a role back, after asking."""
    mark_section("security.roles")
    given = guards.found(db.session.get(RoleGrant, grant_id))
    person = db.session.get_one(Person, given.person_id)
    if request.method == "GET":
        return render_template("access/end_grant.html", given=given, someone=person)
    actions.end_grant(given)
    flash(_("已结束%(name)s的「%(role)s」。", name=person.name, role=_(given.role.label)), "ok")
    return redirect(url_for("security.roles"), 303)
