"""Rows of a question sheet → wordings, what must be mended in a row, and what its importer should look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from assessments.bank.models import Difficulty, QuestionType
from assessments.bank.reading import answers, cells
from assessments.bank.reading.columns import ALL_LETTERS, MOST_COLUMNS, has_marks, is_own
from assessments.bank.rules import wording
from assessments.bank.rules.wording import CHOICES, Draft
from lms.errors import Refused
from lms.sheets.cells import Cell, is_nothing, text


@dataclass
class Read:
    """A question as its row (and the rows of options below it) says it. draft None: faults say why.

    words: the row itself, by field.
    """

    number: int
    draft: Draft | None = None
    faults: list[Refused] = field(default_factory=list)
    notes: list[Refused] = field(default_factory=list)
    label: str = ""
    code: str = ""
    course: str = ""
    competency: str = ""
    basis: str = ""
    tags: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Raw:
    """The texts of a row, and of the rows of options that belong to it."""

    number: int
    words: dict[str, str]
    options: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def __getitem__(self, key: str) -> str:
        return self.words.get(key, "")


class Reader:
    """Takes rows in order, as people number them; a question is given back when the next one begins."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.is_own = is_own(columns)
        self.has_marks = has_marks(columns)
        self.has_answers = "answer" in columns
        self.takes_rows = "options" in columns
        self.headers = {key: " ".join(header.split()) for key, header in columns.items()}
        self.type_codes = cells.codes_of(columns.get("type", ""))
        self.difficulty_codes = cells.codes_of(columns.get("difficulty", ""))
        self.waiting: Raw | None = None

    def take(self, number: int, row: Mapping[str, Cell]) -> Iterator[Read]:
        """The question before this row, when this row does not belong to it."""
        words = {key: self._words(key, cell) for key, cell in row.items()}
        if all(words[key] == header for key, header in self.headers.items() if words.get(key)):
            return  # the header again, or nothing
        if self._continues(words):
            assert self.waiting is not None
            self.waiting.options.append(words.get("options", ""))
            self.waiting.marks.append(words.get("right", "") or self._row_mark(words))
            return
        yield from self.finish()
        if any(value for key, value in words.items() if key not in {"code", "points"}):
            self.waiting = Raw(number, words)
            if self.takes_rows:
                self.waiting.options.append(words.get("options", ""))
                self.waiting.marks.append(words.get("right", ""))

    def finish(self) -> Iterator[Read]:
        """The question that is still waiting for rows of options."""
        if self.waiting is not None:
            raw, self.waiting = self.waiting, None
            yield self._read(raw)

    def _words(self, key: str, cell: Cell) -> str:
        if isinstance(cell, bool):
            return "对" if cell else "错"
        if self.is_own and isinstance(cell, str):
            return cell
        if key in {"stem", "options", "answer", "right"} or key.startswith(("option_", "right_")):
            return text(cell)
        return "" if is_nothing(cell) else text(cell)

    def _continues(self, words: Mapping[str, str]) -> bool:
        """Whether a row holds one more option of the question above: no stem, or the same in merged cells."""
        if not self.takes_rows or self.waiting is None or not words.get("options"):
            return False
        if not words.get("stem"):
            return not words.get("type") or words.get("type") == self.waiting["type"]
        is_same = words["stem"] == self.waiting["stem"] and words.get("options") != self.waiting["options"]
        return is_same and (words.get("answer", "") in {"", self.waiting["answer"]} or bool(words.get("right")))

    def _row_mark(self, words: Mapping[str, str]) -> str:
        """In sheets of one option a row, a tick in the answer column stands for its own row."""
        answer = words.get("answer", "")
        is_tick = answer != (self.waiting["answer"] if self.waiting else "") and cells.is_marked(answer)
        return answer if answer and is_tick else ""

    def _read(self, raw: Raw) -> Read:
        stem = raw["stem"]
        read = Read(raw.number, label=" ".join(stem.split())[:120] or raw["answer"][:60])
        read.code, read.course = raw["code"], raw["course"]
        read.competency, read.basis, read.tags, read.words = raw["competency"], raw["basis"], raw["tags"], raw.words
        if not stem:
            read.faults.append(Refused("没有题干。"))
            return read
        given = self._given(raw)
        kind = self._kind(raw, given, read)
        if kind is None:
            return read
        draft = Draft(raw["code"], kind, "", Difficulty.medium, stem=given.stem)
        draft.explanation, draft.lesson_code = raw["explanation"], raw["lesson"]
        draft.topic, draft.unit_label = " ".join(raw["topic"].split()), raw["unit"]
        draft.tolerance = self._tolerance(raw, read)
        self._difficulty(raw, draft, read)
        read.faults += answers.fill(draft, given, read.notes, is_exact=self.is_own)
        self._pin(raw, draft, read)
        self._rubric(raw, draft, read)
        draft = wording.tidied(draft)
        if not read.faults:
            read.faults += [refused for _name, refused in wording.faults(draft)]
        read.draft = None if read.faults else draft
        return read

    def _given(self, raw: Raw) -> answers.Given:
        """Options, marks and answer of a row, wherever they stand in it."""
        columns = [raw[f"option_{place}"] for place in range(MOST_COLUMNS)]
        marks = [raw[f"right_{place}"] for place in range(MOST_COLUMNS)]
        stem, answer = raw["stem"], raw["answer"]
        if any(columns):
            options = columns if self.is_own else cells.unlabelled(columns)
        elif raw.options and any(raw.options):
            is_rows = len(raw.options) > 1
            options = cells.unlabelled(raw.options) if is_rows else cells.options_in(raw.options[0])
            marks = raw.marks if is_rows else marks
        else:
            stem, options = (stem, []) if self.is_own else cells.stem_with_options(stem)
            marks = []
        while options and not options[-1]:
            options.pop()
        if not answer and not self.has_marks and not self.has_answers:
            found = cells.STEM_ANSWER.search(stem)
            if found:
                answer, stem = found[1], stem[: found.start()] + "（  ）" + stem[found.end() :]
        return answers.Given(stem, options, marks[: len(options)] if any(marks) else [], answer, self.has_marks)

    def _kind(self, raw: Raw, given: answers.Given, read: Read) -> QuestionType | None:
        named = cells.type_of(raw["type"], self.type_codes) if raw["type"] else "missing"
        if named is None:
            read.faults.append(
                Refused("「{value}」不是能导入的题型：单选、多选、判断、填空、数值、简答。", value=raw["type"][:20])
            )
            return None
        if named == "missing" and raw["rubric"]:
            return QuestionType.short_answer
        if isinstance(named, QuestionType):
            return named
        kind = answers.recognised(given, is_choice=named == "choice", is_measured=bool(raw["unit"] or raw["tolerance"]))
        if kind is None:
            read.faults.append(Refused("看不出是什么题型：没有选项，也没有答案。"))
        return kind

    def _difficulty(self, raw: Raw, draft: Draft, read: Read) -> None:
        if not raw["difficulty"]:
            return
        found = cells.difficulty_of(raw["difficulty"], self.difficulty_codes)
        if found is None:
            read.notes.append(Refused("难度「{value}」看不懂，按「中」导入。", value=raw["difficulty"][:20]))
        else:
            draft.difficulty = found

    def _tolerance(self, raw: Raw, read: Read) -> Decimal | None:
        words = cells.plain(raw["tolerance"]).lstrip("±")
        if not words:
            return None
        if wording.is_number(words) and not words.startswith("-"):
            return Decimal(words)
        read.faults.append(Refused("允许误差「{value}」不是数。", value=raw["tolerance"][:20]))
        return None

    def _rubric(self, raw: Raw, draft: Draft, read: Read) -> None:
        if not raw["rubric"] or draft.type != QuestionType.short_answer:
            return
        draft.rubric, unread = wording.rubric_of(raw["rubric"])
        if unread is not None:
            read.faults.append(
                Refused(
                    "评分标准里的「{value}」看不懂：一行一条，写要看什么、再写几分，例如「先安抚再核实 4 分」。",
                    value=unread[:20],
                )
            )

    def _pin(self, raw: Raw, draft: Draft, read: Read) -> None:
        wanted = cells.letters(raw["pinned"]) if raw["pinned"] else []
        for letter in wanted or []:
            place = ALL_LETTERS.index(letter)
            if draft.type in CHOICES and place < len(draft.options):
                draft.options[place].is_pinned = True
        if wanted is None:
            read.notes.append(Refused("固定选项「{value}」不是选项字母，没有固定。", value=raw["pinned"][:20]))
