"""What all pages of appraisals share: the blueprint, who may see what, grades and stages in words."""

from flask import Blueprint, g
from flask_babel import gettext as _

from appraisals.cycles import queries
from appraisals.cycles.models import Cycle, CycleKind, Participation
from appraisals.cycles.rules import deciders, grades
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Stage
from lms.people.models import EmploymentForm
from lms.web import guards
from lms.web.guards import Reach

bp = Blueprint("appraisals", "appraisals", template_folder="templates")
VIEWERS = ("hr", "committee", "line_leader")
GRADE_TAGS = {Grade.excellent: "brand", Grade.competent: "ok", Grade.basic: "warn", Grade.failing: "danger"}


def seen() -> tuple[Reach, ...]:
    """The reaches by which the signed-in person sees other people's appraisals."""
    return guards.reaches(*VIEWERS)


def sees_all(reaches: tuple[Reach, ...]) -> bool:
    """HR and the committee of the whole house compare small groups too; nobody else does."""
    return any(reach.scope == "all" and reach.role in {"hr", "committee"} for reach in reaches)


def cycle_or_404(code: str) -> Cycle:
    """The cycle; a plan that is only being drafted is seen by HR and the committee alone."""
    cycle = guards.found(queries.cycle(code))
    reaches = seen()
    guards.allow(bool(reaches))
    guards.allow(cycle.state != Stage.plan_draft or sees_all(reaches), seen=False)
    return cycle


def participation_or_404(cycle: Cycle, person_id: int) -> Participation:
    """A person in a cycle, if the viewer's reaches cover them; another vendor's HR finds nothing."""
    found = guards.found(queries.participation(cycle.id, person_id))
    guards.allow(queries.may_reach(found.id, seen()), seen=False)
    return found


def grade_word(form: EmploymentForm, kind: CycleKind, grade: str | None) -> str:
    """The word of a grade in the law or contract of a form; opinions and nothing at all have words too."""
    if not grade:
        return _("待定")
    if grade == queries.OPINION:
        return _("意见")
    if grade == queries.WITHDRAWN:
        return _("收回（待定）")
    return _(grades.grade_label(form, kind, Grade(grade)))


def grade_choices(form: EmploymentForm, kind: CycleKind) -> list[tuple[str, str]]:
    """The grades of a form in their words, best first."""
    return [(grade.value, _(grades.grade_label(form, kind, grade))) for grade in Grade]


def kind_word(kind: CycleKind) -> str:
    """平时考核 or 年度考核."""
    return _("平时考核") if kind is CycleKind.quarterly else _("年度考核")


def held(*wanted: Actor) -> tuple[Actor, ...]:
    """The parts the signed-in person plays for a whole cycle, as far as wanted."""
    parts = deciders.actors(g.person.reaches)
    return tuple(part for part in parts if part in wanted) if wanted else parts
