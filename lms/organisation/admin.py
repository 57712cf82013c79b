"""Reference data of the organisation at /admin."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the views."""
