"""Tell those concerned: everybody in a cycle, those who work on it, one person. Many people are told by a job."""

from collections.abc import Generator
from typing import Any

from appraisals.cycles import gradings, queries
from appraisals.cycles.models import Claim, Cycle, Participation
from appraisals.cycles.rules.stages import Stage
from lms import jobs
from lms.db import db
from lms.jobs import Progress
from lms.notices import actions as notices
from lms.people.models import VENDOR_FORMS

NOTICES_JOB = "appraisals.notices"
AT_ONCE = 400  # as many inserts as the write lock may be held for
CHUNK = 500
TO_ALL: dict[Stage, tuple[str, str]] = {
    Stage.plan_published: ("考核方案已公布", "打开看考核期、指标、权重和每一步的时间。"),
    Stage.self_summary: ("开始写个人总结", "写这段时间做了什么、有什么数据、还差什么。草稿自动保留，写好再提交。"),
    Stage.evidence_locked: ("证据已锁定，核对一下", "5 个工作日内可以确认，或者对任何一项提出核对。"),
    Stage.publicity: ("拟定最高一档的人选公示", "公示 5 个工作日，对名单有异议可以在「公示」页提出。"),
    Stage.archived: ("考核登记表已归档", "登记表可以在考核页随时打开。"),
}
TO_STAFF: dict[Stage, tuple[str, str]] = {
    Stage.grading: ("进入评定", "班组长写意见，人事和服务商人事提出等次，考核委员会确定。"),
    Stage.determined: ("等次已确定", "下一步是公示；没有人拟定最高一档时可以直接生效。"),
    Stage.final: ("考核结果已生效", "每个人会收到告知，签署意见后归档。"),
}
STAFF = ("hr", "committee", "line_leader")


def of_step(cycle: Cycle, before: Stage, to: Stage) -> None:
    """The notices that belong to a step of a cycle."""
    if to in TO_ALL:
        everybody(cycle, *TO_ALL[to])
    title, body = TO_STAFF.get(to, ("", ""))
    if before is Stage.publicity and to is Stage.grading:
        title, body = "公示中的异议成立，退回评定", "改好有关等次后再确定；新列入的人重新公示 5 个工作日。"
    if title:
        for role in STAFF:
            notices.notify_role(role, f"{cycle.title}：{title}", body, "cycle", cycle.code)


def everybody(cycle: Cycle, title: str, body: str) -> None:
    """A notice for each person of a cycle: at once for a few, else chunk by chunk."""
    ids = queries.participation_ids(cycle.id)
    words = f"{cycle.title}：{title}"
    if len(ids) > AT_ONCE:
        jobs.start(NOTICES_JOB, words, cycle_id=cycle.id, title=words, body=body)
        return
    notices.notify_all(queries.person_ids(ids), words, body, "cycle", cycle.code)


def tell_in_chunks(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: a keyed notice for each person of a cycle, so that a second run tells nobody twice."""
    ids = queries.participation_ids(params["cycle_id"])
    for start in range(0, len(ids), CHUNK):
        cycle = db.session.get_one(Cycle, params["cycle_id"])
        people = queries.person_ids(ids[start : start + CHUNK])
        notices.notify_all(people, params["title"], params["body"], "cycle", cycle.code, key=params["title"][:80])
        done = min(start + CHUNK, len(ids))
        yield Progress(done, len(ids), f"已通知 {done} 人")


def person(participation: Participation, title: str, body: str = "") -> None:
    """Tell the person whose form it is."""
    words = f"{participation.cycle.title}：{title}"
    notices.notify(participation.person_id, words, body, "participation", participation.id)


def somebody(person_id: int, title: str, body: str, claim_id: int) -> None:
    """Tell somebody about a claim."""
    notices.notify(person_id, title, body, "claim", claim_id)


def hr_of(participation: Participation, what: str, body: str) -> None:
    """Tell the HR that looks after somebody: the vendor's for vendor staff, the hotline's for all others."""
    title = f"{participation.cycle.title}：{participation.person.name}{what}"
    notices.notify_all(_hr(participation), title, body[:500], "participation", participation.id)


def claim_made(claim: Claim, participation: Participation, word: str) -> None:
    """Tell HR that a claim waits, and the claimant until when it is answered."""
    title = f"{participation.cycle.title}：收到一件{word}"
    body = f"{claim.answer_due_on} 前作出决定。先指定没有参与过评定的人处理。"
    notices.notify_all(_hr(participation), title, body, "claim", claim.id)
    somebody(
        claim.claimant_id,
        f"{participation.cycle.title}：你的{word}已收到",
        f"{claim.answer_due_on} 前答复，结果在这里告诉你。",
        claim.id,
    )


def claim_decided(claim: Claim, participation: Participation, word: str, *, is_upheld: bool) -> None:
    """Tell the claimant, the person concerned and HR what was decided."""
    outcome = "成立" if is_upheld else "不成立"
    title = f"{participation.cycle.title}：{word}{outcome}"
    notices.notify_all(
        dict.fromkeys([claim.claimant_id, *_hr(participation)]), title, "打开看决定和理由。", "claim", claim.id
    )


def _hr(participation: Participation) -> list[int]:
    vendor_id = participation.spell.vendor_id if participation.form in VENDOR_FORMS else None
    return gradings.hr_ids(vendor_id)
