"""The appraisal score, pure: a dated scheme of weights, evidence per part, and a tree that explains every hundredth.

S = Σ weight · dimension, a dimension = Σ weight · part ÷ Σ weight of the parts that have evidence. Nothing is rounded on
the way; only S is rounded, half up, to the hundredth, and ties are judged on that S. Tried on the worked examples:
dimensions kept to one decimal already miss (周 90.68 for 90.67, 陈 95.20 for 95.21 and 95.65 for 95.66), two decimals
happen to land; so nothing is ever rounded but S, and what people read as `shown` is never computed with.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any, Self

from appraisals.evidence.rules import ARITHMETIC, HUNDRED, ZERO, Evidence, equals, number, plain, round_score
from lms.errors import Refused

LEAST_REASON = 4  # characters
BASE_POINTS = Decimal(60)  # points of a measure that just reaches its base

MISSING = "没有证据，这一项的权重按比例归入同一维度的其他项，不按零分计"
UNCONFIRMED = "基准和目标待确认，确认前不计分"
INSUFFICIENT = "有证据的权重不够，暂不出总分；补上证据后重算，已有证据都保留"
ROUNDING = "各项按未四舍五入的数计算，只有总分四舍五入到两位小数"


class State(StrEnum):
    """What a node of the tree has: points, no evidence, or (the root only) too little of it."""

    scored = "scored"
    missing = "missing"
    insufficient_evidence = "insufficient_evidence"


class Band(StrEnum):
    """Where S lies among the reference bands; the two lower ones say only that a documented condition is needed."""

    excellent_candidate = "excellent_candidate"
    competent = "competent"
    low = "low"
    lowest = "lowest"


@dataclass(frozen=True)
class Part:
    """A dimension, a measure in it, or one of the measures that a part is the mean of; weight in percent of its parent."""

    code: str
    label: str
    weight: Decimal
    source: str
    base: Decimal | None = None
    target: Decimal | None = None
    parts: tuple["Part", ...] = ()

    def below(self) -> Iterator["Part"]:
        """Every part below this one."""
        for part in self.parts:
            yield part
            yield from part.below()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """A part as the dated data spells it; refuses an entry without code, weight or a number where one belongs."""
        return cls(
            code=_text(data, "code"),
            label=_text(data, "label"),
            weight=_decimal(data, "weight"),
            source=str(data.get("source", "import")),
            base=None if data.get("base") is None else _decimal(data, "base"),
            target=None if data.get("target") is None else _decimal(data, "target"),
            parts=tuple(cls.from_dict(part) for part in data.get("parts") or ()),
        )


@dataclass(frozen=True)
class Scheme:
    """The weights for one employment form and kind of work from a day on, with the policy they rest on."""

    code: str
    form: str
    work: str
    valid_from: date
    policy: str
    mark: str
    minimum_present: Decimal  # percent of the whole weight that must have evidence
    dimensions: tuple[Part, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """A scheme from dated data; refuses a code used twice, since evidence is found by it."""
        scheme = cls(
            code=_text(data, "code"),
            form=_text(data, "form"),
            work=_text(data, "work"),
            valid_from=_day(data, "valid_from"),
            policy=str(data.get("policy", "")),
            mark=str(data.get("mark", "")),
            minimum_present=_decimal(data, "minimum_present"),
            dimensions=tuple(Part.from_dict(dimension) for dimension in data.get("dimensions") or ()),
        )
        codes = [part.code for dimension in scheme.dimensions for part in (dimension, *dimension.below())]
        if twice := [code for code in codes if codes.count(code) > 1]:
            raise Refused("方案 {scheme} 里 {code} 用了不止一次，请改正。", scheme=scheme.code, code=twice[0])
        return scheme


@dataclass(frozen=True)
class Node:
    """One line of the explanation: points unrounded, shown to the hundredth, and how they came about."""

    code: str
    label: str
    weight: Decimal  # percent of the parent, as the scheme says
    effective_weight: Decimal  # percent of S that this node carries, after missing evidence is shared out
    points: Decimal | None
    shown: Decimal | None
    present: Decimal  # percent of this node's own weight that has evidence
    state: State = State.scored
    value: Decimal | None = None
    note: str = ""
    calculation: str = ""
    children: tuple["Node", ...] = ()
    rows: tuple[tuple[str, int], ...] = ()

    @property
    def missing(self) -> bool:
        """No evidence stands behind this node."""
        return self.state is State.missing

    def find(self, code: str) -> "Node | None":
        """The node with this code at or below this one."""
        if self.code == code:
            return self
        return next((found for child in self.children if (found := child.find(code))), None)

    def to_dict(self) -> dict[str, Any]:
        """The tree as plain JSON: numbers as text without trailing zeros, so that equal trees read the same."""
        data: dict[str, Any] = {"code": self.code, "label": self.label, "state": self.state.value, "note": self.note}
        for name in ("weight", "effective_weight", "points", "shown", "present", "value"):
            figure = getattr(self, name)
            data[name] = None if figure is None else plain(figure)
        data["calculation"] = self.calculation
        data["rows"] = [list(row) for row in self.rows]
        data["children"] = [child.to_dict() for child in self.children]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The tree again from its JSON."""
        numbers: dict[str, Any] = {
            name: None if data[name] is None else Decimal(data[name])
            for name in ("weight", "effective_weight", "points", "shown", "present", "value")
        }
        return cls(
            code=data["code"], label=data["label"], state=State(data["state"]), note=data["note"],
            calculation=data["calculation"], rows=tuple((str(kind), int(ref)) for kind, ref in data["rows"]),
            children=tuple(cls.from_dict(child) for child in data["children"]), **numbers,
        )  # fmt: skip

    def digest(self) -> str:
        """SHA-256 (hex) of the tree's canonical JSON: the same evidence and scheme give the same digest."""
        return digest_of(self.to_dict())


def digest_of(data: Mapping[str, Any]) -> str:
    """The digest of a tree that is plain JSON already."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Bands:
    """Lower edges of the reference bands, in points of S."""

    excellent: Decimal
    competent: Decimal
    low: Decimal


def with_targets(scheme: Scheme, targets: Mapping[str, tuple[Decimal, Decimal]]) -> Scheme:
    """The scheme with the base and target of each KPI as the dated rows have them; one without a row does not score."""

    def aimed(part: Part) -> Part:
        parts = tuple(aimed(nested) for nested in part.parts)
        if part.source != "kpi":
            return replace(part, parts=parts)
        base, target = targets.get(part.code, (None, None))
        return replace(part, base=base, target=target)

    return replace(scheme, dimensions=tuple(aimed(dimension) for dimension in scheme.dimensions))


def check_weights(scheme: Scheme) -> None:
    """Refuse weights that do not sum to 100, naming the dimension (or part) and what they sum to."""
    _check_sum("德能勤绩廉", scheme.dimensions)
    for dimension in scheme.dimensions:
        _check_sum(dimension.label, dimension.parts)
        for part in dimension.below():
            if part.parts:
                _check_sum(part.label, part.parts)


def band(points: Decimal, bands: Bands) -> Band:
    """The reference band of a rounded S; a lower edge belongs to the band above it."""
    if points >= bands.excellent:
        return Band.excellent_candidate
    if points >= bands.competent:
        return Band.competent
    return Band.low if points >= bands.low else Band.lowest


def kpi_points(value: Decimal, base: Decimal, target: Decimal) -> Decimal:
    """Points 0–100 of a higher-is-better measure: 60 at its base, 100 from its target on, in proportion below the base."""
    if not ZERO <= base < target:
        raise Refused("指标的目标 {target} 必须大于基准 {base}，基准不能为负。请改正后再算。", base=base, target=target)
    with localcontext(ARITHMETIC):
        if value >= base:
            return min(HUNDRED, BASE_POINTS + (HUNDRED - BASE_POINTS) * (value - base) / (target - base))
        return BASE_POINTS * value / base if value > 0 else ZERO


def score(scheme: Scheme, evidence: Mapping[str, Evidence]) -> Node:
    """The tree of one person's score under a scheme; evidence for parts that the scheme lacks is left aside.

    A missing part is shared out among its dimension, a dimension without any evidence among the others; below the
    scheme's minimum share of present weight the root has no points and says so. Nothing is ever filled with zero.
    """
    check_weights(scheme)
    with localcontext(ARITHMETIC):
        dimensions = tuple(
            _branch(dimension.code, dimension.label, dimension.weight, [_measure(p, evidence) for p in dimension.parts])
            for dimension in scheme.dimensions
        )
        present = sum((node.weight * node.present / HUNDRED for node in dimensions), ZERO)
        root = _changed(_branch("S", "总分", HUNDRED, dimensions), present=present, note=ROUNDING)
        if present < scheme.minimum_present:
            lacking = State.insufficient_evidence
            root = _changed(root, state=lacking, points=None, shown=None, note=INSUFFICIENT, calculation="")
        _carry(root, HUNDRED)
        return root


def _measure(part: Part, evidence: Mapping[str, Evidence]) -> Node:
    """The node of a part: its own evidence, or the mean of its nested measures that have some."""
    if part.parts:
        node = _branch(part.code, part.label, part.weight, [_measure(nested, evidence) for nested in part.parts])
        return _changed(node, present=ZERO if node.missing else HUNDRED)  # "the mean of the two where both exist"
    found = evidence.get(part.code)
    points, calculation = (None, "") if found is None else _points(part, found)
    if found is None or points is None:
        note = UNCONFIRMED if part.source == "kpi" and None in (part.base, part.target) else MISSING
        note = found.note + "；" + MISSING if found and found.note else note
        empty = Node(part.code, part.label, part.weight, ZERO, None, None, ZERO, State.missing, note=note)
        return _changed(empty, value=found.value, rows=found.rows) if found else empty
    if not ZERO <= points <= HUNDRED:
        sentence = "{part}的得分 {points} 不在 0 到 100 之间。请核对来源，改正后重算。"
        raise Refused(sentence, part=part.label, points=points)
    return Node(
        part.code, part.label, part.weight, ZERO, points, round_score(points), HUNDRED,
        value=found.value, note=found.note, calculation=calculation, rows=found.rows,
    )  # fmt: skip


def _points(part: Part, found: Evidence) -> tuple[Decimal | None, str]:
    """Points of a leaf with the sentence behind them; a KPI is always mapped from its raw value."""
    if part.source != "kpi":
        return found.points, found.calculation
    if part.base is None or part.target is None or found.value is None:
        return None, ""
    points = kpi_points(found.value, part.base, part.target)
    x, b, t = map(number, (found.value, part.base, part.target))
    if found.value < part.base:
        return points, f"60×{x}÷{b}{equals(points)}"
    formula = f"60 + 40×({x} − {b})÷({t} − {b})"
    return points, (f"min(100, {formula})" if found.value > part.target else formula) + equals(points)


def _branch(code: str, label: str, weight: Decimal, children: Iterable[Node]) -> Node:
    """A node made of others: the weighted mean of those with points."""
    nodes = tuple(children)
    known = [(node.weight, node.points) for node in nodes if node.points is not None]
    total = sum((share for share, _ in known), ZERO)
    present = sum((node.weight for node in nodes if not node.missing), ZERO)
    if not total:
        return Node(code, label, weight, ZERO, None, None, ZERO, State.missing, note=MISSING, children=nodes)
    points = sum((share * value for share, value in known), ZERO) / total
    terms = " + ".join(f"{_weight(share)}×{number(value)}" for share, value in known)
    formula = terms if total == HUNDRED else f"({terms})÷{_weight(total)}"
    shown = round_score(points)
    sentence = formula + equals(points)
    return Node(code, label, weight, ZERO, points, shown, present, calculation=sentence, children=nodes)


def _carry(node: Node, effective: Decimal) -> None:
    """Put the percent of S that it carries on each node of a tree that nobody has seen yet; copying half a million nodes
    of a large cycle once more took a tenth of the time.
    """
    object.__setattr__(node, "effective_weight", effective)
    weights = [ZERO if child.missing else child.weight for child in node.children]
    total = sum(weights, ZERO) or HUNDRED
    for child, weight in zip(node.children, weights, strict=True):
        _carry(child, effective * weight / total)


def _changed(node: Node, **values: Any) -> Node:
    """The same as dataclasses.replace, five times as fast: a large cycle has half a million nodes."""
    new = object.__new__(Node)
    new.__dict__.update(node.__dict__, **values)
    return new


def _check_sum(label: str, entries: Iterable[Part]) -> None:
    """Refuse a set of weights that is negative somewhere or does not sum to 100."""
    weights = [entry.weight for entry in entries]
    total = sum(weights, ZERO)
    if total != HUNDRED or any(weight < 0 for weight in weights):
        sentence = "{dimension}的权重合计是 {total}，应当是 100，且每项不小于 0。方案没有保存，请改权重后再存。"
        raise Refused(sentence, dimension=label, total=plain(total))


def _text(data: Mapping[str, Any], name: str) -> str:
    """A field that must be there."""
    if not data.get(name):
        raise Refused("考核方案缺少「{name}」：{where}。补上后再保存。", name=name, where=str(dict(data))[:80])
    return str(data[name])


def _day(data: Mapping[str, Any], name: str) -> date:
    """A day that must be there, as YYYY-MM-DD."""
    try:
        return date.fromisoformat(_text(data, name))
    except ValueError:
        raise Refused("考核方案的 {name} 不是日期，应写成 2026-01-01 这样。改正后再保存。", name=name) from None


def _decimal(data: Mapping[str, Any], name: str) -> Decimal:
    """A number that must be there, exact as written (a float of YAML by its shortest text)."""
    try:
        found = Decimal(str(data[name]))
    except (KeyError, ArithmeticError):
        found = Decimal("NaN")
    if not found.is_finite():
        where = data.get("label") or data.get("code") or ""
        raise Refused("考核方案里「{where}」的 {name} 不是数字。改正后再保存。", where=where, name=name)
    return found


def _weight(percent: Decimal) -> str:
    """A weight as a factor with two decimals or more: 30 → 0.30."""
    whole, _, rest = plain(percent / HUNDRED).partition(".")
    return f"{whole}.{rest:0<2}"


def checked_decision(reason: str, *, is_decided: bool, is_own: bool) -> str:
    """The reason for deciding a proposed correction, or why it cannot be decided like this."""
    if is_decided:
        raise Refused("这一条已经决定过，没有再改。")
    if is_own:
        raise Refused("与本人有关的更正由另一个人决定。")
    words = " ".join(reason.split())
    if len(words) < LEAST_REASON:
        raise Refused("写明理由，至少 {n} 个字，本人会看到。", n=LEAST_REASON)
    return words[:300]
