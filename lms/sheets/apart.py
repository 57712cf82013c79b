"""Large sheets are read in a process of their own: the parser keeps Python to itself for seconds at a time, when nobody
else's request would be answered, and what a hostile file does to it harms nobody.

    for one in apart.survey(content, "花名册.xlsx", head=20): ...     # as reading.survey
    for number, cells in apart.rows(content, "花名册.xlsx", "花名册"): ...  # as reading.open_book(…).rows(…)
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lms.errors import Refused
from lms.sheets import reading
from lms.sheets.reading import Row, Surveyed

SMALL = 128 * 1024  # bytes: read at once, in some 60 ms at most
PORTION = 500  # rows
ROOT = Path(__file__).resolve().parents[2]


def survey(content: bytes, file_name: str, head: int) -> list[Surveyed]:
    """The sheets of a file with their number of rows and their first ones; refuses as reading does."""
    if len(content) <= SMALL:
        return reading.survey(content, file_name, head)
    return next(_told("survey", content, file_name, head))  # type: ignore[no-any-return]


def rows(content: bytes, file_name: str, sheet: str) -> Iterator[Row]:
    """The rows of a sheet; refuses as reading does, when the first is asked for."""
    if len(content) <= SMALL:
        yield from reading.open_book(content, file_name).rows(sheet)
        return
    for portion in _told("rows", content, file_name, sheet):
        yield from portion


def _told(what: str, *given: Any) -> Iterator[Any]:
    """What the other process tells, piece by piece; it ends with us, whether we have heard all of it or not."""
    command = [sys.executable, "-m", "lms.sheets.apart"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdin
        assert process.stdout
        try:
            pickle.dump((what, given), process.stdin)
            process.stdin.close()
            while (piece := pickle.load(process.stdout)) is not None:  # noqa: S301 - our own process wrote it
                if isinstance(piece, Refused):
                    raise piece
                yield piece
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise reading.damaged() from None
        finally:
            process.kill()


def _tell() -> None:
    """The other process: do what was asked for and write what it gives, then None."""
    what, given = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
    try:
        if what == "survey":
            pickle.dump(reading.survey(*given), sys.stdout.buffer)
        else:
            content, file_name, sheet = given
            found = reading.open_book(content, file_name).rows(sheet)
            while portion := list(islice(found, PORTION)):
                pickle.dump(portion, sys.stdout.buffer)
        pickle.dump(None, sys.stdout.buffer)
    except Refused as refused:
        pickle.dump(refused, sys.stdout.buffer)


if __name__ == "__main__":
    _tell()
