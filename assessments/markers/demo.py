"""The demo's written exam: six people wait for their marks, three have their results."""

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from assessments.attempts import actions as attempts
from assessments.attempts import queries
from assessments.bank.actions import publishing
from assessments.bank.models import Difficulty, Question, QuestionType, QuestionVersion
from assessments.bank.rules import wording
from assessments.bank.rules.wording import LOCAL_BASIS_WORDS, Draft
from assessments.exams.models import Exam, MultipleRule, Review
from assessments.markers import actions
from assessments.markers.models import Script
from assessments.markers.rules import Terms
from assessments.marking import rules as marking
from assessments.papers import actions as papers
from assessments.papers.rules import Cell
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.people.models import Person
from lms.policies import queries as policies

CODE = "exam-calls"
COURSE = "C1"
SITTERS = ("A1003", "A1004", "A1005", "A1006", "A1007", "A1008", "A1009", "A1010", "A1011")
QUESTIONS = (
    {
        "code": "calls-1",
        "competency": "K4",
        "topic": "情绪安抚",
        "stem": "市民第三次来电反映小区停水，一接通就大声责问「你们到底管不管」。写出你接下来的三四句话。",
        "answer": "非常理解您着急，停水三天确实影响生活。您前两次反映的工单我已经看到，现在核对一下地址和目前的情况。"
        "我马上向承办单位催办，今天 18:00 前给您回电。您看这样可以吗？",
        "rubric": (
            (
                "先安抚再核实",
                "4",
                {"4": "先回应情绪，再核对已有工单和地址", "2": "只做到其中一样", "0": "直接转办，或与市民争辩"},
            ),
            (
                "给出时限和下一步",
                "6",
                {"6": "说清谁去办、什么时候回电", "3": "有下一步，没有时限", "0": "只说「会反映」"},
            ),
        ),
        "why": "先安抚、再核实、再承诺能做到的时限；重复来电要主动说出前面的工单。",
    },
    {
        "code": "calls-2",
        "competency": "K5",
        "topic": "工单书写",
        "stem": "用两三句话写出上面这通来电的工单描述，让承办单位不用再打电话问市民。",
        "answer": "云州市北苑小区 3 号楼 11 月 18 日起停水，至 20 日未恢复，涉及约 60 户。市民此前两次来电（工单已关联），"
        "物业答复在修但未说明时间。诉求：说明停水原因和恢复时间，今日 18:00 前回电。",
        "rubric": (
            ("时间、地点、范围齐全", "6", {"6": "三样都有", "3": "缺一样"}),
            ("诉求明确，不带情绪词", "4", {"4": "写清要什么，用语中性", "2": "诉求清楚，但照抄了责骂的话"}),
        ),
        "why": "工单写事实和诉求，不写评价；关联前面的工单。",
    },
)
ANSWERS = (
    ("非常理解您着急。您前两次的工单我都看到了，我核对一下：北苑小区 3 号楼，对吗？我现在就催办，今天 18:00 前给您回电。", "北苑小区 3 号楼 11 月 18 日起停水，约 60 户。市民第三次来电，要求说明原因和恢复时间，18:00 前回电。"),
    ("您别着急，我马上帮您反映。", "小区停水三天，市民很生气，要求尽快处理。"),
    ("给您添麻烦了。您说的是北苑小区停水的事吗？我看到之前有两张工单，我这就联系供水公司，两小时内给您回电。", "北苑小区停水，18 日开始，前两张工单已关联。诉求：告知恢复时间。"),
    ("停水确实影响生活，换作是我也会急。请您说一下楼号，我一并写进工单，请供水公司今天内答复您。", "北苑小区 3 号楼 18 日至 20 日停水，影响约 60 户，物业称在抢修。诉求：今日内告知原因和恢复时间。"),
    ("这个归供水公司管，我帮您转过去。", "反映停水问题，请供水公司处理。"),
    ("您好，您反映的情况我很重视。停水从哪天开始？除了您家，整栋楼都停吗？我记录后马上催办，有结果第一时间告诉您。", "3 号楼整栋停水，从 18 日开始，市民多次来电，要求尽快恢复供水并回电说明。"),
    ("先跟您道个歉，前两次没有给您准信。我现在把三张工单并在一起催办，今天下班前一定回电话给您。", "市民第三次来电反映北苑小区停水，约 60 户受影响。诉求：恢复供水、说明原因，今日回电。"),
    ("理解您的心情。请您稍等，我查一下进度……供水公司答复在更换阀门，预计今晚恢复，我 18:00 前再给您回电确认。", "北苑小区 3 号楼停水（18 日起），供水公司答复更换阀门。诉求：确认恢复时间，18:00 前回电。"),
    ("您说得对，三天没有水谁都受不了。我把您的地址和电话再核对一遍，马上升级为督办。", "停水三天未解决，市民情绪激动，要求督办。"),
)  # fmt: skip
MARKS = ((("4", "6"), ("6", "4")), (("2", "0"), ("3", "2")), (("4", "6"), ("3", "4")))
COMMENTS = ("语气稳，时限也给了", "还差时限：市民要知道什么时候有答复", "工单里补上楼号会更好")


def load(demo: Demo) -> Iterator[str]:
    """Make the exam, sit it, mark three."""
    exam = _exam()
    actions.set_terms(exam, Terms(), demo.people["T2001"].id)
    chance = random.Random(CODE)  # its own, so that the rest of the demo does not move
    for n, number in enumerate(SITTERS):
        _sit(demo, exam, demo.people[number].id, n, chance)
    marked = _mark(demo)
    yield f"阅卷：{len(SITTERS)} 份简答卷，{marked} 份已阅完"


def _exam() -> Exam:
    singles = db.session.scalars(
        select(Question.code)
        .join(QuestionVersion, QuestionVersion.id == Question.current_id)
        .where(Question.course_code == COURSE, QuestionVersion.type == QuestionType.single)
        .order_by(Question.code)
        .limit(5)
    ).all()
    written = [_question(one) for one in QUESTIONS]
    cells = (
        Cell(1, "单选题", QuestionType.single.value, 5, Decimal(8), ()),
        Cell(2, "简答题", QuestionType.short_answer.value, 2, Decimal(30), ()),
    )
    title = "来电应对测评"
    exam = Exam(
        code=CODE,
        title=title,
        title_en="Handling a call",
        paper=papers.set_paper(CODE, title, [COURSE], cells, (list(singles), written)),
        course_codes=[COURSE],
        minutes=30,
        attempts_allowed=2,
        first_delay_hours=24,
        later_delay_hours=24,
        pass_mark=Decimal(70),
        multiple_rule=MultipleRule.all_or_nothing,
        review=Review.immediate,
        instructions_html="<p>简答题由培训师阅卷，五个工作日内出成绩。</p>",
    )
    db.session.add(exam)
    db.session.flush()
    return exam


def _question(written: dict[str, Any]) -> str:
    """A short answer in the bank; returns its code."""
    question = Question(code=written["code"], course_code=COURSE)
    db.session.add(question)
    db.session.flush()
    draft = Draft(
        code=written["code"],
        type=QuestionType.short_answer,
        competency=written["competency"],
        difficulty=Difficulty.medium,
        topic=written["topic"],
        basis_words=LOCAL_BASIS_WORDS,
        stem=written["stem"],
        accepted=[written["answer"]],
        rubric=[
            {
                "criterion": criterion,
                "points": points,
                "descriptors": [{"points": key, "words": words} for key, words in levels.items()],
            }
            for criterion, points, levels in written["rubric"]
        ],
        explanation=written["why"],
    )
    draft.source = wording.written(draft)
    publishing.publish(question, draft, policies.cite_facts)
    db.session.flush()
    return question.code


def _sit(demo: Demo, exam: Exam, person_id: int, n: int, chance: random.Random) -> None:
    """One sitting in the last two working days."""
    name = db.session.get_one(Person, person_id).name
    at = clock.local_instant(demo.today - timedelta(days=1 + n % 2), 9 + n % 7, 5 * n)
    with audit.acting_as(person_id, name, "web"), clock.frozen(at):
        attempt = attempts.start(exam, person_id, "demo")
    texts = iter(ANSWERS[n])
    with audit.acting_as(person_id, name, "web"), clock.frozen(at + timedelta(minutes=14 + n)):
        for asked in queries.questions(attempt.id):
            if asked.version.type == QuestionType.short_answer:
                given: dict[str, object] = {"text": next(texts)}
            else:
                right = sorted(marking.right_keys(asked.version))
                keys = [one["key"] for one in asked.version.options]
                given = {"chosen": right if chance.random() < 0.85 else [chance.choice(keys)]}
            attempts.save(attempt.id, person_id, asked.position, epoch=1, seq=asked.position, given=given)
        attempts.submit(attempt)


def _mark(demo: Demo) -> int:
    """The first three people's answers, marked this morning."""
    marker = demo.people["T2001"].id
    first = [demo.people[number].id for number in SITTERS[: len(MARKS)]]
    for person_id, given, comment in zip(first, MARKS, COMMENTS, strict=True):
        scripts = db.session.scalars(
            select(Script).where(Script.person_id == person_id).order_by(Script.position)
        ).all()
        with (
            clock.frozen(min(clock.now(), clock.local_instant(demo.today, 8, 40))),
            audit.acting_as(marker, db.session.get_one(Person, marker).name, "web"),
        ):
            for script, points in zip(scripts, given, strict=True):
                actions.mark(script.id, marker, points, comment)
    return len(first)
