"""Units, posts and vendors by the words of a sheet: code, name, or what is left of a name; the nearest when unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from lms.errors import Refused
from lms.organisation import queries as organisation
from lms.organisation.models import Unit, Vendor
from lms.sheets import cells

NUMERALS = str.maketrans("一二三四五六七八九两", "1234567892")
COMPANY_ENDINGS = ("有限责任公司", "股份有限公司", "有限公司", "集团", "公司")
NEAR = 0.72


class Thing(Protocol):
    """What has a code and a name."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Place:
    """What a word stands for: a row's id, or a name that is to be created; `name` is how it is shown."""

    id: int | None
    name: str


NOWHERE = Place(None, "")


@dataclass(frozen=True)
class Policy:
    """What happens to words that are unknown: create them, refuse them, or (near) refuse only what looks mistyped."""

    may_create: bool
    mode: str = ""  # "" near, create, refuse

    def place(self, word: str, what: str, near: str | None) -> Place:
        """A place to be created, or the refusal that names the nearest."""
        if self.may_create and (self.mode == "create" or (not self.mode and near is None)):
            return Place(None, word)
        if near is not None:
            raise Refused("{what}「{word}」不认得，最接近的是「{near}」。", what=what, word=word, near=near)
        raise Refused("{what}「{word}」在系统里没有。请系统管理员先登记，或改成已有的名称。", what=what, word=word)


def core(word: str) -> str:
    """A word as it is compared: folded, 一组 is 1组."""
    return cells.fold(word).translate(NUMERALS)


def company_core(word: str) -> str:
    """A company's name without what every company has."""
    folded = cells.fold(word)
    for ending in COMPANY_ENDINGS:
        folded = folded.removesuffix(ending)
    return folded


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that a word was most likely meant to be; one that differs by its number only is another thing."""
    folded, best, best_share = core(word), None, NEAR
    for name in names:
        other = core(name)
        share = SequenceMatcher(None, folded, other).ratio()
        if share >= best_share and _letters(folded) != _letters(other):
            best, best_share = name, share
    return best


def _letters(folded: str) -> str:
    return "".join(char for char in folded if not char.isdigit())


class Places:
    """The organisation as it is, by words; loaded once for an import."""

    def __init__(self, policy: Policy, defaults: Mapping[str, int | None]) -> None:
        self.policy = policy
        self.units = organisation.units()
        self.posts = organisation.posts()
        self.vendors = organisation.vendors()
        self.defaults = defaults  # vendor id by form, for lines that name none
        self._units = _index(self.units)
        self._posts = _index(self.posts)
        self._vendors = _index(self.vendors)
        self._departments: dict[str, str] = {}
        self._known: dict[tuple[str, str, str], Place | Refused] = {}

    def unit(self, team: str, department: str) -> Place:
        """The unit of a line: the team where there is one, else the department."""
        return self._once(("unit", team, department))

    def department(self, word: str) -> str:
        """The name of the unit that these words stand for, or the words where there is none or more than one."""
        if word not in self._departments:
            found = self._units.get(core(word), []) if word else []
            self._departments[word] = found[0].name if len(found) == 1 else word
        return self._departments[word]

    def post(self, word: str) -> Place:
        """The post of a line."""
        return self._once(("post", word, ""))

    def vendor(self, word: str) -> Place:
        """The vendor by code, name, or the part of its name that people use."""
        return self._once(("vendor", word, ""))

    def _once(self, key: tuple[str, str, str]) -> Place:
        if key not in self._known:
            try:
                what, word, more = key
                self._known[key] = self._unit(word, more) if what == "unit" else self._other(what, word)
            except Refused as refused:
                self._known[key] = refused
        found = self._known[key]
        if isinstance(found, Refused):
            raise found
        return found

    def _unit(self, team: str, department: str) -> Place:
        word = team or department
        if not word:
            return NOWHERE
        found = self._units.get(core(word), [])
        if len(found) > 1:
            above = {unit.id for unit in self._units.get(core(department), [])}
            found = [unit for unit in found if unit.line_parent_id in above or unit.territory_id in above] or found
        if len(found) > 1:
            raise Refused("叫「{word}」的单位有 {n} 个，写上代码或上级部门。", word=word, n=len(found))
        if found:
            return Place(found[0].id, found[0].name)
        return self.policy.place(word[:60], "单位", nearest(word, (unit.name for unit in self.units)))

    def _other(self, what: str, word: str) -> Place:
        if not word:
            return NOWHERE
        things: list[Thing] = list(self.posts if what == "post" else self.vendors)  # type: ignore[arg-type]
        found = (self._posts if what == "post" else self._vendors).get(core(word), [])
        if what == "vendor" and not found:
            part = company_core(word)
            found = [
                one for one in self.vendors if part and (part in cells.fold(one.name) or company_core(one.name) in part)
            ]
        if len(found) > 1:
            raise Refused("「{word}」对得上 {n} 个，写全名或代码。", word=word, n=len(found))
        if found:
            return Place(found[0].id, found[0].name)
        label = "岗位" if what == "post" else "公司"
        return self.policy.place(
            word[: 40 if what == "post" else 80], label, nearest(word, (one.name for one in things))
        )


def _index(things: Iterable[Unit | Vendor | Thing]) -> dict[str, list]:  # type: ignore[type-arg]
    found: dict[str, list] = {}  # type: ignore[type-arg]
    for one in things:
        for word in {core(one.name), core(one.code)}:
            found.setdefault(word, []).append(one)
    return found
