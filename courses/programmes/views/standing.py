"""How far people of a programme are, in words: for the named list and the sheet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from courses.programmes.models import Programme
from courses.programmes.queries import programmes as queries
from courses.programmes.queries import sources
from courses.programmes.queries.members import Row
from courses.programmes.rules import content
from courses.programmes.views import frame
from lms import clock


@dataclass(frozen=True)
class Standing:
    """What is left in words, and when somebody last learned."""

    words: str
    last_at: datetime | None
    lessons: int = 0
    exams: int = 0
    minutes: int = 0


def standings(programme: Programme, rows: Collection[Row]) -> dict[int, Standing]:
    """Of each of these people; a fixed number of queries."""
    ids = [row.person_id for row in rows]
    items = [(item.kind, item.ref_id) for item in programme.items]
    offers = sources.offers()
    months = {key: offers[key].months for key in items if key in offers}
    facts = sources.facts(items, ids)
    done: dict[int, set[content.Key]] = {}
    for row in rows:
        entered_on = clock.local(row.joined_at).date()
        counted = content.counted(facts[row.person_id], months, entered_on, counts_earlier=programme.counts_earlier)
        done[row.person_id] = set(counted)
    codes = [ref for kind, ref in items if kind == sources.COURSE]
    by_code = {one: {ref for kind, ref in keys if kind == sources.COURSE} for one, keys in done.items()}
    left = queries.left(codes, ids, by_code)
    found = {}
    for row in rows:
        rest, own = left[row.person_id], done[row.person_id]
        others = [offers[key] for key in items if key[0] != sources.COURSE and key not in own and key in offers]
        minutes = rest.minutes + sum(offer.minutes for offer in others)
        exams = rest.exams + len(others)
        if row.is_done:
            words = _("已完成")
        elif programme.needed:
            words = _("完成 %(k)s / %(n)s 项", k=len(own), n=content.needed_of(items, programme.needed))
        else:
            words = frame.left_words(rest.lessons, exams, minutes)
        found[row.person_id] = Standing(words, rest.last_at, rest.lessons, exams, minutes)
    return found
