"""The demo's bank: two trainers write, one question waits for review, one was returned, one is retired."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from assessments.bank import queries, source
from assessments.bank.actions import editing, reviewing
from assessments.bank.models import Difficulty, Question, QuestionType
from assessments.bank.rules.wording import Draft, Option
from lms import audit, clock
from lms.demo import Demo

COURSE = "C1"
WRITER, REVIEWER = "T2001", "T2002"
IN_REVIEW = "c1-001"
RETURN_WORDS = "B 和 D 都说得通：题干里写清来电人有没有要求保密，再把 D 改得更像新人会犯的错。"
RETIRE_WORDS = "和 c1-003 考的是同一点，留一道就够。"


def _single(stem: str, topic: str, explanation: str, *options: str, kind: str = "single") -> Draft:
    """A choice whose right options begin with a star."""
    draft = Draft("", QuestionType(kind), "K3", Difficulty.medium, topic=topic, stem=stem, explanation=explanation)
    draft.options = [Option(option.lstrip("*"), option.startswith("*"), is_pinned=False) for option in options]
    return draft


BEGUN = _single(
    ":::来电片段\n我家楼下那个餐馆，油烟直接往楼上排，我都打了三次了也没人管！……还有，千万别告诉店家是我打的。\n:::\n\n"
    "受理这通来电时，下列做法正确的有哪些？",
    "受理规范",
    "来电人已反映三次，不关联历史工单会重复派单。C 属于越权承诺。",
    "*先回应情绪并复述诉求，再核实名称、地址和排口位置",
    "*对来电人信息作保密处理，正文不出现其姓名、电话",
    "答应来电人「三天之内一定让它关门」",
    "*查询历史工单，关联前三次诉求",
    kind="multiple",
)
RETURNED = _single(
    "来电人反映单位食堂浪费严重，要求不透露姓名。工单正文怎样写？",
    "信息保密",
    "要求保密的来电，正文不出现能认出来电人的内容。",
    "写上姓名，另注明「请保密」",
    "*只写事由和地点，来电人信息按保密处理",
    "写上姓名的第一个字和电话尾号",
    "写「某单位职工反映」",
)
UNFINISHED = _single("供暖期反映室温不够，首次受理必须核实哪些信息？", "受理规范", "", "*测温时间和地点", "*房号和供热单位", "邻居的姓名", kind="multiple")  # fmt: skip
RETIRED = _single(
    "热线的服务时间是？",
    "热线职责",
    "归并后的热线提供全天人工服务。",
    "工作日白天",
    "*7×24 小时人工服务",
    "只在夜间转语音",
)


def load(demo: Demo) -> Iterator[str]:
    """The working copies, each by its person on its day."""

    @contextmanager
    def on(days_ago: int, number: str, hour: int = 10) -> Iterator[None]:
        person = demo.people[number]
        moment = clock.local_instant(demo.today - timedelta(days=days_ago), hour)
        with clock.frozen(moment), audit.acting_as(person.id, person.name, "web"):
            yield

    with on(9, REVIEWER):
        doomed = editing.begin(COURSE, RETIRED, ["重复"])
    with on(8, WRITER):
        reviewing.retire(doomed, doomed.edition, RETIRE_WORDS)
    with on(6, WRITER):
        returned = editing.begin(COURSE, RETURNED, ["保密"])
        reviewing.send(returned, returned.edition, 0)
    with on(5, REVIEWER):
        reviewing.send_back(returned, returned.edition, RETURN_WORDS)
    with on(3, REVIEWER):
        waiting = queries.question(IN_REVIEW)
        if waiting is not None:
            _reword(waiting)
    with on(2, WRITER, 16):
        begun = editing.begin(COURSE, BEGUN, ["油烟", "保密"])
    with on(1, REVIEWER):
        editing.begin(COURSE, UNFINISHED, ["供暖季"])
    yield f"题库：待审 1 题，退回 1 题，草稿 2 题（{begun.code} 等），停用 1 题"


def _reword(question: Question) -> None:
    """The explanation of a question in use said more plainly, sent to review."""
    draft = source.latest_wording(question)
    assert draft is not None
    draft.explanation += "\n\n记法：要马上出动人和车的号码不归并，其余的都能打 12345。"
    editing.save(question, draft, question.edition)
    reviewing.send(question, question.edition, 0)
