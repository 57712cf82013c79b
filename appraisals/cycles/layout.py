"""The 考核登记表 of one person and the summary of a cycle as PDF: ruled boxes, long text flows over pages, nothing is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from appraisals.cycles.formfacts import FormFacts, Opinion
from lms import pdf
from lms.pdf import BOLD, INK, INK_2, INK_3, LEADING, SANS, SERIF, Type

MARGIN = 56.0
TITLE = Type(SERIF, 20, INK, tracking=3, stroke=0.4)
ORGANISATION = Type(SERIF, 11, INK_2)
LABEL = Type(BOLD, 9.5, INK)
TEXT = Type(SANS, 10, INK)
SMALL = Type(SANS, 8, INK_3)
ROW = 25.0
PAD = 7.0
LABEL_WIDTH = 66.0
GAP = 9.0
KEPT_TOGETHER = 200.0  # a box no higher than this goes to the next page whole
DISAGREES, AGREES = "不同意", "同意"


def day_words(day: date) -> str:
    """2026 年 1 月 5 日."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


@dataclass(frozen=True)
class Box:
    """A labelled box with flowing text and what stands at its foot, right-aligned (who, when)."""

    label: str
    lines: tuple[str, ...]
    foot: tuple[str, ...] = ()
    least: float = 84.0


class Pages:
    """A document with a running height; a new page begins where a box does not fit."""

    def __init__(self, facts: FormFacts, size: tuple[float, float], title: str) -> None:
        self.size = size
        self.left, self.right = MARGIN, size[0] - MARGIN
        self.document = pdf.Document(
            size, title=f"{title} {facts.name}", author=facts.organisation, subject=facts.name, day=facts.period_to
        )
        self.foot = f"{facts.title}　{facts.name}　{facts.staff_number}"
        self.number = 1
        self.y = size[1] - MARGIN

    @property
    def canvas(self) -> Canvas:
        return self.document.canvas

    @property
    def room(self) -> float:
        return self.y - MARGIN - 14

    def close(self) -> None:
        """Number the page at its foot."""
        pdf.draw(self.canvas, self.left, MARGIN - 18, self.foot, SMALL)
        pdf.draw(self.canvas, self.right, MARGIN - 18, f"第 {self.number} 页", SMALL, align=1)

    def turn(self) -> None:
        """Go on to the next page."""
        self.close()
        self.canvas.showPage()
        self.number += 1
        self.y = self.size[1] - MARGIN

    def finish(self) -> bytes:
        self.close()
        return self.document.finish()


def render_form(facts: FormFacts, *, is_annual: bool) -> tuple[bytes, int]:
    """The form as PDF and how many pages it has; the same facts give the same bytes. A character that no font has is
    marked, to be written in by hand.
    """
    facts, lacking = pdf.legible(facts)
    title = "年度考核登记表" if is_annual else "平时考核登记表"
    pages = Pages(facts, A4, title)
    pdf.draw(pages.canvas, A4[0] / 2, pages.y - 8, facts.organisation, ORGANISATION, align=0.5)
    pdf.draw(pages.canvas, A4[0] / 2, pages.y - 36, title, TITLE, align=0.5)
    span = f"{facts.title}（{day_words(facts.period_from)}至{day_words(facts.period_to)}）"
    pdf.draw(pages.canvas, A4[0] / 2, pages.y - 54, span, pdf.fit(span, SMALL, pages.right - pages.left), align=0.5)
    pages.y -= 66
    for row in _basics(facts):
        _cells(pages, row)
    scores = [*facts.dimensions, ("总分", facts.total)]
    _cells(pages, [(label, value) for label, value in scores], narrow=True)
    for box in _boxes(facts):
        _box(pages, box)
    notes = [f"证据指纹 {facts.evidence_digest[:24] or '—'}　签批名单指纹 {facts.list_digest[:24] or '—'}"]
    notes += [_lacking_words(lacking)] if lacking else []
    if pages.room < 12 * (len(notes) - 1):  # one line always stands above the foot
        pages.turn()
    for n, note in enumerate(notes):
        pdf.draw(pages.canvas, pages.left, pages.y - 12 * (n + 1), note, SMALL)
    return pages.finish(), pages.number


def _lacking_words(signs: Sequence[str]) -> str:
    return f"{pdf.STAND_IN} 处的字现有字体没有，请手写补上：{pdf.code_points(signs)}"


def _basics(facts: FormFacts) -> list[list[tuple[str, str]]]:
    return [
        [("姓名", facts.name), ("工号", facts.staff_number), ("用工性质", facts.form)],
        [("部门", facts.unit), ("岗位", facts.post), ("入职日期", day_words(facts.joined_on))],
        [("用人单位", facts.employer)],
    ]


def _boxes(facts: FormFacts) -> list[Box]:
    """The boxes below the basic data, in the order of the usual form."""
    organ = facts.organ_opinion
    verdict = [f"考核等次：{facts.grade}"] if facts.grade else []
    if facts.ungraded:
        verdict = [f"不定等次：{facts.ungraded}"]
    if organ is not None and organ.text:
        verdict.append(f"理由：{organ.text}")
    signature = facts.signature
    word = {True: AGREES, False: DISAGREES, None: "未签"}[facts.agrees] if signature else ""
    own = [f"本人{word}考核结果。" if facts.agrees is not None else "本人未签署，情况如下。"] if signature else []
    return [
        Box("个人总结", _lines(facts.summary) or ("（没有提交个人总结）",), least=230),
        Box(
            "主管领导评语和考核等次建议",
            tuple(line for one in facts.opinions for line in (*_lines(one.text), _by(one))) or ("",),
        ),
        Box("机关负责人或者考核委员会（用人单位）意见", tuple(verdict) or ("",), (_by(organ),) if organ else ()),
        Box(
            "本人意见",
            (*own, *(_lines(signature.text) if signature else ())) or ("",),
            (f"签名：{signature.who}　{day_words(signature.on)}",) if signature else ("签名：　　　　　　年　月　日",),
        ),
        Box("复核、申诉情况", tuple(line for one in facts.remedies for line in (*_lines(one.text), _by(one))) or ("无",),
            least=60),
    ]  # fmt: skip


def _by(one: Opinion) -> str:
    return f"{one.who}　{day_words(one.on)}"


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def _cells(pages: Pages, cells: Sequence[tuple[str, str]], *, narrow: bool = False) -> None:
    """A row of label and value pairs, equally wide, shrunk to fit in one line."""
    width = (pages.right - pages.left) / len(cells)
    label_width = 34.0 if narrow else LABEL_WIDTH
    pages.y -= ROW
    canvas = pages.canvas
    canvas.setStrokeColor(INK_2)
    canvas.setLineWidth(0.6)
    for n, (label, value) in enumerate(cells):
        x = pages.left + n * width
        canvas.rect(x, pages.y, label_width, ROW)
        canvas.rect(x + label_width, pages.y, width - label_width, ROW)
        look = pdf.fit(label, LABEL, label_width - 6)
        pdf.draw(canvas, x + label_width / 2, pages.y + 8.5, label, look, align=0.5)
        room = width - label_width - 2 * 4
        pdf.draw(canvas, x + label_width + 4, pages.y + 8.5, value, pdf.fit(value or " ", TEXT, room))


def _box(pages: Pages, box: Box) -> None:
    """A box whose text goes on over as many pages as it needs, each part with its own frame and label."""
    room = pages.right - pages.left - LABEL_WIDTH - 2 * PAD
    lines = [
        line for text in box.lines for line in (pdf.wrap(f"　　{text}" if len(text) > 24 else text, TEXT, room) or [""])
    ]
    height = TEXT.size * LEADING
    foot = len(box.foot) * height + (GAP if box.foot else 0)
    label = box.label
    while True:
        whole = max(box.least if label == box.label else 0, len(lines) * height + foot + 2 * PAD)
        if whole <= pages.room:
            _frame(pages, label, lines, box.foot, whole)
            return
        fits = int((pages.room - 2 * PAD) // height)
        if fits < 3 or (whole <= KEPT_TOGETHER and label == box.label):
            pages.turn()
            continue
        fits = min(fits, max(1, len(lines) - 1))
        _frame(pages, label, lines[:fits], (), pages.room)
        lines, label = lines[fits:], f"{box.label}（续）"
        pages.turn()


def _frame(pages: Pages, label: str, lines: Sequence[str], foot: Sequence[str], height: float) -> None:
    canvas = pages.canvas
    canvas.setStrokeColor(INK_2)
    canvas.setLineWidth(0.6)
    bottom = pages.y - height
    canvas.rect(pages.left, bottom, LABEL_WIDTH, height)
    canvas.rect(pages.left + LABEL_WIDTH, bottom, pages.right - pages.left - LABEL_WIDTH, height)
    words = pdf.wrap(label, LABEL, LABEL_WIDTH - 14)
    top = pages.y - height / 2 + len(words) * LABEL.size * LEADING / 2
    for n, word in enumerate(words):
        pdf.draw(canvas, pages.left + LABEL_WIDTH / 2, top - (n + 0.75) * LABEL.size * LEADING, word, LABEL, align=0.5)
    step = TEXT.size * LEADING
    for n, line in enumerate(lines):
        pdf.draw(canvas, pages.left + LABEL_WIDTH + PAD, pages.y - PAD - (n + 0.75) * step, line, TEXT)
    for n, line in enumerate(reversed(foot)):
        look = pdf.fit(line, TEXT, pages.right - pages.left - LABEL_WIDTH - 2 * PAD)
        pdf.draw(canvas, pages.right - PAD, bottom + PAD + n * step + 2, line, look, align=1)
    pages.y = bottom


@dataclass(frozen=True)
class SummaryLine:
    """One person on the summary of a cycle; figures as printed."""

    number: int
    name: str
    staff_number: str
    unit: str
    form: str
    figures: tuple[str, ...]
    total: str
    grade: str
    decider: str


@dataclass(frozen=True)
class SummaryFacts:
    """The summary of a cycle: its people in order, the pools in words, who signed."""

    organisation: str
    title: str
    stage: str
    period_from: date
    period_to: date
    printed_on: date
    pools: tuple[str, ...]
    lines: tuple[SummaryLine, ...]
    signatures: tuple[str, ...]
    digest: str


COLUMNS: tuple[tuple[str, float, float], ...] = (  # heading, width in points, alignment
    ("序号", 30, 0.5), ("姓名", 76, 0), ("工号", 52, 0), ("部门", 96, 0), ("用工性质", 60, 0), ("德", 42, 1), ("能", 42, 1),
    ("勤", 42, 1), ("绩", 42, 1), ("廉", 42, 1), ("总分", 46, 1), ("等次", 50, 0.5), ("决定人", 110, 0),
)  # fmt: skip
LINE = 18.0


def render_summary(facts: SummaryFacts) -> bytes:
    """The summary of a cycle, A4 landscape, head of the table on each page, signature block at the end. A character that
    no font has is marked, and one person's name keeps nobody from the list.
    """
    facts, lacking = pdf.legible(facts)
    size: tuple[float, float] = landscape(A4)
    left = (size[0] - sum(width for _, width, _ in COLUMNS)) / 2
    right, bottom = size[0] - left, 44.0
    document = pdf.Document(size, title=f"{facts.title}汇总表", author=facts.organisation, day=facts.printed_on)
    canvas, number = document.canvas, 1
    y = size[1] - 44
    pdf.draw(canvas, size[0] / 2, y - 10, f"{facts.title}汇总表", TITLE.sized(17), align=0.5)
    span = f"{facts.organisation}　{day_words(facts.period_from)}至{day_words(facts.period_to)}　{facts.stage}"
    pdf.draw(canvas, size[0] / 2, y - 28, span, SMALL, align=0.5)
    y -= 38
    for words in facts.pools:
        for line in pdf.wrap(words, SMALL, right - left):
            pdf.draw(canvas, left, y - 8, line, SMALL)
            y -= 12
    y = _head(canvas, left, y - 4)

    def turn() -> float:
        nonlocal number
        _tail(canvas, left, right, facts, number)
        canvas.showPage()
        number += 1
        return _head(canvas, left, size[1] - 40)

    for one in facts.lines:
        if y - LINE < bottom:
            y = turn()
        cells = (str(one.number), one.name, one.staff_number, one.unit, one.form, *one.figures, one.total, one.grade,
                 one.decider)  # fmt: skip
        y -= LINE
        x = left
        for (_, width, align), value in zip(COLUMNS, cells, strict=True):
            look = pdf.fit(value or " ", TEXT.sized(8.5), width - 6)
            pdf.draw(canvas, x + 3 + (width - 6) * align, y + 5.5, value, look, align=align)
            x += width
        canvas.setLineWidth(0.3)
        canvas.line(left, y, right, y)
    if y - 84 < bottom:
        y = turn()
    y -= 30
    for n, words in enumerate(("考核委员会负责人", "人事负责人", "经办人")):
        x = left + n * (right - left) / 3
        pdf.draw(canvas, x, y, f"{words}（签字）：", TEXT)
        pdf.draw(canvas, x, y - 22, "日期：　　　　年　　月　　日", TEXT)
    for n, words in enumerate((*facts.signatures, *([_lacking_words(lacking)] if lacking else []))):
        pdf.draw(canvas, left, y - 44 - 11 * n, words, SMALL)
    _tail(canvas, left, right, facts, number)
    return document.finish()


def _head(canvas: Canvas, left: float, y: float) -> float:
    """The head of the table; returns the height below it."""
    x = left
    for heading, width, align in COLUMNS:
        pdf.draw(canvas, x + 3 + (width - 6) * align, y - 12, heading, LABEL.sized(8.5), align=align)
        x += width
    canvas.setStrokeColor(INK_2)
    canvas.setLineWidth(0.8)
    canvas.line(left, y - LINE, x, y - LINE)
    return y - LINE


def _tail(canvas: Canvas, left: float, right: float, facts: SummaryFacts, number: int) -> None:
    pdf.draw(canvas, left, 26, f"名单指纹 {facts.digest[:24]}　{day_words(facts.printed_on)}打印", SMALL)
    pdf.draw(canvas, right, 26, f"第 {number} 页", SMALL, align=1)
