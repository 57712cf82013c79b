"""Where a cycle stands, drawn: the stepper, the next buttons, the trace."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from appraisals.cycles import gradings, queries
from appraisals.cycles.actions import publishing
from appraisals.cycles.actions.moving import SCORES_JOB
from appraisals.cycles.models import Cycle, CycleMove, FormStep
from appraisals.cycles.rules import board, stages
from appraisals.cycles.rules.board import Group
from appraisals.cycles.rules.stages import Actor, FormStage, Stage
from appraisals.evidence.rules import plain
from appraisals.scores import queries as scores
from appraisals.scores.rules import Scheme
from lms import clock
from lms.jobs import Job

ORDER = tuple(Stage)
OPTIONAL = frozenset({Stage.self_summary, Stage.peer_survey, Stage.publicity})


def _day(instant: Any) -> str:
    day = clock.local(instant).date()
    return _("%(m)s 月 %(d)s 日", m=day.month, d=day.day)


def stepper(cycle: Cycle, taken: Sequence[CycleMove], groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The stages in order with the day each was left, what is due, or how many have handed in; skipped ones left out."""
    here = ORDER.index(Stage(cycle.state))
    entered = {step.to_state: step.moved_at for step in taken}
    left = {step.from_state: step.moved_at for step in taken}
    drawn = []
    for index, stage in enumerate(ORDER):
        if stage is Stage.final or (stage in OPTIONAL and index < here and stage not in entered):
            continue
        state = "done" if index < here else "now" if index == here else "todo"
        if stage is Stage.archived and cycle.state == Stage.final:
            state = "now"
        planned = planned_day(cycle, stage)
        note = _day(left[stage]) if state == "done" and stage in left else ""
        if stage is Stage.self_summary and index <= here:
            note = f"{sum(one.n for one in groups if one.has_summary)} / {sum(one.n for one in groups)}"
        elif stage is Stage.grading and index >= here and cycle.grading_due_on:
            note = _("%(m)s 月 %(d)s 日前", m=cycle.grading_due_on.month, d=cycle.grading_due_on.day)
        elif stage is Stage.publicity and index >= here:
            note = _("%(n)s 个工作日", n=publicity_days(cycle))
        elif planned is not None and index >= here:
            note = _("%(m)s 月 %(d)s 日前", m=planned.month, d=planned.day)
        drawn.append({"label": _(stage.label), "note": note, "state": state})
    return drawn


def publicity_days(cycle: Cycle) -> int:
    """Working days of publicity."""
    return board.publicity_days(queries.terms_on(cycle.period_from).values())


def forward(cycle: Cycle, held: Sequence[Actor]) -> list[tuple[str, str]]:
    """(stage, button) for each step ahead that one of these actors may take."""
    here = Stage(cycle.state)
    ahead = [to for to in _open(here, held) if ORDER.index(to) > ORDER.index(here)]
    if here is Stage.determined and publishing.is_due(cycle):
        ahead = [to for to in ahead if to is not Stage.final]
    return [(to.value, _words(here, to)) for to in ahead]


def back(cycle: Cycle, held: Sequence[Actor]) -> list[tuple[str, str]]:
    """(stage, button) for each step back, which makes a new version and overwrites nothing."""
    here = Stage(cycle.state)
    return [
        (to.value, _("退回「%(stage)s」", stage=_(to.label)))
        for to in _open(here, held)
        if ORDER.index(to) < ORDER.index(here)
    ]


def _open(here: Stage, held: Sequence[Actor]) -> list[Stage]:
    return [to for (start, to), who in stages.MOVES.items() if start is here and who & set(held) - {Actor.vendor_hr}]


def _words(here: Stage, to: Stage) -> str:
    if to is Stage.determined:
        return _("提交确定")
    if here is Stage.determined and to is Stage.final:
        return _("无人公示，直接生效")
    return _("进入「%(stage)s」", stage=_(to.label))


def trail(cycle: Cycle, taken: Sequence[CycleMove]) -> list[dict[str, Any]]:
    """The last steps, where the cycle is now, and what follows."""
    here = Stage(cycle.state)
    done = [
        {"title": _(Stage(step.to_state).label), "note": f"{_day(step.moved_at)}，{step.actor_label}", "state": "done"}
        for step in taken[-4:-1]
    ]
    since = taken[-1] if taken else None
    note = f"{_day(since.moved_at)}，{since.actor_label}" if since else _day(cycle.created_at)
    now = [{"title": _(here.label), "note": note + _("，进行中"), "state": "now"}]
    ahead = [stage for stage in ORDER[ORDER.index(here) + 1 :] if stage not in {Stage.peer_survey, Stage.self_summary}]
    notes = {
        Stage.determined: _("考核委员会，按人写入等次"),
        Stage.publicity: _("%(n)s 个工作日，员工可以提异议", n=publicity_days(cycle)),
        Stage.archived: _("证据和等次一并留存"),
    }
    later = [{"title": _(stage.label), "note": notes.get(stage, ""), "state": "todo"} for stage in ahead[:3]]
    return [*done, *now, *later]


def scores_job(cycle: Cycle) -> Job | None:
    """The newest job that works out the scores of this cycle."""
    return gradings.newest_job(SCORES_JOB, cycle.id)


def weights(cycle: Cycle) -> dict[str, str]:
    """The weight of each dimension, where all schemes of the cycle agree on it."""
    found: dict[str, set[str]] = {}
    for row in scores.rows_on(cycle.period_from).values():
        for dimension in Scheme.from_dict(row.weights["scheme"]).dimensions:
            found.setdefault(dimension.code, set()).add(f"{plain(dimension.weight)}%")
    return {code: next(iter(words)) for code, words in found.items() if len(words) == 1}


def planned_day(cycle: Cycle, stage: Stage) -> date | None:
    """The last day of a stage as the plan has it."""
    text = cycle.plan.get(stage.value)
    return date.fromisoformat(text) if text else None


def own_stepper(cycle: Cycle, taken: Sequence[CycleMove], form: Sequence[FormStep]) -> list[dict[str, Any]]:
    """The stages as the person meets them: those of the cycle up to 公示, then those of their own form."""
    drawn = [one for one in stepper(cycle, taken, []) if one["label"] != _(Stage.archived.label)]
    for one in drawn:
        one["note"] = "" if "/" in one["note"] else one["note"]
    reached = {step.to_stage: step.taken_at for step in form}
    for stage in (FormStage.notified, FormStage.signed, FormStage.review, FormStage.review_decided, FormStage.appeal,
                  FormStage.appeal_decided, FormStage.archived):  # fmt: skip
        is_needed = stage in {FormStage.notified, FormStage.signed, FormStage.archived}
        if stage not in reached and not is_needed:
            continue
        note = _day(reached[stage]) if stage in reached else ""
        drawn.append({"label": _(stage.label), "note": note, "state": "done" if stage in reached else "todo"})
    if not any(one["state"] == "now" for one in drawn):
        waiting = next((one for one in drawn if one["state"] == "todo"), None)
        if waiting is not None:
            waiting["state"] = "now"
    return drawn
