"""The bank as a kind of import, and as a sheet that imports again unchanged."""

from collections.abc import Iterable

from assessments.bank import source
from assessments.bank.actions import importing, planning
from assessments.bank.models import Question
from assessments.bank.reading.columns import FIELDS, GROUPS, HEADER
from assessments.bank.reading.written import row_of
from assessments.bank.rules import states, wording
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import COMPETENCIES
from lms.imports.rules import N_, Kind, Option
from lms.sheets import writing

MOST_ROWS = 20_000
WIDTHS = (10, 8, 48, *(20,) * 8, 12, 40, 6, 14, 24)


def options() -> tuple[Option, ...]:
    """What is asked beside the columns: the course, the competency, and whether to send to review at once."""
    courses = (
        ("", N_("按表里的「课程」一列")),
        *((one.code, f"{one.code} {one.title}") for one in catalogue.open_courses()),
    )
    abilities = (("", N_("课程的第一项能力")), *((code, f"{code} {words}") for code, words in COMPETENCIES.items()))
    return (
        Option("course", N_("归在哪门课"), N_("表里写了课程的行按表里的"), "choice", courses),
        Option("competency", N_("考的是哪项能力"), N_("表里写了能力的行按表里的"), "choice", abilities),
        Option("review", N_("导入后直接送审"), N_("缺解析、考点的题仍留作草稿")),
    )


QUESTIONS = Kind(
    name="questions",
    label=N_("题目"),
    counted=N_("题"),
    roles=frozenset({"trainer"}),
    fields=lambda _task: FIELDS,
    groups=GROUPS,
    planner=planning.QuestionPlanner,
    write=importing.write,
    undo=importing.undo,
    options=options,
    ref_kind="question_row",
    section="exams.questions",
)


def table(questions: Iterable[Question]) -> writing.Table:
    """The questions as a sheet, what is being written before what is published."""
    rows = []
    for question in questions:
        draft = source.latest_wording(question)
        if draft is not None:
            state = states.STATE_LABELS[states.state_of(question, question.draft)][0]
            rows.append(
                row_of(wording.tidied(draft), question.course_code, [tag.label for tag in question.tags], state)
            )
    return writing.Table("题库", HEADER, rows, WIDTHS)
