"""Contest evidence, a published name or a grade; name who decides; decide."""

from datetime import date

from appraisals.cycles import dossiers, listing, queries, remedies
from appraisals.cycles.actions import publishing, signing, telling
from appraisals.cycles.dossiers import Case
from appraisals.cycles.models import (
    Claim,
    ClaimAssignment,
    ClaimDecision,
    ClaimKind,
    Cycle,
    EvidenceCheck,
    GradeDecision,
    Participation,
    Publicity,
    Recusal,
)
from appraisals.cycles.rules import board, claims, deciders, grades
from appraisals.cycles.rules.grades import Grade, ModeDecision, Reason
from appraisals.cycles.rules.stages import Actor, Decider, FormStage, Stage
from lms import audit, calendar, clock
from lms.db import db
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS, Person

KIND_WORDS = {
    ClaimKind.evidence: "数据核对",
    ClaimKind.objection: "公示异议",
    ClaimKind.review: "复核",
    ClaimKind.appeal: "申诉",
}
ASKED = {ClaimKind.review: FormStage.review, ClaimKind.appeal: FormStage.appeal}
ANSWERED = {ClaimKind.review: FormStage.review_decided, ClaimKind.appeal: FormStage.appeal_decided}
WHO = {ClaimKind.review: Actor.reviewer, ClaimKind.appeal: Actor.appeal_body}
CHECKING = frozenset({Stage.evidence_locked, Stage.peer_survey, Stage.grading})


def evidence_due_on(participation: Participation) -> date | None:
    """The last day on which the person may contest the evidence; None while it has not been locked."""
    locked = [one.moved_at for one in queries.moves(participation.cycle_id) if one.to_state == Stage.evidence_locked]
    if not locked:
        return None
    days = queries.terms_on(participation.cycle.period_from)[participation.form].dispute_working_days
    return calendar.add_working_days(clock.local(locked[-1]).date(), days)


def _check_evidence_open(participation: Participation, person_id: int) -> None:
    if participation.person_id != person_id:
        raise Refused("证据由本人核对。")
    if Stage(participation.cycle.state) not in CHECKING or participation.score_id is None:
        raise Refused("证据在锁定之后、确定等次之前核对。没有保存。")
    due = evidence_due_on(participation)
    assert due is not None
    claims.check_open("核对证据", due, clock.local_instant(due, claims.CLOSING_HOUR), clock.now())


def confirm_evidence(participation: Participation, person_id: int) -> EvidenceCheck:
    """The person says that the evidence behind the present score is right; once for each score."""
    found = dossiers.evidence_check(participation.id, participation.score_id)
    if found is not None:
        return found
    _check_evidence_open(participation, person_id)
    assert participation.score_id is not None
    check = EvidenceCheck(participation_id=participation.id, score_id=participation.score_id, checked_at=clock.now())
    db.session.add(check)
    db.session.flush()
    audit.record("evidence.confirm", "participation", participation.id, participation.cycle.title)
    return check


def contest_evidence(participation: Participation, person_id: int, subject: str, text: str) -> Claim:
    """The person says which part of the score is wrong and why; HR answers within working days."""
    _check_evidence_open(participation, person_id)
    due = calendar.add_working_days(clock.today(), _objection_days(participation))
    return _claim(ClaimKind.evidence, participation, person_id, text, due, subject=subject.strip()[:60])


def contest_publicity(publicity: Publicity, participation: Participation, person_id: int, text: str) -> Claim:
    """Somebody objects to a name on the list, or to not being on it, before the period ends."""
    closes = dossiers.closes_at(publicity)
    claims.check_open("对这次公示提异议", publicity.ends_on, closes, clock.now())
    listed = any(row["participation_id"] == participation.id for row in publicity.rows)
    if participation.cycle_id != publicity.cycle_id or not (listed or participation.person_id == person_id):
        raise Refused("这个人不在公示的名单里。没有提交，请核对。")
    due = calendar.add_working_days(clock.today(), _objection_days(participation))
    return _claim(ClaimKind.objection, participation, person_id, text, due, publicity=publicity)


def contest_grade(kind: ClaimKind, participation: Participation, person_id: int, text: str) -> Claim:
    """The person asks for a review of the grade, or appeals; only after signing, within the days of their form."""
    if participation.person_id != person_id:
        raise Refused("复核和申诉由本人提出。")
    grade = queries.final_grades([participation.id]).get(participation.id)
    if grade is None:
        raise Refused("还没有确定的等次，不能申请复核或申诉。")
    remedy = remedies.remedy(participation.form, participation.cycle.period_from)
    word = grades.grade_label(participation.form, participation.cycle.kind, grade)
    claims.check_contestable(remedy, grade, word)
    last = contest_until(kind, participation)
    claims.check_open(KIND_WORDS[kind], last, clock.local_instant(last, claims.CLOSING_HOUR), clock.now())
    words = claims.check_text(text)
    signing.step(participation, ASKED[kind], Actor.person, text=words)
    days = remedy.review_decide if kind is ClaimKind.review else remedy.appeal_decide
    return _claim(kind, participation, person_id, words, date.fromordinal(clock.today().toordinal() + days))


def contest_until(kind: ClaimKind, participation: Participation) -> date:
    """The last day of a review or an appeal of somebody who has been told; refused before."""
    steps = {one.to_stage: clock.local(one.taken_at).date() for one in dossiers.steps(participation.id)}
    if FormStage.notified not in steps:
        raise Refused("结果还没有告知本人，告知之后才能申请复核或申诉。")
    remedy = remedies.remedy(participation.form, participation.cycle.period_from)
    return claims.last_day(kind, remedy, steps[FormStage.notified], steps.get(FormStage.review_decided))


def _objection_days(participation: Participation) -> int:
    return remedies.remedy(participation.form, participation.cycle.period_from).objection_decide_working


def _claim(
    kind: ClaimKind,
    participation: Participation,
    person_id: int,
    text: str,
    due: date,
    *,
    subject: str = "",
    publicity: Publicity | None = None,
) -> Claim:
    """Keep the claim and tell who has to see to it; the same words sent twice are one claim."""
    words = claims.check_text(text)
    for case in dossiers.cases_of(participation.id):
        known = case.claim
        if known.kind is kind and known.claimant_id == person_id and case.is_open and known.text == words:
            return known
    claim = Claim(
        kind=kind,
        participation_id=participation.id,
        publicity_id=publicity.id if publicity else None,
        claimant_id=person_id,
        subject=subject,
        text=words,
        answer_due_on=due,
        made_at=clock.now(),
    )
    db.session.add(claim)
    db.session.flush()
    audit.record("claim.make", "claim", claim.id, participation.cycle.title, what=kind.value)
    telling.claim_made(claim, participation, KIND_WORDS[kind])
    return claim


def check_assigner(participation: Participation, assigner: Decider, kind: ClaimKind) -> None:
    """For vendor staff the vendor's HR names who decides about a grade, for all others HR or the committee."""
    if participation.form in VENDOR_FORMS and kind in {ClaimKind.review, ClaimKind.appeal}:
        if assigner.actor is not Actor.vendor_hr or assigner.vendor_id != participation.spell.vendor_id:
            raise Refused("{form}人员的复核和申诉由所属服务商指定处理人。", form=participation.form.label)
    elif assigner.actor not in {Actor.hr, Actor.committee, Actor.vendor_hr}:
        raise Refused("处理人由人事或者考核委员会指定。")


def assign(case: Case, reviewer: Person, assigner: Decider) -> ClaimAssignment:
    """Name who decides a claim; somebody who was involved, or stands on the recusal list, is refused by name."""
    claim = case.claim
    if not case.is_open:
        raise Refused("这件事已经有决定，不能再换处理人。")
    check_assigner(claim.participation, assigner, claim.kind)
    _check_reviewer(claim, reviewer)
    if case.assignment is not None and case.assignment.reviewer_id == reviewer.id:
        return case.assignment
    who = audit.actor()
    row = ClaimAssignment(
        claim_id=claim.id,
        reviewer_id=reviewer.id,
        assigned_by=who.person_id,
        assigned_label=who.label[:80],
        assigned_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("claim.assign", "claim", claim.id, claim.participation.cycle.title, reviewer=reviewer.name)
    telling.somebody(
        reviewer.id,
        f"{claim.participation.cycle.title}：请你处理一件{KIND_WORDS[claim.kind]}",
        f"{claim.answer_due_on} 前写出决定和理由。你与当事人有利害关系的，告诉人事回避。",
        claim.id,
    )
    return row


def _check_reviewer(claim: Claim, reviewer: Person) -> None:
    earlier = {claim.claimant_id, claim.participation.person_id}
    if claim.kind is not ClaimKind.evidence:  # data are put right by those who keep them
        earlier |= dossiers.involved(claim.participation)
    claims.check_reviewer_named(reviewer.name, reviewer.id, earlier, dossiers.recused(claim.participation))


def decide(case: Case, reviewer: Person, *, is_upheld: bool, text: str, grade: Grade | None = None) -> ClaimDecision:
    """Decide a claim with the reason. An upheld review or appeal gives a better grade at once, as a new row.

    An upheld objection or evidence claim changes nothing by itself: the cycle goes back, or the row is corrected.
    """
    claim, participation = case.claim, case.claim.participation
    if case.decision is not None:
        if case.decision.decided_by == reviewer.id and case.decision.is_upheld == is_upheld:
            return case.decision
        raise Refused("这件事已经由{who}作出决定，不能再改。", who=case.decision.decider_label)
    if case.assignment is None or case.assignment.reviewer_id != reviewer.id:
        raise Refused("这件事没有指定由你处理。没有保存。")
    _check_reviewer(claim, reviewer)
    words = claims.check_text(text)
    changes = claim.kind in WHO
    if changes:
        before = queries.final_grades([participation.id])[participation.id]
        claims.check_outcome(before, grade, is_upheld=is_upheld, needs_grade=True)
        signing.step(participation, ANSWERED[claim.kind], WHO[claim.kind], text=words)
    label = f"{reviewer.name}，{WHO[claim.kind].label if changes else Actor.reviewer.label}"
    row = ClaimDecision(
        claim_id=claim.id,
        is_upheld=is_upheld,
        text=words,
        grade=grade.value if grade and changes else "",
        decided_by=reviewer.id,
        decider_label=label[:80],
        decided_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    if changes and is_upheld and grade is not None:
        _regrade(participation, grade, words, reviewer.id, label)
    audit.record("claim.decide", "claim", claim.id, participation.cycle.title, upheld=is_upheld, grade=row.grade)
    telling.claim_decided(claim, participation, KIND_WORDS[claim.kind], is_upheld=is_upheld)
    return row


def _regrade(participation: Participation, grade: Grade, reason: str, reviewer_id: int, label: str) -> None:
    """The grade that an upheld review or appeal gives: gates and seats hold, and the highest is made public."""
    against = tuple(Reason(g["sentence"], g["values"]) for g in participation.gates if not g["is_open"])
    mode = ModeDecision(grades.GradeMode(participation.grade_mode))
    grades.check_grade(grade, decision=mode, against=against, condition=reason)
    cycle = participation.cycle
    if grade is Grade.excellent:
        quotas = {key: (one.label, one.percent) for key, one in queries.pools(cycle.id).items()}
        pool = next(
            one for one in board.seats_from(listing.tallies(cycle.id), quotas) if one.pool == participation.pool
        )
        if pool.taken >= pool.seats:
            raise Refused(
                "「{pool}」的 {seats} 个名额已排满，不能再定最高一档。决定没有保存。", pool=pool.label, seats=pool.seats
            )
    db.session.add(
        GradeDecision(
            participation_id=participation.id,
            grade=grade.value,
            reason=reason[: deciders.LONGEST_REASON],
            is_final=True,
            decided_by=reviewer_id,
            decider_label=label[:80],
            decided_at=clock.now(),
        )
    )
    db.session.flush()
    if grade is Grade.excellent:
        publishing.begin(cycle, listing.some(cycle.id, Participation.id == participation.id))


def recuse(cycle: Cycle, person: Person, about: Participation | None, reason: str) -> Recusal:
    """Put somebody on the recusal list: for one person of the cycle, or for everybody in it."""
    if not reason.strip():
        raise Refused("写明回避的理由，例如近亲属关系。没有保存。")
    for known in dossiers.recusals(cycle.id):
        if known.person_id == person.id and known.participation_id == (about.id if about else None):
            return known
    who = audit.actor()
    row = Recusal(
        cycle_id=cycle.id,
        person_id=person.id,
        participation_id=about.id if about else None,
        reason=reason.strip()[:200],
        noted_by=who.person_id,
        noted_label=who.label[:80],
        noted_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("claim.recuse", "cycle", cycle.code, cycle.title, person=person.name, reason=row.reason)
    return row
