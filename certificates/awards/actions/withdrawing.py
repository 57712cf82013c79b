"""Verbs: withdraw a certificate, alone or with the attempt it rests on."""

from sqlalchemy import select

from assessments.attempts.models import Attempt, AttemptVoiding
from certificates.awards import events, grounds, rules
from certificates.awards.models import Award, Revocation
from certificates.awards.rules import RevocationClass
from lms import audit, clock
from lms.db import db
from lms.notices import actions as notices


def revoke(award: Award, reason_class: str, reason: str, revoked_by: int | None = None) -> Revocation:
    """Withdraw an award with a reason that its public page shows; the holder is told, the certificate is kept."""
    made = _revoke(award, reason_class, reason, revoked_by)
    events.award_changed.send(award, note=f"证书 {award.number} 已撤销：{made.reason}")
    return made


def _revoke(award: Award, reason_class: str, reason: str, revoked_by: int | None) -> Revocation:
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
    return revoke_all(attempt, RevocationClass.attempt_voided, f"所依据的作答已作废：{reason}", voided_by)


def revoke_all(attempt: Attempt, kind: RevocationClass, reason: str, revoked_by: int | None) -> list[Revocation]:
    """Withdraw every award that rests on an attempt. That the pass itself is withdrawn, its own verb announces."""
    return [
        _revoke(award, kind, reason[: rules.LONGEST_REASON], revoked_by)
        for award in grounds.of_attempt(attempt)
        if award.revocation is None
    ]
