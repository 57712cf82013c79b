"""What decides over the seats of a pool, read without the pool: counts by score, and those who share one score."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Text, and_, case, cast, false, func, or_, select

from appraisals.cycles import listing
from appraisals.cycles.listing import IS_GRADED
from appraisals.cycles.models import Participation
from appraisals.cycles.rules import board, seats
from appraisals.cycles.rules.board import BoardRow, Seats
from appraisals.cycles.rules.grades import GradeMode
from appraisals.cycles.rules.seats import Item
from appraisals.evidence.rules import round_score
from appraisals.scores.rules import Bands
from lms.db import db

HALF = Decimal("0.005")  # rounds up to the next hundredth
# Gates are told apart as text: the two databases share no function that looks into a list kept as JSON, and reading
# them into Python would be reading the cycle. A quotation mark inside a sentence is written with a backslash.
GATES = cast(Participation.gates, Text)
IS_SHUT = or_(*(GATES.contains(f'"is_open":{gap}false', autoescape=True) for gap in ("", " ")))


@dataclass(frozen=True)
class Above:
    """The size of a pool, and how many of its graded people have a higher rounded score: all, and with open gates."""

    size: int
    ranked: int
    eligible: int


@dataclass(frozen=True)
class LastSeats:
    """Those whom nothing tells apart over the last seats of a pool, by person, and how many seats stay empty."""

    tied: list[BoardRow]
    empty: int


@dataclass(frozen=True)
class Advice:
    """What the rules would propose for one person, with the size of the pool and its seats."""

    item: Item
    size: int
    seats: int


def last_seats(
    cycle_id: int, pools: Iterable[Seats], bands: Mapping[str, Bands], votes: Mapping[int, int]
) -> dict[str, LastSeats]:
    """What `board.proposals` over everybody says of the last seats of each pool that has people."""
    known = [pool for pool in pools if pool.size]
    scores = contenders(cycle_id, min(bands[pool.pool].excellent for pool in known)) if known else {}
    found = {}
    for pool in known:
        above, totals = seats.last_seat(scores.get(pool.pool, {}), pool.seats, bands[pool.pool])
        rows = sharing(cycle_id, pool.pool, totals) if totals else []
        given, tied = board.awarded(rows, pool.seats - above, bands[pool.pool], votes)
        people = sorted((row for row in rows if row.person_id in tied), key=lambda row: row.person_id)
        found[pool.pool] = LastSeats(people, pool.seats - above - len(given))
    return found


def advice(found: Participation, percent: int, bands: Bands, votes: Mapping[int, int]) -> Advice:
    """What `board.proposals` over the whole pool says of one person."""
    higher = above(found.cycle_id, found.pool, found.total)
    if found.total is not None and found.grade_mode == GradeMode.grade:
        rows = equals(found.cycle_id, found.pool, found.total)
    else:
        rows = listing.some(found.cycle_id, Participation.id == found.id)
    n = seats.quota(higher.size, percent)
    people = board.candidates(rows, votes)
    item = seats.advise(found.person_id, people, higher.ranked, higher.eligible, n, bands)
    return Advice(item, higher.size, n)


def contenders(cycle_id: int, least: Decimal) -> dict[str, dict[Decimal, int]]:
    """How many graded people with open gates have each score, by pool; none whose rounded score is below the least."""
    rows = db.session.execute(
        select(Participation.pool, Participation.total, func.count())
        .where(Participation.cycle_id == cycle_id, IS_GRADED, Participation.total >= least - HALF, ~IS_SHUT)
        .group_by(Participation.pool, Participation.total)
    )
    found: dict[str, dict[Decimal, int]] = {}
    for pool, total, n in rows:
        assert total is not None
        found.setdefault(pool, {})[total] = n
    return found


def sharing(cycle_id: int, pool: str, totals: Collection[Decimal]) -> list[BoardRow]:
    """The graded people of a pool who have one of these scores."""
    return listing.some(cycle_id, Participation.pool == pool, IS_GRADED, Participation.total.in_(totals))


def equals(cycle_id: int, pool: str, score: Decimal) -> list[BoardRow]:
    """The graded people of a pool whose score rounds to the same."""
    points = round_score(score)
    inside = and_(Participation.total >= points - HALF, Participation.total < points + HALF)
    return listing.some(cycle_id, Participation.pool == pool, IS_GRADED, inside)


def above(cycle_id: int, pool: str, score: Decimal | None) -> Above:
    """How many stand above a score in a pool; nobody where there is none."""
    higher = and_(IS_GRADED, Participation.total >= round_score(score) + HALF) if score is not None else false()
    size, ranked, eligible = db.session.execute(
        select(func.count(), func.count(case((higher, 1))), func.count(case((and_(higher, ~IS_SHUT), 1)))).where(
            Participation.cycle_id == cycle_id, Participation.pool == pool
        )
    ).one()
    return Above(size, ranked, eligible)
