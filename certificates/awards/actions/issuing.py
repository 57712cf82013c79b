"""Verbs: issue a certificate, make a held one after all, make one anew with a corrected score."""

import logging
import secrets
from datetime import date
from typing import Any

from assessments.attempts.models import Result
from certificates.awards import events, facts, grounds, layout, queries, rules
from certificates.awards.facts import Ground
from certificates.awards.issuer import issuer
from certificates.awards.models import Award, AwardStatus
from certificates.awards.rules import State
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
            return None, MISSING_SIGNS.format(signs="".join(missing))[: rules.LONGEST_REASON]
        content = layout.render(printed)
    except Refused as refused:
        return None, str(refused)[: rules.LONGEST_REASON]
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
    before: Award | None = None,
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
        released_from_id=before.id if before else None,
    )
    db.session.add(award)
    db.session.flush()
    audit.record(
        _verb(award, before),
        "award",
        award.id,
        f"{award.holder_name} {award.title}",
        number=award.number,
        pdf=pdf_hash,
        reason=reason,
    )
    return award


def _verb(award: Award, before: Award | None) -> str:
    if award.status == AwardStatus.held:
        return "award.hold"
    if before is None:
        return "award.issue"
    return "award.release" if before.status == AwardStatus.held else "award.correct"


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
    made = _noted(kept, award.title, pdf_hash, "", source=(grounds.HELD, award.id), before=award)
    notices.notify(person.id, f"证书已发：{made.title}", _validity(made), "award", made.id)
    return made


def correct(award: Award, note: str) -> Award:
    """The certificate anew with the score as it counts now, all else as of its day, under its own number; the earlier
    one then stands as 已换新证. One that was held stays held with what still stands in the way.
    """
    score = facts.plain(facts.score_now(award))
    kept = dict(award.facts) | {"score": score} | facts.numbered(_number(award.issued_on))
    pdf_hash, reason = _stored(kept)
    if reason and award.status == AwardStatus.issued:
        raise Refused("还不能换发证书：{reason}原来的证书照旧有效。", reason=reason)
    made = _noted(kept, award.title, pdf_hash, reason, source=(grounds.HELD, award.id), before=award)
    events.award_changed.send(made, note=note)
    if made.status == AwardStatus.issued:
        body = (
            f"成绩由 {award.facts['score']} 分更正为 {score} 分。{_validity(made)}原来的编号 {award.number} 不再使用。"
        )
        notices.notify(made.person_id, f"证书已换发：{made.title}", body, "award", made.id)
    return made
