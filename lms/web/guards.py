"""Who may come in: same-origin on unsafe methods, signed in unless public, the role the view asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[..., Any]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Reach:
    """One role of the signed-in person and how far it goes: all, one unit, or one vendor."""

    role: str
    scope: str
    unit_id: int | None = None
    vendor_id: int | None = None


class Visitor(Protocol):
    """What the shell knows of the signed-in person."""

    id: int

    @property
    def reaches(self) -> tuple[Reach, ...]: ...


def public(view: View) -> View:
    """This view needs nobody signed in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def writes(view: View) -> View:
    """This GET writes (an access that is logged, a rate limit): its transaction is opened for writing."""
    view.does_write = True  # type: ignore[attr-defined]
    return view


def lean(view: View) -> View:
    """A hot path that needs the person's id alone: no roles, no shell."""
    view.is_lean = True  # type: ignore[attr-defined]
    return view


def before_welcome(view: View) -> View:
    """This view is part of the first sign-in, so a person who has not finished it may come in."""
    view.is_before_welcome = True  # type: ignore[attr-defined]
    return view


def own_eyes(view: View) -> View:
    """What this view shows is for the person alone: nobody opens it 以他人视角."""
    view.is_own_eyes = True  # type: ignore[attr-defined]
    return view


def for_viewers(view: View) -> View:
    """This view may be used while one looks 以他人视角: it ends the looking or the session."""
    view.is_for_viewers = True  # type: ignore[attr-defined]
    return view


def marked(name: str) -> bool:
    """Whether the view of this request carries a mark."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, name, False))


def needs(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The view is for these roles only; others get 403."""

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not reaches(*roles):
                abort(403)
            return view(*args, **kwargs)

        guarded.needs_roles = roles  # type: ignore[attr-defined]
        return guarded

    return wrap


def reaches(*roles: str) -> tuple[Reach, ...]:
    """The signed-in person's reaches in any of these roles; empty when they have none."""
    person: Visitor | None = g.get("person")
    return tuple(reach for reach in person.reaches if reach.role in roles) if person else ()


def opens(href: str) -> bool:
    """Whether a page of ours asks for no role, or for one the person has; what it shows may still not be for them."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(urlsplit(href).path)
    except HTTPException:
        return False
    roles = getattr(current_app.view_functions[endpoint], "needs_roles", ())
    return not roles or bool(reaches(*roles))


def allow(may: bool, *, seen: bool = True) -> None:
    """403 when they may see but not do; 404 when they may not even see (seen=False)."""
    if not may:
        abort(403 if seen else 404)


def found(thing: R | None) -> R:
    """The thing, or 404."""
    if thing is None:
        abort(404)
    return thing


def check_same_origin() -> None:
    """Unsafe requests must come from our own pages: Sec-Fetch-Site, else Origin, must be ours."""
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return
        abort(403, description="cross-site")
    origin = request.headers.get("Origin")
    if origin is None:
        return  # not a browser: no cookie is sent along by somebody else's page
    public_host = urlsplit(current_app.config["LMS_SETTINGS"].public_url).netloc
    if urlsplit(origin).netloc not in {request.host, public_host}:
        abort(403, description="cross-site")


def check_signed_in() -> Response | None:
    """Nobody passes unless signed in, or the view is public; the way back is kept."""
    if request.endpoint is None or request.endpoint == "static" or marked("is_public"):
        return None
    person = g.get("person")
    if person is None:
        if request.method in SAFE and not request.headers.get("HX-Request") and request.accept_mimetypes.accept_html:
            following = request.full_path.rstrip("?") if request.path != "/" else None
            return redirect(url_for("access.sign_in", next=following), 303)
        abort(401)
    if not getattr(person, "is_welcomed", True) and not marked("is_before_welcome"):
        return redirect(url_for("access.welcome"), 303)
    return None


def init_app(app: Flask) -> None:
    """Check origin first; who is signed in is loaded by access, then checked here."""
    app.before_request(check_same_origin)
    app.jinja_env.globals["opens"] = opens
