"""Reads exam.md and exams/*.md: front matter and instructions → an exam as written, or faults by field."""

import hashlib
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard

from assessments.bank.models import QuestionType
from assessments.exams.models import MultipleRule, Review
from assessments.exams.rules import LONGEST_DELAY
from assessments.papers.rules import FULL_POINTS, Cell

NEEDED = ("code", "title", "courses", "minutes", "attempts", "pass_mark", "sections")
KNOWN = (
    *NEEDED,
    "title_en",
    "closes",
    "first_delay_hours",
    "later_delay_hours",
    "review",
    "multiple_rule",
    "certificate",
)
SECTION_KNOWN = ("title", "type", "count", "points", "minimum", "topics", "questions")
WHOLE = {
    "minutes": (1, 600),
    "attempts": (1, 50),
    "first_delay_hours": (0, LONGEST_DELAY),
    "later_delay_hours": (0, LONGEST_DELAY),
}
LONGEST = {"title": 80, "title_en": 120}
LONGEST_NAME = 60  # of a section or a certificate
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
Found = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class ExamDraft:
    """An exam as written. fixed: question codes per section where everybody gets the same."""

    code: str
    title: str
    title_en: str
    course_codes: tuple[str, ...]
    closes: str | None
    minutes: int
    attempts_allowed: int
    first_delay_hours: int
    later_delay_hours: int
    pass_mark: Decimal
    review: Review
    multiple_rule: MultipleRule
    cells: tuple[Cell, ...]
    fixed: tuple[tuple[str, ...], ...] | None
    certificate_title: str
    instructions: str

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything written."""
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()

    @property
    def terms(self) -> dict[str, Any]:
        """The columns of an exam that follow the file."""
        names = (
            "title", "title_en", "minutes", "attempts_allowed", "first_delay_hours", "later_delay_hours", "pass_mark",
            "review", "multiple_rule", "certificate_title",
        )  # fmt: skip
        return {"course_codes": list(self.course_codes), **{name: getattr(self, name) for name in names}}


def faults(front: Mapping[str, Any], courses: Container[str]) -> Found:
    """(field, sentence) for everything wrong with the front matter; courses are the codes there are."""
    for name in NEEDED:
        if front.get(name) in (None, "", []):
            yield name, f"缺少 {name}。"
    for name in front:
        if name not in KNOWN:
            yield name, f"不认识「{str(name)[:40]}」，可写的有 {'、'.join(KNOWN)}。"
    yield from _text_faults(front)
    yield from _number_faults(front)
    yield from _choice(front, "review", [str(item) for item in Review])
    yield from _choice(front, "multiple_rule", [str(item) for item in MultipleRule])
    yield from _course_faults(front, courses)
    sections = front.get("sections")
    if isinstance(sections, list):
        yield from _section_faults(sections)
    elif sections:
        yield "sections", "sections 应是列表，一行一个部分。"


def _text_faults(front: Mapping[str, Any]) -> Found:
    code = front.get("code")
    if code is not None and not (isinstance(code, str) and CODE.fullmatch(code)):
        yield "code", "code 要用小写英文字母、数字和短横，最多 60 个字，例如 exam-c1。"
    for name, longest in LONGEST.items():
        value = front.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > longest):
            yield name, f"{name} 要写成一段文字，最多 {longest} 个字。"
    certificate = front.get("certificate")
    if certificate is not None and not (
        isinstance(certificate, dict) and set(certificate) == {"title"} and _is_name(certificate["title"])
    ):
        yield "certificate", f"certificate 要写成两行：certificate: 换行缩进 title: 证书名，最多 {LONGEST_NAME} 个字。"


def _number_faults(front: Mapping[str, Any]) -> Found:
    for name, (lowest, highest) in WHOLE.items():
        value = front.get(name)
        if value is not None and not (_is_whole(value) and lowest <= value <= highest):
            yield name, f"{name} 应是 {lowest} 到 {highest} 之间的整数，现在是「{str(value)[:20]}」。"
    mark = _decimal(front.get("pass_mark"))
    if front.get("pass_mark") is not None and (mark is None or not 0 < mark <= FULL_POINTS):
        yield "pass_mark", f"pass_mark 应在 1 到 100 之间，现在是「{str(front['pass_mark'])[:20]}」。"


def _choice(front: Mapping[str, Any], name: str, allowed: list[str]) -> Found:
    if front.get(name) is not None and front[name] not in allowed:
        yield name, f"{name} 应是 {'、'.join(allowed)} 之一，现在是「{str(front[name])[:20]}」。"


def _course_faults(front: Mapping[str, Any], courses: Container[str]) -> Found:
    named = front.get("courses")
    if named and not (isinstance(named, list) and all(isinstance(code, str) for code in named)):
        yield "courses", "courses 应写成列表，例如 [C1, B2]。"
    elif named:
        for code in named:
            if code not in courses:
                yield "courses", f"课程库里没有课程「{code[:20]}」。"
    closes = front.get("closes")
    if closes is not None and (not isinstance(closes, str) or closes not in courses):
        yield "closes", f"课程库里没有课程「{str(closes)[:20]}」。"


def _section_faults(sections: list[Any]) -> Found:
    total: Decimal | None = Decimal(0)
    for number, section in enumerate(sections, 1):
        found = list(_one_section(section))
        yield from (("sections", f"第 {number} 部分{sentence}") for sentence in found)
        total = None if found or total is None else total + section["count"] * Decimal(str(section["points"]))
    if total is not None and total != FULL_POINTS:
        yield "sections", f"各部分分值合计应为 100 分，现在是 {total.normalize():f} 分。"
    listed = [bool(section.get("questions")) for section in sections if isinstance(section, dict)]
    if any(listed) and not all(listed):
        yield "sections", "固定试卷每一部分都要列 questions，抽题试卷都不列。"


def _one_section(section: Any) -> Iterator[str]:
    if not isinstance(section, dict):
        yield "应写成 {title: …, type: …, count: …, points: …}。"
        return
    for name in section:
        if name not in SECTION_KNOWN:
            yield f"不认识「{str(name)[:20]}」，可写的有 {'、'.join(SECTION_KNOWN)}。"
    if not _is_name(section.get("title")):
        yield f"要有 title，最多 {LONGEST_NAME} 个字。"
    if section.get("type") is not None and section["type"] not in [str(kind) for kind in QuestionType]:
        yield f"的题型「{str(section['type'])[:20]}」不认识，应是 {'、'.join(QuestionType)} 之一。"
    for name in ("topics", "questions"):
        value = section.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            yield f"的 {name} 要写成列表。"
    count, points = section.get("count"), _decimal(section.get("points"))
    if not _is_whole(count) or not 1 <= count <= 500 or points is None or not 0 < points <= FULL_POINTS:
        yield "的 count 应是 1 到 500 的整数，points 应是大于 0、最多四位小数的数。"
        return
    least = section.get("minimum")
    amount = _decimal(least)
    if least is not None and (amount is None or not 0 <= amount <= count * points):
        yield f"的 minimum 应在 0 到 {(count * points).normalize():f} 之间。"


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_NAME


def _decimal(value: Any) -> Decimal | None:
    """A number with at most four places, as the database keeps it; None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 1_000_000 or number.as_tuple().exponent < -4:  # type: ignore[operator]
        return None
    return number


def draft(front: Mapping[str, Any], body: str) -> ExamDraft:
    """The exam of a front matter without faults."""
    sections = front["sections"]
    cells = tuple(
        Cell(
            position=number,
            title=section["title"].strip(),
            type=section.get("type"),
            count=section["count"],
            points=Decimal(str(section["points"])),
            topics=tuple(section.get("topics") or ()),
            minimum=_decimal(section.get("minimum")),
        )
        for number, section in enumerate(sections, 1)
    )
    listed = tuple(tuple(section.get("questions") or ()) for section in sections)
    return ExamDraft(
        code=front["code"],
        title=front["title"].strip(),
        title_en=(front.get("title_en") or "").strip(),
        course_codes=tuple(front["courses"]),
        closes=front.get("closes"),
        minutes=front["minutes"],
        attempts_allowed=front["attempts"],
        first_delay_hours=front.get("first_delay_hours") or 0,
        later_delay_hours=front.get("later_delay_hours") or 0,
        pass_mark=Decimal(str(front["pass_mark"])),
        review=Review(front.get("review") or "immediate"),
        multiple_rule=MultipleRule(front.get("multiple_rule") or "all_or_nothing"),
        cells=cells,
        fixed=listed if any(listed) else None,
        certificate_title=((front.get("certificate") or {}).get("title") or "").strip(),
        instructions=body,
    )
