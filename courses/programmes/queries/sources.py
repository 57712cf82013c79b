"""What programmes may ask for: courses here, exams from a package above. Each source offers things and knows the facts."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, UnitKind
from courses.catalogue.rules import shown_title
from courses.programmes.rules.content import Fact, Key
from courses.progress import queries as progress
from lms import clock

COURSE = "course"
Done = tuple[int, str, datetime]  # person, what, when


@dataclass(frozen=True)
class Offer:
    """Something a programme can ask for. months: how long having done it counts (None: for ever)."""

    kind: str
    ref_id: str
    title: str
    title_en: str
    minutes: int
    months: int | None

    @property
    def key(self) -> Key:
        return self.kind, self.ref_id

    def shown(self, language: str) -> str:
        """The title in a language."""
        return shown_title(self, language)


@dataclass(frozen=True)
class Source:
    """Where offers of a kind come from. done: who has done which of these, people by id, every time it was done.
    renewed: which of these courses somebody has proved anew, by an exam that closes them.
    """

    kind: str
    label: str
    offers: Callable[[], list[Offer]]
    done: Callable[[Collection[str], Collection[int]], Iterable[Done]]
    renewed: Callable[[Collection[str], Collection[int]], Iterable[Done]] | None = None


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a kind of thing that programmes can ask for; each package's wiring says its own, once a process."""
    _sources[source.kind] = source


def known() -> dict[str, Source]:
    """The sources there are, by kind."""
    return _sources


def offers() -> dict[Key, Offer]:
    """Everything that may be asked for now."""
    return {offer.key: offer for source in known().values() for offer in source.offers()}


def facts(keys: Collection[Key], person_ids: Collection[int]) -> dict[int, list[Fact]]:
    """What these people have done of these things up to now, nobody left out. A renewal counts for whoever has done the
    course.
    """
    now = clock.now()
    found: dict[int, list[Fact]] = {person_id: [] for person_id in person_ids}
    if not person_ids:
        return found
    for kind, source in known().items():
        wanted = [ref for key_kind, ref in keys if key_kind == kind]
        if wanted:
            for person_id, ref, at in source.done(wanted, person_ids):
                if at <= now:
                    found[person_id].append(_fact(kind, ref, at))
    courses = [ref for kind, ref in keys if kind == COURSE]
    for source in known().values():
        if source.renewed and courses:
            for person_id, ref, at in source.renewed(courses, person_ids):
                if at <= now and any(fact.key == (COURSE, ref) for fact in found[person_id]):
                    found[person_id].append(_fact(COURSE, ref, at))
    return found


def _fact(kind: str, ref: str, at: datetime) -> Fact:
    return Fact((kind, ref), at, clock.local(at).date())


def _offer(course: Course) -> Offer:
    """A course counts as long as it says where an exam can renew it; where none closes it, for ever."""
    units = [unit for unit in course.units if not unit.is_retired]
    months = course.validity_months if any(unit.kind == UnitKind.exam for unit in units) else None
    minutes = sum(unit.minutes for unit in units)
    return Offer(COURSE, course.code, course.title, course.title_en, minutes, months)


def course_offers() -> list[Offer]:
    """The open courses of the library."""
    return [_offer(course) for course in catalogue.open_courses()]


def course_done(codes: Collection[str], person_ids: Collection[int]) -> list[Done]:
    """When each of these people last completed each of these courses."""
    found = progress.completed_courses(person_ids, codes)
    return [(person_id, code, at) for person_id, courses in found.items() for code, at in courses.items()]


COURSES = Source(COURSE, "课程", course_offers, course_done)
