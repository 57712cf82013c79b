"""zh_CN and en: message ids are the Chinese sentences, en is the one catalogue."""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, gettext, ngettext

LOCALES = ("zh", "en")


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


def _in_template(sentence: str) -> str:
    """A template's sentence in the language of the request; Chinese is what is written, so nothing is looked up."""
    return gettext(sentence) if locale() == "en" else sentence


def init_app(app: Flask) -> None:
    """Start Flask-Babel with our catalogue."""
    app.config["BABEL_DEFAULT_LOCALE"] = "zh_Hans_CN"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=locale, default_timezone=app.config["LMS_SETTINGS"].time_zone)
    app.jinja_env.install_gettext_callables(_in_template, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["html_lang"] = lambda: "en" if locale() == "en" else "zh-CN"
