"""Text from a browser: a new cycle, a grade with its reason, an opinion, a summary."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, Regexp

from lms.web.forms import BaseForm, required, short_text, trimmed


class OpenForm(BaseForm):
    """A new cycle."""

    title = short_text("名称", "给这个周期起个名称，例如「2026 年第四季度考核」。")
    code = StringField(
        _("代码"),
        [
            required("代码用在网址里，写几个字母和数字，例如 2026-Q4。"),
            Regexp(r"^[A-Za-z0-9][A-Za-z0-9-]{1,28}$", message=_("代码只能有字母、数字和短横，2 到 29 个字符。")),
        ],
        filters=[trimmed],
    )
    kind = SelectField(_("种类"), choices=[("quarterly", _("平时考核（季度）")), ("annual", _("年度考核"))])
    period_from = DateField(_("从哪天起"), [required("选考核期的第一天。")])
    period_to = DateField(_("到哪天止"), [required("选考核期的最后一天。")])
    grading_due_on = DateField(_("评定截止"), [Optional()])


class GradeForm(BaseForm):
    """A grade for one person, with the reason that they will read."""

    grade = SelectField(_("等次"), validate_choice=True)
    reason = TextAreaField(
        _("理由（员工可见）"), [Length(max=300, message=_("最多 300 个字，缩短后再保存。"))], filters=[trimmed]
    )


class OpinionForm(BaseForm):
    """What a line leader or the hotline thinks of somebody's work."""

    opinion = TextAreaField(
        _("意见"),
        [required("写下意见再保存。"), Length(max=300, message=_("最多 300 个字，缩短后再保存。"))],
        filters=[trimmed],
    )


class SummaryForm(BaseForm):
    """A person's own summary."""

    summary = TextAreaField(_("个人总结"), filters=[trimmed])
