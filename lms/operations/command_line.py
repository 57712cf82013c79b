"""bin/lms: our commands with help for strangers; what an operator can mend is told in a sentence, never as a traceback."""

import importlib
import sys
import tomllib
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo

from lms.db import db
from lms.errors import Refused
from lms.operations import faults, migrating
from lms.settings import ROOT, SettingsError

TARGET = "wsgi"  # by name: the composition root stands above every package
HELP = """热线学堂的命令行。每个命令加 --help 看说明；退出码 0 是做成了，1 是没有做成并说明原因，2 是命令写错了。

The command line of the hotline academy: COMMAND --help explains each; exit code 0 done, 1 not done, 2 mistyped.
"""
UNCHECKED = {"db", "backup", "fonts"}  # they mend the structure or have no need of it
FAILED, MISTYPED, INTERRUPTED = 1, 2, 130


class Commands(click.Group):
    """The groups of commands; one that is not there is told in our words."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, but in a sentence."""
        if args and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"没有「{args[0]}」这个命令。有：{'、'.join(self.list_commands(ctx))}。")
        if args and args[0] not in UNCHECKED and not {"--help", "-h"} & {*args}:
            _check_structure(ctx.find_object(ScriptInfo))
        return super().resolve_command(ctx, args)


def group(app: Flask) -> Commands:
    """The command line of an app."""
    commands = Commands("bin/lms", commands=app.cli.commands, help=HELP, no_args_is_help=True)
    version = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="版本。"
    )
    commands.params.append(version)
    return commands


def _check_structure(info: ScriptInfo | None) -> None:
    """Refuse a database that is empty, older or newer than the code."""
    if info is None:
        return
    with info.load_app().app_context(), db.engine.connect() as connection:
        at = migrating.current(connection)
    if at == migrating.newest():
        return
    if at is not None and not migrating.is_known(at):
        raise Refused(faults.NEWER, at=at)
    raise Refused(faults.NO_STRUCTURE)


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        click.echo(f"热线学堂 {known}（Python {sys.version.split()[0]}，Flask {metadata.version('flask')}）")
        ctx.exit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    try:
        app: Flask = importlib.import_module(TARGET).app
        given = group(app).main(
            args=list(sys.argv[1:] if argv is None else argv),
            prog_name="bin/lms",
            standalone_mode=False,
            obj=ScriptInfo(create_app=lambda: app),
        )
    except SettingsError as error:
        return _told(str(error), MISTYPED)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _told(f"\n{faults.UNFINISHED}", INTERRUPTED)
    except Exception as error:
        words = faults.words_for(error)
        if words is None:
            raise
        return _told(words, FAILED)
    return given if isinstance(given, int) else 0


def _told(words: str, code: int) -> int:
    click.echo(words, err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
