"""Verbs on certificates: issue, make a held one after all, withdraw. All run in the transaction of the fact behind them."""

import logging
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from assessments.attempts import actions as attempts
from assessments.attempts.models import Attempt, AttemptVoiding, Result
from certificates.awards import facts, grounds, layout, queries, rules
from certificates.awards.facts import Ground
from certificates.awards.issuer import issuer
from certificates.awards.models import Award, AwardStatus, PassProposal, Revocation
from certificates.awards.rules import RevocationClass, State
from courses.progress.models import CourseCompletion
from lms import audit, clock, files
from lms.db import db
from lms.errors import Refused
from lms.notices import actions as notices
from lms.people import queries as people
from lms.people.models import Person

log = logging.getLogger("lms.certificates")

MISSING_SIGNS = "「{signs}」现有字体里没有。请更正证书上的姓名，或添加含有这个字的字体，再重新制证。"
NOT_STORED = "证书文件没有写进磁盘，可能是磁盘满了或不可写。请系统管理员处理后再重新制证。"
NOT_DRAWN = "制作证书时出了意外，详情在系统日志里。请系统管理员看过后再重新制证。"
LONGEST_REASON = 300  # the column


def issue_for_result(result: Result) -> Award | None:
    """The certificate of a passed exam that stands alone and gives one; a second time it is the same award."""
    ground = facts.of_result(result)
    return _issue(ground) if ground else None


def issue_for_course(completion: CourseCompletion) -> Award:
    """The certificate of a completed course; a second time it is the same award."""
    return _issue(facts.of_completion(completion))


def _issue(ground: Ground) -> Award:
    """Freeze the facts, store the PDF, note the award. What stands in the way makes it held, never undoes the pass."""
    known = queries.of_source(*ground.source)
    if known is not None:
        return known
    person = db.session.get_one(Person, ground.person_id)
    spell = people.spell_on(person.id, ground.issued_on)
    kept = facts.frozen(ground, person, spell, _number(ground.issued_on))
    pdf_hash, reason = _stored(kept)
    award = _noted(kept, ground.title, pdf_hash, reason, source=ground.source)
    if reason:
        body = f"成绩和学时都已记录。{reason}"
        notices.notify(person.id, f"证书暂缓：{award.title}", body, "award", award.id)
        notices.notify_all(
            grounds.hr_over(spell),
            f"{person.name}的证书暂缓：{award.title}",
            reason,
            "award",
            award.id,
            f"held:{award.id}",
        )
    else:
        notices.notify(person.id, f"证书已发：{award.title}", _validity(award), "award", award.id)
    return award


def _number(day: date) -> str:
    while True:
        number = rules.new_number(issuer().prefix, day.year, secrets.choice)
        if not queries.number_taken(number):
            return number


def _stored(kept: dict[str, Any]) -> tuple[str | None, str]:
    """The hash of the stored PDF; or None and, in a sentence, what stands in the way."""
    printed = facts.printed(kept)
    try:
        if missing := layout.missing_glyphs(printed):
            return None, MISSING_SIGNS.format(signs="".join(missing))[:LONGEST_REASON]
        content = layout.render(printed)
    except Refused as refused:
        return None, str(refused)[:LONGEST_REASON]
    except Exception:  # nothing of the database is touched here, and a pass must stand whatever a font does
        log.exception("certificate %s could not be drawn", kept["number"])
        return None, NOT_DRAWN
    try:
        return files.store(content), ""
    except OSError:
        log.exception("certificate %s could not be stored", kept["number"])
        return None, NOT_STORED


def _noted(
    kept: dict[str, Any],
    title: str,
    pdf_hash: str | None,
    reason: str,
    *,
    source: tuple[str, int],
    held: Award | None = None,
) -> Award:
    printed = facts.printed(kept)
    award = Award(
        number=printed.number,
        person_id=kept["person_id"],
        source_kind=source[0],
        source_id=str(source[1]),
        subject=kept["subject"],
        title=title,
        status=AwardStatus.held if reason else AwardStatus.issued,
        held_reason=reason,
        holder_name=printed.holder_name,
        post_title=printed.post_title,
        unit_name=kept["unit_name"],
        score=printed.score,
        hours=printed.hours,
        issued_on=printed.issued_on,
        valid_until=printed.valid_until,
        endorsing_department=printed.endorsing_department,
        facts=kept,
        facts_hash=rules.facts_hash(kept),
        pdf_hash=pdf_hash,
        issued_at=clock.now(),
        released_from_id=held.id if held else None,
    )
    db.session.add(award)
    db.session.flush()
    verb = "award.hold" if reason else "award.release" if held else "award.issue"
    audit.record(
        verb, "award", award.id, f"{award.holder_name} {award.title}", number=award.number, pdf=pdf_hash, reason=reason
    )
    return award


def _validity(award: Award) -> str:
    until = award.valid_until
    return f"编号 {award.number}，" + (
        f"有效期至 {until.year} 年 {until.month} 月 {until.day} 日。" if until else "长期有效。"
    )


def release(award: Award) -> Award:
    """Make the certificate of a held award once the reason is gone: with the name as it is now, all else as of its day.

    Refused with what still stands in the way. A second time it is the same certificate.
    """
    row = queries.by_id(award.id, clock.today())
    assert row is not None
    if row.state == State.replaced:
        made = queries.made_from(award.id)
        assert made is not None
        return made
    if row.state != State.held:
        raise Refused("这张证书不在暂缓之列，不用重新制证。")
    person = db.session.get_one(Person, award.person_id)
    name = person.certificate_name or person.name
    kept = dict(award.facts) | {"holder_name": name} | facts.numbered(_number(award.issued_on))
    pdf_hash, reason = _stored(kept)
    if reason:
        raise Refused("还不能制证：{reason}", reason=reason)
    made = _noted(kept, award.title, pdf_hash, "", source=(grounds.HELD, award.id), held=award)
    notices.notify(person.id, f"证书已发：{made.title}", _validity(made), "award", made.id)
    return made


def revoke(award: Award, reason_class: str, reason: str, revoked_by: int | None = None) -> Revocation:
    """Withdraw an award with a reason that its public page shows; the holder is told, the certificate is kept."""
    kind, words = rules.checked_revocation(reason_class, reason, is_revoked=award.revocation is not None)
    revocation = Revocation(
        award=award,
        reason_class=kind.value,
        reason=words,
        revoked_by=revoked_by or audit.actor().person_id or 0,
        revoked_at=clock.now(),
    )
    db.session.add(revocation)
    db.session.flush()
    audit.record(
        "award.revoke",
        "award",
        award.id,
        f"{award.holder_name} {award.title}",
        number=award.number,
        reason_class=kind.value,
        reason=words,
    )
    notices.notify(
        award.person_id,
        f"证书已撤销：{award.title}",
        f"编号 {award.number}。类别：{kind.label}。理由：{words}。有疑问请联系人事。",
        "award",
        award.id,
    )
    return revocation


def revoke_for_attempt(attempt: Attempt, *, reason: str) -> list[Revocation]:
    """Withdraw what rests on an attempt that was declared void: its own award and that of the course it completed."""
    voided_by = db.session.scalar(select(AttemptVoiding.voided_by).where(AttemptVoiding.attempt_id == attempt.id))
    return [
        revoke(award, RevocationClass.attempt_voided, f"所依据的作答已作废：{reason}"[:LONGEST_REASON], voided_by)
        for award in grounds.of_attempt(attempt)
        if award.revocation is None
    ]


def propose_for_lost_passes(pairs: Sequence[tuple[Result, Result]], *, note: str) -> list[PassProposal]:
    """A regrade never withdraws by itself: for each pass that was lost, a proposal that somebody of HR decides."""
    made = []
    for before, now in pairs:
        if not before.is_passed or now.is_passed:
            continue
        made.append(
            PassProposal(
                result_id=now.id,
                attempt_id=now.attempt_id,
                person_id=now.person_id,
                score_before=before.score,
                score_after=now.score,
                cause=note[:LONGEST_REASON],
                proposed_at=clock.now(),
            )
        )
    db.session.add_all(made)
    db.session.flush()
    for one in made:
        person = db.session.get_one(Person, one.person_id)
        spell = people.spell_on(person.id, clock.today())
        words = f"{note}。成绩更正后低于合格线，证书、课程和学时是否收回，由你决定。"
        notices.notify_all(
            grounds.hr_over(spell),
            f"待处理的更正：{person.name}",
            words,
            "pass_proposal",
            one.id,
            f"lost-pass:{one.id}",
        )
    return made


def decide_lost_pass(proposal_id: int, decided_by: int, reason: str, *, is_accepted: bool) -> PassProposal:
    """Withdraw what a lost pass has given (certificates, the exam's unit and course, hours), or leave it; with a reason."""
    found = queries.held_proposal(proposal_id)
    if found is None:
        raise Refused("没有这一条更正。")
    words = rules.checked_decision(
        reason, is_decided=found.decided_at is not None, is_own=found.person_id == decided_by
    )
    attempt = found.attempt
    if is_accepted and attempt.result_id != found.result_id:
        raise Refused("这次作答后来又改过成绩，这一条不再适用。不采纳即可，新的一条会另外列出。")
    if is_accepted:
        for award in grounds.of_attempt(attempt):
            if award.revocation is None:
                revoke(award, RevocationClass.regraded, f"所依据的成绩已更正：{words}"[:LONGEST_REASON], decided_by)
        attempts.withdraw_pass(attempt, words, decided_by)
    found.is_accepted, found.reason, found.decided_by, found.decided_at = is_accepted, words, decided_by, clock.now()
    db.session.flush()
    audit.record(
        "award.decide_lost_pass", "attempt", attempt.id, attempt.exam.title, accepted=is_accepted, reason=words
    )
    done = "已收回由它得到的证书、课程完成和学时" if is_accepted else "由它得到的证书、课程完成和学时保留"
    notices.notify(
        found.person_id, f"成绩更正的处理：{attempt.exam.title}"[:120], f"{done}。理由：{words}。", "attempt", attempt.id,
        key=f"lost-pass-decided:{found.id}",
    )  # fmt: skip
    return found
