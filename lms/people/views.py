"""People: the roster, a person's page, joining, moving, leaving, corrections."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock
from lms.db import db, reading
from lms.errors import Refused
from lms.imports.actions import registering
from lms.organisation import queries as organisation
from lms.organisation.models import Vendor
from lms.people import actions, events, forms, queries, rules
from lms.people.actions import Details, Employment
from lms.people.models import FORM_LABELS, EmploymentForm, Person, Spell
from lms.people.queries import PAGE, RosterFilter
from lms.people.roster.kind import ROSTER
from lms.web import guards, links, slots
from lms.web.errors import sentence
from lms.web.guards import Reach, needs, writes
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import NavItem, RecordSection

bp = Blueprint("people", __name__)
READERS = ("hr", "line_leader")
ADDERS = ("hr", "system_admin")  # the system administrator registers the first people of an empty system, no more
LISTERS = (*READERS, "system_admin")
STATES = (("working", "在岗"), ("coming", "待入职"), ("left", "已离岗"), ("all", "全部"))
FOUND_IN_SEARCH = 10
Page = str | Response | tuple[str, int]


def visible(person_id: int, reaches: Iterable[Reach]) -> Person:
    """The person with spells, or 404 when these reaches do not cover the present (else the newest) spell."""
    person = guards.found(queries.person_with_spells(person_id))
    reaches = list(reaches)
    day = clock.today()
    spell = next((s for s in person.spells if s.is_current(day)), person.spells[-1] if person.spells else None)
    if spell is None:
        guards.allow(any(r.scope == "all" for r in reaches), seen=False)
    else:
        guards.allow(rules.may_see(reaches, spell, below=queries.units_below(reaches)), seen=False)
    return person


@bp.get("/people")
@needs(*LISTERS)
def index() -> str:
    """The roster in scope: search, filters, pages."""
    page = max(1, request.args.get("page", 1, type=int))
    form = request.args.get("form", "")
    wanted = RosterFilter(
        words=request.args.get("q", "").strip()[:40],
        unit_id=request.args.get("unit", type=int),
        form=EmploymentForm(form) if form in set(EmploymentForm) else None,
        state=request.args.get("state", "working"),
    )
    rows, total = queries.roster(guards.reaches(*LISTERS), clock.today(), wanted, page=page)
    kept: dict[str, Any] = {key: value for key, value in request.args.to_dict().items() if key != "page" and value}
    return render_template(
        "people/index.html",
        rows=rows,
        total=total,
        first=(page - 1) * PAGE + 1 if rows else 0,
        last=(page - 1) * PAGE + len(rows),
        before=url_for("people.index", **kept, page=page - 1) if page > 1 else None,
        after=url_for("people.index", **kept, page=page + 1) if page * PAGE < total else None,
        wanted=wanted,
        is_filtered=bool(kept),
        units=organisation.units(),
        form_labels=FORM_LABELS,
        states=STATES,
        may_add=bool(guards.reaches(*ADDERS)),
        may_open=bool(guards.reaches(*READERS)),
        may_import=bool(guards.reaches("hr")),
    )


@bp.get("/people/<int:person_id>")
@writes
@needs(*READERS)
def person(person_id: int) -> str:
    """Details, employment, account and whatever packages add; the look is noted."""
    mark_section("people.index")
    with reading():
        someone = visible(person_id, guards.reaches(*READERS))
        day = clock.today()
        html = render_template(
            "people/person.html",
            someone=someone,
            spell=next((s for s in someone.spells if s.is_current(day)), None),
            day=day,
            phone=rules.masked_phone(someone.phone),
            tabs=slots.cards("person_tabs", person_id, g.person),
            may_edit=_may_edit(someone),
        )
    events.record_viewed.send(person_id, viewer=g.person, page="人员档案")
    return html


def _may_edit(someone: Person) -> bool:
    reaches = guards.reaches("hr")
    below = queries.units_below(reaches)
    return bool(reaches) and any(rules.may_see(reaches, spell, below=below) for spell in someone.spells[-1:])


def _offer(form: Any) -> Any:
    """The units, posts and vendors that the signed-in person may choose."""
    reaches = guards.reaches(*ADDERS)
    everything = any(r.scope == "all" for r in reaches)
    own = {r.vendor_id for r in reaches if r.scope == "own_vendor"}
    below = queries.units_below(reaches)
    is_bound_to_units = not everything and not own
    vendors = [v for v in organisation.vendors() if everything or not own or v.id in own]
    units = [u for u in organisation.units() if not is_bound_to_units or u.id in below]
    form.vendor_id.choices = [("", _("无")), *((v.id, v.name) for v in vendors)]
    form.unit_id.choices = [("", _("选择")), *((u.id, u.name) for u in units)]
    form.post_id.choices = [("", _("选择")), *((p.id, p.name) for p in organisation.posts())]
    return form


def _employment(form: Any) -> Employment:
    """What was typed about employment, within the reach of who typed it."""
    rules.check_employer(EmploymentForm(form.form.data), form.vendor_id.data)
    vendor = db.session.get(Vendor, form.vendor_id.data) if form.vendor_id.data else None
    employer = form.employer.data or (vendor.name if vendor else "")
    if not employer:
        raise Refused("填写用人单位，也就是签合同的单位。")
    reaches = guards.reaches(*ADDERS)
    planned = Spell(unit_id=form.unit_id.data, vendor_id=form.vendor_id.data)
    if not rules.may_see(reaches, planned, below=queries.units_below(reaches)):
        raise Refused("这个单位或公司不在你的管理范围内，请选自己范围内的。")
    return Employment(
        staff_number="".join(form.staff_number.data.split()).upper(),
        form=EmploymentForm(form.form.data),
        employer=employer,
        unit_id=form.unit_id.data,
        post_id=form.post_id.data,
        starts_on=form.starts_on.data,
        vendor_id=form.vendor_id.data,
    )


def _details(form: Any) -> Details:
    return Details(
        form.name.data,
        form.certificate_name.data or "",
        form.phone.data or "",
        form.email.data or "",
        form.born_on.data,
    )


@bp.route("/people/new", methods=["GET", "POST"])
@needs(*ADDERS)
def new() -> Page:
    """Somebody joins."""
    mark_section("people.index")
    if request.method == "GET":
        form = _offer(forms.PersonForm(starts_on=clock.today()))
        return render_template("people/new.html", form=form, someone=None)
    form = _offer(forms.PersonForm.from_request())
    if form.validate():
        try:
            someone = actions.add_person(_details(form), _employment(form))
        except Refused as refused:
            form.form_errors = [sentence(refused)]
        else:
            flash(_("已登记%(name)s。接着发一个激活码，本人就能登录。", name=someone.name), "ok")
            if guards.reaches(*READERS):
                return redirect(url_for("people.person", person_id=someone.id), 303)
            return redirect(url_for("people.index"), 303)
    return render_template("people/new.html", form=form, someone=None), 422


@bp.route("/people/<int:person_id>/spells/new", methods=["GET", "POST"])
@needs("hr")
def new_spell(person_id: int) -> Page:
    """The same person in another employment: the record goes on."""
    mark_section("people.index")
    someone = visible(person_id, guards.reaches("hr"))
    if request.method == "GET":
        return render_template(
            "people/new.html", form=_offer(forms.EmploymentFields(starts_on=clock.today())), someone=someone
        )
    form = _offer(forms.EmploymentFields.from_request())
    if form.validate():
        try:
            actions.start_spell(someone, _employment(form))
        except Refused as refused:
            form.form_errors = [sentence(refused)]
        else:
            flash(_("新的任职已登记，学习和证书记录都在。"), "ok")
            return redirect(url_for("people.person", person_id=person_id), 303)
    return render_template("people/new.html", form=form, someone=someone), 422


@bp.route("/people/<int:person_id>/spells/<int:spell_id>/end", methods=["GET", "POST"])
@needs("hr")
def end_spell(person_id: int, spell_id: int) -> Page:
    """The last day; signing in stops with it."""
    mark_section("people.index")
    someone = visible(person_id, guards.reaches("hr"))
    spell = guards.found(next((s for s in someone.spells if s.id == spell_id), None))
    if request.method == "GET":
        form = forms.EndForm(ends_on=clock.today())
        return render_template("people/end.html", form=form, someone=someone, spell=spell)
    form = forms.EndForm.from_request()
    if form.validate():
        try:
            actions.end_spell(spell, form.ends_on.data, form.reason.data)
        except Refused as refused:
            form.form_errors = [sentence(refused)]
        else:
            flash(_("已登记离岗，最后在岗日 %(day)s。", day=form.ends_on.data.isoformat()), "ok")
            return redirect(url_for("people.person", person_id=person_id), 303)
    return render_template("people/end.html", form=form, someone=someone, spell=spell), 422


@bp.route("/people/<int:person_id>/edit", methods=["GET", "POST"])
@writes
@needs("hr")
def edit(person_id: int) -> Page:
    """Name, certificate name, phone, mail, birth date, all unmasked; the look is noted."""
    mark_section("people.index")
    someone = visible(person_id, guards.reaches("hr"))
    if request.method == "GET":
        events.record_viewed.send(person_id, viewer=g.person, page="人员档案")
        return render_template("people/edit.html", form=forms.DetailsForm(obj=someone), someone=someone)
    form = forms.DetailsForm.from_request()
    if form.validate():
        try:
            actions.correct(someone, _details(form))
        except Refused as refused:
            form.form_errors = [sentence(refused)]
        else:
            flash(_("信息已更正。"), "ok")
            return redirect(url_for("people.person", person_id=person_id), 303)
    return render_template("people/edit.html", form=form, someone=someone), 422


def link(ref_id: str) -> Target | None:
    """A person's name; the address only for those whose roles cover the person."""
    someone = queries.person_with_spells(int(ref_id)) if ref_id.isdigit() else None
    if someone is None:
        return None
    reaches = guards.reaches(*READERS)
    below = queries.units_below(reaches) if reaches else set()
    may = bool(someone.spells) and rules.may_see(reaches, someone.spells[-1], below=below)
    return Target(someone.name, url_for("people.person", person_id=someone.id) if may else None)


def in_search(_person: Any, words: str) -> list[tuple[str, str, list[tuple[Target, str]]]]:
    """People in scope whose name, pinyin or number matches."""
    reaches = guards.reaches(*READERS)
    if not reaches:
        return []
    wanted = RosterFilter(words=words, state="all")
    rows, _total = queries.roster(reaches, clock.today(), wanted, limit=FOUND_IN_SEARCH)
    hits = [
        (
            Target(row.person.name, url_for("people.person", person_id=row.person.id)),
            f"{row.spell.staff_number} · {row.spell.unit.name}",
        )
        for row in rows
    ]
    return [("person", _("人员"), hits)] if hits else []


def record_sections(person_id: int) -> list[RecordSection]:
    """Person and employment, for the copy of one's own record; one's own phone and mail are not masked."""
    someone = guards.found(queries.person_with_spells(person_id))
    facts = (
        (_("姓名"), someone.name),
        (_("证书姓名"), someone.certificate_name),
        (_("手机号"), someone.phone),
        (_("邮箱"), someone.email),
        (_("出生日期"), someone.born_on.isoformat() if someone.born_on else ""),
    )
    spells = tuple(
        (
            spell.staff_number,
            _(FORM_LABELS[spell.form]),
            spell.employer,
            spell.unit.name,
            spell.post.name,
            _("%(start)s 至 %(end)s", start=spell.starts_on, end=spell.ends_on or _("今")),
        )
        for spell in someone.spells
    )
    return [
        RecordSection(_("个人信息"), (_("项目"), _("内容")), facts, widths=(1, 4), order=10, key="person"),
        RecordSection(
            _("任职经历"),
            (_("工号"), _("用工性质"), _("用人单位"), _("部门"), _("岗位"), _("起止")),
            spells,
            widths=(1.1, 1.1, 2, 1.6, 1.1, 2),
            order=20,
            key="spells",
        ),
    ]


def init_app(app: Flask) -> None:
    """Register the blueprint, the link kind, search and navigation."""
    app.register_blueprint(bp)
    slots.fill(app, "record_sections", record_sections)
    links.register(app, "person", "人员", link)
    registering.register(app, ROSTER)
    slots.fill(app, "search_more", in_search)
    item = NavItem("人员", "people.index", "users", shell="staff", roles=frozenset(LISTERS), order=20)
    slots.fill(app, "navigation", lambda: item)
