"""zh_CN and en: message ids are the Chinese sentences, en is the one catalogue."""

from pathlib import Path

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain

LOCALES = ("zh", "en")
CATALOGUES = Path(__file__).parent / "translations"
CHINESE = NullTranslations()  # the message ids are the sentences


def locale() -> str:
    """The language of this request: the person's, else the browser's choice on public pages, else Chinese."""
    if not has_request_context():
        return "zh_Hans_CN"
    chosen = g.get("locale")
    if chosen is None:
        person = g.get("person")
        chosen = getattr(person, "locale", None) or request.cookies.get("locale", "")
        chosen = chosen if chosen in LOCALES else "zh"
        g.locale = chosen
    return "en" if chosen == "en" else "zh_Hans_CN"


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
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda s: catalogue.get_translations().ugettext(s),
        ngettext=lambda s, p, n: catalogue.get_translations().ungettext(s, p, n),
        newstyle=True,
    )
    app.jinja_env.globals["html_lang"] = lambda: "en" if locale() == "en" else "zh-CN"
