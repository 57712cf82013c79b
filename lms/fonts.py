"""The static TrueType faces that PDFs embed: which there are, from which packages, and whether they lie ready."""

import struct
from dataclasses import dataclass
from pathlib import Path

RECIPE = 1  # raise when the conversion changes, so that faces made the old way are made again
TRUETYPE = 0x00010000
ENTRY = struct.Struct(">4sLLL")  # of the table directory: tag, checksum, offset, length


class FontError(RuntimeError):
    """A font cannot be used; the sentence says which and what to do."""


@dataclass(frozen=True)
class Source:
    """A font file inside an installed package, pinned by its SHA-256, and where its licence lies."""

    package: str
    module: str
    file: str
    licence: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """One face to make: its name, weight, and the packaged font it comes from."""

    name: str
    weight: int
    source: Source

    @property
    def file(self) -> str:
        """The file's name; it changes with the source and with the way of making."""
        return f"{self.name}-{self.source.sha256[:16]}-r{RECIPE}.ttf"


NOTO_SANS = Source(
    "justmytype-intl-cjk",
    "justmytype_intl_cjk",
    "fonts/ofl/notosanssc/NotoSansSC[wght].ttf",
    "justmytype_intl_cjk/fonts/ofl/notosanssc/OFL.txt",
    "a3041811a78c361b1de50f953c805e0244951c21c5bd412f7232ef0d899af0da",
)
NOTO_SERIF = Source(
    "pylopdf-fonts-zh-cn",
    "pylopdf_fonts_zh_cn",
    "NotoSerifSC-Regular.otf",
    "licenses/LICENSE",
    "e8f396decc1f0963a016a989c3d8852e863d1350996f573860a80767c83a1cd3",
)
# The longest first, so that two processes end together.
SERIF = Recipe("NotoSerifSC-Regular", 400, NOTO_SERIF)
SANS = Recipe("NotoSansSC-Regular", 400, NOTO_SANS)
SANS_BOLD = Recipe("NotoSansSC-Bold", 700, NOTO_SANS)
RECIPES = (SERIF, SANS, SANS_BOLD)


def is_prepared(folder: Path) -> bool:
    """Every face is there and whole."""
    return all(is_sound(folder / recipe.file, recipe.weight) for recipe in RECIPES)


def is_sound(path: Path, weight: int | None = None) -> bool:
    """A whole static TrueType font with outlines a PDF can embed, of that weight if one is asked for."""
    try:
        with path.open("rb") as file:
            version, count = struct.unpack(">LH", file.read(12)[:6])
            tables = {tag: (at, length) for tag, _sum, at, length in ENTRY.iter_unpack(file.read(ENTRY.size * count))}
            file.seek(tables[b"OS/2"][0])
            (found,) = struct.unpack(">4xH", file.read(6))
        size = path.stat().st_size
    except (OSError, struct.error, KeyError):
        return False
    whole = len(tables) == count and all(at + length <= size for at, length in tables.values())
    is_static = version == TRUETYPE and b"glyf" in tables and b"fvar" not in tables
    return whole and is_static and weight in {None, found}
