"""Nobody is offered a link that does not open for them."""

import pytest

from tests.journeys.walking import walk

PEOPLE = ("A1037", "A1012", "T2001", "L3001", "H4001", "H4101", "C5001", "S9001", "S9002", "S9003")


@pytest.mark.parametrize("number", PEOPLE)
def test_every_link_opens(visit, server, number):
    found = list(walk(visit(number), str(server.folder)))
    assert len({one.endpoint for one in found}) > 25
    shut = [f"{one.path} {one.status}, linked on {one.source}" for one in found if one.status >= 400]
    assert shut == []
