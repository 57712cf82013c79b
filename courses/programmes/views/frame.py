"""What the pages of programmes share: who sees which, deadlines and stages in words."""

from datetime import datetime

from flask_babel import gettext as _

from courses.programmes.models import Programme, Reason, Stage
from courses.programmes.queries import audiences, members, sources
from courses.programmes.queries import programmes as queries
from courses.programmes.queries.sources import Offer
from courses.programmes.rules import audience as rules
from courses.programmes.rules import stages
from courses.programmes.rules.board import Count
from lms import clock
from lms.organisation import queries as organisation
from lms.web import guards, shell
from lms.web.guards import Reach
from lms.web.languages import locale

ROLES = ("hr", "trainer", "line_leader")
SECTION = "courses.training"
COMPLIANCE = "courses.compliance"
NOBODY = Count()
STAGE_KINDS = {Stage.draft: "", Stage.published: "brand", Stage.closed: "info"}
REASONS = {
    Reason.rule: "符合条件",
    Reason.joiner: "新进人员",
    Reason.named: "点名加入",
    Reason.left: "已离岗",
    Reason.moved: "不再符合条件",
    Reason.excluded: "点名排除",
}


def seen() -> tuple[Reach, ...]:
    """The reaches by which the signed-in person sees programmes."""
    return guards.reaches(*ROLES)


def is_hr() -> bool:
    """HR sees small groups too."""
    return bool(guards.reaches("hr"))


def may_change(programme: Programme) -> bool:
    """Whether the whole audience lies within the viewer's reach."""
    scope = audiences.audience_of(programme).scope
    return rules.may_change(seen(), scope, audiences.below())


def extending(programme: Programme) -> tuple[Reach, ...]:
    """The reaches by which the viewer may give more time: HR and trainers their people, others in their own programmes."""
    return seen() if may_change(programme) else guards.reaches("hr", "trainer")


def programme_or_404(programme_id: int) -> Programme:
    """A programme that the viewer may see: one of their own, or a published one with somebody in their reach."""
    found = guards.found(queries.programme(programme_id))
    if not may_change(found):
        is_there = found.state is not Stage.draft and members.has_any(found.id, seen())
        guards.allow(is_there, seen=False)
    return found


def own_or_404(programme_id: int) -> Programme:
    """A programme that the viewer may change; 403 when they may only look."""
    found = programme_or_404(programme_id)
    guards.allow(may_change(found))
    return found


def stage_word(programme: Programme) -> str:
    """草稿, 进行中, 已结束."""
    return _(stages.WORDS[programme.state])


def due_words(programme: Programme) -> str:
    """By when, as a sentence without an end."""
    if programme.due_on is not None:
        return _("%(day)s 18:00", day=shell.day_words(programme.due_on))
    if programme.is_in_workdays:
        return _("加入后 %(n)s 个工作日", n=programme.due_days)
    return _("加入后 %(n)s 天", n=programme.due_days)


def shown_offers(programme: Programme) -> list[Offer]:
    """What a programme asks for, in order; something that is no longer offered keeps its code as title."""
    offers = sources.offers()
    return [
        offers.get((item.kind, item.ref_id)) or Offer(item.kind, item.ref_id, item.ref_id, "", 0, None)
        for item in programme.items
    ]


def title_of(offer: Offer) -> str:
    """The title in the reader's language."""
    return offer.shown(locale())


def kind_word(kind: str) -> str:
    """课程 or 考试."""
    found = sources.known().get(kind)
    return _(found.label) if found else kind


def left_words(lessons: int, exams: int, minutes: int) -> str:
    """剩 2 节 6 分钟."""
    parts = []
    if lessons:
        parts.append(_("%(n)s 节", n=lessons))
    if exams:
        parts.append(_("%(n)s 场测验", n=exams))
    if minutes:
        parts.append(_("%(n)s 分钟", n=minutes))
    return _("剩 %(what)s", what=" ".join(parts)) if parts else _("等待记完成")


def unit_names() -> dict[int, str]:
    """{unit: name} of every unit, in the order of the organisation."""
    return {unit.id: unit.name for unit in organisation.units(is_open=False)}


def is_late(due_at: datetime) -> bool:
    """Whether a deadline has passed."""
    return due_at < clock.now()
