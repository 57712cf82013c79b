"""Sign the grades off and fix them: a frozen list with its hash, one signature or two, then 确定等次."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from appraisals.cycles import gradings, listing, queries
from appraisals.cycles.actions import moving
from appraisals.cycles.gradings import Seen, Standing
from appraisals.cycles.models import Cycle, GradeDecision, Participation, SignOff
from appraisals.cycles.rules import board, deciders, stages
from appraisals.cycles.rules.board import Tally
from appraisals.cycles.rules.grades import GradeMode
from appraisals.cycles.rules.stages import Actor, Decider, Stage
from lms import audit, clock, files
from lms.db import db
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS

LISTED = 40


@dataclass(frozen=True)
class GradeList:
    """What is signed: everybody with score, grade and decider as canonical JSON, its hash, and what a page shows now."""

    content: bytes
    digest: str
    grades: int
    seen: Seen
    rows: list[Standing]


def grade_list(cycle: Cycle) -> GradeList:
    """The list as it is now; the same people, scores and grades give the same bytes."""
    seen = gradings.seen_now(cycle.id)
    rows = gradings.standings(cycle.id)
    people = [
        {
            "participation": row.id, "staff_number": row.staff_number, "name": row.name, "pool": row.pool,
            "form": row.form.value, "score": None if row.total is None else f"{row.total:.2f}", "score_id": row.score_id,
            "mode": row.grade_mode, "grade": row.grade, "decided_by": row.decider_label, "reason": row.reason,
        }
        for row in rows
    ]  # fmt: skip
    quotas = {key: pool.percent for key, pool in sorted(queries.pools(cycle.id).items())}
    data: dict[str, Any] = {"cycle": cycle.code, "quotas": quotas, "people": people}
    content = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return GradeList(content, files.digest(content), sum(row.grade is not None for row in rows), seen, rows)


def check_ready(cycle: Cycle, signer: Decider, tallies: Sequence[Tally]) -> None:
    """Refuse a signature by the wrong hand, in the wrong stage, or while a pool is over or somebody has no grade."""
    for fault in hindrances(cycle, signer, tallies):
        raise fault


def hindrances(cycle: Cycle, signer: Decider, tallies: Sequence[Tally]) -> list[Refused]:
    """Everything that stands in the way of a signature, so that one look is enough."""
    try:
        _check_signer(cycle, signer)
    except Refused as refused:
        return [refused]
    return list(_missing(cycle, tallies))


def signed_since(cycle: Cycle, person_id: int, seen: Seen) -> SignOff | None:
    """The signature that somebody has given since a page showed them the grades: that page pressed twice."""
    own = [one for one in gradings.sign_offs(cycle.id) if one.person_id == person_id and one.id > seen.signature]
    return own[-1] if own else None


def sign_off(cycle: Cycle, signer: Decider, signed: GradeList, seen: Seen | None, note: str = "") -> SignOff:
    """Keep a signature under the list that the signer saw; with the last one needed the grades are fixed.

    Refused when anything changed since it was shown. Pressed twice, the second press finds the signature there. A list
    that somebody has signed before (the cycle came back and nothing changed) is not signed again, but fixed. The
    password was verified by the caller, and the file of the list written, before the write lock was taken.
    """
    db.session.refresh(cycle, with_for_update=True)
    assert signer.person_id is not None
    done = signed_since(cycle, signer.person_id, seen) if seen else None
    if done is not None:
        return done
    if seen is None or not seen.mark == signed.seen.mark == gradings.grades_mark(cycle.id):
        raise Refused("名单在你看过之后有改动，没有签批。请核对新的名单再签。")
    _check_signer(cycle, signer)
    known = gradings.sign_offs(cycle.id, signed.digest)
    row = next((one for one in known if one.person_id == signer.person_id), None)
    if row is None:
        row = _keep(cycle, signer, signed, note)
        known.append(row)
    members = [one for one in known if one.label.endswith(Actor.committee.label)]
    if len(known) >= cycle.signers and members:
        member = members[-1]
        name = member.label.rsplit("，", 1)[0]
        determine(cycle, Decider(member.person_id, name, Actor.committee), note, signed.rows)
    return row


def _keep(cycle: Cycle, signer: Decider, signed: GradeList, note: str) -> SignOff:
    assert signer.person_id is not None
    row = SignOff(
        cycle_id=cycle.id,
        person_id=signer.person_id,
        label=deciders.label(signer)[:80],
        grades=signed.grades,
        digest=signed.digest,
        note=note.strip()[:300],
        signed_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("grade.sign", "cycle", cycle.code, cycle.title, grades=signed.grades, digest=signed.digest)
    return row


def determine(cycle: Cycle, decider: Decider, note: str = "", rows: Sequence[Standing] | None = None) -> int:
    """Fix every grade and move on to 确定等次; returns how many. Refused, with names, while something is missing.

    Own staff are determined by the committee; for vendor staff the grade stays that of the vendor's HR, by name; the
    committee member's own grade stays that of whoever proposed it. `rows` is everybody as a caller has just read them.
    """
    db.session.refresh(cycle, with_for_update=True)
    stages.check_move(Stage(cycle.state), Stage.determined, decider.actor)
    if decider.actor is not Actor.committee:
        raise Refused("整个周期由考核委员会确定；服务商人事只确定本单位人员的等次。")
    _check_complete(cycle, listing.tallies(cycle.id))
    now = clock.now()
    fixed = []
    for row in gradings.standings(cycle.id) if rows is None else rows:
        if row.grade is None or row.is_final or row.decided_by is None or row.grade_mode != GradeMode.grade:
            continue
        who, label = row.decided_by, row.decider_label or ""
        if row.form not in VENDOR_FORMS and row.person_id != decider.person_id:
            stages.check_decider(row.form, None, row.person_id, decider)
            assert decider.person_id is not None
            who, label = decider.person_id, deciders.label(decider)
        fixed.append(
            {
                "participation_id": row.id, "grade": row.grade, "reason": row.reason or "", "is_final": True,
                "decided_by": who, "decider_label": label[:80], "decided_at": now, "batch": "",
            }
        )  # fmt: skip
    if fixed:
        db.session.execute(insert(GradeDecision.__table__), fixed)  # type: ignore[arg-type]
    moving.step(cycle, Stage.determined, note)
    audit.record("grade.determine", "cycle", cycle.code, cycle.title, grades=len(fixed))
    return len(fixed)


def _check_signer(cycle: Cycle, signer: Decider) -> None:
    stages.check_move(Stage(cycle.state), Stage.determined, Actor.committee)
    if signer.actor is not Actor.committee and (cycle.signers < 2 or signer.actor is not Actor.hr):
        raise Refused("这个周期由考核委员会签批。请转给他们。")


def _check_complete(cycle: Cycle, tallies: Sequence[Tally]) -> None:
    for fault in _missing(cycle, tallies):
        raise fault


def _missing(cycle: Cycle, tallies: Sequence[Tally]) -> Iterator[Refused]:
    """Each pool that is over its quota, and those who get a grade and have none; with names."""
    pools = {key: (pool.label, pool.percent) for key, pool in queries.pools(cycle.id).items()}
    for pool in board.seats_from(tallies, pools):
        if pool.over:
            names = listing.names(cycle.id, Participation.pool == pool.pool, listing.HIGHEST, limit=LISTED + 1)
            yield Refused(
                "「{pool}」最高一档超出 {n} 名（{taken}/{seats}）：{names}。等次都保留，调整后再确定。",
                pool=pool.label, n=pool.over, taken=pool.taken, seats=pool.seats, names=_listed(names),
            )  # fmt: skip
    waiting = sum(tally.n for tally in tallies if tally.is_graded and tally.grade is None)
    if waiting:
        names = listing.names(cycle.id, listing.UNDECIDED, limit=LISTED + 1)
        yield Refused("还有 {n} 人没有等次：{names}。已定的都保留，补齐后再确定。", n=waiting, names=_listed(names))


def _listed(names: list[str]) -> str:
    """Names for a sentence, all of a pool that is over but at most a screenful."""
    return "、".join(names[:LISTED]) + (" 等" if len(names) > LISTED else "")
