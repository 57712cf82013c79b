"""Grade people: propose, determine, say an opinion. Each is a new row; nothing is overwritten."""

from appraisals.cycles import queries
from appraisals.cycles.models import GradeDecision, Participation
from appraisals.cycles.rules import deciders, grades
from appraisals.cycles.rules.grades import Grade, GradeMode, ModeDecision, Reason
from appraisals.cycles.rules.stages import Decider, Stage
from lms import audit, clock
from lms.db import db
from lms.errors import Refused


def decide_grade(
    participation: Participation,
    grade: Grade,
    reason: str,
    decider: Decider | None,
    *,
    batch: str = "",
    seen: int | None = None,
) -> GradeDecision:
    """Propose a grade: a new row by a named person. Over the quota it stands as a draft and bars determination.

    Pressed twice, the second press finds the grade already there. A change, and each of the two lower grades, needs a
    reason; a person's own grade is decided by somebody else; vendor staff are graded by their vendor's HR. `seen` is the
    row that the decider had before them (0: none): a grade that somebody else has changed meanwhile is not overwritten.
    """
    cycle, grade = participation.cycle, Grade(grade)
    state = queries.locked_state(participation)
    if state is not Stage.grading:
        raise Refused("现在是「{stage}」，等次在评定阶段才能改。", stage=state.label)
    deciders.check_proposer(participation.form, participation.spell.vendor_id, participation.person_id, decider)
    assert decider is not None
    assert decider.person_id is not None
    before = queries.latest_decision(participation.id)
    if before and before.grade == grade and before.decided_by == decider.person_id and not before.is_final:
        return before
    if seen is not None and seen != (before.id if before else 0):
        _refuse_stale(participation, before)
    words = deciders.check_reason(reason, is_change=before is not None and before.grade != grade)
    against = tuple(Reason(g["sentence"], g["values"]) for g in participation.gates if not g["is_open"])
    grades.check_grade(grade, decision=_mode(participation), against=against, condition=words)
    decision = GradeDecision(
        participation_id=participation.id,
        grade=grade.value,
        reason=words,
        decided_by=decider.person_id,
        decider_label=deciders.label(decider)[:80],
        decided_at=clock.now(),
        batch=batch,
    )
    db.session.add(decision)
    db.session.flush()
    audit.record(
        "grade.propose",
        "participation",
        participation.id,
        cycle.title,
        before=before.grade if before else None,
        after=grade.value,
        reason=words,
    )
    return decision


def record_opinion(participation: Participation, text: str, author: Decider) -> GradeDecision:
    """Note what a line leader or the hotline thinks, for whoever decides; it is never a grade."""
    if Stage(participation.cycle.state) not in {Stage.evidence_locked, Stage.peer_survey, Stage.grading}:
        raise Refused("意见在证据锁定之后、确定等次之前写。没有保存。")
    if author.person_id is None or author.person_id == participation.person_id:
        raise Refused("对自己的考核不写意见，可以写在个人总结里。")
    opinion = GradeDecision(
        participation_id=participation.id,
        grade=queries.OPINION,
        reason=deciders.check_reason(text, is_change=True),
        decided_by=author.person_id,
        decider_label=deciders.label(author)[:80],
        decided_at=clock.now(),
    )
    db.session.add(opinion)
    db.session.flush()
    audit.record("grade.opinion", "participation", participation.id, participation.cycle.title)
    return opinion


def take_back(given: GradeDecision, decider: Decider) -> GradeDecision:
    """Undo a proposal of one's own: a new row with the grade before it, or none; only while nothing newer stands."""
    participation = db.session.get_one(Participation, given.participation_id)
    state = queries.locked_state(participation)
    if state is not Stage.grading:
        raise Refused("现在是「{stage}」，等次在评定阶段才能改。", stage=state.label)
    newest = queries.newest_row(participation.id)
    name = participation.person.name
    if newest is not None and newest.undoes_id == given.id:
        return newest
    if given.decided_by != decider.person_id or given.is_final or given.grade == queries.OPINION:
        raise Refused("只能撤销自己提出的等次。没有改动。")
    if newest is None or newest.id != given.id:
        raise Refused("{name}的等次后来又改过，不能撤销。没有改动，可以直接改等次。", name=name)
    earlier = queries.before(given)
    row = GradeDecision(
        participation_id=participation.id,
        grade=earlier.grade if earlier else queries.WITHDRAWN,
        reason=earlier.reason if earlier else "",
        decided_by=given.decided_by,
        decider_label=deciders.label(decider)[:80],
        decided_at=clock.now(),
        undoes_id=given.id,
    )
    db.session.add(row)
    db.session.flush()
    cycle = participation.cycle
    audit.record("grade.undo", "participation", participation.id, cycle.title, before=given.grade, after=row.grade)
    return row


def _refuse_stale(participation: Participation, now: GradeDecision | None) -> None:
    """Say who changed a grade while somebody else looked at an older one."""
    name = participation.person.name
    if now is None:
        raise Refused("{name}的等次刚刚被撤销了。没有改动，请刷新页面再定。", name=name)
    raise Refused("{name}的等次刚刚由{who}改过。没有改动，请刷新页面再定。", name=name, who=now.decider_label)


def _mode(participation: Participation) -> ModeDecision:
    """Whether the person is graded, as kept with the participation."""
    text = participation.grade_mode_reason
    return ModeDecision(GradeMode(participation.grade_mode), Reason("{reason}", {"reason": text}) if text else None)
