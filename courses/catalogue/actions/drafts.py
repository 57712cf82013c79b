"""Verbs on the text of a lesson that is in work: save, set aside, send to review, publish, bring an older text back."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from courses.catalogue import checklist, queries, rules
from courses.catalogue.actions import publishing
from courses.catalogue.checklist import Item
from courses.catalogue.models import (
    CopyReason,
    CourseUnit,
    DraftCopy,
    DraftState,
    LessonDraft,
    LessonVersion,
    VersionOrigin,
)
from courses.catalogue.rules import LessonText
from lms import audit, clock
from lms.audit import Actor
from lms.db import db
from lms.errors import Refused
from lms.markdown.rendering import render
from lms.markdown.values import Rendered
from lms.notices import actions as notices
from lms.policies import queries as policies

SITTING = timedelta(minutes=30)  # saves of one person within it are one audit line


def text_of(row: LessonDraft | LessonVersion | DraftCopy) -> LessonText:
    """What a draft, a version or a kept copy says."""
    english = row.title_en or (row.unit.title_en if isinstance(row, LessonVersion) else "")
    return LessonText(row.title, english, row.minutes, tuple(row.competencies), row.source)


def begun_text(unit: CourseUnit) -> LessonText:
    """What an editor opens with: the draft, else the newest version, else an empty lesson of that title."""
    row = queries.draft(unit.id) or queries.current_version(unit.id)
    if row is None:
        return LessonText(unit.title, unit.title_en, None, (), "")
    return text_of(row)


def hold(unit: CourseUnit) -> LessonDraft | None:
    """The draft, with writers of this lesson put in a queue until the transaction ends."""
    db.session.scalars(
        select(CourseUnit).where(CourseUnit.id == unit.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return db.session.scalar(
        select(LessonDraft).where(LessonDraft.unit_id == unit.id).execution_options(populate_existing=True)
    )


def save(unit: CourseUnit, text: LessonText, revision: int, *, over: bool = False) -> LessonDraft | None:
    """Save a text in work that was read when the lesson had been saved so often. Refused as EditConflict when somebody
    saved, published or gave up a draft meanwhile; over says that the conflict was seen, and keeps the other text aside. None: nothing to save, the text is
    what learners have.
    """
    draft = hold(unit)
    rules.check_may_write(is_in_review=draft is not None and draft.state == DraftState.in_review)
    if draft is None:
        return _begin(unit, text, revision)
    if rules.check_revision(revision, unit.saves, is_same=text == text_of(draft)):
        if over:
            _keep_copy(unit, text_of(draft), CopyReason.conflict, Actor(draft.editor_id, draft.editor, ""))
        _write(draft, text)
    return draft


def _begin(unit: CourseUnit, text: LessonText, revision: int) -> LessonDraft | None:
    version = queries.current_version(unit.id)
    is_same = version is not None and text == text_of(version)
    if not rules.check_revision(revision, unit.saves, is_same=is_same):
        return None
    now, who = clock.now(), audit.actor()
    draft = LessonDraft(
        unit_id=unit.id,
        unit=unit,
        revision=0,
        based_on=version.number if version else 0,
        author_ids=[],
        editor_id=None,
        editor=who.label[:80],
        begun_at=now,
        edited_at=now - SITTING,
    )
    db.session.add(draft)
    _write(draft, text)
    return draft


def _write(draft: LessonDraft, text: LessonText) -> None:
    now, who = clock.now(), audit.actor()
    if draft.editor_id != who.person_id or now - draft.edited_at >= SITTING:
        audit.record("lesson.draft", "lesson", draft.unit.code, text.title, based_on=draft.based_on)
    draft.title, draft.title_en, draft.minutes = text.title, text.title_en, text.minutes
    draft.competencies, draft.source = list(text.competencies), text.source
    draft.unit.saves += 1
    draft.revision = draft.unit.saves
    draft.editor_id, draft.editor, draft.edited_at = who.person_id, who.label[:80], now
    if who.person_id not in draft.author_ids:
        draft.author_ids = [*draft.author_ids, who.person_id]
    db.session.flush()


def _keep_copy(unit: CourseUnit, text: LessonText, reason: CopyReason, writer: Actor) -> None:
    db.session.add(
        DraftCopy(
            unit_id=unit.id,
            reason=reason,
            title=text.title,
            title_en=text.title_en,
            minutes=text.minutes,
            competencies=list(text.competencies),
            source=text.source,
            author_id=writer.person_id,
            author=writer.label[:80],
            kept_at=clock.now(),
        )
    )


def set_aside(unit: CourseUnit, text: LessonText) -> None:
    """Keep one's own text aside after a conflict and leave the draft to the other."""
    _keep_copy(unit, text, CopyReason.conflict, audit.actor())
    db.session.flush()
    audit.record("lesson.set_aside", "lesson", unit.code, text.title)


def discard(unit: CourseUnit, revision: int) -> None:
    """Give a draft up; its text is kept aside."""
    draft = hold(unit)
    if draft is None:
        return
    rules.check_seen(revision, draft.revision)
    _drop(unit, draft, CopyReason.discarded)
    audit.record("lesson.discard", "lesson", unit.code, draft.title)


def _drop(unit: CourseUnit, draft: LessonDraft, reason: CopyReason) -> None:
    _keep_copy(unit, text_of(draft), reason, Actor(draft.editor_id, draft.editor, ""))
    unit.saves += 1
    db.session.delete(draft)
    db.session.flush()


def restore(unit: CourseUnit, row: LessonVersion | DraftCopy) -> LessonDraft | None:
    """Make an older text the draft: history stays as it is, a draft in work is kept aside."""
    draft = hold(unit)
    rules.check_may_write(is_in_review=draft is not None and draft.state == DraftState.in_review)
    if draft is not None and text_of(draft) != text_of(row):
        _drop(unit, draft, CopyReason.restored)
    restored = save(unit, text_of(row), unit.saves) if draft is None or text_of(draft) != text_of(row) else draft
    audit.record("lesson.restore", "lesson", unit.code, row.title, version=getattr(row, "number", None))
    return restored


def rebase(unit: CourseUnit, number: int) -> None:
    """Say that the draft has been compared with the version published meanwhile and goes on from there."""
    draft = hold(unit)
    version = queries.current_version(unit.id)
    if draft is None or version is None or version.number != number:
        raise Refused("这一节刚刚又有变化。刷新页面看看最新情况。")
    draft.based_on = number
    audit.record("lesson.rebase", "lesson", unit.code, draft.title, version=number)


@dataclass(frozen=True)
class Ready:
    """A draft as it would be published: rendered and checked outside the transaction that publishes it."""

    revision: int
    text: LessonText
    rendered: Rendered
    items: tuple[Item, ...]

    @property
    def gaps(self) -> int:
        """How many things stand in the way."""
        return sum(item.state == "gap" for item in self.items)

    @property
    def minutes(self) -> int:
        """The length learners will see."""
        return self.text.minutes or self.reckoned

    @property
    def reckoned(self) -> int:
        """The length reckoned from the text."""
        return rules.reading_minutes(self.rendered.characters, len(self.rendered.checks))


def prepare(unit: CourseUnit, draft: LessonDraft) -> Ready:
    """Render and check a draft. Writes nothing; takes tens of milliseconds, so it stands outside the write lock."""
    text, registry, version = text_of(draft), policies.registry(), queries.current_version(unit.id)
    rendered = render(text.source, cite=registry.cite)
    asked = {check.id: check.line for check in rendered.checks}
    items = checklist.items(
        text,
        rendered,
        cite=registry.cite,
        taken=queries.check_owners(asked, unit.id),
        known_pictures=queries.pictures(checklist.picture_digests(text.source)),
        based_on=draft.based_on,
        newest=version.number if version else 0,
    )
    return Ready(draft.revision, text, rendered, tuple(items))


def _checked(unit: CourseUnit, ready: Ready, revision: int) -> LessonDraft:
    draft = hold(unit)
    if draft is None:
        raise Refused("这份草稿已经发布或放弃了。到版本历史里看看最新情况。")
    rules.check_seen(revision, draft.revision)
    rules.check_seen(ready.revision, draft.revision)
    rules.check_checked(ready.gaps)
    version = queries.current_version(unit.id)
    if version is not None and version.number != draft.based_on:
        raise Refused("草稿开始以后，这一节又有了第 {n} 版，没有发布。先对照新版本。", n=version.number)
    return draft


def submit(unit: CourseUnit, ready: Ready, revision: int, note: str) -> LessonDraft:
    """Send a draft to review: it stands still until a colleague publishes or returns it, or it is taken back."""
    draft = _checked(unit, ready, revision)
    rules.check_note(note, draft.based_on + 1)
    if draft.state == DraftState.in_review:
        return draft
    who = audit.actor()
    draft.state, draft.note, draft.remark = DraftState.in_review, note[:200], ""
    draft.submitter_id, draft.submitter, draft.submitted_at = who.person_id, who.label[:80], clock.now()
    audit.record("lesson.submit", "lesson", unit.code, draft.title, note=note, revision=revision)
    db.session.flush()
    return draft


def take_back(unit: CourseUnit) -> None:
    """Take a draft back from review, to go on writing."""
    draft = hold(unit)
    if draft is not None and draft.state == DraftState.in_review:
        draft.state, draft.submitted_at = DraftState.editing, None
        audit.record("lesson.take_back", "lesson", unit.code, draft.title)


def send_back(unit: CourseUnit, revision: int, remark: str) -> None:
    """The reviewer gives a draft back with a remark; who sent it is told."""
    draft = hold(unit)
    if draft is None or draft.state != DraftState.in_review:
        raise Refused("这份草稿已经不在等待审阅。刷新页面看看最新情况。")
    rules.check_seen(revision, draft.revision)
    if not remark:
        raise Refused("写一句要改什么，作者会看到。")
    draft.state, draft.remark, draft.submitted_at = DraftState.editing, remark[:500], None
    audit.record("lesson.send_back", "lesson", unit.code, draft.title, remark=remark)
    if draft.submitter_id is not None and draft.submitter_id != audit.actor().person_id:
        notices.notify(draft.submitter_id, f"课节要改：{draft.title}"[:120], remark, "lesson_draft", unit.code)


def publish(unit: CourseUnit, ready: Ready, revision: int, note: str) -> LessonVersion:
    """Make a checked draft the newest version: learners who begin get it, those in the middle keep theirs."""
    draft = _checked(unit, ready, revision)
    who = audit.actor()
    is_in_review = draft.state == DraftState.in_review
    rules.check_may_publish(
        needs_review=unit.course.needs_review,
        is_in_review=is_in_review,
        person_id=who.person_id,
        authors=draft.author_ids,
    )
    note = note or draft.note
    rules.check_note(note, draft.based_on + 1)
    author = Actor(draft.editor_id, draft.editor, "")
    version = publishing.add_version(
        unit,
        draft.based_on + 1,
        ready.text,
        ready.rendered,
        origin=VersionOrigin.browser,
        note=note[:200],
        author=author,
        reviewer=who if is_in_review and who.person_id not in draft.author_ids else publishing.NOBODY,
    )
    if version.number == 1:
        unit.is_retired = False
    if not unit.is_retired:
        publishing.show_lesson(unit, version.text)
    unit.saves += 1
    _tell_submitter(unit, draft, version.number)
    db.session.delete(draft)
    db.session.flush()
    publishing.keep_course_version(unit.course)
    audit.record(
        "lesson.publish", "lesson", unit.code, version.title, before=version.number - 1, after=version.number, note=note
    )
    return version


def _tell_submitter(unit: CourseUnit, draft: LessonDraft, number: int) -> None:
    if draft.state == DraftState.in_review and draft.submitter_id not in {None, audit.actor().person_id}:
        assert draft.submitter_id is not None
        notices.notify(
            draft.submitter_id, f"课节已发布：{draft.title}"[:120], f"第 {number} 版已经发布。", "lesson", unit.code
        )
