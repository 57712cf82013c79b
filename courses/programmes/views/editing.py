"""Writing a programme: the form with its live audience, its preview, publishing, closing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from courses.programmes.actions import drafting
from courses.programmes.actions.drafting import Plan
from courses.programmes.forms import AudienceForm, ProgrammeForm, kept
from courses.programmes.models import Programme, Stage
from courses.programmes.queries import audiences, sources
from courses.programmes.queries import programmes as queries
from courses.programmes.rules import audience as rules
from courses.programmes.rules import deadlines
from courses.programmes.rules.audience import Audience, Post
from courses.programmes.rules.deadlines import Due
from courses.programmes.views import frame
from lms import clock
from lms.errors import Refused
from lms.organisation import queries as organisation
from lms.people.models import EmploymentForm
from lms.policies import queries as policies
from lms.web import errors, guards
from lms.web.shell import mark_section

FIRST_NAMES = 10
PAGE = 100
AUDIENCE = ("units", "vendors", "forms", "posts", "hired_from", "hired_to", "only_named", "named_in", "named_out")
Page = str | Response | tuple[str, int]


def _offer(form: AudienceForm) -> None:
    """The units, vendors and posts that the signed-in person may choose from."""
    scope = rules.scope_of(frame.seen())
    below = audiences.below()
    units = organisation.units()
    vendors = organisation.vendors()
    if scope is not None:
        inside = below(scope.units)
        units = [unit for unit in units if unit.id in inside or scope.vendors]
        vendors = [vendor for vendor in vendors if vendor.id in scope.vendors or scope.units]
    form.units.choices = [(unit.id, unit.name) for unit in units]
    form.vendors.choices = [(vendor.id, vendor.name) for vendor in vendors]
    form.posts.choices = [(post.id, post.name) for post in organisation.posts()]
    if isinstance(form, ProgrammeForm):
        form.items.choices = [
            (f"{kind}:{ref}", f"{frame.kind_word(kind)}：{frame.title_of(offer)}")
            for (kind, ref), offer in sources.offers().items()
        ]
        form.policy_code.choices = [
            ("", _("不写依据")),
            *((one.code, f"{one.title}（{one.number}）" if one.number else one.title) for one in policies.documents()),
        ]


@dataclass(frozen=True)
class Named:
    """People named in a box: their ids with reasons, and what could not be read."""

    people: dict[int, str]
    unknown: tuple[str, ...]


def _named(text: str) -> Named:
    """Staff numbers, one a line, perhaps with a reason behind."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    numbers = {parts[0].upper(): (parts[1] if len(parts) > 1 else "")[:120] for parts in lines}
    found = audiences.by_numbers(list(numbers), clock.today())
    people = {person_id: numbers[number] for number, person_id in found.items()}
    return Named(people, tuple(number for number in numbers if number not in found))


def _audience(form: AudienceForm, named_in: Named, named_out: Named) -> Audience:
    return Audience(
        units=frozenset(form.units.data or ()),
        vendors=frozenset(form.vendors.data or ()),
        forms=frozenset(EmploymentForm(one) for one in form.forms.data or () if one in set(EmploymentForm)),
        posts=frozenset(form.posts.data or ()),
        hired_from=form.hired_from.data,
        hired_to=form.hired_to.data,
        only_named=form.only_named.data,
        scope=rules.scope_of(frame.seen()),
        named_in=frozenset(named_in.people),
        named_out=frozenset(named_out.people),
    )


@dataclass(frozen=True)
class Found:
    """Whom the form means now, for the panel beside it."""

    total: int
    units: list[tuple[str, int]]
    first: list[tuple[int, str, str, str]]
    unknown: tuple[str, ...]
    href: str


def _found(form: AudienceForm) -> Found:
    named_in, named_out = _named(form.named_in.data or ""), _named(form.named_out.data or "")
    posts = drafting.people_of(_audience(form, named_in, named_out))
    query = urlencode(kept(form, AUDIENCE))
    return _panel(posts, (*named_in.unknown, *named_out.unknown), url_for("courses.programme_audience") + "?" + query)


def _panel(posts: list[Post], unknown: tuple[str, ...], href: str) -> Found:
    counts: Counter[int] = rules.by_unit(posts)
    units = [(unit.name, counts[unit.id]) for unit in organisation.units(is_open=False) if counts[unit.id]]
    known = {unit.id for unit in organisation.units()}
    closed = sum(n for unit_id, n in counts.items() if unit_id not in known)
    if closed and not units:
        units = [(_("其他单位"), closed)]
    first = audiences.names([post.person_id for post in posts[:FIRST_NAMES]], clock.today())
    return Found(len(posts), units, first, unknown, href)


@guards.needs(*frame.ROLES)
def audience() -> str:
    """Whom a form means: the panel for script on POST, the whole list by pages on GET."""
    form = AudienceForm.from_request()
    _offer(form)
    form.validate()
    if request.method == "POST":
        return render_template("courses/programmes/_audience.html", found=_found(form))
    mark_section(frame.SECTION)
    named_in, named_out = _named(form.named_in.data or ""), _named(form.named_out.data or "")
    posts = drafting.people_of(_audience(form, named_in, named_out))
    page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-len(posts) // PAGE)))
    shown = audiences.names([post.person_id for post in posts[(page - 1) * PAGE : page * PAGE]], clock.today())
    address = url_for("courses.programme_audience")
    query = kept(form, AUDIENCE)

    def at(number: int) -> str:
        return f"{address}?{urlencode([*query, ('page', number)])}"

    return render_template(
        "courses/programmes/audience.html",
        rows=shown,
        total=len(posts),
        first=(page - 1) * PAGE + 1 if posts else 0,
        last=(page - 1) * PAGE + len(shown),
        before=at(page - 1) if page > 1 else None,
        after=at(page + 1) if page * PAGE < len(posts) else None,
    )


@guards.needs(*frame.ROLES)
def new() -> Page:
    """A new programme, with the defaults of today ticked."""
    mark_section(frame.SECTION)
    if request.method == "GET":
        start = queries.defaults(clock.today())
        form = ProgrammeForm(
            items=[one for one in request.args.getlist("item") if one],
            days_before=_typed(start.days_before) if start else "",
            days_after=_typed(start.days_after) if start else "",
            takes_joiners=True,
            counts_earlier=True,
        )
        _offer(form)
        return _form_page(form, None)
    return _save(None)


@guards.needs(*frame.ROLES)
def edit(programme_id: int) -> Page:
    """Change a draft."""
    mark_section(frame.SECTION)
    programme = frame.own_or_404(programme_id)
    if programme.state is not Stage.draft:
        flash(_("已经发布的任务不能再改；可以关闭它，或复制一份新的草稿。"), "warn")
        return redirect(url_for("courses.programme", programme_id=programme_id), 303)
    if request.method == "GET":
        form = ProgrammeForm(**_values(programme))
        _offer(form)
        return _form_page(form, programme)
    return _save(programme)


def _typed(days: list[int]) -> str:
    return "、".join(map(str, days))


def _values(programme: Programme) -> dict[str, Any]:
    rule = audiences.audience_of(programme)
    numbers = {
        person_id: number
        for person_id, _name, number, _unit in audiences.names([n.person_id for n in programme.named], clock.today())
    }

    def listed(*, is_in: bool) -> str:
        return "\n".join(
            f"{numbers[one.person_id]} {one.reason}".strip()
            for one in programme.named
            if one.is_in is is_in and one.person_id in numbers
        )

    return {
        "title": programme.title,
        "why": programme.why,
        "policy_code": programme.policy_code,
        "items": [f"{item.kind}:{item.ref_id}" for item in programme.items],
        "some": "some" if programme.needed else "all",
        "needed": programme.needed,
        "units": sorted(rule.units),
        "vendors": sorted(rule.vendors),
        "forms": sorted(rule.forms),
        "posts": sorted(rule.posts),
        "hired_from": rule.hired_from,
        "hired_to": rule.hired_to,
        "only_named": rule.only_named,
        "named_in": listed(is_in=True),
        "named_out": listed(is_in=False),
        "due_kind": "fixed" if programme.due_on else "days",
        "due_on": programme.due_on,
        "due_days": programme.due_days,
        "in_workdays": "1" if programme.is_in_workdays else "",
        "days_before": _typed(programme.days_before),
        "days_after": _typed(programme.days_after),
        "takes_joiners": programme.takes_joiners,
        "counts_earlier": programme.counts_earlier,
    }


def _form_page(form: ProgrammeForm, programme: Programme | None, status: int = 200) -> Page:
    html = render_template(
        "courses/programmes/edit.html",
        form=form,
        programme=programme,
        found=_found(form),
        today=clock.today(),
        count_href=url_for("courses.programme_audience"),
    )
    return (html, status) if status != 200 else html


def _save(programme: Programme | None) -> Page:
    """Keep what was typed as a draft; 重新计算 only counts."""
    form = ProgrammeForm.from_request()
    _offer(form)
    if request.form.get("do") == "count":
        return _form_page(form, programme)
    is_valid = form.validate()
    if is_valid:
        try:
            plan = _plan(form, programme)
            if programme is None:
                programme = drafting.draft(plan)
            else:
                drafting.rewrite(programme, plan)
        except Refused as refused:
            form.form_errors = [errors.sentence(refused)]
        else:
            flash(_("草稿已保存。看一遍预览，再发布。"), "ok")
            return redirect(url_for("courses.programme", programme_id=programme.id), 303)
    return _form_page(form, programme, 422)


def _plan(form: ProgrammeForm, programme: Programme | None) -> Plan:
    named_in, named_out = _named(form.named_in.data or ""), _named(form.named_out.data or "")
    if unknown := (*named_in.unknown, *named_out.unknown):
        raise Refused("这些工号现在没有在岗的人：{numbers}。改正或删掉再保存。", numbers="、".join(unknown[:10]))
    if missing := [person for person, reason in named_out.people.items() if not reason]:
        raise Refused("点名排除要写原因，写在工号后面，例如 A1037 产假。还有 {n} 人没有写。", n=len(missing))
    if both := named_in.people.keys() & named_out.people.keys():
        raise Refused("有 {n} 人既点名加入又点名排除，只留一处。", n=len(both))
    is_fixed = form.due_kind.data == "fixed"
    if is_fixed and form.due_on.data is None:
        raise Refused("选截止日期。")
    if not is_fixed and form.due_days.data is None:
        raise Refused("写加入后多少天截止。")
    if form.some.data == "some" and form.needed.data is None:
        raise Refused("写完成其中几项算完成。")
    start = queries.defaults(clock.today())
    rule = _audience(form, named_in, named_out)
    if programme is not None:
        rule = replace(rule, scope=audiences.audience_of(programme).scope or rule.scope)
    return Plan(
        title=form.title.data,
        why=form.why.data or "",
        policy_code=form.policy_code.data or "",
        items=tuple((kind, ref) for kind, _colon, ref in (one.partition(":") for one in form.items.data or ())),
        needed=form.needed.data if form.some.data == "some" else None,
        audience=rule,
        due=Due(
            form.due_on.data if is_fixed else None,
            None if is_fixed else form.due_days.data,
            in_workdays=not is_fixed and form.in_workdays.data == "1",
            least_days=start.least_days if start else 0,
        ),
        days_before=tuple(deadlines.parsed_days(form.days_before.data or "")),
        days_after=tuple(deadlines.parsed_days(form.days_after.data or "")),
        counts_earlier=form.counts_earlier.data,
        takes_joiners=form.takes_joiners.data,
        named={
            **{person_id: (True, reason) for person_id, reason in named_in.people.items()},
            **{person_id: (False, reason) for person_id, reason in named_out.people.items()},
        },
    )


def draft_page(programme: Programme) -> str:
    """A draft before it is published: whom it asks, by when, and what they will see."""
    posts = drafting.people_of(audiences.audience_of(programme))
    form = AudienceForm(MultiDict(), **{key: value for key, value in _values(programme).items() if key in AUDIENCE})
    query = urlencode(kept(form, AUDIENCE))
    return render_template(
        "courses/programmes/draft.html",
        programme=programme,
        offers=[
            (frame.kind_word(offer.kind), frame.title_of(offer), offer.minutes)
            for offer in frame.shown_offers(programme)
        ],
        due=frame.due_words(programme),
        found=_panel(posts, (), url_for("courses.programme_audience") + "?" + query),
        policy=policies.document(programme.policy_code) if programme.policy_code else None,
    )


@guards.needs(*frame.ROLES)
def publish(programme_id: int) -> Response:
    """Ask everybody; a second press changes nothing."""
    programme = frame.own_or_404(programme_id)
    back = redirect(url_for("courses.programme", programme_id=programme_id), 303)
    if programme.state is Stage.published:
        return back
    return _do(lambda: drafting.publish(programme), _("已发布，正在通知名单里的人。可以离开此页。"), back)


@guards.needs(*frame.ROLES)
def close(programme_id: int) -> Page:
    """Ask first, then close."""
    programme = frame.own_or_404(programme_id)
    mark_section(frame.SECTION)
    if request.method == "GET":
        return render_template("courses/programmes/close.html", programme=programme)
    back = redirect(url_for("courses.programme", programme_id=programme_id), 303)
    if programme.state is Stage.closed:
        return back
    return _do(lambda: drafting.close(programme), _("任务已结束，不再提醒任何人；记录都保留。"), back)


@guards.needs(*frame.ROLES)
def discard(programme_id: int) -> Response:
    """Throw a draft away."""
    programme = frame.own_or_404(programme_id)
    back = redirect(url_for("courses.programmes"), 303)
    return _do(lambda: drafting.discard(programme), _("草稿已删除。"), back)


@guards.needs(*frame.ROLES)
def copy(programme_id: int) -> Response:
    """The same again as a draft."""
    twin = drafting.copy(frame.own_or_404(programme_id))
    flash(_("已复制成草稿，改好再发布。"), "ok")
    return redirect(url_for("courses.programme_edit", programme_id=twin.id), 303)


def _do(verb: Callable[[], object], done: str, back: Response) -> Response:
    try:
        verb()
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    else:
        flash(done, "ok")
    return back


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    both = ["GET", "POST"]
    at = "/training/programmes"
    bp.add_url_rule(f"{at}/new", "programme_new", new, methods=both)
    bp.add_url_rule(f"{at}/audience", "programme_audience", audience, methods=both)
    bp.add_url_rule(f"{at}/<int:programme_id>/edit", "programme_edit", edit, methods=both)
    bp.add_url_rule(f"{at}/<int:programme_id>/publication", "programme_publish", publish, methods=["POST"])
    bp.add_url_rule(f"{at}/<int:programme_id>/end", "programme_close", close, methods=both)
    bp.add_url_rule(f"{at}/<int:programme_id>/removal", "programme_discard", discard, methods=["POST"])
    bp.add_url_rule(f"{at}/<int:programme_id>/copy", "programme_copy", copy, methods=["POST"])
