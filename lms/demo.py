"""The demo organisation: each package registers its share; `demo load` runs them in package order."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask, current_app

from lms import clock

SEED = 12345


@dataclass
class Demo:
    """What the shares hand on to each other: one seeded chance, today, and people by staff number."""

    chance: random.Random
    today: date
    people: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


Share = Callable[[Demo], Iterator[str]]


def register(app: Flask, name: str, share: Share) -> None:
    """Let a package add its share; it yields a sentence after each step, which is then committed."""
    app.extensions.setdefault("demo_shares", []).append((name, share))


def shares() -> list[tuple[str, Share]]:
    """The shares in package order."""
    found: list[tuple[str, Share]] = current_app.extensions.get("demo_shares", [])
    return found


def fresh() -> Demo:
    """A demo that comes out the same on the same day."""
    return Demo(chance=random.Random(SEED), today=clock.today())


# A large organisation is made by copying the rows of the small one; what a copy must change is said here ---------

Naming = Callable[[random.Random], str]
Changed = Callable[[Any, int], Any]
Afterwards = Callable[[int, dict[str, int]], None]  # (which copy, step of each table): ids from step × n + 1 on


@dataclass
class Copying:
    """What packages say about copies: names, changed columns, references by (kind, id), what to put right afterwards."""

    names: list[Naming] = field(default_factory=list)

    columns: dict[tuple[str, str], Changed] = field(default_factory=dict)
    kinds: dict[tuple[str, str], tuple[str, dict[str, str]]] = field(default_factory=dict)
    afterwards: list[Afterwards] = field(default_factory=list)


def copying(app: Flask | None = None) -> Copying:
    """What has been said for an app, the current one unless given; packages add to it in their wiring."""
    found: Copying = (app or current_app).extensions.setdefault("demo_copying", Copying())
    return found
