"""Questions from a sheet become drafts, and are taken back. The engine is lms/imports, the looking is planning.py."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload, selectinload

from assessments.bank.actions import editing, reviewing
from assessments.bank.models import Question, QuestionMove
from assessments.bank.rules import wording
from lms import audit
from lms.db import db
from lms.errors import Refused
from lms.imports.rules import Outcome, Stored, Task


def write(task: Task, rows: Sequence[Stored]) -> list[Outcome]:
    """New questions as drafts, or into review at once where that was chosen and nothing is missing; changes as drafts."""
    is_sent = bool(task.options.get("review"))
    found: list[Outcome] = []
    fresh = [row for row in rows if "code" not in row.data]
    for course in dict.fromkeys(row.data["course"] for row in fresh):
        group = [row for row in fresh if row.data["course"] == course]
        drafts = [wording.from_content("", row.data["content"]) for row in group]
        made = editing.begin_all(course, drafts, [row.data["tags"] for row in group])
        for row, question in zip(group, made, strict=True):
            found.append(_kept(row, question, is_sent=is_sent))
    changed = [row for row in rows if "code" in row.data]
    known = _held([row.data["code"] for row in changed])
    for row in changed:
        there = known.get(row.data["code"])
        if there is None:
            gone = Refused("题库里已经没有 {code}。", code=row.data["code"])
            found.append(Outcome(row.id, is_done=False, sentence=gone))
            continue
        try:
            editing.save(there, wording.from_content(there.code, row.data["content"]), row.data["edition"])
        except Refused as refused:
            found.append(Outcome(row.id, is_done=False, sentence=refused))
        else:
            found.append(_kept(row, there, is_sent=is_sent))
    return found


def _held(codes: Sequence[str]) -> Mapping[str, Question]:
    """Questions by code, their rows held until the commit."""
    rows = db.session.scalars(
        select(Question)
        .where(Question.code.in_(list(codes)))
        .options(joinedload(Question.current), joinedload(Question.draft), selectinload(Question.tags))
        .with_for_update(of=Question)
    )
    return {question.code: question for question in rows}


def _kept(row: Stored, question: Question, *, is_sent: bool) -> Outcome:
    sentence = None
    if is_sent and row.data["gaps"]:
        sentence = Refused("还缺内容，先留作草稿，没有送审。")
    elif is_sent and question.draft is not None:
        reviewing.send(question, question.edition, 0)
    return Outcome(row.id, is_done=True, sentence=sentence, ref_id=question.id, before={"edition": question.edition})


def undo(task: Task, rows: Sequence[Stored]) -> list[Outcome]:  # noqa: ARG001 - the engine's signature
    """Take back what was written and nobody has touched since: new questions go, changed ones lose their draft."""
    ids = [row.ref_id for row in rows if row.ref_id]
    found = db.session.scalars(
        select(Question)
        .where(Question.id.in_(ids))
        .options(joinedload(Question.current), joinedload(Question.draft), selectinload(Question.tags))
        .with_for_update(of=Question)
    )
    known = {question.id: question for question in found}
    return [_undone(row, known.get(row.ref_id or 0)) for row in rows]


def _undone(row: Stored, question: Question | None) -> Outcome:
    if question is None:
        return Outcome(row.id, is_done=True)
    if question.edition != row.before.get("edition"):
        return Outcome(row.id, is_done=False, sentence=Refused("{code} 后来有人改过，保留。", code=question.code))
    code, label = question.code, row.label[:60]
    if "code" in row.data:
        question.draft = None
        question.edition += 1
        audit.record("question.discard", "question", code, label)
    else:
        db.session.execute(delete(QuestionMove).where(QuestionMove.question_id == question.id))
        db.session.delete(question)
        audit.record("question.remove", "question", code, label)
    db.session.flush()
    return Outcome(row.id, is_done=True)
