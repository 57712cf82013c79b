"""Decisions about certificates: numbers, masked names, validity, where an award stands, what a withdrawal needs."""

import enum
import hashlib
import json
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lms.errors import Refused
from lms.people.rules import surname

# 32 signs that are not taken for one another, in print or by hand: no I and 1, no O and 0.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUP = 4  # two groups of four: 40 bits, so that nobody finds a certificate by trying
NUMBER = re.compile(rf"([A-Z]{{1,6}}[0-9]{{2}})([A-Z0-9]{{{GROUP}}})([A-Z0-9]{{{GROUP}}})")
LONGEST_TYPED = 60
FIRST_WIDE = 0x2E7F  # signs above are Chinese, Japanese or Korean

EXPIRING_DAYS = 60  # from when on a certificate is called 即将到期; reminders go out at each of these
REMINDER_DAYS = (7, 30, 60)
WITHIN_DAYS = (*REMINDER_DAYS, 90)  # what the register can be narrowed to
EXAM_MONTHS = 24  # validity of a certificate by an exam that names no other, domain page §6.1 (岗位证书 2 y)
LEAST_REASON, LONGEST_REASON = 4, 300


# Numbers ---------------------------------------------------------------------------------------------------------


def new_number(prefix: str, year: int, choose: Callable[[str], str]) -> str:
    """A fresh number such as YZ26-4217-K8QM; `choose` picks one sign of the alphabet by chance that nobody foresees."""
    signs = "".join(choose(ALPHABET) for _ in range(2 * GROUP))
    return f"{prefix}{year % 100:02}-{signs[:GROUP]}-{signs[GROUP:]}"


def normal_number(typed: str) -> str | None:
    """The number as printed, from whatever was typed: lower case, spaces, full width, other or no hyphens. Else None."""
    wide = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).upper()
    plain = "".join(
        sign
        for sign in wide
        if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"} and sign not in "−ー_"
    )
    found = NUMBER.fullmatch(plain)
    return "-".join(found.groups()) if found else None


_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def file_name(unit: str, holder: str, title: str, number: str) -> str:
    """Where a certificate lies in a bundle: a folder a unit, then holder, title and number; no sign a disk refuses."""
    parts = [_UNSAFE.sub("_", part).strip(". ") for part in (unit, holder, title)]
    return f"{parts[0] or '无单位'}/{parts[1]}_{parts[2]}_{number}.pdf"


# Names -----------------------------------------------------------------------------------------------------------


def masked_name(name: str) -> str:
    """林*岚, 林*, 欧阳*, 阿***提, A*** K***: enough to recognise a person one knows, too little to find one."""
    name = " ".join(name.split())
    if not name:
        return "*"
    if any(ord(sign) > FIRST_WIDE for sign in name):
        return _masked_chinese(name)
    return " ".join(f"{part[0]}***" for part in name.split())


def _masked_chinese(name: str) -> str:
    if "·" in name:  # a name spelt by its sound has no surname in front
        return f"{name[0]}***{name[-1]}"
    first = surname(name)
    rest = name[len(first) :]
    if not rest:
        return "*"
    return f"{first}*{rest[-1]}" if len(rest) > 1 else f"{first}*"


# Validity --------------------------------------------------------------------------------------------------------


def valid_until(issued_on: date, months: int) -> date:
    """The last day of that many months beginning with the day of issue: 24 November → 23 November.

    Where the month has no such day the period ends with the month (as 民法典 §202–203 reckons periods by months).
    """
    year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + months, 12)
    month += 1
    if issued_on.day > monthrange(year, month)[1]:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, issued_on.day) - timedelta(days=1)


class State(enum.StrEnum):
    """Where an award stands on a day."""

    valid = "valid"
    expiring = "expiring"
    expired = "expired"
    superseded = "superseded"
    revoked = "revoked"
    held = "held"
    replaced = "replaced"  # was held; a certificate has been made from it

    @property
    def label(self) -> str:
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        """Which tag shows it."""
        return STATE_TONES.get(self, "")


STATE_LABELS = {
    State.valid: "有效",
    State.expiring: "即将到期",
    State.expired: "已过期",
    State.superseded: "已换新证",
    State.revoked: "已撤销",
    State.held: "暂缓制证",
    State.replaced: "已重新制证",
}
STATE_TONES = {State.valid: "ok", State.expiring: "warn", State.held: "warn", State.revoked: "danger"}


@dataclass(frozen=True)
class Facts:
    """What the state of an award depends on."""

    is_held: bool
    is_revoked: bool
    is_replaced: bool
    has_newer: bool
    valid_until: date | None


def state(facts: Facts, day: date) -> State:
    """Where an award stands on a day: a withdrawal weighs most, then being held, then a newer one, then the date."""
    if facts.is_revoked:
        return State.revoked
    if facts.is_held:
        return State.replaced if facts.is_replaced else State.held
    if facts.has_newer:
        return State.superseded
    left = days_left(facts.valid_until, day)
    if left is None or left > EXPIRING_DAYS:
        return State.valid
    return State.expired if left < 0 else State.expiring


def may_be_corrected(state: State) -> bool:
    """Whether a certificate is made anew when its score is corrected: not one withdrawn, or that another stands in for."""
    return state in {State.valid, State.expiring, State.expired, State.held}


def days_left(until: date | None, day: date) -> int | None:
    """Days until the last valid one, 0 on that day, negative afterwards; None when there is no end."""
    return None if until is None else (until - day).days


def is_public(state: State) -> bool:
    """Whether strangers may learn that there is such a number: only of what was really issued."""
    return state not in {State.held, State.replaced}


def due_reminder(left: int) -> int | None:
    """Which reminder is due with that many days left: the nearest of 7, 30 and 60; none before or after."""
    return next((days for days in REMINDER_DAYS if 0 <= left <= days), None)


# Withdrawing -----------------------------------------------------------------------------------------------------


class RevocationClass(enum.StrEnum):
    """Why a certificate is withdrawn."""

    attempt_voided = "attempt_voided"
    regraded = "regraded"
    wrong_facts = "wrong_facts"
    cheating = "cheating"
    unfit = "unfit"
    other = "other"

    @property
    def label(self) -> str:
        return REVOCATION_LABELS[self]


REVOCATION_LABELS = {
    RevocationClass.attempt_voided: "作答作废",
    RevocationClass.regraded: "成绩更正",
    RevocationClass.wrong_facts: "信息有误",
    RevocationClass.cheating: "考试违规",
    RevocationClass.unfit: "不再具备资格",
    RevocationClass.other: "其他",
}


def checked_revocation(reason_class: str, reason: str, *, is_revoked: bool) -> tuple[RevocationClass, str]:
    """The class and the reason as they will be shown, or why a certificate cannot be withdrawn like this."""
    if is_revoked:
        raise Refused("这张证书已经撤销过了，不用再撤销。")
    if reason_class not in set(RevocationClass):
        raise Refused("选择撤销的类别。")
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise Refused("写明撤销理由，至少 {n} 个字；理由会显示在公开验证页上。", n=LEAST_REASON)
    if len(reason) > LONGEST_REASON:
        raise Refused("撤销理由最多 {n} 个字，缩短后再试。", n=LONGEST_REASON)
    return RevocationClass(reason_class), reason


def checked_decision(reason: str, *, is_decided: bool, is_own: bool) -> str:
    """The reason for deciding a proposal, or why it cannot be decided like this."""
    if is_decided:
        raise Refused("这一条已经决定过，没有再改。")
    if is_own:
        raise Refused("与本人有关的更正由另一个人决定。")
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise Refused("写明理由，至少 {n} 个字，本人会看到。", n=LEAST_REASON)
    return reason[:LONGEST_REASON]


# Facts -----------------------------------------------------------------------------------------------------------


def canonical(facts: Mapping[str, Any]) -> str:
    """The facts as one text: keys in order, no spaces, so that the same facts always give the same text."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def facts_hash(facts: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical text."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def exam_statement(certificate_title: str, exam_title: str) -> tuple[str, str]:
    """What an exam's certificate says, and the words in it that stand out: the post, or the exam."""
    for ending in ("资格证书", "资格证"):
        post = certificate_title.removesuffix(ending)
        if post and post != certificate_title:
            return f"经考核，具备{post}资格，特发此证。", post
    return f"参加「{exam_title}」，考核合格，特发此证。", exam_title


def course_statement(course_title: str) -> str:
    """What a course's certificate says."""
    return f"学完《{course_title}》全部内容，考核合格，特发此证。"
