"""The editor's form: texts from a browser → a wording, and the small steps (add, move, cite) that save nothing."""

from dataclasses import dataclass, field
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from assessments.bank.models import Difficulty, QuestionType
from assessments.bank.rules import wording
from assessments.bank.rules.wording import CHOICES, LOCAL_BASIS, MAX_OPTIONS, Draft, Option
from courses.catalogue.rules import COMPETENCIES
from lms.errors import Refused

FEWEST_ROWS = 4
STEPS = frozenset({"type", "add", "up", "down", "remove", "find", "cite", "uncite", "preview"})


@dataclass
class Editor:
    """What the editor shows: a wording, complete or not, and what stands beside it."""

    draft: Draft
    edition: int = 0
    course_code: str = ""
    tags: str = ""
    tolerance: str = ""
    find: str = ""
    rubric: str | None = None  # as typed, where it cannot be read
    errors: list[tuple[str, Refused]] = field(default_factory=list)

    @property
    def accepted_lines(self) -> str:
        return "\n".join(str(one) for one in self.draft.accepted) if self.draft.type == "fill_in" else ""

    @property
    def model_answer(self) -> str:
        return str(self.draft.accepted[0]) if self.draft.type == "short_answer" and self.draft.accepted else ""

    @property
    def rubric_lines(self) -> str:
        return self.rubric if self.rubric is not None else "\n".join(wording.rubric_lines(self.draft))

    @property
    def number(self) -> str:
        return str(self.draft.accepted[0]) if self.draft.type == "numeric" and self.draft.accepted else ""

    @property
    def truth(self) -> bool | None:
        is_answered = self.draft.type == "true_false" and bool(self.draft.accepted)
        return bool(self.draft.accepted[0]) if is_answered else None

    @property
    def is_local(self) -> bool:
        return not self.draft.basis

    def sentence(self, name: str) -> Refused | None:
        """What is wrong with a field, if anything."""
        return next((sentence for where, sentence in self.errors if where == name), None)


def opened(draft: Draft, edition: int, course_code: str, tags: list[str]) -> Editor:
    """The editor for a wording that is there, with room for one more option."""
    tolerance = f"{draft.tolerance.normalize():f}" if draft.tolerance else ""
    return Editor(draft, edition, course_code, " ".join(tags), tolerance)


def blank(course_code: str, competency: str) -> Editor:
    """The editor for a new question."""
    draft = Draft("", QuestionType.single, competency, Difficulty.medium)
    draft.options = [Option("", False, False) for _row in range(FEWEST_ROWS)]
    return Editor(draft, course_code=course_code)


def sent(form: "MultiDict[str, str]", code: str) -> Editor:
    """The editor as it was sent; values that no control offers fall back to the first."""
    kind = _one_of(form.get("type", ""), list(QuestionType), QuestionType.single)
    draft = Draft(
        code=code,
        type=QuestionType(kind),
        competency=_one_of(form.get("competency", ""), list(COMPETENCIES), "K3"),
        difficulty=Difficulty(_one_of(form.get("difficulty", ""), list(Difficulty), Difficulty.medium)),
        topic=form.get("topic", ""),
        lesson_code=form.get("lesson", ""),
        unit_label=form.get("unit", ""),
        stem=form.get("stem", ""),
        explanation=form.get("explanation", ""),
    )
    draft.options = _options(form)
    for words in form.getlist("basis")[:20]:
        ref, _hash, clause = words.partition("#")
        if ref.strip() and (ref.strip(), clause.strip() or None) not in draft.basis:
            draft.basis.append((ref.strip(), clause.strip() or None))
    local = form.get("basis_words", "")
    draft.basis_words = local if local.startswith(LOCAL_BASIS) else ""
    shown = Editor(
        draft,
        edition=form.get("edition", -1, type=int),
        course_code=form.get("course", ""),
        tags=form.get("tags", ""),
        tolerance=form.get("tolerance", "").strip(),
        find=form.get("find", "").strip()[:60],
    )
    _answer(form, shown)
    return shown


def _one_of(value: str, known: list[str], fallback: str) -> str:
    return value if value in known else fallback


def _options(form: "MultiDict[str, str]") -> list[Option]:
    right, pinned = set(form.getlist("right")), set(form.getlist("pin"))
    texts = [form.get(f"option-{place}") for place in range(MAX_OPTIONS + 1)]
    return [
        Option(text, str(place) in right, str(place) in pinned) for place, text in enumerate(texts) if text is not None
    ]


def _answer(form: "MultiDict[str, str]", shown: Editor) -> None:
    draft = shown.draft
    if draft.type == QuestionType.true_false:
        draft.accepted = [form["truth"] == "right"] if form.get("truth") in {"right", "wrong"} else []
    elif draft.type == QuestionType.fill_in:
        draft.accepted = [line.strip() for line in form.get("accepted", "").splitlines() if line.strip()]
    elif draft.type == QuestionType.short_answer:
        draft.accepted = [words] if (words := form.get("model", "").strip()) else []
        draft.rubric, wrong = wording.rubric_of(form.get("rubric", ""))
        if wrong is not None:
            shown.rubric = form.get("rubric", "")
            shown.errors.append(
                (
                    "rubric",
                    Refused(
                        "这一行看不懂：「{line}」。写成「要看什么 4 分」，下面可以写「- 2 分：做到什么」。",
                        line=wrong[:40],
                    ),
                )
            )
    elif draft.type == QuestionType.numeric:
        number = form.get("number", "").strip()
        draft.accepted = [number] if number else []
        if number and not wording.is_number(number):
            shown.errors.append(("number", Refused("答案应是一个数，最多四位小数，例如 95 或 0.5。")))
        if not shown.tolerance:
            draft.tolerance = Decimal(0)
        elif wording.is_number(shown.tolerance) and not shown.tolerance.startswith("-"):
            draft.tolerance = Decimal(shown.tolerance)
        else:
            shown.errors.append(("tolerance", Refused("允许误差应是不小于 0 的数，例如 0.5；没有误差就留空。")))


def finished(shown: Editor) -> Draft:
    """The wording to keep: option rows left empty at the end are no options."""
    draft = shown.draft
    while len(draft.options) > 2 and not draft.options[-1].text.strip() and not draft.options[-1].is_right:
        draft.options.pop()
    return wording.tidied(draft)


def step(shown: Editor, name: str, argument: str) -> None:
    """One of the small steps on the form; an argument that makes no sense changes nothing."""
    options = shown.draft.options
    place = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 3 else -1
    if name == "add" and len(options) < MAX_OPTIONS:
        options.append(Option("", False, False))
    elif name == "type" and shown.draft.type in CHOICES and not options:
        options += [Option("", False, False) for _row in range(FEWEST_ROWS)]
    elif name in {"up", "down"}:
        other = place + (-1 if name == "up" else 1)
        if 0 <= place < len(options) and 0 <= other < len(options):
            options[place], options[other] = options[other], options[place]
    elif name == "remove" and 0 <= place < len(options):
        del options[place]
    elif name == "cite":
        ref, _hash, clause = argument.partition("#")
        if ref and (ref, clause or None) not in shown.draft.basis:
            shown.draft.basis.append((ref, clause or None))
        shown.find = ""
    elif name == "uncite" and 0 <= place < len(shown.draft.basis):
        del shown.draft.basis[place]
