"""Text from a browser → values, for assigning a course."""

from flask_babel import lazy_gettext
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired, Optional

from lms.web.forms import BaseForm


class AssignForm(BaseForm):
    """Which unit's people take a course, and by when."""

    unit = SelectField(
        lazy_gettext("单位或班组"),
        [InputRequired(lazy_gettext("选一个单位。"))],
        coerce=int,
    )
    due_on = DateField(lazy_gettext("截止日期"), [Optional()])
