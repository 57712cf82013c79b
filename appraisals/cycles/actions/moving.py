"""Move a cycle through its table, lock its evidence, keep a person's own summary."""

from appraisals.cycles import queries
from appraisals.cycles.models import Cycle, CycleMove, Participation
from appraisals.cycles.rules import board, deciders, stages
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Stage
from appraisals.scores import actions as scores
from lms import audit, calendar, clock, jobs
from lms.db import db
from lms.errors import Refused
from lms.jobs import Job

SCORES_JOB = "appraisals.scores"
EVERYWHERE = (queries.EVERYBODY,)


def move(cycle: Cycle, to: Stage, actor: Actor, note: str = "") -> CycleMove:
    """Take a cycle to another stage, as far as the table and that stage's own conditions allow; the step is kept.

    Into 评定 everybody needs a score; out of 公示 its working days must have passed; 公示 is left out only for nobody.
    To 确定等次 the way is `grading.determine`, which checks seats and writes the grades.
    """
    db.session.refresh(cycle, with_for_update=True)
    here = Stage(cycle.state)
    stages.check_move(here, to, actor)
    if to is Stage.grading and here is not Stage.publicity:
        _check_scored(cycle)
    if here is Stage.determined and to is Stage.final:
        stages.check_skips_publicity(_excellent(cycle))
    if here is Stage.publicity and to is Stage.final:
        needed = board.publicity_days(queries.terms_on(cycle.period_from).values())
        stages.check_publicity_over(publicity_days_passed(cycle), needed)
    return step(cycle, to, note)


def step(cycle: Cycle, to: Stage, note: str = "") -> CycleMove:
    """Write the step; whoever calls has asked the rules."""
    who = audit.actor()
    taken = CycleMove(
        cycle_id=cycle.id,
        from_state=cycle.state,
        to_state=to.value,
        actor_id=who.person_id,
        actor_label=who.label[:80],
        note=note.strip()[:300],
        moved_at=clock.now(),
    )
    audit.record("cycle.move", "cycle", cycle.code, cycle.title, before=cycle.state, after=to.value, note=taken.note)
    cycle.state = to.value
    db.session.add(taken)
    db.session.flush()
    return taken


def publicity_days_passed(cycle: Cycle) -> int:
    """Working days since the publicity that is running began (its first day is not counted)."""
    begun = [step.moved_at for step in queries.moves(cycle.id) if step.to_state == Stage.publicity]
    return calendar.working_days_between(clock.local(begun[-1]).date(), clock.today()) if begun else 0


def lock_evidence(cycle: Cycle, actor: Actor, note: str = "") -> Job:
    """Lock the evidence and start the job that works out every score; refuses weights that do not sum to 100."""
    scores.schemes_on(cycle.period_from)
    move(cycle, Stage.evidence_locked, actor, note)
    return start_scores(cycle)


def start_scores(cycle: Cycle) -> Job:
    """Start the job that works out every score, again if need be; the old trees are kept."""
    if Stage(cycle.state) not in {Stage.evidence_locked, Stage.peer_survey, Stage.grading}:
        raise Refused("现在是「{stage}」，分数在证据锁定之后、确定等次之前才能算。", stage=Stage(cycle.state).label)
    return jobs.start(SCORES_JOB, f"{cycle.title}：算分", cycle_id=cycle.id)


def save_summary(participation: Participation, text: str, person_id: int) -> Participation:
    """Keep a person's own summary while the cycle collects them."""
    if participation.person_id != person_id:
        raise Refused("个人总结只能由本人写。")
    if participation.cycle.state != Stage.self_summary:
        raise Refused("现在是「{stage}」，不收个人总结；已经写的都保留。", stage=Stage(participation.cycle.state).label)
    participation.summary = deciders.check_summary(text)
    participation.summary_at = clock.now()
    audit.record("cycle.summary", "participation", participation.id, participation.cycle.title)
    db.session.flush()
    return participation


def _check_scored(cycle: Cycle) -> None:
    """Refuse grading while somebody has no score yet."""
    waiting = [row.name for row in queries.board(cycle.id, EVERYWHERE) if row.score_id is None]
    if waiting:
        raise Refused(
            "还有 {n} 人没有算出分数（{names} 等）。请等算分完成再进入评定。",
            n=len(waiting),
            names="、".join(waiting[:3]),
        )


def _excellent(cycle: Cycle) -> int:
    return sum(row.grade == Grade.excellent for row in queries.board(cycle.id, EVERYWHERE))
