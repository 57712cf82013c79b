"""Text from a browser → values, for policy updates."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from lms.policies.rules import CHANGE_LENGTH, CHOICE_KEYS, Draft
from lms.web.forms import BaseForm, required, short_text, trimmed

TOO_LONG = _("最多 %(max)s 个字，缩短后再试。", max=CHANGE_LENGTH)
SHORT = [Length(max=100, message=_("最多 %(max)s 个字，缩短后再试。", max=100))]


class UpdateForm(BaseForm):
    """What changed in a policy, for whom, by when, and perhaps one question."""

    title = short_text("标题", "写一个标题，例如「供暖期诉求受理口径调整」。", 80)
    clause = SelectField(_("改的是哪一条"), validate_choice=False)
    change = TextAreaField(
        _("改了什么"),
        [required("写明改了什么，200 字以内。"), Length(max=CHANGE_LENGTH, message=TOO_LONG)],
        filters=[trimmed],
    )
    effective_on = DateField(_("执行日期"), [InputRequired(_("填写执行日期。"))])
    due_on = DateField(_("确认期限"), [InputRequired(_("填写确认期限。"))])
    audience = RadioField(_("谁要确认"), choices=[("all", _("全体学员")), ("units", _("下面选的单位"))], default="all")
    units = SelectMultipleField(
        _("单位"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    lesson = SelectField(_("细节在哪一节"), validate_choice=False)
    question = StringField(_("自测题"), [Length(max=200, message=TOO_LONG)], filters=[trimmed])
    choice_a = StringField(_("选项 A"), SHORT, filters=[trimmed])
    choice_b = StringField(_("选项 B"), SHORT, filters=[trimmed])
    choice_c = StringField(_("选项 C"), SHORT, filters=[trimmed])
    choice_d = StringField(_("选项 D"), SHORT, filters=[trimmed])
    right = SelectField(
        _("正确选项"), choices=[("", _("选择")), *((key, key) for key in CHOICE_KEYS)], validate_choice=False
    )

    def draft(self) -> Draft:
        """What was typed, as a rule reads it."""
        return Draft(
            title=self.title.data,
            change=self.change.data,
            effective_on=self.effective_on.data,
            due_on=self.due_on.data,
            is_for_all=self.audience.data != "units",
            unit_ids=tuple(self.units.data or ()),
            question=self.question.data or "",
            choices=tuple(field.data or "" for field in (self.choice_a, self.choice_b, self.choice_c, self.choice_d)),
            right=self.right.data or "",
        )


class WithdrawForm(BaseForm):
    """Why an update is taken back."""

    reason = short_text("理由", "写清收回的理由（至少 4 个字），收到的人会看到。", 200)
