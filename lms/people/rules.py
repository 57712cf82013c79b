"""Decisions about people: how names are split and sorted, who may see whom, what a spell must satisfy."""

import os
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Protocol

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # names are no phrases; the dictionary would take 45 MB

from pypinyin import lazy_pinyin

from lms.errors import Refused
from lms.people.models import VENDOR_FORMS, EmploymentForm

# Surnames of two characters that are common enough to be met; source: 百家姓 and the 2020 census list.
DOUBLE_SURNAMES = frozenset(
    [
        "欧阳",
        "太史",
        "端木",
        "上官",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "诸葛",
        "尉迟",
        "公羊",
        "赫连",
        "澹台",
        "皇甫",
        "宗政",
        "濮阳",
        "公冶",
        "太叔",
        "申屠",
        "公孙",
        "慕容",
        "仲孙",
        "钟离",
        "长孙",
        "宇文",
        "司徒",
        "鲜于",
        "司空",
        "闾丘",
        "子车",
        "亓官",
        "司寇",
        "巫马",
        "公西",
        "颛孙",
        "壤驷",
        "公良",
        "漆雕",
        "乐正",
        "宰父",
        "谷梁",
        "拓跋",
        "夹谷",
        "轩辕",
        "令狐",
        "段干",
        "百里",
        "呼延",
        "东郭",
        "南门",
        "羊舌",
        "微生",
        "左丘",
        "东门",
        "西门",
        "南荣",
        "第五",
    ]
)
# Characters read differently as surnames; pypinyin reads them as ordinary words.
SURNAME_READINGS = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "任": "ren", "解": "xie", "查": "zha", "朴": "piao", "盖": "ge", "区": "ou",
    "尉迟": "yu chi", "万俟": "mo qi", "翟": "zhai", "缪": "miao", "秘": "bi", "冼": "xian", "员": "yun", "乐": "yue",
    "召": "shao", "华": "hua", "葛": "ge", "宁": "ning", "燕": "yan", "那": "na", "折": "she", "澹台": "tan tai",
    "长孙": "zhang sun", "令狐": "ling hu", "种": "chong", "繁": "po", "重": "chong", "覃": "qin", "逄": "pang",
}  # fmt: skip
PHONE_DIGITS = 11


class Reach(Protocol):
    """How far one role of a viewer goes."""

    @property
    def scope(self) -> str: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def vendor_id(self) -> int | None: ...


class Stretch(Protocol):
    """What a rule needs of a spell: where and for whom somebody works."""

    @property
    def unit_id(self) -> int: ...
    @property
    def vendor_id(self) -> int | None: ...


def surname(name: str) -> str:
    """The surname of a Chinese name: two characters where they are a double surname, else one."""
    return name[:2] if len(name) > 2 and name[:2] in DOUBLE_SURNAMES else name[:1]


def given_name(name: str) -> str:
    """The given name by which the product greets; the whole name where there is nothing but a surname."""
    rest = name[len(surname(name)) :]
    return rest if rest and not name.isascii() else name


@lru_cache(maxsize=8192)
def _reading(char: str) -> str:
    """The pinyin of one character; without phrases, each is read by itself."""
    return " ".join(lazy_pinyin(char))


@lru_cache(maxsize=4096)
def sort_key(name: str) -> str:
    """Pinyin of the name, surnames read as surnames, so that lists sort as a register does."""
    if name.isascii():
        return name.lower().strip()[:120]
    first = surname(name)
    rest = name[len(first) :]
    head = SURNAME_READINGS.get(first) or " ".join(map(_reading, first))
    has_latin = any(char.isascii() for char in rest)  # a run of it is one word
    return " ".join([head, *(lazy_pinyin(rest) if has_latin else map(_reading, rest))]).lower().strip()[:120]


def masked_phone(phone: str) -> str:
    """138****1234: enough to recognise, too little to call."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= PHONE_DIGITS else "****" if phone else ""


def may_see(viewer_reaches: Iterable[Reach], spell: Stretch, *, below: Iterable[int] = ()) -> bool:
    """Whether any reach covers a spell: all, its vendor, or its unit; `below` are the units under the viewer's own."""
    under = frozenset(below)
    return any(
        reach.scope == "all"
        or (reach.scope == "own_vendor" and reach.vendor_id is not None and reach.vendor_id == spell.vendor_id)
        or (reach.scope == "own_unit" and (reach.unit_id == spell.unit_id or spell.unit_id in under))
        for reach in viewer_reaches
    )


def check_employer(form: EmploymentForm, vendor_id: int | None) -> None:
    """Dispatched and outsourced staff have a vendor, nobody else has one."""
    if (form in VENDOR_FORMS) != (vendor_id is not None):
        if vendor_id is None:
            raise Refused("{form}须选择派遣或外包单位。", form=form.label)
        raise Refused("{form}不经派遣或外包单位，把这一项改为「无」。", form=form.label)


def check_days(starts_on: date, ends_on: date | None) -> None:
    """A spell ends on the day it starts or later."""
    if ends_on is not None and ends_on < starts_on:
        raise Refused("结束日期不能早于开始日期 {start}。", start=starts_on.isoformat())


def check_no_overlap(starts_on: date, ends_on: date | None, others: Iterable[tuple[date, date | None]]) -> None:
    """Two spells of one person never share a day."""
    for begin, finish in others:
        if (finish is None or starts_on <= finish) and (ends_on is None or begin <= ends_on):
            raise Refused("这段时间与 {start} 开始的一段重叠，先结束原来的那一段。", start=begin.isoformat())


def check_phone(phone: str) -> None:
    """A mobile number has 11 digits; it may be left out."""
    if phone and not (phone.isascii() and phone.isdigit() and len(phone) == PHONE_DIGITS):
        raise Refused("填写手机号，11 位数字。")
