"""Terms: the weights and numbers of a cycle by form of employment and day, from dated data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, Self, TypeVar

from appraisals.cycles.models import CycleKind
from appraisals.scores.rules import Bands, Scheme
from lms.errors import Refused
from lms.people.models import EmploymentForm


class Dated(Protocol):
    """Something for a form of employment from a day on."""

    @property
    def form(self) -> str: ...

    @property
    def valid_from(self) -> date: ...


@dataclass(frozen=True)
class Terms:
    """The numbers of a form: seats in whole percent, reference bands, days (calendar or working, as named)."""

    form: EmploymentForm
    valid_from: date
    policy: str
    mark: str
    usual: int
    approved: int
    failing: int
    regular: int
    bands: Mapping[CycleKind, Bands]
    half_year_days: int
    dispute_working_days: int
    publicity_working_days: int
    least_raters: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Terms as the dated data spells them; refuses an entry that lacks one, by name."""
        try:
            days = ("half_year_days", "dispute_working_days", "publicity_working_days", "least_raters")
            numbers = {name: int(data[name]) for name in days}
            shares = {name: int(data["quota"][name]) for name in ("usual", "approved", "failing", "regular")}
            edges = {
                CycleKind(kind): Bands(*(Decimal(str(edge)) for edge in row)) for kind, row in data["bands"].items()
            }
            start = date.fromisoformat(str(data["valid_from"]))
            form, policy, mark = EmploymentForm(data["form"]), str(data["policy"]), str(data["mark"])
        except (KeyError, TypeError, ValueError, ArithmeticError) as fault:
            raise Refused("考核条件的这一行读不懂：{fault}。请补齐后再保存。", fault=str(fault)) from None
        return cls(form=form, valid_from=start, policy=policy, mark=mark, bands=edges, **shares, **numbers)

    def percent(self, kind: CycleKind, *, approved: bool = False, failing: bool = False) -> int:
        """The share of 优秀 (好) in whole percent: a failing unit's before an approved one's (人社部发〔2023〕6号第15条)."""
        if kind is CycleKind.quarterly:
            return self.regular
        if failing:
            return self.failing
        return self.approved if approved else self.usual


Row = TypeVar("Row", bound=Dated)


def in_force(rows: Iterable[Row], form: EmploymentForm, on: date) -> Row:
    """The latest row for a form that is valid on a day; refuses where there is none."""
    fitting = [row for row in rows if row.form == form and row.valid_from <= on]
    if not fitting:
        raise Refused("{on} 没有适用于{form}的考核规则。请人事先建立再开周期。", on=on.isoformat(), form=form.label)
    return max(fitting, key=lambda row: row.valid_from)


def scheme_for(schemes: Iterable[Scheme], form: EmploymentForm, work: str, on: date) -> Scheme:
    """The weights in force on a day for a form and kind of work (agent or office)."""
    return in_force((scheme for scheme in schemes if scheme.work == work), form, on)
