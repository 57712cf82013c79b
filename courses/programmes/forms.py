"""Text from a browser → what a programme is to be; and the small forms of nudges and extensions."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lms.people.models import FORM_LABELS
from lms.web.forms import BaseForm, WholeNumber, required, short_text, trimmed

LONGEST_WHY = 500
LONGEST_LIST = 20_000


class ManyField(SelectMultipleField):
    """Some of several, as a list of boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AudienceForm(BaseForm):
    """Whom: every part that is filled must hold."""

    units = ManyField(_("单位"), coerce=int)
    vendors = ManyField(_("承接方"), coerce=int)
    forms = ManyField(_("用工性质"), choices=[(form.value, _(label)) for form, label in FORM_LABELS.items()])
    posts = ManyField(_("岗位"), coerce=int)
    hired_from = DateField(_("入职日期从"), [Optional()])
    hired_to = DateField(_("入职日期到"), [Optional()])
    only_named = BooleanField(_("只发给点名的人"))
    named_in = TextAreaField(_("点名加入"), [Length(max=LONGEST_LIST)], filters=[trimmed])
    named_out = TextAreaField(_("点名排除"), [Length(max=LONGEST_LIST)], filters=[trimmed])


class ProgrammeForm(AudienceForm):
    """The whole programme."""

    title = short_text("任务名称", "给任务起一个名字。")
    why = TextAreaField(
        _("为什么要学"),
        [Length(max=LONGEST_WHY, message=_("最多 %(max)s 个字，缩短后再试。", max=LONGEST_WHY))],
        filters=[trimmed],
    )
    policy_code = SelectField(_("政策依据"))
    items = ManyField(_("学什么"))
    some = RadioField(_("完成多少算完成"), choices=[("all", _("全部完成")), ("some", _("完成其中几项"))], default="all")
    needed = WholeNumber(_("几项"), [Optional(), NumberRange(min=1, max=30, message=_("写 1 到 30 之间的数。"))])
    due_kind = RadioField(
        _("截止"),
        choices=[("fixed", _("固定日期，当天 18:00")), ("days", _("入职或加入任务后若干天，以晚的为准"))],
        default="fixed",
    )
    due_on = DateField(_("截止日期"), [Optional()])
    due_days = WholeNumber(_("天数"), [Optional(), NumberRange(min=1, max=730, message=_("写 1 到 730 之间的数。"))])
    in_workdays = SelectField(_("按什么算"), choices=[("", _("自然日")), ("1", _("工作日（按调休日历）"))], default="")
    days_before = StringField(_("截止前几天提醒"), [Length(max=40)], filters=[trimmed])
    days_after = StringField(_("逾期几天提醒"), [Length(max=40)], filters=[trimmed])
    takes_joiners = BooleanField(_("新进人员自动加入"))
    counts_earlier = BooleanField(_("以前学完、仍在有效期内的算完成"))


class NudgeForm(BaseForm):
    """What to say to people who are not done."""

    body = TextAreaField(
        _("说什么"),
        [
            required("写一句要说的话。"),
            Length(max=300, message=_("最多 %(max)s 个字，缩短后再试。", max=300)),
        ],
        filters=[trimmed],
    )


class ExtensionForm(BaseForm):
    """Until when, and why."""

    until = DateField(_("延到"), [InputRequired(_("选一个日期。"))])
    reason = short_text("理由", "写明延期的理由。", 200)


def kept(form: Any, fields: tuple[str, ...]) -> list[tuple[str, str]]:
    """The filled values of some fields as pairs for an address."""
    found: list[tuple[str, str]] = []
    for name in fields:
        value = form[name].data
        if isinstance(value, list):
            found += [(name, str(one)) for one in value]
        elif value not in (None, "", False):
            found.append((name, value.isoformat() if hasattr(value, "isoformat") else str(value)))
    return found
