"""Forms about certificates."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from certificates.awards.rules import LEAST_REASON, LONGEST_REASON, REVOCATION_LABELS, RevocationClass
from lms.web.forms import BaseForm, required, trimmed

BY_HAND = [kind for kind in RevocationClass if kind not in {RevocationClass.attempt_voided, RevocationClass.regraded}]


class RevokeForm(BaseForm):
    """Why a certificate is withdrawn; the class of a voided attempt is given by voiding it."""

    reason_class = RadioField(
        _("类别"),
        [InputRequired(_("选择撤销的类别。"))],
        choices=[(kind.value, _(REVOCATION_LABELS[kind])) for kind in BY_HAND],
    )
    reason = TextAreaField(
        _("撤销理由"),
        [
            required("写明撤销理由。"),
            Length(LEAST_REASON, LONGEST_REASON, _("撤销理由写 4 到 300 个字。")),
        ],
        filters=[trimmed],
        description=_("本人会收到，也会显示在公开验证页上，不要写身份证号、电话等个人信息"),
    )
    is_confirmed = BooleanField(
        _("我已核对姓名和编号，撤销后不能恢复，只能重新考核发证"), [required("勾选确认后再撤销。")]
    )
