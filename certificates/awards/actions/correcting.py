"""Verbs: propose what a regrade means for certificates, and decide it. A regrade changes no certificate by itself."""

from collections.abc import Generator, Sequence
from typing import Any

from assessments.attempts import actions as attempts
from assessments.attempts.models import Attempt, Result
from certificates.awards import facts, grounds, queries, rules
from certificates.awards.actions import issuing, withdrawing
from certificates.awards.models import Award, PassProposal
from certificates.awards.rules import RevocationClass
from lms import audit, clock, jobs
from lms.db import db
from lms.errors import Refused
from lms.jobs import Job, Progress
from lms.notices import actions as notices
from lms.people import queries as people
from lms.people.models import Person

ALL, ALL_LABEL = "certificates.correct", "按更正后的成绩换发证书"


def propose_for_results(pairs: Sequence[tuple[Result, Result]], *, note: str) -> list[PassProposal]:
    """A proposal that somebody of HR decides: for each pass that was lost (withdraw?), and for each pass whose
    certificate now prints another score than the one that counts (issue it anew?).
    """
    made = []
    for before, now in pairs:
        if not before.is_passed or (now.is_passed and not outdated(now.attempt)):
            continue
        made.append(
            PassProposal(
                result=now,
                attempt_id=now.attempt_id,
                person_id=now.person_id,
                score_before=before.score,
                score_after=now.score,
                cause=note[: rules.LONGEST_REASON],
                proposed_at=clock.now(),
            )
        )
    db.session.add_all(made)
    db.session.flush()
    for one in made:
        person = db.session.get_one(Person, one.person_id)
        spell = people.spell_on(person.id, clock.today())
        words = "证书上的成绩不再一致，是否换发" if one.is_passed else "成绩更正后低于合格线，证书、课程和学时是否收回"
        notices.notify_all(
            grounds.hr_over(spell),
            f"待处理的更正：{person.name}",
            f"{note}。{words}，由你决定。",
            "pass_proposal",
            one.id,
            f"lost-pass:{one.id}",
        )
    return made


def outdated(attempt: Attempt) -> list[Award]:
    """The awards resting on an attempt that print another score than the one that counts now; none that was withdrawn
    or that another stands in for.
    """
    day = clock.today()
    rows = [row for one in grounds.of_attempt(attempt) if (row := queries.by_id(one.id, day)) is not None]
    return [
        row.award
        for row in rows
        if rules.may_be_corrected(row.state) and row.award.facts["score"] != facts.plain(facts.score_now(row.award))
    ]


def decide(proposal_id: int, decided_by: int, reason: str, *, is_accepted: bool) -> PassProposal:
    """Do what a proposal says, or leave everything as it is; with a reason that the person reads.

    A lost pass: withdraw certificates, the exam's unit and course, hours. A corrected score: issue certificates anew.
    """
    found = queries.held_proposal(proposal_id)
    if found is None:
        raise Refused("没有这一条更正。")
    words = rules.checked_decision(
        reason, is_decided=found.decided_at is not None, is_own=found.person_id == decided_by
    )
    attempt = found.attempt
    if is_accepted and attempt.result_id != found.result_id:
        raise Refused("这次作答后来又改过成绩，这一条不再适用。不采纳即可，新的一条会另外列出。")
    if is_accepted and found.is_passed:
        _issue_anew(attempt, words)
    elif is_accepted:
        withdrawing.revoke_all(attempt, RevocationClass.regraded, f"所依据的成绩已更正：{words}", decided_by)
        attempts.withdraw_pass(attempt, words, decided_by)
    found.is_accepted, found.reason, found.decided_by, found.decided_at = is_accepted, words, decided_by, clock.now()
    db.session.flush()
    verb = "award.decide_score" if found.is_passed else "award.decide_lost_pass"
    audit.record(verb, "attempt", attempt.id, attempt.exam.title, accepted=is_accepted, reason=words)
    notices.notify(
        found.person_id, f"成绩更正的处理：{attempt.exam.title}"[:120], f"{_outcome(found)}。理由：{words}。",
        "attempt", attempt.id, key=f"lost-pass-decided:{found.id}",
    )  # fmt: skip
    return found


def _issue_anew(attempt: Attempt, words: str) -> None:
    stale = outdated(attempt)
    if not stale:
        raise Refused("由它得到的证书已经换发、撤销或另有新证，没有要换发的。不采纳即可。")
    for award in stale:
        issuing.correct(award, f"证书按更正后的成绩换发：{words}")


def _outcome(found: PassProposal) -> str:
    if found.is_passed:
        return "证书已按更正后的成绩换发" if found.is_accepted else "证书没有换发，上面仍是发证时的成绩"
    return "已收回由它得到的证书、课程完成和学时" if found.is_accepted else "由它得到的证书、课程完成和学时保留"


def start_all(found: Sequence[PassProposal], decided_by: int, reason: str) -> Job:
    """Issue all these anew as a job, for one reason; those about the decider are left to somebody else."""
    words = rules.checked_decision(reason, is_decided=False, is_own=False)
    wanted = [one.id for one in found if one.is_passed and one.person_id != decided_by]
    if not wanted:
        raise Refused("没有可以一起换发的：不再合格的人逐个决定，与本人有关的由另一个人决定。")
    return jobs.start(ALL, f"{ALL_LABEL}（{len(wanted)} 条）", proposals=wanted, decided_by=decided_by, reason=words)


def decide_all(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: one proposal a transaction. What is decided already is left: by somebody meanwhile, or by this very job
    before it was killed.
    """
    wanted = params["proposals"]
    for done, proposal_id in enumerate(wanted, start=1):
        problems: tuple[str, ...] = ()
        found = queries.held_proposal(proposal_id)
        if found is not None and found.decided_at is None:
            try:
                with db.session.begin_nested():  # an award that cannot be printed leaves its proposal as it was
                    decide(proposal_id, params["decided_by"], params["reason"], is_accepted=True)
            except Refused as refused:
                problems = (f"{found.person.name}：{refused}",)
        yield Progress(done, len(wanted), f"已处理 {done} 条", problems=problems)
