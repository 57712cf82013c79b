"""Seats: how many a pool has, who stands where, and who is proposed for one."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from appraisals.cycles.rules.grades import ORDINARY, Grade, GradeMode, ModeDecision, Reason
from appraisals.evidence.rules import round_score
from appraisals.scores.rules import Band, Bands, band
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS, EmploymentForm

POOLS = {
    EmploymentForm.civil_servant: "organ",
    EmploymentForm.institution: "institution",
    EmploymentForm.direct_contract: "employer",
}


@dataclass(frozen=True)
class Candidate:
    """One participant of a pool; score is S (ranked as rounded), 绩 and 能 unrounded."""

    person_id: int
    pool: str
    score: Decimal | None  # None: insufficient evidence
    achievement: Decimal | None = None
    ability: Decimal | None = None
    is_front_line: bool = False
    satisfaction: Decimal | None = None
    vote: int | None = None  # recorded votes of the committee
    decision: ModeDecision = ORDINARY
    closed: tuple[Reason, ...] = ()  # reasons of the gates that are not open


@dataclass(frozen=True)
class Ranked:
    """A place in the order; several share a place when nothing tells them apart."""

    candidate: Candidate
    place: int
    decided_by: str  # what told this one from those of equal S; empty where S did
    tied_with: tuple[int, ...] = ()


@dataclass(frozen=True)
class Item:
    """What is proposed for one person, and why."""

    person_id: int
    place: int | None
    grade: Grade | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Proposal:
    """The seats of a pool and a proposal for each of its people."""

    pool: str
    size: int
    seats: int
    empty: int
    items: tuple[Item, ...]
    tied: tuple[int, ...] = ()  # persons whom nothing tells apart over the last seat

    @property
    def excellent(self) -> frozenset[int]:
        """Persons proposed for 优秀."""
        return frozenset(item.person_id for item in self.items if item.grade is Grade.excellent)


def quota(size: int, percent: int) -> int:
    """Seats of 优秀: size · percent ÷ 100, rounded down in whole numbers (人社部发〔2023〕6号第15条)."""
    if size < 0 or not 0 <= percent <= 100:
        raise Refused(
            "名额算不出来：人数 {size}，比例 {percent}%。人数不能为负，比例在 0 到 100 之间。",
            size=size,
            percent=percent,
        )
    return size * percent // 100


def pool_size(leads_the_unit: Iterable[bool]) -> int:
    """Who should take part: everybody, graded or not (第37、41、42条), but for the leaders of the unit (第2条)."""
    return sum(not leads for leads in leads_the_unit)


def pool_key(form: EmploymentForm, employer_id: int, contract_id: int | None = None) -> str:
    """The pool of a person: organ, institution, direct employer or vendor contract; pools are never merged."""
    if form in VENDOR_FORMS:
        if contract_id is None:
            raise Refused("{form}人员按合同分名额，这个人没有对应的合同。请先登记合同。", form=form.label)
        return f"contract:{contract_id}"
    return f"{POOLS[form]}:{employer_id}"


Criterion = tuple[str, Callable[[Candidate], Decimal | None]]
ORDER: tuple[Criterion, ...] = (
    ("总分", lambda c: None if c.score is None else round_score(c.score)),
    ("绩", lambda c: c.achievement),
    ("能", lambda c: c.ability),
    ("一线或艰苦岗位", lambda c: Decimal(c.is_front_line)),
    ("满意率", lambda c: c.satisfaction),
    ("委员会投票", lambda c: None if c.vote is None else Decimal(c.vote)),
)


def rank(candidates: Iterable[Candidate]) -> tuple[Ranked, ...]:
    """The order of those with a score: S, 绩, 能, front line first, satisfaction, recorded vote.

    Something that not all who are equal so far have (an office has no satisfaction) does not decide between them.
    """
    scored = sorted((c for c in candidates if c.score is not None), key=lambda c: c.person_id)
    ranked: list[Ranked] = []
    for block, decided_by in _blocks(scored, ORDER, ""):
        ids = tuple(candidate.person_id for candidate in block)
        ranked += [Ranked(c, len(ranked) + 1, decided_by, tuple(i for i in ids if i != c.person_id)) for c in block]
    return tuple(ranked)


def _blocks(group: list[Candidate], order: tuple[Criterion, ...], decided_by: str) -> list[tuple[list[Candidate], str]]:
    """The group in order, as blocks that nothing tells apart, each with what told it from its equals."""
    if len(group) < 2 or not order:
        return [(group, decided_by)] if group else []
    (name, key), *rest = order
    values = {candidate.person_id: key(candidate) for candidate in group}
    if None in values.values() or len(set(values.values())) == 1:
        return _blocks(group, tuple(rest), decided_by)

    def value(candidate: Candidate) -> Decimal:
        return values[candidate.person_id] or Decimal(0)

    by = "" if name == ORDER[0][0] else name
    parts = groupby(sorted(group, key=value, reverse=True), key=value)
    return [block for _, part in parts for block in _blocks(list(part), tuple(rest), by)]


def allocate(pool: str, size: int, percent: int, candidates: Collection[Candidate], bands: Bands) -> Proposal:
    """Who is proposed for what in one pool; seats are never exceeded, an unresolved tie over the last leaves it empty."""
    ids = {candidate.person_id for candidate in candidates}
    if any(candidate.pool != pool for candidate in candidates):
        raise Refused("名额池不能合并：有人不属于「{pool}」。请按机关、事业单位或合同分开提名。", pool=pool)
    if len(ids) != len(candidates) or len(ids) > size:
        raise Refused("名单有 {n} 人，应参加考核 {size} 人，有重复或超出。请核对名单。", n=len(candidates), size=size)
    seats = quota(size, percent)
    awarded, tied = award((c for c in candidates if is_eligible(c, bands)), seats)
    places = {ranked.candidate.person_id: ranked for ranked in rank([c for c in candidates if is_ranked(c)])}
    items = tuple(_item(c, places.get(c.person_id), bands, seats, awarded, tied) for c in candidates)
    order = sorted(items, key=lambda item: (item.place is None, item.place or 0, item.person_id))
    return Proposal(pool, size, seats, seats - len(awarded), tuple(order), tuple(sorted(tied)))


def award(eligible: Iterable[Candidate], seats: int) -> tuple[set[int], set[int]]:
    """Who of those who may take a seat gets one of so many, and whom nothing tells apart over the last; persons."""
    awarded: set[int] = set()
    for _, group in groupby(rank(eligible), key=lambda ranked: ranked.place):
        block = {ranked.candidate.person_id for ranked in group}
        if len(awarded) + len(block) > seats:
            return awarded, block if len(awarded) < seats else set()
        awarded |= block
    return awarded, set()


def last_seat(scores: Mapping[Decimal, int], seats: int, bands: Bands) -> tuple[int, frozenset[Decimal]]:
    """Where seats run out among those who may take one but for their score: how many have theirs by score alone, and
    the scores (as given, equal when rounded) that the last seats fall on; none where everybody or nobody else fits.
    """
    alike: dict[Decimal, list[Decimal]] = {}
    for score in scores:
        if band(round_score(score), bands) is Band.excellent_candidate:
            alike.setdefault(round_score(score), []).append(score)
    above = 0
    for points in sorted(alike, reverse=True):
        n = sum(scores[score] for score in alike[points])
        if above + n > seats:
            return above, frozenset(alike[points] if above < seats else ())
        above += n
    return above, frozenset()


def advise(
    person_id: int, equals: Collection[Candidate], above: int, above_eligible: int, seats: int, bands: Bands
) -> Item:
    """The proposal for one person as `allocate` gives it, from those of their pool who share their rounded score (or from
    the person alone where they are not ranked) and how many stand above: of all who are ranked, and of the eligible.
    """
    awarded, tied = award((c for c in equals if is_eligible(c, bands)), seats - above_eligible)
    ranked = next((one for one in rank(filter(is_ranked, equals)) if one.candidate.person_id == person_id), None)
    candidate = next(c for c in equals if c.person_id == person_id)
    placed = replace(ranked, place=above + ranked.place) if ranked else None
    return _item(candidate, placed, bands, seats, awarded, tied)


def newly_proposed(before: Proposal, after: Proposal) -> frozenset[int]:
    """Who came in after an objection was upheld: each needs a publicity of their own, in full."""
    return after.excellent - before.excellent


def is_ranked(candidate: Candidate) -> bool:
    """Takes a place in the order: is graded, and by the score."""
    return candidate.decision.mode is GradeMode.grade and candidate.decision.fixed is None


def is_eligible(candidate: Candidate, bands: Bands) -> bool:
    """May take a seat: ranked, all gates open, and S in the band of candidates."""
    if candidate.score is None or candidate.closed or not is_ranked(candidate):
        return False
    return band(round_score(candidate.score), bands) is Band.excellent_candidate


def _item(
    candidate: Candidate, ranked: Ranked | None, bands: Bands, seats: int, awarded: set[int], tied: set[int]
) -> Item:
    """The proposal for one person with every reason that leads to it."""
    decision, person = candidate.decision, candidate.person_id
    given = (decision.reason,) if decision.reason else ()
    if decision.mode is not GradeMode.grade or decision.fixed:
        return Item(person, None, decision.fixed, given)
    if candidate.score is None or ranked is None:
        return Item(person, None, None, (*given, Reason("证据不足，暂不排名、不建议等次")))
    place = Reason("总分 {score}，排第 {place}", {"score": str(round_score(candidate.score)), "place": ranked.place})
    reasons = [*given, place]
    if ranked.decided_by:
        reasons.append(Reason("总分相同，按{criterion}排先后", {"criterion": ranked.decided_by}))
    if person in awarded:
        return Item(
            person, ranked.place, Grade.excellent, (*reasons, Reason("在 {seats} 个名额之内", {"seats": seats}))
        )
    reached = band(round_score(candidate.score), bands)
    if reached in (Band.low, Band.lowest):
        reasons.append(Reason("低于参考线 {line}；要定更低一档须写明规定的情形", {"line": str(bands.competent)}))
    elif reached is Band.competent:
        reasons.append(Reason("低于优秀参考线 {line}", {"line": str(bands.excellent)}))
    elif candidate.closed:
        reasons += candidate.closed
    elif person in tied:
        reasons.append(Reason("最后的名额并列，依次比较仍相同；委员会投票记录之前名额空着"))
    else:
        reasons.append(Reason("{seats} 个名额已排满", {"seats": seats}))
    return Item(person, ranked.place, Grade.competent, tuple(reasons))
