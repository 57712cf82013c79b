"""Move a cycle through its table, lock its evidence, keep a person's own summary."""

from appraisals.cycles import dossiers, listing
from appraisals.cycles.actions import publishing, signing, telling
from appraisals.cycles.models import Cycle, CycleMove, Participation, SelfSummary
from appraisals.cycles.rules import deciders, stages
from appraisals.cycles.rules.stages import Actor, Stage
from appraisals.scores import actions as scores
from lms import audit, clock, jobs
from lms.db import db
from lms.errors import Refused
from lms.jobs import Job

SCORES_JOB = "appraisals.scores"
ARCHIVE_JOB = "appraisals.archive"
LISTED = 20  # names in a refusal


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
    if to is Stage.determined:
        raise Refused("确定等次要在「签批」页核对名单、输入密码。没有改动。")
    if here is Stage.determined and to is Stage.final:
        stages.check_skips_publicity(len(publishing.fresh(cycle)))
    if to is Stage.final:
        publishing.check_over(cycle)
    if to is Stage.archived:
        check_signed(cycle)
    if to is Stage.publicity:
        publishing.begin(cycle, publishing.fresh(cycle))
    taken = step(cycle, to, note)
    if to is Stage.final:
        jobs.start(signing.NOTIFY_JOB, f"{cycle.title}：告知结果", cycle_id=cycle.id)
    if to is Stage.archived:
        jobs.start(ARCHIVE_JOB, f"{cycle.title}：归档", cycle_id=cycle.id)
    return taken


def check_signed(cycle: Cycle) -> None:
    """Refuse the archive while a form is not signed or a claim not decided, with names; nothing skips the signature."""
    left, n = dossiers.unfinished(cycle.id, LISTED)
    if n:
        names = "、".join(left) + (" 等" if n > LISTED else "")
        raise Refused("还有 {n} 人的登记表没有签完或者复核没有办结：{names}。办结后再归档。", n=n, names=names)
    publishing.check_over(cycle)


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
    before = Stage(cycle.state)
    cycle.state = to.value
    db.session.add(taken)
    db.session.flush()
    telling.of_step(cycle, before, to)
    return taken


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
    words = deciders.check_summary(text)
    if words != participation.summary:
        db.session.add(SelfSummary(participation_id=participation.id, text=words, handed_in_at=clock.now()))
    participation.summary, participation.summary_at = words, clock.now()
    participation.draft, participation.draft_at = "", None
    audit.record("cycle.summary", "participation", participation.id, participation.cycle.title)
    db.session.flush()
    return participation


def save_draft(participation: Participation, text: str, person_id: int) -> Participation:
    """Keep what a person has written so far; a draft is not a fact, the newest one stands and nobody else reads it."""
    if participation.person_id != person_id:
        raise Refused("个人总结只能由本人写。")
    if participation.cycle.state != Stage.self_summary:
        raise Refused("现在是「{stage}」，不收个人总结；已经写的都保留。", stage=Stage(participation.cycle.state).label)
    participation.draft = text[: 2 * deciders.LONGEST_SUMMARY]
    participation.draft_at = clock.now()
    db.session.flush()
    return participation


def _check_scored(cycle: Cycle) -> None:
    """Refuse grading while somebody has no score yet."""
    waiting = listing.unscored(cycle.id)
    if waiting:
        raise Refused(
            "还有 {n} 人没有算出分数（{names} 等）。请等算分完成再进入评定。",
            n=waiting,
            names="、".join(listing.names(cycle.id, listing.UNSCORED, limit=3)),
        )
