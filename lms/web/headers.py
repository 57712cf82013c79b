"""Security headers and the strict Content-Security-Policy on every page."""

import secrets

from flask import Flask, Response, g, request

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def nonce() -> str:
    """This request's script nonce (Flask-Admin's scripts carry it; our own pages have none inline)."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    value: str = g.csp_nonce
    return value


def policy(ours: str = "'self'") -> str:
    """Nothing inline but data widths in style attributes, nothing from elsewhere; ours: whose scripts and styles run."""
    return (
        f"default-src 'none'; script-src {ours}; style-src {ours}; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self'; frame-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )


USUAL = {**FIXED, "Content-Security-Policy": policy()}


def add_headers(response: Response) -> Response:
    """Add what is missing; pages of signed-in people are not kept by caches on the way."""
    present = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - its iterator gives pairs
    for name, value in USUAL.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    if "csp_nonce" in g and "content-security-policy" not in present:
        response.headers["Content-Security-Policy"] = policy(f"'self' 'nonce-{g.csp_nonce}'")
    if "cache-control" not in present and request.endpoint != "static":
        response.headers.add("Cache-Control", "no-store" if g.get("person") else "private, no-cache")
    return response


def init_app(app: Flask, *, https: bool) -> None:
    """Add the headers to every response, errors included."""
    app.after_request(add_headers)
    if https:

        @app.after_request
        def add_transport(response: Response) -> Response:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            return response
