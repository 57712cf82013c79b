"""The house rules of the code: which package, noun and room may import which."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.no_database

# The line of packages, and within each the line of its nouns, left to right. Moving a noun is a change to this table.
PACKAGES: dict[str, tuple[str, ...]] = {
    "lms": (
        "settings", "clock", "errors", "datafiles", "turns", "sqlite", "demo", "db", "audit", "jobs", "mail", "files", "sheets", "search", "calendar",
        "markdown", "fonts", "fontmaking", "pdf", "web", "admin", "imports", "organisation", "people", "access", "notices", "policies",
        "home", "operations", "app",
    ),
    "courses": ("catalogue", "hours", "progress", "programmes", "wiring"),
    "assessments": ("bank", "papers", "exams", "marking", "attempts", "markers", "statistics", "regrades", "practice", "wiring"),
    "certificates": ("awards", "wiring"),
    "appraisals": ("evidence", "scores", "cycles", "wiring"),
}  # fmt: skip
ROOMS = ("models", "rules", "events", "queries", "actions", "sweep", "forms", "views", "api", "admin", "cli", "demo")
OPEN_ROOMS = frozenset({"models", "rules", "events", "queries", "actions"})
FREE_OF_FLASK = frozenset({"models", "rules", "events", "queries", "actions"})
PURE = frozenset({"rules"})
PLATFORM = frozenset(
    {"settings", "clock", "errors", "datafiles", "turns", "sqlite", "demo", "db", "audit", "jobs", "mail", "files", "sheets", "search", "calendar",
     "markdown", "fonts", "fontmaking", "pdf", "web", "admin"}
)  # fmt: skip


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Every imported module of a file: (dotted name, line, is it at the top of the file)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno, node in top


MODULES = dict(modules())


def resolve(name: str) -> str | None:
    """The module of ours that an imported name belongs to, or None for a library."""
    while name:
        if name in MODULES:
            return name
        name = name.rpartition(".")[0]
    return None


def place(module: str) -> tuple[int, int, str, str]:
    """(package index, noun index, noun, room) of a module of ours."""
    package, *rest = module.split(".")
    names = list(PACKAGES)
    if not rest:
        return names.index(package), -1, "", ""
    noun = rest[0]
    nouns = PACKAGES[package]
    assert noun in nouns, f"{module}: noun {noun} is not in the table"
    return names.index(package), nouns.index(noun), noun, ".".join(rest[1:])


def room_rank(room: str) -> float:
    """Rank of a room in its noun; a file of another kind stands between queries and actions."""
    first = room.split(".")[0]
    if first.startswith("demo"):
        first = "demo"
    if first in ROOMS:
        return ROOMS.index(first)
    return ROOMS.index("queries") + 0.5


def faults(module: str, path: Path) -> Iterator[str]:
    package, noun_rank, noun, room = place(module)
    wiring = noun == "wiring" or module == "lms.app"
    for name, line, at_top in imports(path):
        where = f"{module}:{line} imports {name}"
        if not at_top:
            yield f"{where}: imports stand at the top of the file"
        if room.split(".")[0] in FREE_OF_FLASK and name.split(".")[0] in {"flask", "werkzeug", "flask_babel"}:
            yield f"{where}: {room} knows no Flask"
        if room.split(".")[0] in PURE and name.startswith(("lms.db", "lms.clock", "sqlalchemy")):
            yield f"{where}: rules are pure"
        target = resolve(name)
        if target is None or target == module:
            continue
        t_package, t_rank, t_noun, t_room = place(target)
        if t_noun == "wiring":
            yield f"{where}: only wsgi.py imports a wiring"
        if t_package > package:
            yield f"{where}: packages import leftwards"
        elif t_package == package and t_rank > noun_rank:
            yield f"{where}: nouns import leftwards"
        elif (t_package, t_rank) == (package, noun_rank):
            if t_room and room and room_rank(t_room) > room_rank(room):
                yield f"{where}: rooms import leftwards"
        elif not wiring and t_noun not in PLATFORM and t_room and t_room.split(".")[0] not in OPEN_ROOMS:
            yield f"{where}: only {sorted(OPEN_ROOMS)} of another noun are open"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_point_left(module: str) -> None:
    assert not list(faults(module, MODULES[module]))


def test_no_file_imports_itself_in_a_circle() -> None:
    graph = {
        module: {target for name, _, _ in imports(path) if (target := resolve(name)) and target != module}
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"circle: {circle.args[1]}")


def test_only_the_database_module_commits() -> None:
    ours = {"lms.db", "lms.sqlite"}
    guilty = [m for m, path in MODULES.items() if ".commit(" in path.read_text(encoding="utf-8") and m not in ours]
    assert not guilty


def test_only_the_clock_reads_the_clock() -> None:
    readers = ("datetime.now(", "date.today(", "utcnow(", "time.time(")
    guilty = [
        (m, reader)
        for m, path in MODULES.items()
        if m != "lms.clock"
        for reader in readers
        if reader in path.read_text(encoding="utf-8")
    ]
    assert not guilty


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_file_says_what_it_is(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{module} has no docstring"
    if MODULES[module].name == "__init__.py":
        assert len(tree.body) == 1, f"{module}: a package file holds one docstring and nothing else"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_file_stays_readable(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{module} has {lines} lines: split it by what it does"


def test_only_wsgi_knows_every_package() -> None:
    known = {name.split(".")[0] for name, _, _ in imports(ROOT / "wsgi.py")} & set(PACKAGES)
    assert known == set(PACKAGES)


@pytest.mark.parametrize("bad", ["utils", "helpers", "common", "manager", "service"])
def test_no_attic(bad: str) -> None:
    assert not [m for m in MODULES if bad in m.split(".")]
