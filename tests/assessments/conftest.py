"""The small library of hall.py, loaded once for the tests of a file: what a test changes is rolled back after it."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from lms.db import transaction
from tests import factories
from tests.assessments import hall

LOADED_ON = date(2026, 11, 2)  # before the day of every story


def loaded(app, folder: Path) -> Path:
    with factories.on_day(LOADED_ON), app.app_context(), transaction():
        hall.load(folder)
    return folder


@pytest.fixture(scope="module")
def library(app, floor, tmp_path_factory) -> Path:
    return loaded(app, hall.write(tmp_path_factory.mktemp("library")))


@pytest.fixture(scope="module")
def written_library(app, floor, tmp_path_factory) -> Path:
    return loaded(app, hall.write_written(tmp_path_factory.mktemp("library")))


@pytest.fixture
def folder(library, tmp_path) -> Path:
    """A copy of the loaded library that a test may edit and load again."""
    return shutil.copytree(library, tmp_path, dirs_exist_ok=True)
