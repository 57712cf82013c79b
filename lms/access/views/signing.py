"""Sign-in, activation, forgotten passwords, the first sign-in."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from werkzeug.wrappers import Response

from lms import audit, clock, mail
from lms.access import actions, corrections, forms, passwords, queries, rules, session, visiting
from lms.access.models import Account, Role
from lms.access.rules import PasswordPolicy
from lms.db import db, reading, transaction
from lms.errors import Refused
from lms.people.queries import current_spell, person_with_spells
from lms.settings import Settings
from lms.web import guards, languages
from lms.web.errors import sentence
from lms.web.guards import before_welcome, public

COOKIE = "hotline_session"
YEAR_SECONDS = 365 * 24 * 3600
FORGOTTEN_PER_MINUTE = 10
PREFERENCES = {"size": ("normal", "large"), "theme": ("auto", "light", "dark"), "locale": ("zh", "en")}
bp = Blueprint("access", __name__)
Page = str | Response | tuple[str, int]


def config() -> Settings:
    """The settings of this app."""
    found: Settings = current_app.config["LMS_SETTINGS"]
    return found


def policy() -> PasswordPolicy:
    """What passwords must be, by the settings."""
    return PasswordPolicy(config().password_min_length, config().password_classes)


def load_person() -> None:
    """Know who is signed in before the view runs. The snapshot ends before any write begins, but for the hot path's."""
    g.person = None
    token = request.cookies.get(COOKIE)
    if token and request.endpoint != "static":
        idle = timedelta(minutes=config().session_idle_minutes)
        if guards.marked("is_lean"):
            g.person = session.load_lean(token, idle=idle, writes=request.method not in guards.SAFE)
        else:
            with reading():
                g.person = session.load(token, idle=idle)
    person = g.person
    if person is None:
        audit.set_actor(None, "访客", request.remote_addr or "web")
        return
    if person.viewer is None:
        audit.set_actor(person.id, getattr(person, "name", ""), request.remote_addr or "web")
    else:
        visiting.look_through(person)
    if session.needs_touch(person.seen_at):
        with transaction():
            session.touch(person.session_id)


def is_crowded() -> bool:
    """Whether too many sign-ins from this address have failed within the minute."""
    bucket = f"sign_in:{request.remote_addr or ''}"
    return queries.rate(bucket, actions.this_minute()) >= rules.ADDRESS_FAILURES_PER_MINUTE


def wrong_password(number: str) -> Refused:
    """Count a wrong password, and say so; whoever calls returns a page, so that it is kept."""
    limit, minutes = config().login_failures, config().login_lock_minutes
    return actions.refuse_sign_in(number, address=request.remote_addr or "", limit=limit, lock_minutes=minutes)


def device() -> str:
    """The browser in a few words, for the list of one's sessions."""
    return rules.device_words(request.user_agent.string)


def with_session(response: Response, token: str) -> Response:
    """The response that gives the browser its session token."""
    secure = config().is_production
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure, path="/")
    return response


@bp.get("/login")
@public
def sign_in() -> Page:
    """The sign-in page; an empty system leads to set-up."""
    following = rules.local_path(request.args.get("next"))
    if g.person is not None:
        return redirect(following, 303)
    if not queries.has_accounts():
        return redirect(url_for("setup.first"), 303)
    return render_template("access/sign_in.html", form=forms.SignInForm(), following=following)


@bp.post("/login")
@public
def sign_in_now() -> Page:
    """Check the password outside any write, then note what came of it."""
    form = forms.SignInForm.from_request()
    following = rules.local_path(request.form.get("next"))
    if not form.validate():
        return render_template("access/sign_in.html", form=form, following=following), 422
    number, address, settings = rules.normal_number(form.number.data), request.remote_addr or "", config()
    with reading():
        crowded = is_crowded()
        facts = None if crowded else queries.facts_by_number(number)
        working = facts is not None and current_spell(facts.person_id, clock.today()) is not None
    if crowded:
        form.form_errors = [_("这个网络一分钟内输错的次数太多，过一分钟再试。")]
        return render_template("access/sign_in.html", form=form, following=following), 429
    is_right = passwords.is_right(facts.password_hash if facts else None, form.password.data)
    if facts is None or not is_right or rules.is_locked(facts.tries, clock.now()):
        refused = wrong_password(number)
    elif facts.is_demo and settings.is_production:
        refused = Refused("这是演示账号，正式运行时不能登录。")
    elif not working:
        refused = Refused("这个工号现在不在岗，账号已停用。需要时联系人事。")
    else:
        attempt = actions.sign_in(
            facts.account_id,
            verified_hash=facts.password_hash or "",
            hours=settings.session_hours,
            device=device(),
            address=address,
        )
        if attempt.token:
            if following == "/" and rules.starts_at_desk(grant.role for grant in queries.grants_of(facts.person_id)):
                following = url_for("home.desk")
            return with_session(redirect(following, 303), attempt.token)
        refused = attempt.refused or Refused("没有登录成功，再试一次。")
    form.form_errors = [sentence(refused)]
    return render_template("access/sign_in.html", form=form, following=following), 422


@bp.route("/activate", methods=["GET", "POST"])
@public
def activate() -> Page:
    """Staff number and code lead to a new password."""
    form = forms.ActivationForm.from_request()
    if request.method == "GET":
        form = forms.ActivationForm(number=request.args.get("number", ""))
        return render_template("access/activate.html", form=form)
    if not form.validate():
        return render_template("access/activate.html", form=form), 422
    address = request.remote_addr or ""
    with reading():
        crowded = is_crowded()
    if crowded:
        form.form_errors = [_("这个网络一分钟内输错的次数太多，过一分钟再试。")]
        return render_template("access/activate.html", form=form), 429
    attempt = actions.sign_in_by_code(
        rules.normal_number(form.number.data),
        rules.normal_code(form.code.data),
        hours=config().session_hours,
        device=device(),
        address=address,
    )
    if attempt.token:
        return with_session(redirect(url_for("access.welcome"), 303), attempt.token)
    form.form_errors = [sentence(attempt.refused)] if attempt.refused else []
    return render_template("access/activate.html", form=form), 422


@bp.route("/forgot", methods=["GET", "POST"])
@public
def forgot() -> Page:
    """A code by mail where an address is known; the answer is the same for every number."""
    form = forms.ForgottenForm.from_request()
    if request.method == "GET":
        return render_template("access/forgot.html", form=forms.ForgottenForm(), is_sent=False)
    if not form.validate():
        return render_template("access/forgot.html", form=form, is_sent=False), 422
    if actions.count_use(f"forgot:{request.remote_addr}", FORGOTTEN_PER_MINUTE):
        facts = queries.facts_by_number(rules.normal_number(form.number.data))
        is_open = facts is not None and not facts.is_disabled and bool(facts.email)
        if facts is not None and is_open:
            is_open = rules.may_recover_by_mail(grant.role for grant in queries.grants_of(facts.person_id))
        if facts is not None and is_open and actions.count_use(f"forgot:account:{facts.account_id}", 1):
            account = db.session.get_one(Account, facts.account_id)
            code = actions.issue_code(account, days=rules.MAIL_CODE_HOURS / 24, reason=_("本人找回密码"))
            where = f"{config().public_url.rstrip('/')}{url_for('access.activate')}"
            body = _(
                "%(name)s，你好：\n\n你的激活码是 %(code)s，%(hours)s 小时内有效。打开 %(where)s，"
                "填写工号和激活码后设置新密码。\n\n不是你本人操作的话，可以不理会这封邮件，原来的密码仍然有效。\n",
                name=facts.name, code=rules.shown_code(code), hours=rules.MAIL_CODE_HOURS, where=where,
            )  # fmt: skip
            mail.send_later(facts.email, _("热线学堂：找回密码的激活码"), body)
    return render_template("access/forgot.html", form=forms.ForgottenForm(), is_sent=True)


@bp.post("/sign-out")
@before_welcome
@guards.for_viewers
def sign_out() -> Response:
    """End the present session."""
    actions.sign_out(g.person.session_id)
    response = redirect(url_for("access.sign_in"), 303)
    response.delete_cookie(COOKIE, path="/")
    flash(_("已退出登录。"), "ok")
    return response


# The first sign-in: password, details, size ----------------------------------------------------------------------


def my_account() -> Account:
    """The signed-in person's account."""
    return db.session.get_one(Account, g.person.account_id)


def needs_password(account: Account) -> bool:
    """Whether a password of one's own has still to be set."""
    return account.password_changed_at is None or bool(queries.open_codes(account.id, clock.now()))


@bp.get("/welcome")
@before_welcome
def welcome() -> Response:
    """To the first page of the first sign-in that is not done."""
    if g.person.is_welcomed:
        return redirect(url_for("home.today"), 303)
    step = "access.welcome_password" if needs_password(my_account()) else "access.welcome_details"
    return redirect(url_for(step), 303)


def new_password_page(template: str, form: Any, status: int = 200, **values: Any) -> tuple[str, int]:
    """A page that asks for a new password, with the rules above the field."""
    told = [_(text).format(**given) for text, given in rules.password_rules(policy())]
    return render_template(template, form=form, password_rules=told, **values), status


def choose_password(form: Any, *, keep_session: int | None) -> bool:
    """Check and set a new password; hashing happens before the write begins. False leaves the sentence on the form."""
    with reading():
        numbers = queries.staff_numbers(g.person.id)
        hashes = queries.recent_hashes(g.person.account_id, policy().history)
    typed = form.password.data
    try:
        rules.check_password(typed, policy(), numbers, passwords.common())
        rules.check_not_used_before(any(passwords.is_right(old, typed) for old in hashes), policy().history)
    except Refused as refused:
        form.password.errors = [sentence(refused)]
        return False
    new_hash = passwords.hash_password(typed)  # before the account is read, which takes the write lock
    actions.set_password(my_account(), new_hash, keep_session=keep_session)
    return True


@bp.route("/welcome/password", methods=["GET", "POST"])
@before_welcome
def welcome_password() -> Page:
    """A password of one's own; who had one before goes straight on."""
    if g.person.is_welcomed:
        return redirect(url_for("home.today"), 303)
    form = forms.NewPasswordForm.from_request()
    with reading():
        is_new = my_account().password_changed_at is None
    if request.method == "POST" and form.validate() and choose_password(form, keep_session=g.person.session_id):
        if is_new:
            return redirect(url_for("access.welcome_details"), 303)
        actions.finish_welcome(my_account())
        flash(_("新密码已经生效，其他设备已退出登录。"), "ok")
        return redirect(url_for("home.today"), 303)
    form = form if request.method == "POST" else forms.NewPasswordForm()
    status = 422 if request.method == "POST" else 200
    return new_password_page("access/welcome_password.html", form, status, is_new=is_new)


@bp.route("/welcome/details", methods=["GET", "POST"])
@before_welcome
def welcome_details() -> Page:
    """Name, unit, form and certificate name as HR knows them; a mistake is told to HR."""
    if needs_password(my_account()):
        return redirect(url_for("access.welcome_password"), 303)
    form = forms.CorrectionForm.from_request()
    if request.method == "POST":
        if form.validate():
            corrections.ask(g.person.id, g.person.name, form.text.data)
            flash(_("已经告诉人事，改好后会通知你。先继续。"), "ok")
            return redirect(url_for("access.welcome_size"), 303)
        return _details(form), 422
    return _details(forms.CorrectionForm())


def _details(form: Any) -> str:
    person = person_with_spells(g.person.id)
    spell = current_spell(g.person.id, clock.today())
    return render_template("access/welcome_details.html", form=form, someone=person, spell=spell)


@bp.route("/welcome/size", methods=["GET", "POST"])
@before_welcome
def welcome_size() -> Page:
    """Normal or large type; then the first sign-in is over."""
    if needs_password(my_account()):
        return redirect(url_for("access.welcome_password"), 303)
    if request.method == "POST":
        actions.finish_welcome(my_account())
        return redirect(url_for("home.today"), 303)
    return render_template("access/welcome_size.html")


# Settings --------------------------------------------------------------------------------------------------------


@bp.post("/preferences")
@public
def preferences() -> Response:
    """Size, theme, language, shortcuts: kept with the account, and in the browser for the pages before sign-in."""
    given = {name: value for name, known in PREFERENCES.items() if (value := request.form.get(name, "")) in known}
    if g.person is not None and hasattr(g.person, "account_id"):
        account = my_account()
        for name, value in given.items():
            setattr(account, name, value)
        if "has_shortcuts" in request.form:
            account.has_shortcuts = request.form.getlist("has_shortcuts")[-1] == "1"
    response = redirect(rules.local_path(request.form.get("next")), 303)
    for name, value in given.items():
        response.set_cookie(
            name, value, max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=config().is_production
        )
    if "locale" in given:
        languages.speak(given["locale"])
        refresh()  # what is said next is said in the new language
    if request.form.get("told"):
        flash(_("设置已保存。"), "ok")
    return response


@bp.post("/switch")
def switch() -> Response:
    """Work under another of one's identities."""
    wanted = request.form.get("identity", "")
    if wanted not in set(Role):
        raise Refused("没有这个身份。")
    actions.switch_role(my_account(), Role(wanted))
    return redirect(url_for("home.today" if wanted == Role.learner else "home.desk"), 303)


def init_app(app: Flask) -> None:
    """Load the person before each request, then check that somebody is signed in."""
    app.before_request(load_person)
    app.before_request(guards.check_signed_in)
    app.register_blueprint(bp)
