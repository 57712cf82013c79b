"""The page of a certificate: A4 landscape, the same facts give the same bytes, every text fits and none is cut."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from certificates.awards import ornament
from lms import pdf
from lms.errors import Refused
from lms.pdf import BOLD, BRAND_INK, INK, INK_2, INK_3, SANS, SERIF, Type

PAGE: tuple[float, float] = landscape(A4)
CENTRE = PAGE[0] / 2
LEFT, RIGHT = 84.0, PAGE[0] - 84.0
ROOM = RIGHT - LEFT

ORGANISATION = Type(SERIF, 14, INK_2, tracking=2.2)
TITLE = Type(SERIF, 44, BRAND_INK, tracking=15, stroke=0.9)
NAME = Type(SERIF, 38, INK, stroke=0.5)
STATEMENT = Type(SERIF, 17, INK, tracking=1)
EMPHASIS = Type(SERIF, 17, BRAND_INK, tracking=1, stroke=0.45)
LABEL = Type(SANS, 8.5, INK_3, tracking=0.5)
VALUE = Type(BOLD, 13, INK)
COURSE = Type(SANS, 10, INK_2)
CODE = Type(BOLD, 12, INK)
SMALL = Type(SANS, 7.5, INK_3)
SIGNATURE = Type(SERIF, 13, INK, tracking=0.6)
DAY = Type(SERIF, 12.5, INK, tracking=1.2)
DEPARTMENT = Type(SERIF, 12, INK)

TOP, MIDDLE_TOP, MIDDLE_BOTTOM, BOTTOM = 537.0, 412.0, 160.0, 62.0
FACTS_HEIGHT = 46.0
QR_SIDE = 80.0
MOST_COURSES = 8
DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True)
class CourseLine:
    """A course on the certificate: its title and the label of its version as completed."""

    title: str
    version: str


@dataclass(frozen=True)
class CertificateFacts:
    """Everything printed on a certificate, as of the day it is issued. score of 100, hours in class hours."""

    title: str
    organisation: str
    holder_name: str
    statement: str
    post_title: str
    courses: tuple[CourseLine, ...]
    score: Decimal | None
    hours: Decimal | None
    number: str
    issued_on: date
    valid_until: date | None
    endorsing_department: str
    endorser_name: str
    verify_url: str
    verify_code: str


def missing_glyphs(facts: CertificateFacts) -> list[str]:
    """The characters of the facts that no face can draw; a certificate with one of them is not printed."""
    texts = [value for value in vars(facts).values() if isinstance(value, str)]
    texts += [text for course in facts.courses for text in (course.title, course.version)]
    return pdf.missing_glyphs("".join(texts))


def render(facts: CertificateFacts) -> bytes:
    """The certificate as PDF; refused when a character has no face, so that no name is printed with a gap."""
    if missing := missing_glyphs(facts):
        raise Refused(
            "证书上的「{signs}」现有字体里没有，证书暂缓生成，成绩和学时都已记录。请管理员添加含有这些字的字体。",
            signs="".join(missing),
        )
    document = pdf.Document(
        PAGE,
        title=f"{facts.title} {facts.number}",
        author=facts.organisation,
        subject=facts.holder_name,
        day=facts.issued_on,
    )
    canvas = document.canvas
    ornament.wave(canvas, ornament.INNER + 1, 322, PAGE[0] - 2 * ornament.INNER - 2, 74)
    ornament.border(canvas, PAGE)
    _head(canvas, facts)
    _middle(canvas, facts)
    _foot(canvas, facts)
    return document.finish()


def _head(canvas: Canvas, facts: CertificateFacts) -> None:
    ornament.mark(canvas, CENTRE, TOP - 12, 26)
    _centred(canvas, TOP - 46, facts.organisation, ORGANISATION, ROOM)
    _centred(canvas, TOP - 104, facts.title, TITLE, ROOM)
    ornament.rule(canvas, CENTRE, TOP - 126, 300)


def _middle(canvas: Canvas, facts: CertificateFacts) -> None:
    """Name, statement, facts and courses, with the height left over shared out between them."""
    look, lines = pdf.fit_box(facts.statement, STATEMENT, ROOM - 20, 52)
    courses = _course_texts(facts)
    heights = [34.0, len(lines) * look.size * pdf.LEADING, FACTS_HEIGHT]
    if courses:
        heights.append(_courses_height(courses))
    gap = (MIDDLE_TOP - MIDDLE_BOTTOM - sum(heights)) / (len(heights) + 0.7)
    y = MIDDLE_TOP - gap * 1.2
    _name(canvas, y - 31, facts.holder_name)
    y -= heights[0] + gap
    _statement(canvas, y, look, lines, facts)
    y -= heights[1] + gap
    _facts(canvas, y, facts)
    y -= heights[2] + gap * 0.6
    if courses:
        _courses(canvas, y, courses)


def _centred(canvas: Canvas, y: float, text: str, look: Type, room: float) -> None:
    pdf.draw(canvas, CENTRE, y, text, pdf.fit(text, look, room), align=0.5)


def _name(canvas: Canvas, y: float, name: str) -> None:
    """Short Chinese names are set wide, as on a printed certificate; longer ones and Latin ones as they come."""
    chinese = all(ord(sign) > 0x2E7F for sign in name)
    spread = {2: 22.0, 3: 9.0, 4: 6.0}.get(len(name), 2.0) if chinese else 0.0
    _centred(canvas, y, name, Type(NAME.face, NAME.size, NAME.colour, spread, NAME.stroke), ROOM - 40)


def _statement(canvas: Canvas, top: float, look: Type, lines: list[str], facts: CertificateFacts) -> None:
    """The statement, centred; the post in it stands out."""
    strong = EMPHASIS.sized(look.size)
    y = top + look.size * 0.3
    for line in lines:
        y -= look.size * pdf.LEADING
        # A line that ends in 。 or ， looks off the middle: half of that character is empty.
        hanging = look.size / 4 if line[-1] in "。，；" else 0
        x = CENTRE - pdf.width(line, look) / 2 + hanging
        before, post, after = line.partition(facts.post_title) if facts.post_title else (line, "", "")
        for part, style in ((before, look), (post, strong), (after, look)):
            if part:
                pdf.draw(canvas, x, y, part, style)
                x += pdf.width(part, style) + style.tracking


def _facts(canvas: Canvas, top: float, facts: CertificateFacts) -> None:
    """A row of labelled values between two fine rules."""
    cells = [("岗位", facts.post_title)] if facts.post_title else []
    if facts.score is not None:
        cells.append(("成绩", f"{_plain(facts.score)} 分"))
    if facts.hours is not None:
        cells.append(("学时", f"{_plain(facts.hours)} 学时"))
    cells.append(("发证日期", _day(facts.issued_on)))
    cells.append(("有效期至", _day(facts.valid_until)) if facts.valid_until else ("有效期", "长期有效"))
    canvas.setFillColor(ornament.PLATE)
    canvas.setStrokeColor(ornament.HAIRLINE)
    canvas.setLineWidth(0.6)
    canvas.rect(LEFT, top - FACTS_HEIGHT, ROOM, FACTS_HEIGHT, stroke=0, fill=1)
    canvas.lines([(LEFT, top, RIGHT, top), (LEFT, top - FACTS_HEIGHT, RIGHT, top - FACTS_HEIGHT)])
    x = LEFT
    for (label, value), wide in zip(cells, _shares([value for _, value in cells]), strict=True):
        if x > LEFT:
            canvas.line(x, top - 12, x, top - FACTS_HEIGHT + 12)
        pdf.draw(canvas, x + wide / 2, top - 17, label, LABEL, align=0.5)
        pdf.draw(canvas, x + wide / 2, top - 35, value, pdf.fit(value, VALUE, wide - 16), align=0.5)
        x += wide


def _shares(values: list[str]) -> list[float]:
    """Widths of the cells, together the room: what each value takes and an equal part of the rest."""
    taken = [min(pdf.width(value, VALUE), ROOM / 3) for value in values]
    rest = (ROOM - sum(taken)) / len(values)
    return [width + rest for width in taken]


def _course_texts(facts: CertificateFacts) -> list[str]:
    texts = [f"《{course.title}》{course.version}" for course in facts.courses]
    if len(texts) > MOST_COURSES:
        return [*texts[: MOST_COURSES - 1], f"　等 {len(texts)} 门课程"]
    return texts


def _courses_height(courses: list[str]) -> float:
    return 15.0 * (1 if len(courses) == 1 else -(-len(courses) // 2))


def _courses(canvas: Canvas, top: float, courses: list[str]) -> None:
    """One course in the middle, several in two columns with a small bar each."""
    if len(courses) == 1:
        _centred(canvas, top - 11, courses[0], COURSE, ROOM)
        return
    step = ROOM / 2
    for n, text in enumerate(courses):
        x, y = LEFT + (n % 2) * step, top - 11 - (n // 2) * 15
        canvas.setFillColor(pdf.BRAND)
        canvas.rect(x, y - 1, 1.6, 8.6, stroke=0, fill=1)
        pdf.draw(canvas, x + 3, y, text, pdf.fit(text, COURSE, step - 18))


def _foot(canvas: Canvas, facts: CertificateFacts) -> None:
    """Left the code and the numbers, in the middle who recognises it, right who issues it, with room for a seal."""
    ornament.qr_code(canvas, LEFT, BOTTOM + 4, QR_SIDE, facts.verify_url)
    x = LEFT + QR_SIDE + 14
    room = 170.0
    codes = [("证书编号", facts.number)]
    if facts.verify_code != facts.number:
        codes.append(("校验码", facts.verify_code))
    y = BOTTOM + 4 + QR_SIDE - 8 - (2 - len(codes)) * 8
    for label, value in codes:
        pdf.draw(canvas, x, y, label, LABEL)
        pdf.draw(canvas, x, y - 15, value, pdf.fit(value, CODE, room))
        y -= 33
    pdf.draw(canvas, x, y + 2, "扫码核验，或访问", SMALL)
    look, lines = pdf.fit_box(facts.verify_url, SMALL, room, 24)
    for line in lines:
        y -= look.size * pdf.LEADING
        pdf.draw(canvas, x, y + 2, line, look)
    if facts.endorsing_department or facts.endorser_name:
        _endorsement(canvas, LEFT + 282, facts)
    _signature(canvas, RIGHT - 105, facts)


def _endorsement(canvas: Canvas, x: float, facts: CertificateFacts) -> None:
    y = BOTTOM + 4 + QR_SIDE - 8
    if facts.endorsing_department:
        pdf.draw(canvas, x, y, "认可部门", LABEL)
        look, lines = pdf.fit_box(facts.endorsing_department, DEPARTMENT, 160, 36)
        y -= 16
        for line in lines:
            pdf.draw(canvas, x, y, line, look)
            y -= look.size * pdf.LEADING
        y -= 4
    if facts.endorser_name:
        pdf.draw(canvas, x, y, "认可人", LABEL)
        pdf.draw(canvas, x, y - 16, facts.endorser_name, pdf.fit(facts.endorser_name, DEPARTMENT, 160))


def _signature(canvas: Canvas, x: float, facts: CertificateFacts) -> None:
    """Who issues and when, with room round it for a seal of 42 mm."""
    look, lines = pdf.fit_box(facts.organisation, SIGNATURE, 200, 40)
    y = BOTTOM + 34 + (len(lines) - 1) * look.size * pdf.LEADING
    for line in lines:
        pdf.draw(canvas, x, y, line, look, align=0.5)
        y -= look.size * pdf.LEADING
    pdf.draw(canvas, x, BOTTOM + 10, chinese_day(facts.issued_on), DAY, align=0.5)


def _plain(number: Decimal) -> str:
    """86.0 as 86, 86.50 as 86.5."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def chinese_day(day: date) -> str:
    """二〇二六年十一月二十四日: the day as a formal document writes it, GB/T 15835-2011 §4.3."""
    year = "".join(DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_below_hundred(day.month)}月{_below_hundred(day.day)}日"


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{DIGITS[tens]}十")
    return head + (DIGITS[ones] if ones else "")
