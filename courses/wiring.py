"""Registers the parts of courses with an app."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register blueprint, slots, links, listeners, jobs and commands."""
