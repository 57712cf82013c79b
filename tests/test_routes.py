"""The URL map: each route is on the short public list or turns a stranger away; unsafe ones refuse cross-site."""

import pytest
from flask import Flask

PUBLIC = {
    "static", "access.sign_in", "access.sign_in_now", "access.activate", "access.forgot", "access.preferences",
    "setup.first", "operations.healthz", "operations.readyz",
    "courses.open_catalogue",
    "operations.accessibility", "operations.privacy", "certificates.verify_form", "certificates.verify",
}  # fmt: skip
SAFE = {"GET", "HEAD", "OPTIONS"}


def addresses(app: Flask) -> list[tuple[str, str, set[str]]]:
    """(endpoint, a plausible address, methods) of every route."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {}
            for name in rule.arguments:
                kind = type(rule._converters[name]).__name__
                values[name] = 1 if kind == "IntegerConverter" else "x"
            built = rule.build(values, append_unknown=False)
            found.append((rule.endpoint, built[1], set(rule.methods or ())))
    return found


def test_every_route_is_public_by_name_or_turns_a_stranger_away(app, client):
    for endpoint, address, methods in addresses(app):
        if endpoint in PUBLIC:
            continue
        if "GET" in methods:
            answer = client.get(address, headers={"Accept": "text/html"})
            assert answer.status_code == 303, f"{endpoint} {address}: {answer.status_code}"
            assert answer.location.startswith("/login"), f"{endpoint} → {answer.location}"
        for method in methods - SAFE:
            answer = client.open(address, method=method)
            assert answer.status_code == 401, f"{method} {endpoint} {address}: {answer.status_code}"


def test_every_public_view_is_on_the_list(app):
    marked = {name for name, view in app.view_functions.items() if getattr(view, "is_public", False)}
    assert marked <= PUBLIC


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_every_unsafe_route_refuses_another_site(app, client, headers):
    for endpoint, address, methods in addresses(app):
        for method in methods - SAFE:
            answer = client.open(address, method=method, headers=headers)
            assert answer.status_code == 403, f"{method} {endpoint} {address}: {answer.status_code}"


def test_a_public_page_says_nothing_to_caches_that_it_should_not(client):
    answer = client.get("/login")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
