"""Cuts the static TrueType faces that PDFs embed from the packaged open fonts: once, whole or not at all.

Apart from `fonts`, because what cuts them takes ten megabytes that a running server does not need.
"""

import hashlib
import importlib
import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib import instancer

from lms.fonts import RECIPES, FontError, Recipe, Source, is_prepared, is_sound

PROCESSES = 2
WAIT_SECONDS = 900
READABLE = 0o644  # set-up and server may run as different accounts
OUTLINE_TOLERANCE = 1.0  # thousandths of the letter size: how far a converted curve may stray
# What a PDF never reads: layout rules, vertical metrics, hinting programs, signatures.
UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "DSIG", "vhea", "vmtx", "STAT", "HVAR", "prep", "gasp")
NO_HINTING = (
    "maxTwilightPoints",
    "maxStorage",
    "maxFunctionDefs",
    "maxInstructionDefs",
    "maxStackElements",
    "maxSizeOfInstructions",
    "maxComponentElements",
)
FAMILY, SUBFAMILY, FULL_NAME, POSTSCRIPT_NAME = 1, 2, 4, 6


def prepare(folder: Path, progress: Callable[[str], object] = print) -> None:
    """Make every missing face in the folder, two at a time, with its licence; what is there and sound is kept."""
    if is_prepared(folder):
        progress("字体：都已准备好")
        return
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        for draft in folder.glob(".draft-*"):
            draft.unlink()
        missing = [recipe for recipe in RECIPES if not is_sound(folder / recipe.file, recipe.weight)]
        if not missing:  # another process made them while this one waited
            progress("字体：都已准备好")
            return
        for source in dict.fromkeys(recipe.source for recipe in missing):
            _check_source(source)
            _copy_licence(source, folder)
        progress(f"字体：正在生成 {len(missing)} 个字体文件，约半分钟，只需一次……")
        _make_all(missing, folder, progress)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; the lock of SQLite works on every system and ends with the process that holds it."""
    lock = sqlite3.connect(folder / ".lock", timeout=WAIT_SECONDS, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        lock.close()


def _make_all(recipes: list[Recipe], folder: Path, progress: Callable[[str], object]) -> None:
    workers = min(PROCESSES, len(recipes))
    # Fresh processes: forking one that has threads may copy a held lock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for done in pool.map(partial(make, folder=folder), recipes):
            progress(f"字体：{done.name} 已生成（{done.stat().st_size / 1e6:.1f} MB）")


def make(recipe: Recipe, folder: Path) -> Path:
    """Make one face and return its path; the file appears whole, checked and synced, or not at all."""
    font: Any = TTFont(source_path(recipe.source), recalcTimestamp=False, recalcBBoxes=False)
    for table in UNUSED_TABLES:
        if table in font:
            del font[table]
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": recipe.weight}, inplace=True)  # type: ignore[no-untyped-call]
    if "CFF " in font:
        _to_truetype(font)
    font["post"].formatType = 3.0  # no glyph names: nothing reads them
    _rename(font, recipe.name)
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".draft-", suffix=".ttf")
    path = Path(draft)
    try:
        with os.fdopen(handle, "wb") as file:
            font.save(file, reorderTables=False)
            file.flush()
            os.fsync(file.fileno())
        if not is_sound(path, recipe.weight):
            raise FontError(f"{recipe.file} 做出来不是可用的静态字体，请重新安装 {recipe.source.package} 后再试。")
        path.chmod(READABLE)
        return path.replace(folder / recipe.file)
    finally:
        path.unlink(missing_ok=True)


def _to_truetype(font: Any) -> None:
    """Cubic outlines become quadratic ones within the tolerance; ReportLab embeds only the latter."""
    order, glyphs, metrics = font.getGlyphOrder(), font.getGlyphSet(), font["hmtx"].metrics
    table: Any = newTable("glyf")
    table.glyphOrder = order
    table.glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, OUTLINE_TOLERANCE, reverse_direction=True))  # type: ignore[no-untyped-call]
        glyph = table.glyphs[name] = pen.glyph()
        glyph.recalcBounds(table)  # type: ignore[no-untyped-call]
        metrics[name] = (metrics[name][0], getattr(glyph, "xMin", 0))
    font["glyf"], font["loca"] = table, newTable("loca")
    del font["CFF "]
    font["maxp"].tableVersion = 0x00010000
    for field in NO_HINTING:
        setattr(font["maxp"], field, 0)
    font["maxp"].maxZones = 1
    font["maxp"].recalc(font)
    font.sfntVersion = "\000\001\000\000"


def _rename(font: Any, name: str) -> None:
    """Each face bears its own name: a PDF with two faces of one name would mix them up."""
    family, _, style = name.partition("-")
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in {0, 13, 14}]
    for number, text in ((FAMILY, family), (SUBFAMILY, style), (FULL_NAME, name), (POSTSCRIPT_NAME, name)):
        table.setName(text, number, 3, 1, 0x409)


def source_path(source: Source) -> Path:
    """Where the packaged font lies."""
    try:
        module = importlib.import_module(source.module)
    except ImportError as error:
        raise FontError(f"没有找到字体包 {source.package}，请运行 pip install -r requirements.txt。") from error
    return Path(str(module.__file__)).parent / source.file


def _check_source(source: Source) -> None:
    path = source_path(source)
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise FontError(f"字体包 {source.package} 里没有 {source.file}，请重新安装这个包。") from error
    if found != source.sha256:
        raise FontError(
            f"字体包 {source.package} 的 {source.file} 与核对过的不一致（SHA-256 {found[:16]}…，"
            f"应为 {source.sha256[:16]}…）。请安装 requirements.txt 写明的版本。"
        )


def _copy_licence(source: Source, folder: Path) -> None:
    """The licence travels with the font, as the OFL asks."""
    for file in distribution(source.package).files or ():
        if str(file).endswith(source.licence):
            shutil.copyfile(str(file.locate()), folder / f"OFL-{source.package}.txt")
            return
    raise FontError(f"字体包 {source.package} 里没有许可证 {source.licence}，请重新安装这个包。")


def main(arguments: list[str]) -> int:
    """`python -m lms.fontmaking FOLDER`: 0 when every face is there, 1 with a sentence when not."""
    if len(arguments) != 1:
        sys.stderr.write("用法：python -m lms.fonts 文件夹\n")
        return 2
    try:
        prepare(Path(arguments[0]), partial(print, flush=True))
    except FontError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
