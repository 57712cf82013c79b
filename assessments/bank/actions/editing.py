"""Write a question: begin, save the working copy, give it up, tag it. Whoever saves says which edition they saw."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from assessments.bank import source
from assessments.bank.models import DraftState, Question, QuestionDraft, QuestionTag, Verb
from assessments.bank.models import QuestionMove as Move
from assessments.bank.rules import states, wording
from assessments.bank.rules.wording import Draft
from courses.catalogue.models import Course
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.markdown.problems import problems
from lms.policies.queries import Registry

NEW_CODE = re.compile(r".*-w(\d{1,6})")


def new_codes(course_code: str, count: int = 1) -> list[str]:
    """Codes for questions born on the page, such as c1-w001; the course is locked until the commit, so each is new."""
    held = db.session.scalar(select(Course.id).where(Course.code == course_code).with_for_update())
    if held is None:
        raise Refused("没有课程「{code}」。先选一门课。", code=course_code[:20])
    prefix = f"{course_code.lower()}-w"
    used = db.session.scalars(select(Question.code).where(Question.code.startswith(prefix, autoescape=True)))
    highest = max((int(found[1]) for code in used if (found := NEW_CODE.fullmatch(code))), default=0)
    return [f"{prefix}{highest + step:03d}" for step in range(1, count + 1)]


def begin(course_code: str, draft: Draft, tags: Iterable[str] = ()) -> Question:
    """A new question with its first working copy; asked of nobody until it is published."""
    return begin_all(course_code, [draft], [list(tags)])[0]


def begin_all(course_code: str, drafts: list[Draft], tags: list[list[str]]) -> list[Question]:
    """The same for many of one course at once."""
    made = []
    for code, draft, labels in zip(new_codes(course_code, len(drafts)), drafts, tags, strict=True):
        draft.code = code
        question = Question(code=code, course_code=course_code, edition=1)
        question.tags = [QuestionTag(label=label) for label in dict.fromkeys(labels)]
        _write(question, draft)
        db.session.add(question)
        made.append(question)
    db.session.flush()
    for question in made:
        audit.record("question.begin", "question", question.code, _label(question))
    return made


def save(question: Question, draft: Draft, seen: int) -> QuestionDraft | None:
    """Keep the wording as the question's working copy; what was published stays in use. None when it says what is
    published already.
    """
    states.check_edition(question, seen)
    states.check_may_edit(question, question.draft)
    found = wording.faults(draft)
    if found:
        raise found[0][1]
    published = source.wording_of(question.current) if question.current else None
    if question.draft is None and published is not None and wording.same(draft, published):
        return None
    if question.draft is not None and wording.same(draft, wording.from_content(question.code, question.draft.content)):
        return question.draft
    _write(question, draft)
    question.edition += 1
    db.session.flush()
    audit.record("question.save", "question", question.code, _label(question))
    return question.draft


def _write(question: Question, draft: Draft) -> None:
    draft = wording.tidied(draft)
    row = question.draft
    if row is None:
        row = question.draft = QuestionDraft(author_ids=[], comment="", state=DraftState.draft)
    who = audit.actor()
    if row.state == DraftState.draft:
        row.comment = ""
    row.type, row.difficulty, row.competency, row.topic = draft.type, draft.difficulty, draft.competency, draft.topic
    row.stem_text, row.content = draft.words, wording.as_content(draft)
    row.saved_at, row.saved_by = clock.now(), who.label[:80]
    if who.person_id is not None and who.person_id not in row.author_ids:
        row.author_ids = [*row.author_ids, who.person_id]


def discard(question: Question, seen: int) -> None:
    """Give up the working copy of a question that has a published version."""
    states.check_edition(question, seen)
    states.check_may_edit(question, question.draft)
    if question.draft is None or question.current is None:
        raise Refused("没有可以放弃的改动。")
    before = question.draft.content["stem"][:200]
    question.draft = None
    note(question, Verb.discarded)
    audit.record("question.discard", "question", question.code, _label(question), before={"stem": before})


def copy(question: Question) -> Question:
    """A new question that says the same, as a draft."""
    draft = source.latest_wording(question)
    if draft is None:
        raise Refused("这道题还没有内容可以复制。")
    return begin(question.course_code, draft, [tag.label for tag in question.tags])


def set_tags(question: Question, labels: Iterable[str]) -> None:
    """Give the question these tags and no others; they are for finding and change no wording."""
    present = {tag.label: tag for tag in question.tags}
    add, drop = states.split_by(present, list(labels))
    for label in drop:
        question.tags.remove(present[label])
    question.tags += [QuestionTag(label=label) for label in sorted(add)]
    if add or drop:
        audit.record(
            "question.tag", "question", question.code, _label(question), added=sorted(add), removed=sorted(drop)
        )


def add_tags(question: Question, labels: Iterable[str]) -> None:
    """Add tags to those the question has; refuses more than ten in all."""
    together = list(dict.fromkeys([*(tag.label for tag in question.tags), *labels]))
    set_tags(question, states.tags_in(" ".join(together)))


def note(question: Question, verb: Verb, comment: str = "", version: int | None = None) -> None:
    """Write down a step in the question's life and count it as a change."""
    who = audit.actor()
    question.edition += 1
    db.session.add(
        Move(
            question_id=question.id,
            verb=verb,
            version_number=version or (question.current.number if question.current else None),
            actor_id=who.person_id,
            actor_label=who.label[:80],
            comment=comment,
            at=clock.now(),
        )
    )
    db.session.flush()


def reference_gaps(draft: Draft, registry: Registry, lessons: Iterable[str]) -> list[tuple[str, Refused]]:
    """What a wording points to that is not there, and what its Markdown gets wrong: (field, sentence)."""
    found = []
    for ref, clause in draft.basis:
        if registry.resolve(ref, clause) is None:
            name = ref + (f"#{clause}" if clause else "")
            found.append(("basis", Refused("政策库里没有「{name}」，换一条依据。", name=name)))
    if draft.lesson_code and draft.lesson_code not in set(lessons):
        found.append(("lesson", Refused("课程里没有课节「{code}」，换一节。", code=draft.lesson_code)))
    texts = [("stem", draft.stem), ("explanation", draft.explanation)]
    for name, text in texts + [(f"option-{place}", option.text) for place, option in enumerate(draft.options)]:
        found += [(name, Refused("{words}", words=one.sentence)) for one in problems(text, cite=registry.cite)]
    return found


def _label(question: Question) -> str:
    text = question.draft.stem_text if question.draft else question.current.stem_text if question.current else ""
    return " ".join(text.split())[:60]
