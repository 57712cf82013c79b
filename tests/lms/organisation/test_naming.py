"""The organisation's name: as set, else the first institution's; an error page is drawn without a database, too."""

import dataclasses

import pytest
from sqlalchemy.exc import OperationalError

from lms.db import transaction
from lms.organisation import actions
from lms.web import naming


@pytest.fixture
def unnamed(app, monkeypatch):
    monkeypatch.setitem(app.config, "LMS_SETTINGS", dataclasses.replace(app.config["LMS_SETTINGS"], organisation=""))
    monkeypatch.setitem(app.extensions, "organisation_name", naming._Known(app.extensions["organisation_name"].read))
    return app


def test_what_was_set_counts(app, monkeypatch):
    with app.test_request_context():
        assert naming.organisation_name() == "云州市12345政务服务便民热线"


def test_else_it_is_the_unit_of_the_first_set_up(unnamed):
    with unnamed.app_context(), transaction():
        actions.found("青石市民热线中心", "QS")
    assert "青石市民热线中心" in unnamed.test_client().get("/login", follow_redirects=True).text


def test_without_a_database_it_is_left_out(unnamed, monkeypatch):
    def away():
        raise OperationalError("", {}, Exception("away"))

    unnamed.extensions["organisation_name"].read = away
    with unnamed.test_request_context():
        assert naming.organisation_name() == ""
