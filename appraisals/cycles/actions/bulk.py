"""Grade many people at once: a preview of what each would get, the same verb for each, and undo of the whole batch."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appraisals.cycles import gradings, queries
from appraisals.cycles.actions import grading
from appraisals.cycles.models import Cycle, GradeDecision, Participation
from appraisals.cycles.rules import deciders, grades
from appraisals.cycles.rules.grades import Grade, GradeMode, ModeDecision, Reason
from appraisals.cycles.rules.stages import Decider, Stage
from lms import audit
from lms.db import db
from lms.errors import Refused

MOST = 200
DeciderOf = Callable[[Participation], Decider | None]


@dataclass(frozen=True)
class Planned:
    """What would become of one person: the grade before, or the sentence that says why nothing."""

    participation: Participation
    before: GradeDecision | None
    refused: Refused | None
    is_same: bool = False

    @property
    def goes(self) -> bool:
        """This person would get a new grade."""
        return self.refused is None and not self.is_same


def plan(cycle: Cycle, ids: Sequence[int], grade: Grade, reason: str, decider_of: DeciderOf) -> list[Planned]:
    """What the batch would do to each person, without doing it."""
    if Stage(cycle.state) is not Stage.grading:
        raise Refused("现在是「{stage}」，等次在评定阶段才能改。", stage=Stage(cycle.state).label)
    if not ids:
        raise Refused("先在名单里勾选人员，再批量定等次。")
    if len(ids) > MOST:
        raise Refused("一次最多 {n} 人，现在选了 {have} 人。请分几次。", n=MOST, have=len(ids))
    people = queries.participations(cycle.id, ids)
    standing = gradings.latest_decisions([one.id for one in people])
    return [_planned(one, standing.get(one.id), grade, reason, decider_of(one)) for one in people]


def _planned(
    one: Participation, before: GradeDecision | None, grade: Grade, reason: str, decider: Decider | None
) -> Planned:
    try:
        deciders.check_proposer(one.form, one.spell.vendor_id, one.person_id, decider)
        if before is not None and before.grade == grade:
            return Planned(one, before, None, is_same=True)
        words = deciders.check_reason(reason, is_change=before is not None)
        against = tuple(Reason(g["sentence"], g["values"]) for g in one.gates if not g["is_open"])
        text = one.grade_mode_reason
        mode = ModeDecision(GradeMode(one.grade_mode), Reason("{reason}", {"reason": text}) if text else None)
        grades.check_grade(grade, decision=mode, against=against, condition=words)
    except Refused as refused:
        return Planned(one, before, refused)
    return Planned(one, before, None)


def decide_many(
    cycle: Cycle, ids: Sequence[int], grade: Grade, reason: str, decider_of: DeciderOf, seen: dict[int, int]
) -> tuple[str, int]:
    """Give the grade to those of the preview that it fits; returns the batch and how many.

    `seen` is, by participation, the row that the preview showed (0: none); somebody changed meanwhile stops the whole.
    """
    planned = [one for one in plan(cycle, ids, grade, reason, decider_of) if one.goes]
    batch = secrets.token_hex(8)
    for one in planned:
        who = decider_of(one.participation)
        grading.decide_grade(one.participation, grade, reason, who, batch=batch, seen=seen.get(one.participation.id, 0))
    if planned:
        audit.record("grade.batch", "cycle", cycle.code, cycle.title, grade=grade.value, people=len(planned))
    return batch, len(planned)


def undo_batch(batch: str, decider_of: DeciderOf) -> tuple[int, list[str]]:
    """Take a batch back: how many, and the names of those whose grade somebody has changed since (left as they are)."""
    rows = gradings.batch(batch)
    if not rows:
        raise Refused("没有找到这一批等次。没有改动。")
    done, kept = 0, []
    for row in rows:
        person = db.session.get_one(Participation, row.participation_id)
        decider = decider_of(person)
        newest = queries.newest_row(person.id)
        if decider is None or decider.person_id != row.decided_by:
            raise Refused("只能撤销自己提出的等次。没有改动。")
        if newest is None or newest.id != row.id:
            if newest is None or newest.undoes_id != row.id:
                kept.append(person.person.name)
            continue
        grading.take_back(row, decider)
        done += 1
    return done, kept
