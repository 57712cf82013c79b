"""Text from a browser → values, for extra time."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from assessments.exams.rules import LONGEST_REASON, MOST_EXTRA_MINUTES
from lms.web.forms import BaseForm, WholeNumber, short_text, trimmed

AMOUNTS = [
    ("25", lazy_gettext("1.25 倍")),
    ("50", lazy_gettext("1.5 倍")),
    ("minutes", lazy_gettext("按分钟")),
]
DAY = lazy_gettext("填写日期，例如 2026-12-01。")
MINUTES = lazy_gettext("填 1 到 %(most)s 之间的整数。", most=MOST_EXTRA_MINUTES)


class ExtraTimeForm(BaseForm):
    """More time for one person."""

    staff_number = short_text("工号", "填写工号。", 30)
    amount = RadioField(lazy_gettext("加多少"), choices=AMOUNTS, default="25")
    minutes = WholeNumber(
        lazy_gettext("加几分钟（按分钟时填）"), [Optional(), NumberRange(1, MOST_EXTRA_MINUTES, MINUTES)]
    )
    starts_on = DateField(lazy_gettext("第一天"), [InputRequired(DAY)])
    ends_on = DateField(lazy_gettext("最后一天"), [InputRequired(DAY)])
    reason = StringField(
        lazy_gettext("理由（本人可见）"),
        [Length(max=LONGEST_REASON, message=lazy_gettext("最多 300 个字。"))],
        filters=[trimmed],
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """What to grant, of a form that validated."""
        by_minutes = self.amount.data == "minutes"
        return {
            "percent": 0 if by_minutes else int(self.amount.data),
            "minutes": (self.minutes.data or 0) if by_minutes else 0,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "reason": self.reason.data or "",
        }
