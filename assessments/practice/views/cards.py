"""What practice shows on other pages: the day's question on 今日, the tab, the copy of one's own record."""

from flask import Flask
from flask_babel import gettext as _

from assessments.practice import queries
from assessments.practice.views.pages import daily_of
from lms.web import slots
from lms.web.guards import Visitor
from lms.web.slots import Card, NavItem, RecordSection

RECORDED = 1000
VERDICTS = {"right": "答对", "partly": "部分答对", "wrong": "答错", "blank": "没答"}


def daily_card(person: Visitor) -> Card | None:
    """每日一题, to answer on the spot or answered with its reasons."""
    found, is_answered = daily_of(person.id)
    if found is None:
        return None
    return Card("assessments/practice/_daily.html", {"daily": found, "is_answered": is_answered}, order=10)


def record_section(person_id: int) -> RecordSection:
    """Answers in practice, for the copy of one's own record."""
    rows = tuple(
        (one.answered_on.isoformat(), code, _("每日一题") if one.daily_on else _("错题本"), _(VERDICTS[one.verdict]))
        for one, code in queries.answers_of(person_id, RECORDED)
    )
    columns = (_("日期"), _("题号"), _("从哪里"), _("结果"))
    note = _("练习不计入考核。")
    return RecordSection(_("练习"), columns, rows, note, widths=(1, 2, 1, 1), order=85, key="practice")


def navigation() -> NavItem:
    """练习 in the learner's bar."""
    return NavItem("练习", "practice.index", "target", order=40)


def init_app(app: Flask) -> None:
    """Fill the slots."""
    slots.fill(app, "today_side", daily_card)
    slots.fill(app, "record_sections", record_section)
    slots.fill(app, "navigation", navigation)
