"""以他人视角查看: what a person sees, read-only, for half an hour, with a reason the person can read."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.access import forms, looking, queries, rules
from lms.access.views.signing import Page
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person
from lms.web.errors import sentence
from lms.web.guards import for_viewers, needs

bp = Blueprint("viewing", __name__)


@bp.route("/viewing", methods=["GET", "POST"])
@needs("system_admin", "audit_admin")
def start() -> Page:
    """Ask for whom and why, then open their 今日."""
    if request.method == "GET":
        return render_template("access/viewing.html", form=forms.ViewingForm(number=request.args.get("number", "")))
    form = forms.ViewingForm.from_request()
    if form.validate():
        facts = queries.facts_by_number(rules.normal_number(form.number.data))
        if facts is None:
            form.number.errors = [_("没有这个工号，核对一下。")]
        else:
            person = db.session.get_one(Person, facts.person_id)
            try:
                held = [given.role for given in queries.grants_of(person.id)]
                looking.look_as(g.person.session_id, g.person, person, held, form.reason.data)
            except Refused as refused:
                form.form_errors = [sentence(refused)]
            else:
                return redirect(url_for("home.today"), 303)
    return render_template("access/viewing.html", form=form), 422


@bp.post("/viewing/end")
@for_viewers
def end() -> Response:
    """Back to one's own pages."""
    looking.stop_looking(g.person.session_id)
    flash(_("已结束查看，回到你自己的页面。"), "ok")
    return redirect(url_for("home.desk"), 303)
