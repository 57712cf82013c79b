"""Reads exam.md and exams/*.md: front matter and instructions → an exam as written, or faults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from assessments.bank.models import QuestionType
from assessments.exams.models import MultipleRule, Review
from assessments.papers.rules import FULL_POINTS, Cell

NEEDED = ("code", "title", "courses", "minutes", "attempts", "pass_mark", "sections")
KNOWN = {
    *NEEDED, "title_en", "closes", "first_delay_hours", "later_delay_hours", "review", "multiple_rule", "certificate",
    "opens_at", "closes_at",
}  # fmt: skip
SECTION_KNOWN = {"title", "type", "count", "points", "minimum", "topics", "questions"}
WHOLE = {"minutes": (1, 600), "attempts": (1, 50), "first_delay_hours": (0, 8760), "later_delay_hours": (0, 8760)}


@dataclass(frozen=True)
class ExamDraft:
    """An exam as written."""

    code: str
    title: str
    title_en: str
    course_codes: tuple[str, ...]
    closes: str | None
    minutes: int
    attempts: int
    first_delay_hours: int
    later_delay_hours: int
    pass_mark: Decimal
    review: Review
    multiple_rule: MultipleRule
    cells: tuple[Cell, ...]
    fixed: tuple[tuple[str, ...], ...] | None
    certificate_title: str
    instructions: str


def faults(front: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, sentence) for everything wrong with the front matter."""
    for name in NEEDED:
        if front.get(name) in (None, "", []):
            yield name, f"缺少 {name}。"
    for name in sorted(set(front) - KNOWN):
        yield name, f"不认识 {name}，可写的有 {'、'.join(sorted(KNOWN))}。"
    for name, (lowest, highest) in WHOLE.items():
        value = front.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest):
            yield name, f"{name} 应是 {lowest} 到 {highest} 之间的整数，现在是「{value}」。"
    yield from _choice(front, "review", [str(item) for item in Review])
    yield from _choice(front, "multiple_rule", [str(item) for item in MultipleRule])
    mark = _decimal(front.get("pass_mark"))
    if front.get("pass_mark") is not None and (mark is None or not 0 < mark <= FULL_POINTS):
        yield "pass_mark", f"pass_mark 应在 1 到 100 之间，现在是「{front['pass_mark']}」。"
    if front.get("courses") and not isinstance(front["courses"], list):
        yield "courses", "courses 应写成列表，例如 [C1, B2]。"
    if isinstance(front.get("sections"), list):
        yield from _section_faults(front["sections"])
    elif front.get("sections"):
        yield "sections", "sections 应是列表，一行一个部分。"


def _choice(front: Mapping[str, Any], name: str, allowed: list[str]) -> Iterator[tuple[str, str]]:
    if front.get(name) is not None and front[name] not in allowed:
        yield name, f"{name} 应是 {'、'.join(allowed)} 之一，现在是「{front[name]}」。"


def _section_faults(sections: list[Any]) -> Iterator[tuple[str, str]]:
    total = Decimal(0)
    for number, section in enumerate(sections, 1):
        if not isinstance(section, dict):
            yield "sections", f"第 {number} 部分应写成 {{title: …, type: …, count: …, points: …}}。"
            continue
        unknown = sorted(set(section) - SECTION_KNOWN)
        if unknown:
            yield "sections", f"第 {number} 部分不认识 {'、'.join(unknown)}。"
        if not section.get("title"):
            yield "sections", f"第 {number} 部分没有 title。"
        if section.get("type") not in {None, *(str(kind) for kind in QuestionType)}:
            yield "sections", f"第 {number} 部分的题型「{section.get('type')}」不认识，应是 {'、'.join(QuestionType)} 之一。"
        count, points = section.get("count"), _decimal(section.get("points"))
        if isinstance(count, bool) or not isinstance(count, int) or count < 1 or points is None or points <= 0:
            yield "sections", f"第 {number} 部分的 count 和 points 都应是大于 0 的数。"
            continue
        least = section.get("minimum")
        if least is not None and (_decimal(least) is None or not 0 <= Decimal(str(least)) <= count * points):
            yield "sections", f"第 {number} 部分的 minimum 应在 0 到 {count * points} 之间。"
        total += count * points
    if total != FULL_POINTS:
        yield "sections", f"各部分分值合计应为 100 分，现在是 {total.normalize():f} 分。"


def _decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def draft(front: Mapping[str, Any], body: str) -> ExamDraft:
    """The exam of a front matter without faults."""
    cells = tuple(
        Cell(
            position=number,
            title=str(section["title"]),
            type=section.get("type"),
            count=section["count"],
            points=Decimal(str(section["points"])),
            topics=tuple(section.get("topics") or ()),
            minimum=_decimal(section.get("minimum")),
        )
        for number, section in enumerate(front["sections"], 1)
    )
    listed = [tuple(str(code) for code in section.get("questions") or ()) for section in front["sections"]]
    certificate = front.get("certificate") or {}
    return ExamDraft(
        code=str(front["code"]),
        title=str(front["title"]),
        title_en=str(front.get("title_en") or ""),
        course_codes=tuple(str(code) for code in front["courses"]),
        closes=str(front["closes"]) if front.get("closes") else None,
        minutes=front["minutes"],
        attempts=front["attempts"],
        first_delay_hours=front.get("first_delay_hours") or 0,
        later_delay_hours=front.get("later_delay_hours") or 0,
        pass_mark=Decimal(str(front["pass_mark"])),
        review=Review(front.get("review") or "immediate"),
        multiple_rule=MultipleRule(front.get("multiple_rule") or "all_or_nothing"),
        cells=cells,
        fixed=tuple(listed) if any(listed) else None,
        certificate_title=str(certificate.get("title") or ""),
        instructions=body,
    )
