"""Which kinds of notices there are, whether they go out by mail unless a person says otherwise, and who is asked."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """A kind of notice: code, word, whether mail is sent by default, whether only staff get it."""

    code: str
    label: str
    by_mail: bool
    is_for_staff: bool = False


TOPICS = {
    one.code: one
    for one in (
        Topic("learning", "课程与学习任务", by_mail=False),
        Topic("exam", "考试与成绩", by_mail=True),
        Topic("certificate", "证书", by_mail=True),
        Topic("policy", "政策更新", by_mail=False),
        Topic("appraisal", "考核", by_mail=True),
        Topic("account", "账号安全", by_mail=True),
        Topic("work", "等我处理的事", by_mail=False, is_for_staff=True),
        Topic("general", "其他通知", by_mail=False),
    )
}
OF_KIND = {  # what a notice opens says what it is about, where the caller does not
    "course": "learning",
    "lesson": "learning",
    "hour_entry": "learning",
    "programme": "learning",
    "exam": "exam",
    "attempt": "exam",
    "objection": "exam",
    "award": "certificate",
    "policy": "policy",
    "policy_update": "policy",
    "participation": "appraisal",
    "cycle": "appraisal",
    "measure_row": "appraisal",
    "account": "account",
    "session": "account",
    "job": "work",
    "person": "work",
    "import": "work",
    "question": "work",
}


def topic_of(kind: str, topic: str = "") -> str:
    """The topic of a notice: as given, else by what it opens, else general."""
    return topic if topic in TOPICS else OF_KIND.get(kind, "general")


def by_mail(topic: str, chosen: Mapping[str, bool], *, is_urgent: bool = False) -> bool:
    """Whether mail goes out: what the person chose, else the kind's default or the sender's urgency."""
    return chosen.get(topic, is_urgent or TOPICS[topic].by_mail)
