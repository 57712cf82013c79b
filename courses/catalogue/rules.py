"""What the files of a course must hold, and how tracks, competencies and lengths read. Values in, faults out."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from lms.errors import Refused

TRACKS = {"A": "数字政务", "B": "依法履职", "C": "热线业务", "D": "服务素养"}
COMPETENCIES = {
    "K1": "为民宗旨与廉洁",
    "K2": "政策法规",
    "K3": "受理与记录",
    "K4": "分类派单",
    "K5": "知识库",
    "K6": "沟通情绪",
    "K7": "应急与风险",
    "K8": "数据安全",
    "K9": "数字政务应用",
    "K10": "质量与带教",
}
COURSE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,9}")
UNIT_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LONGEST_TITLE = 80  # characters, as the column holds
LONGEST_ENGLISH = 120
LONGEST_OWNER = 40
LONGEST_LESSON = 240  # minutes
LONGEST_VALIDITY = 120  # months


@dataclass(frozen=True, order=True)
class Fault:
    """Something to mend in the library: the file (from the library's folder), the line, a sentence."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}：{self.sentence}"


class LibraryFaults(Refused):
    """The library holds faults, so nothing was written; every one is named."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("课程库有 {n} 处要改，什么也没有写入。", n=len(self.faults))


Check = Callable[[Any], str | None]


def _text(longest: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str) or not value.strip():
            return "要写成一段文字"
        return f"最多 {longest} 个字，现在 {len(value)} 个" if len(value) > longest else None

    return check


def _whole(lowest: int, highest: int) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            return f"要写 {lowest} 到 {highest} 之间的整数"
        return None

    return check


def _hours(value: Any) -> str | None:
    wrong = isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 500
    return "要写大于 0 的学时数，例如 6 或 1.5" if wrong else None


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "要写 true 或 false"


def _track(value: Any) -> str | None:
    if value in TRACKS if isinstance(value, str) else False:
        return None
    return "要写 " + "、".join(f"{key}（{word}）" for key, word in TRACKS.items()) + " 之一"


def _competencies(value: Any) -> str | None:
    if not isinstance(value, list) or not value:
        return "要写成列表，例如 [K3, K5]"
    unknown = [str(one)[:20] for one in value if not isinstance(one, str) or one not in COMPETENCIES]
    if unknown:
        return f"没有「{'、'.join(unknown)}」这项能力，能力编号是 K1 到 K10"
    return "有重复的能力编号" if len(set(value)) != len(value) else None


def _course_code(value: Any) -> str | None:
    fits = isinstance(value, str) and COURSE_CODE.fullmatch(value)
    return None if fits else "要写大写字母开头的课程编号，例如 C1"


def _unit_code(value: Any) -> str | None:
    fits = isinstance(value, str) and UNIT_CODE.fullmatch(value)
    return None if fits else "要用小写英文字母、数字和短横，例如 c1-mandate"


COURSE_FIELDS: dict[str, Check] = {
    "code": _course_code,
    "title": _text(LONGEST_TITLE),
    "track": _track,
    "hours_target": _hours,
    "competencies": _competencies,
    "validity_months": _whole(1, LONGEST_VALIDITY),
    "owner": _text(LONGEST_OWNER),
}
LESSON_FIELDS: dict[str, Check] = {
    "id": _unit_code,
    "title": _text(LONGEST_TITLE),
    "minutes": _whole(1, LONGEST_LESSON),
    "competencies": _competencies,
}
EXAM_FIELDS: dict[str, Check] = {
    "code": _unit_code,
    "title": _text(LONGEST_TITLE),
    "minutes": _whole(1, LONGEST_LESSON),
    "closes": _course_code,
}
OPTIONAL_FIELDS: dict[str, Check] = {"title_en": _text(LONGEST_ENGLISH), "mandatory": _flag}
KNOWN_FIELDS = {
    "course": {*COURSE_FIELDS, *OPTIONAL_FIELDS},
    "lesson": {*LESSON_FIELDS, "title_en"},
}


def field_faults(
    front: Mapping[str, Any], needed: Mapping[str, Check], known: set[str] | None = None
) -> list[tuple[str, str]]:
    """(field, sentence) for each field that is missing, wrong or, where the known ones are given, unknown."""
    found: list[tuple[str, str]] = []
    for name, check in needed.items():
        if front.get(name) is None:
            found.append((name, f"缺少 {name}。"))
        elif wrong := check(front[name]):
            found.append((name, f"{name} {wrong}。"))
    for name, check in OPTIONAL_FIELDS.items():
        if front.get(name) is not None and name not in needed and (wrong := check(front[name])):
            found.append((name, f"{name} {wrong}。"))
    for name in front:
        if known is not None and name not in known:
            found.append((str(name), f"不认识「{str(name)[:40]}」这一项，核对拼写或删去。"))
    return found


class Titled(Protocol):
    """Something with a Chinese title and perhaps an English one."""

    @property
    def title(self) -> str: ...
    @property
    def title_en(self) -> str: ...


def shown_title(thing: Titled, locale: str) -> str:
    """The title in the reader's language; Chinese where there is no English one."""
    return thing.title_en if thing.title_en and locale == "en" else thing.title


def target_hours(value: float) -> Decimal:
    """The syllabus hours as an exact number with at most two places."""
    return Decimal(str(value)).quantize(Decimal("0.01"))
