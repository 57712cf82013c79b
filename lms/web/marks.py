"""icon and attributes: the two pieces of which a page has a hundred, so they are Python and not macros."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from lms.web.assets import asset


def icon(name: str, size: str = "", label: str | None = None, cls: str = "") -> Markup:
    """A Lucide icon from the sprite; size "lg"; decorative unless a label is given."""
    return _icon(asset("vendor/icons.svg"), name, size, label and str(label), cls)


@lru_cache(maxsize=4_096)
def _icon(sprite: str, name: str, size: str, label: str | None, cls: str) -> Markup:
    classes = "i" + (f" i--{size}" if size else "") + (f" {cls}" if cls else "")
    told = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    drawn = Markup('<svg class="{}" {} focusable="false"><use href="{}#i-{}"/></svg>')
    return drawn.format(classes, told, sprite, name)


def attributes(given: Mapping[str, Any]) -> Markup:
    """HTML attributes: underscores become hyphens, True is a bare attribute, None and False are left out."""
    told = ""
    for key, value in given.items():
        if value is True:
            told += f" {escape(key.replace('_', '-'))}"
        elif value is not None and value is not False:
            told += f' {escape(key.replace("_", "-"))}="{escape(value)}"'
    return Markup(told)  # noqa: S704 - escaped above


def init_app(app: Flask) -> None:
    """Give templates _icon and _attributes; pages say ui.icon."""
    app.jinja_env.globals.update(_icon=icon, _attributes=attributes)
