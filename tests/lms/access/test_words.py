"""Every verb that the audit trail is given has a name that the auditor can read."""

import ast
from collections.abc import Iterator

import pytest

from lms.access.admin.words import VERBS
from tests.test_architecture import MODULES

pytestmark = pytest.mark.no_database
BUILT = {
    *(f"{kind}.{verb}" for kind in ("unit", "post", "vendor") for verb in ("add", "take_back")),
    *("admin.create", "admin.edit"),
}


def verbs() -> Iterator[tuple[str, str]]:
    """(verb, module) of each literal handed to audit.record, and of the ones chosen in the line before."""
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="audit"), attr="record"), args=[first, *_]):
                    given = first
                case ast.Assign(targets=[ast.Name(id="verb")], value=given):
                    pass
                case _:
                    continue
            for part in ast.walk(given):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value.strip("."):
                    yield part.value, module


def test_every_verb_has_a_name():
    found = dict(verbs())
    assert len(found) > 100
    assert {verb: module for verb, module in found.items() if verb not in VERBS} == {}
    assert set(VERBS) >= BUILT
