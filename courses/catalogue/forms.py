"""Text from a browser → values, for courses and the drafts of lessons."""

from decimal import Decimal
from typing import Any, Self

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    DecimalField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from courses.catalogue import rules
from courses.catalogue.actions.courses import CourseFacts
from courses.catalogue.models import Course
from courses.catalogue.rules import LessonText
from lms.markdown.reading import LONGEST_TEXT
from lms.web.forms import BaseForm, WholeNumber, required, short_text, trimmed

LONGEST_NOTE = 200
LONGEST_REMARK = 500
LONGEST_SUMMARY = 1_000


def _length(maximum: int) -> Length:
    return Length(max=maximum, message=lazy_gettext("最多 %(max)s 个字，缩短后再试。", max=maximum))


def plain(value: str | None) -> str:
    """A text with one kind of line end and without characters that no database keeps."""
    text = (value or "").encode("utf-8", "ignore").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def one_line(value: str | None) -> str:
    """A text on one line, trimmed."""
    return " ".join(plain(value).split())


def _competencies(**kwargs: Any) -> SelectMultipleField:
    return SelectMultipleField(
        lazy_gettext("能力"),
        choices=[(key, f"{key} {word}") for key, word in rules.COMPETENCIES.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
        filters=[lambda chosen: [key for key in rules.COMPETENCIES if key in (chosen or ())]],
        **kwargs,
    )


class CourseForm(BaseForm):
    """What is said of a course."""

    title = short_text("课程名称", "填写课程名称。", rules.LONGEST_TITLE)
    title_en = StringField(lazy_gettext("英文名称"), [_length(rules.LONGEST_ENGLISH)], filters=[one_line])
    track = SelectField(lazy_gettext("分类"), choices=[(key, lazy_gettext(word)) for key, word in rules.TRACKS.items()])
    hours_target = DecimalField(
        lazy_gettext("大纲学时"),
        places=None,
        validators=[
            InputRequired(lazy_gettext("填大于 0、不超过 500 的学时数，例如 6 或 1.5。")),
            NumberRange(
                Decimal("0.01"), Decimal(500), message=lazy_gettext("填大于 0、不超过 500 的学时数，例如 6 或 1.5。")
            ),
        ],
    )
    validity_months = WholeNumber(
        lazy_gettext("证书有效期（月）"),
        [
            InputRequired(lazy_gettext("填 1 到 120 之间的整数。")),
            NumberRange(1, rules.LONGEST_VALIDITY, message=lazy_gettext("填 1 到 120 之间的整数。")),
        ],
    )
    competencies = _competencies(validators=[required("至少选一项能力。")])
    is_mandatory = BooleanField(lazy_gettext("必修"))
    needs_review = BooleanField(
        lazy_gettext("课节发布前须由另一位培训师审阅"),
        description=lazy_gettext("打开后，改过草稿的人不能自己发布，小改动也一样"),
    )
    owner = short_text("主办", "填写主办单位，例如培训科。", rules.LONGEST_OWNER)
    summary_text = TextAreaField(
        lazy_gettext("课程简介"),
        [required("写两三句话：学完能做什么、适合谁。"), _length(LONGEST_SUMMARY)],
        filters=[plain, trimmed],
    )

    @classmethod
    def of(cls, course: Course) -> Self:
        """Filled with what holds now."""
        names = [name for name in CourseFacts.__dataclass_fields__ if name != "code"]
        values = {name: getattr(course, name) for name in names}
        values["hours_target"] = Decimal(f"{course.hours_target.normalize():f}")
        return cls(None, data=values)

    @property
    def facts(self) -> CourseFacts:
        """The values, once valid."""
        values = {**self.data, "competencies": tuple(self.competencies.data)}
        values["hours_target"] = Decimal(self.hours_target.data).quantize(Decimal("0.01"))
        return CourseFacts(**{name: values[name] for name in CourseFacts.__dataclass_fields__})


class NewCourseForm(CourseForm):
    """A course that is not there yet."""

    code = short_text("课程编号", "填写课程编号，例如 C2。", 10)


class NewLessonForm(BaseForm):
    """A lesson that is not there yet."""

    code = short_text("课节编号", "填写课节编号，例如 c1-mandate。", 60)
    title = short_text("标题", "填写标题。", rules.LONGEST_TITLE, id="new-title")  # beside the course's own title


class DraftForm(BaseForm):
    """The text of a lesson as it stands in the editor. An unfinished one may be saved; the checklist comes later."""

    revision = HiddenField(filters=[lambda value: int(value) if str(value or "").isdecimal() else 0])
    title = StringField(lazy_gettext("标题"), [_length(rules.LONGEST_TITLE)], filters=[one_line])
    title_en = StringField(lazy_gettext("英文标题"), [_length(rules.LONGEST_ENGLISH)], filters=[one_line])
    minutes = StringField(
        lazy_gettext("时长（分钟）"),
        [
            Optional(),
            Regexp(r"([1-9]|[1-9]\d|1\d\d|2[0-3]\d|240)$", message=lazy_gettext("填 1 到 240 之间的整数，或不填。")),
        ],
        filters=[trimmed],
        description=lazy_gettext("不填就按字数算"),
    )
    competencies = _competencies()
    source = TextAreaField(lazy_gettext("正文"), filters=[plain])

    def validate_source(self, field: TextAreaField) -> None:
        """A lesson has a largest size; beyond it nothing is rendered or saved."""
        if len(field.data) > LONGEST_TEXT:
            raise ValidationError(
                lazy_gettext("正文超过 %(n)s 个字，没有保存，内容还在本页。请拆成几节。", n=f"{LONGEST_TEXT:,}")
            )

    @classmethod
    def of(cls, text: LessonText, revision: int) -> Self:
        """Filled with a text."""
        values = {name: getattr(text, name) for name in ("title", "title_en", "source")}
        values |= {"minutes": str(text.minutes or ""), "competencies": list(text.competencies), "revision": revision}
        return cls(None, data=values)

    @property
    def text(self) -> LessonText:
        """The values, once valid."""
        minutes = int(self.minutes.data) if self.minutes.data else None
        return LessonText(self.title.data, self.title_en.data, minutes, tuple(self.competencies.data), self.source.data)
