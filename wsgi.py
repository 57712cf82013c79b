"""Composition root: the one file that knows every package."""

from typing import Any

from flask import Flask

from appraisals import wiring as appraisals
from assessments import wiring as assessments
from certificates import wiring as certificates
from courses import wiring as courses
from lms.app import build_app
from lms.settings import Settings

PACKAGES = (courses, assessments, certificates, appraisals)


def create_app(**settings: Any) -> Flask:
    """The application with settings from the environment; given keywords win."""
    return build_app(Settings.from_env(**settings), PACKAGES)


app = create_app()
