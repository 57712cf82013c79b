"""The demo's 信息有误: two reports that wait for HR and one that was answered."""

from collections.abc import Iterator
from datetime import timedelta

from lms import audit, clock
from lms.access import corrections
from lms.demo import Demo

HR = "H4001"
WAITING = (
    ("A1012", 2, "班组还是原来的，我上个月已经调走了，班长那里有调令，请改一下。"),
    ("A1037", 1, "手机号换过了，现在的尾号是 6620，请改一下，免得收不到通知。"),
)
ANSWERED = ("A1015", 9, "岗位应该是高级坐席，8 月已经评过。", "已改为高级坐席，重新登录可见。")


def load(demo: Demo) -> Iterator[str]:
    """Asked over the last days, in the order of time."""
    hr = demo.people[HR]
    number, days, text, answer = ANSWERED
    if number in demo.people:
        someone = demo.people[number]
        with clock.frozen(clock.now() - timedelta(days=days)), audit.acting_as(someone.id, someone.name, "web"):
            report = corrections.ask(someone.id, someone.name, text)
        with clock.frozen(clock.now() - timedelta(days=days - 1)), audit.acting_as(hr.id, hr.name, "web"):
            corrections.settle(report, answer, was_mended=True)
    for number, days, text in WAITING:
        someone = demo.people.get(number)
        if someone is not None:
            with clock.frozen(clock.now() - timedelta(days=days)), audit.acting_as(someone.id, someone.name, "web"):
                corrections.ask(someone.id, someone.name, text)
    yield "信息有误：2 条待核对，1 条已办结"
