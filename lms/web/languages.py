"""zh_CN and en: message ids are the Chinese sentences, en is the one catalogue."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain
from markupsafe import Markup

CATALOGUES = Path(__file__).parent / "translations"
CHINESE = NullTranslations()  # the message ids are the sentences


def locale() -> str:
    """The language of this request: the person's, else the browser's choice on public pages, else Chinese."""
    if not has_request_context():
        return "zh_Hans_CN"
    chosen: str | None = g.get("locale")
    if chosen is None:
        person = g.get("person")
        chosen = speak(getattr(person, "locale", None) or request.cookies.get("locale", ""))
    return chosen


def speak(wanted: str) -> str:
    """Answer the rest of this request in that language, "en" or else Chinese; gives the locale."""
    g.locale = "en" if wanted == "en" else "zh_Hans_CN"
    return str(g.locale)


class Catalogue(Domain):  # type: ignore[misc]
    """Our sentences: Chinese as they stand, English from the one catalogue, read once a process.

    A page has a hundred sentences; Flask-Babel's own way asks for the locale three times for each of them.
    """

    def __init__(self) -> None:
        super().__init__(str(CATALOGUES))  # type: ignore[no-untyped-call]
        self.english = Translations.load(str(CATALOGUES), ["en"])

    def get_translations(self) -> NullTranslations:
        return self.english if locale() == "en" else CHINESE


def init_app(app: Flask) -> None:
    """Start Flask-Babel with our catalogue, for code and for templates."""
    app.config["BABEL_DEFAULT_LOCALE"] = "zh_Hans_CN"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    babel = Babel(app, locale_selector=locale, default_timezone=app.config["LMS_SETTINGS"].time_zone)
    catalogue = babel.domain_instance = Catalogue()

    @lru_cache(maxsize=8_192)
    def ready(text: str, is_english: bool) -> Markup:
        found = catalogue.english.ugettext(text) if is_english else text
        return Markup(found) % {}  # noqa: S704 - our own sentences

    def sentence(text: str, /, **values: Any) -> Markup:
        """As Jinja's: safe, values escaped, %% for a percent sign; without values it is a look into a table."""
        if values:
            return Markup(catalogue.get_translations().ugettext(text)) % values  # noqa: S704 - our own sentences
        return ready(str(text), locale() == "en")

    def translated(text: str) -> str:
        """A title from the database that may be one of our own words; as it stands where it is not."""
        return str(catalogue.get_translations().ugettext(text))

    app.jinja_env.globals.update(gettext=sentence, _=sentence)
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.globals["html_lang"] = lambda: "en" if locale() == "en" else "zh-CN"
