"""What a course and a lesson must hold, who may change and publish them, and when a save would lose another's words."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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


CHARACTERS_A_MINUTE = 160  # Chinese characters and words, as the shipped lessons come to
CHECK_MINUTES = 1  # to answer a 随堂一问 and read its explanation
SHORTEST_TEXT, LONGEST_TEXT = 600, 1_500  # characters that fit between two calls, docs/authoring.md


@dataclass(frozen=True)
class LessonText:
    """What a lesson says, whether published, in work, or kept aside. minutes None: reckoned when published."""

    title: str
    title_en: str
    minutes: int | None
    competencies: tuple[str, ...]
    source: str


def text_digest(title: str, minutes: int, competencies: Iterable[str], source: str) -> str:
    """SHA-256 (hex) of what a reader gets: title, minutes, competencies and text."""
    words = (title, str(minutes), ",".join(competencies), source)
    return hashlib.sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()


def reading_minutes(characters: int, checks: int) -> int:
    """Whole minutes to read that many characters and answer that many checks; at least one."""
    return max(1, min(LONGEST_LESSON, -(-characters // CHARACTERS_A_MINUTE) + checks * CHECK_MINUTES))


class Reaching(Protocol):
    """How far a role goes."""

    @property
    def role(self) -> str: ...
    @property
    def scope(self) -> str: ...


def may_edit(reaches: Iterable[Reaching]) -> bool:
    """Whether somebody may change courses: everybody learns from them, so only a trainer for the whole centre."""
    return any(reach.role == "trainer" and reach.scope == "all" for reach in reaches)


class EditConflict(Refused):
    """Somebody else saved the lesson meanwhile; nothing was overwritten, both texts are kept."""


def check_revision(sent: int, kept: int, *, is_same: bool) -> bool:
    """Whether a save has anything to write. Saving the same words twice is no conflict; other words over a draft that
    has changed since they were read are one.
    """
    if is_same:
        return False
    if sent != kept:
        raise EditConflict("这一节在你打开以后又被改过，没有保存，两份内容都还在。对照后选一份。")
    return True


def check_may_write(*, is_in_review: bool) -> None:
    """A text that waits for review stands still, so that the reviewer publishes what they read."""
    if is_in_review:
        raise Refused("这一节正在等待审阅，不能改，你的内容还在本页。先收回送审，再保存。")


def check_may_publish(
    *, needs_review: bool, is_in_review: bool, person_id: int | None, authors: Collection[int]
) -> None:
    """Where the course asks for a second pair of eyes, who wrote in the draft does not publish it."""
    if needs_review and not is_in_review:
        raise Refused("这门课的课节要先送审，由没有改过它的另一位培训师发布。草稿还在。")
    if needs_review and person_id in authors:
        raise Refused("你改过这份草稿，要由另一位培训师审阅发布。草稿还在。")


def check_checked(gaps: int) -> None:
    """Nothing goes to learners or reviewers with gaps in the checklist."""
    if gaps:
        raise Refused("发布前还有 {n} 处要补，草稿还在。按清单补好后再来。", n=gaps)


def check_seen(sent: int, kept: int) -> None:
    """What is published is what the checklist or the reviewer saw."""
    if sent != kept:
        raise Refused("草稿在你打开这一页以后又改过，没有发布。刷新页面，看过新的内容再决定。")


def check_note(note: str, number: int) -> None:
    """A later version says what changed: learners see it."""
    if number > 1 and not note:
        raise Refused("写一句这次改了什么，学员会看到。")


def moved(codes: Sequence[str], code: str, step: int) -> list[str]:
    """The order with one code a place further up (-1) or down (1); at the end it stays."""
    order = list(codes)
    here = order.index(code)
    there = min(max(0, here + step), len(order) - 1)
    order.insert(there, order.pop(here))
    return order


def check_new_code(code: str, *, is_taken: bool, pattern: re.Pattern[str]) -> None:
    """A code is well formed and was never given before."""
    if not pattern.fullmatch(code):
        raise Refused(
            "编号要用大写字母开头，后面是大写字母和数字，最多 10 位，例如 C1。"
            if pattern is COURSE_CODE
            else "编号只用小写字母、数字和短横，最多 60 位，例如 c1-mandate。"
        )
    if is_taken:
        raise Refused("编号「{code}」已经用过，编号永远不变也不再给别的内容。换一个编号。", code=code)


def check_may_open(lessons: int) -> None:
    """A course without a published lesson has nothing to learn."""
    if not lessons:
        raise Refused("这门课还没有发布的课节，不能开放。先发布一节。")
