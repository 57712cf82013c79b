"""角色与权限: what the page says is what the guards do."""

import pytest

from lms.access.admin import matrix
from lms.db import transaction
from tests import factories

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def open_as(app):
    def of(role):
        with transaction():
            someone = factories.person("某人", roles=[role])
        client = app.test_client()
        factories.sign_in(client, someone)
        return client

    return of


def test_the_matrix_says_who_may_open_the_audit_trail(app):
    with app.test_request_context():
        trail = next(area for area in matrix.areas() if "/audit" in area.sees.get("audit_admin", []))
    assert "/audit" in trail.sees["audit_admin"]
    assert "hr" not in trail.sees
    assert "system_admin" not in trail.does


@pytest.mark.parametrize("role", ["hr", "trainer", "line_leader", "committee", "system_admin", "security_admin"])
def test_what_the_matrix_denies_is_denied(app, open_as, role):
    client = open_as(role)
    with app.test_request_context():
        shown = matrix.areas()
    plain = {path for area in shown for paths in area.sees.values() for path in paths if "<" not in path}
    own = {path for area in shown for path in area.sees.get(role, [])}
    denied = sorted(path for path in plain - own if not path.startswith("/admin"))
    assert denied
    assert {path: client.get(path).status_code for path in denied if client.get(path).status_code != 403} == {}


def test_it_is_read_by_the_security_and_the_audit_administrator_alone(open_as):
    assert open_as("security_admin").get("/security/matrix").status_code == 200
    assert "审计" in open_as("audit_admin").get("/security/matrix").text
    for role in ("learner", "hr", "system_admin"):
        assert open_as(role).get("/security/matrix").status_code == 403


def test_every_part_has_a_word_in_the_matrix(app):
    with app.test_request_context():
        labels = [area.label for area in matrix.areas()]
    assert labels
    assert [label for label in labels if str(label).isascii()] == []
