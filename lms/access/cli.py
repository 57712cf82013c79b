"""Commands about access; as its last room it also brings in the administrators' screens."""

from flask import Flask

from lms.access.admin import wiring


def init_app(app: Flask) -> None:
    """Register what stands right of the views."""
    wiring.init_app(app)
