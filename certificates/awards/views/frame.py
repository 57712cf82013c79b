"""What the pages of certificates share: the blueprint, who may see, the face of a certificate, its QR code."""

from dataclasses import dataclass
from datetime import date

import segno
from flask import Blueprint, g, request, url_for
from markupsafe import Markup, escape

from certificates.awards import facts, queries
from certificates.awards.models import Award
from certificates.awards.queries import AwardRow
from lms import clock
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.web import guards
from lms.web.guards import Reach
from lms.web.links import Target

bp = Blueprint("certificates", "certificates", template_folder="templates")
READERS = ("hr", "line_leader")
QR_MASK = 3  # a fixed mask saves four fifths of the time; any mask is readable
QR_BORDER = 2  # modules; the white plate round it adds the rest of the quiet zone
INK = "#13242b"


@dataclass(frozen=True)
class Face:
    """A certificate as drawn on a page."""

    organisation: str
    title: str
    name: str
    text: Markup
    number: str
    issued_on: str
    valid_until: str
    issuer: str
    qr: Markup | None
    is_off: bool


def qr_code(text: str) -> Markup:
    """A QR code as inline SVG."""
    code = segno.make(text, error="m", mask=QR_MASK, micro=False, boost_error=False)
    return Markup(code.svg_inline(border=QR_BORDER, omitsize=True, dark=INK))  # noqa: S704 - segno's own drawing


def face(row: AwardRow, *, with_qr: bool = True) -> Face:
    """The face of a certificate, from its frozen facts; a held one has neither number nor code."""
    award = row.award
    kept = facts.printed(award.facts)
    strong = award.facts.get("emphasis", "")
    text = escape(kept.statement)
    if strong:
        text = Markup(str(text).replace(str(escape(strong)), f"<b>{escape(strong)}</b>", 1))  # noqa: S704 - both escaped
    return Face(
        organisation=kept.organisation,
        title=kept.title,
        name=kept.holder_name,
        text=text,
        number=award.number if row.is_issued else "—",
        issued_on=_day(kept.issued_on),
        valid_until=_day(kept.valid_until) if kept.valid_until else "",
        issuer=kept.endorsing_department,
        qr=qr_code(kept.verify_url) if with_qr and row.is_issued else None,
        is_off=row.is_off or not row.is_issued,
    )


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def covers(reaches: tuple[Reach, ...], person_id: int) -> bool:
    """Whether these reaches cover the person's present spell, else the newest one."""
    if not reaches:
        return False
    if any(reach.scope == "all" for reach in reaches):
        return True
    spell = people.current_spell(person_id, clock.today()) or people.latest_spell(person_id)
    return spell is not None and people_rules.may_see(reaches, spell, below=people.units_below(reaches))


def may_see(person_id: int) -> bool:
    """The holder, HR and the leader whose reach covers the holder."""
    person = g.get("person")
    return person is not None and (person.id == person_id or covers(guards.reaches(*READERS), person_id))


def visible(number: str) -> AwardRow:
    """The award of that number, or 404 for whoever may not see it."""
    row = guards.found(queries.by_number(number, clock.today()))
    guards.allow(may_see(row.award.person_id), seen=False)
    return row


def in_reach(number: str) -> AwardRow:
    """The award of that number for the HR person whose reach covers its holder, else 404."""
    row = guards.found(queries.by_number(number, clock.today()))
    guards.allow(covers(guards.reaches("hr"), row.award.person_id), seen=False)
    return row


def own(person_id: int) -> list[AwardRow]:
    """A person's awards, read once a request however many cards show them."""
    kept: dict[int, list[AwardRow]] = request.environ.setdefault("certificates.awards", {})
    if person_id not in kept:
        kept[person_id] = queries.awards_of(person_id, clock.today())
    return kept[person_id]


def award_link(ref_id: str) -> Target | None:
    """The title of an award; its page for those who may see it."""
    row = queries.by_id(int(ref_id), clock.today()) if ref_id.isascii() and ref_id.isdigit() else None
    if row is None:
        return None
    award: Award = row.award
    href = url_for("certificates.award", number=award.number) if may_see(award.person_id) else None
    return Target(award.title, href)
