"""A small course with its questions and exams, loaded from files, and people who sit them."""

from collections.abc import Iterable
from pathlib import Path

from assessments.attempts import actions, queries, saving
from assessments.attempts.models import Attempt, Result
from assessments.exams import queries as exams
from assessments.exams.models import Exam
from courses.catalogue.actions import loading as catalogue
from courses.hours import actions as hours
from lms.db import db
from lms.policies import actions as registry
from tests.courses import shelf

HEAD = "考点: {topic}\n依据: {basis}\n课节: t1-step1\n\n"
LOCAL = "业务规范（以本地规定为准）"
EXAM = """---
code: {code}
title: {title}
title_en: Final quiz
courses: [T1]
{closes}minutes: 20
attempts: 3
first_delay_hours: 24
later_delay_hours: 48
pass_mark: 80
review: {review}
multiple_rule: all_or_nothing
sections:
  - {{title: 单选题, type: single, count: 4, points: 10}}
  - {{title: 多选题, type: multiple, count: 2, points: 15}}
  - {{title: 判断题, type: true_false, count: 1, points: 10}}
  - {{title: 填空题, type: fill_in, count: 1, points: 10}}
  - {{title: 数值题, type: numeric, count: 1, points: 10}}
{certificate}---
考试说明，**先读题**。
"""
QUIZ, POST = "exam-t1", "exam-post"
COUNT = 9


def question(code: str, kind: str, answers: str, topic: str = "受理规范", basis: str = LOCAL, stem: str = "") -> str:
    return f"## {code} {kind} K3 中\n{HEAD.format(topic=topic, basis=basis)}{stem or code + ' 的题干？'}\n\n{answers}\n\n解析：{code} 的解析。\n"


def questions(singles: int = 6, basis: str = LOCAL) -> str:
    """Six single, three multiple, two true or false, one fill-in, one numeric; every right option is called 对."""
    one = "- [ ] 错一\n- [x] 对\n- [ ] 错二"
    two = "- [x] 对一\n- [x] 对二\n- [ ] 错\n- [ ] 以上都不对 (固定)"
    made = [question(f"t1-s{n}", "单选", one, basis=basis) for n in range(1, singles + 1)]
    made += [question(f"t1-m{n}", "多选", two, topic="工单") for n in range(1, 4)]
    made += [question(f"t1-j{n}", "判断", "答案：对") for n in range(1, 3)]
    made += [
        question("t1-f1", "填空", "答案：12388 | 纪检监察热线"),
        question("t1-n1", "数值", "答案：95 ± 0.5\n单位：%"),
    ]
    return "\n".join(made)


def exam_file(code: str = QUIZ, *, closes: str | None = "T1", review: str = "immediate") -> str:
    return EXAM.format(
        code=code,
        title="结业测验" if closes else "岗位认证",
        closes=f"closes: {closes}\n" if closes else "",
        review=review,
        certificate="" if closes else "certificate:\n  title: 岗位证书\n",
    )


def write(folder: Path, **kwargs) -> Path:
    """A library of one course with quiz, and an exam that stands alone."""
    shelf.write(folder)
    (folder / "T1" / "questions.md").write_text(questions(**kwargs), encoding="utf-8")
    (folder / "T1" / "exam.md").write_text(exam_file(), encoding="utf-8")
    (folder / "exams").mkdir(exist_ok=True)
    (folder / "exams" / "post.md").write_text(exam_file(POST, closes=None, review="after_close"), encoding="utf-8")
    return folder


def load(folder: Path) -> None:
    """The library as it is on disk, with the hour rules."""
    hours.load_rules()
    catalogue.load_library(folder)


def policies() -> None:
    """The policy registry as it is shipped."""
    registry.load_registry()


def exam(code: str = QUIZ) -> Exam:
    found = exams.exam(code)
    assert found is not None
    return found


def right_answer(asked) -> dict:
    """What answers a question rightly."""
    keys = [option["key"] for option in asked.version.options if option["is_right"]]
    return {"chosen": keys} if keys else {"text": str(asked.version.accepted[0])}


def wrong_answer(asked) -> dict:
    keys = [option["key"] for option in asked.version.options if not option["is_right"]]
    return {"chosen": keys[:1]} if keys else {"text": "不知道"}


def answer(attempt: Attempt, right: Iterable[int] | None = None, seq: int = 1) -> None:
    """Save an answer to every question, right ones at these positions (None: everywhere)."""
    wanted = set(range(1, COUNT + 1) if right is None else right)
    for asked in queries.questions(attempt.id):
        given = right_answer(asked) if asked.position in wanted else wrong_answer(asked)
        saving.save(attempt.id, attempt.person_id, asked.position, epoch=attempt.epoch, seq=seq, given=given)


def sat(person_id: int, code: str = QUIZ, right: Iterable[int] | None = None) -> Result:
    """An exam sat from start to result."""
    attempt = actions.start(exam(code), person_id, "1")
    answer(attempt, right)
    return actions.submit(attempt)


def fresh() -> None:
    """Forget what the session holds."""
    db.session.expire_all()


WRITTEN = "exam-written"
SHORT = """## t1-w{n} 简答 K4 中
考点: 沟通
依据: 业务规范（以本地规定为准）

t1-w{n} 来电人情绪激动，怎样回应？

答案：先安抚，再核实，再复述。
评分：先安抚再核实 4 分
- 4 分：安抚、核实都有
- 2 分：只有其中一样
评分：复述诉求 6 分

解析：按服务用语规范。
"""


def write_written(folder: Path) -> Path:
    """The library with an exam of its own over four single choices (60 points) and two short answers (20 each)."""
    write(folder)
    path = folder / "T1" / "questions.md"
    path.write_text(
        path.read_text(encoding="utf-8") + "\n" + "\n".join(SHORT.format(n=n) for n in (1, 2)), encoding="utf-8"
    )
    head, tail = exam_file(WRITTEN, closes=None).split("sections:\n")
    sections = "  - {title: 单选题, type: single, count: 4, points: 15}\n  - {title: 简答题, type: short_answer, count: 2, points: 20}\n"
    (folder / "exams" / "written.md").write_text(
        f"{head}sections:\n{sections}certificate:{tail.split('certificate:')[1]}", encoding="utf-8"
    )
    return folder


def wrote(
    person_id: int, *, right: Iterable[int] = (1, 2, 3, 4), texts: Iterable[str] = ("先安抚再核实。", "复述诉求。")
) -> Attempt:
    """The written exam handed in: single choices at positions 1 to 4, answers in words at 5 and 6."""
    attempt = actions.start(exam(WRITTEN), person_id, "1")
    wanted, words = set(right), list(texts)
    for asked in queries.questions(attempt.id):
        if asked.position > 4:
            given = {"text": words[asked.position - 5]}
        else:
            given = right_answer(asked) if asked.position in wanted else wrong_answer(asked)
        actions.save(attempt.id, person_id, asked.position, epoch=attempt.epoch, seq=1, given=given)
    actions.submit(attempt)
    return attempt
