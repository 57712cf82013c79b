"""The documents say what the code does: every setting and every command is in docs/operations.md."""

from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

from lms.settings import Settings

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
OWN_COMMANDS = {"library", "policies", "demo", "audit", "jobs", "mail", "backup", "fonts", "db", "people", "measures"}
FOR_DEVELOPERS = {("db", "revision")}


@pytest.mark.parametrize("name", [f.name for f in fields(Settings) if f.name != "problems"])
def test_every_setting_is_documented(name):
    assert f"`LMS_{name.upper()}`" in OPERATIONS


def commands(app: Flask):
    for name, group in sorted(app.cli.commands.items()):
        if isinstance(group, click.Group):
            yield from ((name, verb, command) for verb, command in group.commands.items())


def test_every_command_is_documented_and_has_help(app):
    for group, verb, command in commands(app):
        assert command.help, f"{group} {verb} has no help"
        if group in OWN_COMMANDS and (group, verb) not in FOR_DEVELOPERS:
            assert f"`bin/lms {group} {verb}`" in OPERATIONS or (
                f"bin/lms {group}" in OPERATIONS and f"`{verb}`" in OPERATIONS
            ), f"{group} {verb} is not documented"


def test_the_promised_commands_exist(app):
    known = {(group, verb) for group, verb, _ in commands(app)}
    promised = {
        ("db", "upgrade"), ("library", "load"), ("demo", "load"), ("audit", "verify"), ("jobs", "work"),
        ("mail", "deliver"), ("backup", "create"), ("backup", "verify"), ("backup", "restore"),
    }  # fmt: skip
    assert promised <= known


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")) + [ROOT / "README.md"], ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for part in text.split("](")[1:]:
        target = part.split(")")[0].split("#")[0]
        if target and "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
