"""Bring a working copy to a version that is asked, by two people; take questions out of use and back."""

from collections.abc import Collection
from dataclasses import dataclass

from assessments.bank import source
from assessments.bank.actions.editing import note, reference_gaps
from assessments.bank.actions.publishing import Made, announce, rendered, silence, store
from assessments.bank.models import DraftState, Question, QuestionVersion, Verb
from assessments.bank.rules import states, wording
from assessments.bank.rules.wording import Draft
from lms import audit
from lms.errors import Refused
from lms.notices import actions as notices
from lms.policies.queries import Registry


@dataclass(frozen=True)
class Ready:
    """A wording looked through and rendered before the write begins; gaps: what keeps it from being reviewed."""

    draft: Draft
    made: Made
    gaps: list[tuple[str, Refused]]


def prepare(draft: Draft, registry: Registry, lessons: Collection[str]) -> Ready:
    """Look a wording through and render it; reads nothing but the registry in memory."""
    draft = wording.tidied(draft)
    draft.source = wording.written(draft)
    found = [*wording.faults(draft), *wording.gaps(draft), *reference_gaps(draft, registry, lessons)]
    return Ready(draft, rendered(draft, registry.cite), found)


def send(question: Question, seen: int, gap_count: int) -> None:
    """Ask another trainer to look at the working copy; refuses an incomplete one."""
    states.check_edition(question, seen)
    draft = states.check_may_send(question, question.draft, gap_count)
    draft.state, draft.comment = DraftState.in_review, ""
    note(question, Verb.sent)
    audit.record("question.send", "question", question.code, _label(question))


def withdraw(question: Question, seen: int) -> None:
    """Take the working copy back from review, to write on."""
    states.check_edition(question, seen)
    states.check_in_review(question.draft).state = DraftState.draft
    note(question, Verb.withdrawn)
    audit.record("question.withdraw", "question", question.code, _label(question))


def send_back(question: Question, seen: int, comment: str) -> None:
    """The reviewer wants something changed and says what; its authors are told."""
    states.check_edition(question, seen)
    states.check_reviewer(question.draft, audit.actor().person_id)
    draft = states.check_in_review(question.draft)
    draft.comment = states.check_reason(comment, "写明要改什么，编写人会看到。")
    draft.state = DraftState.returned
    note(question, Verb.returned, draft.comment)
    audit.record("question.return", "question", question.code, _label(question), comment=draft.comment)
    notices.notify_all(draft.author_ids, f"题目 {question.code} 退回修改", draft.comment, "question", question.code)


def release(question: Question, seen: int, ready: Ready | None) -> QuestionVersion:
    """The reviewer publishes: the working copy becomes the version that papers draw from now on."""
    states.check_edition(question, seen)
    states.check_reviewer(question.draft, audit.actor().person_id)
    row = states.check_in_review(question.draft)
    if ready is None or not wording.same(ready.draft, wording.from_content(question.code, row.content)):
        raise Refused("这道题刚刚被别人改过，你的改动还没有写进去。看看最新情况再决定。")
    if ready.gaps:
        raise Refused("送审以后政策或课节变了，还有 {n} 处没有写好。退回修改后再发布。", n=len(ready.gaps))
    authors = list(row.author_ids)
    _follow_library(question, ready.draft)
    question.draft = None
    version = store(question, ready.draft, ready.made)
    note(question, Verb.published, version=version.number)
    audit.record("question.publish", "question", question.code, _label(question), version=version.number)
    notices.notify_all(authors, f"题目 {question.code} 已发布", _label(question), "question", question.code)
    return version


def _follow_library(question: Question, draft: Draft) -> None:
    """When the wording is the file's newer one, the file has its say again from here on."""
    offered, _faults = source.parse(question.library_source)
    if offered and wording.same(offered[0], draft):
        draft.source = offered[0].source
        question.library_digest, question.library_source = draft.digest, ""


def ignore_library(question: Question, seen: int) -> None:
    """Keep the page's wording against the file's newer one, which is then no longer offered."""
    states.check_edition(question, seen)
    offered, _faults = source.parse(question.library_source)
    if not offered:
        raise Refused("课程库里没有等着采用的写法。")
    question.library_digest, question.library_source = offered[0].digest, ""
    question.edition += 1
    audit.record("question.ignore_library", "question", question.code, _label(question))


def retire(question: Question, seen: int, reason: str) -> None:
    """Take a question out of use; attempts that have asked it keep it."""
    states.check_edition(question, seen)
    states.check_may_retire(question)
    question.retired_reason = states.check_reason(reason, "写明停用的理由，以后能看到。")[:200]
    question.is_retired = True
    note(question, Verb.retired, question.retired_reason)
    silence(question)
    audit.record("question.retire", "question", question.code, _label(question), reason=question.retired_reason)


def restore(question: Question, seen: int, reason: str) -> None:
    """Bring a retired question back as it was."""
    states.check_edition(question, seen)
    states.check_may_restore(question)
    words = states.check_reason(reason, "写明恢复的理由，以后能看到。")
    question.is_retired, question.retired_reason = False, ""
    note(question, Verb.restored, words)
    if question.current is not None:
        announce(question, question.current)
    audit.record("question.restore", "question", question.code, _label(question), reason=words)


def _label(question: Question) -> str:
    found = source.latest_wording(question)
    return found.words[:60] if found else ""
