"""学时台账: a person's lines of a year, each with its calculation and its source."""

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from courses.hours import actions, queries, rules
from courses.hours.forms import ReversalForm
from courses.hours.models import HourEntry
from lms import clock
from lms.errors import Refused
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.policies import queries as policies
from lms.web import errors, guards, links, slots
from lms.web.links import Target
from lms.web.shell import mark_section
from lms.web.slots import RecordSection

EARLIEST, LATEST = 2000, 2100


def ledger() -> str:
    """One's own ledger of a year against what one's form of employment asks for."""
    today = clock.today()
    year = request.args.get("year", today.year, type=int)
    if not EARLIEST <= year <= LATEST:
        abort(404)
    mark_section("home.me")
    found = queries.ledger(g.person.id, year, today)
    basis = found.requirement.policy_ref if found.requirement else ""
    document = policies.document(basis) if basis else None
    category = request.args.get("category", "")
    sums = rules.by_category(found.lines)
    years = sorted({today.year, year, *queries.years(g.person.id)}, reverse=True)
    return render_template(
        "courses/hours/ledger.html",
        ledger=found,
        years=[
            {"label": str(one), "href": url_for("courses.hours", year=one), "current": one == year} for one in years
        ],
        policy=document,
        policy_href=policies.href(document.code) if document else None,
        categories=rules.CATEGORIES,
        category=category if category in sums else "",
        sums=[
            (
                _(rules.CATEGORIES.get(code, code)),
                rules.shown(hours),
                url_for("courses.hours", year=year, category=code),
                code == category,
            )
            for code, hours in sums.items()
        ],
        shown=rules.shown,
    )


def source(entry_id: int) -> Response:
    """What a line was earned with: on to its page, asked only for the line that is opened."""
    entry = queries.entry(entry_id)
    guards.allow(entry is not None and entry.person_id == g.person.id, seen=False)
    assert entry is not None
    href = links.target(entry.source_kind, entry.source_id).href
    if href is None:
        flash(_("「%(label)s」的页面已经不在了，学时不受影响。", label=entry.label), "info")
    return redirect(href or url_for("courses.hours", year=entry.year, _anchor=f"e-{entry.id}"), 303)


def _in_reach(entry_id: int) -> HourEntry:
    """The line, or 404 when it belongs to nobody whom the signed-in HR may see; one's own is never theirs to change."""
    entry = guards.found(queries.entry(entry_id))
    reaches = guards.reaches("hr")
    spell = people.latest_spell(entry.person_id)
    below = people.units_below(reaches)
    guards.allow(spell is not None and people_rules.may_see(reaches, spell, below=below), seen=False)
    guards.allow(entry.person_id != g.person.id)
    return entry


@guards.needs("hr")
def reversal(entry_id: int) -> str | Response | tuple[str, int]:
    """HR takes a line back: the page that asks for the reason, and the act."""
    entry = _in_reach(entry_id)
    mark_section("people.index")
    form = ReversalForm.from_request()
    problem = ""
    if request.method == "POST" and form.validate():
        try:
            actions.reverse(entry, form.reason.data)
        except Refused as refused:
            problem = errors.sentence(refused)
        else:
            flash(_("已冲销「%(label)s」的 %(n)s 学时。", label=entry.label, n=rules.shown(entry.hours)), "ok")
            return redirect(links.target("person", entry.person_id).href or "/", 303)
    owner = links.target("person", entry.person_id)
    html = render_template(
        "courses/hours/reversal.html", entry=entry, owner=owner, form=form, problem=problem, shown=rules.shown
    )
    return (html, 422) if request.method == "POST" else html


def entry_link(ref_id: str) -> Target | None:
    """A line of the ledger; its page is the owner's alone."""
    entry = queries.entry(int(ref_id)) if ref_id.isascii() and ref_id.isdigit() else None
    if entry is None:
        return None
    label = _("%(label)s，%(n)s 学时", label=entry.label, n=rules.shown(entry.hours))
    person = g.get("person")
    if person is None or person.id != entry.person_id:
        return Target(label, None)
    return Target(label, url_for("courses.hours", year=entry.year, _anchor=f"e-{entry.id}"))


def register(bp: Blueprint) -> None:
    """Put the page at its address."""
    bp.add_url_rule("/me/hours", "hours", ledger)
    bp.add_url_rule("/me/hours/<int:entry_id>/source", "hour_source", source)
    bp.add_url_rule("/hours/<int:entry_id>/reversal", "hour_reversal", reversal, methods=["GET", "POST"])


def record_sections(person_id: int) -> list[RecordSection]:
    """A statement of hours for each year: every line with how it was reckoned, sums by category, the requirement."""
    found, today = [], clock.today()
    for year in queries.years(person_id):
        ledger = queries.ledger(person_id, year, today)
        sums = _("，").join(
            _("%(category)s %(n)s", category=_(rules.CATEGORIES.get(code, code)), n=rules.shown(hours))
            for code, hours in rules.by_category(ledger.lines).items()
        )
        note = _("合计 %(n)s 学时（%(sums)s）", n=rules.shown(ledger.total), sums=sums)
        if ledger.requirement:
            note += _("，年度要求 %(n)s 学时", n=rules.shown(ledger.requirement.hours))
        rows = tuple(
            (
                line.occurred_on.isoformat(),
                line.label,
                _(rules.CATEGORIES.get(line.category, line.category)),
                rules.shown(line.hours),
                line.calculation + (f"；{line.reason}" if line.reason else ""),
            )
            for line in ledger.lines
        )
        columns = (_("日期"), _("内容"), _("类别"), _("学时"), _("怎样算的"))
        title = _("%(year)s 年学时", year=year)
        found.append(
            RecordSection(title, columns, rows, note, widths=(1.1, 2.4, 1, 0.6, 2.6), order=40, key=f"hours-{year}")
        )
    return found


def init_app(app: Flask) -> None:
    """Register the link kind and the statement of hours."""
    slots.fill(app, "record_sections", record_sections)
    links.register(app, "hour_entry", "学时", entry_link)
