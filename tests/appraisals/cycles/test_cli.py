"""The command loads measures and schemes, once; loading the library does the same."""

from pathlib import Path

import pytest

from appraisals.evidence import queries as evidence
from appraisals.scores import queries as scores
from courses.catalogue import events
from lms.db import transaction


def test_the_command_says_what_it_did_and_can_be_run_again(app):
    first = app.test_cli_runner().invoke(args=["appraisals", "load"])
    again = app.test_cli_runner().invoke(args=["appraisals", "load"])
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "新增方案 10 个" in first.output
    assert "新增方案 0 个" in again.output


@pytest.mark.usefixtures("context")
def test_loading_the_library_loads_them_too():
    with transaction():
        events.library_loaded.send(Path(), registry=None)
    assert evidence.measure("qc") is not None
    assert scores.scheme_rows()
