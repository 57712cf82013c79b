"""(kind, id) → label and address: how a lower noun points at something it does not know."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app


@dataclass(frozen=True)
class Target:
    """What a reference opens: its words and its address; href is None where the viewer may not go."""

    label: str
    href: str | None


Resolver = Callable[[str], Target | None]


def register(app: Flask, kind: str, label: str, resolver: Resolver) -> None:
    """Say how references of a kind are shown; the resolver gets the id and answers None when it is gone."""
    app.extensions.setdefault("links", {})[kind] = (label, resolver)


def kind_label(kind: str) -> str:
    """The Chinese word for a kind of thing, as in 作答记录."""
    known = current_app.extensions.get("links", {}).get(kind)
    return known[0] if known else kind


def target(kind: str, ref_id: object) -> Target:
    """Where a reference leads; an unknown kind gives its name without an address."""
    known = current_app.extensions.get("links", {}).get(kind)
    found = known[1](str(ref_id)) if known else None
    return found or Target(f"{kind_label(kind)} {ref_id}", None)
