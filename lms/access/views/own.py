"""设置: language, size and theme, mail, the password, one's own sessions, a word to HR about wrong details."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock
from lms.access import actions, corrections, forms, queries
from lms.access.views.signing import Page, bp, choose_password, my_account, new_password_page, wrong_password
from lms.db import reading
from lms.web import slots
from lms.web.errors import sentence


@bp.get("/settings")
def settings() -> str:
    """Language, size, theme, shortcuts, mail, password, where one is signed in, and a word to HR about wrong details."""
    return _settings(forms.CorrectionForm())


def _settings(form: Any) -> str:
    return render_template(
        "access/settings.html",
        sessions=queries.open_sessions(g.person.account_id, clock.now()),
        account=my_account(),
        form=form,
        asked=corrections.of_person(g.person.id),
        settings_cards=slots.cards("settings", g.person),
    )


@bp.post("/settings/correction")
def ask_correction() -> Page:
    """Tell HR what is wrong with one's details."""
    form = forms.CorrectionForm.from_request()
    if not form.validate():
        return _settings(form), 422
    corrections.ask(g.person.id, g.person.name, form.text.data)
    flash(_("已经告诉人事，处理后会通知你。"), "ok")
    return redirect(url_for("access.settings"), 303)


@bp.route("/settings/password", methods=["GET", "POST"])
def change_password() -> Page:
    """The present password, then a new one; other sessions end."""
    if request.method == "GET":
        return new_password_page("access/change_password.html", forms.ChangePasswordForm())
    form = forms.ChangePasswordForm.from_request()
    if form.validate():
        with reading():
            facts = queries.facts_by_number(g.person.staff_number)
        if not actions.knows_password(facts, form.present.data):
            form.present.errors = [sentence(wrong_password(g.person.staff_number))]
        elif choose_password(form, keep_session=g.person.session_id):
            flash(_("密码已修改，其他设备已退出登录。"), "ok")
            return redirect(url_for("access.settings"), 303)
    return new_password_page("access/change_password.html", form, 422)


@bp.post("/settings/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """End one of one's own sessions."""
    actions.end_own_session(g.person.account_id, session_id)
    flash(_("那台设备已退出登录。"), "ok")
    return redirect(url_for("access.settings"), 303)


@bp.post("/settings/sessions/end-others")
def end_other_sessions() -> Response:
    """End all of one's sessions but this one."""
    actions.end_other_sessions(g.person.account_id, g.person.session_id)
    flash(_("其他设备都已退出登录。"), "ok")
    return redirect(url_for("access.settings"), 303)
