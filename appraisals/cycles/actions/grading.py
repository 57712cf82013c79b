"""Grade people: propose, determine, say an opinion. Each is a new row; nothing is overwritten."""

from appraisals.cycles import queries
from appraisals.cycles.actions import moving
from appraisals.cycles.models import Cycle, GradeDecision, Participation
from appraisals.cycles.rules import board, deciders, grades, stages
from appraisals.cycles.rules.board import BoardRow
from appraisals.cycles.rules.grades import Grade, GradeMode, ModeDecision, Reason
from appraisals.cycles.rules.stages import Actor, Decider, Stage
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS


def decide_grade(participation: Participation, grade: Grade, reason: str, decider: Decider | None) -> GradeDecision:
    """Propose a grade: a new row by a named person. Over the quota it stands as a draft and bars determination.

    Pressed twice, the second press finds the grade already there. A change, and each of the two lower grades, needs a
    reason; a person's own grade is decided by somebody else; vendor staff are graded by their vendor's HR.
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


def determine(cycle: Cycle, decider: Decider, note: str = "") -> int:
    """Fix every grade and move on to 确定等次; returns how many. Refused, with names, while something is missing.

    Own staff are determined by the committee; for vendor staff the grade stays that of the vendor's HR, by name; the
    committee member's own grade stays that of whoever proposed it.
    """
    db.session.refresh(cycle, with_for_update=True)
    stages.check_move(Stage(cycle.state), Stage.determined, decider.actor)
    if decider.actor is not Actor.committee:
        raise Refused("整个周期由考核委员会确定；服务商人事只确定本单位人员的等次。")
    rows = queries.board(cycle.id, (queries.EVERYBODY,))
    _check_complete(cycle, rows)
    now = clock.now()
    fixed = 0
    for row in rows:
        if row.grade is None or row.is_final or row.decided_by is None or not row.is_graded:
            continue
        who, label = row.decided_by, row.decider_label or ""
        if row.form not in VENDOR_FORMS and row.person_id != decider.person_id:
            stages.check_decider(row.form, None, row.person_id, decider)
            assert decider.person_id is not None
            who, label = decider.person_id, deciders.label(decider)
        db.session.add(
            GradeDecision(
                participation_id=row.id,
                grade=row.grade,
                reason=row.reason or "",
                is_final=True,
                decided_by=who,
                decider_label=label[:80],
                decided_at=now,
            )
        )
        fixed += 1
    db.session.flush()
    moving.step(cycle, Stage.determined, note)
    audit.record("grade.determine", "cycle", cycle.code, cycle.title, grades=fixed)
    return fixed


def _check_complete(cycle: Cycle, rows: list[BoardRow]) -> None:
    """Refuse while a pool is over its quota, or somebody who gets a grade has none; both with names."""
    pools = {key: (pool.label, pool.percent) for key, pool in queries.pools(cycle.id).items()}
    for pool in board.seats_of(rows, pools):
        if pool.over:
            names = [row.name for row in rows if row.pool == pool.pool and row.grade == Grade.excellent]
            raise Refused(
                "「{pool}」最高一档超出 {n} 名（{taken}/{seats}）：{names}。等次都保留，调整后再确定。",
                pool=pool.label, n=pool.over, taken=pool.taken, seats=pool.seats, names=_listed(names),
            )  # fmt: skip
    waiting = [row.name for row in rows if row.is_graded and row.grade is None]
    if waiting:
        raise Refused(
            "还有 {n} 人没有等次：{names}。已定的都保留，补齐后再确定。", n=len(waiting), names=_listed(waiting)
        )


def _listed(names: list[str]) -> str:
    """Names for a sentence, all of a pool that is over but at most a screenful."""
    return "、".join(names[:40]) + (" 等" if len(names) > 40 else "")


def _mode(participation: Participation) -> ModeDecision:
    """Whether the person is graded, as kept with the participation."""
    text = participation.grade_mode_reason
    return ModeDecision(GradeMode(participation.grade_mode), Reason("{reason}", {"reason": text}) if text else None)
