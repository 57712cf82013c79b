"""Forms of sign-in, passwords, settings, roles and set-up."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from lms.access.models import Role, Scope
from lms.web.forms import BaseForm, required, short_text, trimmed


class SignInForm(BaseForm):
    """Staff number and password."""

    number = short_text("工号", "填写工号，在工牌或激活码纸条上。", 30)
    password = PasswordField(_("密码"), [required("填写密码。"), Length(max=200, message=_("密码太长。"))])


class ActivationForm(BaseForm):
    """Staff number and activation code."""

    number = short_text("工号", "填写工号，在激活码纸条上。", 30)
    code = short_text("激活码", "填写纸条上的激活码。", 40)


class ForgottenForm(BaseForm):
    """The staff number whose password is forgotten."""

    number = short_text("工号", "填写工号。", 30)


class NewPasswordForm(BaseForm):
    """One field; what is typed can be shown."""

    password = PasswordField(_("新密码"), [required("填写新密码。")])


class ChangePasswordForm(BaseForm):
    """The present password, then the new one."""

    present = PasswordField(_("现在的密码"), [required("填写现在的密码。")])
    password = PasswordField(_("新密码"), [required("填写新密码。")])


class CorrectionForm(BaseForm):
    """What is wrong with one's details."""

    text = TextAreaField(
        _("哪里不对，应是什么"),
        [required("写下哪里不对，应该是什么。"), Length(max=500, message=_("最多 500 个字，缩短后再试。"))],
        filters=[trimmed],
    )


class SettingsForm(BaseForm):
    """Language, size, theme, shortcuts."""

    locale = RadioField(_("语言"), choices=[("zh", "中文"), ("en", "English")])
    size = RadioField(_("字号"), choices=[("normal", _("标准")), ("large", _("大字版"))])
    theme = RadioField(_("外观"), choices=[("auto", _("跟随系统")), ("light", _("浅色")), ("dark", _("深色"))])
    shortcuts = BooleanField(_("使用单键快捷键（如 A 选择、M 标记）"))


class GrantForm(BaseForm):
    """A role for somebody, with its reach."""

    number = short_text("工号", "填写工号。", 30)
    role = SelectField(_("角色"), choices=[(role.value, _(role.label)) for role in Role])
    scope = SelectField(
        _("范围"), choices=[(Scope.all, _("全部")), (Scope.own_unit, _("一个单位")), (Scope.own_vendor, _("一家公司"))]
    )
    unit_id = SelectField(_("单位"), [Optional()], coerce=lambda value: int(value) if value else None)
    vendor_id = SelectField(_("公司"), [Optional()], coerce=lambda value: int(value) if value else None)


class ViewingForm(BaseForm):
    """Through whose eyes one wants to look, and why."""

    number = short_text("工号", "填写工号。", 30)
    reason = short_text("理由", "写下理由，本人会看到。", 60)


class ReasonForm(BaseForm):
    """Why something is done to somebody else's account."""

    reason = short_text("理由", "写下理由，会记入审计。", 120)


class UnitForm(BaseForm):
    """The first unit of an empty organisation."""

    name = short_text("单位全称", "填写单位全称，例如云州市12345政务服务便民热线。", 60)
    code = StringField(
        _("单位代码"),
        [required("填写单位代码，例如 YZ12345。"), Length(max=30, message=_("最多 30 个字。"))],
        filters=[trimmed],
    )


class AdministratorForm(BaseForm):
    """One of the first two administrators."""

    name = short_text("姓名", "填写姓名。", 40)
    number = short_text("工号", "填写工号。", 30)
    password = PasswordField(_("密码"), [required("填写密码。")])


class AnswerForm(BaseForm):
    """HR's answer to a report of wrong details."""

    was_mended = RadioField(_("结果"), choices=[("1", _("已更正")), ("0", _("核对无误，不用改"))], default="1")
    answer = TextAreaField(
        _("答复"),
        [required("写一句答复，本人会收到。"), Length(max=300, message=_("最多 300 个字。"))],
        filters=[trimmed],
    )
