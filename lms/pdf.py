"""What every PDF of ours stands on: embedded faces, the guard against blank characters, text that fits, documents."""

import io
import logging
import mmap
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from lms import fonts
from lms.errors import Refused

log = logging.getLogger(__name__)

CHECKED_REPORTLAB = "5.1.0"  # the version whose ToUnicode fault is mended below
CODES_PER_BLOCK = 100  # most lines a bfchar block may hold, PDF 32000-1 §9.10.3
LEADING = 1.45  # line height of wrapped text over letter size
SMALLEST_STEP = 0.96
STAND_IN = "〓"  # printers' mark for a character that is not at hand
T = TypeVar("T")
NOT_AT_LINE_START = frozenset("，。、；：！？）》」』】〉”’…—·,.;:!?)]}%")
NOT_AT_LINE_END = frozenset("（《「『【〈“‘([{")

SANS, BOLD, SERIF = "sans", "bold", "serif"
_RECIPES = {SANS: fonts.SANS, BOLD: fonts.SANS_BOLD, SERIF: fonts.SERIF}
EXTRA_FOLDER = "extra"

INK, INK_2, INK_3 = HexColor("#13242b"), HexColor("#3d5059"), HexColor("#586b74")
BRAND, BRAND_INK, WARM = HexColor("#0d5f73"), HexColor("#0b5567"), HexColor("#f2a25c")


def _to_unicode_map(font: str, subset: Sequence[int]) -> str:
    """The map by which text is copied and searched. ReportLab's own writes characters above U+FFFF wrongly."""
    lines = [f"<{code:02X}> <{chr(sign).encode('utf-16-be').hex().upper()}>" for code, sign in enumerate(subset)]
    blocks = [lines[start : start + CODES_PER_BLOCK] for start in range(0, len(lines), CODES_PER_BLOCK)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo",
            f"<< /Registry ({font})",
            f"/Ordering ({font})",
            "/Supplement 0",
            ">> def",
            f"/CMapName /{font} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            f"<00> <{len(subset) - 1:02X}>",
            "endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


ttfonts.makeToUnicodeCMap = _to_unicode_map  # type: ignore[assignment]
rl_config.useA85 = 0  # plain binary streams: a fifth smaller, and nothing reads these files as text


class _Faces:
    """The faces of this process: loaded once from the folder, and again only when the folder changes."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.folder: Path | None = None
        self.loaded: Path | None = None
        self.extras: tuple[str, ...] = ()

    def load(self, folder: Path) -> None:
        with self.lock:
            if self.loaded == folder:
                return
            if not fonts.is_prepared(folder):
                raise Refused("文档用的字体还没有准备好。已有的记录都在；请管理员重新启动系统，字体会自动准备。")
            for name, recipe in _RECIPES.items():
                _register(name, _Mapped(folder / recipe.file))
            self.extras = tuple(_register_extras(folder / EXTRA_FOLDER))
            _covers.cache_clear()
            _face_of.cache_clear()
            _advance.cache_clear()
            self.loaded = folder

    def need(self) -> None:
        """Load the remembered folder at first need."""
        if self.folder is None:
            raise Refused("文档用的字体文件夹还没有指定。已有的记录都在；请管理员检查系统设置。")
        if self.loaded != self.folder:
            self.load(self.folder)


_faces = _Faces()


def use(folder: Path) -> None:
    """Remember where the faces lie; they are loaded at first need (about 0.3 s, 40 MB)."""
    _faces.folder = folder.resolve()


def register(folder: Path) -> None:
    """Load the faces of the folder now, once per process; refused when they are not prepared."""
    use(folder)
    _faces.need()


class _Mapped:
    """A font file for ReportLab that stays on disk; of its 13 MB only the outlines in use are ever in memory."""

    def __init__(self, path: Path) -> None:
        self.name, self.path = str(path), path

    def read(self) -> mmap.mmap:
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Glyphs:
    """A face's table of outlines, read where it lies: ReportLab copies all of it for every document."""

    def __init__(self, data: bytes | mmap.mmap, start: int) -> None:
        self.data, self.start = data, start

    def __getitem__(self, part: slice) -> bytes:
        return self.data[self.start + part.start : self.start + part.stop]


def _register(name: str, file: str | _Mapped) -> None:
    font = ttfonts.TTFont(name, file, asciiReadable=False, shapable=False)  # type: ignore[arg-type]
    face: Any = font.face
    face.glyphToChar = {}  # five megabytes for shaping alone, which is off
    table, glyphs = face.get_table, _Glyphs(face._ttf_data, face.get_table_pos("glyf")[0])  # noqa: SLF001
    face.get_table = lambda tag: glyphs if tag == "glyf" else table(tag)
    pdfmetrics.registerFont(font)


def _register_extras(folder: Path) -> Iterator[str]:
    """Faces the customer added for rare characters, in the order of their names; unusable ones are left out."""
    for path in sorted(folder.glob("*.ttf")):
        name = f"extra-{path.stem}"
        if not fonts.is_sound(path):
            log.warning("font %s is not used: it has no static TrueType outlines", path)
            continue
        try:
            _register(name, str(path))  # read whole: the customer may replace it at any time
        except (ttfonts.TTFError, OSError, ValueError, KeyError) as error:
            log.warning("font %s is not used: %s", path, error)
            continue
        yield name


def faces(first: str = SANS) -> tuple[str, ...]:
    """The order in which a character is looked for: the wanted face, our others, then the customer's."""
    _faces.need()
    return tuple(dict.fromkeys((first, SANS, SERIF, *_faces.extras)))


@lru_cache(maxsize=8192)
def _covers(face: str, character: str) -> bool:
    """The face draws something for the character: some fonts list characters whose glyph is empty."""
    outlines: Any = pdfmetrics.getFont(face).face  # type: ignore[attr-defined]
    glyph = outlines.charToGlyph.get(ord(character), 0)
    return bool(glyph) and bool(outlines.glyphPos[glyph + 1] > outlines.glyphPos[glyph])


def missing_glyphs(text: str) -> list[str]:
    """The characters no face can draw, each once, in order. Spaces need no glyph."""
    order = faces()
    return [
        sign for sign in dict.fromkeys(text) if not sign.isspace() and not any(_covers(face, sign) for face in order)
    ]


def legible(facts: T) -> tuple[T, list[str]]:
    """A text, or a tuple or dataclass of such, with 〓 for each character that no face can draw; and these, each once."""
    lacking: dict[str, None] = {}

    def told(value: Any) -> Any:
        if isinstance(value, str):
            for sign in missing_glyphs(value):
                lacking[sign] = None
                value = value.replace(sign, STAND_IN)
            return value
        if isinstance(value, tuple):
            return tuple(told(one) for one in value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{one.name: told(getattr(value, one.name)) for one in fields(value)})
        return value

    return told(facts), list(lacking)


def code_points(signs: Iterable[str]) -> str:
    """Characters by their numbers, as U+20BB7."""
    return " ".join(f"U+{ord(sign):04X}" for sign in signs)


def text_runs(text: str, order: Sequence[str]) -> list[tuple[str, str]]:
    """The text cut into (face, part): each character in the first face that has it; refused where none has."""
    runs: list[tuple[str, str]] = []
    for sign in text:
        if sign.isspace():
            runs.append((runs[-1][0] if runs else order[0], " "))
            continue
        face = _face_of(sign, tuple(order))
        if face is None:
            signs = "".join(missing_glyphs(text)) or sign
            raise Refused("现有字体里没有「{signs}」，文档没有生成。请把含有这些字的字体交给管理员。", signs=signs)
        runs.append((face, sign))
    return [(face, "".join(part for _, part in group)) for face, group in groupby(runs, key=lambda run: run[0])]


@lru_cache(maxsize=8192)
def _face_of(sign: str, order: tuple[str, ...]) -> str | None:
    return next((face for face in order if _covers(face, sign)), None)


@lru_cache(maxsize=8192)
def _advance(sign: str, order: tuple[str, ...]) -> float:
    """How far the character moves the pen, at a size of one point."""
    face, part = text_runs(sign, order)[0]
    return float(pdfmetrics.stringWidth(part, face, 1))


@dataclass(frozen=True)
class Type:
    """How text looks: first face, letter size, extra space between letters and emboldening stroke, in points."""

    face: str = SANS
    size: float = 10
    colour: Color = INK
    tracking: float = 0
    stroke: float = 0

    def sized(self, size: float) -> "Type":
        """The same at another size; spacing and stroke keep their proportion."""
        ratio = size / self.size
        return replace(self, size=size, tracking=self.tracking * ratio, stroke=self.stroke * ratio)


def width(text: str, look: Type) -> float:
    """Width of the text in points, without the space after its last letter."""
    order = faces(look.face)
    return look.size * sum(_advance(sign, order) for sign in text) + look.tracking * max(len(text) - 1, 0)


def fit(text: str, look: Type, room: float) -> Type:
    """The same look, made just small enough that the text stands in one line of that width."""
    taken = width(text, look)
    return look if taken <= room else look.sized(look.size * room / taken)


def wrap(text: str, look: Type, room: float) -> list[str]:
    """Lines no wider than the room: Chinese breaks between characters but not before 。 or after （, Latin at spaces."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and width((line + piece).rstrip(), look) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
        while len(line) > 1 and width(line.rstrip(), look) > room:
            cut = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or width(line[:n], look) <= room)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces between which a line may break."""
    piece = ""
    for sign in text:
        if piece and _may_break(piece[-1], sign):
            yield piece
            piece = ""
        piece += sign
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after in NOT_AT_LINE_START or before in NOT_AT_LINE_END or after.isspace():
        return False
    return before.isspace() or ord(before) > 0x2E7F or ord(after) > 0x2E7F


def fit_box(text: str, look: Type, room: float, height: float) -> tuple[Type, list[str]]:
    """The largest size not above the wanted one at which the wrapped text stands in the box, and its lines."""
    while True:
        lines = wrap(text, look, room)
        # A word longer than the room is cut only when smaller letters do not help either.
        whole = all(width(piece.strip(), look) <= room for piece in _pieces(text)) or look.size < 6
        if (whole and len(lines) * look.size * LEADING <= height + 0.01) or look.size < 1:
            return look, lines
        look = look.sized(look.size * SMALLEST_STEP)


def draw(canvas: Canvas, x: float, y: float, text: str, look: Type, align: float = 0) -> None:
    """Set the text with its baseline at y; x is its left edge (align 0), middle (0.5) or right edge (1)."""
    if not text:
        return
    if align:
        x -= width(text, look) * align
    line: Any = canvas.beginText(x, y)
    line.setFillColor(look.colour)
    if look.tracking:
        line.setCharSpace(look.tracking)
    if look.stroke:
        line.setStrokeColor(look.colour)
        line.setTextRenderMode(2)
        canvas.setLineWidth(look.stroke)
    for face, part in text_runs(text, faces(look.face)):
        line.setFont(face, look.size)
        line.textOut(part)
    if look.tracking:
        line.setCharSpace(0)
    if look.stroke:
        line.setTextRenderMode(0)
    # Letters set apart would be copied with spaces between them; the mark says what the text really is.
    spoken = text.encode("utf-16-be").hex().upper()
    canvas.addLiteral(f"/Span <</ActualText <FEFF{spoken}>>> BDC")
    canvas.drawText(line)
    canvas.addLiteral("EMC")


class Document:
    """A PDF being drawn: the same strokes give the same bytes, and nothing in it is left to the reader's fonts."""

    def __init__(
        self, size: tuple[float, float], *, title: str, author: str, subject: str = "", day: date | None = None
    ) -> None:
        _faces.need()
        self._buffer = io.BytesIO()
        embedded: Any = SANS  # else every file names Helvetica without holding it
        self.canvas = Canvas(
            self._buffer, pagesize=size, pageCompression=1, invariant=1, initialFontName=embedded, lang="zh-CN"
        )
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setSubject(subject)
        self.canvas.setCreator("热线学堂")
        self.canvas.setProducer("热线学堂")
        more: Any = self.canvas
        more.setViewerPreference("DisplayDocTitle", "true")
        if day is not None:
            more.setDateFormatter(lambda *_: f"D:{day:%Y%m%d}")

    def finish(self) -> bytes:
        """Close the document and return its bytes."""
        self.canvas.save()
        return self._buffer.getvalue()


def frame(canvas: Canvas, size: tuple[float, float], inset: float, line: float, colour: Color = BRAND) -> None:
    """A line round the page, that far from its edge, in points."""
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(line)
    canvas.rect(inset, inset, size[0] - 2 * inset, size[1] - 2 * inset, stroke=1, fill=0)
