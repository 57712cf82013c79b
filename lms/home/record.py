"""One's own record as a document: A4 pages of tables, with header, page numbers and the moment of export."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reportlab.pdfgen.canvas import Canvas

from lms import pdf
from lms.web.slots import RecordSection

A4 = (595.27, 841.89)
LEFT, RIGHT, TOP, BOTTOM = 48.0, 48.0, 72.0, 56.0  # points
ROOM = A4[0] - LEFT - RIGHT
CELL_PAD = 4.0
TITLE = pdf.Type(pdf.BOLD, 17)
HEAD = pdf.Type(pdf.BOLD, 11.5, pdf.BRAND_INK)
LABEL = pdf.Type(pdf.BOLD, 8.5, pdf.INK_2)
CELL = pdf.Type(pdf.SANS, 8.5)
SMALL = pdf.Type(pdf.SANS, 8, pdf.INK_3)

Stroke = Callable[[Canvas], None]


@dataclass(frozen=True)
class Facts:
    """What the document says above its tables."""

    title: str
    who: str
    organisation: str
    stamp: str
    page_words: str  # with {n} and {total}
    nothing: str
    missing_words: str  # with {signs}


@dataclass
class _Pages:
    """Pages being laid out; drawn at the end, when their number is known."""

    missing: dict[str, None] = field(default_factory=dict)
    pages: list[list[Stroke]] = field(default_factory=list)
    y: float = 0.0

    def turn(self) -> None:
        self.pages.append([])
        self.y = A4[1] - TOP

    def need(self, height: float) -> bool:
        """Turn the page where so much does not fit; True when turned."""
        if self.pages and self.y - height >= BOTTOM:
            return False
        self.turn()
        return True

    def legible(self, text: str) -> str:
        """The text with a mark for each character that no face can draw."""
        told, lacking = pdf.legible(text)
        self.missing.update(dict.fromkeys(lacking))
        return told

    def text(self, x: float, text: str, look: pdf.Type) -> None:
        y, words = self.y, self.legible(text)
        self.pages[-1].append(lambda canvas: pdf.draw(canvas, x, y, words, look))

    def line(self, y: float, weight: float = 0.5) -> None:
        def stroke(canvas: Canvas) -> None:
            canvas.setStrokeColor(pdf.INK_3)
            canvas.setLineWidth(weight)
            canvas.line(LEFT, y, A4[0] - RIGHT, y)

        self.pages[-1].append(stroke)


def render(facts: Facts, sections: Sequence[RecordSection]) -> bytes:
    """The PDF; the same facts and sections give the same bytes."""
    pages = _Pages()
    pages.turn()
    pages.text(LEFT, facts.title, TITLE)
    pages.y -= 20
    pages.text(LEFT, facts.who, CELL)
    pages.y -= 13
    pages.text(LEFT, facts.stamp, SMALL)
    pages.y -= 24
    for section in sections:
        _section(pages, section, facts.nothing)
    if pages.missing:
        pages.need(20)
        pages.text(LEFT, facts.missing_words.format(signs=pdf.code_points(pages.missing)), SMALL)
    document = pdf.Document(A4, title=facts.title, author=facts.organisation, subject=facts.who)
    for number, strokes in enumerate(pages.pages, start=1):
        canvas = document.canvas
        pdf.draw(canvas, LEFT, A4[1] - 40, pages.legible(facts.organisation), SMALL)
        pdf.draw(canvas, A4[0] - RIGHT, A4[1] - 40, pages.legible(facts.title), SMALL, align=1)
        for stroke in strokes:
            stroke(canvas)
        pdf.draw(canvas, LEFT, 32, pages.legible(facts.stamp), SMALL)
        page = facts.page_words.format(n=number, total=len(pages.pages))
        pdf.draw(canvas, A4[0] - RIGHT, 32, page, SMALL, align=1)
        canvas.showPage()
    return document.finish()


def _section(pages: _Pages, section: RecordSection, nothing: str) -> None:
    pages.need(64)
    pages.text(LEFT, section.title, HEAD)
    pages.y -= 8
    pages.line(pages.y, 1)
    pages.y -= 12
    for line in pdf.wrap(pages.legible(section.note), SMALL, ROOM):
        pages.text(LEFT, line, SMALL)
        pages.y -= 12
    if not section.rows:
        pages.text(LEFT, nothing, SMALL)
        pages.y -= 28
        return
    shares = section.widths or (1.0,) * len(section.columns)
    widths = [ROOM * share / sum(shares) for share in shares]
    _row(pages, section.columns, widths, LABEL)
    for row in section.rows:
        height = max(len(lines) for lines in _cells(pages, row, widths, CELL)) * CELL.size * pdf.LEADING + CELL_PAD
        if pages.need(height + 4):
            _row(pages, section.columns, widths, LABEL)
        _row(pages, row, widths, CELL)
    pages.y -= 20


def _cells(pages: _Pages, row: Sequence[str], widths: Sequence[float], look: pdf.Type) -> list[list[str]]:
    return [
        pdf.wrap(pages.legible(cell), look, width - CELL_PAD) or [""] for cell, width in zip(row, widths, strict=True)
    ]


def _row(pages: _Pages, row: Sequence[str], widths: Sequence[float], look: pdf.Type) -> None:
    cells = _cells(pages, row, widths, look)
    step = look.size * pdf.LEADING
    top = pages.y
    for number in range(max(len(lines) for lines in cells)):
        pages.y = top - number * step
        x = LEFT
        for lines, width in zip(cells, widths, strict=True):
            if number < len(lines):
                pages.text(x, lines[number], look)
            x += width
    pages.y -= CELL_PAD
    pages.line(pages.y, 0.3)
    pages.y -= step
