"""The demo's certificates: issued by the passes before; here one is withdrawn, and reminders stand where they were due."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, literal, select, update

from certificates.awards import queries, rules
from certificates.awards.actions import withdrawing
from certificates.awards.models import Award, AwardStatus
from certificates.awards.rules import RevocationClass
from lms import audit, clock
from lms.db import db
from lms.demo import Copying, Demo
from lms.people.models import Person

KEPT = frozenset({"A1037", "A1012"})
REASON = "岗位登记有误：发证时本人已调整到回访岗，经本人同意撤销，按现岗位重新考核发证。"
WITHDRAWN_DAYS_AGO = 26


def load(demo: Demo) -> Iterator[str]:
    """One withdrawal by HR, and the reminders of the past weeks."""
    hr = demo.people["H4001"]
    day = demo.today - timedelta(days=WITHDRAWN_DAYS_AGO)
    kept = {demo.people[number].id for number in KEPT}
    able = [
        award
        for award in queries.valid_awards([person.id for person in demo.people.values()], day)
        if award.person_id not in kept and award.subject.startswith("exam") and (day - award.issued_on).days > 20
    ]
    with clock.frozen(clock.local_instant(day, 15, 20)), audit.acting_as(hr.id, hr.name, "web"):
        withdrawing.revoke(able[len(able) // 2], RevocationClass.wrong_facts, REASON)
    reminded = _reminders(demo)
    rows = db.session.execute(select(Award.status, func.count()).group_by(Award.status))
    counts = {status: n for status, n in rows}  # noqa: C416 - rows are not tuples
    issued, held = counts.get(AwardStatus.issued, 0), counts.get(AwardStatus.held, 0)
    yield f"证书：已发 {issued} 张，暂缓 {held} 张，撤销 1 张；到期提醒 {reminded} 条"


def say_what_copies_change(copying: Copying) -> None:
    """A copied certificate has its own number, source and holder."""
    copying.columns["awards", "number"] = lambda column, n: (
        func.substr(column, 1, 6) + literal(f"{n:03}") + func.substr(column, 10)
    )
    sources = {"attempt": "attempts", "course_completion": "course_completions"}
    copying.kinds["awards", "source_id"] = ("source_kind", sources)
    copying.afterwards.append(_rewrite)


def _rewrite(copy: int, steps: dict[str, int]) -> None:
    """The frozen facts of copies name their own holder and number."""
    rows = db.session.execute(
        select(Award.id, Award.number, Award.facts, Person.name)
        .join(Person, Person.id == Award.person_id)
        .where(Award.id > steps["awards"] * copy)
    )
    changed = []
    for award_id, number, kept, name in rows:
        told = kept | {"holder_name": name, "number": number, "verify_code": number}
        told["verify_url"] = kept["verify_url"].replace(kept["number"], number)
        changed.append({"id": award_id, "holder_name": name, "facts": told, "facts_hash": rules.facts_hash(told)})
    if changed:
        db.session.execute(update(Award), changed)


def _reminders(demo: Demo) -> int:
    """What the daily reminder would have said, under its own keys, so that it does not say so again."""
    told = []
    for award in queries.expiring(max(rules.REMINDER_DAYS), demo.today):
        assert award.valid_until is not None
        until, left = award.valid_until, (award.valid_until - demo.today).days
        for days in (n for n in rules.REMINDER_DAYS if n >= left):
            at = clock.local_instant(until - timedelta(days=days), 8, 5)
            body = f"编号 {award.number}，有效期至 {until.year} 年 {until.month} 月 {until.day} 日。到期前重新通过考核，资格不中断。"
            key = f"award-expiring:{award.id}:{days}"
            told.append((award.person_id, at, f"还有 {days} 天到期：{award.title}", body, "award", str(award.id), key))
    told = [one for one in told if one[1] < clock.now()]
    demo.notes.setdefault("notices", []).extend(told)
    return len(told)
