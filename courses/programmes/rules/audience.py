"""Whom a programme asks: all conditions together, people named in or out, within the reach of who wrote it. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Self

from lms.errors import Refused
from lms.people.models import EmploymentForm
from lms.people.rules import Reach

Below = Callable[[frozenset[int]], frozenset[int]]


class Post(NamedTuple):
    """What the rule needs of a spell that holds today; tens of thousands are made at once, so it is a tuple."""

    person_id: int
    unit_id: int
    vendor_id: int | None
    form: str
    post_id: int
    hired_on: date


@dataclass(frozen=True)
class Scope:
    """How far the audience may go: these units with those below, or these vendors. None stands for everybody."""

    units: frozenset[int] = frozenset()
    vendors: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Audience:
    """Conditions that must all hold; an empty one does not ask. hired_on is the first day of the present spell."""

    units: frozenset[int] = frozenset()
    vendors: frozenset[int] = frozenset()
    forms: frozenset[EmploymentForm] = frozenset()
    posts: frozenset[int] = frozenset()
    hired_from: date | None = None
    hired_to: date | None = None
    only_named: bool = False
    scope: Scope | None = None
    named_in: frozenset[int] = field(default=frozenset())
    named_out: frozenset[int] = field(default=frozenset())

    def as_json(self) -> dict[str, Any]:
        """The rule as it is stored; people named in and out are rows of their own."""
        return {
            "units": sorted(self.units),
            "vendors": sorted(self.vendors),
            "forms": sorted(self.forms),
            "posts": sorted(self.posts),
            "hired_from": self.hired_from.isoformat() if self.hired_from else None,
            "hired_to": self.hired_to.isoformat() if self.hired_to else None,
            "only_named": self.only_named,
            "scope": {"units": sorted(self.scope.units), "vendors": sorted(self.scope.vendors)} if self.scope else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], named_in: Iterable[int] = (), named_out: Iterable[int] = ()) -> Self:
        """The rule from its stored form."""
        scope = stored.get("scope")
        return cls(
            units=frozenset(stored.get("units", ())),
            vendors=frozenset(stored.get("vendors", ())),
            forms=frozenset(EmploymentForm(form) for form in stored.get("forms", ())),
            posts=frozenset(stored.get("posts", ())),
            hired_from=_day(stored.get("hired_from")),
            hired_to=_day(stored.get("hired_to")),
            only_named=bool(stored.get("only_named")),
            scope=Scope(frozenset(scope["units"]), frozenset(scope["vendors"])) if scope else None,
            named_in=frozenset(named_in),
            named_out=frozenset(named_out),
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def scope_of(reaches: Iterable[Reach]) -> Scope | None:
    """What somebody with these reaches may ask at most; None when they reach everybody."""
    reaches = list(reaches)
    if any(reach.scope == "all" for reach in reaches):
        return None
    return Scope(
        frozenset(r.unit_id for r in reaches if r.scope == "own_unit" and r.unit_id is not None),
        frozenset(r.vendor_id for r in reaches if r.scope == "own_vendor" and r.vendor_id is not None),
    )


def may_change(reaches: Iterable[Reach], scope: Scope | None, below: Below) -> bool:
    """Whether a programme of that scope lies wholly within these reaches."""
    reaches = list(reaches)
    own = scope_of(reaches)
    if not reaches or (own is not None and scope is None):
        return False
    if own is None or scope is None:
        return True
    return scope.units <= below(own.units) and scope.vendors <= own.vendors


def chosen(audience: Audience, posts: Iterable[Post], below: Below) -> list[Post]:
    """The people of the audience among those working, in their order. Named out wins over named in; nobody outside the
    scope is chosen, named or not.
    """
    units = below(audience.units) if audience.units else frozenset()
    scope = audience.scope
    scope_units = below(scope.units) if scope else frozenset()

    def is_in(post: Post) -> bool:
        if post.person_id in audience.named_out:
            return False
        if scope and post.unit_id not in scope_units and post.vendor_id not in scope.vendors:
            return False
        if post.person_id in audience.named_in:
            return True
        return not audience.only_named and _holds(audience, post, units)

    return [post for post in posts if is_in(post)]


def _holds(audience: Audience, post: Post, units: Collection[int]) -> bool:
    return not (
        (audience.units and post.unit_id not in units)
        or (audience.vendors and post.vendor_id not in audience.vendors)
        or (audience.forms and post.form not in audience.forms)
        or (audience.posts and post.post_id not in audience.posts)
        or (audience.hired_from and post.hired_on < audience.hired_from)
        or (audience.hired_to and post.hired_on > audience.hired_to)
    )


def by_unit(posts: Iterable[Post]) -> Counter[int]:
    """How many of each unit."""
    return Counter(post.unit_id for post in posts)


def check_days(hired_from: date | None, hired_to: date | None) -> None:
    """A stretch of hire days runs forward."""
    if hired_from and hired_to and hired_to < hired_from:
        raise Refused("入职日期的「到」早于「从」，改其中一个。")


def check_not_empty(found: Collection[Post]) -> None:
    """A programme without anybody is a mistake."""
    if not found:
        raise Refused("按现在的条件一个人也没有选中，没有发布，填写的内容都在。放宽一个条件，或点名加入几个人。")
