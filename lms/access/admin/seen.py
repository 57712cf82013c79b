"""谁看过我的记录: the card on 我的档案, its page, and its part of the copy of one's own record."""

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext as _

from lms import clock
from lms.access import queries
from lms.web.shell import mark_section
from lms.web.slots import Card, RecordSection

bp = Blueprint("seen", __name__)
PAGE = 50
ON_CARD = 10
RECORDED = 500


@bp.get("/me/views")
def index() -> str:
    """Who, what, in which capacity, when."""
    mark_section("home.me")
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    rows = queries.views_of(g.person.id, PAGE + 1, skip=(page - 1) * PAGE)
    return render_template(
        "access/seen.html",
        rows=rows[:PAGE],
        before=url_for("seen.index", page=page - 1) if page > 1 else None,
        following=url_for("seen.index", page=page + 1) if len(rows) > PAGE else None,
    )


def card(person: Any) -> Card:
    """谁看过我的记录, on 我的档案."""
    return Card("access/_seen.html", {"views": queries.views_of(person.id, ON_CARD)}, order=90)


def record_section(person_id: int) -> RecordSection:
    """谁看过, for the copy of one's own record."""
    rows = tuple(
        (
            f"{clock.local(one.at):%Y-%m-%d %H:%M}",
            one.viewer_label,
            _(one.viewed_as) if one.viewed_as else "",
            _(one.page),
        )
        for one in queries.views_of(person_id, RECORDED)
    )
    columns = (_("时间"), _("谁"), _("凭什么身份"), _("看了什么"))
    return RecordSection(_("谁看过我的记录"), columns, rows, widths=(1.4, 1.1, 1.1, 2), order=90, key="seen")
