"""Forms about people and their employment."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional, Regexp

from lms.people.models import EmploymentForm
from lms.web.forms import BaseForm, required, short_text, trimmed


def _whole(value: object) -> int | None:
    return int(str(value)) if value else None


class DetailsForm(BaseForm):
    """What is kept about a person; the ID card number is not asked for."""

    name = short_text("姓名", "填写姓名。", 40)
    certificate_name = StringField(
        _("证书上的姓名"),
        [Length(max=40, message=_("最多 40 个字。"))],
        filters=[trimmed],
        description=_("不填就用姓名"),
    )
    phone = StringField(
        _("手机号"), [Length(max=20)], filters=[trimmed], description=_("11 位数字，页面上只显示前三后四位")
    )
    email = StringField(
        _("邮箱"),
        [
            Optional(),
            Length(max=120),
            Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=_("邮箱要有 @ 和域名，例如 lin@example.cn。")),
        ],
        filters=[trimmed],
        description=_("用来找回密码，可以不填"),
    )
    born_on = DateField(_("出生日期"), [Optional()], description=_("可以不填，例如 1990-05-01"))


class EmploymentFields(BaseForm):
    """One stretch of employment."""

    staff_number = short_text("工号", "填写工号，永不重用。", 30)
    form = SelectField(_("用工性质"), choices=[(form.value, _(form.label)) for form in EmploymentForm])
    vendor_id = SelectField(
        _("派遣或外包公司"), [Optional()], coerce=_whole, description=_("公务员、事业编制、编外合同选「无」")
    )
    employer = StringField(
        _("用人单位"), [Length(max=80)], filters=[trimmed], description=_("签合同的单位；派遣和外包不填就用公司名")
    )
    unit_id = SelectField(_("所在单位"), [required("选择所在单位。")], coerce=_whole)
    post_id = SelectField(_("岗位"), [required("选择岗位。")], coerce=_whole)
    starts_on = DateField(_("开始日期"), [required("填写开始日期，例如 2026-11-24。")])


class PersonForm(DetailsForm, EmploymentFields):
    """A new person with a first spell."""


class EndForm(BaseForm):
    """The last day and why."""

    ends_on = DateField(_("最后在岗日"), [required("填写最后在岗日，例如 2026-11-24。")])
    reason = short_text("原因", "写下原因，例如合同到期。", 120)
