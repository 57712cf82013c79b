"""Flask-Admin at /admin."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Make the admin site of this app."""
