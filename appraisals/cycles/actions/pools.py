"""Pools: change the share of the highest grade with its basis, record votes on ties. Each change is a row of its own."""

from collections.abc import Mapping

from appraisals.cycles import queries
from appraisals.cycles.models import Cycle, PoolQuota, QuotaChange, TieVote
from appraisals.cycles.rules import seats
from appraisals.cycles.rules.stages import SETTLED, Stage
from lms import audit, clock
from lms.db import db
from lms.errors import Refused


def set_quota(cycle: Cycle, pool: str, percent: int, reason: str, basis: str = "") -> PoolQuota:
    """Give a pool another share of 优秀 (an approved 25 %, a failing unit's 15 %), with the reason and its paper."""
    quota = queries.pools(cycle.id).get(pool)
    if quota is None:
        raise Refused("这个周期没有「{pool}」这个名额池。没有改动。", pool=pool)
    if Stage(cycle.state) in SETTLED:
        raise Refused("等次已经确定，名额比例不能再改。")
    if not reason.strip():
        raise Refused("改名额比例要写依据，例如批准文号。没有改动。")
    seats.quota(0, percent)
    if percent == quota.percent and quota.reason == reason.strip()[:200]:
        return quota
    who = audit.actor()
    db.session.add(
        QuotaChange(
            pool_quota_id=quota.id,
            before=quota.percent,
            after=percent,
            basis=basis.strip()[:120],
            reason=reason.strip()[:200],
            changed_by=who.person_id,
            changed_label=who.label[:80],
            changed_at=clock.now(),
        )
    )
    before, quota.percent, quota.reason = quota.percent, percent, reason.strip()[:200]
    audit.record("cycle.quota", "cycle", cycle.code, quota.label, before=before, after=percent, reason=quota.reason)
    db.session.flush()
    return quota


def record_votes(cycle: Cycle, votes: Mapping[int, int], minutes: str) -> int:
    """Keep the votes of the committee for those who tie over the last seat, with the minutes; returns how many rows."""
    if Stage(cycle.state) is not Stage.grading:
        raise Refused("现在是「{stage}」，表决在评定阶段记录。", stage=Stage(cycle.state).label)
    if not minutes.strip():
        raise Refused("写明会议日期或者纪要编号，再记录表决。没有保存。")
    known = {one.id for one in queries.participations(cycle.id, list(votes))}
    if not votes or set(votes) != known or any(n < 0 for n in votes.values()):
        raise Refused("表决的名单或者票数不对。没有保存，请核对。")
    who = audit.actor()
    for participation_id, n in votes.items():
        db.session.add(
            TieVote(
                participation_id=participation_id,
                votes=n,
                minutes=minutes.strip()[:200],
                recorded_by=who.person_id,
                recorded_label=who.label[:80],
                recorded_at=clock.now(),
            )
        )
    db.session.flush()
    audit.record("grade.vote", "cycle", cycle.code, cycle.title, votes=dict(votes), minutes=minutes.strip())
    return len(votes)
