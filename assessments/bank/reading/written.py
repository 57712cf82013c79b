"""A wording as a row of our own sheets, and whether a row is still as it was written."""

from collections.abc import Mapping, Sequence

from assessments.bank.models import QuestionType
from assessments.bank.reading.columns import FIELDS, HEADER
from assessments.bank.rules import wording
from assessments.bank.rules.wording import CHOICES, DIFFICULTY_WORDS, LETTERS, Draft

MEANT = {one.key: HEADER.index(one.label) for one in FIELDS if one.label in HEADER}  # field key → column
BESIDE = frozenset({"course", "tags"})  # not of the wording


def row_of(draft: Draft, course_code: str, tags: Sequence[str] = (), state: str = "") -> list[str]:
    """A question as a row below HEADER."""
    texts = [option.text for option in draft.options] if draft.type in CHOICES else []
    pinned = "".join(letter for letter, option in zip(LETTERS, draft.options, strict=False) if option.is_pinned)
    return [
        draft.code,
        draft.type.label,
        draft.stem,
        *texts,
        *[""] * (len(LETTERS) - len(texts)),
        _answer(draft),
        draft.explanation,
        DIFFICULTY_WORDS[draft.difficulty],
        draft.topic,
        draft.basis_words,
        course_code,
        draft.competency,
        draft.lesson_code,
        draft.unit_label,
        f"{draft.tolerance.normalize():f}" if draft.tolerance else "",
        pinned,
        "\n".join(wording.rubric_lines(draft)),
        " ".join(tags),
        state,
    ]


def _answer(draft: Draft) -> str:
    if draft.type in CHOICES:
        return "".join(letter for letter, option in zip(LETTERS, draft.options, strict=False) if option.is_right)
    if draft.type == QuestionType.true_false:
        return ("对" if draft.accepted[0] else "错") if draft.accepted else ""
    return "|".join(str(one) for one in draft.accepted)


def is_untouched(words: Mapping[str, str], draft: Draft) -> bool:
    """Whether a row says what this wording, complete or not, was written out as."""
    row = row_of(wording.tidied(draft), "")
    return all(
        wording.one_line(words.get(key, "")) == wording.one_line(row[place])
        for key, place in MEANT.items()
        if key not in BESIDE
    )
