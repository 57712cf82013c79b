"""The certificate's drawn ornament: twisted border, rosettes, voice wave and brand mark, as vector strokes."""

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from lms import pdf

Point = tuple[float, float]

OUTER, INNER = 24.0, 40.0  # distance of the frame's lines from the edge of the page, points
CORNER = 27.0  # side of the block in each corner
TILE = 72.0  # about the length of one drawn run of the border; stretched a little so that whole runs fill a side
TURNS_PER_TILE, SWELLS_PER_TILE = 6, 3
STRAND_RISE = 4.8
PAPER = HexColor("#ffffff")
PLATE = HexColor("#f3f8f9")
FAINT = HexColor("#e3eef0")
STRAND = HexColor("#4f8c9b")
HAIRLINE = HexColor("#b9cdd2")
# (left edge, top edge, height) of the five bars on a field of 32, as on the screen.
BARS = ((6.5, 13, 6), (11.1, 9.5, 13), (15.7, 6.5, 19), (20.3, 10.5, 11), (24.6, 13, 6))
BAR_WIDTH = 3.0
QR_MASK = 3  # a fixed mask saves four fifths of the time; any mask is readable
QUIET_ZONE = 2  # modules; the page round it is white


def _curve(point: Callable[[float], Point], steps: int, end: float) -> str:
    """A smooth path through point(0 … end), as Bézier segments whose handles follow the slope."""
    h = end / steps
    d = 1e-4

    def slope(t: float) -> Point:
        (x0, y0), (x1, y1) = point(t - d), point(t + d)
        return (x1 - x0) / (2 * d), (y1 - y0) / (2 * d)

    x, y = point(0)
    words = [f"{x:.2f} {y:.2f} m"]
    for step in range(1, steps + 1):
        (x0, y0), (x1, y1) = point((step - 1) * h), point(step * h)
        (u0, v0), (u1, v1) = slope((step - 1) * h), slope(step * h)
        words.append(
            f"{x0 + u0 * h / 3:.2f} {y0 + v0 * h / 3:.2f} {x1 - u1 * h / 3:.2f} {y1 - v1 * h / 3:.2f} {x1:.2f} {y1:.2f} c"
        )
    return " ".join(words)


@cache
def _tile() -> str:
    """A run of the border: four strands twisted round the middle of the band, swelling three times."""

    def strand(phase: float) -> Callable[[float], Point]:
        def at(t: float) -> Point:
            turn = 2 * math.pi / TILE
            swell = 0.62 - 0.38 * math.cos(SWELLS_PER_TILE * turn * t)
            return t, STRAND_RISE * swell * math.sin(TURNS_PER_TILE * turn * t + 2 * math.pi * phase)

        return at

    return " ".join(_curve(strand(n / 4), TURNS_PER_TILE * 6, TILE) for n in range(4)) + " S"


@cache
def _rosette(radius: float) -> str:
    """A twelve-looped closed curve, drawn without lifting the pen, round a smaller one."""

    def loops(size: float, depth: float, petals: int, rounds: int) -> str:
        def at(t: float) -> Point:
            r = radius * size * (1 - depth + depth * math.cos(petals / rounds * t))
            return r * math.cos(t), r * math.sin(t)

        return _curve(at, petals * 8, 2 * math.pi * rounds)

    return f"{loops(1, 0.3, 12, 5)} {loops(0.62, 0.42, 8, 3)} S"


@cache
def _wave(length: float, height: float) -> str:
    """A voice across the page: strands of one wave that swell and rest together, like speech on a line."""

    def envelope(u: float) -> float:
        rest = math.sin(math.pi * u)
        return rest * rest * (0.55 + 0.45 * math.cos(2 * math.pi * (u - 0.5)))

    def strand(share: float) -> Callable[[float], Point]:
        return lambda t: (
            t,
            height * share * envelope(t / length) * math.sin(2 * math.pi * (7 * t / length - 0.25) + share * 1.1),
        )

    return " ".join(_curve(strand(n / 7), 42, length) for n in range(-7, 8)) + " S"


def border(canvas: Canvas, size: Point) -> None:
    """The double frame with its twisted band and a block with a rosette in each corner."""
    pdf.frame(canvas, size, OUTER, 1.5)
    pdf.frame(canvas, size, OUTER + 2.4, 0.35)
    pdf.frame(canvas, size, INNER, 0.6)
    _form(canvas, "tile", _tile(), (-1, -8, TILE + 1, 8))
    _form(canvas, "rosette", _rosette(CORNER / 2 - 2.2), (-CORNER, -CORNER, CORNER, CORNER))
    canvas.saveState()
    canvas.setStrokeColor(STRAND)
    canvas.setLineWidth(0.32)
    middle = (OUTER + 2.4 + INNER) / 2
    across, up = size[0] - 2 * (OUTER + CORNER), size[1] - 2 * (OUTER + CORNER)
    for y in (middle, size[1] - middle):
        _band(canvas, across, f"1 0 0 1 {OUTER + CORNER:.2f} {y:.2f}")
    for x in (middle, size[0] - middle):
        _band(canvas, up, f"0 1 -1 0 {x:.2f} {OUTER + CORNER:.2f}")
    for x in (OUTER, size[0] - OUTER - CORNER):
        for y in (OUTER, size[1] - OUTER - CORNER):
            _corner(canvas, x, y)
    canvas.restoreState()


def _band(canvas: Canvas, length: float, place: str) -> None:
    """A side of the border in whole runs, from the origin the placing matrix gives."""
    count = round(length / TILE)
    step = length / count
    canvas.addLiteral(f"q {place} cm")
    for n in range(count):
        canvas.addLiteral(f"q {step / TILE:.4f} 0 0 1 {n * step:.2f} 0 cm")
        canvas.doForm("tile")
        canvas.addLiteral("Q")
    canvas.addLiteral("Q")


def _corner(canvas: Canvas, x: float, y: float) -> None:
    canvas.saveState()
    canvas.setFillColor(PAPER)
    canvas.setStrokeColor(pdf.BRAND)
    canvas.setLineWidth(1.5)
    canvas.rect(x, y, CORNER, CORNER, stroke=1, fill=1)
    canvas.setLineWidth(0.35)
    canvas.rect(x + 2.4, y + 2.4, CORNER - 4.8, CORNER - 4.8, stroke=1, fill=0)
    canvas.translate(x + CORNER / 2, y + CORNER / 2)
    canvas.doForm("rosette")
    canvas.restoreState()


def _form(canvas: Canvas, name: str, strokes: str, box: tuple[float, float, float, float]) -> None:
    """Keep strokes under a name, to be drawn many times from one copy; pen and colour are those where it is drawn."""
    maker: Any = canvas
    maker.beginForm(name, *box)
    canvas.addLiteral(strokes)
    canvas.endForm()


def wave(canvas: Canvas, x: float, y: float, length: float, height: float) -> None:
    """The voice wave, faint, with its middle line at y."""
    canvas.saveState()
    canvas.setStrokeColor(FAINT)
    canvas.setLineWidth(0.5)
    canvas.translate(x, y)
    canvas.addLiteral(_wave(length, height))
    canvas.restoreState()


def mark(canvas: Canvas, x: float, y: float, height: float) -> None:
    """The brand mark without its field: five voice bars standing round y with x in the middle, the last one warm."""
    scale = height / max(tall for _, _, tall in BARS)
    middle = (BARS[0][0] + BARS[-1][0] + BAR_WIDTH) / 2
    for number, (left, _, tall) in enumerate(BARS):
        canvas.setFillColor(pdf.WARM if number == len(BARS) - 1 else pdf.BRAND)
        canvas.roundRect(
            x + (left - middle) * scale, y - tall * scale / 2, BAR_WIDTH * scale, tall * scale,
            BAR_WIDTH * scale / 2, stroke=0, fill=1,
        )  # fmt: skip


def rule(canvas: Canvas, x: float, y: float, length: float) -> None:
    """A fine rule whose middle holds a small lozenge."""
    canvas.setStrokeColor(pdf.BRAND)
    canvas.setFillColor(pdf.WARM)
    canvas.setLineWidth(0.6)
    gap, point = 9.0, 3.2
    canvas.lines([(x - length / 2, y, x - gap, y), (x + gap, y, x + length / 2, y)])
    corners = ((x - point, y), (x, y + point), (x + point, y), (x, y - point))
    canvas.addLiteral(" ".join(f"{a:.2f} {b:.2f} {'l' if n else 'm'}" for n, (a, b) in enumerate(corners)) + " f")


def qr_code(canvas: Canvas, x: float, y: float, side: float, text: str, colour: Color = pdf.INK) -> None:
    """A QR code of that side, its lower left corner at x, y; dark runs of a row are one rectangle each."""
    rows = list(segno.make(text, error="m", mask=QR_MASK, micro=False, boost_error=False).matrix)
    scale = side / len(rows)
    # A hair taller than a module: rows that only touch show seams on screens.
    strokes = [f"{start} {len(rows) - 1 - row} {length} 1.03 re" for row, start, length in _runs(rows)]
    canvas.saveState()
    canvas.setFillColor(colour)
    canvas.addLiteral(f"{scale:.4f} 0 0 {scale:.4f} {x:.2f} {y:.2f} cm {' '.join(strokes)} f")
    canvas.restoreState()
    canvas.linkURL(text, (x, y, x + side, y + side))


def _runs(rows: Iterable[Iterable[int]]) -> Iterable[tuple[int, int, int]]:
    """(row, first column, length) of every unbroken dark run."""
    for number, row in enumerate(rows):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                yield number, start, column - start
                start = None
