"""Base of the forms that people fill in: texts trimmed, sentences in their language."""

from typing import Any, Self

from flask import request
from flask_babel import lazy_gettext
from wtforms import Form, IntegerField, StringField
from wtforms.meta import DefaultMeta
from wtforms.validators import DataRequired, Length

LONGEST_NUMBER = 9  # digits: below 2³¹, which every database holds


class BabelTranslations:
    """WTForms' own messages; ours are given on each validator."""

    def gettext(self, text: str) -> str:
        return text

    def ngettext(self, one: str, many: str, n: int) -> str:
        return one if n == 1 else many


class BaseForm(Form):  # type: ignore[misc,unused-ignore]
    """A form read from the request. Cross-site protection is by request headers, so there is no token."""

    class Meta(DefaultMeta):  # type: ignore[misc,unused-ignore]
        def get_translations(self, _form: object) -> BabelTranslations:
            return BabelTranslations()

    @classmethod
    def from_request(cls, **kwargs: Any) -> Self:
        """Filled from the posted fields on POST, from the query otherwise."""
        return cls(request.form if request.method == "POST" else request.args, **kwargs)


class WholeNumber(IntegerField):  # type: ignore[misc,unused-ignore]
    """A whole number as people type it; one that no column could hold is no number, and is refused as such."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if any(len(value.strip()) > LONGEST_NUMBER for value in valuelist):
            self.data: Any = None
            raise ValueError(lazy_gettext("写一个整数。"))
        super().process_formdata(valuelist)


def trimmed(value: str | None) -> str:
    """The text without spaces around it."""
    return (value or "").strip()


def required(sentence: str) -> DataRequired:
    """A field that must be filled, with the sentence that says so."""
    return DataRequired(message=lazy_gettext(sentence))


def short_text(label: str, sentence: str, maximum: int = 60, **kwargs: Any) -> StringField:
    """A one-line required text."""
    too_long = lazy_gettext("最多 %(max)s 个字，缩短后再试。", max=maximum)
    return StringField(
        lazy_gettext(label), [required(sentence), Length(max=maximum, message=too_long)], filters=[trimmed], **kwargs
    )
