"""Text from a browser → values, for an exam's window and terms."""

from datetime import datetime, timedelta
from typing import Any, Self

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateTimeLocalField, DecimalField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from assessments.exams.actions.terms import NewTerms
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.exams.rules import LONGEST_DELAY, LONGEST_GRACE
from lms import clock
from lms.web.forms import BaseForm, WholeNumber

REVIEWS = [
    (Review.immediate.value, lazy_gettext("交卷后立即")),
    (Review.after_close.value, lazy_gettext("考试窗口关闭后")),
    (Review.topics_only.value, lazy_gettext("仅知识点")),
]
MULTIPLE_RULES = [
    (MultipleRule.all_or_nothing.value, lazy_gettext("全部选对才得分")),
    (MultipleRule.half_for_subset.value, lazy_gettext("少选得一半分，有错选不得分")),
    (MultipleRule.per_option.value, lazy_gettext("按选项计分，错选倒扣到零为止")),
]
CODE_HINT = lazy_gettext("用小写英文字母、数字和短横，最多 60 个字，例如 exam-2026-q4。")
MARK = lazy_gettext("填 1 到 100 之间的数。")


def _number(label: str, lowest: int, highest: int) -> WholeNumber:
    words = lazy_gettext("填 %(low)s 到 %(high)s 之间的整数。", low=lowest, high=highest)
    return WholeNumber(lazy_gettext(label), [InputRequired(words), NumberRange(lowest, highest, message=words)])


def _wall(instant: datetime | None) -> datetime | None:
    """An instant as the local wall clock shows it."""
    return clock.local(instant).replace(tzinfo=None) if instant else None


def _instant(wall: datetime | None) -> datetime | None:
    """A local wall-clock time as an instant."""
    return clock.local_instant(wall.date()) + timedelta(hours=wall.hour, minutes=wall.minute) if wall else None


class TermsForm(BaseForm):
    """Window and terms of an exam; times are local."""

    opens_at = DateTimeLocalField(lazy_gettext("开放时间"), [Optional()], format="%Y-%m-%dT%H:%M")
    closes_at = DateTimeLocalField(lazy_gettext("关闭时间"), [Optional()], format="%Y-%m-%dT%H:%M")
    minutes = _number("限时（分钟）", 1, 600)
    attempts_allowed = _number("机会（次）", 1, 50)
    first_delay_hours = _number("第一次未通过后隔多久（小时）", 0, LONGEST_DELAY)
    later_delay_hours = _number("以后每次隔多久（小时）", 0, LONGEST_DELAY)
    pass_mark = DecimalField(lazy_gettext("合格线（分）"), [InputRequired(MARK), NumberRange(1, 100, MARK)])
    multiple_rule = SelectField(lazy_gettext("多选题怎么给分"), choices=MULTIPLE_RULES)
    review = SelectField(lazy_gettext("交卷后可看"), choices=REVIEWS)
    grace_minutes = _number("断网补传宽限（分钟）", 0, LONGEST_GRACE)
    is_open = BooleanField(lazy_gettext("开放这场考试"))

    @classmethod
    def of(cls, exam: Exam) -> Self:
        """Filled with what holds now."""
        names = (
            "minutes", "attempts_allowed", "first_delay_hours", "later_delay_hours", "pass_mark", "grace_minutes",
            "is_open",
        )  # fmt: skip
        values: dict[str, Any] = {name: getattr(exam, name) for name in names}
        values |= {"opens_at": _wall(exam.opens_at), "closes_at": _wall(exam.closes_at), "review": exam.review.value}
        values |= {"multiple_rule": exam.multiple_rule.value}
        return cls(None, data=values)

    @property
    def wanted(self) -> NewTerms:
        """The terms of a form that validated."""
        return NewTerms(
            opens_at=_instant(self.opens_at.data),
            closes_at=_instant(self.closes_at.data),
            minutes=self.minutes.data,
            attempts_allowed=self.attempts_allowed.data,
            first_delay_hours=self.first_delay_hours.data,
            later_delay_hours=self.later_delay_hours.data,
            pass_mark=self.pass_mark.data,
            multiple_rule=MultipleRule(self.multiple_rule.data),
            review=Review(self.review.data),
            grace_minutes=self.grace_minutes.data,
            is_open=bool(self.is_open and self.is_open.data),
        )


class NewExamForm(TermsForm):
    """A new exam: its name, the paper it begins from, window and terms; it is opened later."""

    is_open = None  # type: ignore[assignment]
    title = StringField(
        lazy_gettext("考试名称"),
        [InputRequired(lazy_gettext("填写考试名称。")), Length(max=80, message=lazy_gettext("最多 80 个字。"))],
    )
    code = StringField(
        lazy_gettext("编号"), [InputRequired(CODE_HINT), Regexp(r"[a-z0-9][a-z0-9-]{0,59}$", message=CODE_HINT)]
    )
    base = SelectField(lazy_gettext("照着哪份试卷"), choices=[])
