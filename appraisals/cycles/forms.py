"""Text from a browser: a new cycle, a grade with its reason, an opinion, a summary."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, PasswordField, RadioField, SelectField, StringField, TextAreaField
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
    summary_due_on = DateField(_("个人总结截止"), [Optional()])
    evidence_due_on = DateField(_("核对证据截止"), [Optional()])
    grading_due_on = DateField(_("评定截止"), [Optional()])
    signers = SelectField(
        _("签批"), choices=[("1", _("考核委员会一人签批")), ("2", _("两人签批（其中一人是考核委员会）"))]
    )


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


class SignForm(BaseForm):
    """A signature under the result."""

    answer = RadioField(
        _("签署"),
        choices=[("agree", _("同意")), ("disagree", _("不同意"))],
        validators=[required("选「同意」或者「不同意」。")],
    )
    text = TextAreaField(_("意见"), [Length(max=2000, message=_("最多 2000 个字，缩短后再提交。"))], filters=[trimmed])


class TextForm(BaseForm):
    """Facts and reasons: a claim, a decision, who witnessed what."""

    text = TextAreaField(
        _("事实和理由"),
        [required("写明事实和理由再提交。"), Length(max=2000, message=_("最多 2000 个字，缩短后再提交。"))],
        filters=[trimmed],
    )


class DisputeForm(TextForm):
    """Which part of the score is wrong."""

    subject = SelectField(_("哪一项"), validate_choice=True)


class ObjectionForm(TextForm):
    """An objection to a published list."""

    about = SelectField(_("对谁"), coerce=int, validate_choice=True)


class AssignForm(BaseForm):
    """Who decides a claim."""

    number = short_text("处理人的工号", "填写没有参与过评定的人的工号。", maximum=20)


class DecisionForm(TextForm):
    """What becomes of a claim."""

    outcome = RadioField(
        _("决定"),
        choices=[("upheld", _("成立")), ("dismissed", _("不成立"))],
        validators=[required("选「成立」或者「不成立」。")],
    )
    grade = SelectField(_("改为"), validate_choice=True)


class RecusalForm(BaseForm):
    """Who stands aside, about whom, why."""

    number = short_text("谁回避（工号）", "填写要回避的人的工号。", maximum=20)
    about = StringField(_("涉及谁（工号）"), filters=[trimmed])
    reason = short_text("理由", "写明回避的理由，例如近亲属关系。", maximum=200)


class QuotaForm(BaseForm):
    """Another share for a pool."""

    percent = StringField(
        _("比例（%）"), [Regexp(r"^\d{1,3}$", message=_("写一个 0 到 100 的整数。"))], filters=[trimmed]
    )
    basis = StringField(_("批准文号"), [Length(max=120)], filters=[trimmed])
    reason = short_text("依据", "写明依据，例如获得集体记功。", maximum=200)


class PasswordForm(BaseForm):
    """The own password again, before something that cannot be taken back."""

    password = PasswordField(_("密码"), [required("输入你的登录密码。")])
    note = StringField(_("备注"), [Length(max=300, message=_("最多 300 个字，缩短后再保存。"))], filters=[trimmed])
