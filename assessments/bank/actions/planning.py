"""Questions from a sheet, looked at row by row: new, changed, the same, or something to mend. Writes nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from assessments.bank import queries, source
from assessments.bank.models import Question
from assessments.bank.reading import citing, written
from assessments.bank.reading.rows import Read, Reader
from assessments.bank.rules import states, wording
from assessments.bank.rules.wording import CHOICES, LOCAL_BASIS, Draft
from courses.catalogue import queries as catalogue
from courses.catalogue.models import Course, UnitKind
from courses.catalogue.rules import COMPETENCIES
from lms.errors import Refused
from lms.imports.rules import Change, Line, Planned, Task
from lms.policies import queries as policies
from lms.sheets.cells import fold, text

# What a column of the sheet decides of a question that is there already; where it is missing, the question's own stays.
DECIDES = {
    "explanation": "explanation", "topic": "topic", "lesson": "lesson_code", "difficulty": "difficulty",
    "unit": "unit_label", "tolerance": "tolerance", "rubric": "rubric",
}  # fmt: skip


class QuestionPlanner:
    """Looks at the rows in order: each is a new question, a change of one that is there, or has something to mend."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.reader = Reader(task.columns)
        self.registry = policies.registry()
        self.refs = list(dict.fromkeys(one.ref for one in self.registry.by_ref.values()))
        self.courses = list(catalogue.open_courses())
        self.stems = {fold(stem): code for code, stem in queries.stems().items() if stem}
        self.seen: dict[str, int] = {}
        self.codes: dict[str, int] = {}
        self.known: dict[str, Question] = {}

    def plan(self, lines: Sequence[Line]) -> list[Planned]:
        """What these rows say; the last question may still wait for rows of options."""
        wanted = {text(line.cells.get("code")).lower() for line in lines} - {""}
        if wanted:
            self.known |= queries.questions_by_code(wanted)
        return [self._planned(read) for line in lines for read in self.reader.take(line.number, line.cells)]

    def rest(self) -> Iterator[list[Planned]]:
        """The last question of the sheet."""
        yield [self._planned(read) for read in self.reader.finish()]

    def _planned(self, read: Read) -> Planned:
        present = self.known.get(read.code.strip().lower())
        draft = read.draft
        if draft is not None:
            self._complete(read, draft, present)
        if (draft is None or read.faults) and self._is_as_exported(read, present):
            return Planned(read.number, "same", read.label)
        if draft is None or read.faults:
            return Planned(read.number, "faulty", read.label, read.faults)
        if present is not None:
            return self._planned_change(read, draft, present)
        course = self._course(read)
        if course is None:
            return Planned(read.number, "faulty", read.label, [self._no_course(read)])
        draft.competency = draft.competency or self._competency(course)
        self._note_doubles(read, draft)
        notes = [*read.notes, *self._gap_notes(draft, course)]
        data: dict[str, Any] = {"course": course.code, "content": wording.as_content(draft), "tags": self._tags(read)}
        data["gaps"] = len(wording.gaps(draft))
        return Planned(read.number, "new", read.label, notes, shown(draft), data)

    def _is_as_exported(self, read: Read, present: Question | None) -> bool:
        """Whether a row of our own sheet that lacks something is as it was written out: its question lacks it too."""
        old = source.latest_wording(present) if present is not None and self.reader.is_own else None
        return old is not None and written.is_untouched(read.words, old)

    def _planned_change(self, read: Read, draft: Draft, present: Question) -> Planned:
        code = present.code
        if code in self.codes:
            fault = Refused("题号 {code} 在第 {n} 行已经有了。", code=code, n=self.codes[code])
            return Planned(read.number, "faulty", read.label, [fault])
        self.codes[code] = read.number
        old = source.latest_wording(present)
        if old is not None and wording.same(old, draft):
            return Planned(read.number, "same", read.label)
        try:
            states.check_untouched(present, present.draft)
        except Refused as refused:
            return Planned(read.number, "faulty", read.label, [refused])
        data: dict[str, Any] = {"code": code, "edition": present.edition, "content": wording.as_content(draft)}
        data["gaps"] = len(wording.gaps(draft))
        return Planned(read.number, "changed", read.label, read.notes, differences(old, draft), data)

    def _complete(self, read: Read, draft: Draft, present: Question | None) -> None:
        """Fill in what no column of the sheet says: from the question that is there, else from what was chosen."""
        old = source.latest_wording(present) if present else None
        if old is not None:
            draft.code, draft.competency = old.code, old.competency
            for column, name in DECIDES.items():
                if column not in self.task.columns:
                    setattr(draft, name, getattr(old, name))
        if read.competency:
            code = next((key for key, word in COMPETENCIES.items() if read.competency.strip() in {key, word}), "")
            draft.competency = code or draft.competency
            if not code:
                read.notes.append(Refused("能力「{value}」不认识，按课程的第一项能力。", value=read.competency[:20]))
        if not draft.topic and old is None:
            draft.topic = (self._tags(read) or [""])[0]
        if old is not None and "basis" not in self.task.columns:
            draft.basis, draft.basis_words = old.basis, old.basis_words
        else:
            self._cite(read, draft)

    def _cite(self, read: Read, draft: Draft) -> None:
        words = " ".join(read.basis.split())
        if words.startswith(LOCAL_BASIS):
            draft.basis, draft.basis_words = [], words[:200]
        elif words:
            found = self._written_out(words) or citing.cited(words, self.refs)
            exact = [(ref, clause if self.registry.resolve(ref, clause) else None) for ref, clause in found]
            draft.basis = list(dict.fromkeys(exact))
            draft.basis_words = "" if draft.basis else f"{LOCAL_BASIS}（原表依据：{words[:60]}）"
            if not found:
                read.notes.append(Refused("政策库里没有「{value}」，依据先记为业务规范。", value=words[:30]))
            elif exact != found:
                read.notes.append(Refused("「{value}」只认出了政策，没有认出条款。", value=words[:30]))
        tidy = wording.tidied(draft)
        draft.basis_words = tidy.basis_words

    def _written_out(self, words: str) -> list[tuple[str, str | None]]:
        """References as our own sheets write them, ref#clause、ref; nothing where one of them is unknown."""
        pairs = [one.strip().partition("#") for one in words.split("、")]
        found = [(ref, clause or None) for ref, _hash, clause in pairs]
        return found if all(self.registry.resolve(ref, clause) for ref, clause in found) else []

    def _course(self, read: Read) -> Course | None:
        wanted = " ".join((read.course or self.task.options.get("course", "")).split())
        for course in self.courses:
            if wanted.casefold() == course.code.casefold() or fold(wanted) == fold(course.title):
                return course
        return self.courses[0] if not wanted and len(self.courses) == 1 else None

    def _no_course(self, read: Read) -> Refused:
        if read.course:
            return Refused("没有课程「{value}」，写课程编号，例如 C1。", value=read.course[:20])
        return Refused("没有说归在哪门课：回到上一步选一门课，或在表里加「课程」一列。")

    def _competency(self, course: Course) -> str:
        chosen = self.task.options.get("competency", "")
        return chosen if chosen in COMPETENCIES else (course.competencies or ["K3"])[0]

    def _tags(self, read: Read) -> list[str]:
        words = read.tags.replace("，", " ").replace(",", " ").replace("、", " ").replace("#", " ").split()
        return [tag[:20] for tag in dict.fromkeys(words)][:10]

    def _note_doubles(self, read: Read, draft: Draft) -> None:
        key = fold(draft.words)
        if key and key in self.seen:
            read.notes.append(Refused("题干和第 {n} 行相同。", n=self.seen[key]))
        elif key and key in self.stems:
            read.notes.append(Refused("题干和题库里的 {code} 相同。", code=self.stems[key]))
        self.seen.setdefault(key, read.number)

    def _gap_notes(self, draft: Draft, course: Course) -> list[Refused]:
        lessons = {unit.code for unit in course.units if unit.kind == UnitKind.lesson and not unit.is_retired}
        if draft.lesson_code and draft.lesson_code not in lessons:
            note = [Refused("课程里没有课节「{code}」，先不指定。", code=draft.lesson_code[:30])]
            draft.lesson_code = ""
            return note
        return []


def shown(draft: Draft) -> list[Change]:
    """What was understood of a row, for the preview."""
    found = [Change("题型", "", draft.type.label)]
    if draft.type in CHOICES:
        rows = (
            f"{letter} {option.text}{'（正确）' if option.is_right else ''}"
            for letter, option in zip("ABCDEFGH", draft.options, strict=False)
        )
        found.append(Change("选项", "", "；".join(rows)[:300]))
    else:
        found.append(Change("答案", "", answer_words(draft)[:200]))
    if draft.rubric:
        found.append(Change("评分标准", "", _words(draft.rubric)))
    if draft.topic:
        found.append(Change("考点", "", draft.topic))
    return found


def answer_words(draft: Draft) -> str:
    """The answer of a question without options, in words."""
    if draft.type == "true_false":
        return "对" if draft.accepted and draft.accepted[0] else "错"
    accepted = " / ".join(str(one) for one in draft.accepted)
    return accepted + (f" ± {draft.tolerance.normalize():f}" if draft.tolerance else "") + draft.unit_label


def differences(old: Draft | None, new: Draft) -> list[Change]:
    """Old and new of every part in which two wordings differ."""
    before = wording.as_content(old) if old else {}
    after = wording.as_content(new)
    names = {
        "type": "题型", "stem": "题干", "options": "选项", "accepted": "答案", "explanation": "解析", "topic": "考点",
        "difficulty": "难度", "basis_words": "依据", "lesson_code": "课节", "tolerance": "允许误差", "unit_label": "单位",
        "competency": "能力", "rubric": "评分标准",
    }  # fmt: skip
    return [
        Change(label, _words(before.get(name)), _words(after[name]))
        for name, label in names.items()
        if before.get(name) != after[name]
    ]


def _words(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "；".join(f"{row['criterion']} {row['points']} 分" for row in value)[:200]
    if isinstance(value, list):
        parts = (f"{one[0]}{'（正确）' if one[1] else ''}" if isinstance(one, list) else str(one) for one in value)
        return "；".join(parts)[:200]
    return "" if value is None else " ".join(str(value).split())[:200]
